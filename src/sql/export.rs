//! Queries of the exports: whole changes with every old and new value, and refusals with the row they stand in. All in
//! order, so that equal plans give equal files.

use super::read::canonical;
use super::{Expr, literal, plan};

/// Which changes of a model.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Every one.
    All,
    /// Those of a record type.
    Of(&'a str),
    /// Those of a key.
    Key(&'a str),
}

impl Which<'_> {
    fn condition(self) -> String {
        match self {
            Which::All => "TRUE".to_owned(),
            Which::Of(record) => format!("record = {}", literal(record)),
            Which::Key(key) => format!("key = {}", literal(key)),
        }
    }
}

/// Whole changes of a model in order: `id, record, key, parent, parent_key, kind, cause, note, fields, file, place, old,
/// new`; the last two are lists of canonical texts in the order of `columns` (name, SQL type), `old` empty where new.
pub fn changes(model: &str, columns: &[(&str, &str)], which: Which<'_>) -> String {
    let values = |side: &str| {
        let one = |(name, ty): &(&str, &str)| canonical(&Expr::col(side).member(name), ty).to_string();
        format!("CAST([{}] AS VARCHAR[])", columns.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    format!(
        "SELECT id, record, key, parent, parent_key, kind, cause, note, fields, file, {} AS place, \
         CASE WHEN kind <> 'new' THEN {} ELSE CAST([] AS VARCHAR[]) END AS old, {} AS new FROM {} WHERE {} ORDER BY id",
        plan::PLACE,
        values("old"),
        values("new"),
        plan::changes(model),
        which.condition()
    )
}

/// Every reason in the order of the reports, with its row: `status, record, key, field, code, value, reason, file, place,
/// known, note, source, line, cells` (NULL where no row was kept). Plans of earlier programs do not say which row it is.
pub fn refused() -> &'static str {
    "SELECT f.status, f.record, f.key, f.field, f.code, f.value, f.reason, f.file, f.place, f.known, f.note, r.source, r.line, r.cells
FROM (SELECT * FROM plan.refused UNION ALL BY NAME SELECT CAST(NULL AS BIGINT) AS row_id WHERE FALSE) AS f
LEFT JOIN plan.raw AS r ON r.record = f.record AND r.id = f.row_id
ORDER BY f.status DESC, f.id, f.field, f.code, f.reason"
}

/// Leaves in `plan.shown` and `plan.refused` what one of these names: a record type, or one of its kinds.
pub fn only(wanted: &[(&str, Option<&str>)]) -> String {
    let keep = |kind: &str| {
        let one = |(record, wanted): &(&str, Option<&str>)| match wanted {
            Some(wanted) => format!("(record = {} AND {kind} = {})", literal(record), literal(wanted)),
            None => format!("record = {}", literal(record)),
        };
        wanted.iter().map(one).collect::<Vec<_>>().join(" OR ")
    };
    format!(
        "CREATE TABLE plan.some_shown AS SELECT * FROM plan.shown WHERE {}; DROP VIEW plan.shown; \
         ALTER TABLE plan.some_shown RENAME TO shown; \
         CREATE TABLE plan.some_refused AS SELECT * FROM plan.refused WHERE {}; DROP VIEW plan.refused; \
         ALTER TABLE plan.some_refused RENAME TO refused",
        keep("kind"),
        keep("status")
    )
}
