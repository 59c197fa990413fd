//! How one field came about: the mapping's rule for it, and what was read and looked up on the way.

use crate::diagnostic::{Location, Result};
use crate::job::Context;
use crate::job::plan::Stage;
use crate::mapping::{FieldPlan, RecordPlan, SourcePlan};
use crate::spec::mapping::LookupUse;
use crate::sql::trace as sql;
use crate::sql::{Expr, Table};
use duckdb::types::Value;

/// Rows of a group whose readings are shown.
const ROWS: usize = 6;

/// The way of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// The mapping's rule for it, as written, with file and line.
    pub rule: Option<(String, String)>,
    /// Columns it rests on with their cells, one a row of the group; the cells as the file holds them.
    pub cells: Vec<(String, Vec<String>)>,
    /// What was read from them: column, as what, a value a row.
    pub read: Vec<(String, &'static str, Vec<Option<String>>)>,
    /// What lookups gave: their names, a value a row.
    pub looked_up: Vec<(String, Vec<Option<String>>)>,
    /// Whether a table beside the field in the mapping is asked, too.
    pub in_place: bool,
    /// Rows of the group beyond those shown.
    pub more: usize,
}

/// The steps of a field of the record of key `key`.
pub(super) fn of(
    context: &Context,
    stage: &Stage,
    record: &RecordPlan,
    field: &FieldPlan,
    key: &str,
) -> Result<Steps> {
    let mut steps = Steps {
        rule: rule(context, &record.name, &field.name),
        in_place: looked_up_in_place(context, &record.name, &field.name),
        ..Steps::default()
    };
    let Some(source) = stage.mapping.source(&record.source) else { return Ok(steps) };
    let columns: Vec<usize> =
        field.from.iter().filter_map(|f| source.columns.iter().position(|c| c == f)).collect();
    let names = readings(source, field, &columns);
    let cells = columns.iter().map(|c| format!("c{}", c + 1));
    let all: Vec<String> = cells.chain(names.iter().map(|(name, _)| name.clone())).collect();
    if all.is_empty() {
        return Ok(steps);
    }
    let grouped = !record.group.is_empty();
    let mut rows =
        stage.db.rows(&sql::readings(&record.name, grouped, &record.source, &all, key), [], |row| {
            row.get::<_, Value>(0).map(super::texts)
        })?;
    steps.more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let values = |n: usize| rows.iter().map(|r| r.get(n).cloned().flatten()).collect::<Vec<_>>();
    for (n, column) in columns.iter().enumerate() {
        let name = source.columns.get(*column).cloned().unwrap_or_default();
        steps.cells.push((name, values(n).into_iter().map(Option::unwrap_or_default).collect()));
    }
    for (n, (name, value)) in names.iter().enumerate() {
        let values = values(columns.len() + n);
        match kind(name) {
            Some(kind) => steps.read.push((column(source, name), kind, values)),
            None if name.starts_with("look") => steps.looked_up.push((lookups(stage, value), values)),
            None => {}
        }
    }
    Ok(steps)
}

/// What the mapping writes for the field, with the place; of a field of `same` its name.
fn rule(context: &Context, record: &str, field: &str) -> Option<(String, String)> {
    let spec = context.file.records.iter().find(|r| r.name.value == record)?;
    let written = spec.fields.iter().find(|(name, _)| name.value == field);
    let span = match written {
        Some((name, value)) => name.span.start..value.span.end.max(name.span.end),
        None => spec.same.iter().find(|name| name.value == field)?.span.clone(),
    };
    let place = Location::toml(&context.file.toml, span);
    let text = place.toml.as_ref()?.text.get(place.span.clone()?)?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some((place.to_string(), lines.join("\n")))
}

/// Whether the field's value is looked up in a table that stands in the mapping beside it.
fn looked_up_in_place(context: &Context, record: &str, field: &str) -> bool {
    let spec = context.file.records.iter().find(|r| r.name.value == record);
    let value = spec.and_then(|r| r.fields.iter().find(|(name, _)| name.value == field)).map(|(_, v)| v);
    matches!(value.and_then(|v| v.lookup.as_ref()), Some(LookupUse::Inline(_)))
}

/// The readings of cells that a field rests on, with their values: those its value names, and what these name; of a group
/// those of its columns.
fn readings(source: &SourcePlan, field: &FieldPlan, columns: &[usize]) -> Vec<(String, Expr)> {
    let mut used: Vec<(String, Expr)> = Vec::new();
    for layer in source.derived.iter().rev() {
        for (name, value) in layer {
            let here = Expr::of("s", name).to_string();
            let named = field.value.names(&here) || used.iter().any(|(_, v)| v.names(&here));
            let of_column = used.is_empty() && columns.iter().any(|c| ends_with_column(name, c + 1));
            if named || of_column && !field.value.names("\"s\".") {
                used.push((name.clone(), value.clone()));
            }
        }
    }
    used.reverse();
    used
}

fn ends_with_column(name: &str, column: usize) -> bool {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = digits.rsplit('_').next().unwrap_or(digits);
    !name.starts_with("look") && digits == column.to_string()
}

/// What a reading is, by its name; none for what is only a help.
fn kind(name: &str) -> Option<&'static str> {
    match name.chars().next() {
        Some('t') => Some("text"),
        Some('n' | 'w' | 'm') => Some("number"),
        Some('d') => Some("date"),
        Some('u') => Some("time in UTC"),
        Some('f') => Some("yes/no"),
        _ => None,
    }
}

fn column(source: &SourcePlan, name: &str) -> String {
    let at = (0..source.columns.len()).find(|n| ends_with_column(name, n + 1));
    at.and_then(|n| source.columns.get(n)).cloned().unwrap_or_default()
}

/// The lookups a value asks.
fn lookups(stage: &Stage, value: &Expr) -> String {
    let named = |name: &str| {
        value.names(&Table::new("lookup", name).to_string())
            || value.names(&Table::new("lookup", format!("find {name}")).to_string())
    };
    let names = stage.mapping.lookups.iter().map(|l| l.name.as_str());
    names.filter(|n| named(n)).collect::<Vec<_>>().join(", ")
}
