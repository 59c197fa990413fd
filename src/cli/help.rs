use super::output::Output;
use super::{Outcome, record_types};
use crate::diagnostic::{CODES, Code, Diagnostic, page};
use crate::env::Env;
use clap::CommandFactory as _;

/// The long answer to a message's code (`help E203`), or an overview
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A code such as E203, the beginning of codes such as E2, `codes` for all, a command, a platform, or a record type
    /// such as InvoiceSyncModel.
    topic: Option<String>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let Some(topic) = &arguments.topic else {
        output.text(&overview());
        return Ok(0);
    };
    match answer(topic, output).or_else(|| record_types::answer(topic, env)) {
        Some(text) => {
            output.text(&text);
            Ok(0)
        }
        None => {
            let commands = commands();
            let topics: Vec<&str> = commands.iter().map(|(name, _)| name.as_str()).chain(["codes"]).collect();
            Diagnostic::error(Code::UNKNOWN_TOPIC, format!("there is no help on \"{topic}\""))
                .help(page::nearest(topic, &topics))
                .alone()
        }
    }
}

fn answer(topic: &str, output: &Output) -> Option<String> {
    if let Some(code) = page::find(topic) {
        return output.page(code);
    }
    let lower = topic.to_lowercase();
    if ["codes", "errors", "code", "error"].contains(&lower.as_str()) {
        return Some(codes());
    }
    page::range(topic).or_else(|| command_help(&lower))
}

fn command_help(name: &str) -> Option<String> {
    let mut all = super::Arguments::command();
    all.build();
    let found = all.find_subcommand_mut(name).filter(|c| !c.is_hide_set())?;
    Some(found.render_long_help().to_string())
}

/// The commands with what they do, without the hidden ones.
fn commands() -> Vec<(String, String)> {
    let all = super::Arguments::command();
    let shown = all.get_subcommands().filter(|c| !c.is_hide_set());
    shown
        .map(|c| (c.get_name().to_owned(), c.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect()
}

fn overview() -> String {
    let mut out = String::from("Commands (crosswalk help COMMAND tells all about one):\n");
    for (name, about) in commands() {
        out.push_str(&format!("  {name:<10} {about}\n"));
    }
    out.push_str("\nMessages (crosswalk help E203 tells what one means, why, and what to do):\n");
    for (group, about) in page::GROUPS {
        let count = CODES.iter().filter(|(code, _)| code.0.starts_with(group)).count();
        out.push_str(&format!("  {group:<10} {about} ({count})\n"));
    }
    out.push_str("  codes     all of them\n\n");
    out.push_str("Platforms (crosswalk help lockstep lists the record types, help InvoiceSyncModel the fields of one)\n");
    out
}

fn codes() -> String {
    let group = |(group, about): &(&str, &str)| {
        format!("{group}xx: {about}\n{}\n", page::range(group).unwrap_or_default())
    };
    page::GROUPS.iter().map(group).collect()
}
