//! Run: settle, plan, guards, apply, for unattended use.

use super::apply::{Session, settle_runs};
use super::connect::connect;
use super::{Applied, Apply, Context, Planned, Progress, apply, approve, plan, stale};
use crate::diagnostic::Result;
use crate::plan::file;
use crate::state::{Lock, OpenRun};

/// What a run came to.
pub struct Ran {
    /// The plan.
    pub planned: Planned,
    /// What became of it; `None` when a guard stands in the way, or it waits for an approval.
    pub applied: Option<Applied>,
}

/// Goes on with what was left open, plans, and applies unless a guard tripped. `show` is told the plan before it is
/// applied.
///
/// # Errors
/// As `plan` and `apply`.
pub fn run(
    context: &Context,
    progress: &dyn Progress,
    show: &mut dyn FnMut(&Planned) -> Result<()>,
) -> Result<Ran> {
    {
        let _lock = Lock::take(&context.place, &context.env, "run")?;
        let session = Session::new(context)?;
        let open = session.open_runs()?;
        if !open.is_empty() {
            let connection = connect(context)?;
            let ours = goes_on(context, &open)?;
            let (_, resumed) = settle_runs(&session, &connection, ours.as_deref(), progress)?;
            if let Some(run) = resumed {
                session.resume(&connection, &run, progress)?;
            }
        }
    }
    let planned = plan::plan(context, &crate::diff::Wanted::default(), progress)?;
    show(&planned)?;
    if planned.head.guards.iter().any(|g| g.tripped) || approve::waits(context, &planned.head, &[]) {
        return Ok(Ran { planned, applied: None });
    }
    let what =
        Apply { path: &planned.path, number: planned.number, allow: &[], command: "run", resume: false };
    let applied = apply::apply(context, &what, progress)?;
    Ok(Ran { planned, applied: Some(applied) })
}

/// The plan of this mapping's open run, if it still fits its rules. Its rest is sent as it was approved: planned anew it
/// would meet the guards, which take the part that did arrive for the baseline.
fn goes_on(context: &Context, open: &[OpenRun]) -> Result<Option<String>> {
    let Some(run) = open.iter().find(|r| r.mapping == context.file.name.value) else { return Ok(None) };
    let path = context.place.open_plan(&run.plan);
    let fits = path.exists() && stale::same_rules(context, &file::head(&path)?)?;
    Ok(fits.then(|| run.plan.clone()))
}
