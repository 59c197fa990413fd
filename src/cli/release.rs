use super::decide::{About, list, records};
use super::output::Output;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job;

/// Ends holds by decision: the next plan includes what was held
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    about: About,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let all = job::undo(&context, "release", &arguments.about.decide("release"))?;
    output.line(&format!("Released {}; the next plan includes what differs.", records(all.len())));
    list(&all, output);
    Ok(0)
}
