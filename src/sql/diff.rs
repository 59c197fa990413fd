//! Statements of `diff`: references and units, then the change of each record against the state.
//!
//! `diff.old <model>(_key, _owner, _record, _ours, _print, _raw, _rules, _absent, _gone, _remote, <fields>…)`: the stored
//! records, of every mapping. `diff.new <model>(_record, _rec, _key, _parent_key, _ours, <fields>…)`, a view: the proposed
//! ones. `diff.changes <model>`: the changes. Values are compared as they are; prints are made for what has changed alone.

use super::map::ok;
use super::{Expr, Table, ident, literal};

/// A field of a model as the diff sees it.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// SQL type.
    pub ty: String,
    /// Not compared.
    pub ignore: bool,
    /// Ours in every record of the model: no row need be asked.
    pub always: bool,
    /// Per record, what else is taken for the same.
    pub like: Vec<(String, Like)>,
}

/// How two values that differ are the same all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Like {
    /// Whatever they are; the new one goes along when something else is sent.
    Any,
    /// Letter case aside; the accepted one stays.
    Case,
    /// By a distance of no more than this number; the accepted one stays.
    Within(String),
}

impl Column {
    /// Whether `n.<field>`, of a row of `n._record`, is taken for `o.<field>`, though it may differ; none: never. With `kept`, only
    /// where the accepted value stays.
    pub(super) fn alike(&self, kept: bool) -> Option<String> {
        let name = ident(&self.name);
        let one = |(record, like): &(String, Like)| {
            let alike = match like {
                Like::Any => "TRUE".to_owned(),
                Like::Case => format!("lower(n.{name}) = lower(o.{name})"),
                Like::Within(most) => {
                    format!("abs(n.{name} - o.{name}) <= CAST({} AS DECIMAL(28,10))", literal(most))
                }
            };
            format!("(n._record = {} AND {alike})", literal(record))
        };
        let all: Vec<String> =
            self.like.iter().filter(|(_, like)| !kept || *like != Like::Any).map(one).collect();
        (!all.is_empty()).then(|| format!("coalesce({}, FALSE)", all.join(" OR ")))
    }

    /// Whether the field is ours in a row whose names of our fields, between commas, are `mine`.
    fn ours(&self, mine: &str) -> String {
        if self.always {
            "TRUE".to_owned()
        } else {
            format!("contains({mine}, {})", literal(&format!(",{},", self.name)))
        }
    }
}

/// The columns of `diff.old` and of `current_<model>` beside the fields, with their types.
pub const OLD_COLUMNS: &[(&str, &str)] = &[
    ("_key", "VARCHAR"),
    ("_owner", "VARCHAR"),
    ("_record", "VARCHAR"),
    ("_ours", "VARCHAR"),
    ("_print", "UHUGEINT"),
    ("_raw", "UHUGEINT"),
    ("_rules", "VARCHAR"),
    ("_origin", "VARCHAR"),
    ("_run", "BIGINT"),
    ("_absent", "VARCHAR"),
    ("_gone", "VARCHAR"),
    ("_remote", "VARCHAR"),
];

/// `diff.old <model>`: over the stored table, or empty. `stored` names its columns.
pub fn old_view(
    model: &str,
    stored: Option<(&Table, &[String])>,
    columns: &[Column],
    mapping: &str,
    records: &[&str],
) -> String {
    let (from, has): (String, &[String]) = match stored {
        Some((table, names)) => (format!(" FROM {table}"), names),
        None => (" WHERE FALSE".to_owned(), &[]),
    };
    let column = |name: &str, ty: &str| match (has.iter().any(|h| h == name), name, records.first()) {
        (false, ..) => format!("CAST(NULL AS {ty}) AS {}", ident(name)),
        // What a record of an earlier name made belongs to the model's first record of today.
        (true, "_record", Some(first)) => {
            let today: Vec<String> = records.iter().map(|r| literal(r)).collect();
            format!(
                "CASE WHEN _owner = {} AND _record NOT IN ({}) THEN {} ELSE _record END AS _record",
                literal(mapping),
                today.join(", "),
                literal(first)
            )
        }
        (true, ..) => ident(name),
    };
    let mut list: Vec<String> = OLD_COLUMNS.iter().map(|(n, t)| column(n, t)).collect();
    list.extend(columns.iter().map(|c| column(&c.name, &c.ty)));
    format!("CREATE OR REPLACE VIEW {} AS SELECT {}{from}", old(model), list.join(", "))
}

