//! What of today's files the mapping leaves out, and what of the platform it leaves empty: for `check --coverage`.

use super::{Context, Progress, plan};
use crate::diagnostic::Result;
use crate::mapping::{FieldPlan, RecordPlan, SourcePlan};
use crate::source;
use crate::sql::{Expr, coverage as sql, preview};
use duckdb::types::Value;

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Per source.
    pub sources: Vec<SourceCoverage>,
    /// Per record.
    pub records: Vec<RecordCoverage>,
}

/// A source.
#[derive(Clone, Debug, Default)]
pub struct SourceCoverage {
    /// Name.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Columns in its files.
    pub columns: usize,
    /// Columns neither used nor ignored, in file order.
    pub unused: Vec<Unused>,
}

/// A column nobody uses.
#[derive(Clone, Debug)]
pub struct Unused {
    /// Name.
    pub column: String,
    /// Rows in which it is filled.
    pub filled: u64,
    /// Form of its first value.
    pub form: &'static str,
}

/// A record.
#[derive(Clone, Debug, Default)]
pub struct RecordCoverage {
    /// Name.
    pub name: String,
    /// Model.
    pub model: String,
    /// Of all rows, kept, refused, held.
    pub counts: [u64; 4],
    /// Fields of the platform that are not set: name, type, doc; required ones first.
    pub unset: Vec<UnsetField>,
    /// Values without entry in a lookup: field, value, how often, whether refused for it.
    pub misses: Vec<Missed>,
    /// Values of closed lists that no record has: field, values.
    pub unseen: Vec<(String, Vec<String>)>,
    /// Why records are refused: code, field, how many.
    pub refusals: Vec<(String, String, u64)>,
}

/// A field of the platform that is not set.
#[derive(Clone, Debug)]
pub struct UnsetField {
    /// Name.
    pub name: String,
    /// Whether the platform requires it.
    pub required: bool,
    /// Its type in words.
    pub ty: String,
    /// What it is.
    pub doc: String,
}

/// A value that misses a lookup.
#[derive(Clone, Debug)]
pub struct Missed {
    /// Field.
    pub field: String,
    /// Value.
    pub value: String,
    /// How often.
    pub count: u64,
    /// Whether the record is refused for it; else the value is kept or emptied.
    pub refused: bool,
}

/// Reads and maps today's files and counts.
///
/// # Errors
/// As a plan's reading and mapping.
pub fn coverage(context: &Context, progress: &dyn Progress) -> Result<Coverage> {
    let stage = plan::map(context, progress)?;
    let mut all = Coverage::default();
    for source in stage.mapping.sources.iter().filter(|s| !s.name.starts_with("lookup.")) {
        let ignored = ignored(context, &source.name);
        all.sources.push(match source.request.each.is_empty() {
            true => tabular(&stage, source, &ignored)?,
            false => paths(&stage, source, &ignored)?,
        });
    }
    let refused = refused_misses(&stage)?;
    for record in &stage.mapping.records {
        all.records.push(one(&stage, record, &refused)?);
    }
    Ok(all)
}

fn ignored(context: &Context, source: &str) -> Vec<String> {
    let spec = context.file.sources.iter().find(|s| s.name.as_ref().is_some_and(|n| n.value == source));
    spec.map(|s| s.ignore.iter().map(|i| i.value.clone()).collect()).unwrap_or_default()
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// The columns of files with headers.
fn tabular(stage: &plan::Stage, source: &SourcePlan, ignored: &[String]) -> Result<SourceCoverage> {
    let unused: Vec<usize> = (0..source.columns.len())
        .filter(|n| !source.used.contains(n))
        .filter(|n| source.columns.get(*n).is_some_and(|c| !ignored.contains(c)))
        .collect();
    let from_one: Vec<usize> = unused.iter().map(|n| n + 1).collect();
    let (rows, filled, first) = stage.db.one(&sql::columns(&source.name, &from_one), [], |row| {
        let filled = list(row.get(1)?, |v| if let Value::BigInt(n) = v { number(*n) } else { 0 });
        let kinds = list(row.get(3)?, text);
        let first: Vec<(Option<String>, Option<String>)> =
            list(row.get(2)?, text).into_iter().zip(kinds).collect();
        Ok((number(row.get(0)?), filled, first))
    })?;
    let unused = unused.iter().zip(filled).zip(first).map(|((n, filled), (first, kind))| Unused {
        column: source.columns.get(*n).cloned().unwrap_or_default(),
        filled,
        form: form(first.as_deref(), kind.as_deref()),
    });
    Ok(SourceCoverage {
        name: source.name.clone(),
        rows,
        columns: source.columns.len(),
        unused: unused.collect(),
    })
}

fn form(first: Option<&str>, kind: Option<&str>) -> &'static str {
    match (first, kind) {
        (None, _) => "always empty",
        (_, Some("n")) => source::Form::Number.words(),
        (_, Some("d")) => source::Form::Date.words(),
        (Some(text), _) => source::form_of(text).words(),
    }
}

