//! What people decide between plans and runs: hold a change of a plan, release a hold, retry what was refused.

use super::apply::{Session, mark_unclean};
use super::standing::{Standing, standing};
use super::{Context, approve};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::plan::decisions::{self, Decision};
use crate::plan::{Head, file};
use crate::sql::decisions as sql;
use crate::sql::state::ALIAS;
use crate::state::{self, Lock, Reader};
use std::collections::BTreeMap;
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

/// What is held of a plan, and what that takes along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What was decided.
    pub decided: Vec<Named>,
    /// The rest of their units: a header and its lines go together.
    pub units: Vec<Named>,
    /// What refers to a new record among these.
    pub waiting: Vec<Named>,
}

/// Holds changes of a plan that is not applied yet. Gives what all holds of the plan come to.
///
/// # Errors
/// E401 when it was applied, E402, E403, E514 when the plan has no such change, E902.
pub fn hold(context: &Context, plan: &Path, what: &Decide<'_>, why: &str) -> Result<Held> {
    let digest = file::digest(plan)?;
    let _lock = Lock::take(&context.place, &context.env, what.command)?;
    let session = Session::new(context)?;
    let db = session.database()?;
    refuse_applied(&db, context, &digest)?;
    let scratch = context.place.scratch()?;
    let head = file::open(&db, plan, scratch.path())?.head;
    let models: Vec<&str> = head.models.iter().map(|m| m.model.as_str()).collect();
    let record = what.record.unwrap_or_default();
    let (mut all, mut unknown) = (Vec::new(), Collector::default());
    for key in what.keys {
        if db.count(&sql::count_change(&models, record, key))? == 0 {
            let message = format!("the plan has no change of {record} {key}");
            let help = "Its report names the changes: crosswalk show, or the page beside the plan.";
            unknown.push(Diagnostic::error(Code::NOT_UNSETTLED, message).help(help));
        }
        let (record, key, why) = (record.to_owned(), key.clone(), why.to_owned());
        all.push(Decision { record, key, why, ..approve::decision(context, &digest, "hold") });
    }
    unknown.finish(())?;
    let mut decided = decisions::read(plan, &digest)?;
    decided.extend(all.iter().cloned());
    let held = consequences(&db, context, &head, &decided)?;
    bind(&db, &mut all)?;
    decisions::append(plan, &all)?;
    Ok(held)
}

/// Writes into holds what they bind: the values that the open plan proposes, of which `plan.held` knows.
///
/// # Errors
/// E901.
pub(super) fn bind(db: &Db, decided: &mut [Decision]) -> Result<()> {
    let rows = db.rows(&sql::bound(), [], |row| {
        Ok(((row.get::<_, String>(0)?, row.get::<_, String>(1)?), (row.get(2)?, row.get(3)?)))
    })?;
    let bound: BTreeMap<Named, (String, String)> = rows.into_iter().collect();
    for one in decided.iter_mut().filter(|d| d.decision == "hold") {
        if let Some((model, basis)) = bound.get(&(one.record.clone(), one.key.clone())) {
            (one.model, one.basis) = (model.clone(), basis.clone());
        }
    }
    Ok(())
}

/// What the holds in force of the open plan come to, as it will be when it is sent.
///
/// # Errors
/// E901.
pub(super) fn consequences(db: &Db, context: &Context, head: &Head, decided: &[Decision]) -> Result<Held> {
    apply_decisions(db, head, decided)?;
    let named = |sql: &str| db.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let own = |d: &&Decision| (d.record.clone(), d.key.clone());
    let held = decisions::held(decided).iter().map(own).collect();
    let units = named(&sql::taken_along())?;
    db.run(sql::waiting())?;
    let refers = references(context, head);
    loop {
        let before = db.count(sql::count_waiting())?;
        for one in &refers {
            db.run(&sql::wait(one))?;
        }
        if db.count(sql::count_waiting())? == before {
            return Ok(Held { decided: held, units, waiting: named(sql::waiting_along())? });
        }
    }
}

/// The fields of the plan by which its records refer to others that must be there first.
fn references<'a>(context: &'a Context, head: &'a Head) -> Vec<sql::Refers<'a>> {
    let models = head.models.iter().filter_map(|m| Some((m, context.platform.model(&m.model)?)));
    let of = |(head, model): (&'a crate::plan::ModelHead, &'a crate::spec::platform::Model)| {
        let ours = |field: &str| head.columns.iter().any(|c| c.name == field);
        let fields = model.fields.iter().filter(move |f| ours(&f.name));
        fields.filter_map(|f| {
            let refers = f.refers.as_ref().filter(|r| !r.later)?;
            Some(sql::Refers { model: &head.model, field: &f.name, target: &refers.model })
        })
    };
    models.flat_map(of).collect()
}

