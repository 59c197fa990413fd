//! Statements of `plan`: changes numbered and placed, refusals placed, totals, the views that reports read, Parquet.
//!
//! `plan.changes <model>(id, record, key, parent, parent_key, kind, cause, note, level, fields, ours, print, raw, part,
//! line, pos, file, sheet, old, new)`: as in the file `changes.<model>.parquet`.

use super::diff::{Column, changes_table, new, old};
use super::read::canonical;
use super::{Expr, Table, ident, literal};

/// `plan.changes <model>`.
pub fn changes(model: &str) -> Table {
    Table::new("plan", format!("changes {model}"))
}

/// What numbering a model's changes needs.
pub struct Numbering<'a> {
    /// Model.
    pub model: &'a str,
    /// Ids before it.
    pub start: u64,
    /// Its level.
    pub level: u32,
    /// Records of the model with their sources.
    pub sources: Vec<(&'a str, &'a str)>,
    /// Records in display order.
    pub parents: Vec<&'a str>,
}

/// `plan.ids <model>`: the id of each change. Numbered apart from the wide rows, which are then sorted once.
pub fn number(n: &Numbering<'_>) -> String {
    format!(
        "CREATE OR REPLACE TABLE {} AS SELECT record, key, {} + row_number() OVER (ORDER BY record, coalesce(parent_key, key), key) AS id FROM {}",
        ids(n.model),
        n.start,
        changes_table(n.model),
    )
}

fn ids(model: &str) -> Table {
    Table::new("plan", format!("ids {model}"))
}

/// `plan.changes <model>`: the diff's changes with their ids, parents and places, as a view.
pub fn placed(n: &Numbering<'_>) -> String {
    let source: String =
        n.sources.iter().map(|(r, s)| format!(" WHEN {} THEN {}", literal(r), literal(s))).collect();
    let source = if source.is_empty() { "NULL".to_owned() } else { format!("CASE d.record{source} END") };
    let (parent, joins) = parents(&n.parents);
    format!(
        "CREATE OR REPLACE VIEW {} AS SELECT i.id, d.record, d.key, \
         {parent} AS parent, d.parent_key, d.kind, d.cause, CAST(NULL AS VARCHAR) AS note, CAST({} AS INTEGER) AS level, \
         d.fields, d.ours, CAST(d.print AS UUID) AS print, CAST(d.raw AS UUID) AS raw, d.part, d.line, d.pos, f.file, f.sheet, \
         d.old, d.new FROM {} d JOIN {} i ON i.key = d.key AND i.record = d.record \
         LEFT JOIN raw._part f ON f.part = d.part AND f.source = {source}{joins}",
        changes(n.model),
        n.level,
        changes_table(n.model),
        ids(n.model),
    )
}

fn parents(models: &[&str]) -> (String, String) {
    if models.is_empty() {
        return ("CAST(NULL AS BIGINT)".to_owned(), String::new());
    }
    let columns: Vec<String> = (0..models.len()).map(|n| format!("p{n}.id")).collect();
    let join =
        |(n, model): (usize, &&str)| format!(" LEFT JOIN {} p{n} ON p{n}.key = d.parent_key", ids(model));
    (format!("coalesce({})", columns.join(", ")), models.iter().enumerate().map(join).collect())
}

/// How many changes a model has.
pub fn count(model: &str) -> String {
    format!("SELECT count(*) FROM {}", ids(model))
}

/// What the refusals of one source's records need.
pub struct Refused<'a> {
    /// Source.
    pub source: &'a str,
    /// Its records: name, model.
    pub records: Vec<(&'a str, &'a str)>,
    /// How its cells are named.
    pub cells: Cells,
}

/// How the cells of a source are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// By the row's place and the column's.
    Plain,
    /// The row's place is that of the cell in these columns, which `unpivot` made.
    Turned([String; 2]),
    /// By row and column of a result.
    Result,
}

