use super::decide::{About, list, records};
use super::output::Output;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job;

/// Lets the next plan send again what the platform has refused with the same data
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    about: About,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let all = job::undo(&context, "retry", &arguments.about.decide("retry"))?;
    output.line(&format!("The next plan includes {} that the platform had refused.", records(all.len())));
    list(&all, output);
    Ok(0)
}
