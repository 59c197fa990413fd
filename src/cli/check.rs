use super::output::Output;
use super::{Outcome, Target};
use crate::diagnostic::render;
use crate::env::Env;
use crate::job;

/// All mistakes of a mapping at once, each pointing into the TOML line and column
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Says of each field whether it runs as SQL, and why not.
    #[arg(short, long)]
    verbose: bool,
    /// Reads the files and counts: columns not used, fields not set, values that miss a lookup.
    #[arg(long)]
    coverage: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let checked = job::check(&context, true)?;
    output.diagnostics(&checked.notes);
    let mapping = &checked.mapping;
    if arguments.verbose {
        for record in &mapping.records {
            for field in &record.fields {
                let how = field.fallback.as_deref().unwrap_or("SQL");
                let from = match field.from.is_empty() {
                    true => "worked out from other fields".to_owned(),
                    false => field.from.join(", "),
                };
                output.line(&format!("{}.{} <- {from}: {how}", record.name, field.name));
            }
        }
    }
    if arguments.coverage {
        let told = super::progress::Told::new(output);
        let coverage = job::coverage(&context, &told)?;
        told.done();
        super::coverage::print(&coverage, output);
    }
    let fields: usize = mapping.records.iter().map(|r| r.fields.len()).sum();
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    output.line(&format!(
        "{}: {}, {}, {}, {}. {}",
        mapping.name,
        count(mapping.sources.iter().filter(|s| s.for_records).count(), "source"),
        count(mapping.records.len(), "record"),
        count(fields, "field"),
        count(mapping.checks.len(), "check"),
        if checked.notes.is_empty() { "No mistakes.".to_owned() } else { render::count(&checked.notes) }
    ));
    Ok(0)
}
