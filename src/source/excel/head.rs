//! The header of a sheet: one row, or several with merged cells filled.

use super::book::{self, Book};
use super::cell;
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::source::table::{self, Header};
use crate::source::{FileRef, Request};
use calamine::Dimensions;
use std::collections::{BTreeMap, BTreeSet};

/// Rows below the header looked at for columns that have values but no name.
const SAMPLE: u32 = 1_000;

/// Header cells by (row, column), and the columns that have values in the rows below.
#[derive(Default)]
struct Seen {
    cells: BTreeMap<(u32, u32), String>,
    filled: BTreeSet<u32>,
}

/// Column names of a sheet with the sheet column each stands in.
///
/// # Errors
/// E108 when the header rows are empty, E110.
pub(super) fn read(book: &mut Book, file: &FileRef, sheet: &str, request: &Request) -> Result<Header> {
    let first = table::first_header_row(request)? - 1;
    let count = u32::try_from(request.header_rows.len().max(1)).unwrap_or(1);
    let merges = if count > 1 {
        book.merge_cells_by_sheet_name(sheet).map_err(|e| book::broken(file, Some(sheet), &e))?
    } else {
        Vec::new()
    };
    let seen = look(book, file, sheet, first, first + count)?;
    if seen.cells.is_empty() {
        let rows = if count == 1 {
            format!("row {}", first + 1)
        } else {
            format!("rows {} to {}", first + 1, first + count)
        };
        let at = Location { sheet: Some(sheet.to_owned()), ..Location::file(&file.name) };
        return Diagnostic::error(
            Code::NO_HEADER,
            format!("{rows} of sheet \"{sheet}\" should hold the header but is empty"),
        )
        .at(at)
        .help("Set `header_rows` to the row that holds the column names.")
        .alone();
    }
    Ok(names(&seen, &merges, first, first + count))
}

fn look(book: &mut Book, file: &FileRef, sheet: &str, first: u32, end: u32) -> Result<Seen> {
    let broken = |e| book::broken(file, Some(sheet), &e);
    let epoch_1904 = book.has_1904_epoch();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut seen = Seen::default();
    while let Some(one) = cells.next_cell().map_err(broken)? {
        let ((row, column), mut text) = (one.get_position(), String::new());
        if row >= end.saturating_add(SAMPLE) {
            break;
        }
        if row < first || cell::write(one.get_value(), epoch_1904, &mut text).is_none() {
            continue;
        }
        if row >= end {
            seen.filled.insert(column);
        } else if !table::clean(&text).is_empty() {
            seen.cells.insert((row, column), text);
        }
    }
    Ok(seen)
}

fn names(seen: &Seen, merges: &[Dimensions], first: u32, end: u32) -> Header {
    let mut cells = seen.cells.clone();
    // A merged cell names each column below it, once: rows it covers further down contribute nothing.
    for merge in merges.iter().filter(|m| (first..end).contains(&m.start.0)) {
        let Some(text) = seen.cells.get(&merge.start) else { continue };
        for column in merge.start.1..=merge.end.1.min(16_383) {
            cells.entry((merge.start.0, column)).or_insert_with(|| text.clone());
        }
    }
    let own: BTreeSet<u32> = seen.cells.keys().map(|(_, c)| *c).chain(seen.filled.iter().copied()).collect();
    let name = |column: u32| {
        let parts = (first..end).filter_map(|row| cells.get(&(row, column)));
        match table::joined(parts.map(String::as_str)) {
            none if none.is_empty() => (table::letter_name(column), column),
            some => (some, column),
        }
    };
    own.into_iter().map(name).collect()
}
