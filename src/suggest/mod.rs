//! A first mapping from files: which record each table feeds, which column each field takes, and why.
//!
//! In: what `source::inspect` saw of the files, and the platform. Out: [`Draft`]: the mapping's text, and what it comes
//! to for a summary. Reads no file and writes none. Everything is derived from names and values by rules; the same
//! files give the same text.

mod assign;
mod content;
mod fold;
mod lines;
mod links;
mod records;
mod score;
mod settings;
mod synonyms;
mod table;
mod tree;
mod values;
mod write;

pub use table::pattern;

use crate::source::Inspection;
use crate::spec::platform::Platform;
use synonyms::Synonyms;

/// A file, or several of one kind of which the last was looked at.
#[derive(Clone, Debug)]
pub struct Export {
    /// What was seen.
    pub seen: Inspection,
    /// The file's name without its extension.
    pub stem: String,
    /// What the mapping writes as `file`.
    pub pattern: String,
    /// What is said about that.
    pub note: String,
    /// Whether several files fit the pattern.
    pub last: bool,
    /// Number of the model that its tables feed, where that was said.
    pub model: Option<usize>,
}

/// A field's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The platform's field.
    pub field: String,
    /// The right side, TOML.
    pub value: String,
    /// How sure it is, of a hundred; 100 when the names are equal.
    pub confidence: u8,
    /// Why, for the comment; empty when the names are equal.
    pub reason: String,
    /// Whether it is written as a line (else as a suggestion in a comment).
    pub active: bool,
    /// Columns it reads.
    pub columns: Vec<String>,
}

/// A required field without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The field.
    pub field: String,
    /// Its type, in words.
    pub kind: String,
    /// Its closed list.
    pub one_of: Vec<String>,
    /// What it is.
    pub doc: String,
    /// The model it refers to.
    pub refers: Option<String>,
    /// The right side to begin with.
    pub paste: String,
}

/// A record as drafted.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: String,
    /// Its source.
    pub source: String,
    /// File, sheet or node of it.
    pub place: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Required fields without a value.
    pub missing: Vec<Missing>,
}

/// A drafted mapping.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The file's text.
    pub text: String,
    /// Its records.
    pub records: Vec<Drafted>,
    /// Files, sheets and nodes nothing was made of, for the summary.
    pub left: Vec<String>,
}

/// The number of the model that a word names, such as `company`, `InvoiceLineSyncModel` or `Rechnungen`.
pub fn model_named(platform: &Platform, name: &str) -> Option<usize> {
    records::model_named(platform, name, &Synonyms::of(&platform.name))
}

/// What models are called for short: `company`, `invoiceline`.
pub fn short_names(platform: &Platform) -> Vec<String> {
    platform.models.iter().map(|m| m.name.trim_end_matches("SyncModel").to_lowercase()).collect()
}

/// Whether a file has a table with columns at all.
pub fn has_columns(seen: &Inspection) -> bool {
    seen.tables.iter().any(|t| t.columns.len() > 1 && t.rows > 0) || seen.nodes.iter().any(|n| n.repeating)
}

/// Drafts a mapping.
pub fn draft(name: &str, platform: &Platform, exports: &[Export]) -> Draft {
    let synonyms = Synonyms::of(&platform.name);
    let tables = table::tables(exports, &synonyms);
    let forced: Vec<Option<usize>> =
        tables.iter().map(|t| exports.get(t.export).and_then(|e| e.model)).collect();
    let records = records::records(platform, &tables, &forced, &synonyms);
    let world = lines::World { platform, tables: &tables, records: &records, synonyms: &synonyms };
    write::draft(name, &world, exports)
}
