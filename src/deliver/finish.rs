//! The end of a run: outcomes for what was not sent, rejects and rows for the next plan, and the fold of what was
//! accepted into the baseline, in one transaction.

use super::{Delivery, items};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::plan::Head;
use crate::spec::platform::Platform;
use crate::sql::deliver;
use crate::sql::state::{self, Fold};
use std::collections::BTreeMap;

/// Records sent whose outcome is not known yet: the next call settles them.
pub const IN_FLIGHT: &str = "in flight";

/// Records of an open run that the next call sends.
pub const LEFT: &str = "still to send";

/// Exceptions that a summary names.
pub const EXCEPTIONS: u32 = 1000;

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Outcome → records.
    pub outcomes: BTreeMap<String, u64>,
    /// What the platform refused or left open: record, key, outcome, message.
    pub exceptions: Vec<(String, String, String, String)>,
    /// What was remarked on accepted records: record, a key, how many, message.
    pub notes: Vec<(String, String, i64, String)>,
    /// Why it ended early, if it did.
    pub stopped: Option<String>,
}

impl Summary {
    /// This and what came of a second sending.
    pub fn and(mut self, other: &Summary) -> Summary {
        for (outcome, n) in &other.outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += n;
        }
        self.exceptions.extend(other.exceptions.iter().cloned());
        self.notes.extend(other.notes.iter().cloned());
        self.stopped = self.stopped.or_else(|| other.stopped.clone());
        self
    }

    /// Records with one of these outcomes.
    pub fn count(&self, outcomes: &[&str]) -> u64 {
        outcomes.iter().filter_map(|o| self.outcomes.get(*o)).sum()
    }
}

/// Ends the run. With batches still open it stays open, to be settled.
pub(super) fn finish(d: &Delivery<'_>, stopped: Option<String>) -> Result<Summary> {
    let open = d.db.rows(&state::open_batches(d.run), [], |row| row.get::<_, i64>(0))?;
    if open.is_empty() {
        d.db.transaction(|| fold(d, stopped.as_deref()))?;
        if d.db.count(&state::run_ended(d.run))? == 0 {
            return Diagnostic::error(
                Code::STATE_DAMAGED,
                "the end of the run was committed and is not there",
            )
            .alone();
        }
        d.db.run("CHECKPOINT state")?;
    }
    summary(d, stopped)
}

fn fold(d: &Delivery<'_>, stopped: Option<&str>) -> Result<()> {
    for head in &d.head.models {
        if stopped.is_none() {
            d.db.run(&deliver::noted(d.run, &head.model))?;
        }
        d.db.run(&deliver::not_sent(d.run, &head.model))?;
    }
    fold_run(d.db, d.platform, d.head, d.run)?;
    d.db.run(&state::record_rejects(d.run, &d.head.mapping))?;
    for source in &d.head.sources {
        let rows = source.files.iter().map(|f| f.read).sum();
        d.db.run(&state::record_rows(d.run, &d.head.mapping, &source.name, rows))?;
    }
    let moved = i64::try_from(d.db.count(&deliver::count_moved(d.run))?).unwrap_or(0);
    d.db.run(&d.run_event("end", moved, stopped.unwrap_or("finished")))
}

/// Folds what a run accepted into the baseline, within the caller's transaction: the plan's relations are open.
///
/// # Errors
/// E404 when a key would stand twice, E901.
pub fn fold_run(db: &Db, platform: &Platform, head: &Head, run: i64) -> Result<()> {
    for of in &head.models {
        let Some(model) = platform.model(&of.model) else { continue };
        let columns = super::columns(head, &of.model);
        let later: Vec<String> = items::later(model).map(|(f, _)| f.to_owned()).collect();
        let stored = db.rows(&state::fields(&of.model), [], |row| row.get::<_, String>(0))?;
        let others: Vec<String> =
            stored.into_iter().filter(|n| !columns.iter().any(|c| c.name == *n)).collect();
        let fold = Fold {
            run,
            model: &of.model,
            mapping: &head.mapping,
            rules: &head.rules(),
            date: &head.run_date,
            gone: if model.deactivate.is_some() { "deactivated" } else { "deleted" },
            columns: &columns,
            later: &later,
            others: &others,
        };
        for statement in state::fold(&fold) {
            db.run(&statement)?;
        }
        if db.count(&state::doubled(&of.model))? > 0 {
            let message = format!("{} would hold a key twice; nothing was changed", of.model);
            return Diagnostic::error(Code::STATE_DAMAGED, message).alone();
        }
    }
    Ok(())
}

/// What became of the run so far.
pub(super) fn summary(d: &Delivery<'_>, stopped: Option<String>) -> Result<Summary> {
    let outcomes =
        d.db.rows(&state::outcomes(d.run), [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let exceptions = d.db.rows(&state::exceptions(d.run, EXCEPTIONS), [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut outcomes: BTreeMap<String, u64> =
        outcomes.into_iter().map(|(o, n)| (o, u64::try_from(n).unwrap_or(0))).collect();
    let open = d.db.rows(&state::open_batches(d.run), [], |row| row.get::<_, i64>(3))?;
    let in_flight: i64 = open.iter().sum();
    if in_flight > 0 {
        outcomes.insert(IN_FLIGHT.to_owned(), u64::try_from(in_flight).unwrap_or(0));
    }
    if d.db.count(&state::run_ended(d.run))? == 0 {
        let mut left = 0;
        for head in &d.head.models {
            left += d.db.count(&deliver::count_left(d.run, &head.model))?;
        }
        if left > 0 {
            outcomes.insert(LEFT.to_owned(), left);
        }
    }
    let notes = d.db.rows(&state::notes(d.run, 20), [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?))
    })?;
    Ok(Summary { outcomes, exceptions, notes, stopped })
}
