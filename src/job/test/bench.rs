//! One database in which case after case is run; lookups that no case gives are made once.

use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Result};
use crate::expr::{self, Lowered, Type};
use crate::mapping::case::{CasePlan, CaseRow};
use crate::mapping::{CheckOn, CheckPlan, FieldCheck, FieldWrong, Mapping, RecordPlan, SourcePlan};
use crate::plan::freeze;
use crate::source::{self, Format, Given, GivenPart, GivenRow, Request};
use crate::spec::mapping::{Else, SameKey};
use crate::sql::{Expr, case as sql, map};
use crate::transform;
use duckdb::types::Value;
use std::collections::BTreeMap;

/// What a case gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Records by type, in the mapping's order; types without rows are not there.
    pub records: Vec<(String, Vec<Made>)>,
    /// Refusals, held records among them.
    pub refused: Vec<Refused>,
}

/// A record made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// Its key.
    pub key: String,
    /// Field → canonical text.
    pub fields: Vec<(String, Option<String>)>,
}

/// Why a record is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Record.
    pub record: String,
    /// Source.
    pub source: String,
    /// Its key, empty where there is none.
    pub key: String,
    /// Number of the row in the source, from 1.
    pub row: usize,
    /// Held by another, not refused itself.
    pub held: bool,
    /// Field, empty where it is none.
    pub field: String,
    /// Code.
    pub code: String,
    /// Value.
    pub value: Option<String>,
    /// Reason.
    pub reason: String,
    /// Index of the column.
    pub column: Option<usize>,
}

/// The database with what all cases share.
pub(super) struct Bench<'a> {
    mapping: &'a Mapping,
    db: Db,
}

impl<'a> Bench<'a> {
    /// Opens the database, reads the lookup files.
    pub fn new(mapping: &'a Mapping) -> Result<Self> {
        let limits = Limits { memory_mib: 500, threads: 1, spill: None, folders: Vec::new() };
        let db = Db::in_memory(&limits)?;
        expr::install(&db)?;
        freeze::setup(&db)?;
        expr::register_runners(&db, &mapping.functions)?;
        let is_file = |s: &&SourcePlan| s.name.starts_with("lookup.");
        let shared = Mapping {
            sources: mapping.sources.iter().filter(is_file).cloned().collect(),
            lookups: mapping.lookups.iter().filter(|l| !from_source(l)).cloned().collect(),
            ..empty(mapping)
        };
        let requests: Vec<Request> = shared.sources.iter().map(|s| s.request.clone()).collect();
        let loaded = source::read(&db, &requests, &|_, _| ())?;
        transform::run(&db, &shared, &loaded)?;
        Ok(Self { mapping, db })
    }

    /// Runs cases, those with rows of the same sources together; gives their outcomes in order.
    pub fn run_all(&self, cases: &[&CasePlan]) -> Result<Vec<Outcome>> {
        let mut together: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (n, case) in cases.iter().enumerate() {
            together.entry(self.signature(n, case)).or_default().push(n);
        }
        let mut all = vec![Outcome::default(); cases.len()];
        for numbers in together.into_values() {
            let batch: Vec<&CasePlan> = numbers.iter().filter_map(|n| cases.get(*n).copied()).collect();
            for (n, outcome) in numbers.into_iter().zip(self.batch(&batch)?) {
                if let Some(slot) = all.get_mut(n) {
                    *slot = outcome;
                }
            }
        }
        Ok(all)
    }

    /// Runs a case.
    pub fn run(&self, case: &CasePlan) -> Result<Outcome> {
        Ok(self.batch(&[case])?.into_iter().next().unwrap_or_default())
    }

    /// What cases must have in common to run together: the sources, none of which is looked up in, read by a statement, or
    /// lets the last file win, as these reach over parts; so do checks over several records.
    fn signature(&self, number: usize, case: &CasePlan) -> String {
        let mut names: Vec<&str> = case.given.iter().map(|s| s.source.as_str()).collect();
        names.sort_unstable();
        let looked_up =
            |s: &str| self.mapping.lookups.iter().any(|l| l.rows.as_ref().is_some_and(|r| r.source == s));
        let last = |s: &str| self.mapping.source(s).is_some_and(|s| s.same_key == SameKey::Last);
        let read = |s: &str| self.mapping.sources.iter().any(|q| self.mapping.read_by(&q.name).contains(&s));
        let over_records = self.mapping.checks.iter().any(|c| c.by.is_some())
            || self.mapping.field_checks.iter().any(|c| matches!(c.test, FieldWrong::Twice(_)));
        let alone = over_records || names.iter().any(|s| looked_up(s) || last(s) || read(s));
        if alone { format!("\u{1}{number}") } else { names.join("\u{1f}") }
    }