/// `diff.old <model>`.
pub fn old(model: &str) -> Table {
    Table::new("diff", format!("old {model}"))
}

/// `diff.new <model>`.
pub fn new(model: &str) -> Table {
    Table::new("diff", format!("new {model}"))
}

/// `diff.keys <model>`: the keys a reference may point to, planned or stored.
pub fn keys_view(model: &str, records: &[&str]) -> String {
    let mut all: Vec<String> = records.iter().map(|r| format!("SELECT _key FROM {}", ok(r))).collect();
    all.push(format!("SELECT _key FROM {} WHERE _gone IS NULL OR _gone <> 'deleted'", old(model)));
    format!("CREATE OR REPLACE VIEW {} AS {}", keys(model), all.join(" UNION ALL "))
}

/// `diff.keys <model>`.
pub(super) fn keys(model: &str) -> Table {
    Table::new("diff", format!("keys {model}"))
}

/// `diff.refused <model>`: keys of this plan's records that are rejected or held.
pub fn refused_view(model: &str, records: &[&str]) -> String {
    let one = |r: &&str| {
        format!(
            "SELECT _key FROM {} WHERE _keep AND _rec IN (SELECT rec FROM mapped._refused WHERE record = {})",
            Table::new("mapped", *r),
            literal(r)
        )
    };
    let all: Vec<String> = records.iter().map(one).collect();
    let body =
        if all.is_empty() { "SELECT '' AS _key WHERE FALSE".to_owned() } else { all.join(" UNION ALL ") };
    format!("CREATE OR REPLACE VIEW {} AS {body}", refused(model))
}

/// `diff.refused <model>`.
pub(super) fn refused(model: &str) -> Table {
    Table::new("diff", format!("refused {model}"))
}

/// `diff.read keys <model>`: the keys of all rows read, before filters and refusals.
pub fn read_keys_view(model: &str, records: &[&str]) -> String {
    let all: Vec<String> =
        records.iter().map(|r| format!("SELECT _key FROM {}", Table::new("mapped", *r))).collect();
    format!("CREATE OR REPLACE VIEW {} AS {}", read_keys(model), all.join(" UNION ALL "))
}

/// `diff.read keys <model>`.
pub(super) fn read_keys(model: &str) -> Table {
    Table::new("diff", format!("read keys {model}"))
}

/// One record's part of `diff.new <model>`.
pub struct Proposal<'a> {
    /// Record.
    pub record: &'a str,
    /// Its mapped fields.
    pub fields: Vec<&'a str>,
    /// Those of them that are left alone when empty.
    pub leave: Vec<&'a str>,
    /// Parent record.
    pub parent: Option<&'a str>,
}

