//! Mapped records against what was last accepted: references and units first, then new, changed, returned and gone.
//! The state's tables come as relations attached read-only; only SQL runs here.

pub mod causes;
mod ledger;
mod references;
pub mod rewritten;

pub use ledger::{Adopt, Ledger, Wanted};

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::mapping::{Mapping, RecordPlan};
use crate::spec::mapping::{Compare, Missing};
use crate::spec::platform::Model;
use crate::sql::Table;
use crate::sql::diff::{self, Changes, Column, Gone, Like, Proposal};
use std::collections::BTreeMap;

/// The stored table of each model (with its column names), where there is one.
pub type Stored = BTreeMap<String, (Table, Vec<String>)>;

/// What the diff found, beside its tables.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Counts by record and kind.
    pub counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// Stored records by record.
    pub baseline: BTreeMap<String, u64>,
}

/// What the diff is told.
pub struct Input<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// Stored tables.
    pub stored: &'a Stored,
    /// What values rest on today beside the data: mapping, vars, lookups, platform file and program, each a part.
    pub rules: &'a str,
    /// Records of which nothing may be called gone.
    pub keep_all: &'a [String],
    /// What earlier runs left, and what is asked for beside the difference.
    pub ledger: Ledger<'a>,
}

/// The fields of a model that this mapping writes, in the platform's order, with those a removal sets.
pub fn columns(mapping: &Mapping, model: &Model) -> Vec<Column> {
    let mapped =
        |name: &str| mapping.records_of(&model.name).any(|r| r.fields.iter().any(|f| f.name == name));
    let removal = |name: &str| {
        let used = mapping.records_of(&model.name).any(|r| r.missing == Missing::Deactivate);
        used && model.deactivate.iter().flatten().any(|(n, _)| n == name)
    };
    let always = |name: &str| {
        let ours = |r: &RecordPlan| r.fields.iter().any(|f| f.name == name && !f.leave);
        mapping.records_of(&model.name).all(ours)
    };
    let like = |name: &str| {
        let of = |r: &RecordPlan| {
            let compare = r.fields.iter().find(|f| f.name == name)?.compare.as_ref()?;
            Some((r.name.clone(), like(compare)))
        };
        mapping.records_of(&model.name).filter_map(of).collect()
    };
    let fields = model.fields.iter().filter(|f| mapped(&f.name) || removal(&f.name));
    fields
        .map(|f| Column {
            name: f.name.clone(),
            ty: f.ty.sql(),
            ignore: f.ignore,
            always: always(&f.name),
            like: like(&f.name),
        })
        .collect()
}

fn like(compare: &Compare) -> Like {
    match compare {
        Compare::Ignore => Like::Any,
        Compare::Case => Like::Case,
        Compare::Within(most) => Like::Within(most.clone()),
    }
}

/// Finds the changes.
///
/// # Errors
/// E340 for a record type that is sent complete and does not fit into one upload; E901.
pub fn run(db: &Db, input: &Input<'_>) -> Result<Found> {
    let mapping = input.mapping;
    db.run(&crate::sql::ledger::setup())?;
    views(db, input)?;
    references::settle(db, mapping, input.keep_all)?;
    ledger::force(db, input)?;
    changes(db, input)?;
    // What is held takes others along, and then the changes are fewer.
    while ledger::hold(db, input)? {
        references::settle(db, mapping, input.keep_all)?;
        changes(db, input)?;
    }
    ledger::tell(db, input)?;
    found(db, mapping)
}

/// Counts what the diff's tables hold.
///
/// # Errors
/// E901.
pub fn found(db: &Db, mapping: &Mapping) -> Result<Found> {
    let mut found = Found::default();
    for name in mapping.models() {
        count(db, mapping, name, &mut found)?;
    }
    Ok(found)
}

/// The changes of every model.
fn changes(db: &Db, input: &Input<'_>) -> Result<()> {
    let mapping = input.mapping;
    let forced = db.count(&crate::sql::ledger::count_forced())? > 0;
    for name in mapping.models() {
        let Some(model) = mapping.platform.model(name) else { continue };
        let columns = columns(mapping, model);
        db.run(&diff::new_view(name, &proposals(mapping, name), &columns))?;
        let (rules, owner) = (input.rules, &mapping.name);
        let changes = || Changes { model: name, columns: &columns, mapping: owner, rules, forced };
        db.run(&diff::changes(&changes()))?;
        for record in mapping.records_of(name).filter(|r| !input.keep_all.contains(&r.name) && !r.set.single)
        {
            gone(db, mapping, model, record, changes())?;
        }
        if model.whole {
            db.run(&diff::along(&changes()))?;
            complete(db, mapping, model)?;
        }
    }
    Ok(())
}