/// Refuses a plan that has been applied, or is being applied: nothing more can be decided about it.
///
/// # Errors
/// E401.
pub(super) fn refuse_applied(db: &Db, context: &Context, digest: &str) -> Result<()> {
    let Some(reader) = Reader::open(db, &context.place)? else { return Ok(()) };
    let begun = db.count(&crate::sql::state::runs_of(digest));
    reader.close()?;
    if begun? == 0 {
        return Ok(());
    }
    let help = "What it sent stands in the ledger. Plan again, and hold what that plan would send.";
    Diagnostic::error(Code::STALE_PLAN, "the plan has been applied already").help(help).alone()
}

/// Makes `plan.held` of the open plan from what was decided about it.
///
/// # Errors
/// E402, E901, E902.
pub(super) fn apply_decisions(db: &Db, head: &Head, decided: &[Decision]) -> Result<()> {
    db.run(&sql::setup())?;
    for some in decisions::held(decided).chunks(1000) {
        let holds: Vec<[&str; 4]> =
            some.iter().map(|d| [d.record.as_str(), &d.key, d.who(), &d.why]).collect();
        db.run(&sql::decide(&holds))?;
    }
    let held = !decisions::held(decided).is_empty();
    let models = head.models.iter().filter(|_| held).map(|m| m.model.as_str());
    db.run(&sql::units(&models.collect::<Vec<_>>()))
}

/// Writes down that guards were named.
pub(super) fn note_allowed(context: &Context, plan: &Path, digest: &str, allowed: &[String]) -> Result<()> {
    if allowed.is_empty() {
        return Ok(());
    }
    let one =
        |words: &String| Decision { record: words.clone(), ..approve::decision(context, digest, "allow") };
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
    let stands = if event == "release" { meant_standing(context, &db, what)? } else { Vec::new() };
    let mut named: Vec<Named> =
        stands.iter().map(|s| (s.decision.record.clone(), s.decision.key.clone())).collect();
    if !context.place.state().exists() {
        refuse_lacking(event, what, &named)?;
        release_standing(context, stands)?;
        return Ok(named);
    }
    let who = state::user(&context.env);
    let at = context.env.now().to_string();
    let mapping = &context.file.name.value;
    let about = sql::Event { event, at: &at, who: &who, mapping, record: what.record, keys: what.keys };
    session.write(&db, || {
        let meant: Vec<Named> =
            db.rows(&sql::meant(&about), [], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        named.extend(meant);
        named.sort();
        named.dedup();
        refuse_lacking(event, what, &named)?;
        db.transaction(|| db.run(&sql::append(&about)))?;
        release_standing(context, stands)?;
        Ok(named)
    })
}

/// Refuses when it is about nothing, or not about each key that was named.
fn refuse_lacking(event: &str, what: &Decide<'_>, named: &[Named]) -> Result<()> {
    let lacking = what.keys.iter().any(|k| !named.iter().any(|(_, key)| key == k));
    if named.is_empty() || lacking { nothing(event, what).alone() } else { Ok(()) }
}

/// The holds of plans that were not applied that it is about.
fn meant_standing(context: &Context, db: &Db, what: &Decide<'_>) -> Result<Vec<Standing>> {
    let reader = Reader::open(db, &context.place)?;
    let holds = standing(&context.place, reader.as_ref());
    reader.map_or(Ok(()), Reader::close)?;
    let mut holds = holds?;
    holds.retain(|s| {
        s.mapping == context.file.name.value
            && what.record.is_none_or(|record| record == s.decision.record)
            && (what.keys.is_empty() || what.keys.contains(&s.decision.key))
    });
    Ok(holds)
}

/// Ends them: each plan is told, once.
fn release_standing(context: &Context, stands: Vec<Standing>) -> Result<()> {
    let mut by_plan: BTreeMap<std::path::PathBuf, Vec<Decision>> = BTreeMap::new();
    for Standing { plan, decision: Decision { plan: digest, record, key, .. }, .. } in stands {
        let apply = Decision { record, key, ..approve::decision(context, &digest, "apply") };
        by_plan.entry(plan).or_default().push(apply);
    }
    by_plan.iter().try_for_each(|(plan, words)| decisions::append(plan, words))
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
        mark_unclean(context)?;
        state::attach(db, &context.place, false)?;
        let value = work();
        let checkpointed = if value.is_ok() { db.run("CHECKPOINT state") } else { Ok(()) };
        // Closed whatever happened; the first error is the one to tell.
        let closed = db.detach(ALIAS);
        if closed.is_ok() {
            state::clean(&context.place);
        }
        let value = value?;
        checkpointed.and(closed)?;
        Ok(value)
    }
}
