//! Statements of lookups. `lookup.<name>(k1 … kn VARCHAR, g VARCHAR, d TIMESTAMP, n NUMBER, id BIGINT)`: the keys, what
//! is given, the last key as a date and as a number (NULL where it is none), the first source row. Keys are never NULL.
//!
//! Equality is a scalar subquery, which DuckDB turns into one join. The other two are macros `lookup."find <name>"`,
//! made once the rows are there: what is fastest depends on the keys. Measured with 1,000,000 different values and
//! 10,000 keys: prefix 1.6 s as one equality join for each length of key (105 s as a join over the lengths), on-or-before
//! 1.0 s as an ASOF join (123 s as a comparison).

use super::{Expr, NUMBER, Table, ident, literal};

/// The rows of a lookup.
pub enum Rows<'a> {
    /// Key and given text, in the mapping.
    Pairs(&'a [(String, String)]),
    /// Of a source: the keys and the given text over `s`.
    Source {
        /// Its rows.
        from: Table,
        /// The keys.
        keys: &'a [Expr],
        /// The given text.
        give: &'a Expr,
    },
}

/// What the keys of an on-or-before lookup are compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All last keys are dates.
    Date,
    /// All are numbers.
    Number,
    /// Neither: by bytes.
    Text,
}

/// Creates `lookup.<name>`; `date` and `number` read the column `kn`. Rows with an empty key are left out, equal rows
/// stand once.
pub fn create(name: &str, rows: &Rows<'_>, date: &Expr, number: &Expr) -> String {
    let (keys, body) = match rows {
        Rows::Source { from, keys, give } => {
            let list: Vec<String> = (1..).zip(*keys).map(|(n, k)| format!("{k} AS k{n}")).collect();
            (keys.len(), format!("SELECT {}, {give} AS g, s._id AS id FROM {from} s", list.join(", ")))
        }
        Rows::Pairs(pairs) => {
            let rows: Vec<String> = (1..)
                .zip(*pairs)
                .map(|(n, (k, g))| format!("({}, nullif({}, ''), {n})", literal(k), literal(g)))
                .collect();
            let body = match rows.is_empty() {
                true => "SELECT '' AS k1, '' AS g, 0 AS id WHERE FALSE".to_owned(),
                false => format!("SELECT * FROM (VALUES {}) v(k1, g, id)", rows.join(", ")),
            };
            (1, body)
        }
    };
    let names: Vec<String> = (1..=keys).map(|n| format!("k{n}")).collect();
    let there: Vec<String> = names.iter().map(|k| format!("{k} IS NOT NULL")).collect();
    let names = names.join(", ");
    format!(
        "CREATE TABLE {} AS SELECT {names}, g, CAST({date} AS TIMESTAMP) AS d, CAST({number} AS {NUMBER}) AS n, \
         CAST(min(id) AS BIGINT) AS id FROM ({body}) WHERE {} GROUP BY ALL ORDER BY {names}, id",
        table(name),
        there.join(" AND ")
    )
}

/// The last key column, which `date` and `number` of [`create`] read.
pub fn last_key(keys: usize) -> Expr {
    Expr::col(&format!("k{keys}"))
}

/// How many rows, how many of them with a date, with a number.
pub fn forms(name: &str) -> String {
    format!("SELECT count(*), count(d), count(n) FROM {}", table(name))
}

/// Lengths of the last keys, the longest first.
pub fn lengths(name: &str, keys: usize) -> String {
    format!("SELECT DISTINCT length(k{keys}) FROM {} ORDER BY 1 DESC", table(name))
}

/// Keys with two answers: `key, a, b, row of a, row of b`. With `form`, the last key counts as what it is compared as.
pub fn conflicts(name: &str, keys: usize, form: Option<Form>) -> String {
    let same: Vec<String> = (1..keys).map(|n| format!("k{n}")).chain([compared(keys, form)]).collect();
    let shown: Vec<String> = (1..=keys).map(|n| format!("min(k{n})")).collect();
    format!(
        "SELECT concat_ws(' / ', {}), coalesce(arg_min(coalesce(g, ''), id), ''), coalesce(arg_max(coalesce(g, ''), id), ''), \
         min(id), max(id) FROM {} GROUP BY {} HAVING count(DISTINCT coalesce(g, '')) > 1 ORDER BY 4, 5 LIMIT 20",
        shown.join(", "),
        table(name),
        same.join(", ")
    )
}