/// `diff.new <model>`.
pub fn new_view(model: &str, proposals: &[Proposal<'_>], columns: &[Column]) -> String {
    let all: Vec<String> = proposals.iter().map(|p| proposal(p, columns)).collect();
    format!("CREATE OR REPLACE VIEW {} AS {}", new(model), all.join(" UNION ALL "))
}

fn proposal(p: &Proposal<'_>, columns: &[Column]) -> String {
    let mapped = |c: &&Column| p.fields.contains(&c.name.as_str());
    let list: Vec<String> = columns
        .iter()
        .map(|c| {
            if mapped(&c) {
                format!("r.{}", ident(&c.name))
            } else {
                format!("CAST(NULL AS {}) AS {}", c.ty, ident(&c.name))
            }
        })
        .collect();
    let own: Vec<&Column> = columns.iter().filter(mapped).collect();
    let (parent_key, join) = match p.parent {
        Some(parent) => (
            "q._key".to_owned(),
            format!(" LEFT JOIN {} q ON q._rec = r._parent", Table::new("mapped", parent)),
        ),
        None => ("CAST(NULL AS VARCHAR)".to_owned(), String::new()),
    };
    format!(
        "SELECT {} AS _record, r._rec AS _rec, r._part AS _part, r._key AS _key, {parent_key} AS _parent_key, {} AS _ours, r._raw AS _raw, \
         r._line AS _line, r._pos AS _pos, {} FROM {} r{join}",
        literal(p.record),
        ours(&own, &p.leave),
        list.join(", "),
        ok(p.record)
    )
}

/// Names of the fields that are ours, joined by commas; a field left alone counts only where it is not empty.
fn ours(own: &[&Column], leave: &[&str]) -> String {
    if leave.is_empty() {
        let names: Vec<&str> = own.iter().map(|c| c.name.as_str()).collect();
        return literal(&names.join(","));
    }
    let parts: Vec<String> = own
        .iter()
        .map(|c| match leave.contains(&c.name.as_str()) {
            true => format!("CASE WHEN r.{} IS NOT NULL THEN {} END", ident(&c.name), literal(&c.name)),
            false => literal(&c.name),
        })
        .collect();
    format!("concat_ws(',', {})", parts.join(", "))
}

/// The print of rules 5: `md5_number` over the compared fields that are ours, in order of name. Over `q`, with the
/// values in `q.new` and the names of our fields in `q.mine`.
fn print(columns: &[Column]) -> String {
    let mut compared: Vec<&Column> = columns.iter().filter(|c| !c.ignore).collect();
    compared.sort_by(|a, b| a.name.cmp(&b.name));
    let parts: Vec<String> = compared
        .iter()
        .map(|c| {
            let text = super::read::canonical(&Expr::raw(format!("q.new.{}", ident(&c.name))), &c.ty);
            let head = literal(&format!("{}\u{1f}", c.name));
            let full = format!("{head} || coalesce(chr(1) || {text}, chr(0)) || chr(30)");
            if c.always { full } else { format!("CASE WHEN {} THEN {full} ELSE '' END", c.ours("q.mine")) }
        })
        .collect();
    if parts.is_empty() {
        "CAST(0 AS UHUGEINT)".to_owned()
    } else {
        format!("md5_number(concat({}))", parts.join(", "))
    }
}

/// What the changes' statement needs.
pub struct Changes<'a> {
    /// Model.
    pub model: &'a str,
    /// Fields.
    pub columns: &'a [Column],
    /// This mapping.
    pub mapping: &'a str,
    /// What values rest on today beside the data, in parts: see [`super::causes`].
    pub rules: &'a str,
    /// Whether `diff.force` names keys that go out even if nothing differs.
    pub forced: bool,
}

/// The list of compared fields that differ between `n` and `o`, and whether any does. A field left alone today (not ours) does
/// not differ, whatever is stored.
fn differing(columns: &[Column]) -> (String, String) {
    let differs = |f: &Column| {
        let name = ident(&f.name);
        let alike = f.alike(false).map_or(String::new(), |alike| format!(" AND NOT {alike}"));
        format!("n.{name} IS DISTINCT FROM o.{name} AND {}{alike}", f.ours("n._mine"))
    };
    let compared: Vec<&Column> = columns.iter().filter(|f| !f.ignore).collect();
    if compared.is_empty() {
        return ("CAST([] AS VARCHAR[])".to_owned(), "FALSE".to_owned());
    }
    let list: Vec<String> =
        compared.iter().map(|f| format!("CASE WHEN {} THEN {} END", differs(f), literal(&f.name))).collect();
    let any: Vec<String> = compared.iter().map(|f| format!("({})", differs(f))).collect();
    (format!("list_filter([{}], lambda x: x IS NOT NULL)", list.join(", ")), any.join(" OR "))
}

/// The members of the old and the new values. What is not ours today stays as it is stored, and so does what is taken for the
/// same: only what was shown is sent.
fn packed(columns: &[Column]) -> (String, String) {
    let new_value = |f: &Column| {
        let name = ident(&f.name);
        let alike = f.alike(true);
        if f.always && alike.is_none() {
            return format!("{name} := n.{name}");
        }
        let alike = alike.map_or(String::new(), |alike| format!(" AND NOT {alike}"));
        format!(
            "{name} := CASE WHEN o._key IS NULL OR ({}{alike}) THEN n.{name} ELSE o.{name} END",
            f.ours("n._mine")
        )
    };
    let olds: Vec<String> = columns.iter().map(|f| format!("{0} := o.{0}", ident(&f.name))).collect();
    let news: Vec<String> = columns.iter().map(new_value).collect();
    (olds.join(", "), news.join(", "))
}

