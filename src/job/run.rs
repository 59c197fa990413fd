//! Run: settle, plan, guards, apply, for unattended use.

use super::apply::{Session, settle_runs};
use super::connect::connect;
use super::{Applied, Apply, Context, Planned, Progress, apply, plan};
use crate::diagnostic::Result;
use crate::state::Lock;

/// What a run came to.
pub struct Ran {
    /// The plan.
    pub planned: Planned,
    /// What became of it; `None` when a guard stands in the way.
    pub applied: Option<Applied>,
}

/// Settles what was left open, plans, and applies unless a guard tripped. `show` is told the plan before it is applied.
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
        if !session.open_runs()?.is_empty() {
            let connection = connect(context)?;
            settle_runs(&session, &connection, None, progress)?;
        }
    }
    let planned = plan::plan(context, progress)?;
    show(&planned)?;
    if planned.head.guards.iter().any(|g| g.tripped) {
        return Ok(Ran { planned, applied: None });
    }
    let what = Apply { path: &planned.path, number: planned.number, allow: &[], command: "run" };
    let applied = apply::apply(context, &what, progress)?;
    Ok(Ran { planned, applied: Some(applied) })
}
