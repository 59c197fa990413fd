//! The queries of the workbook a plan is reviewed in, and of the decisions that come back in it. All sorted.

use super::diff::Column;
use super::read::canonical;
use super::{Expr, literal, plan};

/// The changes of one record with the values of these fields before and after, in order.
///
/// Columns: `id BIGINT, key, parent_key, kind, changed` (names of the changed fields, joined by `, `)`, why, file, sheet,
/// cell VARCHAR`, then for field n (from 0) `old n, new n VARCHAR`, canonical texts.
pub fn changes(model: &str, record: &str, fields: &[Column]) -> String {
    let value = |c: &Column, side: &str| canonical(&Expr::col(side).member(&c.name), &c.ty).to_string();
    let pair = |(n, c): (usize, &Column)| {
        let old = format!("CASE WHEN kind <> 'new' THEN {} END AS \"old {n}\"", value(c, "old"));
        // What is gone from the files keeps its values but for those that are sent.
        let new = format!(
            "CASE WHEN kind NOT IN ('removed', 'absent') OR list_contains(fields, {}) THEN {} END AS \"new {n}\"",
            literal(&c.name),
            value(c, "new")
        );
        format!(", {old}, {new}")
    };
    let fields: String = fields.iter().enumerate().map(pair).collect();
    format!(
        "SELECT id, key, parent_key, kind, CASE WHEN kind = 'new' THEN '' ELSE coalesce(array_to_string(fields, ', '), '') END AS changed, \
         concat_ws('; ', nullif(cause, ''), nullif(note, '')) AS why, file, sheet, \
         coalesce(CASE WHEN sheet IS NOT NULL THEN 'A' || line END, pos, 'line ' || line) AS cell{fields} \
         FROM {} WHERE record = {} ORDER BY id",
        plan::changes(model),
        literal(record)
    )
}

/// The fields that differ in any change of a record that was there before: `field`, in order.
pub fn changing(model: &str, record: &str) -> String {
    format!(
        "SELECT DISTINCT unnest(fields) AS field FROM {} WHERE record = {} AND kind <> 'new' ORDER BY field",
        plan::changes(model),
        literal(record)
    )
}

/// The reasons why records are not sent, in order: `status, known` (also in the last run)`, file, sheet, cell, record, key,
/// field, value, code, reason`, all VARCHAR.
pub fn refused() -> String {
    // `Rechnungen!A17`: a sheet's name may hold a `!` itself, so the last one counts.
    let cell = "nullif(regexp_extract(place, '^.+!([A-Z]*[0-9]+)$', 1), '')";
    format!(
        "SELECT status, CASE WHEN known THEN 'yes' ELSE '' END AS known, file, \
         CASE WHEN {cell} IS NOT NULL THEN left(place, length(place) - length({cell}) - 1) END AS sheet, coalesce({cell}, place) AS cell, record, \
         key, field, value, code, concat_ws('; ', reason, nullif(note, '')) AS reason FROM plan.refused \
         ORDER BY status DESC, id, field, code, reason"
    )
}

/// `plan.review(sheet VARCHAR, row BIGINT, record VARCHAR, id BIGINT, key VARCHAR, word VARCHAR, comment VARCHAR)`: the
/// lines of a review that say something, empty.
pub fn review_table() -> &'static str {
    "CREATE OR REPLACE TABLE plan.review(sheet VARCHAR, row BIGINT, record VARCHAR, id BIGINT, key VARCHAR, word VARCHAR, comment VARCHAR)"
}

/// A line of a review that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Sheet.
    pub sheet: String,
    /// Row, from 1.
    pub row: u32,
    /// Record of the sheet.
    pub record: String,
    /// Number of the change in the plan, where the cell has one.
    pub id: Option<i64>,
    /// Key as shown.
    pub key: String,
    /// `apply`, `hold` or nothing.
    pub word: String,
    /// Remark.
    pub comment: String,
}

/// Adds lines to `plan.review`; at least one.
pub fn add_lines(lines: &[Line]) -> String {
    let one = |l: &Line| {
        let id = l.id.map_or("NULL".to_owned(), |id| id.to_string());
        let [sheet, record, key, word, comment] =
            [&l.sheet, &l.record, &l.key, &l.word, &l.comment].map(|t| literal(t));
        format!("({sheet}, {}, {record}, {id}, {key}, {word}, {comment})", l.row)
    };
    format!("INSERT INTO plan.review VALUES {}", lines.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// `plan.reviewed(id, record, key, shown)`: all changes of the plan, the key also as the workbook shows it.
pub fn reviewed(models: &[&str]) -> String {
    let one = |m: &&str| {
        format!("SELECT id, record, key, replace(key, chr(31), ' / ') AS shown FROM {}", plan::changes(m))
    };
    let all: Vec<String> = models.iter().map(one).collect();
    let all = if all.is_empty() {
        "SELECT 0 AS id, '' AS record, '' AS key, '' AS shown WHERE FALSE".to_owned()
    } else {
        all.join(" UNION ALL ")
    };
    format!("CREATE OR REPLACE VIEW plan.reviewed AS {all}")
}

/// The lines that name no change of the plan: `sheet, row, record, key, other` (the key that the line's number belongs
/// to), in order.
pub fn unknown_lines() -> &'static str {
    "SELECT r.sheet, r.row, r.record, r.key, (SELECT min(c.shown) FROM plan.reviewed c WHERE c.id = r.id AND c.record = r.record) AS other \
     FROM plan.review r WHERE NOT EXISTS (SELECT 1 FROM plan.reviewed c WHERE c.id = r.id AND c.record = r.record AND c.shown = r.key) \
     ORDER BY r.sheet, r.row"
}

/// The lines that decide otherwise than an earlier one about the same change: `sheet, row, record, key, word` and `sheet,
/// row, word` of the first, in order.
pub fn contradictions() -> &'static str {
    "SELECT r.sheet, r.row, r.record, r.key, r.word, f.sheet, f.row, f.word FROM plan.review r JOIN (SELECT record, id, arg_min(sheet, (sheet, row)) \
     AS sheet, arg_min(row, (sheet, row)) AS row, arg_min(word, (sheet, row)) AS word FROM plan.review WHERE word <> '' GROUP BY record, id) f \
     ON f.record = r.record AND f.id = r.id WHERE r.word <> '' AND r.word <> f.word ORDER BY r.sheet, r.row"
}

/// What the lines come to, one a change: `record, key, word, comment`, in order of the plan. `apply` without a remark is
/// left out where nothing in `plan.decided` holds the change.
pub fn decided_lines() -> &'static str {
    "SELECT c.record, c.key, max(r.word) AS word, max(r.comment) AS comment FROM plan.review r JOIN plan.reviewed c ON c.id = r.id AND \
     c.record = r.record GROUP BY c.id, c.record, c.key HAVING max(r.word) = 'hold' OR max(r.comment) <> '' OR EXISTS (SELECT 1 FROM plan.decided d \
     WHERE d.record = c.record AND d.key = c.key) ORDER BY c.id"
}

/// How many changes the lines send or hold: `word, n`.
pub fn counted_words() -> &'static str {
    "SELECT word, count(DISTINCT (record, id)) FROM plan.review WHERE word <> '' GROUP BY word ORDER BY word"
}
