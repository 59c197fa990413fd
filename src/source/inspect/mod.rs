//! What is in a file, before any mapping: format, dialect, sheets, likely header rows, columns with the forms of their
//! values, odd rows; for XML and JSON the tree of paths. Reads a bounded sample and promises nothing.

mod form;
mod profile;
mod show;
mod tabular;
mod tree;

#[cfg(test)]
mod tests;

pub use form::{Form, form_of};

use super::{FileRef, Format, container};
use crate::diagnostic::Result;
use std::path::Path;

/// Rows looked at.
const SAMPLE: usize = 10_000;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// File name.
    pub file: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Format inside.
    pub format: Format,
    /// Name inside a `.gz` or `.zip`.
    pub inside: Option<String>,
    /// Encoding found or guessed (text formats).
    pub encoding: Option<String>,
    /// Delimiter found (CSV).
    pub delimiter: Option<char>,
    /// The tables: one for CSV, one a sheet for Excel; empty for XML and JSON.
    pub tables: Vec<TableSeen>,
    /// The tree of paths (XML, JSON), in document order.
    pub nodes: Vec<NodeSeen>,
    /// Whether the sample ended before the file did.
    pub sampled: bool,
}

/// A table found: a CSV file or a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSeen {
    /// Sheet.
    pub sheet: Option<String>,
    /// Whether the sheet is hidden.
    pub hidden: bool,
    /// Rows in all (CSV: records counted to the end; Excel: to the end of the sheet), without header rows.
    pub rows: u64,
    /// Likely header rows, from 1; empty for a table without one.
    pub header_rows: Vec<u32>,
    /// Its columns.
    pub columns: Vec<ColumnSeen>,
    /// Odd rows: ragged lines, broken quotes, a totals row at the end.
    pub odd: Vec<Odd>,
    /// How many odd rows there are in all.
    pub odd_count: u64,
    /// The row of sums near the end.
    pub totals: Option<TotalsSeen>,
}

/// A row of sums near the end of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalsSeen {
    /// Line or row, from 1.
    pub row: u64,
    /// Where its label stands (column from 1) and what it says; `None` for a row of bare numbers.
    pub label: Option<(u32, String)>,
    /// Names of the columns that it leaves empty.
    pub empty: Vec<String>,
}

/// A column found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnSeen {
    /// Name, as a mapping would use it.
    pub name: String,
    /// Values that are not empty, among the rows looked at.
    pub filled: u64,
    /// Forms of the values with how often each was seen, most frequent first.
    pub forms: Vec<(Form, u64)>,
    /// Up to three different values.
    pub examples: Vec<String>,
    /// How many different values there are among the rows looked at.
    pub distinct: u64,
    /// Different values with how often each was seen, most frequent first: of the first 200 met.
    pub values: Vec<(String, u64)>,
}

/// A row that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Line or row, from 1.
    pub row: u64,
    /// What is odd about it.
    pub what: String,
}

/// A node of a tree, by its path without indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSeen {
    /// Absolute path.
    pub path: String,
    /// How often it was seen.
    pub count: u64,
    /// The most seen below one parent: above 1 it repeats.
    pub most: u64,
    /// Whether it has children.
    pub parent: bool,
    /// Likely to be what `each` should name.
    pub repeating: bool,
    /// Its text as a column, for nodes with text.
    pub values: ColumnSeen,
}

/// Looks into a file.
///
/// # Errors
/// E102 to E112: a file that cannot be read as what its name says.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let name =
        path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let file = FileRef { path: path.to_owned(), name };
    let format = Format::of(&file)?;
    let inside = match container::member_name(&file)? {
        Some(member) => Some(member),
        None => Some(container::inner_name(&file.name).to_owned()).filter(|n| *n != file.name),
    };
    let empty = Inspection {
        bytes: std::fs::metadata(path).map_or(0, |m| m.len()),
        file: file.name.clone(),
        format,
        inside,
        encoding: None,
        delimiter: None,
        tables: Vec::new(),
        nodes: Vec::new(),
        sampled: false,
    };
    match format {
        Format::Csv => tabular::csv(&file, empty),
        Format::Excel => tabular::excel(&file, empty),
        Format::Xml | Format::Json | Format::Ndjson | Format::Sql => tree::look(&file, empty),
    }
}
