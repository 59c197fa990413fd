//! List items: a change with its fields, a reason.

use super::inert::{code, plain};
use crate::report::row::{Change, FieldChange, Refused};
use crate::report::{summary, telling};

/// Changed fields shown of one record.
const FIELDS: usize = 30;

/// A change as a list item, its changed fields below it; `first`: the first below a header that is not shown itself.
pub(super) fn entry(change: &Change, first: bool) -> String {
    let level = change.depth + usize::from(change.context.is_some());
    let indent = "  ".repeat(level);
    let (_, word) = summary::kind(&change.kind);
    let mut out = String::new();
    if let Some(context) = change.context.as_ref().filter(|_| first) {
        out.push_str(&format!("- under {}\n", code(&readable(context), 100)));
    }
    out.push_str(&format!(
        "{indent}- {word}: {} {}",
        plain(&change.record, 60),
        code(&readable(&change.key), 100)
    ));
    if !matches!(change.cause.as_str(), "" | "data") {
        out.push_str(&format!(" ({})", plain(&change.cause, 100)));
    }
    let listed = matches!(change.kind.as_str(), "changed" | "returned" | "rebaselined" | "removed");
    if !listed {
        let told = telling::fields(change, 3);
        told.iter()
            .for_each(|(name, value)| out.push_str(&format!(" · {} {}", plain(name, 60), code(value, 60))));
    }
    if let Some(place) = &change.place {
        out.push_str(&format!(" — {}", code(place, 150)));
    }
    out.push('\n');
    let shown = if listed { change.fields.as_slice() } else { &[] };
    shown.iter().take(FIELDS).for_each(|f| out.push_str(&field(&indent, f)));
    if shown.len() > FIELDS {
        out.push_str(&format!("{indent}  - … and {} more fields\n", shown.len() - FIELDS));
    }
    if let Some(note) = &change.note {
        out.push_str(&format!("{indent}  - {}\n", plain(note, 200)));
    }
    out
}

fn field(indent: &str, field: &FieldChange) -> String {
    let side = |text: &Option<String>| text.as_deref().map_or_else(|| "(empty)".to_owned(), |t| code(t, 200));
    format!("{indent}  - {}: {} → {}\n", plain(&field.name, 60), side(&field.old), side(&field.new))
}

/// A reason why a record is not sent, as a list item.
pub(super) fn reason(one: &Refused) -> String {
    let key = one.key.as_deref().map_or_else(|| "(no key)".to_owned(), |k| code(&readable(k), 100));
    let field = one
        .field
        .as_deref()
        .filter(|f| !f.is_empty())
        .map_or_else(String::new, |f| format!(", {}", code(f, 60)));
    let value = one.value.as_deref().map_or_else(String::new, |v| format!("{} ", code(v, 200)));
    let code_of = one
        .code
        .as_deref()
        .filter(|c| !c.is_empty())
        .map_or_else(String::new, |c| format!(" ({})", plain(c, 10)));
    let known = if one.known { ", known from the last run" } else { "" };
    let place = one.place.as_deref().map_or_else(String::new, |p| format!(" — {}", code(p, 150)));
    format!(
        "- {}: {} {key}{field}: {value}{}{code_of}{known}{place}\n",
        plain(&one.status, 20),
        plain(&one.record, 60),
        plain(&one.reason, 300),
    )
}

fn readable(key: &str) -> String {
    key.replace('\u{1f}', " / ")
}
