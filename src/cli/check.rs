use super::output::Output;
use super::{Outcome, Target, exit_code, expressions};
use crate::diagnostic::{Diagnostic, Diagnostics, render};
use crate::env::Env;
use crate::job::{self, Checked, Context, Workplace};

/// All mistakes of a mapping at once, each pointing into the TOML line and column
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Mapping: mappings/<NAME>.toml; without it, all mappings of the workspace.
    mapping: Option<String>,
    /// Environment of crosswalk.toml; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Sets a var for this call.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = super::pair)]
    vars: Vec<(String, String)>,
    /// Says where each field comes from, and of each expression whether it runs as SQL, and why not.
    #[arg(short, long)]
    verbose: bool,
    /// Reads the files and counts: columns not used, fields not set, values that miss a lookup.
    #[arg(long, conflicts_with = "format")]
    coverage: bool,
    /// How the messages are written: for people, for programs, or as annotations of GitHub Actions.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
}

/// A mapping with what its check came to.
type Result1 = (Option<String>, Result<(Context, Checked), Diagnostics>);

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let results = match names(arguments, env) {
        Ok(names) => names.into_iter().map(|name| (Some(name.clone()), one(arguments, name, env))).collect(),
        Err(errors) => vec![(None, Err(errors))],
    };
    match arguments.format {
        Format::Text => for_people(arguments, results, output),
        Format::Json => {
            output.text(&render::json(arguments.mapping.as_deref(), &messages(&results)));
            Ok(code(&results))
        }
        Format::Github => {
            let all: Vec<Diagnostic> = messages(&results).into_iter().map(|(_, d)| d).collect();
            output.text(&render::github(&all));
            Ok(code(&results))
        }
    }
}

fn names(arguments: &Arguments, env: &Env) -> Result<Vec<String>, Diagnostics> {
    match &arguments.mapping {
        Some(name) => Ok(vec![name.clone()]),
        None => Workplace::find(env)?.some_mappings(),
    }
}

fn one(arguments: &Arguments, mapping: String, env: &Env) -> Result<(Context, Checked), Diagnostics> {
    let target = Target { mapping, env: arguments.env.clone(), vars: arguments.vars.clone() };
    let context = target.context(env)?;
    let checked = job::check(&context, true)?;
    Ok((context, checked))
}

fn for_people(arguments: &Arguments, results: Vec<Result1>, output: &Output) -> Outcome {
    let mut failed: Option<Diagnostics> = None;
    for (_, result) in results {
        match result {
            Ok((context, checked)) => told(&context, &checked, arguments, output)?,
            Err(errors) => match &mut failed {
                Some(all) => all.extend(errors),
                None => failed = Some(errors),
            },
        }
    }
    failed.map_or(Ok(0), Err)
}

fn told(
    context: &Context,
    checked: &Checked,
    arguments: &Arguments,
    output: &Output,
) -> Result<(), Diagnostics> {
    output.diagnostics(&checked.notes);
    let mapping = &checked.mapping;
    if arguments.verbose {
        expressions::print(mapping, output);
    }
    if arguments.coverage {
        let told = super::progress::Told::new(output);
        let coverage = job::coverage(context, &told)?;
        told.done();
        super::coverage::print(&coverage, output);
    }
    let fields: usize = mapping.records.iter().map(|r| r.fields.len()).sum();
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    output.line(&format!(
        "{}: {}, {}, {}, {}. {}",
        mapping.name,
        count(mapping.sources.iter().filter(|s| !s.name.starts_with("lookup.")).count(), "source"),
        count(mapping.records.len(), "record"),
        count(fields, "field"),
        count(mapping.checks.len() + mapping.field_checks.len(), "check"),
        if checked.notes.is_empty() { "No mistakes.".to_owned() } else { render::count(&checked.notes) }
    ));
    Ok(())
}

fn messages(results: &[Result1]) -> Vec<(Option<String>, Diagnostic)> {
    let of = |(mapping, result): &Result1| -> Vec<(Option<String>, Diagnostic)> {
        let list = match result {
            Ok((_, checked)) => checked.notes.as_slice(),
            Err(errors) => errors.list(),
        };
        list.iter().map(|d| (mapping.clone(), d.clone())).collect()
    };
    results.iter().flat_map(of).collect()
}

/// The exit code over all mappings, as if their messages were one list.
fn code(results: &[Result1]) -> u8 {
    let failed = results.iter().filter_map(|(_, r)| r.as_ref().err()).cloned();
    failed
        .reduce(|mut all, more| {
            all.extend(more);
            all
        })
        .map_or(0, |all| exit_code(&all))
}
