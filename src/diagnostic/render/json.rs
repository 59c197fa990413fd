//! Messages as one JSON document for programs; `docs/check.schema.json` describes it.

use super::word;
use crate::diagnostic::Diagnostic;
use serde_json::{Value, json};

/// The document: `{"format": 1, "mapping": …, "messages": […]}`, indented, with a line break at its end. `mapping` is the
/// one that was asked for, `None` for all of the workspace; each message comes with the mapping it belongs to.
pub fn json(mapping: Option<&str>, messages: &[(Option<String>, Diagnostic)]) -> String {
    let messages: Vec<Value> = messages.iter().map(|(of, d)| message(of.as_deref(), d)).collect();
    let document = json!({ "format": 1, "mapping": mapping, "messages": messages });
    format!("{document:#}\n")
}

fn message(mapping: Option<&str>, d: &Diagnostic) -> Value {
    let (start, end) = (d.at.toml_position(), d.at.toml_end());
    let in_toml = d.at.toml.as_ref();
    let place = (in_toml.is_none()).then(|| d.at.to_string()).filter(|p| !p.is_empty());
    json!({
        "mapping": mapping,
        "code": d.code.0,
        "severity": word(d.severity),
        "message": d.message,
        "file": in_toml.map(|t| t.name.clone()).or_else(|| d.at.file.clone()),
        "line": start.map(|s| s.0 as u64).or(d.at.line),
        "column": start.map(|s| s.1),
        "end_line": end.map(|e| e.0),
        "end_column": end.map(|e| e.1),
        "place": place,
        "label": d.label,
        "help": d.help,
    })
}
