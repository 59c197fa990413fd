//! From the diff's tables to a plan: numbered and placed changes, refusals, totals, guards, and the head.

use super::head::{ColumnHead, ModelHead};
use super::{Cause, FieldHead, FileHead, Guard, Head, RecordHead, SourceHead, guards, money};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::diff::{self, Found};
use crate::mapping::Mapping;
use crate::source::{Loaded, Turns};
use crate::sql::diff::Column;
use crate::sql::plan::{self, Numbering, Refused};
use crate::sql::{Table, map};
use std::collections::BTreeMap;

/// What freezing needs beside the tables.
pub struct Input<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// What was loaded.
    pub loaded: &'a [Loaded],
    /// Rows that stopped parts.
    pub stops: &'a BTreeMap<String, Vec<(i64, i64)>>,
    /// What `unpivot` made of the rows read.
    pub turns: &'a BTreeMap<String, BTreeMap<i64, Turns>>,
    /// What the diff found.
    pub found: &'a Found,
    /// Rows per source in the last applied run.
    pub last_rows: &'a BTreeMap<String, u64>,
    /// The rejects of the last run, as a table of the state.
    pub known: Option<Table>,
    /// Everything the caller knows: names, prints, times, notes, why nothing is removed.
    pub head: Head,
    /// Whether a type without baseline passes its guard.
    pub rehearsal: bool,
}

/// Builds the plan's tables and completes its head.
///
/// # Errors
/// E901.
pub fn freeze(db: &Db, input: Input<'_>) -> Result<Head> {
    let mapping = input.mapping;
    let mut head = input.head.clone();
    head.models = number(db, mapping)?;
    db.run(&plan::refused(&refused(mapping), input.known.as_ref(), &mapping.name))?;
    raw_rows(db, mapping)?;
    references(db, mapping)?;
    head.records = records(db, &input, &head.models)?;
    head.sources = sources(db, &input)?;
    head.guards = figures(&input);
    head.guards.extend(guards::sums(mapping, &head.records));
    let cause = |(record, cause, changes)| Cause { record, cause, changes };
    head.causes = diff::causes::all(db, mapping)?.into_iter().map(cause).collect();
    if input.found.baseline.values().any(|n| *n > 0) {
        head.rewritten = diff::rewritten::run(db, mapping)?;
    }
    let keys = diff::causes::other_keys(db, mapping, input.found)?;
    head.notes.splice(0..0, keys);
    show(db, &head)?;
    Ok(head)
}

/// Numbers the changes of every model, in order of sending.
fn number(db: &Db, mapping: &Mapping) -> Result<Vec<ModelHead>> {
    let levels = mapping.platform.levels();
    let level = |m: &str| levels.get(m).map_or(0, |l| u32::try_from(*l).unwrap_or(0));
    let mut models: Vec<&str> = mapping.models();
    models.sort_by_key(|m| (level(m), mapping.platform.models.iter().position(|p| p.name == **m)));
    let (mut heads, mut start) = (Vec::new(), 0);
    for name in models {
        let Some(model) = mapping.platform.model(name) else { continue };
        let level = level(name);
        let sources = mapping.records_of(name).map(|r| (r.name.as_str(), r.source.as_str())).collect();
        let mut parents: Vec<&str> = mapping
            .records_of(name)
            .filter_map(|r| mapping.record(r.link.parent()?))
            .map(|p| p.model.as_str())
            .collect();
        parents.dedup();
        let numbering = Numbering { model: name, start, level, sources, parents };
        db.run(&plan::number(&numbering))?;
        db.run(&plan::placed(&numbering))?;
        let changes = db.count(&plan::count(name))?;
        start += changes;
        let columns = diff::columns(mapping, model)
            .into_iter()
            .map(|c| ColumnHead { name: c.name, sql_type: c.ty, compared: !c.ignore })
            .collect();
        heads.push(ModelHead { model: name.to_owned(), level, columns, changes });
    }
    Ok(heads)
}

fn refused(mapping: &Mapping) -> Vec<Refused<'_>> {
    let of = |s: &'_ crate::mapping::SourcePlan| -> Vec<(String, String)> {
        mapping
            .records
            .iter()
            .filter(|r| r.source == s.name)
            .map(|r| (r.name.clone(), r.model.clone()))
            .collect()
    };
    mapping
        .sources
        .iter()
        .filter(|s| !of(s).is_empty())
        .map(|s| Refused {
            source: &s.name,
            records: mapping
                .records
                .iter()
                .filter(|r| r.source == s.name)
                .map(|r| (r.name.as_str(), r.model.as_str()))
                .collect(),
            cells: cells(s),
        })
        .collect()
}

fn cells(source: &crate::mapping::SourcePlan) -> plan::Cells {
    match (&source.unpivot, &source.query) {
        (Some(u), _) => plan::Cells::Turned([u.name(), u.value()].map(|n| format!("c{}", n + 1))),
        (None, Some(_)) => plan::Cells::Result,
        (None, None) => plan::Cells::Plain,
    }
}

fn raw_rows(db: &Db, mapping: &Mapping) -> Result<()> {
    let all: Vec<(&str, &str, &str, usize)> = mapping
        .records
        .iter()
        .map(|r| {
            let columns = mapping.source(&r.source).map_or(0, |s| s.columns.len());
            (r.name.as_str(), r.model.as_str(), r.source.as_str(), columns)
        })
        .collect();
    db.run(&plan::raw_rows(&all))
}