/// `diff.<model>`: new, changed and returned records.
pub fn changes(c: &Changes<'_>) -> String {
    let (fields, differ) = differing(c.columns);
    let (olds, news) = packed(c.columns);
    format!(
        "CREATE OR REPLACE TABLE {table} AS SELECT record, rec, part, line, pos, key, parent_key, \
         CASE WHEN kind = 'back' THEN 'changed' ELSE kind END AS kind, {cause} AS cause, \
         fields, ours, print, raw, old, new FROM (\
         SELECT q.*, {print} AS print FROM (\
         SELECT n._record AS record, n._rec AS rec, n._part AS part, n._line AS line, n._pos AS pos, n._key AS key, \
         n._parent_key AS parent_key, CASE WHEN o._key IS NULL THEN 'new' WHEN o._gone IS NOT NULL THEN 'returned' \
         WHEN {differ} OR {forced} IS NOT NULL THEN 'changed' WHEN o._absent IS NOT NULL THEN 'back' ELSE 'unchanged' END AS kind, {forced} AS forced, \
         o._raw AS raw_before, o._rules AS rules_before, o._ours AS ours_before, \
         CASE WHEN o._key IS NULL THEN CAST([] AS VARCHAR[]) ELSE {fields} END AS fields, n._ours AS ours, n._mine AS mine, n._raw AS raw, \
         struct_pack({olds}) AS old, struct_pack({news}) AS new \
         FROM (SELECT *, ',' || _ours || ',' AS _mine FROM {new}) n LEFT JOIN (SELECT * FROM {old} WHERE _owner = {mapping}) o \
         ON o._key = n._key{force}) q WHERE q.kind <> 'unchanged')",
        forced = if c.forced { "f.cause" } else { "CAST(NULL AS VARCHAR)" },
        force = if c.forced {
            format!(" LEFT JOIN diff.force f ON f.model = {} AND f.key = n._key", literal(c.model))
        } else {
            String::new()
        },
        cause = super::causes::cause(c.rules),
        table = changes_table(c.model),
        print = print(c.columns),
        new = new(c.model),
        old = old(c.model),
        mapping = literal(c.mapping),
    )
}

/// Gone lines that stay as they are: those of a header that is not gone itself, those of a refused header; with
/// `reject`, those of any header that is in the files.
pub fn spare_lines(model: &str, record: &str, parent_model: &str, reject: bool) -> String {
    let present = if reject {
        String::new()
    } else {
        format!(
            " OR (parent_key IN (SELECT _key FROM {} WHERE _key IS NOT NULL) AND parent_key NOT IN (SELECT _key FROM {} WHERE \
             _key IS NOT NULL))",
            read_keys(parent_model),
            refused(parent_model)
        )
    };
    format!(
        "DELETE FROM {} WHERE record = {} AND kind IN ('removed', 'absent') AND NOT (parent_key IN (SELECT key FROM {} WHERE \
         kind IN ('removed', 'absent')) OR parent_key IN (SELECT _key FROM {} WHERE (_absent IS NOT NULL OR _gone IS NOT NULL) \
         AND _key NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL)){present})",
        changes_table(model),
        literal(record),
        changes_table(parent_model),
        old(parent_model),
        read_keys(parent_model)
    )
}

/// `diff.<model>`.
pub fn changes_table(model: &str) -> Table {
    Table::new("diff", format!("changes {model}"))
}

/// A record's stored ones that are gone: of this mapping, not absent already, their key among no rows read, covered.
pub struct Gone<'a> {
    /// The model's columns and the mapping.
    pub changes: Changes<'a>,
    /// Record.
    pub record: &'a str,
    /// `removed` or `absent`.
    pub kind: &'a str,
    /// Fields a removal sets, with canonical texts.
    pub deactivate: &'a [(String, String)],
    /// The reference field to the parent, where the record has one.
    pub parent: Option<&'a str>,
    /// Sent complete each time: gone is what is not proposed.
    pub whole: bool,
    /// Condition over `o` (and `s`, a row of the relation given).
    pub covers: Option<(&'a Expr, &'a str, &'a [String])>,
}

