//! One record from its cells to its fields, as it is today: read and mapped anew, nothing kept.

mod steps;

pub use steps::Steps;

use super::{Context, Silent, plan};
use crate::diagnostic::Result;
use crate::sql::trace as sql;
use duckdb::types::Value;

/// What is known of a record today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// File and place.
    pub place: Option<String>,
    /// Column → cell, as read.
    pub cells: Vec<(String, String)>,
    /// Field, where it comes from, its canonical text.
    pub fields: Vec<(String, String, Option<String>)>,
    /// Fields that do not run as SQL, and why not.
    pub slow: Vec<(String, String)>,
    /// Why it is refused: field, value, reason.
    pub refused: Vec<(String, String, String)>,
    /// The way of the one field asked for.
    pub steps: Option<Steps>,
}

/// Traces the record `record` of key `key`; with `field`, that one step by step.
///
/// # Errors
/// As a plan's reading and mapping.
pub fn trace(context: &Context, record: &str, key: &str, field: Option<&str>) -> Result<Trace> {
    let stage = plan::map(context, &Silent)?;
    let mut trace = Trace::default();
    let Some(plan) = stage.mapping.record(record) else { return Ok(trace) };
    let columns = stage.mapping.source(&plan.source).map(|s| s.columns.clone()).unwrap_or_default();
    let rows = stage.db.rows(&sql::cells(record, &plan.source, columns.len(), key), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Value>(1)?))
    })?;
    if let Some((place, cells)) = rows.into_iter().next() {
        trace.place = Some(place);
        let cells = texts(cells).into_iter().map(Option::unwrap_or_default);
        trace.cells = columns.into_iter().zip(cells).collect();
    }
    let fields: Vec<(String, String)> = plan.fields.iter().map(|f| (f.name.clone(), f.ty.sql())).collect();
    let rows = stage.db.rows(&sql::fields(record, &fields, key), [], |row| row.get::<_, Value>(0))?;
    let values = rows.into_iter().next().map(texts).unwrap_or_default();
    for (n, field) in plan.fields.iter().enumerate() {
        trace.fields.push((field.name.clone(), field.from.join(", "), values.get(n).cloned().flatten()));
    }
    trace.slow = plan.fields.iter().filter_map(|f| Some((f.name.clone(), f.fallback.clone()?))).collect();
    trace.refused = stage.db.rows(&sql::refused(record, key), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    if let (Some(_), Some(field)) =
        (&trace.place, plan.fields.iter().find(|f| Some(f.name.as_str()) == field))
    {
        trace.steps = Some(steps::of(context, &stage, plan, field, key)?);
    }
    Ok(trace)
}

fn texts(value: Value) -> Vec<Option<String>> {
    let text = |v: Value| if let Value::Text(t) = v { Some(t) } else { None };
    if let Value::List(items) = value { items.into_iter().map(text).collect() } else { Vec::new() }
}