    /// Runs cases of the same sources at once, each in a part of its own, and clears up.
    fn batch(&self, cases: &[&CasePlan]) -> Result<Vec<Outcome>> {
        let Some(first) = cases.first() else { return Ok(Vec::new()) };
        let part = self.part(first);
        // What a statement makes is worked out, unless the case gives it.
        let has_rows = |s: &&SourcePlan| s.query.is_none() || first.given.iter().any(|g| g.source == s.name);
        let given: Vec<Given<'_>> = part.sources.iter().filter(has_rows).map(|s| rows(s, cases)).collect();
        let loaded = source::given(&self.db, &given)?;
        transform::run(&self.db, &part, &loaded)?;
        transform::hold_units(&self.db, &part)?;
        let outcomes = self.outcomes(&part, cases);
        self.clear(&part)?;
        outcomes
    }

    /// The part of the mapping that the case's rows go through.
    fn part(&self, case: &CasePlan) -> Mapping {
        let all = self.mapping;
        let stands = |source: &str| case.given.iter().any(|s| s.source == source);
        let given = |source: &str| stands(source) || all.read_by(source).into_iter().any(stands);
        let mut records: Vec<&RecordPlan> = all.records.iter().filter(|r| given(&r.source)).collect();
        for record in all.records.iter().rev() {
            let child = records.iter().any(|r| r.link.parent() == Some(&record.name));
            if child && !records.iter().any(|r| r.name == record.name) {
                records.push(record);
            }
        }
        let has = |name: &str| records.iter().any(|r| r.name == name);
        let lookups: Vec<_> = all.lookups.iter().filter(|l| from_source(l)).cloned().collect();
        let looked_up =
            |name: &str| lookups.iter().any(|l| l.rows.as_ref().is_some_and(|r| r.source == name));
        let of_record =
            |name: &str| records.iter().any(|r| r.source == name || all.read_by(&r.source).contains(&name));
        let needed = |s: &&SourcePlan| given(&s.name) || looked_up(&s.name) || of_record(&s.name);
        Mapping {
            sources: all.sources.iter().filter(needed).cloned().collect(),
            records: all.records.iter().filter(|r| has(&r.name)).map(apart).collect(),
            checks: all.checks.iter().filter_map(|c| applies(c, &given, &has, all)).collect(),
            field_checks: all.field_checks.iter().filter_map(|c| field_applies(c, &has)).collect(),
            lookups,
            ..empty(all)
        }
    }

    fn outcomes(&self, part: &Mapping, cases: &[&CasePlan]) -> Result<Vec<Outcome>> {
        let mut outcomes = vec![Outcome::default(); cases.len()];
        for record in &part.records {
            outcomes.iter_mut().for_each(|o| o.records.push((record.name.clone(), Vec::new())));
            for (n, made) in self.made(record)? {
                if let Some((_, all)) = outcomes.get_mut(n).and_then(|o| o.records.last_mut()) {
                    all.push(made);
                }
            }
            for (n, mut refused) in self.refused(record)? {
                refused.row -= before(&record.source, cases, n).min(refused.row);
                outcomes.get_mut(n).into_iter().for_each(|o| o.refused.push(refused.clone()));
            }
        }
        Ok(outcomes)
    }

    /// The records made, each with the index of its case.
    fn made(&self, record: &RecordPlan) -> Result<Vec<(usize, Made)>> {
        let fields: Vec<(String, String)> =
            record.fields.iter().map(|f| (f.name.clone(), f.ty.sql())).collect();
        self.db.rows(&sql::records(&record.name, &fields), [], |row| {
            let names = fields.iter().map(|(n, _)| n.clone());
            let made = Made { key: row.get(1)?, fields: names.zip(texts(row.get(2)?)).collect() };
            Ok((index(row.get(0)?), made))
        })
    }

    /// The refusals, each with the index of its case.
    fn refused(&self, record: &RecordPlan) -> Result<Vec<(usize, Refused)>> {
        self.db.rows(&sql::refused(&record.name), [], |row| {
            let column: Option<String> = row.get(7)?;
            let number = column.as_deref().and_then(|c| c.strip_prefix('c')?.parse::<usize>().ok());
            let refused = Refused {
                record: record.name.clone(),
                source: record.source.clone(),
                key: row.get(0)?,
                row: usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                held: row.get::<_, String>(2)? == "held",
                field: row.get(3)?,
                code: row.get(4)?,
                value: row.get(5)?,
                reason: row.get(6)?,
                column: number.and_then(|n| n.checked_sub(1)),
            };
            Ok((index(row.get::<_, Option<i64>>(8)?.unwrap_or(1)), refused))
        })
    }