/// `plan.refused` from the refusals of all sources and the lines that never became rows.
pub fn refused(all: &[Refused<'_>], known: Option<&Table>, mapping: &str) -> String {
    let parts: Vec<String> = all.iter().map(refused_of).collect();
    let lines = "SELECT 0 AS ord, 'rejected' AS status, f.source AS record, CAST(NULL AS VARCHAR) AS model, CAST(NULL AS VARCHAR) AS key, \
         CAST(NULL AS VARCHAR) AS field, f.code, f.text AS value, f.reason, p.file, \
         coalesce(CASE WHEN p.sheet IS NOT NULL THEN p.sheet || '!' || f.row END, f.pos, 'line ' || f.row) AS place, f.row AS row_id \
         FROM raw._refused f LEFT JOIN raw._part p ON p.source = f.source AND p.part = f.part";
    let gone = "SELECT 2 AS ord, 'held' AS status, record, model, key, CAST(NULL AS VARCHAR) AS field, code, key AS value, reason, \
         CAST(NULL AS VARCHAR) AS file, CAST(NULL AS VARCHAR) AS place, CAST(NULL AS BIGINT) AS row_id FROM diff.gone_held";
    let all: Vec<String> = parts.into_iter().chain([lines.to_owned(), gone.to_owned()]).collect();
    let known = match known {
        Some(table) => format!(
            "EXISTS (SELECT 1 FROM {table} k WHERE k.mapping = {} AND k.record IS NOT DISTINCT FROM q.record AND k.key IS NOT \
             DISTINCT FROM q.key AND k.field IS NOT DISTINCT FROM q.field AND k.code = q.code AND k.digest = md5(coalesce(q.value, '')))",
            literal(mapping)
        ),
        None => "FALSE".to_owned(),
    };
    format!(
        "CREATE TABLE plan.refused AS SELECT row_number() OVER (ORDER BY ord, record, row_id, key, field, code, reason) AS id, status, \
         record, model, key, field, code, value, reason, file, place, {known} AS known, CAST(NULL AS VARCHAR) AS note, \
         CASE WHEN model IS NOT NULL THEN row_id END AS row_id FROM ({}) q ORDER BY id",
        all.join(" UNION ALL ")
    )
}

fn refused_of(r: &Refused<'_>) -> String {
    let special = special(&r.cells);
    let records: Vec<String> = r
        .records
        .iter()
        .map(|(name, model)| {
            format!(
                "SELECT {} AS record, {} AS model, _rec, _key FROM {}",
                literal(name),
                literal(model),
                Table::new("mapped", *name)
            )
        })
        .collect();
    format!(
        "SELECT CASE WHEN f.status = 'rejected' THEN 1 ELSE 2 END AS ord, f.status, f.record, m.model, m._key AS key, f.field, f.code, f.value, f.reason, p.file, \
         CASE{special} WHEN p.sheet IS NOT NULL THEN p.sheet || '!' || coalesce(c.letter, 'A') || s._row \
         WHEN s._pos IS NOT NULL THEN s._pos || coalesce('/' || c.name, '') \
         ELSE 'line ' || s._row || coalesce(', column ' || c.name, '') END AS place, f.row_id \
         FROM mapped._refused f JOIN ({}) m ON m.record = f.record AND m._rec = f.rec \
         JOIN {} s ON s._id = f.row_id LEFT JOIN raw._part p ON p.source = {source} AND p.part = s._part \
         LEFT JOIN raw._place c ON c.source = {source} AND c.part = s._part AND c.col = f.col",
        records.join(" UNION ALL "),
        Table::new("raw", r.source),
        source = literal(r.source)
    )
}

/// The branches that name a cell otherwise than by its row's place and its column's.
fn special(cells: &Cells) -> String {
    let by_line = "'line ' || s._row || ', column ' || c.name";
    match cells {
        Cells::Plain => String::new(),
        Cells::Turned([name, value]) => format!(
            " WHEN f.col IS NULL OR f.col IN ({}, {}) THEN s._pos WHEN p.sheet IS NULL THEN {by_line}",
            literal(name),
            literal(value)
        ),
        Cells::Result => " WHEN TRUE THEN s._pos || coalesce(', column ' || c.name, '')".to_owned(),
    }
}

/// Up to so many new records of a type have their rows kept; more are a first day, whose rows would be the whole export again.
const NEW_ROWS: u32 = 20_000;

/// `plan.raw`: the rows read of refusals (those refused and those of their record's key) and of changes, new ones while they
/// are at most `NEW_ROWS`: `record, key, part, line, pos, id, source, kind, cells`.
pub fn raw_rows(all: &[(&str, &str, &str, usize)]) -> String {
    let one = |(record, model, source, columns): &(&str, &str, &str, usize)| {
        let cells: Vec<String> = (1..=*columns).map(|n| format!("s.c{n}")).collect();
        let mapped = Table::new("mapped", *record);
        let name = literal(record);
        let refused = format!("FROM mapped._refused WHERE record = {name}");
        format!(
            "SELECT {name} AS record, m._key AS key, s._part AS part, s._row AS line, s._pos AS pos, s._id AS id, {} AS source, s._kind AS kind, \
             CAST([{}] AS VARCHAR[]) AS cells FROM (\
             SELECT _rec AS id, _key FROM {mapped} WHERE _rec IN (SELECT rec {refused}) OR _rec IN (SELECT rec FROM {changes} WHERE record = {name} \
             AND rec IS NOT NULL AND (kind <> 'new' OR (SELECT count(*) FROM {changes} WHERE record = {name} AND kind = 'new') <= {NEW_ROWS})) \
             UNION SELECT f.row_id, q._key FROM (SELECT rec, row_id {refused}) f JOIN {mapped} q ON q._rec = f.rec) m JOIN {} s ON s._id = m.id",
            literal(source),
            cells.join(", "),
            Table::new("raw", *source),
            changes = changes_table(model),
        )
    };
    let all: Vec<String> = all.iter().map(one).collect();
    format!("CREATE TABLE plan.raw AS SELECT * FROM ({}) ORDER BY record, id", all.join(" UNION ALL "))
}

/// `plan.refs`: keys of other records that today's changes rely on: `model, key`.
pub fn refs(all: &[(&str, &str, &str)]) -> String {
    let one = |(model, field, target): &(&str, &str, &str)| {
        format!(
            "SELECT DISTINCT {} AS model, struct_extract(new, {}) AS key FROM {} WHERE kind IN ('new', 'changed', 'returned')",
            literal(target),
            literal(field),
            changes_table(model)
        )
    };
    let parts: Vec<String> = all.iter().map(one).collect();
    let body = if parts.is_empty() {
        "SELECT '' AS model, '' AS key WHERE FALSE".to_owned()
    } else {
        parts.join(" UNION ")
    };
    format!(
        "CREATE TABLE plan.refs AS SELECT DISTINCT model, key FROM ({body}) WHERE key IS NOT NULL ORDER BY model, key"
    )
}

/// Leaves in `plan.refs` only what the state meets (what this plan makes itself needs no second look).
pub fn refs_in_plan(model: &str) -> String {
    format!(
        "DELETE FROM plan.refs WHERE model = {} AND key IN (SELECT _key FROM {} WHERE _key IS NOT NULL)",
        literal(model),
        new(model)
    )
}

/// Sums of money fields over the stored records and over all as they will be at the platform: `currency, old…, new…`. What is
/// only absent from the files stays there.
pub fn totals(model: &str, mapping: &str, record: &str, fields: &[&str], currency: Option<&str>) -> String {
    let list = |alias: &str| {
        let all: Vec<String> = fields.iter().map(|f| format!("{alias}.{}", ident(f))).collect();
        all.join(", ")
    };
    let currency_of = |alias: &str| {
        currency.map_or("CAST(NULL AS VARCHAR)".to_owned(), |c| format!("{alias}.{}", ident(c)))
    };
    let sums = |side: &str| {
        let one = |f: &&str| format!("CAST(sum({}) FILTER (WHERE side IN ({side})) AS VARCHAR)", ident(f));
        fields.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    format!(
        "SELECT currency, CAST([{}] AS VARCHAR[]), CAST([{}] AS VARCHAR[]) FROM (\
         SELECT CASE WHEN n._key IS NULL AND g.key IS NULL THEN 'both' ELSE 'old' END AS side, {} AS currency, {} FROM {} o \
         LEFT JOIN {new} n ON n._key = o._key LEFT JOIN (SELECT key FROM {} WHERE kind = 'removed') g ON g.key = o._key \
         WHERE o._owner = {} AND o._record = {record} AND o._gone IS NULL \
         UNION ALL SELECT 'new', {}, {} FROM {new} n WHERE n._record = {record}) GROUP BY currency ORDER BY currency",
        sums("'old', 'both'"),
        sums("'new', 'both'"),
        currency_of("o"),
        list("o"),
        old(model),
        changes_table(model),
        literal(mapping),
        currency_of("n"),
        list("n"),
        new = new(model),
        record = literal(record),
    )
}

/// How many of a record type's records are in no plan: filtered, rejected or held.
pub fn left_out(record: &str, others: &[(&str, bool)]) -> String {
    format!(
        "SELECT (SELECT count(*) FROM mapped._refused WHERE record = {}) + (SELECT count(*) FROM {} m WHERE NOT m._keep AND {})",
        literal(record),
        Table::new("mapped", record),
        not_elsewhere(others)
    )
}

/// Whether no other record type of the source (name, whether grouped) keeps the row of `m`: what is one's and not the other's is
/// filtered by neither.
fn not_elsewhere(others: &[(&str, bool)]) -> String {
    let one = |(record, grouped): &(&str, bool)| match grouped {
        true => format!("SELECT _row FROM {} WHERE _keep", super::map::rows_table(record)),
        false => format!("SELECT _rec FROM {} WHERE _keep", Table::new("mapped", *record)),
    };
    let all: Vec<String> = others.iter().map(one).collect();
    if all.is_empty() { "TRUE".to_owned() } else { format!("m._rec NOT IN ({})", all.join(" UNION ALL ")) }
}

/// Sums of money fields over all records that were read, by where they went: `currency, read…, planned…, unchanged…, filtered…,
/// rejected…, held…`, and how many of those left out have no amount that could be read. A record rejected in one field and held
/// for another is rejected (the greater of the two words).
pub fn money_read(
    model: &str,
    record: &str,
    others: &[(&str, bool)],
    fields: &[&str],
    currency: Option<&str>,
) -> String {
    let columns: Vec<String> = fields.iter().map(|f| format!("m.{}", ident(f))).collect();
    let lists = [
        "TRUE",
        "went = 'planned'",
        "went = 'unchanged'",
        "went = 'filtered'",
        "went = 'rejected'",
        "went = 'held'",
    ];
    let sums = lists.map(|which| {
        let one = |f: &&str| format!("CAST(sum({}) FILTER (WHERE {which}) AS VARCHAR)", ident(f));
        format!("CAST([{}] AS VARCHAR[])", fields.iter().map(one).collect::<Vec<_>>().join(", "))
    });
    let without = |f: &&str| {
        format!("count(*) FILTER (WHERE {} IS NULL AND went IN ('filtered', 'rejected', 'held'))", ident(f))
    };
    format!(
        "SELECT currency, {}, [{}] FROM (SELECT {} AS currency, {}, CASE WHEN NOT m._keep THEN 'filtered' WHEN r.status IS NOT NULL \
         THEN r.status WHEN c.rec IS NOT NULL THEN 'planned' ELSE 'unchanged' END AS went FROM {} m LEFT JOIN (SELECT rec, \
         max(status) AS status FROM mapped._refused WHERE record = {record} GROUP BY rec) r ON r.rec = m._rec LEFT JOIN (SELECT \
         DISTINCT rec FROM {} WHERE record = {record} AND rec IS NOT NULL) c ON c.rec = m._rec WHERE m._keep OR {}) GROUP BY currency \
         ORDER BY currency",
        sums.join(", "),
        fields.iter().map(without).collect::<Vec<_>>().join(", "),
        currency.map_or("CAST(NULL AS VARCHAR)".to_owned(), |c| format!("m.{}", ident(c))),
        columns.join(", "),
        Table::new("mapped", record),
        changes_table(model),
        not_elsewhere(others),
        record = literal(record),
    )
}

/// Writes a relation of the plan to a Parquet file, in order.
pub fn export(table: &Table, order: &str, path: &str) -> String {
    format!(
        "COPY (SELECT * FROM {table} ORDER BY {order}) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)",
        literal(path)
    )
}

/// A relation of the plan over its Parquet file; `was_table` when a table of that name must go first.
pub fn import(table: &Table, path: &str, was_table: bool) -> String {
    let drop = if was_table { format!("DROP TABLE IF EXISTS {table}; ") } else { String::new() };
    format!("{drop}CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet({})", literal(path))
}

/// The schema of a plan.
pub fn schema() -> String {
    "CREATE SCHEMA IF NOT EXISTS plan".to_owned()
}

/// How many changes the plan has of these models.
pub fn count_shown<'a>(models: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> =
        models.into_iter().map(|m| format!("(SELECT count(*) FROM {})", changes(m))).collect();
    format!("SELECT 0 + {}", if all.is_empty() { "0".to_owned() } else { all.join(" + ") })
}

/// Where a change was read, over `plan.changes <model>`: an XPath, `Rechnungen!A17`, `line 12`.
pub(super) const PLACE: &str =
    "coalesce(pos, CASE WHEN sheet IS NOT NULL THEN sheet || '!A' || line END, 'line ' || line)";

/// `plan.shown`, what reports read: a view; with `kept`, over a table, as each query over the unions takes DuckDB longer to
/// plan than a small plan's rows to be written.
pub fn shown(models: &[(&str, Vec<Column>)], kept: bool) -> String {
    let one = |(model, columns): &(&str, Vec<Column>)| {
        let field = |c: &Column| {
            let value = |side: &str| {
                let value = Expr::col(side).member(&c.name);
                canonical(&value, &c.ty)
            };
            format!(
                "CASE WHEN (kind = 'new' AND {new} IS NOT NULL) OR list_contains(fields, {name}) THEN struct_pack(name := {name}, \
                 old := CASE WHEN kind <> 'new' THEN {old} END, new := {new}, time := {time}) END",
                name = literal(&c.name),
                old = value("old"),
                new = value("new"),
                time = c.ty == "TIMESTAMP",
            )
        };
        let fields: Vec<String> = columns.iter().map(field).collect();
        format!(
            "SELECT id, record, {} AS model, key, parent, parent_key, kind, cause, note, level, \
             list_filter([{}], lambda x: x IS NOT NULL) AS fields, file, {PLACE} AS place FROM {}",
            literal(model),
            fields.join(", "),
            changes(model)
        )
    };
    let all: Vec<String> = models.iter().map(one).collect();
    let all = all.join(" UNION ALL ");
    if kept {
        return format!(
            "CREATE OR REPLACE TABLE plan.shown_kept AS {all}; CREATE OR REPLACE VIEW plan.shown AS SELECT * FROM plan.shown_kept"
        );
    }
    format!("CREATE OR REPLACE VIEW plan.shown AS {all}")
}

/// What became of the rows of one source, given the records made from it: `part, mapped, filtered, rejected`.
pub fn accounts(records: &[(&str, bool)]) -> String {
    let one = |(record, grouped): &(&str, bool)| {
        let refused = format!(
            "(SELECT rec FROM mapped._refused WHERE status = 'rejected' AND record = {})",
            literal(record)
        );
        let (table, row) = if *grouped {
            (super::map::rows_table(record), "_row")
        } else {
            (Table::new("mapped", *record), "_rec")
        };
        format!(
            "SELECT {row} AS r, _part AS part, CASE WHEN _rec IN {refused} THEN 3 WHEN _keep THEN 2 ELSE 1 END AS s FROM {table}"
        )
    };
    let all: Vec<String> = records.iter().map(one).collect();
    let rows = if all.len() == 1 {
        all.join("")
    } else {
        format!("SELECT r, min(part) AS part, max(s) AS s FROM ({}) GROUP BY r", all.join(" UNION ALL "))
    };
    format!(
        "SELECT part, count(*) FILTER (WHERE s = 2), count(*) FILTER (WHERE s = 1), count(*) FILTER (WHERE s = 3) FROM ({rows}) \
         GROUP BY part ORDER BY part"
    )
}

/// Counts of refusals by record and status in the plan: `record, status, known, count`.
pub fn refused_counts() -> String {
    "SELECT count(*), count(*) FILTER (WHERE NOT known) FROM plan.refused WHERE status = 'rejected'"
        .to_owned()
}

/// Keys of the plan's changes of a model that another mapping has sent by now: `how many, one, by which`.
pub fn taken_over(model: &str, mapping: &str) -> String {
    format!(
        "SELECT count(*), coalesce(min(c.key), ''), coalesce(arg_min(o._owner, c.key), '') FROM {} c JOIN {} o ON o._key = c.key WHERE o._owner <> {}",
        changes(model),
        super::state::current(super::state::ALIAS, model),
        literal(mapping)
    )
}

/// Models that the plan's records refer to outside the plan.
pub fn referred_models() -> String {
    "SELECT DISTINCT model FROM plan.refs ORDER BY model".to_owned()
}
