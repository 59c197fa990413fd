//! What goes out and what is looked at again: the records of a batch as cells or lines, a few of them to be read back, the
//! requests made for them.

use super::{ALIAS, Column, Expr, canonical, current, ident, literal, plan, table};

/// How an empty field is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// `null`.
    Null,
    /// `\"\"` where something stood before, else nothing.
    EmptyText,
    /// Not at all.
    Omitted,
}

/// A field of a JSON body.
pub struct Member<'a> {
    /// Its column.
    pub column: &'a Column,
    /// Its name as JSON, quotes included.
    pub name: String,
    /// Part of the key: always there.
    pub key: bool,
    /// A time in UTC.
    pub utc: bool,
    /// Compact JSON already.
    pub json: bool,
    /// Of a reference that stands there by the platform's id: the record type referred to.
    pub by_id: Option<&'a str>,
}

/// The records of a batch as one JSON object a line, in order. Each has the fields of its own set; digits stay digits.
pub fn lines(batch: i64, model: &str, members: &[Member<'_>], nothing: Nothing, whole: bool) -> String {
    let list: Vec<String> = members.iter().map(|m| member(m, nothing)).collect();
    format!(
        "SELECT '{{' || concat_ws(',', {}) || '}}' FROM deliver.item i JOIN {} c ON c.id = i.change WHERE i.batch = {batch} AND i.model = {}{} \
         ORDER BY i.depth, i.change",
        list.join(", "),
        plan::changes(model),
        literal(model),
        present("i.kind", whole)
    )
}

/// The key under which the state holds the platform's id of a record.
pub fn owner(model: &str, id: &str) -> String {
    format!(
        "SELECT max(_key) FROM {} WHERE _remote = {} AND _gone IS NULL",
        current(ALIAS, model),
        literal(id)
    )
}

/// The platform's id of a record as JSON, as far as this run or the state knows it; else `{"unknown":key}`.
fn remote_of(target: &str, key: &Expr) -> Expr {
    Expr::raw(format!(
        "CAST(coalesce((SELECT to_json(x) FROM (SELECT max_by(o.remote, o.run) AS x FROM {} o WHERE o.model = {} AND o.key = {key} AND o.remote IS NOT NULL) \
         WHERE x IS NOT NULL), (SELECT to_json(x) FROM (SELECT max(s._remote) AS x FROM {} s WHERE s._key = {key}) WHERE x IS NOT NULL), \
         json_object('unknown', {key})) AS VARCHAR)",
        table(ALIAS, "outcome"),
        literal(target),
        current(ALIAS, target),
    ))
}

fn member(m: &Member<'_>, nothing: Nothing) -> String {
    let new = Expr::of("c", "new").member(&m.column.name);
    let text = canonical(&new, &m.column.ty);
    let text = if m.utc { text.op("||", Expr::text("Z")) } else { text };
    let literally =
        m.json || m.column.ty == "BOOLEAN" || m.column.ty == "BIGINT" || m.column.ty.starts_with("DECIMAL");
    let value = match m.by_id {
        Some(target) => remote_of(target, &text),
        None if literally => text,
        None => Expr::call("to_json", [text]).cast("VARCHAR"),
    };
    let named = |value: Expr| Expr::text(&format!("{}:", m.name)).op("||", value);
    let empty = match nothing {
        Nothing::Null => named(Expr::text("null")),
        Nothing::EmptyText => {
            let before = Expr::of("c", "old").member(&m.column.name).is_not_null();
            Expr::case([(before, named(Expr::text("\"\"")))], Expr::null("VARCHAR"))
        }
        Nothing::Omitted => Expr::null("VARCHAR"),
    };
    let said = Expr::case([(new.is_null(), empty)], named(value));
    if m.key {
        return said.to_string();
    }
    let fieldset = Expr::text(",").op("||", Expr::of("i", "fieldset")).op("||", Expr::text(","));
    let within = Expr::call("contains", [fieldset, Expr::text(&format!(",{},", m.column.name))]);
    Expr::case([(within, said)], Expr::null("VARCHAR")).to_string()
}

/// A few records of a batch that no list named, always the same ones: `model, key`.
pub fn sample(batch: i64, digest: &str, n: u32) -> String {
    format!(
        "SELECT model, key FROM (SELECT i.model, i.key FROM deliver.item i WHERE i.batch = {batch} AND i.kind <> 'removed' AND NOT EXISTS \
         (SELECT 1 FROM deliver.named n WHERE n.model = i.model AND n.key = i.key) ORDER BY md5({} || i.model || i.key), i.change LIMIT {n}) ORDER BY model, key",
        literal(digest)
    )
}

/// What was sent of some records of a batch: `key, fieldset, texts` (of the columns, in order).
pub fn sent_values(batch: i64, model: &str, columns: &[&Column], utc: &[&str], keys: &[String]) -> String {
    let text = |c: &Column| {
        let text = canonical(&Expr::of("c", "new").member(&c.name), &c.ty);
        if utc.contains(&c.name.as_str()) { text.op("||", Expr::text("Z")) } else { text }.to_string()
    };
    let texts: Vec<String> = columns.iter().map(|c| text(c)).collect();
    let keys: Vec<String> = keys.iter().map(|k| literal(k)).collect();
    format!(
        "SELECT i.key, i.fieldset, CAST(to_json(CAST([{}] AS VARCHAR[])) AS VARCHAR) FROM deliver.item i JOIN {} c ON c.id = i.change \
         WHERE i.batch = {batch} AND i.model = {} AND i.key IN ({}) ORDER BY i.key",
        texts.join(", "),
        plan::changes(model),
        literal(model),
        keys.join(", ")
    )
}

/// A request for the ledger.
pub struct Asked<'a> {
    /// Which attempt.
    pub attempt: u32,
    /// When.
    pub at: String,
    /// Method and path.
    pub request: String,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Bytes sent.
    pub bytes: u64,
    /// Why there is no answer.
    pub why: Option<&'a str>,
}

