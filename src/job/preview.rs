//! Records of today's files beside the cells they come from: read and mapped anew, nothing kept.

use super::{Context, Progress, plan};
use crate::diagnostic::{Code, Diagnostic, Result, did_you_mean};
use crate::mapping::{FieldPlan, RecordPlan};
use crate::sql::preview::{self as sql, Which};
use duckdb::types::Value;
use std::collections::BTreeMap;

/// How many records a type has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Record.
    pub record: String,
    /// Source.
    pub source: String,
    /// Of all rows.
    pub all: u64,
    /// That `where` keeps.
    pub kept: u64,
    /// Refused for what they hold.
    pub rejected: u64,
    /// Held by another of their unit.
    pub held: u64,
}

/// A record shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Key, empty where it cannot be read.
    pub key: String,
    /// File and place of its (first) row.
    pub place: String,
    /// Rows it is made from.
    pub rows: u64,
    /// False: `where` leaves it out.
    pub kept: bool,
    /// Its fields.
    pub fields: Vec<ShownField>,
    /// Refusals that are no field's.
    pub refused: Vec<String>,
}

/// A field shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownField {
    /// Name.
    pub name: String,
    /// Columns or a constant it comes from.
    pub from: String,
    /// Its cells as read.
    pub cells: String,
    /// Its canonical text.
    pub value: Option<String>,
    /// Why it is refused.
    pub refused: Vec<String>,
}

/// What to show of a record type.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The record.
    pub record: String,
    /// Most records.
    pub rows: u64,
    /// The record of this key alone.
    pub key: Option<String>,
    /// Refused ones alone.
    pub bad: bool,
}

/// Counts the records of every type, in the mapping's order.
///
/// # Errors
/// As a plan's reading and mapping.
pub fn counts(context: &Context, progress: &dyn Progress) -> Result<Vec<Count>> {
    let stage = plan::map(context, progress)?;
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let one = |record: &RecordPlan| {
        stage.db.one(&sql::counts(&record.name), [], |row| {
            Ok(Count {
                record: record.name.clone(),
                source: record.source.clone(),
                all: number(row.get(0)?),
                kept: number(row.get(1)?),
                rejected: number(row.get(2)?),
                held: number(row.get(3)?),
            })
        })
    };
    stage.mapping.records.iter().map(one).collect()
}

/// Shows records.
///
/// # Errors
/// E221 for a record the mapping does not have, E282 for a key that is not there; as a plan's reading and mapping.
pub fn preview(context: &Context, wanted: &Preview, progress: &dyn Progress) -> Result<Vec<Shown>> {
    known(context, &wanted.record)?;
    let stage = plan::map(context, progress)?;
    let Some(record) = stage.mapping.record(&wanted.record) else { return Ok(Vec::new()) };
    let columns = stage.mapping.source(&record.source).map(|s| s.columns.as_slice()).unwrap_or_default();
    let (ids, mut shown) = records(&stage, record, wanted)?;
    let cells = cells(&stage, record, columns.len(), &ids)?;
    let refused = refused(&stage, record, &ids)?;
    for (id, shown) in ids.iter().zip(&mut shown) {
        let (rows, cells) = cells.get(id).cloned().unwrap_or_default();
        shown.rows = rows;
        for (field, plan) in shown.fields.iter_mut().zip(&record.fields) {
            (field.from, field.cells) = origin(plan, columns, &cells);
        }
        for (name, reason) in refused.get(id).into_iter().flatten() {
            match shown.fields.iter_mut().find(|f| f.name == *name) {
                Some(field) => field.refused.push(reason.clone()),
                None => shown.refused.push(reason.clone()),
            }
        }
    }
    if let (Some(key), true) = (&wanted.key, shown.is_empty()) {
        let message = format!("no record {} of key \"{key}\" is in today's files", record.name);
        let help =
            format!("`crosswalk preview {} {}` shows the first ones.", stage.mapping.name, record.name);
        return Diagnostic::error(Code::NO_SUCH_KEY, message).help(help).alone();
    }
    Ok(shown)
}

