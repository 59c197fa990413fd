//! Checks: on sources part by part before anything is mapped, on records afterwards.

use super::{Mapped, record::aggregates};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::expr::{Aggregate, Aggregation};
use crate::mapping::{CheckOn, CheckPlan, Mapping};
use crate::source::Loaded;
use crate::spec::mapping::Else;
use crate::sql::check::{self as statements, ChildAggregates};
use crate::sql::map::Named;
use crate::sql::{Expr, Table, unpivot};

/// A part whose records a check rejects.
pub(super) struct RefusedPart {
    pub source: String,
    pub part: i64,
    pub check: String,
}

/// Runs the checks on sources.
pub(super) fn sources(
    db: &Db,
    mapping: &Mapping,
    loaded: &[Loaded],
    mapped: &mut Mapped,
) -> Result<Vec<RefusedPart>> {
    let mut refused = Vec::new();
    let mut all = Collector::default();
    for check in &mapping.checks {
        let CheckOn::Source(source) = &check.on else { continue };
        let stops = mapped.stops.get(source).cloned().unwrap_or_default();
        let rows = super::rows_of(mapping, source);
        let turned = mapping.source(source).is_some_and(|s| s.totals.is_some());
        let totals = if turned { unpivot::totals(source) } else { Table::new("raw", source.as_str()) };
        for failed in on_source(db, check, &statements::Checked { source, rows, totals }, &stops)? {
            let part = loaded
                .iter()
                .find(|l| l.name == *source)
                .and_then(|l| l.parts.iter().find(|p| p.id == failed.part));
            let file = part.map(|p| p.file.clone()).unwrap_or_default();
            let at = Location { sheet: part.and_then(|p| p.sheet.clone()), ..Location::file(file) };
            let message = failed.message(check);
            match check.otherwise {
                Else::Stop => {
                    let help =
                        "Nothing was planned. Compare the file with its own totals, or ask who made it.";
                    all.push(Diagnostic::error(Code::CHECK_FAILED, message).at(at).help(help));
                }
                Else::Warn => mapped.notes.push(format!("{message} ({at})")),
                Else::Reject => {
                    mapped.notes.push(format!("{message} ({at}); its records are rejected"));
                    refused.push(RefusedPart {
                        source: source.clone(),
                        part: failed.part,
                        check: check.name.clone(),
                    });
                }
            }
        }
    }
    all.finish(refused).map(|(refused, _)| refused)
}

struct Failed {
    part: i64,
    bad_cells: i64,
    values: Vec<String>,
}

impl Failed {
    fn message(&self, check: &CheckPlan) -> String {
        let bad = match self.bad_cells {
            0 => String::new(),
            n => format!("; {n} rows hold a cell that could not be read"),
        };
        let values =
            if self.values.is_empty() { String::new() } else { format!(" [{}]", self.values.join(", ")) };
        format!("the check \"{}\" does not hold: {}{values}{bad}", check.name, check.text)
    }
}

fn on_source(
    db: &Db,
    check: &CheckPlan,
    source: &statements::Checked<'_>,
    stops: &[(i64, i64)],
) -> Result<Vec<Failed>> {
    let arguments = arguments(&check.aggregates);
    let fails = check.aggregates.iter().filter_map(|a| a.argument.as_ref()).flat_map(|a| &a.fails);
    let bad = Expr::any(fails.map(|f| f.when.clone()));
    let named = aggregates(&check.aggregates, "_id");
    let failed = Expr::any(check.assert.fails.iter().map(|f| f.when.clone()));
    let holds = Expr::all([check.assert.value.clone(), failed.negate()]);
    let counted = |a: &&Aggregate| matches!(a.how, Aggregation::Count | Aggregation::Distinct);
    let counts: Vec<&str> = check.aggregates.iter().filter(counted).map(|a| a.column.as_str()).collect();
    let sql = statements::source_check(source, stops, &arguments, &bad, &named, &holds, &counts);
    let labels: Vec<String> =
        check.aggregates.iter().map(|a| format!("{:?}", a.how).to_lowercase()).collect();
    let rows = db.rows(&sql, [], |row| {
        let values: Vec<String> = match row.get::<_, duckdb::types::Value>(3)? {
            duckdb::types::Value::List(items) => items.iter().map(shown).collect(),
            _ => Vec::new(),
        };
        Ok((row.get::<_, bool>(1)?, Failed { part: row.get(0)?, bad_cells: row.get(2)?, values }))
    })?;
    let shown_names: Vec<usize> =
        named.iter().enumerate().filter(|(_, (n, _))| !n.ends_with('!')).map(|(i, _)| i).collect();
    Ok(rows
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, mut failed)| {
            failed.values = shown_names
                .iter()
                .zip(&labels)
                .filter_map(|(i, label)| Some(format!("{label} {}", failed.values.get(*i)?)))
                .collect();
            failed
        })
        .collect())
}

fn shown(value: &duckdb::types::Value) -> String {
    match value {
        duckdb::types::Value::Text(text) if text.contains('.') => {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        duckdb::types::Value::Text(text) => text.clone(),
        _ => "empty".to_owned(),
    }
}

fn arguments(all: &[Aggregate]) -> Vec<Named> {
    all.iter().filter_map(|a| Some((a.column.clone(), a.argument.as_ref()?.value.clone()))).collect()
}

/// Runs the checks on records.
pub(super) fn records(db: &Db, mapping: &Mapping, mapped: &mut Mapped) -> Result<()> {
    let mut all = Collector::default();
    for check in &mapping.checks {
        let CheckOn::Record(record) = &check.on else { continue };
        let children = children(check);
        let sql =
            |insert| statements::record_check(record, &children, &check.assert.value, &check.name, insert);
        if check.otherwise == Else::Reject {
            db.run(&sql(true))?;
            continue;
        }
        let (count, example) =
            db.one(&sql(false), [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))?;
        if count == 0 {
            continue;
        }
        let message = format!(
            "the check \"{}\" does not hold for {count} of record {record}, such as {}",
            check.name,
            example.unwrap_or_default()
        );
        match check.otherwise {
            Else::Stop => {
                all.push(Diagnostic::error(Code::CHECK_FAILED, message).help("Nothing was planned."));
            }
            _ => mapped.notes.push(message),
        }
    }
    all.finish(()).map(|_| ())
}

fn children(check: &CheckPlan) -> Vec<ChildAggregates<'_>> {
    let mut names: Vec<&str> = check.aggregates.iter().filter_map(|a| a.relation.as_deref()).collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|child| {
            let own: Vec<Aggregate> =
                check.aggregates.iter().filter(|a| a.relation.as_deref() == Some(child)).cloned().collect();
            ChildAggregates { child, arguments: arguments(&own), aggregates: aggregates(&own, "_rec") }
        })
        .collect()
}
