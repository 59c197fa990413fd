//! `plan.json`: what a plan says about itself. No absolute path, user, host or plan number inside.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The head of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Format number of plan files.
    pub format: u32,
    /// Program version.
    pub program: String,
    /// Mapping name.
    pub mapping: String,
    /// Platform name.
    pub platform: String,
    /// Environment name.
    pub environment: String,
    /// Where it would go, for people: `Rehearsal. Nothing leaves this machine.` or `oslo: Lockstep production, account X`.
    pub destination: String,
    /// Account of the environment, once bound.
    pub account: Option<String>,
    /// Identity of the state, `none` before there is one.
    pub lineage: String,
    /// How many runs of this mapping had changed a record.
    pub serial: u64,
    /// Print of the platform file.
    pub platform_print: String,
    /// Print of the rules: mapping and lookups by resolved meaning.
    pub rules_print: String,
    /// Vars used in expressions.
    pub vars: BTreeMap<String, String>,
    /// `--var` overrides, used again by apply.
    pub overrides: BTreeMap<String, String>,
    /// The date `run.date` gives.
    pub run_date: String,
    /// Creation time (UTC, RFC 3339).
    pub created: String,
    /// What was read.
    pub sources: Vec<SourceHead>,
    /// Counts, totals and origins by record, in order of sending.
    pub records: Vec<RecordHead>,
    /// The models written, in order of sending.
    pub models: Vec<ModelHead>,
    /// Why nothing is removed, one sentence each; the first lines of a report when there are any.
    pub nothing_removed: Vec<String>,
    /// Guard figures.
    pub guards: Vec<Guard>,
    /// Why records changed, other than by their data: by record type, most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Cells written otherwise than the last accepted value, and equal to it: by the way they differ, most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<(String, u64)>,
    /// Warnings and notes worth a line (checks with `else = "warn"`, old files, the same file again).
    pub notes: Vec<String>,
}

impl Head {
    /// What a value rests on beside the data, as the state keeps it with each record: see [`rules`].
    pub fn rules(&self) -> String {
        rules(&self.rules_print, &self.platform_print, &self.program)
    }

    /// What beside the values a refusal rests on: the rules and the platform file.
    pub fn ground(&self) -> String {
        ground(&self.rules_print, &self.platform_print)
    }
}

/// `<mapping>.<vars>.<lookups>.<platform>.<program>`: what a value rests on beside the data, in parts that are compared apart.
pub fn rules(rules: &str, platform: &str, program: &str) -> String {
    let platform: String = platform.chars().take(32).collect();
    format!("{rules}.{platform}.{}", program.replace('.', "-"))
}

/// As [`Head::ground`], from the two prints.
pub fn ground(rules: &str, platform: &str) -> String {
    format!("{rules} {platform}")
}

/// One model of the plan: `changes.<model>.parquet`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelHead {
    /// Name.
    pub model: String,
    /// Level of sending.
    pub level: u32,
    /// Fields of `old` and `new`: name, SQL type, whether compared.
    pub columns: Vec<ColumnHead>,
    /// Changes in it.
    pub changes: u64,
}

/// A field of a model in the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnHead {
    /// Name.
    pub name: String,
    /// SQL type.
    pub sql_type: String,
    /// Whether it is compared.
    pub compared: bool,
}

/// One source as read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceHead {
    /// Source name.
    pub name: String,
    /// Its columns, in the order of the cells of `plan.raw`; plans made before this was written have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Its files.
    pub files: Vec<FileHead>,
}

/// One part of a source: a file, or a sheet or node of it. `read = records + grouped + filtered + dropped + totals +
/// refused + rejected + held` adds up, see `Head` checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileHead {
    /// File name below its folder.
    pub file: String,
    /// Sheet or node name.
    pub part: Option<String>,
    /// Where each column of the source stands in it, from 0; empty where cells are not named by column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Option<u32>>,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// Rows read, refused lines included.
    pub read: u64,
    /// With `unpivot`: rows as they stand in the file; `read` then counts their cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<u64>,
    /// With `unpivot`: empty cells, which make no record.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub empty: u64,
    /// Rows that became (part of) a record, whatever became of the record.
    pub mapped: u64,
    /// Rows filtered by `where`, of all records on this source.
    pub filtered: u64,
    /// Rows after the stop.
    pub dropped: u64,
    /// Rows that stopped the reading (totals).
    pub totals: u64,
    /// Rows rejected, refused lines included.
    pub rejected: u64,
    /// Rows no record is made from (a source used by lookups only).
    pub unused: u64,
}

/// One record type of the mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordHead {
    /// Record name in the mapping.
    pub record: String,
    /// Model of the platform.
    pub model: String,
    /// The source it is made from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Record whose child it is.
    pub parent: Option<String>,
    /// Level of sending.
    pub level: u32,
    /// Records the state held of this record before.
    pub baseline: u64,
    /// Counts by kind: `new`, `changed`, `removed`, `absent`, `returned`, `adopted`, `rebaselined`, `unchanged`,
    /// `rejected`, `held`, `filtered`.
    pub counts: BTreeMap<String, u64>,
    /// Money sums.
    pub totals: Vec<Total>,
    /// Where the money of all records read went, when some of them are filtered, rejected or held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
    /// Which source columns each field came from.
    pub fields: Vec<FieldHead>,
}

/// So many changed records of a type have one cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Record.
    pub record: String,
    /// The cause, as it stands at each of them.
    pub cause: String,
    /// How many.
    pub changes: u64,
}

/// A sum of one money field over the records of one currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// Field.
    pub field: String,
    /// Currency, where the record has one.
    pub currency: Option<String>,
    /// Sum over the state before, canonical decimal text.
    pub old: Option<String>,
    /// Sum over all records as they would be after.
    pub new: Option<String>,
}

/// Where the amounts of one money field and currency went, of all records read: canonical decimal texts, none where no record
/// went there. `read = planned + unchanged + filtered + rejected + held`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Field.
    pub field: String,
    /// Currency, where the record has one.
    pub currency: Option<String>,
    /// All records read.
    pub read: Option<String>,
    /// Those in the plan, whatever is done with them.
    pub planned: Option<String>,
    /// Those as they were accepted last.
    pub unchanged: Option<String>,
    /// Left out by `where`.
    pub filtered: Option<String>,
    /// With a mistake.
    pub rejected: Option<String>,
    /// Held back.
    pub held: Option<String>,
    /// How many of those left out have no amount that could be read.
    pub without: u64,
}

/// Where a field comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldHead {
    /// Field.
    pub field: String,
    /// Source columns or the constant's text.
    pub from: Vec<String>,
    /// Whether it runs as SQL, or why not.
    pub fallback: Option<String>,
}

/// One guard's figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// Record.
    pub record: String,
    /// `new`, `removed`, `changed` or `rows`; of a sum its field and currency, `totalAmount.EUR`.
    pub figure: String,
    /// The limit as written (`2%`, `57`).
    pub limit: String,
    /// This plan's number.
    pub value: u64,
    /// What it is a share of.
    pub base: u64,
    /// Whether it blocks `apply` until named.
    pub tripped: bool,
    /// Of a sum: before and after, canonical decimal texts; `value` and `base` are then 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<(String, String)>,
}

impl Guard {
    /// How it is named to let it pass: `invoice.removed=57`.
    pub fn words(&self) -> String {
        let number = self.sum.as_ref().map_or_else(|| self.value.to_string(), |(_, new)| new.clone());
        format!("{}.{}={number}", self.record, self.figure)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // What serde hands over.
fn is_zero(n: &u64) -> bool {
    *n == 0
}
