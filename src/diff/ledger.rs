//! What earlier runs left (design 6) and what is asked for beside the difference: refused three times, unknown, held by
//! decision; sent again, adopted, rebaselined.

use super::Input;
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::mapping::{Mapping, RecordPlan};
use crate::sql::ledger::{self, Reference};

/// How new records are taken for accepted without being sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopt {
    /// They are not.
    #[default]
    No,
    /// They are looked up there: equal ones are adopted, others are changes of what is there.
    Read,
    /// They are declared to be there.
    Trust,
}

/// What is wanted beside the difference, by record; `keys` narrow what is sent again.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whether new records are adopted.
    pub adopt: Adopt,
    /// Whether what only the mapping changed is taken for accepted.
    pub rebaseline: bool,
    /// Records sent again: name, and a key or all of them.
    pub resend: Vec<(String, Option<String>)>,
    /// The records that `adopt` and `rebaseline` are about; empty: all.
    pub only: Vec<String>,
}

/// What earlier runs left.
#[derive(Clone, Debug)]
pub struct Ledger<'a> {
    /// Whether `diff.past` is there.
    pub past: bool,
    /// Whether `diff.decided` is there.
    pub decided: bool,
    /// Whether `diff.taken_out` is there.
    pub taken_out: bool,
    /// Print of the rules and digest of the platform file.
    pub ground: &'a str,
    /// Whether the same again does no harm.
    pub harmless: bool,
    /// What is asked for.
    pub wanted: &'a Wanted,
}

/// Fills `diff.force`.
pub(super) fn force(db: &Db, input: &Input<'_>) -> Result<()> {
    let (ledger, mapping) = (&input.ledger, input.mapping);
    if ledger.past && ledger.harmless {
        db.run(&ledger::force_unknown())?;
    }
    for record in &mapping.records {
        let asked: Vec<_> = ledger.wanted.resend.iter().filter(|(r, _)| *r == record.name).collect();
        if asked.is_empty() {
            continue;
        }
        let all = asked.iter().any(|(_, key)| key.is_none());
        let keys: Vec<&str> =
            if all { Vec::new() } else { asked.iter().filter_map(|(_, k)| k.as_deref()).collect() };
        db.run(&ledger::force_resent(&record.model, &mapping.name, &record.name, &keys))?;
        refuse_unknown_keys(db, mapping, record, &keys)?;
    }
    Ok(())
}

/// What is to be sent again must be there as one of ours.
fn refuse_unknown_keys(db: &Db, mapping: &Mapping, record: &RecordPlan, keys: &[&str]) -> Result<()> {
    let mut all = Collector::default();
    for key in db.rows(&ledger::not_forced(&record.model, keys), [], |row| row.get::<_, String>(0))? {
        let message = format!(
            "{} {key} is not at the platform as one of ours, so it cannot be sent again",
            record.name
        );
        let help = format!("What is known of it: crosswalk explain {} {} {key}", mapping.name, record.name);
        all.push(Diagnostic::error(Code::NOT_UNSETTLED, message).help(help));
    }
    all.finish(()).map(|_| ())
}

/// Holds changes that must not go out. Gives whether others may follow from it.
pub(super) fn hold(db: &Db, input: &Input<'_>) -> Result<bool> {
    let ledger = &input.ledger;
    if !ledger.past && !ledger.decided {
        return Ok(false);
    }
    let before = db.count(&ledger::count_stopped())?;
    for model in input.mapping.models() {
        if ledger.past && !ledger.harmless {
            db.run(&ledger::stop_unknown(model))?;
        }
        if ledger.past {
            db.run(&ledger::stop_refused(model, ledger.ground, &references(input.mapping, model)))?;
        }
        if ledger.decided {
            db.run(&ledger::stop_decided(model))?;
        }
    }
    if db.count(&ledger::count_stopped())? == before {
        return Ok(false);
    }
    for record in &input.mapping.records {
        db.run(&ledger::hold_stopped(&record.name, &record.model))?;
    }
    Ok(true)
}

/// The mapped references of a model to models of the mapping, those sent later apart.
fn references<'a>(mapping: &'a Mapping, model: &'a str) -> Vec<Reference<'a>> {
    let mut all: Vec<Reference<'a>> = Vec::new();
    let known = mapping.models();
    for record in mapping.records_of(model) {
        let Some(model) = mapping.platform.model(&record.model) else { continue };
        for field in &record.fields {
            let Some(refers) = model.field(&field.name).and_then(|f| f.refers.as_ref()) else { continue };
            let entry = (field.name.as_str(), refers.model.as_str());
            if !refers.later && known.contains(&refers.model.as_str()) && !all.contains(&entry) {
                all.push(entry);
            }
        }
    }
    all
}

/// Says what was refused before, and takes for accepted what was asked for.
pub(super) fn tell(db: &Db, input: &Input<'_>) -> Result<()> {
    let (ledger, mapping) = (&input.ledger, input.mapping);
    for model in mapping.models() {
        if ledger.past || ledger.decided {
            db.run(&ledger::drop_gone_held(model))?;
        }
        if ledger.taken_out {
            db.run(&ledger::tell_back(model))?;
        }
        if ledger.past {
            db.run(&ledger::tell_refused(model, ledger.ground))?;
        }
    }
    let meant = |r: &&RecordPlan| ledger.wanted.only.is_empty() || ledger.wanted.only.contains(&r.name);
    for record in mapping.records.iter().filter(meant) {
        if ledger.wanted.adopt == Adopt::Trust {
            db.run(&ledger::adopt(&record.model, &record.name))?;
        }
        if ledger.wanted.rebaseline {
            db.run(&ledger::rebaseline(&record.model, &record.name))?;
        }
    }
    Ok(())
}
