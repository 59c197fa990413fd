//! The statements of the practice platform's store: what was sent, the true tables, their history.
//!
//! A staged value is NULL where the upload does not hold the field (left alone) and `''` where it is empty
//! (cleared). A true value is canonical text, NULL where empty.

mod check;
pub mod resource;

pub use check::check;

use super::{ident, literal};

/// Type of a column, as far as the platform checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A UUID.
    Uuid,
    /// An integer.
    Integer,
    /// A decimal of so many digits after the point.
    Decimal(u8),
    /// `true` or `false`.
    Boolean,
    /// An ISO date.
    Date,
    /// An ISO date and time.
    DateTime,
    /// An ISO date and time that ends in `Z`.
    Utc,
    /// JSON.
    Object,
}

/// A column of a record type.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Must not be empty.
    pub required: bool,
    /// Longest text.
    pub length: Option<u32>,
    /// Closed list; empty: any.
    pub one_of: Vec<String>,
    /// Pattern of the whole text.
    pub pattern: Option<String>,
    /// Record type and column referred to.
    pub refers: Option<(String, String)>,
}

/// A record type.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Its key columns; empty for a singleton.
    pub key: Vec<String>,
    /// Whether what an upload of it leaves out is deleted.
    pub whole: bool,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// What a reference to a record that is not there leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// The record is refused.
    #[default]
    Error,
    /// The record is skipped.
    Skip,
    /// Nothing.
    Accept,
}

/// The schema of the staged uploads.
pub const STAGING: &str = "staging";

/// The fixed tables. `upload`: one row an upload; `pending`: its bytes until it is processed; `result`: counts per
/// record type; `problem`: keys refused or skipped; `history`: what was done with each record.
pub const TABLES: &str = "\
    CREATE SCHEMA IF NOT EXISTS staging;
    CREATE TABLE IF NOT EXISTS upload(n BIGINT, id VARCHAR, created VARCHAR, modified VARCHAR, digest VARCHAR, \
        bytes BIGINT, state VARCHAR, due_ms BIGINT, failures BIGINT, message VARCHAR);
    CREATE TABLE IF NOT EXISTS pending(n BIGINT, zip BLOB);
    CREATE TABLE IF NOT EXISTS result(upload BIGINT, model VARCHAR, inserted BIGINT, updated BIGINT, \
        skipped BIGINT, failed BIGINT, deleted BIGINT);
    CREATE TABLE IF NOT EXISTS problem(upload BIGINT, model VARCHAR, key VARCHAR, kind VARCHAR, message VARCHAR);
    CREATE TABLE IF NOT EXISTS history(upload BIGINT, model VARCHAR, key VARCHAR, action VARCHAR)";

/// Columns of all tables: table, column.
pub const COLUMNS: &str =
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'";

/// A new upload: n, id, created, digest, bytes, due.
pub const ADD_UPLOAD: &str = "INSERT INTO upload VALUES (?1, ?2, ?3, ?3, ?4, ?5, 'Ready', ?6, 0, NULL)";
/// Its bytes: n, zip.
pub const ADD_PENDING: &str = "INSERT INTO pending VALUES (?, ?)";
/// The next upload's number.
pub const NEXT: &str = "SELECT coalesce(max(n), 0) + 1 FROM upload";
/// The oldest upload not ended: n, state, due_ms.
pub const UNFINISHED: &str =
    "SELECT n, state, due_ms FROM upload WHERE state IN ('Ready', 'In Progress') ORDER BY n LIMIT 1";
/// Moves an upload on: state, due, modified, n.
pub const SET_STATE: &str = "UPDATE upload SET state = ?, due_ms = ?, modified = ? WHERE n = ?";
/// Ends an upload: state, modified, failures, message, n.
pub const END: &str = "UPDATE upload SET state = ?, modified = ?, failures = ?, message = ? WHERE n = ?";
/// The bytes of an upload.
pub const PENDING: &str = "SELECT zip FROM pending WHERE n = ?";
/// Forgets the bytes of an upload.
pub const DROP_PENDING: &str = "DELETE FROM pending WHERE n = ?";
/// Errors of an upload so far.
pub const FAILURES: &str = "SELECT coalesce(sum(failed), 0)::BIGINT FROM result WHERE upload = ?";
/// Columns of [`UPLOAD`] and [`UPLOADS`].
const UPLOAD_COLUMNS: &str =
    "SELECT n, id, created, modified, digest, bytes, state, failures, message FROM upload";
/// Counts of an upload: model, inserted, updated, skipped, failed, deleted.
pub const RESULTS: &str =
    "SELECT model, inserted, updated, skipped, failed, deleted FROM result WHERE upload = ? ORDER BY model";
/// Keys named in an upload's answer: model, kind, key, messages.
pub const PROBLEMS: &str =
    "SELECT model, kind, key, message FROM problem WHERE upload = ? ORDER BY model, kind, key";

/// One upload by id: n, id, created, modified, digest, bytes, state, failures, message.
pub fn upload() -> String {
    format!("{UPLOAD_COLUMNS} WHERE id = ?")
}

/// Uploads, newest first: as [`upload`]. Parameters: limit, offset.
pub fn uploads() -> String {
    format!("{UPLOAD_COLUMNS} ORDER BY n DESC LIMIT ? OFFSET ?")
}

/// The name of the table of what is true.
pub fn true_table(model: &str) -> String {
    format!("true_{model}")
}

/// Creates the true table of a record type: `_key`, `_inserts`, `_updates`, one VARCHAR per column.
pub fn create_true(shape: &Shape) -> String {
    let columns: Vec<String> =
        shape.columns.iter().map(|c| format!(", {} VARCHAR", ident(&c.name))).collect();
    let table = ident(&true_table(&shape.name));
    format!(
        "CREATE TABLE IF NOT EXISTS {table}(_key VARCHAR, _inserts BIGINT, _updates BIGINT{})",
        columns.concat()
    )
}

