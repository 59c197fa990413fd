//! Statements of checks: on a source part by part, on a record with its children.

use super::map::{Named, columns, ok, stop_case};
use super::{Expr, Table, ident, literal};

/// What a check on a source asks.
pub struct SourceCheck<'a> {
    /// Source.
    pub source: &'a str,
    /// Its rows.
    pub rows: Table,
    /// The rows that stop its parts, by `_id`.
    pub totals: Table,
    /// Rows with totals: `(part, _id)`.
    pub stops: &'a [(i64, i64)],
    /// Arguments of the aggregates, per row.
    pub arguments: &'a [Named],
    /// Whether a cell the check needs cannot be read.
    pub bad: &'a Expr,
    /// Aggregates over the arguments.
    pub aggregates: &'a [Named],
    /// What must hold.
    pub holds: &'a Expr,
    /// Aggregates that count.
    pub counts: &'a [&'a str],
    /// The text whose values divide each part.
    pub by: Option<&'a Expr>,
}

/// A check on a source, part by part, and by each value of `by`: `part, holds, bad cells, aggregates' texts, by`. Counts
/// are 0 for a part without rows, the other aggregates empty. A check over a cell that could not be read does not hold.
pub fn source_check(c: &SourceCheck<'_>) -> String {
    let shown: Vec<String> =
        c.aggregates.iter().map(|(n, _)| format!("CAST(g.{} AS VARCHAR)", ident(n))).collect();
    let totals = if c.stops.is_empty() { "NULL".to_owned() } else { stop_case("g", c.stops, "NULL") };
    let filled: String = c
        .aggregates
        .iter()
        .map(|(n, _)| {
            let (name, zero) = (ident(n), c.counts.contains(&n.as_str()));
            if zero { format!(", coalesce(a.{name}, 0) AS {name}") } else { format!(", a.{name} AS {name}") }
        })
        .collect();
    let by = c.by.map_or("CAST(NULL AS VARCHAR)".to_owned(), Expr::to_string);
    // Over the parts, not their rows: a part without rows is checked too, its count being 0. Divided, it has nothing.
    let join = if c.by.is_some() { "JOIN" } else { "LEFT JOIN" };
    format!(
        "SELECT g._part, coalesce({holds}, FALSE) AND g._badcells = 0, g._badcells, CAST([{}] AS VARCHAR[]), g._by FROM (\
         SELECT p.part AS _part, a._by, coalesce(a._badcells, 0) AS _badcells{filled} FROM raw._part p {join} (SELECT _part, _by, \
         count(*) FILTER (WHERE _badcell) AS _badcells{} FROM (SELECT s._id, s._part, {by} AS _by, {bad} AS _badcell{} FROM {} s) \
         GROUP BY _part, _by) a ON a._part = p.part WHERE p.source = {}) g LEFT JOIN {} t ON t._id = {totals} ORDER BY g._part, g._by",
        shown.join(", "),
        columns(c.aggregates),
        columns(c.arguments),
        c.rows,
        literal(c.source),
        c.totals,
        holds = c.holds,
        bad = c.bad,
    )
}

/// Several values as one text that tells them apart; empties are one value.
pub fn by(keys: impl IntoIterator<Item = Expr>) -> Expr {
    let mut keys = keys.into_iter().map(|k| k.or_else(Expr::text("")));
    let first = keys.next().unwrap_or_else(|| Expr::text(""));
    keys.fold(first, |sum, key| sum.op("||", Expr::text("\u{1f}")).op("||", key))
}

/// The aggregates of one child, for a check on a record.
pub struct ChildAggregates<'a> {
    /// Child record.
    pub child: &'a str,
    /// Arguments per row, over `c`.
    pub arguments: Vec<Named>,
    /// Aggregates over them.
    pub aggregates: Vec<Named>,
}

/// Records of which a check does not hold, as refusals: only kept ones that nothing refuses yet.
pub fn record_check(
    record: &str,
    children: &[ChildAggregates<'_>],
    holds: &Expr,
    check: &str,
    insert: bool,
) -> String {
    let joins: String = children
        .iter()
        .enumerate()
        .map(|(n, c)| {
            format!(
                " LEFT JOIN (SELECT _parent{} FROM (SELECT c._rec, c._parent{} FROM {} c) GROUP BY _parent) k{n} \
                 ON k{n}._parent = r._rec",
                columns(&c.aggregates),
                columns(&c.arguments),
                ok(c.child)
            )
        })
        .collect();
    let body = format!(
        "SELECT {}, r._rec, r._rec, 'rejected', NULL, 'E325', r._key, {}, NULL FROM {} r{joins} \
         WHERE NOT coalesce({holds}, FALSE) ORDER BY r._rec",
        literal(record),
        literal(&format!("the check \"{check}\" does not hold")),
        checked(record)
    );
    if insert {
        format!("INSERT INTO mapped._refused {body}")
    } else {
        format!("SELECT count(*), min(q.b) FROM ({}) q", body.replacen("r._key,", "r._key AS b,", 1))
    }
}

/// Rows of a part, all of whose records are refused: a source check with `else = "reject"`.
pub fn refuse_part(record: &str, part: i64, check: &str) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {}, _rec, _rec, 'rejected', NULL, 'E325', _key, {}, NULL FROM {} WHERE _part = {part} \
         AND _keep ORDER BY _rec",
        literal(record),
        literal(&format!("the check \"{check}\" does not hold for its file")),
        Table::new("mapped", record)
    )
}

