//! Statements of `transform`: views over raw tables, lookups, mapped records, refusals.
//!
//! `mapped.<record>(_rec, _part, _keep, _key, _parent, <fields>…, _bad)`: one row a record, filtered ones too; `_rec` is
//! the `_id` of its (first) source row. `mapped.<record> rows(_row, _rec, _part, _keep, _bad, …)`: the rows of the
//! records that are grouped. `mapped._refused`: why records are not sent.

use super::{Expr, Table, ident, literal};

/// A named SQL value.
pub type Named = (String, Expr);

/// Creates the schemas and `mapped._refused`.
pub fn setup() -> String {
    "CREATE SCHEMA IF NOT EXISTS raw; CREATE SCHEMA IF NOT EXISTS src; CREATE SCHEMA IF NOT EXISTS lookup; \
     CREATE SCHEMA IF NOT EXISTS mapped; CREATE SCHEMA IF NOT EXISTS diff; CREATE SCHEMA IF NOT EXISTS plan; \
     CREATE TABLE mapped._refused(record VARCHAR, rec BIGINT, row_id BIGINT, status VARCHAR, field VARCHAR, \
     code VARCHAR, value VARCHAR, reason VARCHAR, col VARCHAR); \
     CREATE TABLE raw._place(source VARCHAR, part BIGINT, col VARCHAR, name VARCHAR, letter VARCHAR); \
     CREATE TABLE raw._part(source VARCHAR, part BIGINT, file VARCHAR, sheet VARCHAR, node VARCHAR)"
        .to_owned()
}

/// A part of a source, for its view.
pub struct PartName<'a> {
    /// `_part`.
    pub id: i64,
    /// `_file`.
    pub file: &'a str,
    /// `_sheet`.
    pub sheet: Option<&'a str>,
    /// `_node`.
    pub node: Option<&'a str>,
}

/// `src.<source>`: the raw rows with file, sheet and node, and the readings of cells in layers, each over those before it;
/// rows from the stop on are left out.
pub fn source_view(
    source: &str,
    parts: &[PartName<'_>],
    stops: &[(i64, i64)],
    derived: &[Vec<Named>],
) -> String {
    let name = |get: &dyn Fn(&PartName<'_>) -> Option<String>| {
        let branches = parts.iter().filter_map(|p| Some((p.id, get(p)?)));
        let whens: String =
            branches.map(|(id, text)| format!(" WHEN {id} THEN {}", literal(&text))).collect();
        if whens.is_empty() { "CAST(NULL AS VARCHAR)".to_owned() } else { format!("CASE s._part{whens} END") }
    };
    let file = name(&|p| Some(p.file.to_owned()));
    let sheet = name(&|p| p.sheet.map(str::to_owned));
    let node = name(&|p| p.node.map(str::to_owned));
    let stop = if stops.is_empty() {
        String::new()
    } else {
        format!(" WHERE s._id < {}", stop_case("s", stops, "9223372036854775807"))
    };
    let inner = format!(
        "SELECT s.*, {file} AS _file, {sheet} AS _sheet, {node} AS _node{} FROM {} s{stop}",
        columns(derived.first().map_or(&[], Vec::as_slice)),
        Table::new("raw", source)
    );
    let layers = derived.iter().skip(1).filter(|layer| !layer.is_empty());
    let body = layers.fold(inner, |inner, layer| format!("SELECT s.*{} FROM ({inner}) s", columns(layer)));
    format!("CREATE OR REPLACE VIEW {} AS {body}", Table::new("src", source))
}

pub(super) fn stop_case(alias: &str, stops: &[(i64, i64)], otherwise: &str) -> String {
    let whens: String = stops.iter().map(|(part, id)| format!(" WHEN {part} THEN {id}")).collect();
    format!("CASE {alias}._part{whens} ELSE {otherwise} END")
}

/// The first row of each part for which the condition holds: `part, id`.
pub fn stops(source: &str, condition: &Expr) -> String {
    format!(
        "SELECT s._part, min(s._id) FROM {} s WHERE coalesce({condition}, FALSE) GROUP BY s._part ORDER BY 1",
        Table::new("src", source)
    )
}

/// Where the rows of a record come from.
pub struct From<'a> {
    /// Source.
    pub source: &'a str,
    /// The parent joined as `p`, and how.
    pub parent: Option<Join<'a>>,
}

/// How a parent is joined.
pub struct Join<'a> {
    /// Parent record.
    pub record: &'a str,
    /// Whether it is grouped (then its rows are joined first).
    pub grouped: bool,
    /// `_id` (same row) or `_within` (enclosing row).
    pub by: &'static str,
}