fn references(db: &Db, mapping: &Mapping) -> Result<()> {
    let mut all: Vec<(&str, &str, &str)> = Vec::new();
    for record in &mapping.records {
        let Some(model) = mapping.platform.model(&record.model) else { continue };
        for field in &record.fields {
            let Some(refers) = model.field(&field.name).and_then(|f| f.refers.as_ref()) else { continue };
            if refers.later {
                continue; // Its record is accepted without it.
            }
            let entry = (model.name.as_str(), field.name.as_str(), refers.model.as_str());
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
    }
    db.run(&plan::refs(&all))?;
    mapping.models().iter().try_for_each(|m| db.run(&plan::refs_in_plan(m)))
}

fn records(db: &Db, input: &Input<'_>, models: &[ModelHead]) -> Result<Vec<RecordHead>> {
    let mut heads = Vec::new();
    for model in models {
        for record in input.mapping.records_of(&model.model) {
            let fields = record
                .fields
                .iter()
                .map(|f| FieldHead {
                    field: f.name.clone(),
                    from: f.from.clone(),
                    fallback: f.fallback.clone(),
                })
                .collect();
            let (totals, accounts) = money::sums(db, input.mapping, record)?;
            heads.push(RecordHead {
                record: record.name.clone(),
                model: model.model.clone(),
                source: record.source.clone(),
                parent: record.link.parent().map(str::to_owned),
                level: model.level,
                baseline: input.found.baseline.get(&record.name).copied().unwrap_or(0),
                counts: input.found.counts.get(&record.name).cloned().unwrap_or_default(),
                totals,
                accounts,
                fields,
            });
        }
    }
    Ok(heads)
}

fn sources(db: &Db, input: &Input<'_>) -> Result<Vec<SourceHead>> {
    input
        .loaded
        .iter()
        .map(|l| {
            let columns = input.mapping.source(&l.name).map_or_else(Vec::new, |s| s.columns.clone());
            Ok(SourceHead { name: l.name.clone(), columns, files: files(db, input, l)? })
        })
        .collect()
}

/// Where each row of each part ended.
fn files(db: &Db, input: &Input<'_>, loaded: &Loaded) -> Result<Vec<FileHead>> {
    let records: Vec<(&str, bool)> = input
        .mapping
        .records
        .iter()
        .filter(|r| r.source == loaded.name)
        .map(|r| (r.name.as_str(), !r.group.is_empty()))
        .collect();
    let accounts: Vec<(i64, [u64; 3])> = if records.is_empty() {
        Vec::new()
    } else {
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        db.rows(&plan::accounts(&records), [], |row| {
            Ok((row.get(0)?, [number(row.get(1)?), number(row.get(2)?), number(row.get(3)?)]))
        })?
    };
    let stops = input.stops.get(&loaded.name);
    // What `unpivot` or a query makes of a row has no column of the file for each of its cells.
    let plain = input.mapping.source(&loaded.name).is_some_and(|s| cells(s) == plan::Cells::Plain);
    let file = |p: &crate::source::Part| {
        let [mapped, filtered, rejected] =
            accounts.iter().find(|(part, _)| *part == p.id).map_or([0; 3], |(_, counts)| *counts);
        let used = mapped + filtered + rejected;
        let stopped = stops.is_some_and(|s| s.iter().any(|(part, _)| *part == p.id));
        let turns = input.turns.get(&loaded.name).and_then(|parts| parts.get(&p.id)).copied();
        let totals = turns.map_or(u64::from(stopped), |t| t.totals);
        // Without records the rest is unused, the empty cells among it.
        let empty = if used == 0 { 0 } else { turns.map_or(0, |t| t.empty) };
        let rest = p.rows.saturating_sub(used + totals);
        let (dropped, unused) = if stopped { (rest, 0) } else { (0, rest) };
        FileHead {
            file: p.file.clone(),
            part: p.sheet.clone().or_else(|| p.node.clone()),
            places: if plain { p.places.clone() } else { Vec::new() },
            bytes: p.bytes,
            sha256: p.sha256.clone(),
            read: p.rows + p.refused,
            turned: turns.map(|t| t.rows + p.refused),
            mapped,
            filtered: filtered.saturating_sub(empty),
            empty,
            dropped,
            totals,
            rejected: rejected + p.refused,
            unused,
        }
    };
    Ok(loaded.parts.iter().map(file).collect())
}

fn figures(input: &Input<'_>) -> Vec<Guard> {
    let rows = rows_by_source(input.loaded);
    guards::figures(input.mapping, input.found, &rows, input.last_rows, input.rehearsal)
}

/// Rows read by source.
pub fn rows_by_source(loaded: &[Loaded]) -> BTreeMap<String, u64> {
    loaded.iter().map(|l| (l.name.clone(), l.parts.iter().map(|p| p.rows).sum())).collect()
}

/// Up to so many changes, `plan.shown` is written down for the reports.
const KEPT: u64 = 20_000;

/// Makes `plan.shown` over the plan's tables (or files).
pub(super) fn show(db: &Db, head: &Head) -> Result<()> {
    let column = |c: &ColumnHead| Column {
        name: c.name.clone(),
        ty: c.sql_type.clone(),
        ignore: !c.compared,
        always: false,
        like: Vec::new(),
    };
    let models: Vec<(&str, Vec<Column>)> =
        head.models.iter().map(|m| (m.model.as_str(), m.columns.iter().map(column).collect())).collect();
    let rows = db.count(&plan::count_shown(models.iter().map(|(m, _)| *m)))?;
    db.run(&plan::shown(&models, !models.is_empty() && rows <= KEPT))
}

/// Creates the schemas a run needs.
///
/// # Errors
/// E901.
pub fn setup(db: &Db) -> Result<()> {
    db.run(&map::setup())
}
