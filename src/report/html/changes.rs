//! The sections of changes in the HTML report: one `<details>` an entry, lines inside their header's.

use super::Page;
use super::refused::value;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::diffing::{self, Piece};
use crate::report::escape::{html, html_key};
use crate::report::row::{self, Change, FieldChange};
use crate::report::{summary, telling};
use crate::sql::report as sql;
use std::collections::BTreeMap;

/// Where the writer stands: the section, what is open, what was written.
#[derive(Default)]
struct Standing {
    section: String,
    open: Vec<&'static str>,
    context: Option<(i64, String)>,
    shown: BTreeMap<String, u64>,
    written: u64,
    seen: Vec<String>,
}

impl Page<'_> {
    /// Writes some sections with at most `rows` changes; gives how many were written.
    pub(super) fn changes(&mut self, db: &Db, sections: &[&str], rows: u64) -> Result<u64> {
        let mut at = Standing::default();
        if sections.iter().any(|s| self.counts.contains_key(*s)) {
            let all = i64::MAX.unsigned_abs();
            row::changes(db, &sql::changes(sections, all, all, rows), |change| self.place(&mut at, change))?;
            self.end(&mut at)?;
        }
        // Sections the bound left out wholly still say so.
        for name in sections {
            if at.seen(name) || !self.counts.contains_key(*name) {
                continue;
            }
            let mut none = Standing { section: (*name).to_owned(), ..Standing::default() };
            self.begin(name)?;
            self.end(&mut none)?;
        }
        Ok(at.written)
    }

    fn place(&mut self, at: &mut Standing, change: &Change) -> Result<()> {
        if at.section != change.section {
            self.end(at)?;
            at.enter(&change.section);
            self.begin(&change.section)?;
        }
        let context = change.context.as_ref().map(|key| (change.unit, key.clone()));
        let level = change.depth + usize::from(context.is_some());
        let new_group = context.is_some() && at.context != context;
        self.close_to(at, if new_group { 0 } else { level })?;
        if let Some((_, key)) = context.as_ref().filter(|_| new_group) {
            self.context(change, key)?;
            at.open.push("</div>\n");
        }
        at.context = context;
        self.sink.put(&entry(change))?;
        at.open.push("</details>\n");
        *at.shown.entry(change.record.clone()).or_default() += 1;
        at.written += 1;
        Ok(())
    }

    fn close_to(&mut self, at: &mut Standing, level: usize) -> Result<()> {
        while at.open.len() > level {
            if let Some(tag) = at.open.pop() {
                self.sink.put(tag)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, name: &str) -> Result<()> {
        let (title, words) = summary::section(name);
        let counts = summary::counts(name, self.counts.get(name).map_or(&[][..], Vec::as_slice));
        self.section(name, &format!("{title} <span class=\"count\">{}</span>", html(&counts)))?;
        if words.is_empty() { Ok(()) } else { self.sink.put(&format!("<p class=\"about\">{words}</p>\n")) }
    }

    fn end(&mut self, at: &mut Standing) -> Result<()> {
        self.close_to(at, 0)?;
        if at.section.is_empty() {
            return Ok(());
        }
        let all: u64 = self.counts.get(&at.section).map_or(0, |list| list.iter().map(|(.., n)| n).sum());
        let missing = all.saturating_sub(at.shown.values().sum());
        if missing > 0 {
            self.left_out(missing, "changes in this section")?;
        }
        self.sink.put("</section>\n")
    }

    fn context(&mut self, change: &Change, key: &str) -> Result<()> {
        let parent =
            self.head.records.iter().find(|r| r.record == change.record).and_then(|r| r.parent.as_deref());
        let record = html(parent.unwrap_or("under"));
        let words = if change.section == "removed" { "" } else { "<span>itself unchanged</span>" };
        self.sink.put(&format!(
            "<div class=\"entry group\"><p class=\"context\">{record} <b>{}</b> {words}</p>\n",
            html_key(key)
        ))
    }
}

impl Standing {
    fn enter(&mut self, section: &str) {
        section.clone_into(&mut self.section);
        self.context = None;
        self.shown.clear();
        self.seen.push(section.to_owned());
    }

    fn seen(&self, section: &str) -> bool {
        self.seen.iter().any(|s| s == section)
    }
}

/// The opening of an entry with its fields; lines and the end tag follow.
fn entry(change: &Change) -> String {
    let (sign, word) = summary::kind(&change.kind);
    let listed = matches!(change.kind.as_str(), "changed" | "returned" | "rebaselined");
    let open = if listed { " open" } else { "" };
    let cause = match change.cause.as_str() {
        "" | "data" => String::new(),
        cause => format!(" <span class=\"cause\">{}</span>", html(cause)),
    };
    let place = change
        .place
        .as_ref()
        .map_or_else(String::new, |p| format!(" <span class=\"place\">{}</span>", html(p)));
    let note =
        change.note.as_ref().map_or_else(String::new, |n| format!("<p class=\"note\">{}</p>\n", html(n)));
    format!(
        "<details class=\"entry k-{word}\" data-kind=\"{word}\" data-record=\"{record}\"{open}>\n<summary>\
         <span class=\"sign\" aria-hidden=\"true\">{sign}</span> <span class=\"word\">{word}</span> {record} <b>{key}</b>{cause}\
         {telling}{place}</summary>\n{note}{fields}",
        record = html(&change.record),
        key = html_key(&change.key),
        telling = if listed { String::new() } else { told(change) },
        fields = if listed { both(&change.fields) } else { single(change) },
    )
}

fn told(change: &Change) -> String {
    let short = |v: &str| -> String { v.chars().take(60).collect() };
    let part = |(name, value): (&str, &str)| match telling::speaks(name) {
        true => html(&short(value)).into_owned(),
        false => html(&format!("{name} {}", short(value))).into_owned(),
    };
    let parts: Vec<String> = telling::fields(change, 3).into_iter().map(part).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" <span class=\"telling\">{}</span>", parts.join(" · "))
    }
}

/// Old and new side by side.
fn both(fields: &[FieldChange]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let rows: String = fields.iter().map(pair).collect();
    format!(
        "<table class=\"fields\"><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Before</th>\
         <th scope=\"col\">After</th></tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
    )
}

fn pair(field: &FieldChange) -> String {
    let (old, new) = match (&field.old, &field.new) {
        (Some(old), Some(new)) => {
            let (old, new) = diffing::pieces(old, new);
            (marked(&old, "del"), marked(&new, "ins"))
        }
        (old, new) => (value(old.as_deref().unwrap_or("")), value(new.as_deref().unwrap_or(""))),
    };
    let name = html(&field.name);
    format!(
        "<tr><th scope=\"row\">{name}</th><td class=\"old\">{old}</td><td class=\"new\">{new}</td></tr>\n"
    )
}

fn marked(pieces: &[Piece], tag: &str) -> String {
    let piece = |p: &Piece| match p.differs {
        true => format!("<{tag}>{}</{tag}>", html(&p.text)),
        false => html(&p.text).into_owned(),
    };
    if pieces.is_empty() { value("") } else { pieces.iter().map(piece).collect() }
}

/// One side only: the values of what is new, or of what goes.
fn single(change: &Change) -> String {
    let title = if change.kind == "removed" { "Last value" } else { "Value" };
    let row = |f: &FieldChange| {
        let text = f.new.as_deref().or(f.old.as_deref()).unwrap_or("");
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", html(&f.name), value(text))
    };
    let rows: String = change.fields.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<table class=\"fields\"><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">{title}</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table>\n"
    )
}
