//! The mapping file as plain types with spans (design 3): sources, lookups, records, checks, guards, tests.
//!
//! In: the file's text. Out: [`MappingFile`], or every mistake of shape. What the names mean is `mapping`'s business.

mod check;
mod joined;
mod once;
mod read;
mod shape;
mod test;
mod value;

use super::walk::Spot;
use crate::diagnostic::TomlSource;
use std::sync::Arc;

pub use check::{CheckSpec, CheckTest, FieldTest, KINDS, Kind, Range};
pub use joined::{load, tables};
pub use read::parse;
pub use test::{ExpectRow, GivenRow, GivenRows, RejectSpec, TestSpec};

/// A mapping file.
#[derive(Clone, Debug)]
pub struct MappingFile {
    /// The file, for carets.
    pub toml: Arc<TomlSource>,
    /// `name`.
    pub name: Spot<String>,
    /// `platform`.
    pub platform: Spot<String>,
    /// `[source.*]`, in order, `[defaults]` already filled in.
    pub sources: Vec<SourceSpec>,
    /// `[lookup.*]`.
    pub lookups: Vec<LookupSpec>,
    /// `[record.*]`.
    pub records: Vec<RecordSpec>,
    /// `[[check]]`.
    pub checks: Vec<CheckSpec>,
    /// `[guard]` and `[guard.<record>]`.
    pub guard: GuardSpec,
    /// `[[test]]`.
    pub tests: Vec<TestSpec>,
    /// Names of lookups and records that could not be read.
    pub broken: Vec<String>,
}

/// Which of several fitting files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// There must be one.
    #[default]
    ExactlyOne,
    /// The last by name, digits as numbers.
    Last,
    /// All of them, stacked.
    All,
}

/// What happens when two files hold one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameKey {
    /// Both rows are rejected.
    #[default]
    Reject,
    /// The later file wins.
    Last,
}

/// A source, or the file of a lookup.
#[derive(Clone, Debug, Default)]
pub struct SourceSpec {
    /// Its name; empty for a lookup's own file.
    pub name: Option<Spot<String>>,
    /// Put before `file`.
    pub folder: Option<Spot<String>>,
    /// Pattern of the file name.
    pub file: Option<Spot<String>>,
    /// Which of several.
    pub pick: Pick,
    /// Two files with one key.
    pub same_key: SameKey,
    /// Sheets.
    pub sheets: Vec<Spot<String>>,
    /// Repeating nodes.
    pub each: Vec<Spot<String>>,
    /// Enclosing source.
    pub within: Option<Spot<String>>,
    /// Header rows, from 1.
    pub header_rows: Vec<u32>,
    /// Expression: the first row it holds for stops the reading of its part.
    pub stop_when: Option<Spot<String>>,
    /// The row that stops holds totals.
    pub totals_row: bool,
    /// Language tag.
    pub locale: Option<Spot<String>>,
    /// Date patterns.
    pub dates: Vec<Spot<String>>,
    /// Texts that count as empty.
    pub nulls: Vec<String>,
    /// Words for yes.
    pub yes: Vec<String>,
    /// Words for no.
    pub no: Vec<String>,
    /// `columns = "freeze"`: any difference from the lock stops.
    pub freeze: Option<Spot<()>>,
    /// Columns known and not wanted.
    pub ignore: Vec<Spot<String>>,
    /// Paths that a whole file may lack.
    pub optional: Vec<Spot<String>>,
    /// Time zone that the times are wall-clock times of, such as `Europe/Berlin`.
    pub timezone: Option<Spot<String>>,
    /// Excel: numbers as text are what their format shows.
    pub as_shown: bool,
    /// Where it asks for that itself, and not by way of `[defaults]`.
    pub as_shown_at: Option<std::ops::Range<usize>>,
    /// Encoding label.
    pub encoding: Option<Spot<String>>,
    /// Delimiter.
    pub delimiter: Option<char>,
    /// Namespace prefixes.
    pub ns: Vec<(String, String)>,
    /// Columns that become rows.
    pub unpivot: Option<UnpivotSpec>,
    /// The statement its rows come from, in place of files.
    pub sql: Option<Spot<String>>,
    /// `[source.x.let]`.
    pub lets: Vec<(Spot<String>, ValueSpec)>,
}

/// Columns that become rows.
#[derive(Clone, Debug)]
pub struct UnpivotSpec {
    /// Where it stands.
    pub span: std::ops::Range<usize>,
    /// The columns by name, or …
    pub columns: Option<Vec<Spot<String>>>,
    /// … by a regular expression over the headers.
    pub matching: Option<Spot<String>>,
    /// Name of the new column that holds the header.
    pub name: Spot<String>,
    /// Name of the new column that holds the cell.
    pub value: Spot<String>,
    /// Whether empty cells make rows.
    pub keep_empty: bool,
}

/// A lookup table.
#[derive(Clone, Debug)]
pub struct LookupSpec {
    /// Its name.
    pub name: Spot<String>,
    /// Where its rows are.
    pub from: LookupFrom,
    /// Key column(s).
    pub key: Vec<Spot<String>>,
    /// Column given.
    pub give: Option<Spot<String>>,
    /// How a key is found.
    pub matching: Matching,
    /// Date patterns and language tag by which the keys of a `table` are read (`on-or-before`).
    pub reading: (Vec<Spot<String>>, Option<Spot<String>>),
}

