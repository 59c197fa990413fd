//! The statements of the practice platform's resources: records that it gives ids to, one request a record.
//!
//! They stand in the true tables, with two more columns: `_id` (the platform's own) and `_since` (when a read first shows
//! it, in milliseconds). Nothing keeps two records of one key apart: a client that doubles one shall be seen to.

use super::read::seen;
use super::{Shape, checked, staging, true_table};
use crate::sql::{ident, literal};

/// The fixed tables: `value_list`, what `[value.<name>]` lists; `once`, what was answered to a request with a key against
/// doubles.
pub const TABLES: &str = "\
    CREATE TABLE IF NOT EXISTS value_list(list VARCHAR, n BIGINT, id VARCHAR, name VARCHAR);
    CREATE TABLE IF NOT EXISTS once(key VARCHAR, status BIGINT, body VARCHAR)";

/// Values of a list: id, name. Parameter: list.
pub const VALUES: &str = "SELECT id, name FROM value_list WHERE list = ? ORDER BY n";
/// A new value: list, list, list, name.
pub const ADD_VALUE: &str = "INSERT INTO value_list SELECT ?1, count(*) + 1, ?1 || '-' || (count(*) + 1), ?2 \
    FROM value_list WHERE list = ?1";
/// What was answered before: status, body. Parameter: key.
pub const ANSWERED: &str = "SELECT status, body FROM once WHERE key = ?";
/// Look-ups lag behind a request: its number, the fault's word, how many of them.
pub const LAGS: &str = "INSERT INTO request(n, form, batch, total, full_sync, fault, told, lag) \
    VALUES (?, 'archive', 1, 1, false, ?, '', ?)";
/// Remembers an answer: key, status, body.
pub const REMEMBER: &str = "INSERT INTO once VALUES (?, ?, ?)";

/// Adds the columns of a resource to a true table.
pub fn columns(shape: &Shape) -> String {
    let table = ident(&true_table(&shape.name));
    format!(
        "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS _id VARCHAR; ALTER TABLE {table} ADD COLUMN IF NOT EXISTS _since BIGINT"
    )
}

/// Fills the staging table with one record: the index of a column and its text.
pub fn stage(shape: &Shape, cells: &[(usize, String)]) -> String {
    let column = |n: &usize| shape.columns.get(*n).map(|c| ident(&c.name));
    let names: String = cells.iter().filter_map(|(n, _)| column(n)).map(|n| format!(", {n}")).collect();
    let known = cells.iter().filter(|(n, _)| column(n).is_some());
    let values: String = known.map(|(_, text)| format!(", {}", literal(text))).collect();
    format!("INSERT INTO {}(_row{names}) VALUES (1{values})", staging(&shape.name))
}

/// Completes the staged record with what stands there under its id.
pub fn complete(shape: &Shape, id: &str) -> String {
    let sets: Vec<String> =
        shape.columns.iter().map(|c| format!("{0} = coalesce(s.{0}, t.{0})", ident(&c.name))).collect();
    format!(
        "UPDATE {} s SET {} FROM {} t WHERE t._id = {}",
        staging(&shape.name),
        sets.join(", "),
        ident(&true_table(&shape.name)),
        literal(id)
    )
}

/// What is wrong with the staged record; empty when nothing is.
pub fn errors(shape: &Shape) -> String {
    format!("SELECT coalesce(_errors, '') FROM {}", checked(&shape.name))
}

/// Inserts the checked record.
pub fn insert(shape: &Shape, id: &str, since: i64) -> String {
    let names: String = shape.columns.iter().map(|c| format!(", {}", ident(&c.name))).collect();
    let values: String = shape.columns.iter().map(|c| format!(", nullif({}, '')", ident(&c.name))).collect();
    format!(
        "INSERT INTO {}(_key, _inserts, _updates, _id, _since{names}) SELECT coalesce(nullif(_key, ''), {id}), 1, 0, {id}, {since}{values} FROM {}",
        ident(&true_table(&shape.name)),
        checked(&shape.name),
        id = literal(id)
    )
}

