//! Statements of `preview`: records of today's files beside the cells they come from.

use super::map::rows_table;
use super::read::canonical;
use super::{Expr, Table, literal};

/// How many records of a type there are: `all, kept, rejected, held`.
pub fn counts(record: &str) -> String {
    let refused = |status: &str| {
        format!(
            "count(*) FILTER (WHERE _keep AND _rec IN (SELECT rec FROM mapped._refused WHERE record = {} AND status = '{status}'))",
            literal(record)
        )
    };
    format!(
        "SELECT count(*), count(*) FILTER (WHERE _keep), {}, {} FROM {}",
        refused("rejected"),
        refused("held"),
        Table::new("mapped", record)
    )
}

/// Which records to show.
pub enum Which<'a> {
    /// The first ones.
    First,
    /// Those of a key, filtered ones too.
    Key(&'a str),
    /// The first that are refused or held.
    Bad,
}

/// Records in the order of their rows: `rec, key, kept, place, fields` (canonical texts).
pub fn records(
    record: &str,
    source: &str,
    fields: &[(String, String)],
    which: &Which<'_>,
    limit: u64,
) -> String {
    let list: Vec<String> = fields.iter().map(|(n, t)| canonical(&Expr::of("m", n), t).to_string()).collect();
    let refused = format!("m._rec IN (SELECT rec FROM mapped._refused WHERE record = {})", literal(record));
    let which = match which {
        Which::First => "m._keep".to_owned(),
        Which::Key(key) => format!("m._key = {}", literal(key)),
        Which::Bad => format!("m._keep AND {refused}"),
    };
    format!(
        "SELECT m._rec, coalesce(m._key, ''), m._keep, coalesce(s._file, '') || ', ' || coalesce(CASE WHEN s._sheet IS NOT NULL \
         THEN s._sheet || ', row ' || s._row END, s._pos, 'line ' || s._row), CAST([{}] AS VARCHAR[]) \
         FROM {} m JOIN {} s ON s._id = m._rec WHERE {which} ORDER BY m._rec LIMIT {limit}",
        list.join(", "),
        Table::new("mapped", record),
        Table::new("src", source)
    )
}

/// The cells of records, per column those of the first rows: `rec, rows, cells` (a list a column).
pub fn cells(record: &str, grouped: bool, source: &str, columns: usize, records: &[i64]) -> String {
    let cell = |n: usize| format!("CAST(list(s.c{n} ORDER BY s._id)[1:4] AS VARCHAR[])");
    let cells: Vec<String> = (1..=columns).map(cell).collect();
    let from = if grouped {
        format!("{} r JOIN {} s ON s._id = r._row", rows_table(record), Table::new("src", source))
    } else {
        format!("{} r JOIN {} s ON s._id = r._rec", Table::new("mapped", record), Table::new("src", source))
    };
    format!(
        "SELECT r._rec, count(*), CAST([{}] AS VARCHAR[][]) FROM {from} WHERE r._rec IN ({}) GROUP BY r._rec ORDER BY r._rec",
        cells.join(", "),
        numbers(records)
    )
}

/// Why records are refused: `rec, field, value, reason, code, column`.
pub fn refused(record: &str, records: &[i64]) -> String {
    format!(
        "SELECT rec, coalesce(field, ''), coalesce(value, ''), reason, code, coalesce(col, '') FROM mapped._refused \
         WHERE record = {} AND rec IN ({}) ORDER BY rec, field, code, value, reason",
        literal(record),
        numbers(records)
    )
}

fn numbers(all: &[i64]) -> String {
    let all: Vec<String> = all.iter().map(i64::to_string).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.join(", ") }
}
