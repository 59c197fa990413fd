//! Run: settle, plan, guards, apply, for unattended use.

use super::apply::{Session, settle_runs};
use super::connect::connect;
use super::{Applied, Apply, Context, Planned, Progress, apply, approve, plan, stale};
use crate::diagnostic::Result;
use crate::plan::file;
use crate::state::{Lock, OpenRun};

/// What a run came to.
pub struct Ran {
    /// What became of the rest of an open run that was sent first.
    pub resumed: Option<Applied>,
    /// The plan; `None` when that rest could not be sent either, so that there was nothing to compare with.
    pub planned: Option<Planned>,
    /// What became of it; `None` when it was not made, or a guard stands in the way, or it waits for an
    /// approval.
    pub applied: Option<Applied>,
}

/// Goes on with what was left open, plans, and applies unless a guard tripped. `went_on` is told what the rest of an open run
/// came to, `show` the plan before it is applied.
///
/// # Errors
/// As `plan` and `apply`.
pub fn run(
    context: &Context,
    progress: &dyn Progress,
    went_on: &mut dyn FnMut(&Applied),
    show: &mut dyn FnMut(&Planned) -> Result<()>,
) -> Result<Ran> {
    let resumed = go_on(context, progress)?;
    resumed.iter().for_each(went_on);
    if resumed.as_ref().is_some_and(|r| r.summary.stopped.is_some()) {
        return Ok(Ran { resumed, planned: None, applied: None });
    }
    let planned = plan::plan(context, &crate::diff::Wanted::default(), progress)?;
    show(&planned)?;
    if planned.head.guards.iter().any(|g| g.tripped) || approve::waits(context, &planned.head, &[]) {
        return Ok(Ran { resumed, planned: Some(planned), applied: None });
    }
    let what =
        Apply { path: &planned.path, number: planned.number, allow: &[], command: "run", resume: false };
    let applied = apply::apply(context, &what, progress)?;
    Ok(Ran { resumed, planned: Some(planned), applied: Some(applied) })
}

/// Settles what is open, and sends the rest of this mapping's open run.
fn go_on(context: &Context, progress: &dyn Progress) -> Result<Option<Applied>> {
    let _lock = Lock::take(&context.place, &context.env, "run")?;
    let session = Session::new(context)?;
    let open = session.open_runs()?;
    if open.is_empty() {
        return Ok(None);
    }
    let connection = connect(context)?;
    let ours = goes_on(context, &open)?;
    let (settled, resumed) = settle_runs(&session, &connection, ours.as_deref(), progress)?;
    let Some(run) = resumed else { return Ok(None) };
    let head = file::head(&context.place.open_plan(&run.plan))?;
    let number = u32::try_from(run.number).unwrap_or(0);
    let summary = session.resume(&connection, &run, progress)?;
    Ok(Some(Applied { head, number, summary, settled }))
}

/// The plan of this mapping's open run, if it still fits its rules. Its rest is sent as it was approved: planned anew it
/// would meet the guards, which take the part that did arrive for the baseline.
fn goes_on(context: &Context, open: &[OpenRun]) -> Result<Option<String>> {
    let Some(run) = open.iter().find(|r| r.mapping == context.file.name.value) else { return Ok(None) };
    let path = context.place.open_plan(&run.plan);
    let fits = path.exists() && stale::same_rules(context, &file::head(&path)?)?;
    Ok(fits.then(|| run.plan.clone()))
}
