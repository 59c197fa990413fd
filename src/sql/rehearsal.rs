//! The statements of the practice platform's store: what was sent, the true tables, their history.
//!
//! A staged value is NULL where the upload does not hold the field (left alone) and `''` where it is empty
//! (cleared). A true value is canonical text, NULL where empty.

mod apply;
mod check;
mod condition;
mod read;
pub mod resource;
mod seen;

pub use apply::{Applied, apply};
pub use check::{Checks, check};
pub use condition::{Condition, Op, Order, Sort};
pub use read::{
    catch_up, caught_up, count, has_before, keep_before, keep_before_one, lagging, records, totals,
};
pub use seen::{PLAYED, PLAYED_COUNT, last_records};

use super::ident;
use std::collections::BTreeSet;

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

impl Shape {
    /// The shape as far as an upload of these columns touches it: planning a statement over sixty columns takes longer than
    /// running it on a few records. Kept beside them: keys, what is required, and all where the content is the key.
    #[must_use]
    pub fn of(&self, fields: &BTreeSet<usize>) -> Self {
        let by_content = self.key.is_empty() && self.whole;
        let mut at = 0..;
        let mut shape = self.clone();
        shape.columns.retain(|c| {
            let given = at.next().is_some_and(|n| fields.contains(&n));
            given || by_content || c.required || self.key.contains(&c.name)
        });
        shape
    }
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

/// What a required number or flag that is missing leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The record is refused.
    #[default]
    Reject,
    /// It is 0 or false.
    Default,
    /// A JSON upload is refused as a whole before it is taken; elsewhere as [`Missing::Reject`].
    Refuse,
}

/// The schema of the staged uploads.
pub const STAGING: &str = "staging";

/// The fixed tables. `upload`: one row an upload; `request`: its form, what it says about itself and what befalls it;
/// `pending`: its bytes until it is processed; `result`: counts per record type; `problem`: keys refused or skipped;
/// `history`: what was done with each record; `played`: faults that struck.
pub const TABLES: &str = "\
    CREATE SCHEMA IF NOT EXISTS staging;
    CREATE TABLE IF NOT EXISTS upload(n BIGINT, id VARCHAR, created VARCHAR, modified VARCHAR, digest VARCHAR, \
        bytes BIGINT, state VARCHAR, due_ms BIGINT, failures BIGINT, message VARCHAR);
    CREATE TABLE IF NOT EXISTS request(n BIGINT, form VARCHAR, app VARCHAR, parent VARCHAR, batch BIGINT, \
        total BIGINT, full_sync BOOLEAN, fault VARCHAR, share BIGINT, seed VARCHAR, told VARCHAR, lag BIGINT);
    CREATE TABLE IF NOT EXISTS played(n BIGINT, moment VARCHAR, request VARCHAR, mode VARCHAR);
    CREATE TABLE IF NOT EXISTS pending(n BIGINT, zip BLOB);
    CREATE TABLE IF NOT EXISTS result(upload BIGINT, model VARCHAR, inserted BIGINT, updated BIGINT, \
        skipped BIGINT, failed BIGINT, deleted BIGINT);
    CREATE TABLE IF NOT EXISTS problem(upload BIGINT, model VARCHAR, key VARCHAR, kind VARCHAR, message VARCHAR);
    CREATE TABLE IF NOT EXISTS history(upload BIGINT, model VARCHAR, key VARCHAR, action VARCHAR)";

/// Columns of all tables: table, column.
pub const COLUMNS: &str =
    "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal";

/// A new upload: n, id, created, digest, bytes, due.
pub const ADD_UPLOAD: &str = "INSERT INTO upload VALUES (?1, ?2, ?3, ?3, ?4, ?5, 'Ready', ?6, 0, NULL)";
/// What it is: n, form, app, parent, batch, total, full, fault, share, seed, told, lag.
pub const ADD_REQUEST: &str = "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/// Its bytes: n, zip.
pub const ADD_PENDING: &str = "INSERT INTO pending VALUES (?, ?)";
/// A fault that struck: moment, request, mode.
pub const ADD_PLAYED: &str = "INSERT INTO played SELECT coalesce(max(n), 0) + 1, ?, ?, ? FROM played";
/// The next upload's number.
pub const NEXT: &str = "SELECT coalesce(max(n), 0) + 1 FROM upload";
/// The oldest upload not ended: n, state, due_ms.
pub const UNFINISHED: &str = "SELECT n, state, due_ms FROM upload \
     WHERE state IN ('Ready', 'Connector', 'In Progress') \
     ORDER BY n LIMIT 1";