impl From<'_> {
    fn text(&self) -> String {
        let source = Table::new("src", self.source);
        let Some(join) = &self.parent else { return format!("{source} s") };
        let parent = Table::new("mapped", join.record);
        if join.grouped {
            let rows = rows_table(join.record);
            format!(
                "{source} s LEFT JOIN {rows} m ON m._row = s.{} LEFT JOIN {parent} p ON p._rec = m._rec",
                join.by
            )
        } else {
            format!("{source} s LEFT JOIN {parent} p ON p._rec = s.{}", join.by)
        }
    }
}

/// The rows of a grouped record.
pub fn rows_table(record: &str) -> Table {
    Table::new("mapped", format!("{record} rows"))
}

pub(super) fn columns(named: &[Named]) -> String {
    let mut text = String::new();
    for (name, value) in named {
        text.push_str(&format!(", {value} AS {}", ident(name)));
    }
    text
}

/// What every record table starts with.
pub struct Head {
    /// Whether `where` holds.
    pub keep: Expr,
    /// Whether anything fails.
    pub bad: Expr,
    /// Canonical key text; NULL when a part is empty.
    pub key: Expr,
}

/// `mapped.<record>`, one record a row. `_bad` stands last, as DuckDB computes once what it first meets outside a condition.
pub fn record(name: &str, from: &From<'_>, head: &Head, columns_read: usize, fields: &[Named]) -> String {
    let raw = raw_print(columns_read);
    let parent = if from.parent.is_some() { "p._rec" } else { "CAST(NULL AS BIGINT)" };
    format!(
        "CREATE TABLE {} AS SELECT s._id AS _rec, s._part AS _part, {} AS _keep, {} AS _key, \
         {parent} AS _parent, s._row AS _line, s._pos AS _pos, {raw} AS _raw{}, {} AS _bad FROM {}",
        Table::new("mapped", name),
        head.keep,
        head.key,
        columns(fields),
        head.bad,
        from.text()
    )
}

/// The print of a row as read: all its columns with their kinds. It only tells "the data changed" from "the mapping
/// changed", so DuckDB's own hash will do: a new version of it words a cause wrongly once, and costs a tenth of md5.
fn raw_print(columns: usize) -> String {
    let cells: Vec<String> = (1..=columns).map(|n| format!(", s.c{n}")).collect();
    format!("CAST(hash(s._kind{}) AS UHUGEINT)", cells.concat())
}

/// What tells records without a key apart: 16 digits of the MD5 over their fields in order of name (empties left out), and
/// a number among the kept (or filtered) ones that hold the same, in the order given. The practice platform makes the
/// same of what it is sent, so that an answer can name a record.
pub fn content_key<'a>(fields: impl IntoIterator<Item = (&'a str, Expr)>, keep: &Expr, order: &Expr) -> Expr {
    let mut fields: Vec<(&str, Expr)> = fields.into_iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    let parts: Vec<String> = fields
        .iter()
        .map(|(name, text)| {
            format!("coalesce({} || nullif({text}, '') || chr(30), '')", literal(&format!("{name}\u{1f}")))
        })
        .collect();
    let content = format!("left(md5(concat('', {})), 16)", parts.join(", "));
    Expr::raw(format!(
        "({content} || '-' || row_number() OVER (PARTITION BY {keep}, {content} ORDER BY {order}))"
    ))
}

/// Fills `_parent` of a record whose field holds its parent's key; a kept parent goes before a filtered one.
///
/// With `apart`, only within a part.
pub fn link_by_key(record: &str, field: &str, parent: &str, apart: bool) -> String {
    let (child, parent) = (Table::new("mapped", record), Table::new("mapped", parent));
    let (part, group) = if apart { ("_part", "_key, _part") } else { ("0", "_key") };
    let same = if apart { format!(" AND p.part = {child}._part") } else { String::new() };
    format!(
        "UPDATE {child} SET _parent = p.rec FROM (SELECT _key, {part} AS part, arg_min(_rec, CASE WHEN _keep THEN 0 ELSE 1 END) AS rec \
         FROM {parent} WHERE _key IS NOT NULL GROUP BY {group}) p WHERE p._key = {child}.{}{same}",
        ident(field)
    )
}

/// `mapped.<record> rows`: group keys and aggregate arguments per row.
pub fn group_rows(
    name: &str,
    from: &From<'_>,
    keep: &Expr,
    bad: &Expr,
    columns_read: usize,
    keys: &[Named],
    arguments: &[Named],
) -> String {
    let raw = raw_print(columns_read);
    let partition: Vec<String> = keys.iter().map(|(n, _)| ident(n)).collect();
    format!(
        "CREATE TABLE {} AS SELECT min(_row) OVER (PARTITION BY _keep, {}) AS _rec, * FROM (SELECT s._id AS _row, \
         s._part AS _part, {keep} AS _keep, s._row AS _line, s._pos AS _pos, {raw} AS _raw{}{}, {bad} AS _bad FROM {}) ORDER BY _row",
        rows_table(name),
        partition.join(", "),
        columns(keys),
        columns(arguments),
        from.text()
    )
}

