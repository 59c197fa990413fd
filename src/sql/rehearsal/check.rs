//! The check of staged rows: canonical values, messages, what is there already.

use super::{Column, Kind, Missing, OnUnknown, Shape, checked, staging, true_table};
use crate::sql::map::content_key;
use crate::sql::{Expr, ident, literal};

/// How strict the check is.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// References to what is not there.
    pub on_unknown: OnUnknown,
    /// Required numbers and flags that are missing.
    pub missing: Missing,
    /// So many percent of the keys are refused, which ones by this seed.
    pub refuse: Option<(u8, u64)>,
}

/// Staged rows → `<model> checked`: `_row`, `_key`, `_errors`, `_skips`, `_exists`, `_same`, canonical columns.
pub fn check(shape: &Shape, checks: &Checks) -> String {
    let mut errors: Vec<String> =
        shape.columns.iter().flat_map(|c| column_errors(shape, c, checks.missing)).collect();
    let references: Vec<String> = shape.columns.iter().filter_map(|c| reference(shape, c)).collect();
    let skips = match checks.on_unknown {
        OnUnknown::Skip => references,
        OnUnknown::Error => {
            errors.extend(references);
            Vec::new()
        }
        OnUnknown::Accept => Vec::new(),
    };
    errors.extend(checks.refuse.map(refused));
    let latest = if shape.key.is_empty() && shape.whole {
        ""
    } else if shape.key.is_empty() {
        "QUALIFY _row = max(_row) OVER ()"
    } else {
        errors.push(
            "CASE WHEN count(*) OVER (PARTITION BY s._key) > 1 THEN 'the key stands more than once' END"
                .to_owned(),
        );
        ""
    };
    let settled = |c: &Column| settled(shape, c, checks.missing);
    let values = shape.columns.iter().map(|c| format!(", {} AS {}", settled(c), ident(&c.name)));
    let values: Vec<String> = values.collect();
    let same: Vec<String> = shape.columns.iter().map(|c| same(c, &settled(c))).collect();
    format!(
        "CREATE OR REPLACE TABLE {into} AS SELECT s._row, s._key, {errors} AS _errors, {skips} AS _skips, \
         t._key IS NOT NULL AS _exists, {same} AS _same{values} \
         FROM ({staged}) s LEFT JOIN {truth} t ON t._key = s._key {latest}",
        into = checked(&shape.name),
        errors = messages(&errors),
        skips = messages(&skips),
        same = same.join(" AND "),
        values = values.concat(),
        staged = canonical(shape),
        truth = ident(&true_table(&shape.name)),
    )
}

/// The staged rows with canonical values (`= name`) beside the raw ones, and the key.
fn canonical(shape: &Shape) -> String {
    let values: Vec<String> =
        shape.columns.iter().map(|c| format!(", {} AS {}", canon(c), canon_name(c))).collect();
    let parts: Vec<String> = shape
        .key
        .iter()
        .filter_map(|k| shape.columns.iter().find(|c| c.name == *k))
        .map(|c| format!("coalesce({}, '')", canon(c)))
        .collect();
    let key = match (parts.is_empty(), shape.whole) {
        (false, _) => parts.join(" || chr(31) || "),
        (true, false) => "''".to_owned(),
        (true, true) => {
            let texts = shape.columns.iter().map(|c| (c.name.as_str(), Expr::raw(canon(c))));
            content_key(texts, &Expr::flag(true), &Expr::col("_row")).to_string()
        }
    };
    format!("SELECT *, {key} AS _key{} FROM {}", values.concat(), staging(&shape.name))
}

/// The name of the column with the canonical value.
fn canon_name(column: &Column) -> String {
    ident(&format!("= {}", column.name))
}

/// The canonical text of a staged value; a value of another type stays as it is.
fn canon(column: &Column) -> String {
    let v = ident(&column.name);
    let cast = |ty: &str| format!("coalesce(CAST(TRY_CAST({v} AS {ty}) AS VARCHAR), {v})");
    match column.kind {
        Kind::Text | Kind::Uuid | Kind::Object => v,
        Kind::Integer => cast("BIGINT"),
        Kind::Decimal(scale) => cast(&format!("DECIMAL(28,{scale})")),
        Kind::Boolean => format!("lower({v})"),
        Kind::Date => cast("DATE"),
        Kind::DateTime => {
            format!("coalesce(replace(CAST(TRY_CAST({v} AS TIMESTAMP) AS VARCHAR), ' ', 'T'), {v})")
        }
        Kind::Utc => {
            format!("coalesce(replace(CAST(TRY_CAST({v} AS TIMESTAMP) AS VARCHAR), ' ', 'T') || 'Z', {v})")
        }
    }
}

/// The canonical value, or what stands for it where it is missing.
fn settled(shape: &Shape, column: &Column, missing: Missing) -> String {
    let canon = format!("s.{}", canon_name(column));
    match default(shape, column, missing) {
        Some(value) => format!(
            "CASE WHEN {canon} = '' OR ({canon} IS NULL AND t._key IS NULL) THEN {} ELSE {canon} END",
            literal(value)
        ),
        None => canon,
    }
}