/// Moves an upload on: state, due, modified, n.
pub const SET_STATE: &str = "UPDATE upload SET state = ?, due_ms = ?, modified = ? WHERE n = ?";
/// Ends an upload: state, modified, failures, message, n.
pub const END: &str = "UPDATE upload SET state = ?, modified = ?, failures = ?, message = ? WHERE n = ?";
/// Cancels a request that has not ended, if a connector was asked: modified, id.
pub const CANCEL: &str = "UPDATE upload SET state = 'Cancelled', modified = ? WHERE id = ? \
     AND state IN ('Ready', 'Connector', 'In Progress') \
     AND n IN (SELECT n FROM request WHERE form = 'request')";
/// The bytes of an upload.
pub const PENDING: &str = "SELECT zip FROM pending WHERE n = ?";
/// Forgets the bytes of an upload.
pub const DROP_PENDING: &str = "DELETE FROM pending WHERE n = ?";
/// Errors of an upload so far.
pub const FAILURES: &str = "SELECT coalesce(sum(failed), 0)::BIGINT FROM result WHERE upload = ?";
/// Uploads with what they are.
const UPLOADS: &str = "SELECT u.*, coalesce(form, 'archive') AS form, app, parent, coalesce(batch, 1) AS batch, \
     coalesce(total, 1) AS total, coalesce(full_sync, false) AS full_sync, coalesce(fault, 'none') AS fault, \
     share, seed, coalesce(told, '') AS told, coalesce(lag, 0) AS lag \
     FROM upload u LEFT JOIN request r ON r.n = u.n";
/// Columns of [`upload`] and [`uploads`].
const UPLOAD_COLUMNS: &str = "n, id, created, modified, digest, bytes, state, failures, message, form, app, parent, \
     batch, total, full_sync, fault, share, seed, told, lag";
/// Counts of an upload: model, inserted, updated, skipped, failed, deleted.
pub const RESULTS: &str =
    "SELECT model, inserted, updated, skipped, failed, deleted FROM result WHERE upload = ? ORDER BY model";
/// Keys named in an upload's answer: model, kind, key, messages.
pub const PROBLEMS: &str =
    "SELECT model, kind, key, message FROM problem WHERE upload = ? ORDER BY model, kind, key";

/// One upload by id: the columns of `UPLOAD_COLUMNS`.
pub fn upload() -> String {
    format!("SELECT {UPLOAD_COLUMNS} FROM ({UPLOADS}) WHERE id = ?")
}

/// One upload by number: as [`upload`].
pub fn upload_numbered() -> String {
    format!("SELECT {UPLOAD_COLUMNS} FROM ({UPLOADS}) WHERE n = ?")
}

/// Uploads, newest first unless `order` says otherwise: as [`upload`]. Without those that a lagging look-up does not
/// show, unless `all`. Parameters: limit, offset.
pub fn uploads(wanted: Option<&Condition>, order: &[Order], all: bool) -> String {
    let order: String = order.iter().map(|o| format!("{}, ", o.sql())).collect();
    format!(
        "SELECT {UPLOAD_COLUMNS} FROM ({UPLOADS}){} ORDER BY {order}n DESC LIMIT ? OFFSET ?",
        shown(wanted, all)
    )
}

/// How many uploads [`uploads`] finds.
pub fn upload_count(wanted: Option<&Condition>, all: bool) -> String {
    format!("SELECT count(*) FROM ({UPLOADS}){}", shown(wanted, all))
}

fn shown(wanted: Option<&Condition>, all: bool) -> String {
    let mut parts: Vec<String> = wanted.iter().map(|c| c.sql()).collect();
    if !all {
        parts.push("lag = 0".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) }
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

fn staging(model: &str) -> String {
    format!("{STAGING}.{}", ident(model))
}

fn checked(model: &str) -> String {
    format!("{STAGING}.{}", ident(&format!("{model} checked")))
}
