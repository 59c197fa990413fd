//! Statements that make columns rows: `raw.<source> wide` as read → `raw.<source>`, one row a cell.
//!
//! The long table has the shape of every raw table (see `source`), its `_pos` naming the cell (`Budget!F17`, `line 5,
//! column Feb`), and `_dropped`: an empty cell that makes no record but whose key counts as read.

use super::raw::SCHEMA;
use super::{Expr, NUMBER, Table, ident, literal};

/// One column that becomes rows.
#[derive(Clone, Debug)]
pub struct Turned {
    /// Index among the columns read.
    pub column: usize,
    /// Its header.
    pub header: String,
    /// For each part: its number, and what stands before and after the row's number in the name of a cell; a part not
    /// named here lacks the column.
    pub parts: Vec<(i64, String, String)>,
}

/// What is turned.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// Source.
    pub source: &'a str,
    /// Columns that stay, as indexes among those read.
    pub kept: &'a [usize],
    /// Columns that become rows.
    pub turned: Vec<Turned>,
    /// Whether cells have kinds.
    pub native: bool,
    /// Whether a cell is empty, over its text, [`cell_text`].
    pub empty: Option<Expr>,
}

fn wide(source: &str) -> Table {
    Table::new(SCHEMA, format!("{source} wide"))
}

/// Moves the rows as read aside, and makes `raw.<source>` from them.
pub fn turn(t: &Turn<'_>) -> String {
    let (raw, wide) = (Table::new(SCHEMA, t.source), wide(t.source));
    let count = t.turned.len();
    let cells: Vec<String> = t.turned.iter().enumerate().map(|(n, c)| cell(n, c, t.native)).collect();
    let kept: String = (1..).zip(t.kept).map(|(to, from)| format!(", s.c{} AS c{to}", from + 1)).collect();
    let (name, value) = (t.kept.len() + 1, t.kept.len() + 2);
    let kinds: Vec<String> = t.kept.iter().map(|c| format!("substr(s._kind, {}, 1)", c + 1)).collect();
    let kind = if t.native {
        format!("concat({}'t', s.u.kind)", kinds.iter().map(|k| format!("{k}, ")).collect::<String>())
    } else {
        "CAST(NULL AS VARCHAR)".to_owned()
    };
    let dropped = t.empty.as_ref().map_or("FALSE".to_owned(), |empty| format!("coalesce({empty}, TRUE)"));
    format!(
        "ALTER TABLE {raw} RENAME TO {}; CREATE TABLE {raw} AS SELECT (s._id - 1) * {count} + s.u.n AS _id, s._part, s._row, \
         s.u.pos AS _pos, {kind} AS _kind{kept}, s.u.h AS c{name}, s.u.v AS c{value}, {dropped} AS _dropped FROM \
         (SELECT w.*, unnest([{}]) AS u FROM {wide} w) s WHERE s.u IS NOT NULL; DROP TABLE {wide}",
        ident(&format!("{} wide", t.source)),
        cells.join(", "),
    )
}

/// A cell as a struct, NULL in the parts that lack its column.
fn cell(n: usize, c: &Turned, native: bool) -> String {
    let place = |(part, before, after): &(i64, String, String)| {
        format!(" WHEN {part} THEN concat({}, w._row, {})", literal(before), literal(after))
    };
    let places: String = c.parts.iter().map(place).collect();
    let parts: Vec<String> = c.parts.iter().map(|(part, ..)| part.to_string()).collect();
    if parts.is_empty() {
        return "NULL".to_owned();
    }
    let at = c.column + 1;
    let kind = if native { format!("substr(w._kind, {at}, 1)") } else { "''".to_owned() };
    format!(
        "CASE WHEN w._part IN ({}) THEN struct_pack(n := {}, h := {}, v := w.c{at}, kind := {kind}, pos := CASE w._part{places} END) END",
        parts.join(", "),
        n + 1,
        literal(&c.header),
    )
}

/// The cell's text while it is turned.
pub fn cell_text() -> Expr {
    Expr::of("s", "u").member("v")
}

/// The view of the rows whose cell is not empty: what checks and lookups see.
pub fn filled(source: &str) -> Table {
    Table::new("src", format!("{source} filled"))
}

/// Creates [`filled`].
pub fn filled_view(source: &str) -> String {
    format!(
        "CREATE OR REPLACE VIEW {} AS SELECT * FROM {} s WHERE NOT s._dropped",
        filled(source),
        Table::new("src", source)
    )
}

/// The view of the totals rows, one a part, with the sum over all turned cells as `_total`.
pub fn totals(source: &str) -> Table {
    Table::new("src", format!("{source} totals"))
}

/// Creates [`totals`]; `number` is the cell's reading over `u`, `bad` whether it could not be read.
pub fn totals_view(source: &str, stops: &[(i64, i64)], number: &Expr, bad: &Expr) -> String {
    let raw = Table::new(SCHEMA, source);
    format!(
        "CREATE OR REPLACE VIEW {} AS SELECT r.*, x._total, x._total_bad FROM {raw} r JOIN (SELECT min(u._id) AS _first, \
         TRY_CAST(sum({number}) AS {NUMBER}) AS _total, bool_or({bad}) AS _total_bad FROM {raw} u WHERE (u._part, u._row) IN \
         (SELECT (k._part, k._row) FROM {raw} k WHERE k._id IN ({})) GROUP BY u._part, u._row) x ON x._first = r._id",
        totals(source),
        ids(stops),
    )
}

fn ids(stops: &[(i64, i64)]) -> String {
    let ids: Vec<String> = stops.iter().map(|(_, id)| id.to_string()).collect();
    if ids.is_empty() { "NULL".to_owned() } else { ids.join(", ") }
}

/// Per part: cells dropped as empty (before the stop), and cells of the row that stops.
pub fn counts(source: &str, stops: &[(i64, i64)]) -> String {
    let (src, raw) = (Table::new("src", source), Table::new(SCHEMA, source));
    format!(
        "SELECT part, CAST(sum(d) AS BIGINT), CAST(sum(t) AS BIGINT) FROM (SELECT _part AS part, count(*) AS d, 0 AS t FROM {src} WHERE \
         _dropped GROUP BY _part UNION ALL SELECT r._part, 0, count(*) FROM {raw} r WHERE (r._part, r._row) IN \
         (SELECT (k._part, k._row) FROM {raw} k WHERE k._id IN ({})) GROUP BY r._part) GROUP BY part ORDER BY part",
        ids(stops)
    )
}

/// Rows of each part: `part, rows`.
pub fn rows(source: &str) -> String {
    format!("SELECT _part, count(*) FROM {} GROUP BY _part ORDER BY _part", Table::new(SCHEMA, source))
}
