//! XLSX, cell by cell: never a dense range of a sheet, and never before the guard has been through the archive.

mod book;
mod cell;
mod date;
mod formats;
mod head;
mod load;
mod rows;
mod shown;

#[cfg(test)]
mod tests;

pub(super) use load::{header, heads, load, placed_heads};
pub(super) use rows::{all_sheets, each_row, each_row_until};