/// The records of a part that rows with one value of `by` made: as [`refuse_part`], of a check `by` something.
pub fn refuse_part_by(
    (record, grouped): (&str, bool),
    (source, part): (&str, i64),
    (by, value): (&Expr, &str),
    reason: &str,
) -> String {
    let rows = format!(
        "SELECT s._id FROM {} s WHERE s._part = {part} AND {by} = {}",
        Table::new("src", source),
        literal(value)
    );
    let made = match grouped {
        true => format!("SELECT m._rec FROM {} m WHERE m._row IN ({rows})", super::map::rows_table(record)),
        false => rows,
    };
    format!(
        "INSERT INTO mapped._refused SELECT {}, _rec, _rec, 'rejected', NULL, 'E325', _key, {}, NULL FROM {} WHERE _keep AND _rec IN ({made}) \
         ORDER BY _rec",
        literal(record),
        literal(reason),
        Table::new("mapped", record)
    )
}

/// Records that may be checked: kept ones that nothing but another check refuses, so that all checks speak at once.
fn checked(record: &str) -> String {
    format!(
        "(SELECT * FROM {} WHERE _keep AND _rec NOT IN (SELECT rec FROM mapped._refused WHERE record = {} AND NOT (code = 'E325' OR \
         code BETWEEN 'E331' AND 'E338')))",
        Table::new("mapped", record),
        literal(record)
    )
}

/// Whether the text is a key of a lookup.
pub fn in_lookup(text: Expr, lookup: &str) -> Expr {
    Expr::raw(format!("({text} IN (SELECT k1 FROM {} WHERE k1 IS NOT NULL))", Table::new("lookup", lookup)))
}

/// Whether the text is the value (over `x`) of a kept record.
pub fn in_record(text: Expr, record: &str, value: Expr) -> Expr {
    let table = Table::new("mapped", record);
    Expr::raw(format!("({text} IN (SELECT {value} FROM {table} x WHERE x._keep AND {value} IS NOT NULL))"))
}

/// A check on a field.
pub struct FieldCheck<'a> {
    /// Record and its source.
    pub record: (&'a str, &'a str),
    /// The field's name, or several.
    pub field: &'a str,
    /// Code.
    pub code: &'a str,
    /// The value as text, over `r`.
    pub value: &'a Expr,
    /// The one column it comes from.
    pub column: Option<&'a str>,
    /// What is wrong.
    pub wrong: Wrong<'a>,
}

/// When a field is wrong.
pub enum Wrong<'a> {
    /// A condition over `r`, and the reason.
    When(&'a Expr, &'a str),
    /// The value stands in two of these records: name, source, value over `r`.
    Twice(&'a [(String, String, Expr)]),
}

/// The wrong ones as refusals.
pub fn refuse_fields(c: &FieldCheck<'_>) -> String {
    format!("INSERT INTO mapped._refused {}", wrong_fields(c))
}

/// How many are wrong, with the value, key and place of the first: `count, value, key, place, reason`.
pub fn count_fields(c: &FieldCheck<'_>) -> String {
    let (record, source) = c.record;
    format!(
        "SELECT count(*) OVER (), coalesce(q.value, ''), coalesce(replace(r._key, chr(31), ' / '), ''), {}, q.reason FROM ({}) \
         q(record, rec, row_id, status, field, code, value, reason, col) JOIN {} r ON r._rec = q.rec \
         LEFT JOIN raw._part f ON f.source = {source} AND f.part = r._part \
         LEFT JOIN raw._place c ON c.source = {source} AND c.part = r._part AND c.col = q.col ORDER BY q.rec LIMIT 1",
        PLACE,
        wrong_fields(c),
        Table::new("mapped", record),
        source = literal(source)
    )
}

/// Where a record's row stands, over `r`, its part `f` and its column `c`.
const PLACE: &str = "coalesce(CASE WHEN f.sheet IS NOT NULL THEN f.file || ', ' || f.sheet || '!' || coalesce(c.letter, 'A') || r._line \
     ELSE f.file || ', ' || coalesce(r._pos || coalesce('/' || c.name, ''), 'line ' || r._line || coalesce(', column ' || c.name, '')) END, '')";

