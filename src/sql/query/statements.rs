//! The statements around a source's own: the tables it reads, its tree, its columns, its rows.

use super::relation;
use crate::db::{ColumnKind, TableShape};
use crate::sql::read::number_text;
use crate::sql::{Expr, Table, ident, literal};

/// The table of a statement's result, in its own database.
pub const RESULT: &str = "result";

/// The table that takes the rows of an input, all of them text but the row's number.
pub fn create_input(shape: &TableShape) -> String {
    let column = |(name, kind): &(String, ColumnKind)| format!("{} {}", ident(name), kind.sql());
    let columns: Vec<String> = shape.columns.iter().map(column).collect();
    format!("CREATE TABLE {} ({})", Table::new(&shape.schema, &shape.name), columns.join(", "))
}

/// The relation `{items}` over its table: `(name, type)` of its columns, the table's being called k1, k2, ….
pub fn input_view(source: &str, table: &str, columns: &[(String, String)]) -> String {
    let column =
        |(n, (name, ty)): (usize, &(String, String))| format!("CAST(k{n} AS {ty}) AS {}", ident(name));
    let columns: Vec<String> = (1..).zip(columns).map(column).collect();
    format!("CREATE VIEW {} AS SELECT {} FROM {}", ident(&relation(source)), columns.join(", "), ident(table))
}

/// The statement's tree, as JSON.
pub fn tree(sql: &str) -> String {
    format!("SELECT CAST(json_serialize_sql({}) AS VARCHAR)", literal(sql))
}

/// Names and types of the columns a statement gives.
pub fn describe(sql: &str) -> String {
    format!("DESCRIBE {sql}")
}

/// Keeps the statement's result, in its own order or else by all its columns.
pub fn make_result(sql: &str, ordered: bool) -> String {
    if ordered {
        format!("CREATE TABLE {RESULT} AS {sql}")
    } else {
        format!("CREATE TABLE {RESULT} AS SELECT * FROM ({sql}\n) ORDER BY ALL")
    }
}

/// The cells of an input: texts, readings as text, file and row, in the order read.
pub fn cells(rows: &Table, values: &[Expr]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("CAST({v} AS VARCHAR)")).collect();
    format!("SELECT {} FROM {rows} s ORDER BY s._id", values.join(", "))
}

/// The first row of an input for which a reading fails: `file, place, text, reason, how many`.
pub fn first_bad(
    source: &str,
    rows: &Table,
    raw_column: &str,
    when: &Expr,
    (value, reason): (&Expr, &Expr),
) -> String {
    let source = literal(source);
    format!(
        "SELECT coalesce(p.file, ''), coalesce(CASE WHEN p.sheet IS NOT NULL AND s._pos IS NULL THEN p.sheet || '!' || \
         coalesce(c.letter, 'A') || s._row END, s._pos, 'line ' || s._row || coalesce(', column ' || c.name, '')), \
         coalesce(CAST({value} AS VARCHAR), ''), {reason}, \
         count(*) OVER () FROM {rows} s LEFT JOIN raw._part p ON p.source = {source} AND p.part = s._part LEFT JOIN raw._place c \
         ON c.source = {source} AND c.part = s._part AND c.col = {} WHERE coalesce({when}, FALSE) ORDER BY s._id LIMIT 1",
        literal(raw_column)
    )
}

/// Names and types of the columns of a result.
pub fn result_columns() -> String {
    format!("DESCRIBE {RESULT}")
}

/// The rows of a result as those of a raw table, in order; `types` are those of its columns.
pub fn fetch(columns: &[(String, String)]) -> String {
    let kinds: Vec<String> = columns
        .iter()
        .map(|(name, ty)| {
            let kind = match ty.as_str() {
                "VARCHAR" => "t",
                "DATE" | "TIMESTAMP" => "d",
                "BOOLEAN" => "b",
                _ => "n",
            };
            format!("CASE WHEN {} IS NULL THEN ' ' ELSE '{kind}' END", ident(name))
        })
        .collect();
    let cells: String = columns.iter().map(|(name, ty)| format!(", {}", cell(name, ty))).collect();
    format!(
        "SELECT rowid + 1, CAST(1 AS BIGINT), rowid + 1, 'row ' || (rowid + 1), concat({}){cells} FROM {RESULT} ORDER BY rowid",
        kinds.join(", ")
    )
}

/// The canonical text of a value of a result.
fn cell(name: &str, ty: &str) -> String {
    let value = Expr::col(name);
    match ty {
        "VARCHAR" => value.to_string(),
        "TIMESTAMP" => format!("replace(CAST({value} AS VARCHAR), ' ', 'T')"),
        _ if ty.starts_with("DECIMAL") && !ty.ends_with(",0)") => number_text(&value).to_string(),
        _ => format!("CAST({value} AS VARCHAR)"),
    }
}
