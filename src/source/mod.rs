//! Files in, raw tables out. One file a format (csv, excel, xml, json), one a place (files), a guard for limits.
//!
//! [`read`] loads all requested sources; sources on one XML or JSON file are read in one pass. Each becomes the table
//! `raw.<source>`, in file order:
//!
//! | column | what |
//! |---|---|
//! | `_id BIGINT` | number of the row in the source, from 1, without gaps among the rows that are in the table (after `unpivot` there may be some) |
//! | `_part BIGINT` | which [`Part`] it is from |
//! | `_row BIGINT` | CSV: physical line the record starts on, from 1; Excel: row, from 1; XML and JSON: ordinal of the node in the part, from 1 |
//! | `_pos VARCHAR` | XML: XPath with indexes (`/AuditFile/…/Customer[3]`); JSON: pointer (`/3/lines/0`); else NULL |
//! | `_kind VARCHAR` | one character per column c1, c2, …: `t` text, `n` number, `d` date or time, `b` boolean, `o` object, `e` error cell, `m` several nodes found for one path (the cell is NULL), `f` a number whose format cannot be shown (`as_shown`), ` ` empty. NULL for CSV (all text) |
//! | `_within BIGINT` | only with `within`: `_id` of the row of the enclosing source |
//! | `c1`, `c2`, … `VARCHAR` | the cells, raw: text as it stands (not trimmed), native kinds as their canonical text (rules 1): shortest decimal without exponent or `.0`, ISO date or date-time, `true`/`false`, JSON numbers with the digits as written |
//! | `v1`, `v2`, … `VARCHAR` | only of Excel `as_shown`: the numbers, where `c1`, `c2`, … hold what their format shows |
//!
//! Header names are trimmed, their line breaks made one space, NFC; a column without a name is `column E`, by the
//! letter a spreadsheet shows. A CSV cell that is there but empty is `''`, one the part lacks is NULL; an empty Excel
//! cell, JSON null and an XML element with children only are NULL. XML and JSON values from above a row (`../x`,
//! `/a/b`) are collected in side tables and joined before [`read`] returns.
//!
//! Every line, row or node that could not become a row is in the one table `raw._refused`
//! `(source VARCHAR, part BIGINT, row BIGINT, pos VARCHAR, code VARCHAR, reason VARCHAR, text VARCHAR)`, and the counts
//! are proven to add up. Knows no expression.

mod container;
mod csv;
mod encoding;
mod excel;
mod fault;
mod files;
mod given;
mod grid;
mod guard;
mod inspect;
mod json;
mod outline;
mod paths;
mod place;
pub mod query;
mod survey;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod xml;

pub use crate::spec::mapping::Pick;
pub use files::{find, natural};
pub use given::{Given, GivenPart, GivenRow, given};
pub use grid::{Grid, cell_name};
pub use inspect::{ColumnSeen, Form, Inspection, NodeSeen, Odd, TableSeen, TotalsSeen, form_of, inspect};
pub use query::Query;
pub use survey::{Class, Extent, Kind, Sight, Survey, needed, row_path, survey};
pub use table::Progress;

use crate::db::Db;
use crate::diagnostic::Result;
use crate::sql::raw;
use std::path::PathBuf;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileRef {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the source's folder: what reports and `row.file` say.
    pub name: String,
}

/// The format inside, after gzip or ZIP has been taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Delimited text.
    Csv,
    /// XLSX.
    Excel,
    /// XML.
    Xml,
    /// One JSON document.
    Json,
    /// One JSON value a line.
    Ndjson,
    /// Rows of other sources, through a statement: made by `transform`, not read here.
    Sql,
}

/// A column of a path format.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathColumn {
    /// The path as the mapping spells it: `Address/City`, `@id`, `../x`, `/AuditFile/Header/x`, `tags[1]`,
    /// `Address[AddressType=StreetAddress]/City`.
    pub path: String,
    /// Takes all nodes as compact JSON (rules 1, object) instead of one text.
    pub object: bool,
}

