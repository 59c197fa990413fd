//! The first sheet: where it would go, how to decide, the counts, the money, what is to be known, the files read.

use super::cell::fitting;
use super::{Making, Reviewed, failed};
use crate::diagnostic::Result;
use crate::plan::{Head, Total};
use crate::report::number;
use crate::report::summary::{self, Summary};
use rust_xlsxwriter::{Format, Worksheet};

/// A sheet being written from top to bottom.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
}

/// A cell of the summary.
enum Cell {
    Text(String),
    Count(u64),
    Money(Option<String>),
}

impl Sheet<'_> {
    fn line(&mut self, text: &str, format: &Format) -> Result<()> {
        self.sheet.write_string_with_format(self.row, 0, fitting(text), format).map_err(failed)?;
        self.row += 1;
        Ok(())
    }

    /// Titles, those of numbers to the right; `texts` are the first that stand over texts.
    fn header(&mut self, titles: &[&str], texts: u16, styles: &super::Styles) -> Result<()> {
        for (column, title) in (0..).zip(titles) {
            let format = if column < texts { &styles.header } else { &styles.header_number };
            self.sheet.write_string_with_format(self.row, column, *title, format).map_err(failed)?;
        }
        self.row += 1;
        Ok(())
    }

    fn cells(&mut self, cells: &[Cell], styles: &super::Styles) -> Result<()> {
        for (column, cell) in (0..).zip(cells) {
            let (sheet, row) = (&mut *self.sheet, self.row);
            match cell {
                Cell::Text(text) => {
                    sheet
                        .write_string_with_format(row, column, fitting(text), &styles.plain)
                        .map_err(failed)?;
                }
                #[allow(clippy::cast_precision_loss)] // Counts of rows, far below 2^53.
                Cell::Count(n) => {
                    sheet.write_number_with_format(row, column, *n as f64, &styles.count).map_err(failed)?;
                }
                Cell::Money(text) => money(sheet, (row, column), text.as_deref(), styles)?,
            }
        }
        self.row += 1;
        Ok(())
    }

    fn heading(&mut self, text: &str, styles: &super::Styles) -> Result<()> {
        self.row += 1;
        self.line(text, &styles.heading)
    }
}

/// A sum as a number when a workbook's number is exactly it.
fn money(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: Option<&str>,
    styles: &super::Styles,
) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    match text.parse::<f64>() {
        Ok(n) if super::cell::exact(text) => {
            sheet.write_number_with_format(row, column, n, &styles.money).map_err(failed)?
        }
        _ => sheet.write_string_with_format(row, column, text, &styles.plain).map_err(failed)?,
    };
    Ok(())
}

impl Making {
    /// The sheet "Summary".
    pub(super) fn summary(&mut self, plan: &Reviewed<'_>) -> Result<()> {
        let (head, styles) = (plan.head, &self.styles);
        let name = self.names.take("Summary");
        let sheet = self.book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(&name).map_err(failed)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_paper_size(9);
        sheet.set_column_width(0, 46).map_err(failed)?;
        sheet.set_row_height(1, 24).map_err(failed)?;
        for column in 1..12 {
            sheet.set_column_width(column, 14).map_err(failed)?;
        }
        let mut out = Sheet { sheet, row: 0 };
        let place = if head.environment == "rehearsal" { &styles.rehearsal } else { &styles.real };
        out.line(&head.destination, place)?;
        out.line(&summary::title(head, Some(plan.number)), &styles.title)?;
        let account = head.account.as_ref().map_or_else(String::new, |a| format!(", account {a}"));
        let made = summary::time(&head.created);
        out.line(&format!("Made {made} for environment {}{account}", head.environment), &styles.plain)?;
        how_to(&mut out, plan, styles)?;
        counts(&mut out, head, styles)?;
        sums(&mut out, head, styles)?;
        accounts(&mut out, head, styles)?;
        notes(&mut out, head, styles)?;
        files(&mut out, head, styles)?;
        out.row += 1;
        out.line(&head.destination, place)
    }
}

fn how_to(out: &mut Sheet<'_>, plan: &Reviewed<'_>, styles: &super::Styles) -> Result<()> {
    out.heading("To decide", styles)?;
    for line in [
        "Each record type has a sheet. Write hold in the column decision of what is not to be sent; what has no decision is sent, unless it was held before.",
        "A header and its lines go together: a hold of one holds all of them, and what refers to a new record waits with it.",
    ] {
        out.line(line, &styles.plain)?;
    }
    let command = format!("crosswalk apply {} {} --decisions <this file>", plan.head.mapping, plan.number);
    out.line(&format!("Save the file, then: {command}"), &styles.plain)
}