/// Adds the gone ones to `diff.<model>`.
pub fn gone(g: &Gone<'_>) -> String {
    let c = &g.changes;
    let value =
        |f: &Column| match g.deactivate.iter().find(|(n, _)| *n == f.name).filter(|_| g.kind == "removed") {
            Some((_, text)) => format!("{} := CAST({} AS {})", ident(&f.name), literal(text), f.ty),
            None => format!("{0} := o.{0}", ident(&f.name)),
        };
    let olds: Vec<String> = c.columns.iter().map(|f| format!("{0} := o.{0}", ident(&f.name))).collect();
    let news: Vec<String> = c.columns.iter().map(value).collect();
    let names: Vec<String> =
        g.deactivate.iter().filter(|_| g.kind == "removed").map(|(n, _)| literal(n)).collect();
    let parent = g.parent.map_or("CAST(NULL AS VARCHAR)".to_owned(), |p| format!("o.{}", ident(p)));
    format!(
        "INSERT INTO {} SELECT o._record, NULL, NULL, NULL, NULL, o._key, {parent}, {}, '', CAST([{}] AS VARCHAR[]), o._ours, o._print, o._raw, \
         struct_pack({}), struct_pack({}) FROM {} o WHERE o._owner = {} AND o._record = {} AND o._absent IS NULL AND o._gone IS NULL \
         AND o._key NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL){}{}",
        changes_table(c.model),
        literal(g.kind),
        names.join(", "),
        olds.join(", "),
        news.join(", "),
        old(c.model),
        literal(c.mapping),
        literal(g.record),
        if g.whole { new(c.model) } else { read_keys(c.model) },
        // Of a set that is held nothing is gone.
        if g.whole { format!(" AND NOT EXISTS ({})", refused_of(&[g.record])) } else { String::new() },
        covered(g)
    )
}

fn refused_of(records: &[&str]) -> String {
    let records: Vec<String> = records.iter().map(|r| literal(r)).collect();
    format!("SELECT 1 FROM mapped._refused WHERE record IN ({})", records.join(", "))
}

/// Adds the unchanged records of a model that is sent complete, when anything of it changes: kind `along`.
pub fn along(c: &Changes<'_>) -> String {
    let pack = |alias: &str| {
        let all: Vec<String> =
            c.columns.iter().map(|f| format!("{0} := {alias}.{0}", ident(&f.name))).collect();
        all.join(", ")
    };
    format!(
        "INSERT INTO {table} SELECT n._record, n._rec, n._part, n._line, n._pos, n._key, n._parent_key, 'along', '', CAST([] AS VARCHAR[]), \
         n._ours, o._print, n._raw, struct_pack({}), struct_pack({}) FROM {} n JOIN {} o ON o._key = n._key AND o._owner = {} \
         WHERE n._key NOT IN (SELECT key FROM {table}) AND EXISTS (SELECT 1 FROM {table})",
        pack("o"),
        pack("n"),
        new(c.model),
        old(c.model),
        literal(c.mapping),
        table = changes_table(c.model),
    )
}

fn covered(g: &Gone<'_>) -> String {
    let Some((holds, source, columns)) = &g.covers else { return String::new() };
    let exists = if columns.is_empty() {
        format!("coalesce({holds}, FALSE)")
    } else {
        let list: Vec<String> = columns.iter().map(|c| ident(c)).collect();
        format!(
            "EXISTS (SELECT 1 FROM (SELECT DISTINCT {} FROM {}) s WHERE coalesce({holds}, FALSE))",
            list.join(", "),
            Table::new("src", *source)
        )
    };
    format!(" AND {exists}")
}

/// Counts by record and kind: `record, kind, count`.
pub fn counts(model: &str) -> String {
    format!("SELECT record, kind, count(*) FROM {} GROUP BY 1, 2 ORDER BY 1, 2", changes_table(model))
}

/// How many changes a model has.
pub fn count_changes(model: &str) -> String {
    format!("SELECT count(*) FROM {}", changes_table(model))
}

/// How many proposals a record has.
pub fn count_proposed(model: &str, record: &str) -> String {
    format!("SELECT count(*) FROM {} WHERE _record = {}", new(model), literal(record))
}

/// How many stored records a record has that are not gone.
pub fn count_baseline(model: &str, mapping: &str, record: &str) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE _owner = {} AND _record = {} AND _gone IS NULL",
        old(model),
        literal(mapping),
        literal(record)
    )
}

/// Of a record: refusals by status and filtered ones: `status, count`.
pub fn count_statuses(record: &str) -> String {
    format!(
        "SELECT status, count(*) FROM (SELECT rec, max(status) AS status FROM mapped._refused WHERE record = {0} GROUP BY rec) \
         GROUP BY 1 UNION ALL SELECT 'filtered', count(*) FROM {1} WHERE NOT _keep ORDER BY 1",
        literal(record),
        Table::new("mapped", record)
    )
}
