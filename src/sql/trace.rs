//! Statements of `explain`: one record's cells and fields.

use super::read::canonical;
use super::{Expr, Table, literal};

/// Place and cells of the (first) row of a record: `place, cells`.
pub fn cells(record: &str, source: &str, columns: usize, key: &str) -> String {
    let cells: Vec<String> = (1..=columns).map(|n| format!("s.c{n}")).collect();
    format!(
        "SELECT coalesce(s._file, '') || ', ' || coalesce(s._pos, CASE WHEN s._sheet IS NOT NULL THEN s._sheet || '!A' || s._row END, 'line ' || s._row), \
         CAST([{}] AS VARCHAR[]) FROM {} m JOIN {} s ON s._id = m._rec WHERE m._key = {} ORDER BY m._rec LIMIT 1",
        cells.join(", "),
        Table::new("mapped", record),
        Table::new("src", source),
        literal(key)
    )
}

/// Canonical texts of a record's fields.
pub fn fields(record: &str, fields: &[(String, String)], key: &str) -> String {
    let list: Vec<String> = fields.iter().map(|(n, t)| canonical(&Expr::of("m", n), t).to_string()).collect();
    format!(
        "SELECT CAST([{}] AS VARCHAR[]) FROM {} m WHERE m._key = {} ORDER BY m._rec LIMIT 1",
        list.join(", "),
        Table::new("mapped", record),
        literal(key)
    )
}

/// Why a record is refused: `field, value, reason`.
pub fn refused(record: &str, key: &str) -> String {
    format!(
        "SELECT coalesce(f.field, ''), coalesce(f.value, ''), f.reason FROM mapped._refused f JOIN {} m ON m._rec = f.rec WHERE f.record = {} AND \
         m._key = {} ORDER BY f.field",
        Table::new("mapped", record),
        literal(record),
        literal(key)
    )
}

/// Columns of a record's rows in order, of a group all of them: a list of texts a row.
pub fn readings(record: &str, grouped: bool, source: &str, columns: &[String], key: &str) -> String {
    let list: Vec<String> = columns.iter().map(|c| Expr::of("s", c).cast("VARCHAR").to_string()).collect();
    let mapped = Table::new("mapped", record);
    let row = if grouped {
        format!(
            "SELECT _row FROM {} WHERE _rec = (SELECT min(_rec) FROM {mapped} WHERE _key = {})",
            super::map::rows_table(record),
            literal(key)
        )
    } else {
        format!("SELECT min(_rec) FROM {mapped} WHERE _key = {}", literal(key))
    };
    format!(
        "SELECT CAST([{}] AS VARCHAR[]) FROM {} s WHERE s._id IN ({row}) ORDER BY s._id LIMIT 1000",
        list.join(", "),
        Table::new("src", source)
    )
}
