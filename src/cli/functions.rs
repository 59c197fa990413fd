use super::Outcome;
use super::output::Output;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::expr::functions::{self, AGGREGATES, CATEGORIES, Function, READERS, reference};

/// The functions of the language: the list in short, or one in full with examples
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One function, such as `part`.
    name: Option<String>,
}

pub(super) fn command(arguments: &Arguments, output: &Output) -> Outcome {
    let lines = match &arguments.name {
        None => short(),
        Some(name) => match one(name) {
            Some(lines) => lines,
            None => {
                let known = functions::all().map(|f| f.name).chain(words().map(|(word, _)| word));
                let help = crate::expr::spreadsheet_advice(name).or_else(|| did_you_mean(name, known));
                let message = format!("there is no function `{name}`");
                return Diagnostic::error(Code::UNKNOWN_FUNCTION, message).help_if(help).alone();
            }
        },
    };
    output.text(&format!("{}\n", lines.join("\n")));
    Ok(0)
}

/// Readers and aggregates: name, and what is told of it.
fn words() -> impl Iterator<Item = (&'static str, (&'static str, &'static str))> {
    let name = |signature: &'static str| signature.split('(').next().unwrap_or(signature);
    READERS.iter().chain(AGGREGATES).map(move |entry| (name(entry.0), *entry))
}

fn short() -> Vec<String> {
    let mut lines = Vec::new();
    let mut group = |title: &str, entries: Vec<(&str, &str)>| {
        lines.push(title.to_owned());
        let widest = entries.iter().map(|(s, _)| s.chars().count()).max().unwrap_or(0);
        lines.extend(entries.iter().map(|(s, doc)| format!("  {s:<widest$}  {}", first_sentence(doc))));
        lines.push(String::new());
    };
    group("Readers", READERS.to_vec());
    group("Aggregates", AGGREGATES.to_vec());
    for category in CATEGORIES {
        group(category.title, category.functions().map(|f| (f.signature, f.doc)).collect());
    }
    lines.push("crosswalk functions NAME tells one in full.".to_owned());
    lines
}

fn first_sentence(doc: &str) -> &str {
    doc.split_inclusive(['.', ':', ';']).next().unwrap_or(doc).trim_end_matches(['.', ':', ';'])
}

fn one(name: &str) -> Option<Vec<String>> {
    let mut lines: Vec<String> = functions::find(name).map(full).unwrap_or_default();
    let more = words().filter(|(word, _)| *word == name);
    lines.extend(more.map(|(_, (signature, doc))| format!("{signature}\n  {doc}")));
    (!lines.is_empty()).then_some(lines)
}

fn full(function: &Function) -> Vec<String> {
    let mut lines = vec![format!("{} gives {}", function.signature, reference::gives(function))];
    lines.push(format!("  {}", function.doc));
    lines.push(String::new());
    lines.extend(reference::parameters(function).iter().map(|(name, about)| format!("  {name}: {about}")));
    lines.push(String::new());
    lines.extend(reference::examples(function).iter().map(|line| format!("  {line}")));
    lines.push(String::new());
    lines.push(format!("  {}", reference::notes(function)));
    lines
}
