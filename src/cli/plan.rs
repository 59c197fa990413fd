use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job::{self, Planned};
use crate::plan::Head;

/// Loads, maps, validates and compares; shows what would be sent, and writes the plan
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Ends with 10 when there are changes.
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let told = Told::new(output);
    let planned = job::plan(&context, &told)?;
    told.done();
    output.diagnostics(&planned.notes);
    let next = next(&planned, &page(&planned, env)?);
    output.plan(&planned.head, &planned.db, planned.number, &next)?;
    let changes = planned.head.models.iter().any(|m| m.changes > 0);
    Ok(if arguments.exit_code && changes { 10 } else { 0 })
}

/// Writes the plan's report as a page beside it; gives where, from the current folder.
pub(super) fn page(planned: &Planned, env: &Env) -> Result<String, crate::diagnostic::Diagnostics> {
    let to = planned.path.with_extension("html");
    super::show::write_page(&planned.db, &planned.head, planned.number, &to)?;
    let here = env.folder.canonicalize().unwrap_or_else(|_| env.folder.clone());
    Ok(to.strip_prefix(here).unwrap_or(&to).display().to_string())
}

/// What to look at and to type next.
fn next(planned: &Planned, page: &str) -> Vec<String> {
    let apply = apply_line(planned);
    let wide = page.len().max(apply.len());
    vec![format!("{page:wide$}    the same as a page"), format!("{apply:wide$}    sends exactly this")]
}

/// The command that applies a plan, with the guards' numbers that must be named.
pub(super) fn apply_line(planned: &Planned) -> String {
    apply_with(&planned.head, planned.number)
}

/// As [`apply_line`], for a plan that is not at hand.
pub(super) fn apply_with(head: &Head, number: u32) -> String {
    let tripped = head.guards.iter().filter(|g| g.tripped);
    let allow: String = tripped.map(|g| format!(" --allow {}.{}={}", g.record, g.figure, g.value)).collect();
    format!("crosswalk apply {} {number}{allow}", head.mapping)
}
