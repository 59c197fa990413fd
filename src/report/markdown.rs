//! A plan as Markdown for a pull request or the summary of a CI job: destination, counts, what is removed and not sent in
//! full, what changes with old and new values. At most [`MOST`] bytes, as GitHub takes no longer comment; what is left out
//! is counted, with where it stands. Text from outside does nothing in it (`inert`).

mod inert;
mod items;

use super::number;
use super::row;
use super::summary::{self, Summary};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::Head;
use crate::sql::report as sql;
use inert::{code, plain};
use items::{entry, reason};
use std::collections::BTreeMap;

/// Bytes of a document; a comment on GitHub holds 65,536 characters.
pub const MOST: usize = 60_000;
/// Bytes that removed and refused records may take; what is left is for the others.
const CARE: usize = 40_000;
/// Bytes kept for what stands behind the records.
const TAIL: usize = 4_000;
/// Rows asked of the database: more do not fit in any case.
const ROWS: u64 = 2_000;

/// Renders the plan whose relations stand in `db`.
///
/// # Errors
/// E901 when the plan's relations cannot be read.
pub fn render(head: &Head, db: &Db, number: u32) -> Result<String> {
    let counts = super::counts(db)?;
    let mut page = Page { head, number, counts, out: String::new(), left: Vec::new() };
    page.top();
    page.changes(db, &["removed"], CARE)?;
    page.refused(db, CARE)?;
    page.changes(
        db,
        &["absent", "changed", "returned", "new", "along", "adopted", "rebaselined"],
        MOST - TAIL,
    )?;
    page.money();
    page.bottom();
    Ok(page.out)
}

