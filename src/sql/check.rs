//! Statements of checks: on a source part by part, on a record with its children.

use super::map::{Named, columns, ok, stop_case};
use super::{Expr, Table, ident, literal};

/// The source of a check.
pub struct Checked<'a> {
    /// Its name.
    pub source: &'a str,
    /// Its rows.
    pub rows: Table,
    /// The rows that stop its parts, by `_id`.
    pub totals: Table,
}

/// A check on a source, part by part: `part, holds, bad cells, aggregates' texts`. `counts` are 0 for a part without rows,
/// the other aggregates empty. A check over a cell that could not be read does not hold.
pub fn source_check(
    source: &Checked<'_>,
    stops: &[(i64, i64)],
    arguments: &[Named],
    bad: &Expr,
    aggregates: &[Named],
    holds: &Expr,
    counts: &[&str],
) -> String {
    let shown: Vec<String> =
        aggregates.iter().map(|(n, _)| format!("CAST(g.{} AS VARCHAR)", ident(n))).collect();
    let totals = if stops.is_empty() { "NULL".to_owned() } else { stop_case("g", stops, "NULL") };
    let filled: String = aggregates
        .iter()
        .map(|(n, _)| {
            let (name, zero) = (ident(n), counts.contains(&n.as_str()));
            if zero { format!(", coalesce(a.{name}, 0) AS {name}") } else { format!(", a.{name} AS {name}") }
        })
        .collect();
    // Over the parts, not their rows: a part without rows is checked too, its count being 0.
    format!(
        "SELECT g._part, coalesce({holds}, FALSE) AND g._badcells = 0, g._badcells, CAST([{}] AS VARCHAR[]) FROM (\
         SELECT p.part AS _part, coalesce(a._badcells, 0) AS _badcells{filled} FROM raw._part p LEFT JOIN (SELECT _part, \
         count(*) FILTER (WHERE _badcell) AS _badcells{} FROM (SELECT s._id, s._part, {bad} AS _badcell{} FROM {} s) \
         GROUP BY _part) a ON a._part = p.part WHERE p.source = {}) g LEFT JOIN {} t ON t._id = {totals} ORDER BY g._part",
        shown.join(", "),
        columns(aggregates),
        columns(arguments),
        source.rows,
        literal(source.source),
        source.totals,
    )
}

/// The aggregates of one child, for a check on a record.
pub struct ChildAggregates<'a> {
    /// Child record.
    pub child: &'a str,
    /// Arguments per row, over `c`.
    pub arguments: Vec<Named>,
    /// Aggregates over them.
    pub aggregates: Vec<Named>,
}

/// Records of which a check does not hold, as refusals: only kept ones that nothing refuses yet.
pub fn record_check(
    record: &str,
    children: &[ChildAggregates<'_>],
    holds: &Expr,
    check: &str,
    insert: bool,
) -> String {
    let joins: String = children
        .iter()
        .enumerate()
        .map(|(n, c)| {
            format!(
                " LEFT JOIN (SELECT _parent{} FROM (SELECT c._rec, c._parent{} FROM {} c) GROUP BY _parent) k{n} \
                 ON k{n}._parent = r._rec",
                columns(&c.aggregates),
                columns(&c.arguments),
                ok(c.child)
            )
        })
        .collect();
    let body = format!(
        "SELECT {}, r._rec, r._rec, 'rejected', NULL, 'E325', r._key, {}, NULL FROM {} r{joins} \
         WHERE NOT coalesce({holds}, FALSE) ORDER BY r._rec",
        literal(record),
        literal(&format!("the check \"{check}\" does not hold")),
        ok(record)
    );
    if insert {
        format!("INSERT INTO mapped._refused {body}")
    } else {
        format!("SELECT count(*), min(q.b) FROM ({}) q", body.replacen("r._key,", "r._key AS b,", 1))
    }
}

/// Rows of a part, all of whose records are refused: a source check with `else = "reject"`.
pub fn refuse_part(record: &str, part: i64, check: &str) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {}, _rec, _rec, 'rejected', NULL, 'E325', _key, {}, NULL FROM {} WHERE _part = {part} \
         AND _keep ORDER BY _rec",
        literal(record),
        literal(&format!("the check \"{check}\" does not hold for its file")),
        Table::new("mapped", record)
    )
}