fn counts(out: &mut Sheet<'_>, head: &Head, styles: &super::Styles) -> Result<()> {
    let summary = Summary::of(head);
    out.heading("Records", styles)?;
    let titles: Vec<&str> = ["record"].into_iter().chain(summary.columns.iter().copied()).collect();
    out.header(&titles, 1, styles)?;
    for (name, depth, counts) in &summary.rows {
        let mut cells = vec![Cell::Text(format!("{}{name}", "  ".repeat(*depth)))];
        cells.extend(counts.iter().map(|n| Cell::Count(*n)));
        out.cells(&cells, styles)?;
    }
    let mut cells = vec![Cell::Text("total".to_owned())];
    cells.extend(summary.totals.iter().map(|n| Cell::Count(*n)));
    out.cells(&cells, styles)
}

fn sums(out: &mut Sheet<'_>, head: &Head, styles: &super::Styles) -> Result<()> {
    let any = head.records.iter().any(|r| !r.totals.is_empty());
    if !any {
        return Ok(());
    }
    out.heading("Money, all records as they would be after", styles)?;
    out.header(&["record and field", "currency", "before", "after", "difference"], 2, styles)?;
    for record in summary::below_parents(head) {
        for Total { field, currency, old, new } in &record.totals {
            let zero = |t: &Option<String>| t.clone().unwrap_or_else(|| "0".to_owned());
            let difference = number::difference(&zero(old), &zero(new)).map(|d| d.replace(['+', ','], ""));
            out.cells(
                &[
                    Cell::Text(format!("{} {field}", record.record)),
                    Cell::Text(currency.clone().unwrap_or_default()),
                    Cell::Money(old.clone()),
                    Cell::Money(new.clone()),
                    Cell::Money(difference),
                ],
                styles,
            )?;
        }
    }
    Ok(())
}

fn accounts(out: &mut Sheet<'_>, head: &Head, styles: &super::Styles) -> Result<()> {
    let all = summary::all_accounts(head);
    if all.is_empty() {
        return Ok(());
    }
    out.heading(summary::ACCOUNTS, styles)?;
    let titles: Vec<&str> =
        ["record and field", "currency", "read"].into_iter().chain(summary::PLACES).collect();
    out.header(&titles, 2, styles)?;
    for (record, account) in all {
        let mut cells = vec![
            Cell::Text(format!("{record} {}", account.field)),
            Cell::Text(account.currency.clone().unwrap_or_default()),
            Cell::Money(account.read.clone()),
        ];
        cells.extend(summary::sums(account).into_iter().map(|s| Cell::Money(s.clone())));
        cells.extend(summary::without(account).map(Cell::Text));
        out.cells(&cells, styles)?;
    }
    Ok(())
}

fn notes(out: &mut Sheet<'_>, head: &Head, styles: &super::Styles) -> Result<()> {
    let tripped: Vec<_> = head.guards.iter().filter(|g| g.tripped).collect();
    let notes = summary::causes_and_notes(head);
    if tripped.is_empty() && head.nothing_removed.is_empty() && notes.is_empty() {
        return Ok(());
    }
    out.heading("To be known", styles)?;
    for guard in tripped {
        let words = summary::guard(guard);
        out.line(&format!("Guard: {words}. To let it pass: {}", summary::allow(guard)), &styles.warning)?;
    }
    if !head.nothing_removed.is_empty() {
        out.line(summary::not_removed(&Summary::of(head)), &styles.warning)?;
    }
    for line in head.nothing_removed.iter().chain(&notes) {
        out.line(line, &styles.plain)?;
    }
    Ok(())
}

fn files(out: &mut Sheet<'_>, head: &Head, styles: &super::Styles) -> Result<()> {
    out.heading("Files read", styles)?;
    out.header(
        &[
            "file",
            "sheet or node",
            "rows",
            "mapped",
            "filtered",
            "empty cells",
            "after the end",
            "totals",
            "rejected",
            "for lookups",
            "bytes",
            "SHA-256",
        ],
        2,
        styles,
    )?;
    for file in head.sources.iter().flat_map(|s| &s.files) {
        let counts = [
            file.read,
            file.mapped,
            file.filtered,
            file.empty,
            file.dropped,
            file.totals,
            file.rejected,
            file.unused,
            file.bytes,
        ];
        let mut cells =
            vec![Cell::Text(file.file.clone()), Cell::Text(file.part.clone().unwrap_or_default())];
        cells.extend(counts.map(Cell::Count));
        cells.push(Cell::Text(file.sha256.clone()));
        out.cells(&cells, styles)?;
    }
    Ok(())
}
