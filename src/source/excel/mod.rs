//! XLSX, cell by cell: never a dense range of a sheet, and never before the guard has been through the archive.

mod book;
mod cell;
mod date;
mod head;
mod load;

#[cfg(test)]
mod tests;

pub(super) use book::{Book, open as open_book};
pub(super) use cell::Cell;
pub(super) use load::{heads, load};
