//! Sources made by a statement over others: run in a database of their own that holds the rows of those sources and
//! nothing else, on one thread, so that the result is the same whatever the machine. Rows cross in batches.

use super::{Mapped, rows_of, views};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::mapping::{Mapping, QueryInput, QueryPlan, SourcePlan};
use crate::source::query::{Input, raw_shape, relations, shape};
use crate::source::{Column, Loaded, Part};
use crate::sql::query;
use crate::sql::raw;

/// Runs the statements, each after those of the sources it reads; gives all sources in the mapping's order.
pub(super) fn run(
    db: &Db,
    mapping: &Mapping,
    loaded: &[Loaded],
    lookups: bool,
    mapped: &mut Mapped,
) -> Result<Vec<Loaded>> {
    let mut all = loaded.to_vec();
    let there = |all: &[Loaded], name: &str| all.iter().any(|l| l.name == name);
    loop {
        let ready = mapping.sources.iter().find_map(|s| {
            let query = s.query.as_ref().filter(|_| !there(&all, &s.name))?;
            query.inputs.iter().all(|i| there(&all, &i.source)).then_some((s, query))
        });
        let Some((plan, query)) = ready else { break };
        let made = one(db, mapping, plan, query)?;
        views(db, plan, &made, lookups, mapped)?;
        all.push(made);
    }
    all.sort_by_key(|l| mapping.sources.iter().position(|s| s.name == l.name));
    Ok(all)
}

fn one(db: &Db, mapping: &Mapping, plan: &SourcePlan, query: &QueryPlan) -> Result<Loaded> {
    readable(db, mapping, plan, query)?;
    let apart = db.apart()?;
    let inputs: Vec<Input> = query.inputs.iter().map(|i| i.relation.clone()).collect();
    relations(&apart, &inputs)?;
    for (n, input) in query.inputs.iter().enumerate() {
        let cells = query::cells(&rows_of(mapping, &input.source), &input.values);
        let table = shape(n, &input.relation);
        apart.append(&table.schema, &table.name, |each| db.stream(&cells, each))?;
    }
    let failed = |errors: crate::diagnostic::Diagnostics| failure(&plan.name, query, &errors);
    apart.run(&query::make_result(&query.sql, query.ordered)).map_err(failed)?;
    fetch(db, &apart, plan)
}

/// What came of it becomes the raw table of the source.
fn fetch(db: &Db, apart: &Db, plan: &SourcePlan) -> Result<Loaded> {
    let columns: Vec<(String, String)> =
        apart.rows(&query::result_columns(), [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let raw_table = raw_shape(&plan.name, columns.len());
    db.run(&raw::create_table(&raw_table, false))?;
    db.append(&raw_table.schema, &raw_table.name, |each| apart.stream(&query::fetch(&columns), each))?;
    let part = Part {
        id: 1,
        file: format!("source {}", plan.name),
        sheet: None,
        node: None,
        bytes: 0,
        sha256: String::new(),
        rows: db.count(&raw::count_rows(&plan.name))?,
        refused: 0,
        places: (0..).take(columns.len()).map(Some).collect(),
    };
    let columns = columns.into_iter().map(|(name, _)| Column { name, found: true }).collect();
    Ok(Loaded { name: plan.name.clone(), columns, parts: vec![part], native: true })
}

/// A cell that the statement reads as a number and that is none stops the run: a sum without it would be wrong.
fn readable(db: &Db, mapping: &Mapping, plan: &SourcePlan, query: &QueryPlan) -> Result<()> {
    let mut all = Collector::default();
    for input in &query.inputs {
        bad_cells(db, mapping, plan, input, &mut all)?;
    }
    all.finish(()).map(|_| ())
}

fn bad_cells(
    db: &Db,
    mapping: &Mapping,
    plan: &SourcePlan,
    input: &QueryInput,
    all: &mut Collector,
) -> Result<()> {
    let rows = rows_of(mapping, &input.source);
    for reading in &input.readings {
        for fail in &reading.fails {
            let value = fail.value.clone().unwrap_or_else(|| crate::sql::Expr::text(""));
            let sql =
                query::first_bad(&input.source, &rows, &reading.column, &fail.when, (&value, &fail.reason));
            let bad = db.rows(&sql, [], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, i64>(4)?,
                ))
            })?;
            for (file, place, value, reason, count) in bad {
                let more = if count > 1 { format!(", and {} more cells", count - 1) } else { String::new() };
                let message = format!(
                    "{} in the sql of source {}: \"{value}\" {reason} ({file}, {place}{more})",
                    reading.text, plan.name
                );
                let at = Location { cell: Some(place), ..Location::file(file) };
                let help = "Nothing was planned, as a result without this row would be wrong. Correct the cell, add its \
                            text to `nulls` of the source that is read, or read it as text and convert it in the sql.";
                all.push(Diagnostic::error(Code::QUERY_CELL, message).at(at).help(help));
            }
        }
    }
    Ok(())
}

/// What DuckDB could not do with the rows of today, at the statement's place.
fn failure(
    source: &str,
    query: &QueryPlan,
    errors: &crate::diagnostic::Diagnostics,
) -> crate::diagnostic::Diagnostics {
    let text = errors.list().first().map(|d| d.message.clone()).unwrap_or_default();
    let reason = crate::source::query::reason(&text);
    let help = "Nothing was planned. Correct the rows, or convert with `try_cast`, which gives nothing for what does not fit.";
    Diagnostic::error(
        Code::QUERY_FAILED,
        format!("the sql of source {source} failed over its rows: {reason}"),
    )
    .at(query.at.clone())
    .help(help)
    .into()
}
