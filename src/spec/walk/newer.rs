//! Refuses what the toml crate reads by TOML 1.1 but an editor marks by TOML 1.0: line breaks and a last comma in an
//! inline table, `\e` and `\x` escapes, times without seconds.

use super::Walk;
use crate::diagnostic::Code;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Notes E201 for every such place below `table`.
pub(super) fn refuse(walk: &Walk, table: &DeTable<'_>) {
    for (key, value) in table {
        escapes(walk, key.span());
        in_value(walk, value);
    }
}

fn in_value(walk: &Walk, value: &toml::Spanned<DeValue<'_>>) {
    match value.get_ref() {
        DeValue::String(_) => escapes(walk, value.span()),
        DeValue::Datetime(time) if time.time.is_some_and(|t| t.second.is_none()) => {
            refused(
                walk,
                &value.span(),
                "a time without seconds",
                "Write the seconds too, such as 07:30:00.",
            );
        }
        DeValue::Array(items) => items.iter().for_each(|v| in_value(walk, v)),
        DeValue::Table(table) => {
            if text(walk, value.span()).starts_with('{') {
                inline(walk, table, value.span());
            }
            refuse(walk, table);
        }
        _ => {}
    }
}

/// The text between the entries of an inline table: only commas and blanks may stand there.
fn inline(walk: &Walk, table: &DeTable<'_>, whole: Range<usize>) {
    let mut entries = Vec::new();
    leaves(walk, table, &mut entries);
    entries.sort_by_key(|e| e.start);
    let mut from = whole.start;
    for entry in &entries {
        if text(walk, from..entry.start).contains('\n') {
            return line_break(walk, &whole);
        }
        from = from.max(entry.end);
    }
    let rest = text(walk, from..whole.end);
    if rest.contains('\n') {
        line_break(walk, &whole);
    } else if rest.contains(',') {
        refused(walk, &(from..whole.end), "a comma after the last entry of an inline table", "Leave it out.");
    }
}

fn line_break(walk: &Walk, whole: &Range<usize>) {
    let help = "Keep the braces on one line, or write it as a table with a header of its own.";
    refused(walk, &(whole.start..whole.start + 1), "a line break inside an inline table", help);
}

fn leaves(walk: &Walk, table: &DeTable<'_>, into: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(dotted) if !text(walk, value.span()).starts_with('{') => {
                leaves(walk, dotted, into);
            }
            _ => into.push(key.span().start..value.span().end),
        }
    }
}

fn escapes(walk: &Walk, span: Range<usize>) {
    let text = text(walk, span.clone());
    if !text.starts_with('"') {
        return;
    }
    let mut after_backslash = false;
    for c in text.chars() {
        if after_backslash && matches!(c, 'e' | 'x') {
            let help = "Write \\u001b or \\u00.. instead; a path or pattern goes between single quotes.";
            return refused(walk, &span, &format!("the escape \\{c}"), help);
        }
        after_backslash = c == '\\' && !after_backslash;
    }
}

fn text(walk: &Walk, span: Range<usize>) -> &str {
    walk.text().get(span).unwrap_or_default()
}

fn refused(walk: &Walk, span: &Range<usize>, what: &str, help: &str) {
    let message = format!("{what} is newer than TOML 1.0, which editors and other tools read");
    walk.error(Code::BAD_TOML, &walk.global(span), message, Some(help.to_owned()));
}
