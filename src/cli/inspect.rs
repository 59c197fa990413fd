use super::output::Output;
use super::{Outcome, Target};
use crate::diagnostic::Collector;
use crate::env::Env;
use crate::job::lock;
use crate::source::inspect;
use std::path::PathBuf;

/// What is in a file: sheets, header row, dialect, types, odd rows
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The files; with --lock, a mapping.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Writes the mapping's column lock, mappings/<NAME>.lock.toml: what its sources' files look like today.
    #[arg(long)]
    lock: bool,
    /// With --lock: environment of crosswalk.toml; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME", requires = "lock")]
    env: Option<String>,
    /// With --lock: sets a var for this call.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = super::pair, requires = "lock")]
    vars: Vec<(String, String)>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    if arguments.lock {
        return arguments.files.iter().try_fold(0, |_, mapping| write(arguments, mapping, env, output));
    }
    let mut all = Collector::default();
    for file in &arguments.files {
        if let Some(seen) = all.keep(inspect(&env.folder.join(file))) {
            output.line(&seen.to_string());
        }
    }
    all.finish(0).map(|(code, _)| code)
}

/// Writes a mapping's lock, and says what is in it or what changed.
fn write(arguments: &Arguments, mapping: &std::path::Path, env: &Env, output: &Output) -> Outcome {
    let target = Target {
        mapping: mapping.display().to_string(),
        env: arguments.env.clone(),
        vars: arguments.vars.clone(),
    };
    let written = lock::write(&target.context(env)?)?;
    let sources = written.lock.sources.len();
    let own = written.lock.sources.iter().filter(|s| s.same_file.is_none());
    let columns: usize = own.map(|s| s.columns.len()).sum();
    match &written.changes {
        None => output.line(&format!(
            "{}: {sources} source{}, {} columns and paths. Commit it with the mapping.",
            written.shown,
            if sources == 1 { "" } else { "s" },
            columns
        )),
        Some(changes) if changes.is_empty() => output.line(&format!("{}: nothing changed.", written.shown)),
        Some(changes) => {
            output.line(&format!("{}: changed.", written.shown));
            changes.iter().for_each(|line| output.line(&format!("  {line}")));
        }
    }
    Ok(0)
}