/// The document being written.
struct Page<'a> {
    head: &'a Head,
    number: u32,
    counts: super::Counts,
    out: String,
    /// What was left out, in words.
    left: Vec<String>,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Adds an item when there is room for it below `limit`.
    fn fits(&mut self, item: &str, limit: usize) -> bool {
        let room = self.out.len() + item.len() <= limit;
        if room {
            self.out.push_str(item);
        }
        room
    }

    fn destination(&mut self) {
        let text = format!("**{}**\n", plain(&self.head.destination, 400));
        self.line(&text);
    }

    fn top(&mut self) {
        let head = self.head;
        let title = plain(&summary::title(head, Some(self.number)), 300);
        self.line(&format!("## {title}\n"));
        self.destination();
        let account =
            head.account.as_ref().map_or_else(String::new, |a| format!(", account {}", code(a, 100)));
        let made = summary::time(&head.created);
        self.line(&format!("Made {} for {}{account}.\n", plain(&made, 100), code(&head.environment, 100)));
        for guard in head.guards.iter().filter(|g| g.tripped).take(20) {
            let (words, allow) = (plain(&summary::guard(guard), 300), code(&summary::allow(guard), 200));
            self.line(&format!("> **A guard stands in the way**: {words}; {allow} lets it pass.\n"));
        }
        let summary = Summary::of(head);
        if !head.nothing_removed.is_empty() {
            self.line(&format!("> **{}**", summary::not_removed(&summary)));
            head.nothing_removed
                .iter()
                .take(20)
                .for_each(|why| self.line(&format!("> - {}", plain(why, 300))));
            self.line("");
        }
        self.summary(&summary);
        for note in summary::causes_and_notes(head).iter().take(40) {
            self.line(&format!("- {}", plain(note, 300)));
        }
        self.line("");
    }

    fn summary(&mut self, summary: &Summary) {
        if summary.columns.is_empty() {
            return self.line("No record is planned, changed or rejected.\n");
        }
        self.line(&format!("| | {} |", summary.columns.join(" | ")));
        self.line(&format!("|---|{}", "--:|".repeat(summary.columns.len())));
        for (record, depth, counts) in summary.rows.iter().take(60) {
            let name = format!("{}{}", "&nbsp;&nbsp;".repeat(*depth), plain(record, 60));
            self.row(&name, counts);
        }
        if summary.rows.len() > 60 {
            self.left.push(format!("{} record types of the table", summary.rows.len() - 60));
        }
        self.row("**total**", &summary.totals);
        self.line("");
    }

    fn row(&mut self, name: &str, counts: &[u64]) {
        let cell = |n: &u64| if *n == 0 { "·".to_owned() } else { number::count(*n) };
        let cells: Vec<String> = counts.iter().map(cell).collect();
        self.line(&format!("| {name} | {} |", cells.join(" | ")));
    }

    fn changes(&mut self, db: &Db, sections: &[&str], limit: usize) -> Result<()> {
        let (mut section, mut under, mut full) = (String::new(), None, false);
        let mut shown: BTreeMap<String, u64> = BTreeMap::new();
        row::changes(db, &sql::changes(sections, ROWS, ROWS, ROWS), |change| {
            let new = section != change.section;
            let heading = if new { self.heading(&change.section) } else { String::new() };
            let header = change.context.clone().map(|key| (change.unit, key));
            let entry = entry(change, new || under != header);
            full = full || !self.fits(&format!("{heading}{entry}"), limit);
            if !full {
                section.clone_from(&change.section);
                under = header;
                *shown.entry(change.section.clone()).or_default() += 1;
            }
            Ok(())
        })?;
        self.count_left(sections, &shown);
        Ok(())
    }

    /// Notes what of these sections is not shown.
    fn count_left(&mut self, sections: &[&str], shown: &BTreeMap<String, u64>) {
        for section in sections {
            let all: u64 = self.counts.get(*section).into_iter().flatten().map(|(_, _, n)| n).sum();
            let rest = all.saturating_sub(shown.get(*section).copied().unwrap_or(0));
            if rest > 0 {
                self.left.push(format!("{} under \"{}\"", number::count(rest), summary::section(section).0));
            }
        }
    }

    fn heading(&self, section: &str) -> String {
        let (title, words) = summary::section(section);
        let counts = summary::counts(section, self.counts.get(section).map_or(&[][..], Vec::as_slice));
        let words = if words.is_empty() { String::new() } else { format!("{words}\n\n") };
        format!("\n### {title}: {}\n\n{words}", plain(&counts, 300))
    }

    fn refused(&mut self, db: &Db, limit: usize) -> Result<()> {
        let all = db.count(sql::refused_count())?;
        if all == 0 {
            return Ok(());
        }
        let plural = if all == 1 { "reason" } else { "reasons" };
        self.line(&format!("\n### Not sent: {} {plural}\n", number::count(all)));
        let (mut shown, mut full) = (0, false);
        row::refused(db, &sql::refused(ROWS), |one| {
            full = full || !self.fits(&reason(one), limit);
            shown += u64::from(!full);
            Ok(())
        })?;
        if all > shown {
            self.left.push(format!("{} under \"Not sent\"", number::count(all - shown)));
        }
        Ok(())
    }

    fn money(&mut self) {
        let totals = self.head.records.iter().flat_map(|r| r.totals.iter().map(move |t| (r, t)));
        let moved: Vec<_> = totals.filter(|(_, t)| t.old != t.new).take(20).collect();
        if !moved.is_empty() {
            self.line(
                "\n### Money, all records as they would be after\n\n| | before | after |\n|---|--:|--:|",
            );
        }
        for (record, total) in moved {
            let currency = total.currency.as_deref().unwrap_or_default();
            let name = plain(&format!("{} {} {currency}", record.record, total.field), 80);
            let side = |t: &Option<String>| plain(&number::money(t.as_deref().unwrap_or("0")), 40);
            self.line(&format!("| {name} | {} | {} |", side(&total.old), side(&total.new)));
        }
        let accounts = summary::accounts(self.head);
        if !accounts.is_empty() {
            self.line(&format!("\n### {}\n", summary::ACCOUNTS));
        }
        accounts.iter().take(20).for_each(|line| self.line(&format!("- {}", plain(line, 300))));
    }

    fn bottom(&mut self) {
        self.line("");
        if !self.left.is_empty() {
            let (left, number) = (self.left.join(", "), self.number);
            self.line(&format!(
                "**Left out here: {left}.** They belong to this plan all the same: `crosswalk show {number}`, \
                 `crosswalk show {number} --csv` or the page beside the plan have all of them.\n"
            ));
        }
        self.destination();
    }
}

#[cfg(test)]
mod tests;
