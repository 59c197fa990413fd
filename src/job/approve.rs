//! Approvals: how many people must have looked at a plan before it is sent (`[guard] approval`), and who has.

use super::apply::Session;
use super::{Context, decide};
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::plan::decisions::{self, Decision};
use crate::plan::{Head, file};
use crate::state::{self, Lock};
use std::path::Path;

/// Who has approved a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Different users, in order.
    pub by: Vec<String>,
    /// How many the mapping asks for.
    pub needed: u64,
    /// Whether this user had approved it before.
    pub again: bool,
}

/// Approves a plan that is not applied yet, in the name of the user who calls.
///
/// # Errors
/// E401 when it was applied, E402, E403, E410 when the user has no name, E902.
pub fn approve(context: &Context, plan: &Path, comment: &str) -> Result<Approved> {
    let digest = file::digest(plan)?;
    let _lock = Lock::take(&context.place, &context.env, "approve")?;
    let session = Session::new(context)?;
    decide::refuse_applied(&session.database()?, context, &digest)?;
    let mut all = decisions::read(plan, &digest)?;
    let Some(user) = state::user_name(&context.env).map(str::to_owned) else {
        let help = "The name is taken from the variable USER (USERNAME on Windows).";
        return Diagnostic::error(
            Code::NOT_APPROVED,
            "nobody can tell who approves: your user name is not known",
        )
        .help(help)
        .alone();
    };
    let again = decisions::approvals(&all).iter().any(|d| d.user == user);
    if !again {
        let one = Decision { why: comment.to_owned(), ..decision(context, &digest, "approve") };
        decisions::append(plan, std::slice::from_ref(&one))?;
        all.push(one);
    }
    let by = decisions::approvals(&all).iter().map(|d| d.user.clone()).collect();
    Ok(Approved { by, needed: needed(context), again })
}

/// How many approvals the mapping asks for.
pub fn needed(context: &Context) -> u64 {
    context.file.guard.approval.as_ref().map_or(0, |n| n.value)
}

/// Whether a plan waits for approvals before anything of it is sent. One that sends nothing needs none.
pub fn waits(context: &Context, head: &Head, decided: &[Decision]) -> bool {
    let given = decisions::approvals(decided).len() as u64;
    given < needed(context) && head.models.iter().any(|m| m.changes > 0)
}

/// Refuses a plan that too few people have approved.
///
/// # Errors
/// E410, at the line of the mapping that asks for them.
pub(super) fn refuse_unapproved(
    context: &Context,
    head: &Head,
    number: u32,
    decided: &[Decision],
) -> Result<()> {
    let Some(asked) = context.file.guard.approval.as_ref().filter(|_| waits(context, head, decided)) else {
        return Ok(());
    };
    let given: Vec<&str> = decisions::approvals(decided).iter().map(|d| d.user.as_str()).collect();
    let given = if given.is_empty() { "nobody".to_owned() } else { given.join(", ") };
    let people = if asked.value == 1 { "1 person".to_owned() } else { format!("{} people", asked.value) };
    let message =
        format!("plan {number} must be approved by {people} before it is sent; {given} has approved it");
    let help = format!(
        "Whoever has looked at the plan calls: crosswalk approve {} {number} --comment \"…\"",
        head.mapping
    );
    Diagnostic::error(Code::NOT_APPROVED, message)
        .at(Location::toml(&context.file.toml, asked.span.clone()))
        .label("asked for here")
        .help(help)
        .alone()
}

/// A decision of this moment's user about the plan of this digest.
pub(super) fn decision(context: &Context, digest: &str, word: &str) -> Decision {
    Decision {
        plan: digest.to_owned(),
        at: context.env.now().to_string(),
        user: state::user(&context.env),
        host: state::host(),
        decision: word.to_owned(),
        ..Decision::default()
    }
}
