//! What the files of a source look like, read as the mapping reads them: for the column lock and for drift from it.
//! Names, forms and shares of filled cells; no value is kept. Bounded: see [`Extent`].

mod kind;
mod paths;
mod tabular;

#[cfg(test)]
mod tests;

pub use kind::{Class, Kind};
pub use paths::{needed, row_path};

use super::{FileRef, Format, Request, container};
use crate::diagnostic::Result;

/// How much of each file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// For drift: the first 1,000 rows of a table, the first 2 MiB of XML and JSON.
    Glance,
    /// For the lock: the first 10,000 rows of a table, XML and JSON to the end.
    Lock,
}

impl Extent {
    fn rows(self) -> usize {
        match self {
            Self::Glance => 1_000,
            Self::Lock => 10_000,
        }
    }

    fn bytes(self) -> Option<u64> {
        (self == Self::Glance).then_some(2 << 20)
    }
}

/// What a file, or a sheet of it, looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// File name below the folder.
    pub file: String,
    /// `csv`, `xlsx`, `xml`, `json` or `ndjson`.
    pub format: &'static str,
    /// `gzip` or `zip`.
    pub packed: Option<&'static str>,
    /// Encoding by what the first MiB holds (CSV); `None` when it is plain ASCII, which fits nearly all of them.
    pub encoding: Option<&'static str>,
    /// What stands between the fields (CSV).
    pub delimiter: Option<char>,
    /// Sheet (XLSX).
    pub sheet: Option<String>,
    /// Its columns in order, or all its paths in document order.
    pub columns: Vec<Sight>,
    /// Whether all of it was looked at; else what was not seen may still come.
    pub whole: bool,
}

/// What a column or path looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Column name, or absolute path.
    pub name: String,
    /// Cells looked at; of a path, nodes of its parent.
    pub cells: u64,
    /// Cells that are filled; of a path that holds other nodes, its own nodes.
    pub filled: u64,
    /// Forms seen, with how often.
    pub forms: Vec<(Kind, u64)>,
    /// The most nodes of a path seen below one parent; 0 for a column.
    pub most: u64,
}

/// Looks at the files of a source, one survey a file or sheet.
///
/// # Errors
/// E1xx: a file that cannot be read as the mapping says.
pub fn survey(request: &Request, extent: Extent) -> Result<Vec<Survey>> {
    let mut all = Vec::new();
    for file in &request.files {
        match request.format {
            Format::Csv => all.push(tabular::csv(request, file, extent)?),
            Format::Excel => all.extend(tabular::excel(request, file, extent)?),
            Format::Xml | Format::Json | Format::Ndjson => all.push(paths::look(request, file, extent)?),
            // A statement's rows are in no file.
            Format::Sql => {}
        }
    }
    Ok(all)
}

fn begun(request: &Request, file: &FileRef) -> Survey {
    let format = match request.format {
        Format::Csv => "csv",
        Format::Excel => "xlsx",
        Format::Xml => "xml",
        Format::Json => "json",
        Format::Ndjson => "ndjson",
        Format::Sql => "sql",
    };
    let bare = container::inner_name(&file.name) == file.name;
    let packed = (!bare).then(|| if file.name.to_lowercase().ends_with("zip") { "zip" } else { "gzip" });
    Survey { file: file.name.clone(), format, packed, ..Survey::default() }
}