/// Refuses an unknown record before the files are read.
fn known(context: &Context, record: &str) -> Result<()> {
    let names: Vec<&str> = context.file.records.iter().map(|r| r.name.value.as_str()).collect();
    if names.contains(&record) {
        return Ok(());
    }
    let help = did_you_mean(record, names.iter().copied())
        .unwrap_or_else(|| format!("There are: {}.", names.join(", ")));
    let message = format!("{} has no record `{record}`", context.file.name.value);
    Diagnostic::error(Code::UNKNOWN_RECORD, message).help(help).alone()
}

fn records(stage: &plan::Stage, record: &RecordPlan, wanted: &Preview) -> Result<(Vec<i64>, Vec<Shown>)> {
    let fields: Vec<(String, String)> = record.fields.iter().map(|f| (f.name.clone(), f.ty.sql())).collect();
    let which = match (&wanted.key, wanted.bad) {
        (Some(key), _) => Which::Key(key),
        (None, true) => Which::Bad,
        (None, false) => Which::First,
    };
    let statement = sql::records(&record.name, &record.source, &fields, &which, wanted.rows);
    let rows = stage.db.rows(&statement, [], |row| {
        let values = texts(row.get(4)?);
        let field = |((name, _), value): (&(String, String), Option<String>)| ShownField {
            name: name.clone(),
            value,
            ..ShownField::default()
        };
        let shown = Shown {
            key: row.get(1)?,
            kept: row.get(2)?,
            place: row.get(3)?,
            fields: fields.iter().zip(values).map(field).collect(),
            ..Shown::default()
        };
        Ok((row.get::<_, i64>(0)?, shown))
    })?;
    Ok(rows.into_iter().unzip())
}

/// Per record how many rows it has, and per column its cells.
type Cells = BTreeMap<i64, (u64, Vec<Vec<String>>)>;

fn cells(stage: &plan::Stage, record: &RecordPlan, columns: usize, ids: &[i64]) -> Result<Cells> {
    let statement = sql::cells(&record.name, !record.group.is_empty(), &record.source, columns, ids);
    let rows = stage.db.rows(&statement, [], |row| {
        let lists = match row.get::<_, Value>(2)? {
            Value::List(lists) => {
                lists.into_iter().map(|l| texts(l).into_iter().flatten().collect()).collect()
            }
            _ => Vec::new(),
        };
        Ok((row.get::<_, i64>(0)?, (u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0), lists)))
    })?;
    Ok(rows.into_iter().collect())
}

fn refused(
    stage: &plan::Stage,
    record: &RecordPlan,
    ids: &[i64],
) -> Result<BTreeMap<i64, Vec<(String, String)>>> {
    let rows = stage.db.rows(&sql::refused(&record.name, ids), [], |row| {
        let (field, value): (String, String) = (row.get(1)?, row.get(2)?);
        let (reason, code): (String, String) = (row.get(3)?, row.get(4)?);
        let value = if value.is_empty() { value } else { format!("\"{value}\" ") };
        Ok((row.get::<_, i64>(0)?, (field, format!("{value}{reason} ({code})"))))
    })?;
    let mut all: BTreeMap<i64, Vec<(String, String)>> = BTreeMap::new();
    for (id, one) in rows {
        all.entry(id).or_default().push(one);
    }
    Ok(all)
}

/// Where a field comes from, and the cells there.
fn origin(field: &FieldPlan, columns: &[String], cells: &[Vec<String>]) -> (String, String) {
    let from = match field.from.is_empty() {
        true => "other fields".to_owned(),
        false => field.from.join(", "),
    };
    let cell = |name: &String| {
        let of = cells.get(columns.iter().position(|c| c == name)?)?;
        let mut different = of.clone();
        different.dedup();
        Some(different.join(" / "))
    };
    let cells: Vec<String> = field.from.iter().filter_map(cell).collect();
    (from, cells.join(" | "))
}

fn texts(value: Value) -> Vec<Option<String>> {
    match value {
        Value::List(items) => {
            items.into_iter().map(|v| if let Value::Text(t) = v { Some(t) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}
