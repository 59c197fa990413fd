//! The reference page of the language's keys, as Markdown.

use super::{Key, Kind, Section, sections};

/// The page `docs/reference/mapping.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# The mapping file, key by key\n\n\
         <!-- Written by the program from src/spec/language: UPDATE=1 cargo test --release --lib the_page -->\n\n\
         A mapping is one TOML file, `mappings/<name>.toml`. [The tutorial](../tutorial.md) builds one step by step, \
         [the cookbook](../cookbook/README.md) has recipes, [functions](functions.md) tells what an expression may call. `crosswalk check` finds \
         every mistake with its place.\n\n",
    );
    for section in sections() {
        page.push_str(&chapter(section));
    }
    page
}

fn chapter(section: &Section) -> String {
    let mut text = format!("## {}\n\n{}\n\n", heading(section.header), section.doc);
    text.push_str("| key | takes | without it | |\n|---|---|---|---|\n");
    for key in section.keys {
        let default = match (key.required, key.default) {
            (true, _) => "must be there".to_owned(),
            (false, Some(words)) => plain(words),
            (false, None) => String::new(),
        };
        text.push_str(&format!("| `{}` | {} | {} | {} |\n", key.name, takes(key), default, cell(key.doc)));
    }
    text.push('\n');
    let examples: Vec<&str> = section.keys.iter().map(|k| k.example).filter(|e| !e.is_empty()).collect();
    if !examples.is_empty() {
        text.push_str(&format!("```toml\n{}\n```\n\n", examples.join("\n")));
    }
    text
}

fn heading(header: &str) -> String {
    if header.starts_with('[') { format!("`{header}`") } else { capital(header) }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |c| c.to_uppercase().chain(characters).collect())
}

fn plain(words: &str) -> String {
    if words.contains(' ') { words.to_owned() } else { format!("`{words}`") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What a key takes, in words.
pub(super) fn takes(key: &Key) -> String {
    match key.kind {
        Kind::Word(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" "),
        Kind::WordOrNumber(words) => {
            let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
            format!("{}, or a number", words.join(" "))
        }
        Kind::Table(section) | Kind::Named(section) | Kind::Repeated(section) => {
            format!("a table, [below](#{})", anchor(section.header))
        }
        kind => words(kind).to_owned(),
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Texts => "text, or a list of texts",
        Kind::List => "list of texts",
        Kind::Number => "whole number",
        Kind::Numbers => "number, or a list of numbers",
        Kind::Flag => "`true` or `false`",
        Kind::FlagOrNumber => "`true`, or a number",
        Kind::Share => "a share such as `\"2%\"`, or a number",
        Kind::Expression => "expression",
        Kind::Constant => "text, number, yes/no or date",
        Kind::Constants => "list of texts, numbers or dates",
        Kind::Pad => "`[width, \"character\"]`",
        Kind::Value => "a value",
        Kind::Pairs => "table of names",
        Kind::Lookup => "name of a lookup, or a table",
        Kind::Range => "`[low, high]`, or `{ min = …, max = … }`",
        Kind::Model => "record type",
        Kind::Source => "name of a source",
        Kind::Record => "name of a record",
        Kind::Fields => "field, or a list of fields",
        Kind::Column => "column",
        Kind::Columns => "column, or a list of columns",
        Kind::Values => "table of values",
        Kind::Rows => "list of rows",
        Kind::Expected => "rows per record",
        Kind::Word(_) | Kind::WordOrNumber(_) | Kind::Table(_) | Kind::Named(_) | Kind::Repeated(_) => "",
    }
}

/// GitHub's anchor of a heading.
fn anchor(header: &str) -> String {
    header
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect::<String>()
        .replace(' ', "-")
}
