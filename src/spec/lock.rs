//! The column lock, `mappings/<name>.lock.toml`: what the sources' files looked like when somebody last looked. It holds
//! names, forms and shares, never a cell's value. Written by the program, committed, readable, the same bytes for the
//! same files.

mod write;

use super::walk::{self, Table};
use crate::diagnostic::{Code, Result};

/// The format written.
pub const FORMAT: u64 = 1;

/// Occurrences of a node below its parent are counted up to here: 10 means ten or more.
pub const MOST: u64 = 10;

/// A lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The sources in the order of the mapping, then the files of lookups.
    pub sources: Vec<SourceLock>,
}

/// What is known of a source's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLock {
    /// Source name; `lookup.<name>` for a lookup's own file.
    pub name: String,
    /// `csv`, `xlsx`, `xml`, `json` or `ndjson`.
    pub format: String,
    /// `gzip` or `zip`, when packed.
    pub packed: Option<String>,
    /// Encoding found (CSV).
    pub encoding: Option<String>,
    /// What stands between fields (CSV).
    pub delimiter: Option<String>,
    /// Header rows, from 1 (CSV, XLSX).
    pub header_rows: Vec<u64>,
    /// Sheets read, in order (XLSX).
    pub sheets: Vec<String>,
    /// The source before this one whose files are the same: its paths are these too (XML, JSON).
    pub same_file: Option<String>,
    /// Absolute paths of the repeating nodes (XML, JSON).
    pub each: Vec<String>,
    /// Columns in order, or all paths of the document (XML, JSON), absolute, in document order.
    pub columns: Vec<ColumnLock>,
}

/// A column, or a path of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnLock {
    /// Its name as a mapping spells it, or the absolute path.
    pub name: String,
    /// How many of its cells are filled.
    pub filled: Filled,
    /// Forms of its values, in the order of `source::Kind`; none where it was empty, or only holds other nodes.
    pub forms: Vec<String>,
    /// Paths: the most seen below one parent, up to [`MOST`]; 0 for columns.
    pub most: u64,
}

/// A rough share of cells that are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filled {
    /// None.
    #[default]
    Never,
    /// Less than half.
    Sometimes,
    /// Half or more.
    Mostly,
    /// All.
    Always,
}

/// The words of [`Filled`].
const FILLED: &[(&str, Filled)] = &[
    ("always", Filled::Always),
    ("mostly", Filled::Mostly),
    ("sometimes", Filled::Sometimes),
    ("never", Filled::Never),
];

impl Filled {
    /// Of so many cells, so many filled.
    pub fn of(filled: u64, all: u64) -> Self {
        match filled {
            0 => Self::Never,
            n if n >= all => Self::Always,
            n if n * 2 >= all => Self::Mostly,
            _ => Self::Sometimes,
        }
    }

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        FILLED.iter().find(|(_, f)| *f == self).map_or("never", |(w, _)| w)
    }
}

impl Lock {
    /// A source by its name (`lookup.<name>` for a lookup's file).
    pub fn source(&self, name: &str) -> Option<&SourceLock> {
        self.sources.iter().find(|s| s.name == name)
    }
}

impl SourceLock {
    /// Whether its columns are paths.
    pub fn paths(&self) -> bool {
        matches!(self.format.as_str(), "xml" | "json" | "ndjson")
    }

    /// The names a mapping may write for this source's columns, for completion: column names, or paths below the
    /// repeating node, then those of the document.
    pub fn names(&self) -> Vec<String> {
        if !self.paths() {
            return self.columns.iter().map(|c| c.name.clone()).collect();
        }
        let absolute: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let below = self.each.iter().flat_map(|each| {
            let base = format!("{}/", each.trim_end_matches('/'));
            absolute.iter().filter_map(move |p| p.strip_prefix(&base).map(str::to_owned)).collect::<Vec<_>>()
        });
        let mut names: Vec<String> = Vec::new();
        for name in below.chain(absolute.iter().map(|p| (*p).to_owned())).filter(|n| !n.is_empty()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Reads a lock file's text; paths of sources on one file are filled in. `name` is the file's name as the user knows it.
///
/// # Errors
/// E201 for text that is not TOML, E272 for another format, E2xx for anything that is not part of a lock.
pub fn parse(name: &str, text: &str) -> Result<Lock> {
    let (mut lock, _) = walk::read(name, text, |root| {
        format(root, &root.text("mapping").map(|m| m.value).unwrap_or_default());
        let read = |key: &'static str, before: &'static str| {
            let table = root.table(key);
            let entries: Vec<_> = table.iter().flat_map(|t| t.entries().collect::<Vec<_>>()).collect();
            let one = |(name, v): (walk::Spot<String>, walk::Value<'_>)| {
                Some(source(format!("{before}{}", name.value), &v.table()?))
            };
            entries.into_iter().filter_map(one).collect::<Vec<_>>()
        };
        let mut sources = read("source", "");
        sources.extend(read("lookup", "lookup."));
        root.done();
        Lock { sources }
    })?;
    share(&mut lock);
    Ok(lock)
}

/// Fills in the paths of sources that stand on another one's file.
fn share(lock: &mut Lock) {
    let all = lock.sources.clone();
    for source in &mut lock.sources {
        let first = source.same_file.as_ref().and_then(|n| all.iter().find(|s| s.name == *n));
        if let Some(first) = first {
            (source.format, source.packed) = (first.format.clone(), first.packed.clone());
            source.columns = first.columns.clone();
        }
    }
}

fn format(root: &Table<'_>, mapping: &str) {
    let Some(format) = root.need("format") else { return };
    if let Some(other) = format.unsigned().filter(|n| n.value != FORMAT) {
        let message = format!("this lock is of format {}; this program reads format {FORMAT}", other.value);
        let help = format!("Write it anew: `crosswalk inspect --lock {mapping}`.");
        format.error(Code::BAD_LOCK, message, Some(help));
    }
}

fn source(name: String, t: &Table<'_>) -> SourceLock {
    let text = |key: &'static str| t.text(key).map(|s| s.value);
    let texts = |key: &'static str| -> Vec<String> {
        t.texts(key).unwrap_or_default().into_iter().map(|s| s.value).collect()
    };
    let header_rows = t.get("header_rows").and_then(|v| v.list()).unwrap_or_default();
    let columns = [t.tables("columns"), t.tables("paths")].iter().flatten().map(column).collect();
    let source = SourceLock {
        name,
        format: text("format").unwrap_or_default(),
        packed: text("packed"),
        encoding: text("encoding"),
        delimiter: text("delimiter"),
        header_rows: header_rows.iter().filter_map(|v| Some(v.unsigned()?.value)).collect(),
        sheets: texts("sheets"),
        same_file: text("same_file"),
        each: texts("each"),
        columns,
    };
    t.done();
    source
}

fn column(t: &Table<'_>) -> ColumnLock {
    let name = t.text("name").or_else(|| t.text("path")).or_else(|| t.need_text("name"));
    let column = ColumnLock {
        name: name.map(|n| n.value).unwrap_or_default(),
        filled: t.one_of("filled", FILLED).map(|f| f.value).unwrap_or_default(),
        forms: t.texts("forms").unwrap_or_default().into_iter().map(|f| f.value).collect(),
        most: t.unsigned("most").map_or(0, |n| n.value),
    };
    t.done();
    column
}

#[cfg(test)]
mod tests;
