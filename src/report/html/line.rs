//! A change or a reason as a row of the grid, in JSON.

use super::plain::key;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::report::diffing::{self, Piece};
use crate::report::escape::block;
use crate::report::row::{Change, FieldChange, Raw, Refused};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The fields' names, which rows give by number.
pub(super) struct Names<'a> {
    /// In order.
    pub(super) list: Vec<&'a str>,
    at: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// All names a plan's head knows.
    pub(super) fn of(head: &'a crate::plan::Head) -> Self {
        let mut names = Self { list: Vec::new(), at: BTreeMap::new() };
        let columns = head.models.iter().flat_map(|m| &m.columns).map(|c| c.name.as_str());
        for name in columns.chain(head.records.iter().flat_map(|r| &r.fields).map(|f| f.field.as_str())) {
            names.at.entry(name).or_insert_with(|| {
                names.list.push(name);
                names.list.len() - 1
            });
        }
        names
    }
}

/// A row of the grid. Short names: there may be a hundred thousand.
#[derive(Default, Serialize)]
#[serde(default)]
pub(super) struct Line<'a> {
    /// Kind.
    k: &'a str,
    /// Record.
    r: String,
    /// Key.
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// Key of the header, where that is not in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    u: Option<String>,
    /// Cause.
    #[serde(skip_serializing_if = "str::is_empty")]
    c: &'a str,
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    /// Fields: name, old, new, and where both differ in part, the lengths of what is kept and what differs in turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    f: Vec<Value>,
    /// Place, with the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    /// File.
    #[serde(skip_serializing_if = "Option::is_none")]
    i: Option<String>,
    /// The row read: source, part, line, place, cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    w: Option<Value>,
    /// Reason, code, field, value, and whether it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<Value>,
}

/// A change as a row.
pub(super) fn line<'a>(change: &'a Change, names: &Names<'_>) -> Line<'a> {
    Line {
        k: &change.kind,
        r: safe(&change.record),
        y: Some(safe(&key(&change.key))),
        u: change.context.as_deref().map(|k| safe(&key(k))),
        c: if change.cause == "data" { "" } else { &change.cause },
        n: change.note.as_deref().map(safe),
        f: change.fields.iter().map(|f| field(f, names)).collect(),
        p: change.place.as_deref().map(safe),
        i: change.file.as_deref().map(safe),
        w: change.raw.as_ref().map(raw),
        e: None,
    }
}

/// A reason as a row.
pub(super) fn reason(one: &Refused) -> Line<'_> {
    let text = |t: &Option<String>| t.as_deref().filter(|t| !t.is_empty()).map(safe);
    Line {
        k: if one.status == "held" { "held" } else { "rejected" },
        r: safe(&one.record),
        y: one.key.as_deref().map(|k| safe(&key(k))),
        n: text(&one.note),
        p: one.place.as_deref().map(safe),
        w: one.raw.as_ref().map(raw),
        e: Some(json!([
            safe(&one.reason),
            text(&one.code),
            text(&one.field),
            one.value.as_deref().map(safe),
            one.known
        ])),
        ..Line::default()
    }
}

fn raw(raw: &Raw) -> Value {
    let cells: Vec<Option<String>> = raw.cells.iter().map(|c| c.as_deref().map(safe)).collect();
    json!([safe(&raw.source), raw.part, raw.line, raw.pos.as_deref().map(safe), cells])
}

fn field(field: &FieldChange, names: &Names<'_>) -> Value {
    let name = names.at.get(field.name.as_str()).map_or_else(|| json!(safe(&field.name)), |n| json!(n));
    let (old, new) = (field.old.as_deref().map(safe), field.new.as_deref().map(safe));
    if let (Some(old), Some(new)) = (&old, &new) {
        let (a, b) = diffing::pieces(old, new);
        if a.iter().chain(&b).any(|p| !p.differs) {
            return json!([name, old, new, lengths(&a), lengths(&b)]);
        }
    }
    json!([name, old, new])
}

/// Lengths as JavaScript counts them: what is kept, what differs, what is kept …
fn lengths(pieces: &[Piece]) -> Vec<usize> {
    let mut all = if pieces.first().is_some_and(|p| p.differs) { vec![0] } else { Vec::new() };
    all.extend(pieces.iter().map(|p| p.text.encode_utf16().count()));
    all
}

/// A text whose controls, bidi marks and invisible characters are spelt out, as everywhere in a report.
pub(super) fn safe(text: &str) -> String {
    block(text).into_owned()
}

/// JSON that cannot end a script element or open a comment in it.
pub(super) fn inert(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(value)
        .map_err(|e| Diagnostic::error(Code::IO, format!("the report cannot be written: {e}")))?;
    if !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return Ok(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Ok(out)
}