fn compared(keys: usize, form: Option<Form>) -> String {
    match form {
        Some(Form::Date) => "d".to_owned(),
        Some(Form::Number) => "n".to_owned(),
        Some(Form::Text) | None => format!("k{keys}"),
    }
}

/// Where a row of a source stands: `file, sheet, row, path`.
pub fn place(source: &str, id: i64) -> String {
    format!("SELECT _file, _sheet, _row, _pos FROM {} WHERE _id = {id}", Table::new("src", source))
}

/// The macro that finds the longest key a text starts with: parameters `p1 … pn`.
pub fn find_prefix(name: &str, keys: usize, lengths: &[i64]) -> String {
    let first: String = (1..keys).map(|n| format!("l.k{n} = p{n} AND ")).collect();
    let one = |length: &i64| {
        format!(
            "(SELECT coalesce(l.g, '') FROM {} l WHERE {first}l.k{keys} = left(p{keys}, {length}))",
            table(name)
        )
    };
    let all: Vec<String> = lengths.iter().map(one).collect();
    let body = match all.is_empty() {
        true => "CAST(NULL AS VARCHAR)".to_owned(),
        false => format!("nullif(coalesce({}), '')", all.join(", ")),
    };
    let parameters: Vec<String> = (1..=keys).map(|n| format!("p{n}")).collect();
    format!("CREATE MACRO {}({}) AS {body}", find(name), parameters.join(", "))
}

/// The macro that finds the greatest key not after a value: parameters `p1 … pn`, then the last one as a date and as a
/// number.
pub fn find_on_or_before(name: &str, keys: usize, form: Form) -> String {
    let value = match form {
        Form::Date => "pd".to_owned(),
        Form::Number => "pn".to_owned(),
        Form::Text => format!("p{keys}"),
    };
    let given: String = (1..keys).map(|n| format!("p{n} AS a{n}, ")).collect();
    let first: String = (1..keys).map(|n| format!("q.a{n} = l.k{n} AND ")).collect();
    let parameters: Vec<String> = (1..=keys).map(|n| format!("p{n}")).collect();
    // Equal keys with one answer may stand twice when they are compared as dates or numbers.
    let column = compared(keys, Some(form));
    let same: Vec<String> = (1..keys).map(|n| format!("k{n}")).chain([column.clone()]).collect();
    let same = same.join(", ");
    format!(
        "CREATE MACRO {}({}, pd, pn) AS (SELECT l.g FROM (SELECT {given}{value} AS v) q ASOF JOIN \
         (SELECT {same}, min(g) AS g FROM {} GROUP BY {same}) l ON {first}q.v >= l.{column})",
        find(name),
        parameters.join(", "),
        table(name)
    )
}

/// The given text of equal keys.
pub fn equal(keys: &[Expr], name: &str) -> Expr {
    let same: Vec<String> = (1..).zip(keys).map(|(n, k)| format!("l.k{n} = {k}")).collect();
    Expr::raw(format!("(SELECT l.g FROM {} l WHERE {})", table(name), same.join(" AND ")))
}

/// The given text of the longest key that the last text starts with.
pub fn prefix(keys: &[Expr], name: &str) -> Expr {
    Expr::call(&find(name), keys.iter().cloned())
}

/// The given text of the greatest key not after the last one, which `date` and `number` are readings of.
pub fn on_or_before(keys: &[Expr], date: Expr, number: Expr, name: &str) -> Expr {
    Expr::call(&find(name), keys.iter().cloned().chain([date, number]))
}

/// Columns of a raw table as one digest, whatever the order of the rows: for the rules' print. Cells are told apart, an
/// empty one from one that is not there too.
pub fn digest(source: &str, columns: &[usize]) -> String {
    let cells: Vec<String> = columns.iter().map(|n| format!("coalesce(chr(1) || trim(c{n}), '')")).collect();
    let row = cells.join(" || chr(31) || ");
    let first = columns.first().copied().unwrap_or(1);
    format!(
        "SELECT coalesce(md5(string_agg(DISTINCT {row}, chr(30) ORDER BY {row})), '') FROM {} WHERE c{first} IS NOT NULL",
        Table::new("raw", source)
    )
}

fn table(name: &str) -> Table {
    Table::new("lookup", name)
}

fn find(name: &str) -> String {
    format!("{}.{}", ident("lookup"), ident(&format!("find {name}")))
}
