//! Reading the true tables, as they are or as a look-up that lags behind shows them.
//!
//! While an upload lags, what it changed is seen as it was before: `before_<model>` holds the records it updated or
//! deleted, as they were; those it inserted are not shown.

use super::{Condition, Order, Shape, checked, true_table};
use crate::sql::{ident, literal};

/// Keeps the records that upload `n` is about to change, as they are.
pub fn keep_before(shape: &Shape, n: i64) -> String {
    let which = if shape.whole {
        String::new()
    } else {
        format!(" WHERE _key IN (SELECT _key FROM {})", checked(&shape.name))
    };
    keep(shape, n, &which)
}

/// Keeps the record of an id, if it is there, before request `n` changes it.
pub fn keep_before_one(shape: &Shape, n: i64, id: &str) -> String {
    keep(shape, n, &format!(" WHERE _id = {}", literal(id)))
}

fn keep(shape: &Shape, n: i64, which: &str) -> String {
    let (before, truth) = (ident(&before_table(&shape.name)), ident(&true_table(&shape.name)));
    format!(
        "CREATE TABLE IF NOT EXISTS {before} AS SELECT 0::BIGINT AS _upload, * FROM {truth} LIMIT 0;
         INSERT INTO {before} SELECT {n}, * FROM {truth}{which} ORDER BY _key"
    )
}

/// The name of the table of what was true before a lagging upload.
fn before_table(model: &str) -> String {
    format!("before_{model}")
}

/// Whether there is such a table, as a count.
pub fn has_before(shape: &Shape) -> String {
    let name = literal(&before_table(&shape.name));
    format!("SELECT count(*) FROM information_schema.tables WHERE table_name = {name}")
}

/// A look-up has been answered: each lagging upload is nearer to being seen.
pub const fn catch_up() -> &'static str {
    "UPDATE request SET lag = lag - 1 WHERE lag > 0"
}

/// How many uploads lag still.
pub const fn lagging() -> &'static str {
    "SELECT count(*) FROM request WHERE lag > 0"
}

/// No look-up lags any more.
pub fn caught_up(shapes: &[Shape]) -> String {
    let drop = |s: &Shape| format!("DROP TABLE IF EXISTS {};\n", ident(&before_table(&s.name)));
    let drops: String = shapes.iter().map(drop).collect();
    format!("{drops}UPDATE request SET lag = 0 WHERE lag > 0")
}

/// Records of a true table as JSON texts, by key unless `order` says otherwise. `lags`: seen by a lagging look-up.
pub fn records(
    shape: &Shape,
    wanted: Option<&Condition>,
    order: &[Order],
    (limit, offset): (u64, u64),
    lags: bool,
) -> String {
    let members: Vec<String> =
        shape.columns.iter().map(|c| format!("{}, {}", literal(&c.name), ident(&c.name))).collect();
    let order: String = order.iter().map(|o| format!("{}, ", o.sql())).collect();
    format!(
        "SELECT json_object({}) FROM {}{} ORDER BY {order}_key LIMIT {limit} OFFSET {offset}",
        members.join(", "),
        seen(shape, &[], lags),
        filter(wanted)
    )
}

/// How many records [`records`] finds.
pub fn count(shape: &Shape, wanted: Option<&Condition>, lags: bool) -> String {
    format!("SELECT count(*) FROM {}{}", seen(shape, &[], lags), filter(wanted))
}

/// Counts of a record type: records, those updated at least once, keys refused or skipped when last sent, keys sent.
pub fn totals(shape: &Shape) -> String {
    let (table, model) = (ident(&true_table(&shape.name)), literal(&shape.name));
    format!(
        "SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {table} WHERE _updates > 0), \
         count(*) FILTER (last IN ('error', 'skip')), count(*) \
         FROM (SELECT arg_max(action, upload) AS last FROM history WHERE model = {model} GROUP BY key)"
    )
}

fn filter(wanted: Option<&Condition>) -> String {
    wanted.map(|c| format!(" WHERE {}", c.sql())).unwrap_or_default()
}

/// A true table as look-ups show it: `_key`, the columns, and `more`.
pub(super) fn seen(shape: &Shape, more: &[&str], lags: bool) -> String {
    let truth = ident(&true_table(&shape.name));
    if !lags {
        return truth;
    }
    let names = shape.columns.iter().map(|c| c.name.as_str()).chain(more.iter().copied());
    let columns: Vec<String> = names.map(|name| format!(", x.{}", ident(name))).collect();
    let columns = format!("x._key{}", columns.concat());
    let touched = format!(
        "SELECT h.key, min(h.upload) AS first FROM history h JOIN request r ON r.n = h.upload \
         WHERE r.lag > 0 AND h.model = {} AND h.action IN ('insert', 'update', 'delete', 'convert') GROUP BY h.key",
        literal(&shape.name)
    );
    format!(
        "(SELECT {columns} FROM {truth} x WHERE x._key NOT IN (SELECT key FROM ({touched})) \
         UNION ALL SELECT {columns} FROM {} x JOIN ({touched}) f ON f.key = x._key AND f.first = x._upload)",
        ident(&before_table(&shape.name))
    )
}
