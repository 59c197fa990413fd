//! What stands in the text itself: the removed and the refused, and, for a reader without a script, the first changes.

use super::{Page, SPELT_OUT, WITHOUT_SCRIPT};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::diffing::{self, Piece};
use crate::report::row::{self, Change, FieldChange, Refused};
use crate::report::{number, summary, telling};
use crate::sql::report as sql;
use minijinja::{Value, context};

impl Page<'_> {
    /// What goes, record by record.
    pub(super) fn removed(&mut self, db: &Db) -> Result<()> {
        let Some(counts) = self.counts.get("removed") else { return Ok(()) };
        let count = summary::counts("removed", counts);
        let all: u64 = counts.iter().map(|(.., n)| n).sum();
        let mut rows = Vec::new();
        let every = i64::MAX.unsigned_abs();
        row::changes(db, &sql::changes(&["removed"], every, every, SPELT_OUT), |change| {
            rows.push(gone(change));
            Ok(())
        })?;
        let more = all.saturating_sub(SPELT_OUT);
        let about = context! { count, about => summary::section("removed").1, rows, more => left(more) };
        let text = self.pages.print("removed", about)?;
        self.sink.put(&text)
    }

    /// What is not sent, reason by reason.
    pub(super) fn refused(&mut self, db: &Db) -> Result<()> {
        if self.reasons == 0 {
            return Ok(());
        }
        let mut rows = Vec::new();
        row::refused(db, &sql::refused(SPELT_OUT), |one| {
            rows.push(reason(one));
            Ok(())
        })?;
        let word = if self.reasons == 1 { "reason" } else { "reasons" };
        let count = format!("{} {word}", number::count(self.reasons));
        let more = self.reasons.saturating_sub(SPELT_OUT);
        let text = self.pages.print("refused", context! { count, rows, more => left(more) })?;
        self.sink.put(&text)
    }

    /// The grid's place, and what is searched with.
    pub(super) fn grid(&mut self) -> Result<()> {
        let head = self.head;
        let kinds: Vec<&'static str> =
            ["removed", "rejected", "held", "absent", "changed", "returned", "new", "along"]
                .into_iter()
                .chain(["adopted", "rebaselined"])
                .filter(|kind| self.summary.total(kind) > 0)
                .collect();
        let records: Vec<String> = head.records.iter().map(|r| r.record.clone()).collect();
        let about = context! {
            kinds, records, n => number::count(self.changes + self.reasons), none => self.changes + self.reasons == 0,
            left => left(self.changes.saturating_sub(super::EMBEDDED)),
            embedded => number::count(super::EMBEDDED), number => self.number,
            plan => self.number.map(|n| format!("plans/{}-{n:04}.plan", head.mapping)),
        };
        let text = self.pages.print("grid", about)?;
        self.sink.put(&text)
    }

    /// For a reader without a script, the first changes; at the end, where a browser with one need not wait for it.
    pub(super) fn unscripted(&mut self, db: &Db) -> Result<()> {
        let about = context! { unscripted => left(self.changes.saturating_sub(WITHOUT_SCRIPT)) };
        let text = self.pages.print("plain", about)?;
        // The template marks the place of the rows, which are streamed.
        let (before, after) = text.split_once("<!--rows-->").unwrap_or((&text, ""));
        self.sink.put(before)?;
        row::changes(db, &sql::listed(WITHOUT_SCRIPT), |change| {
            let text = self.pages.print("entry", entry(change))?;
            self.sink.put(&text)
        })?;
        self.sink.put(after)
    }
}

/// How many more there are; none for none.
fn left(more: u64) -> Option<String> {
    (more > 0).then(|| number::count(more))
}

/// A key for readers: the parts of a compound one with a slash between.
pub(super) fn key(key: &str) -> String {
    key.replace('\u{1f}', " / ")
}

fn gone(change: &Change) -> Value {
    context! {
        record => change.record.as_str(), key => key(&change.key), depth => change.depth, last => told(change),
        under => change.context.as_deref().map(key), note => change.note.clone(), cause => cause(change).map(str::to_owned), place => change.place.clone(),
    }
}

fn reason(one: &Refused) -> Value {
    let filled = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    context! {
        status => if one.status == "held" { "held" } else { "rejected" }, record => one.record.as_str(),
        key => one.key.as_deref().map(key), field => one.field.clone(), value => one.value.clone(), reason => one.reason.as_str(),
        code => filled(&one.code), known => one.known, note => filled(&one.note), place => one.place.clone(),
    }
}

fn entry(change: &Change) -> Value {
    let (sign, word) = summary::kind(&change.kind);
    let both = matches!(change.kind.as_str(), "changed" | "returned" | "rebaselined");
    let fields: Vec<Value> = change.fields.iter().map(field).collect();
    context! {
        sign, word, record => change.record.as_str(), key => key(&change.key), depth => change.depth, fields, both,
        under => change.context.as_deref().map(key), cause => cause(change).map(str::to_owned), note => change.note.clone(), place => change.place.clone(),
    }
}

fn field(field: &FieldChange) -> Value {
    let (old, new) = match (&field.old, &field.new) {
        (Some(old), Some(new)) => diffing::pieces(old, new),
        (old, new) => (whole(old.as_deref()), whole(new.as_deref())),
    };
    let piece = |p: &Piece| context! { text => p.text.as_str(), differs => p.differs };
    let side = |pieces: &[Piece]| pieces.iter().map(piece).collect::<Vec<_>>();
    context! { name => field.name.as_str(), old => side(&old), new => side(&new) }
}

fn whole(text: Option<&str>) -> Vec<Piece> {
    let text = text.filter(|t| !t.is_empty());
    text.map(|t| Piece { text: t.to_owned(), differs: false }).into_iter().collect()
}

fn cause(change: &Change) -> Option<&str> {
    Some(change.cause.as_str()).filter(|c| !c.is_empty() && *c != "data")
}

fn told(change: &Change) -> String {
    let short = |v: &str| -> String { v.chars().take(60).collect() };
    let part = |(name, value): (&str, &str)| match telling::speaks(name) {
        true => short(value),
        false => format!("{name} {}", short(value)),
    };
    telling::fields(change, 3).into_iter().map(part).collect::<Vec<_>>().join(" · ")
}
