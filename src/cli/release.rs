use super::Outcome;
use super::decide::Undo;
use super::output::Output;
use crate::env::Env;

/// Ends holds by decision: the next plan includes what was held
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    undo: Undo,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let words = |n: &str| format!("Released {n}; the next plan includes what differs.");
    arguments.undo.command("release", env, output, words)
}
