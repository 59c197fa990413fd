use super::decide::{held, reviewed};
use super::output::Output;
use super::{OfPlan, Outcome, Target};
use crate::env::Env;
use crate::job::{self, Decide, Workplace};
use std::path::PathBuf;

/// Takes changes out of a plan before it is applied; they stay held until released or their values change
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Record of the mapping.
    #[arg(required_unless_present = "decisions")]
    record: Option<String>,
    /// Keys.
    #[arg(required_unless_present = "decisions")]
    keys: Vec<String>,
    /// Number of the plan; the last one of the mapping when left out.
    #[arg(long, value_name = "N")]
    plan: Option<u32>,
    /// Why, for whoever asks later.
    #[arg(long, default_value = "", conflicts_with = "decisions")]
    why: String,
    /// Takes the decisions of a workbook that `show --xlsx` wrote, and shows what they come to.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    decisions: Option<PathBuf>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let OfPlan { number, path, head } = arguments.target.plan(&place, arguments.plan, "hold")?;
    let context = arguments.target.context_of(&place, &head)?;
    let mapping = &context.file.name.value;
    if let Some(book) = &arguments.decisions {
        let review = job::review(&context, &path, book, "hold")?;
        reviewed(mapping, number, book, &review, output);
        return Ok(0);
    }
    let what = Decide { record: arguments.record.as_deref(), keys: &arguments.keys, command: "hold" };
    let all = job::hold(&context, &path, &what, &arguments.why)?;
    held(mapping, number, &all, output);
    Ok(0)
}
