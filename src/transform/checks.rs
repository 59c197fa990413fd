//! Checks: on sources part by part before anything is mapped, on records afterwards.

use super::{Mapped, record::aggregates};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::expr::{Aggregate, Aggregation};
use crate::mapping::{CheckOn, CheckPlan, FieldCheck, FieldWrong, Mapping, RecordPlan};
use crate::source::Loaded;
use crate::spec::mapping::Else;
use crate::sql::check::{self as statements, ChildAggregates, GroupCheck, SourceCheck};
use crate::sql::map::Named;
use crate::sql::{Expr, Table, unpivot};

/// A part whose records a check rejects.
pub(super) struct RefusedPart {
    pub source: String,
    pub part: i64,
    pub check: String,
    /// Of a check `by` something: the text over `s`, and the value it does not hold for.
    pub by: Option<(Expr, String)>,
}

impl RefusedPart {
    /// The statement that refuses the records of one type.
    pub fn refuse(&self, record: &RecordPlan) -> String {
        let Some((by, value)) = &self.by else {
            return statements::refuse_part(&record.name, self.part, &self.check);
        };
        let of = (record.name.as_str(), !record.group.is_empty());
        let reason = format!("the check \"{}\" does not hold for {} in its file", self.check, named(value));
        statements::refuse_part_by(of, (&self.source, self.part), (by, value), &reason)
    }
}

