use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job::{self, Planned};

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
    let next = next(&planned);
    output.plan(&planned.head, &planned.db, planned.number, &next)?;
    let changes = planned.head.models.iter().any(|m| m.changes > 0);
    Ok(if arguments.exit_code && changes { 10 } else { 0 })
}

/// What to type next.
fn next(planned: &Planned) -> Vec<String> {
    let show = format!("crosswalk show {} --html", planned.number);
    let apply = apply_line(planned);
    let wide = show.len().max(apply.len());
    vec![format!("{show:wide$}    writes the same as a page"), format!("{apply:wide$}    sends exactly this")]
}

/// The command that applies a plan, with the guards' numbers that must be named.
pub(super) fn apply_line(planned: &Planned) -> String {
    let tripped = planned.head.guards.iter().filter(|g| g.tripped);
    let allow: String = tripped.map(|g| format!(" --allow {}.{}={}", g.record, g.figure, g.value)).collect();
    format!("crosswalk apply {} {}{allow}", planned.head.mapping, planned.number)
}
