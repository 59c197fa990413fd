//! One database in which case after case is run; lookups that no case gives are made once.

use crate::db::{Db, Limits};
use crate::diagnostic::Result;
use crate::expr;
use crate::mapping::case::{CasePlan, CaseSource};
use crate::mapping::{CheckOn, CheckPlan, Mapping, RecordPlan, SourcePlan};
use crate::plan::freeze;
use crate::source::{self, Format, Given, GivenRow, Request};
use crate::spec::mapping::Else;
use crate::sql::{case as sql, map};
use crate::transform;
use duckdb::types::Value;

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

    /// Runs a case and clears up after it.
    pub fn run(&self, case: &CasePlan) -> Result<Outcome> {
        let part = self.part(case);
        let given: Vec<Given<'_>> = part.sources.iter().map(|s| rows(s, case)).collect();
        let loaded = source::given(&self.db, &given)?;
        transform::run(&self.db, &part, &loaded)?;
        transform::hold_units(&self.db, &part)?;
        let outcome = self.outcome(&part);
        self.clear(&part)?;
        outcome
    }

    /// The part of the mapping that the case's rows go through.
    fn part(&self, case: &CasePlan) -> Mapping {
        let all = self.mapping;
        let given = |source: &str| case.given.iter().any(|s| s.source == source);
        let mut records: Vec<&RecordPlan> = all.records.iter().filter(|r| given(&r.source)).collect();
        for record in all.records.iter().rev() {
            let child = records.iter().any(|r| r.link.parent() == Some(&record.name));
            if child && !records.iter().any(|r| r.name == record.name) {
                records.push(record);
            }
        }
        let has = |name: &str| records.iter().any(|r| r.name == name);
        let lookups: Vec<_> = all.lookups.iter().filter(|l| from_source(l)).cloned().collect();
        let looked_up = |name: &str| lookups.iter().any(|l| l.source.as_ref().is_some_and(|s| s.0 == name));
        let needed = |s: &&SourcePlan| {
            given(&s.name) || looked_up(&s.name) || records.iter().any(|r| r.source == s.name)
        };
        Mapping {
            sources: all.sources.iter().filter(needed).cloned().collect(),
            records: all.records.iter().filter(|r| has(&r.name)).cloned().collect(),
            checks: all.checks.iter().filter_map(|c| applies(c, &given, &has, all)).collect(),
            lookups,
            ..empty(all)
        }
    }

    fn outcome(&self, part: &Mapping) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for record in &part.records {
            outcome.records.push((record.name.clone(), self.made(record)?));
            outcome.refused.extend(self.refused(record)?);
        }
        Ok(outcome)
    }

    fn made(&self, record: &RecordPlan) -> Result<Vec<Made>> {
        let fields: Vec<(String, String)> =
            record.fields.iter().map(|f| (f.name.clone(), f.ty.sql())).collect();
        self.db.rows(&sql::records(&record.name, &fields), [], |row| {
            let names = fields.iter().map(|(n, _)| n.clone());
            Ok(Made { key: row.get(1)?, fields: names.zip(texts(row.get(2)?)).collect() })
        })
    }

    fn refused(&self, record: &RecordPlan) -> Result<Vec<Refused>> {
        self.db.rows(&sql::refused(&record.name), [], |row| {
            let column: Option<String> = row.get(7)?;
            let number = column.as_deref().and_then(|c| c.strip_prefix('c')?.parse::<usize>().ok());
            Ok(Refused {
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
            })
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

/// Whether a lookup's rows are those of a source of the mapping.
fn from_source(lookup: &crate::mapping::LookupPlan) -> bool {
    lookup.source.as_ref().is_some_and(|(source, ..)| !source.starts_with("lookup."))
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

/// The case's rows of a source, none where it gives none.
fn rows<'a>(source: &'a SourcePlan, case: &'a CasePlan) -> Given<'a> {
    let given = case.given.iter().find(|s| s.source == source.name);
    let row = |r: &'a crate::mapping::case::CaseRow| GivenRow {
        within: r.within.and_then(|w| i64::try_from(w).ok()),
        cells: r.cells.iter().map(|c| (c.column, c.kind, c.text.as_str())).collect(),
    };
    let node = source.request.each.first().and_then(|e| e.rsplit('/').next());
    Given {
        name: &source.name,
        columns: &source.columns,
        native: !matches!(source.request.format, Format::Csv),
        within: source.request.within.is_some(),
        file: &case.file,
        sheet: case.sheet.as_deref(),
        node,
        rows: given.map(|g: &CaseSource| g.rows.iter().map(row).collect()).unwrap_or_default(),
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
