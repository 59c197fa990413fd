use super::output::Output;
use super::{Outcome, pair};
use crate::env::Env;
use crate::job::{self, Created, New};
use crate::suggest::{Drafted, Line};

/// A first mapping from files: finds what feeds what, matches the names, marks the gaps
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The mapping's name: mappings/<NAME>.toml is written.
    name: String,
    /// Platform: mappings/platforms/<NAME>.toml, or one that is part of the program.
    #[arg(long, value_name = "NAME")]
    platform: String,
    /// The files to map; `*` stands for any characters.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "record")]
    from: Vec<String>,
    /// Says what a file holds, where that is not found out: a record type of the platform.
    #[arg(long, value_name = "TYPE=FILE", value_parser = pair)]
    record: Vec<(String, String)>,
    /// Writes the mapping anew if it is there already.
    #[arg(long)]
    force: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let asked = New {
        name: arguments.name.clone(),
        platform: arguments.platform.clone(),
        from: arguments.from.clone(),
        records: arguments.record.clone(),
        force: arguments.force,
    };
    let created = job::new(env, &asked)?;
    output.text(&summary(&asked, &created));
    Ok(0)
}

fn summary(asked: &New, created: &Created) -> String {
    let mut text = String::new();
    for record in &created.draft.records {
        text.push_str(&told(record));
    }
    for left in &created.draft.left {
        text.push_str(&format!("{left}\n  nothing was made of it; --record TYPE=FILE says what it is\n\n"));
    }
    if created.workspace {
        let inbox = created.inbox.as_ref().map(|i| format!(", ${{inbox}} = {i}")).unwrap_or_default();
        text.push_str(&format!("crosswalk.toml written: this folder is a workspace now{inbox}\n"));
    }
    let how = if created.replaced { "written anew" } else { "written" };
    text.push_str(&format!("{} {how}\n\n", created.file));
    let missing: usize = created.draft.records.iter().map(|r| r.missing.len()).sum();
    let name = &asked.name;
    match missing {
        0 => text.push_str(&format!("Read it through, then type: crosswalk check {name}\n")),
        1 => text.push_str(&format!(
            "Open it and say where the missing field comes from, then type: crosswalk check {name}\n"
        )),
        n => text.push_str(&format!(
            "Open it and say where the {n} missing fields come from, then type: crosswalk check {name}\n"
        )),
    }
    text
}

fn told(record: &Drafted) -> String {
    let lines = record.lines.iter().filter(|l| l.active);
    let count = |test: &dyn Fn(&Line) -> bool| lines.clone().filter(|l| test(l)).count();
    let named = count(&|l| l.reason.is_empty());
    let sure = count(&|l| !l.reason.is_empty() && l.confidence >= 80);
    let check = count(&|l| !l.reason.is_empty() && l.confidence < 80);
    let suggested = record.lines.iter().filter(|l| !l.active).count();
    let mut text = format!("{}\n  -> {}, record {}\n", record.place, record.model, record.name);
    text.push_str(&format!("  {:3} fields matched", lines.clone().count()));
    let mut parts = Vec::new();
    for (n, what) in [(named, "by the same name"), (sure, "80 % sure or more"), (check, "to be checked")] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    if !parts.is_empty() {
        text.push_str(&format!(": {}", parts.join(", ")));
    }
    text.push('\n');
    if suggested > 0 {
        text.push_str(&format!("  {suggested:3} suggested in comments\n"));
    }
    if !record.missing.is_empty() {
        let names: Vec<&str> = record.missing.iter().map(|m| m.field.as_str()).collect();
        text.push_str(&format!("  {:3} required and missing: {}\n", names.len(), names.join(", ")));
    }
    text.push('\n');
    text
}