/// `mapped.<record> groups`: the aggregates, one row a group.
pub fn groups(name: &str, aggregates: &[Named]) -> String {
    format!(
        "CREATE TABLE {} AS SELECT _rec, min(_part) AS _part, bool_or(_keep) AS _keep, bool_or(_bad) AS _rowbad, \
         arg_min(_line, _row) AS _line, arg_min(_pos, _row) AS _pos, \
         CAST(hash(string_agg(CAST(_raw AS VARCHAR), ',' ORDER BY _row)) AS UHUGEINT) AS _raw{} \
         FROM {} GROUP BY _rec ORDER BY _rec",
        Table::new("mapped", format!("{name} groups")),
        columns(aggregates),
        rows_table(name)
    )
}

/// `mapped.<record>` from its groups.
pub fn grouped_record(name: &str, bad: &Expr, key: &Expr, fields: &[Named]) -> String {
    format!(
        "CREATE TABLE {} AS SELECT _rec, _part, _keep, {key} AS _key, \
         CAST(NULL AS BIGINT) AS _parent, _line, _pos, _raw{}, _rowbad OR {bad} AS _bad FROM {} g ORDER BY _rec",
        Table::new("mapped", name),
        columns(fields),
        Table::new("mapped", format!("{name} groups"))
    )
}

/// One way to fail, for the refusals' query.
pub struct Failure {
    /// Field (or `where`).
    pub field: String,
    /// Condition.
    pub when: Expr,
    /// Code.
    pub code: &'static str,
    /// Reason.
    pub reason: Expr,
    /// Value.
    pub value: Option<Expr>,
    /// Raw column.
    pub column: Option<String>,
}

fn failures(all: &[Failure]) -> String {
    let text = |t: &Option<String>| t.as_ref().map_or("CAST(NULL AS VARCHAR)".to_owned(), |t| literal(t));
    let one = |f: &Failure| {
        let value =
            f.value.as_ref().map_or("CAST(NULL AS VARCHAR)".to_owned(), |v| format!("CAST({v} AS VARCHAR)"));
        format!(
            "CASE WHEN {} THEN struct_pack(field := {}, code := {}, value := {value}, reason := {}, col := {}) END",
            f.when,
            literal(&f.field),
            literal(f.code),
            f.reason,
            text(&f.column)
        )
    };
    let all: Vec<String> = all.iter().map(one).collect();
    format!("unnest(list_filter([{}], lambda x: x IS NOT NULL))", all.join(", "))
}

/// Refusals of records made row by row.
pub fn refuse_rows(name: &str, from: &From<'_>, all: &[Failure]) -> String {
    let bad = Table::new("mapped", name);
    format!(
        "INSERT INTO mapped._refused SELECT {}, f_rec, f_rec, 'rejected', f.field, f.code, f.value, f.reason, f.col FROM \
         (SELECT s._id AS f_rec, {} AS f FROM {} WHERE s._id IN (SELECT _rec FROM {bad} WHERE _bad AND _keep)) \
         ORDER BY f_rec, f.field",
        literal(name),
        failures(all),
        from.text()
    )
}

/// Refusals of a grouped record by its rows.
pub fn refuse_group_rows(name: &str, from: &From<'_>, all: &[Failure]) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {}, r._rec, q.id, 'rejected', q.f.field, q.f.code, q.f.value, q.f.reason, \
         q.f.col FROM (SELECT s._id AS id, {} AS f FROM {}) q JOIN {} r ON r._row = q.id WHERE r._bad AND r._keep \
         ORDER BY q.id, q.f.field",
        literal(name),
        failures(all),
        from.text(),
        rows_table(name)
    )
}

/// Refusals of a grouped record by its groups.
pub fn refuse_groups(name: &str, all: &[Failure]) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {}, q._rec, q._rec, 'rejected', q.f.field, q.f.code, q.f.value, q.f.reason, \
         q.f.col FROM (SELECT g._rec, {} AS f FROM {} g WHERE g._keep) q ORDER BY q._rec, q.f.field",
        literal(name),
        failures(all),
        Table::new("mapped", format!("{name} groups"))
    )
}

/// How many kept records are bad.
pub fn count_bad(name: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE _bad AND _keep", Table::new("mapped", name))
}

/// `mapped.<record> ok`: kept records that nothing refuses.
pub fn ok_view(name: &str) -> String {
    format!(
        "CREATE OR REPLACE VIEW {} AS SELECT * FROM {} WHERE _keep AND _rec NOT IN \
         (SELECT rec FROM mapped._refused WHERE record = {})",
        Table::new("mapped", format!("{name} ok")),
        Table::new("mapped", name),
        literal(name)
    )
}

