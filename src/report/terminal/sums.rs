//! Counts, money, guards, notes and files: what a plan says about itself.

use super::Page;
use super::text::{self, Tone};
use crate::plan::{FileHead, RecordHead, Total};
use crate::report::{escape, number, summary};

impl Page<'_> {
    /// The summary table, or a sentence a record type where the table is too wide.
    pub(super) fn summary(&mut self) {
        if self.summary.columns.is_empty() {
            return self.line("No record is planned, changed or rejected.");
        }
        let table = self.summary_rows();
        let lines = aligned(&table, 1);
        if lines.iter().any(|l| text::width(l) > self.look.width) {
            return self.summary_sentences();
        }
        for (n, line) in lines.iter().enumerate() {
            let tone = if n == 0 { Tone::Dim } else { Tone::Bold };
            let last = n + 1 == lines.len() && table.len() > 2;
            let line = if n == 0 || last { self.toned(tone, line.trim_end()) } else { line.clone() };
            self.line(&line);
        }
    }

    fn summary_rows(&self) -> Vec<Vec<String>> {
        let cells = |counts: &[u64]| -> Vec<String> {
            counts.iter().map(|n| if *n == 0 { "·".to_owned() } else { number::count(*n) }).collect()
        };
        let mut head = vec![String::new()];
        head.extend(self.summary.columns.iter().map(|c| (*c).to_owned()));
        let mut table = vec![head];
        for (record, depth, counts) in &self.summary.rows {
            let mut row = vec![format!("{}{}", "  ".repeat(depth + 1), escape::line(record))];
            row.extend(cells(counts));
            table.push(row);
        }
        if self.summary.rows.len() > 1 {
            let mut row = vec!["  total".to_owned()];
            row.extend(cells(&self.summary.totals));
            table.push(row);
        }
        table
    }

    fn summary_sentences(&mut self) {
        let columns = self.summary.columns.clone();
        let sentence = |counts: &[u64]| -> String {
            let some = columns.iter().zip(counts).filter(|(_, n)| **n > 0);
            some.map(|(c, n)| format!("{} {c}", number::count(*n))).collect::<Vec<_>>().join(", ")
        };
        let mut lines: Vec<(usize, String)> = Vec::new();
        for (record, depth, counts) in &self.summary.rows {
            lines.push((*depth, format!("{record}: {}", sentence(counts))));
        }
        lines.push((0, format!("total: {}", sentence(&self.summary.totals))));
        for (depth, line) in lines {
            self.paragraph(&line, &"  ".repeat(depth + 1), None);
        }
    }

    /// Sums of money before and after, by currency: each once, and only those that change (the HTML report has all).
    pub(super) fn money(&mut self) {
        let (mut table, mut equal, mut still) = (Vec::new(), 0, 0);
        for record in summary::below_parents(self.head) {
            let mut listed: Vec<&Total> = Vec::new();
            for total in &record.totals {
                let same =
                    |o: &&Total| (&o.currency, &o.old, &o.new) == (&total.currency, &total.old, &total.new);
                if total.old.is_some() && total.old == total.new {
                    still += 1;
                } else if listed.iter().any(same) {
                    equal += 1;
                } else {
                    listed.push(total);
                }
            }
            table.extend(listed.iter().map(|t| money_row(record, t)));
        }
        if table.is_empty() && still == 0 {
            return;
        }
        if table.is_empty() {
            return self.heading(&format!("Money: {}", summary::unchanged_sums(still)));
        }
        self.heading("Money, all records as they would be after");
        self.money_table(table);
        let unlisted = summary::unlisted_sums(equal, still);
        if !unlisted.is_empty() {
            self.paragraph(&unlisted, "  ", Some(Tone::Dim));
        }
    }

    /// Where the money of the files went.
    pub(super) fn accounts(&mut self) {
        let lines = summary::accounts(self.head);
        if lines.is_empty() {
            return;
        }
        self.heading(summary::ACCOUNTS);
        lines.iter().for_each(|line| self.paragraph(line, "  ", None));
    }

    fn money_table(&mut self, mut table: Vec<Vec<String>>) {
        let titles = ["", "", "before", "after", "difference"].map(str::to_owned);
        table.insert(0, titles.to_vec());
        let lines = aligned(&table, 2);
        if lines.iter().all(|l| text::width(l) <= self.look.width) {
            return lines.iter().for_each(|l| self.line(l));
        }
        for row in table.iter().skip(1) {
            let [name, currency, old, new, difference] = &row[..] else { continue };
            self.paragraph(&format!("{} {currency}: {old} → {new} ({difference})", name.trim()), "  ", None);
        }
    }

    /// Guards that tripped, with the words that let them pass.
    pub(super) fn guards(&mut self) {
        let tripped: Vec<_> = self.head.guards.iter().filter(|g| g.tripped).collect();
        if tripped.is_empty() {
            return;
        }
        self.heading("Guards stop this plan until you name their numbers");
        for guard in tripped {
            self.paragraph(&format!("{}:", summary::guard(guard)), "  ", Some(Tone::Bad));
            let words = format!("      {}", escape::line(&summary::allow(guard)));
            self.line(&words);
        }
    }

    /// Warnings and notes.
    pub(super) fn notes(&mut self) {
        let notes = summary::notes(self.head);
        if notes.is_empty() {
            return;
        }
        self.heading("Notes");
        for note in &notes {
            self.paragraph(note, "  ", None);
        }
    }

    /// What was read and where its rows went.
    pub(super) fn files(&mut self) {
        let head = self.head;
        let files: Vec<&FileHead> = head.sources.iter().flat_map(|s| &s.files).collect();
        if files.is_empty() {
            return;
        }
        self.heading("Files read");
        for file in files {
            self.paragraph(&format!("{}: {}", summary::file_name(file), summary::rows(file)), "  ", None);
        }
    }
}

fn money_row(record: &RecordHead, total: &Total) -> Vec<String> {
    let amount = |t: &Option<String>| t.as_deref().map_or_else(|| "-".to_owned(), number::money);
    let difference = match (&total.old, &total.new) {
        (Some(old), Some(new)) => number::difference(old, new).unwrap_or_default(),
        _ => String::new(),
    };
    let name = format!("  {} {}", record.record, total.field);
    let currency = total.currency.clone().unwrap_or_default();
    let cells = [name, currency, amount(&total.old), amount(&total.new), difference];
    cells.iter().map(|c| escape::line(c).into_owned()).collect()
}

/// Lines of a table whose first `texts` columns are text, the rest numbers.
fn aligned(table: &[Vec<String>], texts: usize) -> Vec<String> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |n: usize| table.iter().filter_map(|r| r.get(n)).map(|c| text::width(c)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(wide).collect();
    let cell = |(n, text): (usize, &String)| {
        let width = widths.get(n).copied().unwrap_or(0);
        if n < texts { text::left(text, width) } else { text::right(text, width) }
    };
    table.iter().map(|row| row.iter().enumerate().map(cell).collect::<Vec<_>>().join("   ")).collect()
}
