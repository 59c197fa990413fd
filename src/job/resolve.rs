//! Settling by hand what became of records whose outcome is unknown: a run of its own in the ledger, which sends nothing.

use super::apply::Session;
use super::decide::{Decide, Named};
use super::{Context, numbers};
use crate::db::Db;
use crate::deliver;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::plan::file;
use crate::sql::decisions as sql;
use crate::sql::state::{self as events, RunEvent};
use crate::state::{self, Lock};
use std::path::PathBuf;

/// A record of unknown outcome.
#[derive(Clone, Debug)]
struct Unknown {
    run: i64,
    number: i64,
    plan: String,
    record: String,
    model: String,
    key: String,
}

/// Writes down that records arrived at the platform, or did not. Gives them, and of how many the values are not known, as
/// their plan is gone: the next plan sends those whole.
///
/// # Errors
/// E403, E507 while a run is open, E514 when nothing of that name is unknown.
pub fn resolve(context: &Context, what: &Decide<'_>, arrived: bool) -> Result<(Vec<Named>, u64)> {
    let _lock = Lock::take(&context.place, &context.env, what.command)?;
    let session = Session::new(context)?;
    session.refuse_open_runs()?;
    if !context.place.state().exists() {
        return nothing(what).alone();
    }
    let db = session.database()?;
    let all = session.write(&db, || unknown(&db, context, what))?;
    let lacking = what.keys.iter().any(|k| !all.iter().any(|u| u.key == *k));
    if all.is_empty() || lacking {
        return nothing(what).alone();
    }
    let mut without_values = 0;
    for part in all.chunk_by(|a, b| a.run == b.run) {
        without_values += one_run(context, part, arrived)?;
    }
    let named = all.into_iter().map(|u| (u.record, u.key)).collect();
    Ok((named, without_values))
}

fn unknown(db: &Db, context: &Context, what: &Decide<'_>) -> Result<Vec<Unknown>> {
    db.rows(&sql::unknown(&context.file.name.value, what.record, what.keys), [], |row| {
        Ok(Unknown {
            run: row.get(0)?,
            number: row.get(1)?,
            plan: row.get(2)?,
            record: row.get(3)?,
            model: row.get(4)?,
            key: row.get(5)?,
        })
    })
}

fn nothing(what: &Decide<'_>) -> Diagnostic {
    let named = match (what.record, what.keys) {
        (None, _) => "nothing is of unknown outcome".to_owned(),
        (Some(r), []) => format!("no {r} is of unknown outcome"),
        (Some(r), keys) => format!("{r} {} is not of unknown outcome", keys.join(", ")),
    };
    Diagnostic::error(Code::NOT_UNSETTLED, named).help("See what is: crosswalk holds")
}

/// What one run left unknown, resolved by a run of its own. Gives how many records' values are not known.
fn one_run(context: &Context, part: &[Unknown], arrived: bool) -> Result<u64> {
    let Some(first) = part.first() else { return Ok(0) };
    // A database of its own: the relations of each run's plan have the same names.
    let session = Session::new(context)?;
    let db = session.database()?;
    let run = session.next_run()?;
    let scratch = context.place.scratch()?;
    let head = match plan_file(context, first) {
        Some(path) if arrived => Some(file::open(&db, &path, scratch.path())?.head),
        _ => None,
    };
    session.write(&db, || {
        db.transaction(|| {
            db.run(&event(context, first, run, "start", 0, ""))?;
            record(&db, context, part, run, arrived)?;
            let moved = if arrived { part.len() as u64 } else { 0 };
            match &head {
                Some(head) => deliver::fold_run(&db, &context.platform, head, run)?,
                None if arrived => {
                    for (model, _) in by_model(part) {
                        let fields = db.rows(&events::fields(&model), [], |row| row.get::<_, String>(0))?;
                        db.run(&sql::known_there(run, &model, &context.file.name.value, &fields))?;
                    }
                }
                None => {}
            }
            db.run(&event(context, first, run, "end", moved, "resolved by hand"))
        })
    })?;
    Ok(if arrived && head.is_none() { part.len() as u64 } else { 0 })
}

fn record(db: &Db, context: &Context, part: &[Unknown], run: i64, arrived: bool) -> Result<()> {
    let who = state::user(&context.env);
    let (outcome, said) = if arrived { ("accepted", "arrived") } else { ("not arrived", "did not arrive") };
    for (model, keys) in by_model(part) {
        let earlier = part.first().map_or(0, |u| u.run);
        db.run(&sql::resolved(run, earlier, &model, &keys, outcome, &format!("{said}, says {who}")))?;
    }
    Ok(())
}

fn by_model(part: &[Unknown]) -> Vec<(String, Vec<String>)> {
    let one = |of: &[Unknown]| {
        let model = of.first().map(|u| u.model.clone()).unwrap_or_default();
        (model, of.iter().map(|u| u.key.clone()).collect())
    };
    part.chunk_by(|a, b| a.model == b.model).map(one).collect()
}

/// The plan that sent it, where its file is still the one applied.
fn plan_file(context: &Context, of: &Unknown) -> Option<PathBuf> {
    let number = u32::try_from(of.number).ok()?;
    let path = context.place.plans().join(numbers::file_name(&context.file.name.value, number));
    (file::digest(&path).ok()? == of.plan).then_some(path)
}

fn event(context: &Context, of: &Unknown, run: i64, event: &str, records: u64, why: &str) -> String {
    let at = context.env.now().to_string();
    let records = i64::try_from(records).unwrap_or(i64::MAX);
    events::run_event(&RunEvent {
        run,
        event,
        at: &at,
        mapping: &context.file.name.value,
        plan: &of.plan,
        number: of.number,
        records,
        why,
    })
}
