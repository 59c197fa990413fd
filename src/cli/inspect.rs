use super::Outcome;
use super::output::Output;
use crate::diagnostic::Collector;
use crate::env::Env;
use crate::source::inspect;
use std::path::PathBuf;

/// What is in a file: sheets, header row, dialect, types, odd rows
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let mut all = Collector::default();
    for file in &arguments.files {
        if let Some(seen) = all.keep(inspect(&env.folder.join(file))) {
            output.line(&seen.to_string());
        }
    }
    all.finish(0).map(|(code, _)| code)
}
