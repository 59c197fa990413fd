//! The queries of the reports over `plan.shown` and `plan.refused`: which change stands in which section, in order,
//! with bounds. All sorted, so that equal plans give equal reports.

use super::literal;

/// Sections of a report in the order of their tables; a unit (a header with its lines) stands in one of them, a
/// removed line under a present header also among the removed.
pub const SECTIONS: [&str; 8] =
    ["removed", "absent", "changed", "returned", "new", "along", "adopted", "rebaselined"];

/// Every change placed, lines *apart* from a header that goes or sends nothing under its key only: `section, id, record, kind, unit` (first change of the header's group)`, up` (the header
/// within this section or 0)`, depth, context` (key of a header that is itself unchanged or elsewhere, else NULL).
const PLACED: &str = "
linked AS (
  SELECT s.id, s.record, s.kind, s.parent_key,
         p.id AS above, coalesce(g.id, p.id, s.id) AS root, coalesce(g.kind, p.kind, s.kind) AS root_kind,
         CASE WHEN p.id IS NULL THEN s.parent_key WHEN g.id IS NULL THEN p.parent_key ELSE g.parent_key END AS outside,
         CASE WHEN p.id IS NULL THEN s.record WHEN g.id IS NULL THEN p.record ELSE g.record END AS root_record,
         CAST(p.id IS NOT NULL AS INTEGER) + CAST(g.id IS NOT NULL AS INTEGER) AS depth
  FROM plan.shown AS s
  LEFT JOIN plan.shown AS p ON p.id = s.parent
  LEFT JOIN plan.shown AS g ON g.id = p.parent),
placed AS (
  SELECT 'removed' AS section, id, record, kind,
         CASE WHEN root_kind = 'removed' THEN root ELSE id END AS root,
         CASE WHEN root_kind = 'removed' THEN root_record ELSE record END AS root_record,
         CASE WHEN root_kind = 'removed' THEN coalesce(above, 0) ELSE 0 END AS up,
         CASE WHEN root_kind = 'removed' THEN depth ELSE 0 END AS depth,
         CASE WHEN root_kind = 'removed' THEN outside ELSE parent_key END AS context
  FROM linked WHERE kind = 'removed'
  UNION ALL
  SELECT CASE WHEN NOT apart AND outside IS NOT NULL AND root_kind IN ('new', 'returned') THEN 'changed'
              WHEN NOT apart THEN root_kind WHEN kind IN ('new', 'returned') THEN 'changed' ELSE kind END,
         id, record, kind, CASE WHEN apart THEN id ELSE root END, CASE WHEN apart THEN record ELSE root_record END,
         CASE WHEN apart THEN 0 ELSE coalesce(above, 0) END, CASE WHEN apart THEN 0 ELSE depth END,
         CASE WHEN apart THEN parent_key ELSE outside END
  FROM linked, LATERAL (SELECT root_kind = 'removed' OR (root_kind IN ('absent', 'adopted', 'rebaselined')
                               AND kind NOT IN ('absent', 'adopted', 'rebaselined'))) AS l(apart)
  WHERE NOT (kind = 'removed' AND apart)),
grouped AS (
  SELECT *, CASE WHEN context IS NULL THEN root
                 ELSE min(root) OVER (PARTITION BY section, root_record, context) END AS unit
  FROM placed)";

/// Number of changes: `section, record, kind, n`, in order of section name, record and kind.
pub fn totals() -> String {
    format!(
        "WITH {PLACED} SELECT section, record, kind, count(*) AS n FROM grouped GROUP BY ALL ORDER BY ALL"
    )
}

/// The changes of some sections, in order of section, unit and id. At most `units` units of each record type in each
/// section, `below` changes under one header, `rows` in all.
///
/// Columns: `section VARCHAR, depth INTEGER, context VARCHAR, unit BIGINT`, then those of `plan.shown`.
pub fn changes(sections: &[&str], units: u64, below: u64, rows: u64) -> String {
    let list: Vec<String> = sections.iter().map(|s| literal(s)).collect();
    let list = format!("[{}]", list.join(", "));
    format!(
        "WITH {PLACED}, ranked AS (
  SELECT *, dense_rank() OVER (PARTITION BY section, root_record ORDER BY unit) AS nth,
         CASE WHEN up = 0 AND context IS NULL THEN 0
              ELSE row_number() OVER (PARTITION BY section, unit, up ORDER BY id) END AS nth_below
  FROM grouped WHERE list_contains({list}, section)),
bounded AS (
  SELECT * FROM ranked WHERE nth <= {units} AND nth_below <= {below}
  ORDER BY list_position({list}, section), unit, id LIMIT {rows})
SELECT b.section, b.depth, b.context, b.unit, s.id, s.record, s.model, s.key, s.parent, s.parent_key, s.kind, s.cause,
       s.note, s.fields, s.file, s.place
FROM bounded AS b JOIN plan.shown AS s ON s.id = b.id
ORDER BY list_position({list}, b.section), b.unit, b.id"
    )
}

