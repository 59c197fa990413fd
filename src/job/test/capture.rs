//! A record of today's files, with all rows it and its lines are made from, written down as a test of the mapping.

use super::bench::{Bench, Outcome, texts};
use super::{Context, compare, mask, prepare, toml};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::job::{Progress, plan};
use crate::mapping::case::{CaseCell, CasePlan, CaseRow, CaseSource};
use crate::mapping::{Mapping, RecordPlan, SourcePlan};
use crate::spec::mapping as spec;
use crate::sql::{case as sql, trace};
use duckdb::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// Rows that a case may hold; more is no example any longer.
const MOST: usize = 200;

/// What to capture.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// Key of the record.
    pub key: String,
    /// Its type, where the key alone does not say.
    pub record: Option<String>,
    /// Columns, fields or kinds whose values are made up.
    pub mask: Vec<String>,
}

/// A case written.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Its name.
    pub name: String,
    /// Its text, as appended.
    pub text: String,
    /// The file.
    pub file: String,
    /// Where the case gives another value than the files do.
    pub notes: Vec<String>,
}

/// Captures a record and appends the case to the mapping's file; what stands there stays as it is.
///
/// # Errors
/// E282 when no record has the key, E283 for a mask, E284 when the case would not hold; as a plan's reading and mapping.
pub fn capture(context: &Context, wanted: &Capture, progress: &dyn Progress) -> Result<Captured> {
    let stage = plan::map(context, progress)?;
    let mapping = &stage.mapping;
    let record = find(&stage.db, mapping, wanted)?;
    let rows = Rows::of(&stage.db, mapping, record, &wanted.key)?;
    let mut case = rows.case(&stage.db)?;
    mask::mask(mapping, &mut case, &wanted.mask)?;
    let outcome = Bench::new(mapping)?.run(&case)?;
    case.name = name(context, record, &outcome, wanted);
    let names = |word: &str| context.file.toml.text.contains(word);
    let file = names("row.file").then(|| case.file.clone());
    let sheet = case.sheet.clone().filter(|_| names("row.sheet"));
    let text = toml::case(mapping, &case, &outcome, file.as_deref(), sheet.as_deref());
    let notes = match wanted.mask.is_empty() {
        true => differences(&stage.db, record, &wanted.key, &outcome)?,
        false => Vec::new(),
    };
    let added = addition(&context.file.toml.text, &text);
    holds(context, &added)?;
    append(context, &added)?;
    Ok(Captured { name: case.name, text, file: context.file.toml.name.clone(), notes })
}

/// The record type that has the key.
fn find<'a>(db: &Db, mapping: &'a Mapping, wanted: &Capture) -> Result<&'a RecordPlan> {
    let mut found = Vec::new();
    for record in &mapping.records {
        if wanted.record.as_ref().is_some_and(|r| *r != record.name) {
            continue;
        }
        if !ids(db, &sql::of_key(&record.name, &wanted.key))?.is_empty() {
            found.push(record);
        }
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let of = wanted.record.as_ref().map(|r| format!("{r} ")).unwrap_or_default();
            let message = format!("no record {of}of key \"{}\" is in today's files", wanted.key);
            let help = format!(
                "`crosswalk preview {} {}` shows records with their keys.",
                mapping.name,
                wanted.record.as_deref().unwrap_or("<record>")
            );
            Diagnostic::error(Code::NO_SUCH_KEY, message).help(help).alone()
        }
        many => {
            let names: Vec<&str> = many.iter().map(|r| r.name.as_str()).collect();
            let message = format!("several records have the key \"{}\": {}", wanted.key, names.join(", "));
            let help = format!("Add --record {}.", names.join(" or --record "));
            Diagnostic::error(Code::NO_SUCH_KEY, message).help(help).alone()
        }
    }
}

fn ids(db: &Db, sql: &str) -> Result<Vec<i64>> {
    db.rows(sql, [], |row| row.get(0))
}

/// The rows that a record, its lines and what they look up are made from, by source.
struct Rows<'a> {
    mapping: &'a Mapping,
    by_source: BTreeMap<String, BTreeSet<i64>>,
}