/// What to read for one source.
#[derive(Clone, Debug)]
pub struct Request {
    /// The source's name.
    pub name: String,
    /// Its files, in order; each is one part, or one per sheet, or one per `each` entry.
    pub files: Vec<FileRef>,
    /// Their format.
    pub format: Format,
    /// CSV: declared encoding label (`windows-1252`); `None`: byte order mark, else UTF-8, strictly.
    pub encoding: Option<String>,
    /// CSV: the delimiter; `None`: found from the header line among `,` `;` tab `|`.
    pub delimiter: Option<char>,
    /// Header rows (from 1, consecutive); several are joined by ` / ` with merged cells filled. Default `[1]`.
    pub header_rows: Vec<u32>,
    /// Excel: cells with numbers hold what their format shows; the numbers themselves are in `v1`, `v2`, ….
    pub as_shown: bool,
    /// Excel: sheets by name, stacked; empty: the only sheet.
    pub sheets: Vec<String>,
    /// XML, JSON: the repeating nodes, stacked. Absolute, or relative to the enclosing source's row with `within`.
    pub each: Vec<String>,
    /// XML, JSON: the source whose rows enclose this one's.
    pub within: Option<String>,
    /// XML: declared prefixes → namespace URI; empty: names match by local name.
    pub ns: Vec<(String, String)>,
    /// XML, JSON: the columns wanted; column `c<n>` is entry n − 1.
    pub paths: Vec<PathColumn>,
    /// The statement its rows come from, in place of files.
    pub query: Option<Query>,
}

/// A file, a sheet of it, or an `each` path in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number over all parts of the source, from 1: `_part`.
    pub id: i64,
    /// File name below the folder.
    pub file: String,
    /// Sheet.
    pub sheet: Option<String>,
    /// Local name of the repeating node (`Customer`).
    pub node: Option<String>,
    /// Size of the file on disk.
    pub bytes: u64,
    /// SHA-256 of the file on disk, hexadecimal.
    pub sha256: String,
    /// Rows in the table.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// For each column of [`Loaded::columns`], where it stands in this part: Excel column or CSV field from 0; `None` where this part lacks it.
    pub places: Vec<Option<u32>>,
}

/// What `unpivot` made of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// Rows read.
    pub rows: u64,
    /// Cells that were empty and make no record.
    pub empty: u64,
    /// Cells of the row that stops the part.
    pub totals: u64,
}

/// A column of a loaded source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Header or path.
    pub name: String,
    /// Whether any part had it (for paths: whether any row or document had a node there).
    pub found: bool,
}

/// A loaded source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The source's name: the table is `raw.<name>`.
    pub name: String,
    /// Column `c<n>` is entry n − 1. Tabular formats: the union over the parts, in order of first appearance.
    pub columns: Vec<Column>,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Whether cells have native kinds (`_kind` is there).
    pub native: bool,
}

/// What a tabular file offers, read without loading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// File name below the folder.
    pub file: String,
    /// Sheet.
    pub sheet: Option<String>,
    /// Column names as the source would have them, in order; duplicates keep their name (using one is a mistake).
    pub columns: Vec<String>,
}

/// Loads sources, each into `raw.<name>`; those on the same XML or JSON files in one pass. Gives them in the order asked.
///
/// # Errors
/// E1xx: a file that cannot be read as what it is said to be; E901.
pub fn read(db: &Db, requests: &[Request], progress: Progress<'_>) -> Result<Vec<Loaded>> {
    db.run(&raw::create_schema())?;
    db.run(&raw::create_table(&raw::refused_shape(), true))?;
    let mut loaded: Vec<Option<Loaded>> = vec![None; requests.len()];
    for (n, request) in requests.iter().enumerate() {
        if loaded.get(n).is_some_and(Option::is_some) {
            continue;
        }
        match request.format {
            Format::Csv => set(&mut loaded, n, csv::load(db, request, progress)?),
            Format::Excel => set(&mut loaded, n, excel::load(db, request, progress)?),
            Format::Sql => {}
            Format::Xml | Format::Json | Format::Ndjson => {
                let together: Vec<usize> =
                    (n..requests.len()).filter(|m| same_files(request, requests.get(*m))).collect();
                let group: Vec<&Request> = together.iter().filter_map(|m| requests.get(*m)).collect();
                for (m, one) in together.into_iter().zip(paths::load(db, &group, progress)?) {
                    set(&mut loaded, m, one);
                }
            }
        }
    }
    Ok(loaded.into_iter().flatten().collect())
}

/// Whether two sources are read in one pass.
fn same_files(one: &Request, other: Option<&Request>) -> bool {
    other.is_some_and(|o| o.format == one.format && o.files == one.files)
}

fn set(loaded: &mut [Option<Loaded>], n: usize, one: Loaded) {
    if let Some(slot) = loaded.get_mut(n) {
        *slot = Some(one);
    }
}

/// Reads the headers of a tabular source (CSV, Excel); empty for path formats.
///
/// # Errors
/// E1xx: a file that cannot be opened, a header row that is not there, an encoding that does not fit.
pub fn heads(request: &Request) -> Result<Vec<Head>> {
    match request.format {
        Format::Csv => csv::heads(request),
        Format::Excel => excel::heads(request),
        Format::Xml | Format::Json | Format::Ndjson | Format::Sql => Ok(Vec::new()),
    }
}