/// What is sent complete must fit into one upload.
fn complete(db: &Db, mapping: &Mapping, model: &Model) -> Result<()> {
    let most = mapping.platform.transport.records_max;
    let mut records = 0;
    for record in mapping.records_of(&model.name) {
        records += db.count(&diff::count_proposed(&model.name, &record.name))?;
    }
    if records <= most || db.count(&diff::count_changes(&model.name))? == 0 {
        return Ok(());
    }
    let message = format!(
        "{} is sent complete each time, and its {records} records are more than the {most} of one upload",
        model.name
    );
    let help = format!(
        "Nothing was planned. Send fewer of them (`where`), or set `limits` of {} in the platform file as the platform allows.",
        mapping.platform.name
    );
    Diagnostic::error(Code::NOT_WHOLE, message).help(help).alone()
}

fn views(db: &Db, input: &Input<'_>) -> Result<()> {
    let platform = &input.mapping.platform;
    for model in &platform.models {
        let records: Vec<&str> = input.mapping.records_of(&model.name).map(|r| r.name.as_str()).collect();
        let stored = input.stored.get(&model.name).map(|(t, names)| (t, names.as_slice()));
        db.run(&diff::old_view(
            &model.name,
            stored,
            &columns(input.mapping, model),
            &input.mapping.name,
            &records,
        ))?;
        db.run(&diff::keys_view(&model.name, &records))?;
        db.run(&diff::refused_view(&model.name, &records))?;
        if !records.is_empty() {
            db.run(&diff::read_keys_view(&model.name, &records))?;
        }
    }
    Ok(())
}

fn proposals<'a>(mapping: &'a Mapping, model: &'a str) -> Vec<Proposal<'a>> {
    let one = |r: &'a RecordPlan| Proposal {
        record: &r.name,
        fields: r.fields.iter().map(|f| f.name.as_str()).collect(),
        leave: r.fields.iter().filter(|f| f.leave).map(|f| f.name.as_str()).collect(),
        parent: r.link.parent(),
    };
    mapping.records_of(model).map(one).collect()
}

fn gone(db: &Db, mapping: &Mapping, model: &Model, record: &RecordPlan, changes: Changes<'_>) -> Result<()> {
    let parent = record.link.parent().and_then(|p| mapping.record(p));
    let reference = parent.and_then(|p| model.reference_to(&p.model)).map(|f| f.name.as_str());
    let kind = match record.missing {
        Missing::Deactivate | Missing::Delete => "removed",
        Missing::Keep | Missing::Reject => "absent",
    };
    // A line's coverage is its header's (rules 3).
    let of = parent.unwrap_or(record);
    let covers = of.covers.as_ref().map(|c| (&c.holds, of.source.as_str(), c.columns.as_slice()));
    let covers = covers.filter(|_| parent.is_none());
    let empty = Vec::new();
    db.run(&diff::gone(&Gone {
        changes,
        record: &record.name,
        kind,
        deactivate: model.deactivate.as_ref().unwrap_or(&empty),
        parent: reference,
        covers,
        whole: record.set.whole,
    }))?;
    let Some(parent) = parent else { return Ok(()) };
    db.run(&diff::spare_lines(&model.name, &record.name, &parent.model, record.missing == Missing::Reject))
}

fn count(db: &Db, mapping: &Mapping, model: &str, found: &mut Found) -> Result<()> {
    let counts = db.rows(&diff::counts(model), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    for record in mapping.records_of(model) {
        let mut by_kind: BTreeMap<String, u64> = BTreeMap::new();
        for (_, kind, n) in counts.iter().filter(|(r, _, _)| *r == record.name) {
            by_kind.insert(kind.clone(), u64::try_from(*n).unwrap_or(0));
        }
        let moved: u64 = ["new", "changed", "returned", "adopted", "rebaselined", "along"]
            .iter()
            .filter_map(|k| by_kind.get(*k))
            .sum();
        let proposed = db.count(&diff::count_proposed(model, &record.name))?;
        by_kind.insert("unchanged".to_owned(), proposed.saturating_sub(moved));
        for (status, n) in db.rows(&diff::count_statuses(&record.name), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })? {
            by_kind.insert(status, u64::try_from(n).unwrap_or(0));
        }
        let gone = db.count(&crate::sql::ledger::count_gone_held(&record.name))?;
        if gone > 0 {
            *by_kind.entry("held".to_owned()).or_default() += gone;
        }
        found.counts.insert(record.name.clone(), by_kind);
        let baseline = db.count(&diff::count_baseline(model, &mapping.name, &record.name))?;
        found.baseline.insert(record.name.clone(), baseline);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