/// A row as read: number, row it stands in, kinds, file, sheet, cells.
type Read = (i64, Option<i64>, String, String, Option<String>, Vec<Option<String>>);

impl<'a> Rows<'a> {
    fn of(db: &Db, mapping: &'a Mapping, record: &RecordPlan, key: &str) -> Result<Self> {
        let mut rows = Self { mapping, by_source: BTreeMap::new() };
        let records = ids(db, &sql::of_key(&record.name, key))?;
        rows.unit(db, record, &records)?;
        rows.enclosing(db)?;
        rows.looked_up(db)?;
        let count: usize = rows.by_source.values().map(BTreeSet::len).sum();
        if count > MOST {
            let message = format!("the record is made from {count} rows; a test holds at most {MOST}");
            let help = "Choose a smaller record, or one of its lines.";
            return Diagnostic::error(Code::NOT_CAPTURED, message).help(help).alone();
        }
        Ok(rows)
    }

    /// The rows of records and of their children.
    fn unit(&mut self, db: &Db, record: &RecordPlan, records: &[i64]) -> Result<()> {
        let own = match record.group.is_empty() {
            true => records.to_vec(),
            false => ids(db, &sql::grouped_rows(&record.name, records))?,
        };
        self.by_source.entry(record.source.clone()).or_default().extend(own);
        let children = self.mapping.records.iter().filter(|r| r.link.parent() == Some(&record.name));
        for child in children {
            let below = ids(db, &sql::children(&child.name, records))?;
            self.unit(db, child, &below)?;
        }
        Ok(())
    }

    /// The rows that rows stand in, outermost last.
    fn enclosing(&mut self, db: &Db) -> Result<()> {
        for _ in 0..self.mapping.sources.len() {
            for source in &self.mapping.sources {
                let Some(outer) = &source.request.within else { continue };
                let within: Vec<i64> = self.read(db, source)?.iter().filter_map(|r| r.1).collect();
                if !within.is_empty() {
                    self.by_source.entry(outer.clone()).or_default().extend(within);
                }
            }
        }
        Ok(())
    }

    /// Rows of sources that serve as lookups, whose key stands in a cell captured so far.
    fn looked_up(&mut self, db: &Db) -> Result<()> {
        let mut cells: BTreeSet<String> = BTreeSet::new();
        for source in &self.mapping.sources {
            let rows = self.read(db, source)?;
            cells.extend(rows.into_iter().flat_map(|r| r.5).flatten().map(|t| t.trim().to_owned()));
        }
        let cells: Vec<String> = cells.into_iter().filter(|c| !c.is_empty()).collect();
        for lookup in &self.mapping.lookups {
            let Some(rows) = lookup.rows.as_ref().filter(|r| !r.source.starts_with("lookup.")) else {
                continue;
            };
            let found = ids(db, &sql::lookup_rows(&rows.source, &rows.keys, &cells, MOST))?;
            self.by_source.entry(rows.source.clone()).or_default().extend(found);
        }
        Ok(())
    }

    fn read(&self, db: &Db, source: &SourcePlan) -> Result<Vec<Read>> {
        let Some(ids) = self.by_source.get(&source.name).filter(|i| !i.is_empty()) else {
            return Ok(Vec::new());
        };
        let ids: Vec<i64> = ids.iter().copied().collect();
        let statement =
            sql::raw_rows(&source.name, source.columns.len(), source.request.within.is_some(), &ids);
        db.rows(&statement, [], |row| {
            let cells: Value = row.get(5)?;
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, texts(cells)))
        })
    }

    fn case(&self, db: &Db) -> Result<CasePlan> {
        let mut case = CasePlan::default();
        for source in &self.mapping.sources {
            let read = self.read(db, source)?;
            let Some(first) = read.first() else { continue };
            if case.file.is_empty() {
                (case.file, case.sheet) = (first.3.clone(), first.4.clone());
            }
            let rows = read.iter().map(|r| self.row(source, r)).collect();
            case.given.push(CaseSource { source: source.name.clone(), rows });
        }
        Ok(case)
    }

    fn row(&self, source: &SourcePlan, read: &Read) -> CaseRow {
        let outer = source.request.within.as_ref().and_then(|o| self.by_source.get(o));
        let within = outer.zip(read.1).and_then(|(rows, id)| rows.iter().position(|r| *r == id));
        let kinds: Vec<char> = read.2.chars().collect();
        let cell = |column: usize| {
            let text = read.5.get(column).cloned().flatten().filter(|t| !t.is_empty())?;
            let kind = kinds.get(column).copied().unwrap_or('t');
            Some(CaseCell { column, kind, text, span: 0..0 })
        };
        let cells = source.used.iter().filter_map(|n| cell(*n)).collect();
        CaseRow { span: 0..0, within: within.map(|n| n + 1), cells }
    }
}

