//! Statements about cells that are written otherwise than the last accepted value and mean the same.
//!
//! `plan.rewritten(id, record, key, field, way, text, value, file, place)`: `text` as it stands in the file, `value` the accepted
//! one's canonical text. Only rows are looked at that are not, cell by cell, what they were when they were accepted.

use super::diff::{Column, new, old};
use super::read::{canonical, trimmed};
use super::{Expr, Table, ident, literal};

/// A record each of whose rows is one record.
pub struct Rewritten<'a> {
    /// Model.
    pub model: &'a str,
    /// Record.
    pub record: &'a str,
    /// Mapping.
    pub mapping: &'a str,
    /// Source.
    pub source: &'a str,
    /// Its fields that come from one column, with that column of the raw rows.
    pub fields: Vec<(&'a Column, &'a str)>,
}

/// `plan.rewritten` of these records.
pub fn all(records: &[Rewritten<'_>]) -> String {
    let none = "SELECT '' AS record, '' AS key, '' AS field, '' AS way, '' AS text, '' AS value, '' AS source, 0 AS part, 0 AS line, '' AS pos \
                WHERE FALSE";
    let parts: Vec<String> = records.iter().map(one).chain([none.to_owned()]).collect();
    format!(
        "CREATE OR REPLACE TABLE plan.rewritten AS SELECT row_number() OVER (ORDER BY record, key, field) AS id, record, key, field, way, text, value, \
         p.file, coalesce(q.pos, CASE WHEN p.sheet IS NOT NULL THEN p.sheet || '!A' || q.line END, 'line ' || q.line) AS place \
         FROM ({}) q LEFT JOIN raw._part p ON p.source = q.source AND p.part = q.part ORDER BY id",
        parts.join(" UNION ALL ")
    )
}

/// The cells in order, the parts of a key with ` / ` between.
pub fn list() -> String {
    "SELECT record, replace(key, chr(31), ' / ') AS key, field, way, text, value, file, place FROM plan.rewritten ORDER BY id".to_owned()
}

/// How many cells there are of each way, most first.
pub fn ways() -> String {
    "SELECT way, count(*) FROM plan.rewritten GROUP BY way ORDER BY count(*) DESC, way".to_owned()
}

fn one(r: &Rewritten<'_>) -> String {
    let columns: String = r.fields.iter().enumerate().map(|(n, (c, column))| cell(n, c, column)).collect();
    let fields = r.fields.iter().enumerate().map(|(n, (c, _))| {
        format!(
            "SELECT key, {} AS field, CASE WHEN same{n} THEN {} WHEN alike{n} THEN {} END AS way, t{n} AS text, v{n} AS value, part, line, pos FROM b",
            literal(&c.name),
            way(n, &c.ty),
            if c.ty == "VARCHAR" { "'letter case'" } else { "'within tolerance'" },
        )
    });
    let fields: Vec<String> = fields.collect();
    format!(
        "SELECT {} AS record, key, field, way, text, value, {} AS source, part, line, pos FROM (WITH b AS MATERIALIZED (SELECT n._key AS key, \
         s._part AS part, s._row AS line, s._pos AS pos{columns} FROM {} n JOIN (SELECT * FROM {} WHERE _owner = {}) o ON o._key = n._key JOIN {} s \
         ON s._id = n._rec WHERE n._record = {} AND o._gone IS NULL AND o._raw IS NOT NULL AND o._raw IS DISTINCT FROM n._raw) {}) WHERE way IS NOT NULL",
        literal(r.record),
        literal(r.source),
        new(r.model),
        old(r.model),
        literal(r.mapping),
        Table::new("raw", r.source),
        literal(r.record),
        fields.join(" UNION ALL ")
    )
}

/// The text of a cell (none of a native number: its digits are not written by anybody), the accepted value, whether the new one is
/// the same, and whether it is taken for it.
fn cell(n: usize, column: &Column, raw: &str) -> String {
    let name = ident(&column.name);
    let place = raw.trim_start_matches('c');
    format!(
        ", CASE WHEN coalesce(substr(s._kind, {place}, 1), '') <> 'n' THEN s.{raw} END AS t{n}, {} AS v{n}, n.{name} IS NOT DISTINCT FROM o.{name} AS \
         same{n}, {} AS alike{n}",
        canonical(&Expr::of("o", &column.name), &column.ty),
        column.alike(true).unwrap_or_else(|| "FALSE".to_owned())
    )
}

/// In what a text differs from the canonical one, as far as it is no more than the way of writing; NULL otherwise.
fn way(n: usize, ty: &str) -> String {
    let (text, value) = (format!("t{n}"), format!("v{n}"));
    let trimmed = trimmed(Expr::raw(text.clone())).to_string();
    let spaces = format!("WHEN {text} = {value} THEN NULL WHEN {trimmed} = {value} THEN 'spaces'");
    if ty == "VARCHAR" {
        return format!(
            "CASE {spaces} WHEN nfc_normalize({trimmed}) = {value} THEN 'Unicode form' WHEN lower({trimmed}) = lower({value}) THEN 'letter case' END"
        );
    }
    if !ty.starts_with("DECIMAL") && ty != "BIGINT" {
        return format!("CASE {spaces} END");
    }
    // A rate of ten decimals, or an amount without any, is always written so; and `1.190` may be more than a thousand.
    let shorter = if ty == "DECIMAL(28,2)" {
        format!("regexp_matches({trimmed}, '[.,]([0-9]|[0-9]{{4,}})$')")
    } else {
        "FALSE".to_owned()
    };
    let digits = |of: &str| format!("regexp_replace({of}, '[^0-9]', '', 'g')");
    let (ours, theirs) = (digits(&text), digits(&value));
    format!(
        "CASE {spaces} WHEN {ours} = {theirs} THEN NULL WHEN {shorter} AND rtrim({ours}, '0') = rtrim({theirs}, '0') THEN 'trailing zeros' \
         WHEN ltrim({ours}, '0') = ltrim({theirs}, '0') THEN 'leading zeros' END"
    )
}
