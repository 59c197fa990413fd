//! One record of a plan in full on the terminal: every field, unchanged ones too, and why it is not sent.

use super::terminal::refused::of_value;
use super::terminal::text::{self, Tone};
use super::whole::{self, Reason, Text, Which, Whole};
use super::{Look, escape, summary};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::{Head, ModelHead};

/// Renders all the plan has of a key, of every record type or of `record` alone; `None` when it has nothing.
///
/// # Errors
/// E901 when the plan's relations cannot be read.
pub fn render(head: &Head, db: &Db, look: &Look, key: &str, record: Option<&str>) -> Result<Option<String>> {
    let wanted = |name: &str| record.is_none_or(|r| r == name);
    let key = key.replace(" / ", "\u{1f}");
    let mut out = String::new();
    for model in &head.models {
        whole::changes(db, model, Which::Key(&key), |one| {
            if wanted(&one.record) {
                out.push_str(&change(head, model, one, look));
            }
            Ok(())
        })?;
    }
    whole::refused(db, |one| {
        if one.key.as_ref() == Some(&key) && wanted(&one.record) {
            out.push_str(&refused(head, one, look));
        }
        Ok(())
    })?;
    let end = &head.destination;
    let title = summary::title(head, look.number);
    let (end, title) = (escape::line(end), escape::line(&title));
    Ok((!out.is_empty()).then(|| format!("{end}\n\n{title}\n\n{out}{end}\n")))
}

fn change(head: &Head, model: &ModelHead, one: &Whole, look: &Look) -> String {
    let (sign, word) = summary::kind(&one.kind);
    let cause = if one.cause.is_empty() { String::new() } else { format!(" ({})", escape::line(&one.cause)) };
    let mut out = title(&format!("{sign} {} {}", escape::line(&one.record), escape::key(&one.key)), look);
    out.push_str(&format!("  {word}{cause}, {}\n", escape::line(&model.model)));
    if let Some(parent) = &one.parent_key {
        out.push_str(&format!("  under {}\n", escape::key(parent)));
    }
    out.push_str(&read_from(one.file.as_deref(), one.place.as_deref()));
    if let Some(note) = &one.note {
        out.push_str(&format!("  {}\n", escape::line(note)));
    }
    let wide = model.columns.iter().map(|c| text::width(&escape::line(&c.name))).max().unwrap_or(0).min(40);
    for (n, column) in model.columns.iter().enumerate() {
        let side = |side: &[Text]| side.get(n).cloned().flatten();
        let changed = one.changed.contains(&column.name);
        let value = Value { old: side(&one.old), new: side(&one.new), changed, kind: &one.kind };
        let from = from(head, &one.record, &column.name);
        out.push_str(&field(&column.name, &value, &from, wide, look));
    }
    out.push('\n');
    out
}

fn title(words: &str, look: &Look) -> String {
    format!("{}\n", text::tone(look.colour, Tone::Bold, &text::fit(words, look.width)))
}

/// `Read from OPOS.xlsx, Rechnungen!A17`.
fn read_from(file: Option<&str>, place: Option<&str>) -> String {
    match (file, place) {
        (Some(file), Some(place)) => {
            format!("  read from {}, {}\n", escape::line(file), escape::line(place))
        }
        (Some(one), None) | (None, Some(one)) => format!("  read from {}\n", escape::line(one)),
        (None, None) => String::new(),
    }
}

/// The columns a field comes from.
fn from(head: &Head, record: &str, field: &str) -> String {
    let record = head.records.iter().find(|r| r.record == record);
    let from = record.and_then(|r| r.fields.iter().find(|f| f.field == field));
    from.map_or_else(String::new, |f| f.from.join(", "))
}

/// A field's two sides.
struct Value<'a> {
    old: Text,
    new: Text,
    changed: bool,
    kind: &'a str,
}

fn field(name: &str, value: &Value<'_>, from: &str, wide: usize, look: &Look) -> String {
    let shown = |t: &Text| {
        t.as_deref().map_or_else(|| "(empty)".to_owned(), |t| format!("\u{201c}{}\u{201d}", escape::line(t)))
    };
    let unquoted =
        |t: &Text| t.as_deref().map_or_else(|| "(empty)".to_owned(), |t| escape::line(t).into_owned());
    let same = value.old == value.new || value.kind == "new";
    let words = match (same, value.changed) {
        (true, _) => unquoted(&value.new),
        (false, true) => format!("{} → {}", shown(&value.old), shown(&value.new)),
        // Not compared, or not ours today.
        (false, false) => format!("{} → {}  (not compared)", shown(&value.old), shown(&value.new)),
    };
    let sign = if value.changed { text::tone(look.colour, Tone::Care, "~") } else { " ".to_owned() };
    let name = text::left(&text::fit(&escape::line(name), wide), wide);
    let mut lines = text::wrap(&words, "", look.width.saturating_sub(wide + 6).max(20)).into_iter();
    let mut out = format!("  {sign} {name}  {}\n", lines.next().unwrap_or_default());
    for line in lines {
        out.push_str(&format!("    {}  {line}\n", " ".repeat(wide)));
    }
    if !from.is_empty() {
        let from =
            text::fit(&format!("from {}", escape::line(from)), look.width.saturating_sub(wide + 6).max(20));
        let from = text::tone(look.colour, Tone::Dim, &from);
        out.push_str(&format!("    {}  {from}\n", " ".repeat(wide)));
    }
    out
}

fn refused(head: &Head, one: &Reason, look: &Look) -> String {
    let key = one.key.as_deref().map(escape::key).unwrap_or_default();
    let sign = if one.status == "held" { "‖" } else { "!" };
    let mut out = title(&format!("{sign} {} {key}", escape::line(&one.record)), look);
    let field = one.field.as_deref().filter(|f| !f.is_empty()).map_or_else(String::new, |f| format!("{f}: "));
    let value = one.value.as_deref().filter(|v| one.key.as_deref() != Some(v));
    let reason = of_value(value, &one.reason);
    let code = one.code.as_deref().map_or_else(String::new, |c| format!(" ({c})"));
    let words = format!("{}: {field}{reason}{code}", one.status);
    for line in text::wrap(&escape::line(&words), "  ", look.width) {
        out.push_str(&format!("{line}\n"));
    }
    out.push_str(&read_from(one.file.as_deref(), one.place.as_deref()));
    let source = head.sources.iter().find(|s| Some(&s.name) == one.source.as_ref());
    for (column, cell) in source.iter().flat_map(|s| &s.columns).zip(&one.cells) {
        let cell = cell.as_deref().unwrap_or_default();
        out.push_str(&format!("    {} = {}\n", escape::line(column), escape::line(cell)));
    }
    out.push('\n');
    out
}
