use super::decide::list;
use super::output::Output;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job::{self, Decide, Workplace};

/// Takes changes out of a plan before it is applied; they stay held until released or their values change
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Record of the mapping.
    record: String,
    /// Keys.
    #[arg(required = true)]
    keys: Vec<String>,
    /// Number of the plan; the last one of the mapping when left out.
    #[arg(long, value_name = "N")]
    plan: Option<u32>,
    /// Why, for whoever asks later.
    #[arg(long, default_value = "")]
    why: String,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let place = Workplace::find(env)?;
    let (number, path) = job::plan_of(&place, &context.file.name.value, arguments.plan)?;
    let what = Decide { record: Some(&arguments.record), keys: &arguments.keys, command: "hold" };
    let along = job::hold(&context, &path, &what, &arguments.why)?;
    output.line(&format!("`apply {} {number}` will not send:", context.file.name.value));
    let named: Vec<_> = arguments.keys.iter().map(|k| (arguments.record.clone(), k.clone())).collect();
    list(&named, output);
    if !along.is_empty() {
        output.line("and, as a header and its lines go together:");
        list(&along, output);
    }
    output.line("New records that refer to a new record held here wait with it.");
    Ok(0)
}