/// A name that tells nothing that is masked, and that no other test has.
fn name(context: &Context, record: &RecordPlan, outcome: &Outcome, wanted: &Capture) -> String {
    let made = outcome.records.iter().find(|(r, _)| *r == record.name).and_then(|(_, m)| m.first());
    let refused = outcome.refused.iter().find(|r| r.record == record.name && !r.key.is_empty());
    let key = made.map(|m| m.key.as_str()).or(refused.map(|r| r.key.as_str())).unwrap_or_default();
    let key = key.replace('\u{1f}', " / ");
    let what = if made.is_some() { "" } else { " is refused" };
    let masked = if wanted.mask.is_empty() { "" } else { ", masked" };
    let base = format!("{} {key}{what}{masked}, as of {}", record.name, context.env.today());
    let taken = |name: &str| context.file.tests.iter().any(|t| t.name.value == name);
    let mut name = base.clone();
    for n in 2.. {
        if !taken(&name) {
            break;
        }
        name = format!("{base} ({n})");
    }
    name
}

/// Fields that the case gives another value than the files do: they depend on rows that it does not hold.
fn differences(db: &Db, record: &RecordPlan, key: &str, outcome: &Outcome) -> Result<Vec<String>> {
    let fields: Vec<(String, String)> = record.fields.iter().map(|f| (f.name.clone(), f.ty.sql())).collect();
    let rows = db.rows(&trace::fields(&record.name, &fields, key), [], |row| row.get::<_, Value>(0))?;
    let (Some(real), Some(made)) = (
        rows.into_iter().next().map(texts),
        outcome
            .records
            .iter()
            .find(|(r, _)| *r == record.name)
            .and_then(|(_, m)| m.iter().find(|m| m.key == key)),
    ) else {
        return Ok(Vec::new());
    };
    let differs = made.fields.iter().zip(real).filter(|((_, made), real)| made != real);
    Ok(differs
        .map(|((name, made), real)| {
            format!(
                "{name} is \"{}\" in the files and \"{}\" in the test: it depends on other rows",
                real.unwrap_or_default(),
                made.clone().unwrap_or_default()
            )
        })
        .collect())
}

/// What is put behind the file's text: an empty line, then the case, with the file's line ends.
fn addition(text: &str, case: &str) -> String {
    let before = if text.is_empty() || text.ends_with('\n') { "\n" } else { "\n\n" };
    let added = format!("{before}{case}");
    if text.contains("\r\n") { added.replace('\n', "\r\n") } else { added }
}

/// Runs the case as it will stand in the file.
fn holds(context: &Context, added: &str) -> Result<()> {
    let old = &context.file.toml;
    let (file, shape) = spec::parse(&old.name, &format!("{}{added}", old.text))?;
    let context = Context { file, shape, ..context.clone() };
    let (mapping, _) = prepare(&context)?;
    let Some(case) = mapping.tests.last() else { return Ok(()) };
    let outcome = Bench::new(&mapping)?.run(case)?;
    let failures = compare::compare(&mapping, case, &outcome, &context.file.toml);
    let Some(first) = failures.first() else { return Ok(()) };
    let message = "the rows, written down, do not give the same record; nothing was written";
    let help = format!("Such as: {}.", first.told.message);
    Diagnostic::error(Code::NOT_CAPTURED, message).help(help).alone()
}

fn append(context: &Context, added: &str) -> Result<()> {
    let path = context.root.join(&context.file.toml.name);
    let wrote = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(added.as_bytes()).and_then(|()| file.sync_all()));
    wrote.map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())).into())
}