/// How many changes there are.
pub fn changes_count() -> &'static str {
    "SELECT count(*) FROM plan.shown"
}

/// How many lines of `plan.refused` there are.
pub fn refused_count() -> &'static str {
    "SELECT count(*) FROM plan.refused"
}

/// How many of them are lines that never became a row.
pub fn unread_count() -> &'static str {
    "SELECT count(*) FROM plan.refused WHERE model IS NULL"
}

/// The first source row of a record, out of `plan.raw` (which keeps those of many new records not), for those in `{wanted}`.
fn raw(wanted: &str) -> String {
    format!(
        "raw AS (
  SELECT record, key, CASE WHEN key IS NULL THEN line END AS lone, min(id) AS id
  FROM plan.raw SEMI JOIN {wanted} USING (record) GROUP BY ALL),
found AS (
  SELECT r.record, r.key, r.lone, w.source AS raw_source, w.part AS raw_part, w.line AS raw_line, w.pos AS raw_pos, w.cells AS raw_cells
  FROM raw AS r JOIN plan.raw AS w ON w.record = r.record AND w.id = r.id)"
    )
}

/// The first `rows` changes of a plan, each once (a removed line with its header), in the order of [`SECTIONS`], unit and
/// id. Columns: those of [`changes`], then `raw_source, raw_part, raw_line, raw_pos, raw_cells` of the row it was read from.
pub fn listed(rows: u64) -> String {
    let list: Vec<String> = SECTIONS.iter().map(|s| literal(s)).collect();
    let list = format!("[{}]", list.join(", "));
    format!(
        "WITH {PLACED}, once AS (
  SELECT * FROM grouped QUALIFY row_number() OVER (PARTITION BY id ORDER BY section = 'removed', section) = 1),
bounded AS (SELECT * FROM once ORDER BY list_position({list}, section), unit, id LIMIT {rows}),
wanted AS (
  SELECT b.section, b.depth, b.context, b.unit, s.id, s.record, s.model, s.key, s.parent, s.parent_key, s.kind, s.cause,
         s.note, s.fields, s.file, s.place
  FROM bounded AS b JOIN plan.shown AS s ON s.id = b.id), {}
SELECT w.*, r.* EXCLUDE (record, key, lone)
FROM wanted AS w LEFT JOIN found AS r ON r.record = w.record AND r.key = w.key
ORDER BY list_position({list}, w.section), w.unit, w.id",
        raw("wanted")
    )
}

/// How many changes touch a field, the most touched first: `name, n`.
pub fn touched(fields: u64) -> String {
    format!(
        "SELECT name, count(*) AS n FROM (SELECT unnest(fields).name AS name FROM plan.shown WHERE kind IN ('changed', 'returned'))
GROUP BY name ORDER BY n DESC, name LIMIT {fields}"
    )
}

/// The first `rows` reasons, in order: `id, status, record, key, field, code, value, reason, file, place, known, note`.
pub fn refused(rows: u64) -> String {
    format!(
        "SELECT id, status, record, key, field, code, value, reason, file, place, known, note
FROM plan.refused ORDER BY status DESC, id, field, code, reason LIMIT {rows}"
    )
}

/// As [`refused`], each with the row it was read from, as in [`listed`]; one without a key is met by its line.
pub fn refused_rows(rows: u64) -> String {
    format!(
        "WITH wanted AS ({}), {}
SELECT w.*, r.* EXCLUDE (record, key, lone)
FROM wanted AS w LEFT JOIN found AS r ON r.record = w.record AND r.key IS NOT DISTINCT FROM w.key
 AND (w.key IS NOT NULL OR r.lone = TRY_CAST(regexp_extract(w.place, '(?:line |![A-Z]+)(\\d+)', 1) AS BIGINT))
ORDER BY w.status DESC, w.id, w.field, w.code, w.reason",
        refused(rows),
        raw("wanted")
    )
}
