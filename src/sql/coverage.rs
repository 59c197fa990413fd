//! Statements of `check --coverage`: what of the files the mapping leaves out, and what of the platform it leaves empty.

use super::map::ok;
use super::read::canonical;
use super::{Expr, Table, ident, literal};

/// Most values listed of one kind.
pub const MOST: usize = 20;

/// Of each column (from 1): how many cells are filled, and the first filled one with its kind: `rows, filled, first, kind`.
pub fn columns(source: &str, columns: &[usize]) -> String {
    let filled = |n: &usize| format!("nullif(trim(s.c{n}), '') IS NOT NULL");
    let list = |one: &dyn Fn(&usize) -> String| columns.iter().map(one).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT count(*), CAST([{}] AS BIGINT[]), CAST([{}] AS VARCHAR[]), CAST([{}] AS VARCHAR[]) FROM {} s",
        list(&|n| format!("count(*) FILTER (WHERE {})", filled(n))),
        list(&|n| format!("arg_min(s.c{n}, s._id) FILTER (WHERE {})", filled(n))),
        list(&|n| format!("arg_min(substr(s._kind, {n}, 1), s._id) FILTER (WHERE {})", filled(n))),
        Table::new("src", source)
    )
}

/// Values that a lookup refused: `record, field, value, count`, most frequent first.
pub fn refused_misses() -> String {
    format!(
        "SELECT record, coalesce(field, ''), coalesce(value, ''), count(*) FROM mapped._refused WHERE code = 'E315' \
         GROUP BY record, field, value ORDER BY count(*) DESC, record, field, value LIMIT {MOST}"
    )
}

/// Values that miss a lookup and are kept or emptied: `value, count`, most frequent first.
pub fn kept_misses(source: &str, filter: &Expr, misses: &Expr, value: &Expr) -> String {
    format!(
        "SELECT {value} AS v, count(*) FROM {} s WHERE coalesce({filter}, FALSE) AND coalesce({misses}, FALSE) GROUP BY v \
         ORDER BY count(*) DESC, v LIMIT {MOST}",
        Table::new("src", source)
    )
}

/// The different values of a field with a closed list: `value`.
pub fn seen(record: &str, field: &str, ty: &str) -> String {
    let value = canonical(&Expr::col(field), ty);
    format!("SELECT DISTINCT {value} AS v FROM {} WHERE {} IS NOT NULL ORDER BY v", ok(record), ident(field))
}

/// Refusals of a record by code: `code, field, count` (of records), most frequent first.
pub fn refusals(record: &str) -> String {
    format!(
        "SELECT code, coalesce(field, ''), count(DISTINCT rec) FROM mapped._refused WHERE record = {} AND status = 'rejected' \
         GROUP BY code, field ORDER BY count(DISTINCT rec) DESC, code, field LIMIT {MOST}",
        literal(record)
    )
}
