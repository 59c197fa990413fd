//! What people decide between plans and runs: hold a change of a plan, release a hold, retry what was refused.

use super::apply::Session;
use super::{Context, numbers};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::plan::decisions::{self, Decision};
use crate::plan::file;
use crate::sql::decisions as sql;
use crate::sql::state::ALIAS;
use crate::state::{self, Lock, Reader};
use std::path::Path;

/// A record and a key.
pub type Named = (String, String);

/// What a decision is about.
pub struct Decide<'a> {
    /// Record; `None`: all of the mapping.
    pub record: Option<&'a str>,
    /// Keys; empty: all of the record.
    pub keys: &'a [String],
    /// The command, for the lock.
    pub command: &'a str,
}

/// Holds changes of a plan that is not applied yet. Gives what their units take along.
///
/// # Errors
/// E401 when it was applied, E402, E403, E514 when the plan has no such change, E902.
pub fn hold(context: &Context, plan: &Path, what: &Decide<'_>, why: &str) -> Result<Vec<Named>> {
    let digest = file::digest(plan)?;
    let _lock = Lock::take(&context.place, &context.env, what.command)?;
    let session = Session::new(context)?;
    let db = session.database()?;
    if let Some(reader) = Reader::open(&db, &context.place)? {
        let begun = db.count(&crate::sql::state::runs_of(&digest));
        reader.close()?;
        if begun? > 0 {
            let help = "What it sent stands in the ledger. Plan again, and hold what that plan would send.";
            return Diagnostic::error(Code::STALE_PLAN, "the plan has been applied already")
                .help(help)
                .alone();
        }
    }
    let scratch = context.place.scratch()?;
    let head = file::open(&db, plan, scratch.path())?.head;
    let models: Vec<&str> = head.models.iter().map(|m| m.model.as_str()).collect();
    let record = what.record.unwrap_or_default();
    let (mut all, mut unknown) = (Vec::new(), Collector::default());
    db.run(&sql::setup())?;
    for key in what.keys {
        if db.count(&sql::count_change(&models, record, key))? == 0 {
            let message = format!("the plan has no change of {record} {key}");
            let help = "Its report names the changes: crosswalk show, or the page beside the plan.";
            unknown.push(Diagnostic::error(Code::NOT_UNSETTLED, message).help(help));
        }
        let (user, host) = (state::user(&context.env), state::host());
        let (plan, at) = (digest.clone(), context.env.now().to_string());
        let (decision, record, key, why) = ("hold".into(), record.into(), key.clone(), why.into());
        all.push(Decision { plan, at, user, host, decision, record, key, why });
    }
    unknown.finish(())?;
    for decision in &all {
        db.run(&sql::decide(&decision.record, &decision.key, decision.who(), why))?;
    }
    db.run(&sql::units(&models))?;
    let along = db.rows(&sql::taken_along(), [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    decisions::append(plan, &all)?;
    Ok(along)
}

/// Makes `plan.held` of the open plan from what was decided about it.
///
/// # Errors
/// E402, E901, E902.
pub(super) fn apply_decisions(db: &Db, head: &crate::plan::Head, decided: &[Decision]) -> Result<()> {
    db.run(&sql::setup())?;
    for decision in decisions::held(decided) {
        db.run(&sql::decide(&decision.record, &decision.key, decision.who(), &decision.why))?;
    }
    let models: Vec<&str> = head.models.iter().map(|m| m.model.as_str()).collect();
    db.run(&sql::units(&models))
}

/// Writes down that guards were named.
pub(super) fn note_allowed(context: &Context, plan: &Path, digest: &str, allowed: &[String]) -> Result<()> {
    if allowed.is_empty() {
        return Ok(());
    }
    let one = |words: &String| Decision {
        plan: digest.to_owned(),
        at: context.env.now().to_string(),
        user: state::user(&context.env),
        host: state::host(),
        decision: "allow".to_owned(),
        record: words.clone(),
        ..Decision::default()
    };
    decisions::append(plan, &allowed.iter().map(one).collect::<Vec<_>>())
}

/// Ends holds, or lets what was refused three times be sent again with the next plan. Gives what it was about.
///
/// # Errors
/// E403, E507 while a run is open, E514 when nothing is held or refused under that name.
pub fn undo(context: &Context, event: &str, what: &Decide<'_>) -> Result<Vec<Named>> {
    let _lock = Lock::take(&context.place, &context.env, what.command)?;
    let session = Session::new(context)?;
    session.refuse_open_runs()?;
    let db = session.database()?;
    if !context.place.state().exists() {
        return nothing(event, what).alone();
    }
    let who = state::user(&context.env);
    let at = context.env.now().to_string();
    let mapping = &context.file.name.value;
    let about = sql::Event { event, at: &at, who: &who, mapping, record: what.record, keys: what.keys };
    session.write(&db, || {
        let meant: Vec<Named> =
            db.rows(&sql::meant(&about), [], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let lacking = what.keys.iter().filter(|k| !meant.iter().any(|(_, key)| key == *k)).count();
        if meant.is_empty() || lacking > 0 {
            return nothing(event, what).alone();
        }
        db.transaction(|| db.run(&sql::append(&about)))?;
        Ok(meant)
    })
}

fn nothing(event: &str, what: &Decide<'_>) -> Diagnostic {
    let state = if event == "release" { "held by decision" } else { "refused by the platform" };
    let named = what.record.map_or("nothing".to_owned(), |r| match what.keys {
        [] => format!("no {r}"),
        keys => format!("{r} {}", keys.join(", ")),
    });
    let message = match what.keys {
        [] => format!("{named} is {state}"),
        [_] => format!("{named} is not {state}"),
        _ => format!("not all of {named} are {state}"),
    };
    Diagnostic::error(Code::NOT_UNSETTLED, message).help("See what is: crosswalk holds")
}

impl Session<'_> {
    /// Refuses while a run is open: it is settled first.
    pub(super) fn refuse_open_runs(&self) -> Result<()> {
        match self.open_runs()?.first() {
            None => Ok(()),
            Some(run) => {
                Diagnostic::error(Code::UNSETTLED, format!("run {} of {} is open", run.run, run.mapping))
                    .help(format!("Settle it first: crosswalk apply {} {} --resume", run.mapping, run.number))
                    .alone()
            }
        }
    }

    /// Opens the state for writing, lets `work` append, and closes it.
    pub(super) fn write<T>(&self, db: &Db, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let context = self.context();
        state::prepare(db, &context.place, &state::Shape::new(), &context.env)?;
        state::attach(db, &context.place, false)?;
        let value = work();
        let checkpointed = if value.is_ok() { db.run("CHECKPOINT state") } else { Ok(()) };
        // Closed whatever happened; the first error is the one to tell.
        let closed = db.detach(ALIAS);
        let value = value?;
        checkpointed.and(closed)?;
        Ok(value)
    }
}

/// The plan that a decision is about: a number, or the last of the mapping.
///
/// # Errors
/// E406.
pub fn plan_of(
    place: &super::Workplace,
    mapping: &str,
    number: Option<u32>,
) -> Result<(u32, std::path::PathBuf)> {
    let number = number.map_or_else(|| numbers::latest(place, mapping), Ok)?;
    let (of, path) = numbers::find(place, number)?;
    if of != mapping {
        let message = format!("plan {number} is of {of}, not {mapping}");
        return Diagnostic::error(Code::NO_PLAN, message).alone();
    }
    Ok((number, path))
}
