//! The sections of changes: lines under their header, only changed fields, the rest counted.

use super::Page;
use super::text::{self, Tone};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::row::{self, Change, FieldChange};
use crate::report::{escape, number, summary, telling};
use crate::sql::report as sql;
use std::collections::BTreeMap;

/// Changes shown under one header.
const BELOW: u64 = 20;
/// Changes shown in all, whatever the other bounds allow.
const ROWS: u64 = 50_000;
/// Columns of the field names at most.
const NAME_WIDTH: usize = 28;

/// Where the writer stands among the sections.
#[derive(Default)]
struct Standing {
    section: String,
    context: Option<(i64, String)>,
    shown: BTreeMap<String, u64>,
}

impl Page<'_> {
    /// Writes some sections, at most `limit` units per record type each.
    pub(super) fn changes(&mut self, db: &Db, sections: &[&str], limit: u64) -> Result<()> {
        if !sections.iter().any(|s| self.counts.contains_key(*s)) {
            return Ok(());
        }
        let below = if sections == ["removed"] { limit } else { BELOW.min(limit.max(3)) };
        let mut at = Standing::default();
        row::changes(db, &sql::changes(sections, limit, below, ROWS), |change| {
            if at.section != change.section {
                self.rest(&at);
                at = Standing { section: change.section.clone(), ..Standing::default() };
                self.section(&change.section);
            }
            *at.shown.entry(change.record.clone()).or_default() += 1;
            self.context(&mut at, change);
            self.change(change);
            Ok(())
        })?;
        self.rest(&at);
        Ok(())
    }

    fn section(&mut self, name: &str) {
        let (title, words) = summary::section(name);
        let counts = summary::counts(name, self.counts.get(name).map_or(&[][..], Vec::as_slice));
        self.heading(&format!("{title}: {}", escape::line(&counts)));
        if !words.is_empty() {
            self.paragraph(words, "  ", Some(Tone::Dim));
        }
        if name == "changed" {
            for cause in summary::causes(self.head) {
                self.paragraph(&cause, "  ", Some(Tone::Care));
            }
        }
    }

    /// What the limits left out of the section just ended.
    fn rest(&mut self, at: &Standing) {
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        for (record, _, n) in self.counts.get(&at.section).map_or(&[][..], Vec::as_slice) {
            *all.entry(record).or_default() += n;
        }
        let more: Vec<String> = all
            .iter()
            .map(|(record, n)| (record, n.saturating_sub(at.shown.get(*record).copied().unwrap_or(0))))
            .filter(|(_, n)| *n > 0)
            .map(|(record, n)| format!("{} more {} records", number::count(n), escape::line(record)))
            .collect();
        if !more.is_empty() {
            self.paragraph(&format!("… and {}, see the HTML report", more.join(" and ")), "  ", None);
        }
    }

    /// The header of a line that is itself no change here.
    fn context(&mut self, at: &mut Standing, change: &Change) {
        let Some(key) = &change.context else { return };
        if at.context.as_ref().is_some_and(|(unit, context)| *unit == change.unit && context == key) {
            return;
        }
        at.context = Some((change.unit, key.clone()));
        let parent =
            self.head.records.iter().find(|r| r.record == change.record).and_then(|r| r.parent.clone());
        let record = parent.unwrap_or_else(|| "under".to_owned());
        let words = text::fit(
            &format!("{} {}", escape::line(&record), escape::key(key)),
            self.look.width.saturating_sub(4),
        );
        let line = self.toned(Tone::Dim, &format!("  · {words}"));
        self.line(&line);
    }

    fn change(&mut self, change: &Change) {
        let level = change.depth + usize::from(change.context.is_some());
        let indent = "  ".repeat(1 + level * 2);
        let (sign, _) = summary::kind(&change.kind);
        let sign = self.toned(tone(&change.kind), sign);
        let name = format!("{} {}", escape::line(&change.record), escape::key(&change.key));
        let cause = match change.cause.as_str() {
            "" | "data" => String::new(),
            cause => format!("  ({})", escape::line(cause)),
        };
        let listed = matches!(change.kind.as_str(), "changed" | "returned" | "rebaselined");
        let telling = if listed { String::new() } else { self.telling(change, &indent, &name) };
        self.entry(&indent, &sign, &format!("{name}{cause}{telling}"), change.place.as_deref());
        let inner = format!("{indent}    ");
        if listed {
            self.fields(&change.fields, &inner);
        }
        if let Some(note) = &change.note {
            self.paragraph(note, &inner, Some(Tone::Care));
        }
    }

    /// `  totalAmount 1190.00, invoiceDate 2026-10-02`, as many as there is room for beside the place.
    fn telling(&self, change: &Change, indent: &str, name: &str) -> String {
        let room = self.look.width.saturating_sub(text::width(indent) + text::width(name) + 4);
        let place = change.place.as_ref().map_or(0, |p| text::width(&escape::line(p)) + 1);
        let told = told(change, room.saturating_sub(place));
        if told.is_empty() { told_cut(change, room) } else { told }
    }

    fn fields(&mut self, fields: &[FieldChange], indent: &str) {
        let names: Vec<String> =
            fields.iter().map(|f| text::fit(&escape::line(&f.name), NAME_WIDTH)).collect();
        let wide = names.iter().map(|n| text::width(n)).max().unwrap_or(0);
        let room = self.look.width.saturating_sub(text::width(indent) + wide + 2).max(16);
        for (name, field) in names.iter().zip(fields) {
            let (old, new) = (shown(field.old.as_deref()), shown(field.new.as_deref()));
            let name = text::left(name, wide);
            if text::width(&old) + text::width(&new) + 3 <= room {
                self.line(&format!("{indent}{name}  {old} → {new}"));
            } else {
                let (old, new) = around(&old, &new, room.saturating_sub(2));
                self.line(&format!("{indent}{name}  {old}"));
                self.line(&format!("{indent}{}→ {new}", " ".repeat(wide + 2)));
            }
        }
    }
}

fn told(change: &Change, room: usize) -> String {
    let mut out = String::new();
    for (field, value) in telling::fields(change, 3) {
        let part = format!("{} {}", escape::line(field), text::fit(&escape::line(value), 40));
        let joined = if out.is_empty() { format!("  {part}") } else { format!("{out}, {part}") };
        if text::width(&joined) > room {
            break;
        }
        out = joined;
    }
    out
}

fn told_cut(change: &Change, room: usize) -> String {
    let first = telling::fields(change, 1).into_iter().next();
    first.map_or_else(String::new, |(field, value)| {
        text::fit(&format!("  {} {}", escape::line(field), escape::line(value)), room)
    })
}

fn tone(kind: &str) -> Tone {
    match kind {
        "new" | "returned" => Tone::Good,
        "removed" => Tone::Bad,
        "changed" | "absent" => Tone::Care,
        _ => Tone::Dim,
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "(empty)".to_owned(), |v| escape::line(v).into_owned())
}

/// Both texts cut so that the first difference is seen.
fn around(old: &str, new: &str, room: usize) -> (String, String) {
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
    let lead = room / 3;
    let fits = text::width(old).max(text::width(new)) <= room;
    let cut = |t: &str| match same > lead && !fits {
        true => text::fit(&format!("…{}", t.chars().skip(same - lead).collect::<String>()), room),
        false => text::fit(t, room),
    };
    (cut(old), cut(new))
}
