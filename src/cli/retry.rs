use super::Outcome;
use super::decide::Undo;
use super::output::Output;
use crate::env::Env;

/// Lets the next plan send again what the platform has refused with the same data
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    undo: Undo,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let words = |n: &str| format!("The next plan includes {n} that the platform had refused.");
    arguments.undo.command("retry", env, output, words)
}
