//! Rejected and held records: place, field, value, reason; never folded below a large bound.

use super::Page;
use super::text::{self, Tone};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::row::{self, Refused};
use crate::report::{escape, number};
use crate::sql::report as sql;

impl Page<'_> {
    /// The section of rejected and held records.
    pub(super) fn refused(&mut self, db: &Db) -> Result<()> {
        let reasons = db.count(sql::refused_count())?;
        if reasons == 0 {
            return Ok(());
        }
        let lines = db.count(sql::unread_count())?;
        let heading = self.refused_heading(reasons, lines);
        self.heading(&heading);
        row::refused(db, &sql::refused(self.look.care), |one| {
            self.reason(one);
            Ok(())
        })?;
        if reasons > self.look.care {
            let more = number::count(reasons - self.look.care);
            self.line(&format!("  … and {more} more reasons, see the HTML report"));
        }
        Ok(())
    }

    fn refused_heading(&self, reasons: u64, lines: u64) -> String {
        let part = |kind: &str| {
            let n = self.summary.total(kind);
            (n > 0).then(|| format!("{} {kind}", number::count(n)))
        };
        let plural = if lines == 1 { "line" } else { "lines" };
        let unread = (lines > 0).then(|| format!("{} {plural} not readable", number::count(lines)));
        let parts: Vec<String> = [part("rejected"), part("held"), unread].into_iter().flatten().collect();
        match parts.is_empty() {
            true => format!("Not sent: {} reasons", number::count(reasons)),
            false => format!("Not sent: {}", parts.join(", ")),
        }
    }

    fn reason(&mut self, one: &Refused) {
        let tone = if one.status == "held" { Tone::Care } else { Tone::Bad };
        let key = one.key.as_deref().map_or_else(|| "(no key)".to_owned(), escape::key);
        let field = one.field.as_deref().filter(|f| !f.is_empty());
        let field = field.map_or_else(String::new, |f| format!("  {}", escape::line(f)));
        let sign = self.toned(tone, if one.status == "held" { "‖" } else { "!" });
        let words = format!("{} {key}{field}", escape::line(&one.record));
        self.entry("  ", &sign, &words, one.place.as_deref());
        self.paragraph(&sentence(one), "      ", None);
        if let Some(note) = one.note.as_deref().filter(|n| !n.is_empty()) {
            self.paragraph(note, "      ", Some(Tone::Dim));
        }
    }

    /// A head line with its place at the right, or below where there is no room.
    pub(super) fn entry(&mut self, indent: &str, sign: &str, words: &str, place: Option<&str>) {
        let room = self.look.width.saturating_sub(text::width(indent) + 2);
        let words = text::fit(words, room);
        let place = place.map(escape::line).unwrap_or_default();
        let gap = room.saturating_sub(text::width(&words) + text::width(&place));
        if place.is_empty() {
            return self.line(&format!("{indent}{sign} {words}"));
        }
        let shown = self.toned(Tone::Dim, &text::fit(&place, room.saturating_sub(4)));
        if gap >= 3 {
            self.line(&format!("{indent}{sign} {words}{}{shown}", " ".repeat(gap)));
        } else {
            self.line(&format!("{indent}{sign} {words}"));
            self.line(&format!("{indent}    {shown}"));
        }
    }
}

/// `"31.02.2026" is no such day (E301), known from the last run`.
fn sentence(one: &Refused) -> String {
    let code = one.code.as_deref().filter(|c| !c.is_empty()).map_or_else(String::new, |c| format!(" ({c})"));
    let known = if one.known { ", known from the last run" } else { "" };
    format!("{}{code}{known}", of_value(one.value.as_deref(), &one.reason))
}

/// A value with what is wrong with it: `"31.02.2026" is no such day`, `"x": the lookup has two answers`.
pub(in crate::report) fn of_value(value: Option<&str>, reason: &str) -> String {
    let verb = ["is ", "has ", "holds ", "differs "].iter().any(|v| reason.starts_with(v));
    let colon = if verb { "" } else { ":" };
    value.map_or_else(|| reason.to_owned(), |v| format!("\"{v}\"{colon} {reason}"))
}