/// Where a lookup's rows are.
#[derive(Clone, Debug)]
pub enum LookupFrom {
    /// In a file of its own, with all options of a source.
    File(Box<SourceSpec>),
    /// In a source.
    Source(Spot<String>),
    /// In the mapping.
    Table(Vec<(String, String)>),
}

/// How a lookup finds its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The same text.
    #[default]
    Equal,
    /// The longest key the value starts with.
    Prefix,
    /// The greatest key not after the value.
    OnOrBefore,
}

/// What a removal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The record stays; it is noted as absent.
    Keep,
    /// It is deleted.
    Delete,
    /// It is written as inactive.
    Deactivate,
    /// The unit is refused.
    Reject,
}

/// A record.
#[derive(Clone, Debug)]
pub struct RecordSpec {
    /// Its name.
    pub name: Spot<String>,
    /// Model of the platform.
    pub model: Spot<String>,
    /// Source.
    pub from: Spot<String>,
    /// Filter.
    pub filter: Option<Spot<String>>,
    /// Columns (or expressions after `=`) whose equal values make one record.
    pub group_by: Vec<Spot<String>>,
    /// Which sent records this export would hold.
    pub covers: Option<Spot<String>>,
    /// What a removal does.
    pub missing: Option<Spot<Missing>>,
    /// Header record.
    pub parent: Option<Spot<String>>,
    /// Fields named like their column.
    pub same: Vec<Spot<String>>,
    /// Fields with their values.
    pub fields: Vec<(Spot<String>, ValueSpec)>,
    /// Fields whose value could not be read.
    pub broken: Vec<String>,
}

/// A constant by its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// Text.
    Text(String),
    /// A number's digits.
    Number(String),
    /// A boolean.
    Flag(bool),
    /// A date or date-time, ISO.
    Date(String),
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A column by name, or an expression (text after `=`).
    From(Spot<String>),
    /// Several of them, for a lookup of as many key columns.
    Parts(Vec<Spot<String>>),
    /// A constant.
    Const(Spot<Constant>),
    /// The first non-empty of columns or expressions.
    FirstOf(Vec<Spot<String>>),
}

/// What an empty value means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEmpty {
    /// Emptied there too.
    #[default]
    Clear,
    /// Not sent, not compared.
    Leave,
    /// A reject.
    Reject,
}

/// How a value is compared with the last accepted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Not at all.
    Ignore,
    /// Letter case aside.
    Case,
    /// Numbers that differ by no more than this are the same.
    Within(String),
}

/// What a value without entry in a lookup means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Miss {
    /// A reject.
    #[default]
    Reject,
    /// Empty.
    Null,
    /// The value itself.
    Keep,
}

/// Letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Upper case.
    Upper,
    /// Lower case.
    Lower,
}

/// A lookup named or given in place.
#[derive(Clone, Debug)]
pub enum LookupUse {
    /// By name.
    Named(Spot<String>),
    /// In place: key text → given text.
    Inline(Vec<(String, String)>),
}

/// A value: its origin and the steps, in their fixed order.
#[derive(Clone, Debug)]
pub struct ValueSpec {
    /// The whole value in the file.
    pub span: std::ops::Range<usize>,
    /// Where it comes from.
    pub origin: Origin,
    /// Regular expression; its first group.
    pub extract: Option<Spot<String>>,
    /// Letter case.
    pub case: Option<Case>,
    /// Width and character.
    pub pad_left: Option<(u32, char)>,
    /// Lookup.
    pub lookup: Option<LookupUse>,
    /// Its misses.
    pub miss: Miss,
    /// Decimals rounded to; `None` inside: the field's scale.
    pub round: Option<Option<u8>>,
    /// Stands for an empty value.
    pub default: Option<Spot<Constant>>,
    /// What an empty value means.
    pub on_empty: Option<Spot<OnEmpty>>,
    /// How it is compared; `None`: as it is.
    pub compare: Option<Spot<Compare>>,
    /// Longest text.
    pub max: Option<u32>,
    /// Cut instead of rejecting.
    pub cut: bool,
}

/// What a failed check does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Else {
    /// The run stops.
    #[default]
    Stop,
    /// The record (or part) is rejected.
    Reject,
    /// A note.
    Warn,
}

/// Limits of one record type, as written: a number or a share such as `2%`.
#[derive(Clone, Debug, Default)]
pub struct GuardSpec {
    /// For all records.
    pub all: Limits,
    /// For one record.
    pub of: Vec<(Spot<String>, Limits)>,
    /// So many people must have approved a plan before it is applied.
    pub approval: Option<Spot<u64>>,
    /// A plan older than this is stale, as written and in milliseconds.
    pub age: Option<(Spot<String>, u64)>,
}

/// One `[guard]` table; `None` is the default figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `new`.
    pub new: Option<String>,
    /// `removed`.
    pub removed: Option<String>,
    /// `changed`.
    pub changed: Option<String>,
    /// `rows`.
    pub rows: Option<String>,
    /// `sums`.
    pub sums: Option<String>,
    /// `floor`.
    pub floor: Option<u64>,
}

#[cfg(test)]
mod tests;