/// Whether the checked record differs from the one of its id: a count.
pub fn differs(shape: &Shape, id: &str) -> String {
    let any: Vec<String> = shape
        .columns
        .iter()
        .map(|c| format!("coalesce(c.{0}, '') <> coalesce(t.{0}, '')", ident(&c.name)))
        .collect();
    format!(
        "SELECT count(*) FROM {} c, {} t WHERE t._id = {} AND ({})",
        checked(&shape.name),
        ident(&true_table(&shape.name)),
        literal(id),
        any.join(" OR ")
    )
}

/// Changes the record of an id to the checked one.
pub fn update(shape: &Shape, id: &str) -> String {
    let sets: String =
        shape.columns.iter().map(|c| format!(", {0} = nullif(c.{0}, '')", ident(&c.name))).collect();
    format!(
        "UPDATE {} t SET _updates = t._updates + 1{sets} FROM {} c WHERE t._id = {}",
        ident(&true_table(&shape.name)),
        checked(&shape.name),
        literal(id)
    )
}

/// Takes the record of an id away.
pub fn delete(shape: &Shape, id: &str) -> String {
    format!("DELETE FROM {} WHERE _id = {}", ident(&true_table(&shape.name)), literal(id))
}

/// Sets one field of the record of an id.
pub fn set(shape: &Shape, id: &str, field: &str, text: &str) -> String {
    format!(
        "UPDATE {} SET _updates = _updates + 1, {} = {} WHERE _id = {}",
        ident(&true_table(&shape.name)),
        ident(field),
        literal(text),
        literal(id)
    )
}

/// Records with their ids, as JSON texts, whose columns hold these values, without regard to letter case: `id, record`.
/// Made by `until` (ms); `lags`: seen by a lagging look-up.
pub fn records(
    shape: &Shape,
    wanted: &[(String, String)],
    until: i64,
    (limit, offset): (u64, u64),
    lags: bool,
) -> String {
    let members: Vec<String> =
        shape.columns.iter().map(|c| format!("{}, {}", literal(&c.name), ident(&c.name))).collect();
    let is =
        |(name, value): &(String, String)| format!(" AND lower({}) = lower({})", ident(name), literal(value));
    format!(
        "SELECT _id, json_object({}) FROM {} WHERE _id IS NOT NULL AND _since <= {until}{} ORDER BY _key, _id LIMIT {limit} OFFSET {offset}",
        members.join(", "),
        seen(shape, &["_id", "_since"], lags),
        wanted.iter().map(is).collect::<String>()
    )
}

/// The id of the record whose column holds a value: `id`.
pub fn id_by(model: &str, column: &str, value: &str) -> String {
    format!("SELECT max(_id) FROM {} WHERE {} = {}", ident(&true_table(model)), ident(column), literal(value))
}

/// The value of a column in the record of an id.
pub fn by_id(model: &str, column: &str, id: &str) -> String {
    format!("SELECT max({}) FROM {} WHERE _id = {}", ident(column), ident(&true_table(model)), literal(id))
}

/// Notes what was done with a record in a request: history, and the counts of an answer.
pub fn done(request: i64, model: &str, key: &str, action: &str) -> String {
    let n = |word: &str| i32::from(word == action);
    format!(
        "INSERT INTO history VALUES ({request}, {model}, {}, {}); INSERT INTO result(upload, model, inserted, updated, skipped, failed, deleted) \
         VALUES ({request}, {model}, {}, {}, {}, {}, {})",
        literal(key),
        literal(action),
        n("insert"),
        n("update") + n("convert"),
        n("equal"),
        n("error"),
        n("delete"),
        model = literal(model),
    )
}

/// Notes why a record was refused.
pub fn problem(request: i64, model: &str, key: &str, messages: &str) -> String {
    format!(
        "INSERT INTO problem(upload, model, key, kind, message) VALUES ({request}, {}, {}, 'error', {})",
        literal(model),
        literal(key),
        literal(messages)
    )
}
