//! The reference of the language as text, made from the functions themselves: `docs/reference/functions.md`, and what
//! `crosswalk functions` prints. A test compares the page with what is made here.

use super::{AGGREGATES, CATEGORIES, Function, READERS};

/// What frames the functions on the page.
const BEFORE: &str = include_str!("before.md");
const AFTER: &str = include_str!("after.md");

/// The page `docs/reference/functions.md`.
pub fn page() -> String {
    let mut page = BEFORE.to_owned();
    page.push_str(&table("Readers", READERS));
    page.push_str(&table("Aggregates", AGGREGATES));
    page.push_str("## Functions\n\nBy kind: ");
    let kinds: Vec<String> =
        CATEGORIES.iter().map(|c| format!("[{}](#{})", c.title, anchor(c.title))).collect();
    page.push_str(&format!("{}.\n", kinds.join(" · ")));
    for category in CATEGORIES {
        page.push_str(&format!("\n### {}\n", category.title));
        category.functions().for_each(|f| page.push_str(&entry(f)));
    }
    page.push('\n');
    page.push_str(AFTER);
    page
}

fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn table(title: &str, rows: &[(&str, &str)]) -> String {
    let mut text = format!("## {title}\n\n| written | gives |\n|---|---|\n");
    rows.iter().for_each(|(word, doc)| text.push_str(&format!("| `{word}` | {doc} |\n")));
    text.push('\n');
    text
}

fn entry(function: &Function) -> String {
    let mut text = format!(
        "\n#### {}\n\n`{}` → {}\n\n{}\n",
        function.name,
        function.signature,
        gives(function),
        function.doc
    );
    let parameters = parameters(function);
    if !parameters.is_empty() {
        text.push('\n');
        parameters.iter().for_each(|(name, about)| text.push_str(&format!("- `{name}`: {about}\n")));
    }
    text.push_str("\n```\n");
    examples(function).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text.push_str(&format!("```\n\n{}\n", notes(function)));
    text
}

/// What a function gives, in a word.
pub fn gives(function: &Function) -> &'static str {
    use super::Type::{Date, DateTime, Empty, Flag, Number, Text};
    match function.gives {
        Text => "text",
        Number => "number",
        Date | DateTime => "date",
        Flag => "yes/no",
        Empty => "the same type",
    }
}

/// Name and meaning of each parameter.
pub fn parameters(function: &Function) -> Vec<(&'static str, String)> {
    let about = |(n, name): (usize, &'static str)| {
        let kind = function.param(n).map_or(String::new(), super::Param::words);
        let doc = function.about.get(n).filter(|doc| **doc != kind);
        (name, doc.map_or(kind.clone(), |doc| format!("{doc} ({kind})")))
    };
    function.names().into_iter().enumerate().map(about).collect()
}

/// The examples with their results, one under the other.
pub fn examples(function: &Function) -> Vec<String> {
    let widest = function.examples.iter().map(|(call, _)| call.chars().count()).max().unwrap_or(0);
    let line = |(call, result): &(&str, &str)| {
        let result = if *result == "()" { "(empty)" } else { result };
        format!("{call}{}  →  {result}", " ".repeat(widest - call.chars().count()))
    };
    function.examples.iter().map(line).collect()
}

/// What it makes of empties, when a row fails, how it runs.
pub fn notes(function: &Function) -> String {
    let empties = match (function.strict, function.gives) {
        (true, _) => "Empty where an argument is empty.",
        (false, super::Type::Flag) => "Never empty.",
        (false, _) => "Empty arguments are skipped.",
    };
    let fails =
        function.fails.map_or(String::new(), |(code, why)| format!(" Rejects the row ({code}) when: {why}."));
    let runs = match function.sql {
        Some(_) => " Runs as SQL.".to_owned(),
        None => format!(" Has no SQL ({}), so it runs row by row, several times slower.", function.no_sql),
    };
    format!("{empties}{fails}{runs} Since {}.", function.since)
}
