//! Statements of the mapping's tests: what a case gave, and what it leaves behind; the rows of a record to capture.

use super::map::{ok, rows_table};
use super::read::canonical;
use super::{Expr, Table, literal};

/// Records that nothing refuses, in the order of their rows: `part, key, fields` (canonical texts).
pub fn records(record: &str, fields: &[(String, String)]) -> String {
    format!(
        "SELECT m._part, coalesce(m._key, ''), CAST([{}] AS VARCHAR[]) FROM {} m ORDER BY m._rec",
        texts(fields),
        ok(record)
    )
}

/// Why records are refused: `key, row_id, status, field, code, value, reason, col, part`.
pub fn refused(record: &str) -> String {
    format!(
        "SELECT coalesce(m._key, ''), f.row_id, f.status, coalesce(f.field, ''), f.code, f.value, f.reason, f.col, m._part \
         FROM mapped._refused f LEFT JOIN {} m ON m._rec = f.rec WHERE f.record = {} \
         ORDER BY f.row_id, f.field, f.code, f.value, f.reason",
        Table::new("mapped", record),
        literal(record)
    )
}

/// Forgets what refusals and places were noted, and the lookups that a case filled.
pub fn reset(lookups: &[&str]) -> String {
    let drops: String =
        lookups.iter().map(|l| format!("; DROP TABLE IF EXISTS {}", Table::new("lookup", *l))).collect();
    format!("DELETE FROM mapped._refused; DELETE FROM raw._place; DELETE FROM raw._part{drops}")
}

/// The records of a key, kept or not: `rec`.
pub fn of_key(record: &str, key: &str) -> String {
    let table = Table::new("mapped", record);
    format!("SELECT _rec FROM {table} WHERE _key = {} ORDER BY _rec", literal(key))
}

/// The children of records: `rec`.
pub fn children(child: &str, parents: &[i64]) -> String {
    let table = Table::new("mapped", child);
    format!("SELECT _rec FROM {table} WHERE _parent IN ({}) ORDER BY _rec", numbers(parents))
}

/// The rows of grouped records: `row`.
pub fn grouped_rows(record: &str, records: &[i64]) -> String {
    let rows = rows_table(record);
    format!("SELECT _row FROM {rows} WHERE _rec IN ({}) ORDER BY _row", numbers(records))
}

/// Raw rows: `id, within, kinds, file, sheet, cells`.
pub fn raw_rows(source: &str, columns: usize, within: bool, ids: &[i64]) -> String {
    let cells: Vec<String> = (1..=columns).map(|n| format!("s.c{n}")).collect();
    let within = if within { "s._within" } else { "CAST(NULL AS BIGINT)" };
    format!(
        "SELECT s._id, {within}, coalesce(s._kind, ''), coalesce(s._file, ''), s._sheet, CAST([{}] AS VARCHAR[]) \
         FROM {} s WHERE s._id IN ({}) ORDER BY s._id",
        cells.join(", "),
        Table::new("src", source),
        numbers(ids)
    )
}

/// Rows of a lookup's source whose key is one of the texts: `id`, at most `limit`.
pub fn lookup_rows(source: &str, keys: &[Expr], texts: &[String], limit: usize) -> String {
    let texts: Vec<String> = texts.iter().map(|t| literal(t)).collect();
    let texts = if texts.is_empty() { "NULL".to_owned() } else { texts.join(", ") };
    let all: Vec<String> = keys.iter().map(|key| format!("{key} IN ({texts})")).collect();
    format!(
        "SELECT s._id FROM {} s WHERE {} ORDER BY s._id LIMIT {limit}",
        Table::new("src", source),
        all.join(" AND ")
    )
}

fn texts(fields: &[(String, String)]) -> String {
    let list: Vec<String> = fields.iter().map(|(n, t)| canonical(&Expr::of("m", n), t).to_string()).collect();
    list.join(", ")
}

fn numbers(all: &[i64]) -> String {
    let all: Vec<String> = all.iter().map(i64::to_string).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.join(", ") }
}