/// Appends requests.
pub fn requests(run: i64, batch: i64, all: &[Asked<'_>]) -> String {
    let row = |a: &Asked<'_>| {
        format!(
            "({run}, {batch}, {}, {}, {}, {}, {}, {})",
            a.attempt,
            literal(&a.at),
            literal(&a.request),
            a.status.map_or("NULL".to_owned(), |s| s.to_string()),
            a.bytes,
            a.why.map_or("NULL".to_owned(), literal)
        )
    };
    let rows: Vec<String> = all.iter().map(row).collect();
    format!(
        "INSERT INTO {}(run, batch, attempt, moment, request, status, bytes, why) VALUES {}",
        table(ALIAS, "request"),
        rows.join(", ")
    )
}

/// The records of a batch's file as canonical texts, in order; the times named in `utc` with `Z`.
pub fn body(batch: i64, model: &str, columns: &[&Column], utc: &[&str], whole: bool) -> String {
    let text = |c: &Column| {
        let text = canonical(&Expr::of("c", "new").member(&c.name), &c.ty);
        if utc.contains(&c.name.as_str()) { text.op("||", Expr::text("Z")) } else { text }
    };
    let list: Vec<String> = columns.iter().map(|c| format!("{} AS {}", text(c), ident(&c.name))).collect();
    format!(
        "SELECT {} FROM deliver.item i JOIN {} c ON c.id = i.change WHERE i.batch = {batch} AND i.model = {}{} ORDER BY i.depth, i.change",
        list.join(", "),
        plan::changes(model),
        literal(model),
        present("i.kind", whole)
    )
}

/// The records of a batch's file, in its order: `key, kind, remote` (the platform's id, as far as the state knows).
pub fn keys(batch: i64, model: &str, whole: bool) -> String {
    format!(
        "SELECT i.key, i.kind, s._remote FROM deliver.item i LEFT JOIN {} s ON s._key = i.key WHERE i.batch = {batch} AND i.model = {}{} \
         ORDER BY i.depth, i.change",
        current(ALIAS, model),
        literal(model),
        present("i.kind", whole)
    )
}

/// Of a model that is sent complete, what is removed is left out.
fn present(kind: &str, whole: bool) -> String {
    if whole { format!(" AND {kind} <> 'removed'") } else { String::new() }
}
