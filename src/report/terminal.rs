//! The terminal report of a plan: destination first and last, summary at top and bottom, what needs care before what
//! does not. Reads bounded queries, so a plan of a million changes renders in a second and in little memory.

mod changes;
pub(super) mod refused;
mod sums;
pub(crate) mod text;

use super::escape;
use super::summary::{self, Summary};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::Head;
use text::Tone;

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Plan number for the title.
    pub number: Option<u32>,
    /// Changes shown per record and kind before `… and 1,234 more`.
    pub limit: usize,
    /// Removed and refused records shown before the report stops listing them.
    pub care: u64,
}

/// Renders the plan whose relations stand in `db`. `next` are the lines that say what to type next.
///
/// # Errors
/// E901 when the plan's relations cannot be read.
pub fn render(head: &Head, db: &Db, look: &Look, next: &[String]) -> Result<String> {
    let look = &Look { width: look.width.max(40), ..*look };
    let mut page =
        Page { head, look, summary: Summary::of(head), counts: super::counts(db)?, out: String::new() };
    page.top();
    page.guards();
    page.blank();
    page.summary();
    page.changes(db, &["removed"], look.care)?;
    page.refused(db)?;
    let limit = u64::try_from(look.limit).unwrap_or(look.care);
    page.changes(db, &["absent", "changed", "returned", "new", "along", "adopted", "rebaselined"], limit)?;
    page.money();
    page.accounts();
    page.notes();
    page.files();
    page.bottom(next);
    Ok(page.out)
}

/// The report being written.
struct Page<'a> {
    head: &'a Head,
    look: &'a Look,
    summary: Summary,
    counts: super::Counts,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn blank(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn toned(&self, tone: Tone, text: &str) -> String {
        text::tone(self.look.colour, tone, text)
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        let text = text::fit(text, self.look.width);
        let text = self.toned(Tone::Bold, &text);
        self.line(&text);
    }

    /// Text from outside broken over lines.
    fn paragraph(&mut self, text: &str, indent: &str, tone: Option<Tone>) {
        for line in text::wrap(&escape::line(text), indent, self.look.width) {
            let line = tone.map_or(line.clone(), |t| self.toned(t, &line));
            self.line(&line);
        }
    }

    fn destination(&mut self) {
        self.paragraph(&self.head.destination.clone(), "", Some(Tone::Bold));
    }

    fn top(&mut self) {
        self.destination();
        self.blank();
        let head = self.head;
        self.line(&text::fit(&escape::line(&summary::title(head, self.look.number)), self.look.width));
        let account = head.account.as_ref().map_or_else(String::new, |a| format!(", account {a}"));
        let made = format!("Made {} for {}{account}.", summary::time(&head.created), head.environment);
        self.paragraph(&made, "", Some(Tone::Dim));
        if !head.nothing_removed.is_empty() {
            self.heading(summary::not_removed(&self.summary));
            for why in &head.nothing_removed {
                self.paragraph(why, "  ", Some(Tone::Care));
            }
        }
    }

    fn bottom(&mut self, next: &[String]) {
        self.heading("Summary");
        self.summary();
        if !next.is_empty() {
            self.blank();
        }
        for line in next {
            self.line(&escape::line(line));
        }
        self.blank();
        self.destination();
    }
}

#[cfg(test)]
mod tests;