/// The nodes with text below the repeating node, of the first file.
fn paths(stage: &plan::Stage, source: &SourcePlan, ignored: &[String]) -> Result<SourceCoverage> {
    let mut all = SourceCoverage { name: source.name.clone(), ..SourceCoverage::default() };
    let Some(file) = source.request.files.first() else { return Ok(all) };
    let seen = source::inspect(&file.path)?;
    let used: Vec<String> =
        source.used.iter().filter_map(|n| source.columns.get(*n)).map(|c| plain(c)).collect();
    let bases = absolute(stage, source);
    let others: Vec<String> = stage
        .mapping
        .sources
        .iter()
        .filter(|s| s.name != source.name)
        .flat_map(|s| absolute(stage, s))
        .collect();
    for base in &bases {
        let base = plain(base);
        all.rows += seen.nodes.iter().filter(|n| n.path == base).map(|n| n.count).sum::<u64>();
        for node in seen.nodes.iter().filter(|n| n.values.filled > 0) {
            let Some(column) = node.path.strip_prefix(&format!("{base}/")) else { continue };
            let elsewhere = others
                .iter()
                .map(|o| plain(o))
                .any(|o| o.len() > base.len() && (node.path == o || node.path.starts_with(&format!("{o}/"))));
            if elsewhere {
                continue;
            }
            all.columns += 1;
            let taken = used.iter().any(|u| u == column || column.starts_with(&format!("{u}/")));
            if taken || ignored.iter().any(|i| plain(i) == column) {
                continue;
            }
            let form = node.values.forms.first().map_or("text", |(f, _)| f.words());
            all.unused.push(Unused { column: column.to_owned(), filled: node.count, form });
        }
    }
    Ok(all)
}

/// The repeating nodes from the document's root.
fn absolute(stage: &plan::Stage, source: &SourcePlan) -> Vec<String> {
    let outer = source.request.within.as_ref().and_then(|w| stage.mapping.source(w));
    match outer {
        None => source.request.each.clone(),
        Some(outer) => absolute(stage, outer)
            .iter()
            .flat_map(|o| {
                source.request.each.iter().map(move |e| format!("{o}/{}", e.trim_start_matches("./")))
            })
            .collect(),
    }
}

/// A path without indexes and predicates.
fn plain(path: &str) -> String {
    let mut depth = 0_u32;
    path.chars()
        .filter(|c| {
            depth += u32::from(*c == '[');
            let outside = depth == 0;
            depth = depth.saturating_sub(u32::from(*c == ']'));
            outside
        })
        .collect()
}

/// Values that a lookup refused, with their records.
fn refused_misses(stage: &plan::Stage) -> Result<Vec<(String, Missed)>> {
    stage.db.rows(&sql::refused_misses(), [], |row| {
        let missed =
            Missed { field: row.get(1)?, value: row.get(2)?, count: number(row.get(3)?), refused: true };
        Ok((row.get(0)?, missed))
    })
}

fn one(stage: &plan::Stage, record: &RecordPlan, refused: &[(String, Missed)]) -> Result<RecordCoverage> {
    let counts = stage.db.one(&preview::counts(&record.name), [], |row| {
        Ok([number(row.get(0)?), number(row.get(1)?), number(row.get(2)?), number(row.get(3)?)])
    })?;
    let mut misses: Vec<Missed> =
        refused.iter().filter(|(r, _)| *r == record.name).map(|(_, m)| m.clone()).collect();
    misses.extend(kept_misses(stage, record)?);
    misses
        .sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.field, &a.value).cmp(&(&b.field, &b.value))));
    misses.truncate(sql::MOST);
    let refusals = stage
        .db
        .rows(&sql::refusals(&record.name), [], |row| Ok((row.get(0)?, row.get(1)?, number(row.get(2)?))))?;
    Ok(RecordCoverage {
        name: record.name.clone(),
        model: record.model.clone(),
        counts,
        unset: unset(stage, record),
        misses,
        unseen: unseen(stage, record)?,
        refusals,
    })
}

/// Values that miss a lookup with `miss = "keep"` or `"null"`.
fn kept_misses(stage: &plan::Stage, record: &RecordPlan) -> Result<Vec<Missed>> {
    let filter = record.filter.as_ref().map_or(Expr::flag(true), |f| f.value.clone());
    let mut all = Vec::new();
    for field in &record.fields {
        let Some((misses, value)) = &field.misses else { continue };
        let statement = sql::kept_misses(&record.source, &filter, misses, value);
        all.extend(stage.db.rows(&statement, [], |row| {
            let (value, count) = (row.get(0)?, number(row.get(1)?));
            Ok(Missed { field: field.name.clone(), value, count, refused: false })
        })?);
    }
    Ok(all)
}

fn unset(stage: &plan::Stage, record: &RecordPlan) -> Vec<UnsetField> {
    let Some(model) = stage.mapping.platform.model(&record.model) else { return Vec::new() };
    let mut unset: Vec<UnsetField> = model
        .fields
        .iter()
        .filter(|f| record.fields.iter().all(|p| p.name != f.name))
        .map(|f| UnsetField {
            name: f.name.clone(),
            required: f.required,
            ty: format!("{:?}", f.ty).to_lowercase().replace('(', ", ").replace(')', " decimals"),
            doc: f.doc.clone(),
        })
        .collect();
    unset.sort_by_key(|f| !f.required);
    unset
}

fn unseen(stage: &plan::Stage, record: &RecordPlan) -> Result<Vec<(String, Vec<String>)>> {
    let Some(model) = stage.mapping.platform.model(&record.model) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let constant = |f: &&FieldPlan| f.from.iter().any(|c| c.starts_with("constant "));
    for field in record.fields.iter().filter(|f| !constant(f)) {
        let Some(listed) = model.field(&field.name).map(|f| &f.one_of).filter(|l| !l.is_empty()) else {
            continue;
        };
        let seen: Vec<String> =
            stage.db.rows(&sql::seen(&record.name, &field.name, &field.ty.sql()), [], |row| row.get(0))?;
        let unseen: Vec<String> = listed.iter().filter(|v| !seen.contains(v)).cloned().collect();
        if !unseen.is_empty() {
            all.push((field.name.clone(), unseen));
        }
    }
    Ok(all)
}

fn list<T>(value: Value, one: impl Fn(&Value) -> T) -> Vec<T> {
    match value {
        Value::List(items) => items.iter().map(one).collect(),
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    if let Value::Text(t) = value { Some(t.clone()) } else { None }
}