/// What stands for a missing required number or flag.
fn default(shape: &Shape, column: &Column, missing: Missing) -> Option<&'static str> {
    if missing != Missing::Default || !column.required || shape.key.contains(&column.name) {
        return None;
    }
    match column.kind {
        Kind::Boolean => Some("false"),
        Kind::Integer | Kind::Decimal(_) => Some("0"),
        _ => None,
    }
}

fn same(column: &Column, settled: &str) -> String {
    let name = ident(&column.name);
    format!("({settled} IS NULL OR {settled} = coalesce(t.{name}, ''))")
}

/// Refuses a share of the keys, the same ones each time.
fn refused((share, seed): (u8, u64)) -> String {
    let text = literal("refused by the practice platform");
    format!(
        "CASE WHEN (md5_number_lower(s._key || {}) % 100) < {share} THEN {text} END",
        literal(&format!("|{seed}"))
    )
}

fn column_errors(shape: &Shape, column: &Column, missing: Missing) -> Vec<String> {
    let v = format!("s.{}", ident(&column.name));
    let mut errors = Vec::new();
    let mut when = |condition: String, message: &str| {
        let text = literal(&format!("{}: {message}", column.name));
        errors.push(format!("CASE WHEN {condition} THEN {text} END"));
    };
    if shape.key.contains(&column.name) {
        when(format!("coalesce({v}, '') = ''"), "is required");
    } else if column.required && default(shape, column, missing).is_none() {
        when(format!("coalesce({v}, t.{}, '') = ''", ident(&column.name)), "is required");
    }
    if let Some((is, message)) = kind_check(column.kind, &v) {
        when(format!("{v} <> '' AND NOT {is}"), message);
    }
    if let Some(length) = column.length {
        when(format!("length({v}) > {length}"), &format!("is longer than {length}"));
    }
    if !column.one_of.is_empty() {
        let words: Vec<String> = column.one_of.iter().map(|w| literal(w)).collect();
        when(format!("{v} <> '' AND {v} NOT IN ({})", words.join(", ")), "is not one of the allowed values");
    }
    if let Some(pattern) = &column.pattern {
        when(format!("{v} <> '' AND NOT regexp_full_match({v}, {})", literal(pattern)), "has a wrong form");
    }
    errors
}

fn kind_check(kind: Kind, v: &str) -> Option<(String, &'static str)> {
    Some(match kind {
        Kind::Text => return None,
        Kind::Uuid => (format!("(TRY_CAST({v} AS UUID) IS NOT NULL)"), "is not a UUID"),
        Kind::Integer => (format!("regexp_full_match({v}, '-?[0-9]{{1,18}}')"), "is not an integer"),
        Kind::Decimal(0) => (format!("regexp_full_match({v}, '-?[0-9]{{1,28}}')"), "is not a whole number"),
        Kind::Decimal(scale) => (
            format!("regexp_full_match({v}, '-?[0-9]{{1,{}}}([.][0-9]{{1,{scale}}})?')", 28 - scale.min(27)),
            "is not a number of the field's digits",
        ),
        Kind::Boolean => (format!("(lower({v}) IN ('true', 'false'))"), "is not true or false"),
        Kind::Date => (format!("(TRY_CAST({v} AS DATE) IS NOT NULL)"), "is not a date"),
        Kind::DateTime => (format!("(TRY_CAST({v} AS TIMESTAMP) IS NOT NULL)"), "is not a date and time"),
        Kind::Utc => (
            format!("(ends_with({v}, 'Z') AND TRY_CAST({v} AS TIMESTAMP) IS NOT NULL)"),
            "is not a date and time in UTC",
        ),
        Kind::Object => (format!("json_valid({v})"), "is not JSON"),
    })
}

/// A reference to a record that is neither true nor, for the own type, in this upload.
fn reference(shape: &Shape, column: &Column) -> Option<String> {
    let (model, field) = column.refers.as_ref()?;
    let (v, field) = (format!("s.{}", ident(&column.name)), ident(field));
    let table = ident(&true_table(model));
    let mut known = format!("{v} NOT IN (SELECT coalesce({field}, '') FROM {table})");
    if *model == shape.name {
        known.push_str(&format!(" AND {v} NOT IN (SELECT coalesce({field}, '') FROM {})", staging(model)));
    }
    let text = literal(&format!("{}: there is no {model} of that key", column.name));
    Some(format!("CASE WHEN {v} <> '' AND {known} THEN {text} END"))
}

/// Several messages as one text, joined by U+001F; NULL when there is none.
fn messages(list: &[String]) -> String {
    if list.is_empty() {
        "NULL".to_owned()
    } else {
        format!("nullif(concat_ws(chr(31), {}), '')", list.join(", "))
    }
}