/// Adds a column that the platform file has gained.
pub fn add_column(model: &str, column: &str) -> String {
    format!("ALTER TABLE {} ADD COLUMN {} VARCHAR", ident(&true_table(model)), ident(column))
}

/// Creates the staging table of a record type: `_row` and one VARCHAR per column.
pub fn create_staging(shape: &Shape) -> String {
    let columns: Vec<String> =
        shape.columns.iter().map(|c| format!(", {} VARCHAR", ident(&c.name))).collect();
    format!("CREATE OR REPLACE TABLE {}(_row BIGINT{})", staging(&shape.name), columns.concat())
}

/// Drops the staging tables of a record type.
pub fn drop_staging(shape: &Shape) -> String {
    format!("DROP TABLE IF EXISTS {}; DROP TABLE IF EXISTS {}", staging(&shape.name), checked(&shape.name))
}

/// Applies a checked upload of a record type: true table, history, problems, result. Four to seven statements.
pub fn apply(shape: &Shape, upload: i64) -> String {
    let (from, truth, model) = (checked(&shape.name), ident(&true_table(&shape.name)), literal(&shape.name));
    let names: Vec<String> = shape.columns.iter().map(|c| ident(&c.name)).collect();
    let values: String = names.iter().map(|n| format!(", nullif({n}, '')")).collect();
    let sets = names
        .iter()
        .map(|n| format!(", {n} = CASE WHEN c.{n} IS NULL THEN t.{n} ELSE nullif(c.{n}, '') END"));
    let sets: String = sets.collect();
    let columns: String = names.iter().map(|n| format!(", {n}")).collect();
    let good = "_errors IS NULL AND _skips IS NULL";
    let delete = if shape.whole { delete_missing(&from, &truth, &model, upload) } else { String::new() };
    let deleted = if shape.whole {
        format!(
            "(SELECT count(*) FROM history WHERE upload = {upload} AND model = {model} AND action = 'delete')"
        )
    } else {
        "0".to_owned()
    };
    format!(
        "{delete}\
         UPDATE {truth} t SET _updates = t._updates + 1{sets} FROM {from} c \
            WHERE c._key = t._key AND {good} AND c._exists AND NOT c._same;
         INSERT INTO {truth}(_key, _inserts, _updates{columns}) SELECT _key, 1, 0{values} FROM {from} \
            WHERE {good} AND NOT _exists ORDER BY _row;
         INSERT INTO history SELECT {upload}, {model}, _key, CASE WHEN _errors IS NOT NULL THEN 'error' \
            WHEN _skips IS NOT NULL THEN 'skip' WHEN NOT _exists THEN 'insert' WHEN _same THEN 'equal' \
            ELSE 'update' END FROM {from} ORDER BY _row;
         INSERT INTO problem SELECT {upload}, {model}, _key, CASE WHEN any_value(_errors) IS NOT NULL THEN 'error' \
            ELSE 'skip' END, coalesce(any_value(_errors), any_value(_skips)) FROM {from} WHERE NOT ({good}) \
            GROUP BY _key ORDER BY _key;
         INSERT INTO result SELECT {upload}, {model}, count(*) FILTER ({good} AND NOT _exists), \
            count(*) FILTER ({good} AND _exists AND NOT _same), \
            count(*) FILTER (_errors IS NULL AND (_skips IS NOT NULL OR (_exists AND _same))), \
            count(DISTINCT _key) FILTER (_errors IS NOT NULL), {deleted} FROM {from}"
    )
}

/// Records of a true table as JSON texts, by key. `wanted`: column and values to look for.
pub fn records(shape: &Shape, wanted: Option<(&str, &[String])>, limit: u64, offset: u64) -> String {
    let members: Vec<String> =
        shape.columns.iter().map(|c| format!("{}, {}", literal(&c.name), ident(&c.name))).collect();
    format!(
        "SELECT json_object({}) FROM {}{} ORDER BY _key LIMIT {limit} OFFSET {offset}",
        members.join(", "),
        ident(&true_table(&shape.name)),
        filter(wanted)
    )
}

/// How many records [`records`] finds.
pub fn count(shape: &Shape, wanted: Option<(&str, &[String])>) -> String {
    format!("SELECT count(*) FROM {}{}", ident(&true_table(&shape.name)), filter(wanted))
}

/// Counts of a true table: records, those updated at least once.
pub fn totals(shape: &Shape) -> String {
    let table = ident(&true_table(&shape.name));
    format!("SELECT count(*), count(*) FILTER (_updates > 0) FROM {table}")
}

fn filter(wanted: Option<(&str, &[String])>) -> String {
    let Some((column, values)) = wanted else { return String::new() };
    let values: Vec<String> = values.iter().map(|v| literal(v)).collect();
    format!(" WHERE {} IN ({})", ident(column), values.join(", "))
}

/// What a whole upload leaves out is deleted.
fn delete_missing(from: &str, truth: &str, model: &str, upload: i64) -> String {
    format!(
        "INSERT INTO history SELECT {upload}, {model}, _key, 'delete' FROM {truth} \
            WHERE _key NOT IN (SELECT _key FROM {from}) ORDER BY _key;
         DELETE FROM {truth} WHERE _key NOT IN (SELECT _key FROM {from});\n"
    )
}

fn staging(model: &str) -> String {
    format!("{STAGING}.{}", ident(model))
}

fn checked(model: &str) -> String {
    format!("{STAGING}.{}", ident(&format!("{model} checked")))
}