/// A value of `by`, for messages.
fn named(value: &str) -> String {
    match value.replace('\u{1f}', " / ") {
        empty if empty.is_empty() => "an empty value".to_owned(),
        value => value,
    }
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
        for failed in on_source(db, mapping, check, source, &stops)? {
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
                        by: by_text(check).zip(failed.by.clone()),
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
    by: Option<String>,
}

impl Failed {
    fn message(&self, check: &CheckPlan) -> String {
        let bad = match self.bad_cells {
            0 => String::new(),
            1 => "; 1 row holds a cell that could not be read".to_owned(),
            n => format!("; {n} rows hold a cell that could not be read"),
        };
        let values =
            if self.values.is_empty() { String::new() } else { format!(" [{}]", self.values.join(", ")) };
        let by = self.by.as_deref().map_or_else(String::new, |v| format!(" for {}", named(v)));
        format!("the check \"{}\" does not hold{by}: {}{values}{bad}", check.name, check.text)
    }
}

fn on_source(
    db: &Db,
    mapping: &Mapping,
    check: &CheckPlan,
    source: &str,
    stops: &[(i64, i64)],
) -> Result<Vec<Failed>> {
    let arguments = arguments(&check.aggregates);
    let fails = check.aggregates.iter().filter_map(|a| a.argument.as_ref()).flat_map(|a| &a.fails);
    let by_fails = check.by.iter().flatten().flat_map(|k| &k.fails);
    let bad = Expr::any(fails.chain(by_fails).map(|f| f.when.clone()));
    let named = aggregates(&check.aggregates, "_id");
    let failed = Expr::any(check.assert.fails.iter().map(|f| f.when.clone()));
    let holds = Expr::all([check.assert.value.clone(), failed.negate()]);
    let counted = |a: &&Aggregate| matches!(a.how, Aggregation::Count | Aggregation::Distinct);
    let counts: Vec<&str> = check.aggregates.iter().filter(counted).map(|a| a.column.as_str()).collect();
    let by = by_text(check);
    let turned = mapping.source(source).is_some_and(|s| s.totals.is_some());
    let sql = statements::source_check(&SourceCheck {
        source,
        rows: super::rows_of(mapping, source),
        totals: if turned { unpivot::totals(source) } else { Table::new("raw", source) },
        stops,
        arguments: &arguments,
        bad: &bad,
        aggregates: &named,
        holds: &holds,
        counts: &counts,
        by: by.as_ref(),
    });
    let labels: Vec<String> =
        check.aggregates.iter().map(|a| format!("{:?}", a.how).to_lowercase()).collect();
    let rows = db.rows(&sql, [], |row| {
        let values: Vec<String> = match row.get::<_, duckdb::types::Value>(3)? {
            duckdb::types::Value::List(items) => items.iter().map(shown).collect(),
            _ => Vec::new(),
        };
        let failed = Failed { part: row.get(0)?, bad_cells: row.get(2)?, values, by: row.get(4)? };
        Ok((row.get::<_, bool>(1)?, failed))
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

/// What divides the rows or records of a check, as one text.
fn by_text(check: &CheckPlan) -> Option<Expr> {
    check.by.as_ref().map(|keys| statements::by(keys.iter().map(|k| k.value.clone())))
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
        if let Some(by) = by_text(check) {
            group(db, check, record, &by, mapped, &mut all)?;
            continue;
        }
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
    for check in &mapping.field_checks {
        fields(db, mapping, check, mapped, &mut all)?;
    }
    all.finish(()).map(|_| ())
}

/// A check over all kept records with one value of `by`.
fn group(
    db: &Db,
    check: &CheckPlan,
    record: &str,
    by: &Expr,
    mapped: &mut Mapped,
    all: &mut Collector,
) -> Result<()> {
    let arguments = arguments(&check.aggregates);
    let named_aggregates = aggregates(&check.aggregates, "_rec");
    let failed = Expr::any(check.assert.fails.iter().map(|f| f.when.clone()));
    let holds = Expr::all([check.assert.value.clone(), failed.negate()]);
    let figures: Vec<(String, String)> =
        check.aggregates.iter().filter_map(|a| Some((a.column.clone(), label(&a.how)?))).collect();
    let statement = GroupCheck {
        record,
        by,
        arguments: &arguments,
        aggregates: &named_aggregates,
        holds: &holds,
        figures: &figures,
    };
    let groups = db.rows(&statements::failed_groups(&statement), [], |row| {
        let of = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        Ok((of, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let many = check.by.as_ref().is_some_and(|keys| !keys.is_empty());
    for ((value, figures), records, refused) in &groups {
        let of = if many { format!(" for {}", named(value)) } else { String::new() };
        let figures = if figures.is_empty() { String::new() } else { format!(" [{figures}]") };
        let refused = match refused {
            0 => String::new(),
            n => format!("; {n} of them are rejected or held already"),
        };
        let message = format!(
            "the check \"{}\" does not hold{of}: {}{figures} over {records} of record {record}{refused}",
            check.name, check.text
        );
        match check.otherwise {
            Else::Stop => {
                all.push(Diagnostic::error(Code::GROUP_CHECK, message).help("Nothing was planned."));
            }
            Else::Warn => mapped.notes.push(message),
            Else::Reject => mapped.notes.push(format!("{message}; they are rejected")),
        }
    }
    if check.otherwise == Else::Reject && !groups.is_empty() {
        db.run(&statements::refuse_groups(&statement, "", &check.name))?;
    }
    Ok(())
}

/// What a figure is called; what must only agree is none.
fn label(how: &Aggregation) -> Option<String> {
    Some(match how {
        Aggregation::Agree => return None,
        Aggregation::List(_) => "list".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    })
}

/// A check of the vocabulary over a field.
fn fields(
    db: &Db,
    mapping: &Mapping,
    check: &FieldCheck,
    mapped: &mut Mapped,
    all: &mut Collector,
) -> Result<()> {
    let source = mapping.record(&check.record).map(|r| r.source.as_str()).unwrap_or_default();
    let statement = statements::FieldCheck {
        record: (&check.record, source),
        field: &check.field,
        code: check.code.0,
        value: &check.value,
        column: check.column.as_deref(),
        wrong: match &check.test {
            FieldWrong::When(when, reason) => statements::Wrong::When(when, reason),
            FieldWrong::Twice(peers) => statements::Wrong::Twice(peers),
        },
    };
    if check.otherwise == Else::Reject {
        return db.run(&statements::refuse_fields(&statement));
    }
    let found = db.rows(&statements::count_fields(&statement), [], |row| {
        let texts = [row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        Ok((row.get::<_, i64>(0)?, texts))
    })?;
    let Some((count, [value, key, place, reason])) = found.into_iter().next() else { return Ok(()) };
    let value = if value.is_empty() { String::new() } else { format!(" \"{value}\"") };
    let message = format!(
        "the check \"{}\" does not hold for {count} of record {}, such as {key}: {}{value} {reason} ({place})",
        check.name, check.record, check.field
    );
    match check.otherwise {
        Else::Stop => all.push(Diagnostic::error(check.code, message).help("Nothing was planned.")),
        _ => mapped.notes.push(message),
    }
    Ok(())
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