fn wrong_fields(c: &FieldCheck<'_>) -> String {
    let (record, _) = c.record;
    let column = c.column.map_or("CAST(NULL AS VARCHAR)".to_owned(), literal);
    let head = format!(
        "SELECT {}, r._rec, r._rec, 'rejected', {}, {}, CAST({} AS VARCHAR)",
        literal(record),
        literal(c.field),
        literal(c.code),
        c.value
    );
    match &c.wrong {
        Wrong::When(when, reason) => {
            format!(
                "{head}, {}, {column} FROM {} r WHERE {when} ORDER BY r._rec",
                literal(reason),
                checked(record)
            )
        }
        Wrong::Twice(peers) => format!(
            "{head}, 'also stands in ' || (SELECT min(d.other) FROM ({twice}) d WHERE d.v = {value} AND (d.record <> {name} OR d.rec <> r._rec)), \
             {column} FROM {from} r WHERE {value} IN (SELECT v FROM ({twice})) ORDER BY r._rec",
            twice = twice(peers),
            value = c.value,
            name = literal(record),
            from = checked(record)
        ),
    }
}

/// Values that stand in two kept records: `v, record, rec, other` (how the record is named, with its place).
fn twice(peers: &[(String, String, Expr)]) -> String {
    let one = |(record, source, value): &(String, String, Expr)| {
        format!(
            "SELECT {value} AS v, {} AS record, r._rec AS rec, {} || coalesce(replace(r._key, chr(31), ' / '), '') || ' (' || {} || ')' AS other \
             FROM {} r LEFT JOIN raw._part f ON f.source = {} AND f.part = r._part LEFT JOIN raw._place c ON FALSE WHERE r._keep",
            literal(record),
            literal(&format!("{record} ")),
            PLACE,
            Table::new("mapped", record.as_str()),
            literal(source)
        )
    };
    let all: Vec<String> = peers.iter().map(one).collect();
    format!(
        "SELECT * FROM ({}) WHERE v IS NOT NULL QUALIFY count(*) OVER (PARTITION BY v) > 1",
        all.join(" UNION ALL ")
    )
}

/// A check over all kept records that have one value of `by`.
pub struct GroupCheck<'a> {
    /// Record.
    pub record: &'a str,
    /// The text whose values divide it, over `r`.
    pub by: &'a Expr,
    /// Arguments of the aggregates, over `r`.
    pub arguments: &'a [Named],
    /// Aggregates over them.
    pub aggregates: &'a [Named],
    /// What must hold, over the aggregates.
    pub holds: &'a Expr,
    /// Columns shown, with what they are called.
    pub figures: &'a [(String, String)],
}

/// The groups for which a check does not hold: `by, figures, records, refused`.
pub fn failed_groups(c: &GroupCheck<'_>) -> String {
    let figure = |(column, label): &(String, String)| {
        let text = format!("CAST({} AS VARCHAR)", ident(column));
        format!(
            "{} || coalesce(CASE WHEN contains({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END, 'empty')",
            literal(&format!("{label} "))
        )
    };
    let figures: Vec<String> = c.figures.iter().map(figure).collect();
    let figures =
        if figures.is_empty() { "''".to_owned() } else { format!("concat_ws(', ', {})", figures.join(", ")) };
    format!(
        "SELECT _by, {figures} AS figures, _n, _refused FROM (SELECT _by, count(*) AS _n, count(*) FILTER (WHERE _out) AS _refused{} FROM (\
         SELECT r._rec, {} AS _by, r._rec IN (SELECT rec FROM mapped._refused WHERE record = {}) AS _out{} FROM {} r WHERE r._keep) GROUP BY _by) \
         WHERE NOT coalesce({}, FALSE) ORDER BY _by",
        columns(c.aggregates),
        c.by,
        literal(c.record),
        columns(c.arguments),
        Table::new("mapped", c.record),
        c.holds
    )
}

/// All records of the groups for which a check does not hold, as refusals.
pub fn refuse_groups(c: &GroupCheck<'_>, field: &str, check: &str) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {record}, r._rec, r._rec, 'rejected', nullif({}, ''), 'E338', replace(q._by, chr(31), ' / '), \
         {} || coalesce(nullif(' [' || q.figures || ']', ' []'), ''), NULL FROM {} r JOIN ({}) q ON q._by = {} ORDER BY r._rec",
        literal(field),
        literal(&format!("the check \"{check}\" does not hold for all its records together")),
        checked(c.record),
        failed_groups(c),
        c.by,
        record = literal(c.record),
    )
}
