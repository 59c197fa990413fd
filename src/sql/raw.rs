//! Statements of stage `read`: the raw tables, the refused lines, and the join of what XML and JSON keep once per
//! node onto the rows below it.

use super::{Table, ident, literal};
use crate::db::{ColumnKind, TableShape};

/// The schema of what was read.
pub const SCHEMA: &str = "raw";
/// The table of what could not become a row.
pub const REFUSED: &str = "_refused";

/// Creates the schema.
pub fn create_schema() -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {}", ident(SCHEMA))
}

/// The shape of `raw._refused`.
pub fn refused_shape() -> TableShape {
    let text = |n: &str| (n.to_owned(), ColumnKind::Text);
    let int = |n: &str| (n.to_owned(), ColumnKind::Int);
    let columns = vec![
        text("source"),
        int("part"),
        int("row"),
        text("pos"),
        text("code"),
        text("reason"),
        text("text"),
    ];
    TableShape { schema: SCHEMA.to_owned(), name: REFUSED.to_owned(), columns }
}

/// Creates a table of that shape; `if_absent` leaves one that is there.
pub fn create_table(shape: &TableShape, if_absent: bool) -> String {
    let columns: Vec<String> =
        shape.columns.iter().map(|(name, kind)| format!("{} {}", ident(name), kind.sql())).collect();
    let unless = if if_absent { "IF NOT EXISTS " } else { "" };
    let table = Table::new(&shape.schema, &shape.name);
    format!("CREATE TABLE {unless}{table} ({})", columns.join(", "))
}

/// Drops a table.
pub fn drop_table(name: &str) -> String {
    format!("DROP TABLE {}", Table::new(SCHEMA, name))
}

/// Rows of a raw table.
pub fn count_rows(name: &str) -> String {
    format!("SELECT count(*) FROM {}", Table::new(SCHEMA, name))
}

/// Refused rows of a source.
pub fn count_refused(source: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE source = {}", Table::new(SCHEMA, REFUSED), literal(source))
}

/// Values kept once per node: the side table holding them, and the column of the rows that names the node.
#[derive(Clone, Debug)]
pub struct Side {
    /// The side table, with `_node`, `_kind` and all of c1, c2, ….
    pub table: String,
    /// The column of the rows that holds the node's number.
    pub link: String,
}

/// `rows` with the columns of the side tables filled in, as table `name` in order of `_id`. In: rows (`_id, _part,
/// _row, _pos, _kind, [_within], links, c1…`) and the sides (`_node, _kind, c1…`); out: the shape of a raw table.
/// `owners` says for each column c1, c2, … which side it comes from; `None`: the row itself.
pub fn join_sides(name: &str, rows: &str, within: bool, sides: &[Side], owners: &[Option<usize>]) -> String {
    let from = |owner: &Option<usize>| owner.map_or("r".to_owned(), |n| format!("s{n}"));
    let kinds: Vec<String> = (1..)
        .zip(owners)
        .map(|(n, owner)| format!("coalesce(substr({}.\"_kind\", {n}, 1), ' ')", from(owner)))
        .collect();
    let mut columns: Vec<String> =
        ["_id", "_part", "_row", "_pos"].iter().map(|c| format!("r.\"{c}\"")).collect();
    columns.push(format!("concat({}) AS \"_kind\"", kinds.join(", ")));
    if within {
        columns.push("r.\"_within\"".to_owned());
    }
    columns.extend((1..).zip(owners).map(|(n, owner)| format!("{}.\"c{n}\"", from(owner))));
    let joins: Vec<String> = sides
        .iter()
        .enumerate()
        .map(|(n, s)| {
            let table = Table::new(SCHEMA, &s.table);
            format!(" LEFT JOIN {table} s{n} ON s{n}.\"_node\" = r.{}", ident(&s.link))
        })
        .collect();
    format!(
        "CREATE TABLE {} AS SELECT {} FROM {} r{} ORDER BY r.\"_id\"",
        Table::new(SCHEMA, name),
        columns.join(", "),
        Table::new(SCHEMA, rows),
        joins.concat()
    )
}