    fn clear(&self, part: &Mapping) -> Result<()> {
        let sources: Vec<&str> = part.sources.iter().map(|s| s.name.as_str()).collect();
        let records: Vec<(&str, bool)> =
            part.records.iter().map(|r| (r.name.as_str(), !r.group.is_empty())).collect();
        let lookups: Vec<&str> = part.lookups.iter().map(|l| l.name.as_str()).collect();
        self.db.run(&map::forget(&sources, &records))?;
        self.db.run(&sql::reset(&lookups))
    }
}

/// A record whose groups end with their case, and whose unsure lengths are not counted: those are notes of a plan.
fn apart(record: &RecordPlan) -> RecordPlan {
    let mut record = record.clone();
    if !record.group.is_empty() {
        record.group.push(Lowered::sure(Type::Text, Expr::of("s", "_part").cast("VARCHAR")));
    }
    record.fields.iter_mut().for_each(|f| f.unsure_length = None);
    record
}

/// Whether a lookup's rows are those of a source of the mapping.
fn from_source(lookup: &crate::mapping::LookupPlan) -> bool {
    lookup.rows.as_ref().is_some_and(|r| !r.source.starts_with("lookup."))
}

/// The mapping without anything to do.
fn empty(mapping: &Mapping) -> Mapping {
    Mapping {
        name: mapping.name.clone(),
        platform: mapping.platform.clone(),
        sources: Vec::new(),
        lookups: Vec::new(),
        records: Vec::new(),
        checks: Vec::new(),
        field_checks: Vec::new(),
        expressions: Vec::new(),
        apart: true,
        guard: mapping.guard.clone(),
        tests: Vec::new(),
        rules: String::new(),
        functions: Vec::new(),
        vars: mapping.vars.clone(),
    }
}

/// A check as a case runs it. Checks on a source are of a whole file, of which a case gives some rows; so are those over
/// children of which no rows are given. What would stop a run refuses the record here, so that a case can expect it.
fn applies(
    check: &CheckPlan,
    given: &dyn Fn(&str) -> bool,
    has: &dyn Fn(&str) -> bool,
    all: &Mapping,
) -> Option<CheckPlan> {
    let CheckOn::Record(record) = &check.on else { return None };
    let child_given = |child: &str| all.record(child).is_some_and(|r| given(&r.source));
    let whole = check.aggregates.iter().filter_map(|a| a.relation.as_deref()).all(child_given);
    (has(record) && whole && check.otherwise != Else::Warn)
        .then(|| CheckPlan { otherwise: Else::Reject, ..check.clone() })
}

/// A check of the vocabulary as a case runs it; what must exist elsewhere counts as met, as references do.
fn field_applies(check: &FieldCheck, has: &dyn Fn(&str) -> bool) -> Option<FieldCheck> {
    let elsewhere = check.code == Code::NOT_FOUND;
    (has(&check.record) && !elsewhere && check.otherwise != Else::Warn)
        .then(|| FieldCheck { otherwise: Else::Reject, ..check.clone() })
}

/// A part's number as the index of its case.
fn index(part: i64) -> usize {
    usize::try_from(part - 1).unwrap_or(0)
}

/// How many rows of a source the cases before one give.
fn before(source: &str, cases: &[&CasePlan], n: usize) -> usize {
    let of = |case: &&CasePlan| {
        case.given.iter().filter(|s| s.source == source).map(|s| s.rows.len()).sum::<usize>()
    };
    cases.iter().take(n).map(of).sum()
}

/// The cases' rows of a source, a part each.
fn rows<'a>(source: &'a SourcePlan, cases: &[&'a CasePlan]) -> Given<'a> {
    let part = |(n, case): (usize, &&'a CasePlan)| {
        let given = case.given.iter().find(|s| s.source == source.name);
        let above = source.request.within.as_ref().map_or(0, |outer| before(outer, cases, n));
        let row = |r: &'a CaseRow| GivenRow {
            within: r.within.and_then(|w| i64::try_from(above + w).ok()),
            cells: r.cells.iter().map(|c| (c.column, c.kind, c.text.as_str())).collect(),
        };
        GivenPart {
            file: &case.file,
            sheet: case.sheet.as_deref(),
            rows: given.map(|g| g.rows.iter().map(row).collect()).unwrap_or_default(),
        }
    };
    Given {
        name: &source.name,
        columns: &source.columns,
        native: !matches!(source.request.format, Format::Csv),
        within: source.request.within.is_some(),
        node: source.request.each.first().and_then(|e| e.rsplit('/').next()),
        parts: cases.iter().enumerate().map(part).collect(),
    }
}

/// The texts of a list.
pub(super) fn texts(value: Value) -> Vec<Option<String>> {
    match value {
        Value::List(items) => {
            items.into_iter().map(|v| if let Value::Text(t) = v { Some(t) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}
