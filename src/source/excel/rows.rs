//! Rows of a sheet one by one, for inspection.

use super::{book, cell};
use crate::diagnostic::Result;
use crate::source::FileRef;
use calamine::{Reader as _, SheetType, SheetVisible};
use std::collections::BTreeMap;

/// All worksheets, and whether each is hidden.
pub(in crate::source) fn all_sheets(file: &FileRef) -> Result<Vec<(String, bool)>> {
    let book = book::open(file, true)?;
    let sheets = book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet);
    Ok(sheets.map(|s| (s.name.clone(), s.visible != SheetVisible::Visible)).collect())
}

/// Gives each row that is not empty, from 0, with its cells by column: kind and text.
pub(in crate::source) fn each_row(
    file: &FileRef,
    sheet: &str,
    mut give: impl FnMut(u32, &BTreeMap<u32, (u8, String)>),
) -> Result<()> {
    each_row_until(file, sheet, |row, cells| {
        give(row, cells);
        true
    })
}

/// As [`each_row`], for as long as it is wanted.
pub(in crate::source) fn each_row_until(
    file: &FileRef,
    sheet: &str,
    mut give: impl FnMut(u32, &BTreeMap<u32, (u8, String)>) -> bool,
) -> Result<()> {
    let mut book = book::open(file, false)?;
    let epoch_1904 = book.has_1904_epoch();
    book::sheltered(file, || {
        let broken = |e| book::broken(file, Some(sheet), &e);
        let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
        let (mut at, mut row) = (0, BTreeMap::new());
        while let Some(one) = cells.next_cell().map_err(broken)? {
            let ((number, column), mut text) = (one.get_position(), String::new());
            if number != at && !row.is_empty() {
                if !give(at, &row) {
                    return Ok(());
                }
                row.clear();
            }
            at = number;
            if let Some(kind) = cell::write(one.get_value(), epoch_1904, &mut text) {
                row.insert(column, (kind, text));
            }
        }
        if !row.is_empty() {
            give(at, &row);
        }
        Ok(())
    })
}