/// The view of kept records that nothing refuses.
pub fn ok(name: &str) -> Table {
    Table::new("mapped", format!("{name} ok"))
}

/// Kept records of one model (with their sources) that have one key, as refusals naming the other's place.
///
/// With `apart`, only within a part. A model of exactly one record (`single`) has another code and reason.
pub fn refuse_duplicates(records: &[(&str, &str)], single: bool, apart: bool) -> String {
    let part = if apart { "r._part" } else { "0" };
    let (code, reason) = if single {
        ("E339", "is a second record of a type that has exactly one; see also ")
    } else {
        ("E321", "stands more than once, also in ")
    };
    let one = |(record, source): &(&str, &str)| {
        format!(
            "SELECT {} AS record, r._rec, r._key, {part} AS part, f.file || coalesce(', ' || CASE WHEN r._pos IS NULL THEN f.sheet END, '') || ', ' || coalesce(r._pos, CASE WHEN f.sheet IS NULL THEN 'line ' ELSE 'row ' END || r._line) \
             AS place FROM {} r LEFT JOIN raw._part f ON f.source = {} AND f.part = r._part WHERE r._keep AND r._key IS NOT NULL",
            literal(record),
            Table::new("mapped", *record),
            literal(source)
        )
    };
    let all: Vec<String> = records.iter().map(one).collect();
    format!(
        "INSERT INTO mapped._refused WITH u AS MATERIALIZED ({}), d AS MATERIALIZED (SELECT * FROM u WHERE (_key, part) IN \
         (SELECT (_key, part) FROM u GROUP BY _key, part HAVING count(*) > 1)) \
         SELECT record, _rec, _rec, 'rejected', NULL, '{code}', _key, '{reason}' || other, NULL FROM \
         (SELECT a.record, a._rec, a._key, (SELECT min(b.record || ' of ' || b.place) FROM d b WHERE b._key = a._key AND b.part = a.part AND \
         (b.record <> a.record OR b._rec <> a._rec)) AS other FROM d a) ORDER BY record, _rec",
        all.join(" UNION ALL ")
    )
}

/// Whether any key of the records stands twice.
pub fn count_duplicates(records: &[&str], apart: bool) -> String {
    let columns = if apart { "_key, _part" } else { "_key" };
    let all: Vec<String> = records
        .iter()
        .map(|r| {
            format!("SELECT {columns} FROM {} WHERE _keep AND _key IS NOT NULL", Table::new("mapped", *r))
        })
        .collect();
    format!(
        "SELECT count(*) FROM (SELECT _key FROM ({}) GROUP BY {columns} HAVING count(*) > 1)",
        all.join(" UNION ALL ")
    )
}

/// With `same_key = "last"`: of the rows with one key, those not of the last part stop being kept.
pub fn keep_last_part(record: &str) -> String {
    let table = Table::new("mapped", record);
    format!(
        "UPDATE {table} SET _keep = FALSE FROM (SELECT _key AS k, max(_part) AS last FROM {table} WHERE _key IS \
         NOT NULL GROUP BY _key HAVING count(DISTINCT _part) > 1) l WHERE {table}._key = l.k AND {table}._part < l.last"
    )
}

/// Records whose key cannot be read: how many of all rows, filtered ones too.
pub fn count_unreadable(record: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE _key IS NULL", Table::new("mapped", record))
}

/// Texts longer than a length that is not sure: `count`.
pub fn count_longer(record: &str, field: &str, length: u32) -> String {
    format!("SELECT count(*) FROM {} WHERE length({}) > {length}", ok(record), ident(field))
}

/// Forgets what was read and mapped: before the plan is written, so that writing has the memory.
pub fn forget(sources: &[&str], records: &[(&str, bool)]) -> String {
    let mut all: Vec<String> =
        sources.iter().map(|s| format!("DROP TABLE IF EXISTS {}", Table::new("raw", *s))).collect();
    for (record, grouped) in records {
        all.push(format!("DROP TABLE IF EXISTS {}", Table::new("mapped", *record)));
        if *grouped {
            all.push(format!("DROP TABLE IF EXISTS {}", rows_table(record)));
            all.push(format!("DROP TABLE IF EXISTS {}", Table::new("mapped", format!("{record} groups"))));
        }
    }
    all.join("; ")
}

/// Parts of a source without rows (before their stop): their names.
pub fn empty_parts(source: &str) -> String {
    format!(
        "SELECT p.file || coalesce(', ' || coalesce(p.sheet, p.node), '') FROM raw._part p WHERE p.source = {} AND p.part NOT IN \
         (SELECT DISTINCT _part FROM {}) ORDER BY p.part",
        literal(source),
        Table::new("src", source)
    )
}
