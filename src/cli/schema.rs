use super::Outcome;
use super::output::Output;
use crate::env::Env;
use crate::job::{Workplace, schema};

/// The editor's schema of the workspace's platforms: completes fields and columns while you type
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Platform; without it, all that the workspace's mappings name.
    platform: Option<String>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let platforms =
        arguments.platform.as_ref().map_or_else(|| schema::platforms(&place), |p| vec![p.clone()]);
    for written in schema::write(&place, &platforms)? {
        let what = if written.changed { "written" } else { "as it was" };
        output.line(&format!("{}: {what}", written.path.display()));
    }
    Ok(0)
}
