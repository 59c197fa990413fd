//! A case as the text of a mapping file: `[[test]]` as people write it.

use super::bench::{Outcome, Refused};
use crate::mapping::Mapping;
use crate::mapping::case::{CaseCell, CasePlan, CaseRow};
use crate::spec::platform::FieldType;

/// A case with the outcome it expects. `file` and `sheet` are written where they are given here.
pub(super) fn case(
    mapping: &Mapping,
    case: &CasePlan,
    outcome: &Outcome,
    file: Option<&str>,
    sheet: Option<&str>,
) -> String {
    let mut lines: Vec<(String, String)> = vec![("name".to_owned(), text(&case.name))];
    let tops: Vec<&str> = case
        .given
        .iter()
        .filter(|s| s.rows.iter().any(|r| r.within.is_none()))
        .map(|s| s.source.as_str())
        .collect();
    let single = if let [one] = tops.as_slice() { Some(*one) } else { None };
    lines.extend(single.map(|s| ("source".to_owned(), text(s))));
    lines.extend(file.map(|f| ("file".to_owned(), text(f))));
    lines.extend(sheet.map(|s| ("sheet".to_owned(), text(s))));
    for source in tops {
        let rows = top_rows(mapping, case, source);
        let name = if single.is_some() { "given".to_owned() } else { format!("given.{}", key(source)) };
        lines.push((name, list(&rows)));
    }
    for (record, made) in &outcome.records {
        let rows: Vec<String> = made.iter().map(|m| record_row(mapping, record, &m.fields)).collect();
        let refused = outcome.refused.iter().any(|r| r.record == *record);
        if !rows.is_empty() || refused {
            lines.push((format!("expect.{}", key(record)), list(&rows)));
        }
    }
    let refused: Vec<String> = outcome.refused.iter().filter(|r| !r.held).map(reject).collect();
    if !refused.is_empty() {
        lines.push(("expect.reject".to_owned(), list(&refused)));
    }
    let width = lines.iter().filter(|(n, _)| !n.contains('.')).map(|(n, _)| n.len()).max().unwrap_or(0);
    let lines: Vec<String> = lines.iter().map(|(n, v)| format!("{n:width$} = {v}")).collect();
    format!("[[test]]\n{}\n", lines.join("\n"))
}

/// One row on its line, several on a line each.
fn list(rows: &[String]) -> String {
    match rows {
        [] => "[]".to_owned(),
        [one] => format!("[{one}]"),
        _ => {
            let rows: String = rows.iter().map(|r| format!("    {r},\n")).collect();
            format!("[\n{rows}]")
        }
    }
}

fn top_rows(mapping: &Mapping, case: &CasePlan, source: &str) -> Vec<String> {
    let rows = case.given.iter().find(|s| s.source == source).map(|s| s.rows.as_slice()).unwrap_or_default();
    (1..)
        .zip(rows)
        .filter(|(_, r)| r.within.is_none())
        .map(|(n, r)| row(mapping, case, source, n, r))
        .collect()
}

/// A row with the rows of sources within it.
fn row(mapping: &Mapping, case: &CasePlan, source: &str, number: usize, row_: &CaseRow) -> String {
    let columns = mapping.source(source).map(|s| s.columns.as_slice()).unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    for cell in &row_.cells {
        if let Some(column) = columns.get(cell.column) {
            parts.push(format!("{} = {}", key(column), native(cell)));
        }
    }
    for inner in &case.given {
        let within = mapping.source(&inner.source).and_then(|s| s.request.within.as_deref());
        if within != Some(source) {
            continue;
        }
        let rows: Vec<String> = (1..)
            .zip(&inner.rows)
            .filter(|(_, r)| r.within == Some(number))
            .map(|(n, r)| row(mapping, case, &inner.source, n, r))
            .collect();
        if !rows.is_empty() {
            parts.push(format!("{} = [{}]", key(&inner.source), rows.join(", ")));
        }
    }
    braces(&parts)
}

fn record_row(mapping: &Mapping, record: &str, fields: &[(String, Option<String>)]) -> String {
    let plan = mapping.record(record);
    let ty = |name: &str| plan.and_then(|p| p.fields.iter().find(|f| f.name == name)).map(|f| f.ty);
    let parts: Vec<String> = fields
        .iter()
        .filter_map(|(n, v)| Some(format!("{} = {}", key(n), value(v.as_deref()?, ty(n)))))
        .collect();
    braces(&parts)
}

fn reject(refused: &Refused) -> String {
    let mut parts = vec![format!("record = {}", text(&refused.record))];
    if !refused.key.is_empty() {
        parts.push(format!("key = {}", text(&refused.key.replace('\u{1f}', " / "))));
    }
    if !refused.field.is_empty() {
        parts.push(format!("field = {}", text(&refused.field)));
    }
    parts.push(format!("code = {}", text(&refused.code)));
    braces(&parts)
}

fn braces(parts: &[String]) -> String {
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// A cell: native numbers, dates and booleans as such, where TOML can write them.
fn native(cell: &CaseCell) -> String {
    let bare = matches!(cell.kind, 'n' | 'd' | 'b') && is_bare(&cell.text);
    if bare { cell.text.clone() } else { text(&cell.text) }
}

/// A field's canonical text as TOML.
fn value(canonical: &str, ty: Option<FieldType>) -> String {
    let bare = matches!(
        ty,
        Some(
            FieldType::Integer
                | FieldType::Decimal(_)
                | FieldType::Boolean
                | FieldType::Date
                | FieldType::DateTime
        )
    );
    let written = match ty {
        Some(FieldType::DateTime) => canonical.strip_suffix("T00:00:00").unwrap_or(canonical),
        // Money keeps its two decimals, rates and quantities lose their zeros.
        Some(FieldType::Decimal(scale)) if scale > 2 => canonical.trim_end_matches('0').trim_end_matches('.'),
        _ => canonical,
    };
    if bare && is_bare(written) { written.to_owned() } else { text(canonical) }
}

/// Whether TOML 1.0 reads the text as a number, date or boolean, and so back to the same digits.
fn is_bare(text: &str) -> bool {
    let parsed: Option<::toml::Table> = format!("v = {text}").parse().ok();
    let one_line = !text.contains(['\n', '#', '"', '\'']);
    one_line
        && parsed.is_some_and(|t| t.get("v").is_some_and(|v| !v.is_str() && !v.is_array() && !v.is_table()))
}

/// A key: bare where TOML takes it so.
pub(super) fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { text(name) }
}

/// A text between double quotes.
pub(super) fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if crate::diagnostic::escape::is_unsafe(c) => {
                out.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_keys_read_back_as_they_were() {
        for nasty in ["a\"b\\c", "line\nbreak\t", "\u{202e}x\u{7f}\u{1b}", "", "Straße / Nr.", "a.b"] {
            let toml = format!("{} = {}", key(if nasty.is_empty() { "k" } else { nasty }), text(nasty));
            let table: ::toml::Table = toml.parse().unwrap();
            assert_eq!(table.values().next().unwrap().as_str(), Some(nasty), "{toml}");
        }
        assert_eq!(key("Kunden-Nr"), "Kunden-Nr");
    }

    #[test]
    fn only_what_toml_reads_is_bare() {
        for (text, bare) in
            [("1190.5", true), ("007", false), ("2026-10-02", true), ("true", true), ("", false)]
        {
            assert_eq!(is_bare(text), bare, "{text}");
        }
    }
}
