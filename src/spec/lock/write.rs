//! A lock as the text of its file.

use super::{ColumnLock, FORMAT, Lock, SourceLock};

impl Lock {
    /// The file's text: TOML 1.0, one column a line.
    pub fn text(&self, mapping: &str) -> String {
        let mut out = format!(
            "# What the files of {mapping}'s sources look like. Written by `crosswalk inspect --lock {mapping}`; commit it.\n\
             # Names, forms and shares, no values. Drift from it is told by check, plan and run.\n\
             format  = {FORMAT}\nmapping = {}\n",
            quoted(mapping)
        );
        self.sources.iter().for_each(|s| source(&mut out, s));
        out
    }
}

fn source(out: &mut String, s: &SourceLock) {
    let table = s
        .name
        .strip_prefix("lookup.")
        .map_or_else(|| format!("source.{}", key(&s.name)), |name| format!("lookup.{}", key(name)));
    out.push_str(&format!("\n[{table}]\n"));
    let mut line = |name: &str, value: String| out.push_str(&format!("{name:11} = {value}\n"));
    match &s.same_file {
        Some(first) => line("same_file", quoted(first)),
        None => line("format", quoted(&s.format)),
    }
    for (name, value) in [("packed", &s.packed), ("encoding", &s.encoding), ("delimiter", &s.delimiter)] {
        if let Some(value) = value.as_ref().filter(|_| s.same_file.is_none()) {
            line(name, quoted(value));
        }
    }
    if !s.header_rows.is_empty() {
        line("header_rows", format!("{:?}", s.header_rows));
    }
    for (name, values) in [("sheets", &s.sheets), ("each", &s.each)] {
        if !values.is_empty() {
            line(name, list(values));
        }
    }
    if s.same_file.is_none() {
        columns(out, s);
    }
}

fn columns(out: &mut String, s: &SourceLock) {
    let (list, name) = if s.paths() { ("paths", "path") } else { ("columns", "name") };
    out.push_str(&format!("{list:11} = [\n"));
    for c in &s.columns {
        out.push_str(&format!("  {{ {name} = {}{} }},\n", quoted(&c.name), facts(c)));
    }
    out.push_str("]\n");
}

fn facts(c: &ColumnLock) -> String {
    let most = if c.most == 0 { String::new() } else { format!(", most = {}", c.most) };
    let forms = if c.forms.is_empty() { String::new() } else { format!(", forms = {}", list(&c.forms)) };
    format!("{most}, filled = {}{forms}", quoted(c.filled.word()))
}

fn list(values: &[String]) -> String {
    let all: Vec<String> = values.iter().map(|v| quoted(v)).collect();
    format!("[{}]", all.join(", "))
}

/// A bare key where it may stand bare.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
