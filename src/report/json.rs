//! A plan as one JSON document for programs; `docs/plan.schema.json` describes it. Keys are only ever added; a change of
//! meaning raises [`FORMAT`]. Every value is its canonical text or null: money keeps its digits, and no reader's floats
//! can change it; `models` says what the texts are. Written a record at a time.

use super::whole::{self, Reason, Text, Which, Whole};
use super::writer::Writer;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::{Account, Guard, Head, ModelHead, RecordHead};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::Write;

/// Format number of the document.
pub const FORMAT: u32 = 1;

/// Writes the plan whose relations stand in `db`; `digest` is that of its file.
///
/// # Errors
/// E901 when the plan's relations cannot be read, E902 when `out` cannot be written.
pub fn render(head: &Head, db: &Db, number: u32, digest: &str, out: &mut dyn Write) -> Result<()> {
    let mut out = Writer::new(out);
    out.put(&format!("{{\n\"format\": {FORMAT},\n"))?;
    for (name, value) in top(head, number, digest) {
        out.put(&format!("\"{name}\": "))?;
        out.json(&value)?;
        out.put(",\n")?;
    }
    let mut list = List::new("changes");
    for model in &head.models {
        whole::changes(db, model, Which::All, |one| list.item(&mut out, &change(model, one)))?;
    }
    list.end(&mut out)?;
    out.put(",\n")?;
    let mut list = List::new("not_sent");
    whole::refused(db, |one| list.item(&mut out, &reason(head, one)))?;
    list.end(&mut out)?;
    out.put("\n}\n")?;
    out.flush()
}

/// An array being written, an item a line.
struct List {
    name: &'static str,
    items: u64,
}

impl List {
    fn new(name: &'static str) -> Self {
        Self { name, items: 0 }
    }

    fn item(&mut self, out: &mut Writer<'_>, item: &impl Serialize) -> Result<()> {
        let before = if self.items == 0 { format!("\"{}\": [\n", self.name) } else { ",\n".to_owned() };
        self.items += 1;
        out.put(&before)?;
        out.json(item)
    }

    fn end(self, out: &mut Writer<'_>) -> Result<()> {
        if self.items == 0 { out.put(&format!("\"{}\": []", self.name)) } else { out.put("\n]") }
    }
}

fn top(head: &Head, number: u32, digest: &str) -> Vec<(&'static str, Value)> {
    let plan = json!({
        "number": number,
        "digest": digest,
        "program": head.program,
        "mapping": head.mapping,
        "platform": head.platform,
        "environment": head.environment,
        "account": head.account,
        "destination": head.destination,
        "created": head.created,
        "run_date": head.run_date,
    });
    let guard = |g: &Guard| {
        json!({"record": g.record, "figure": g.figure, "limit": g.limit, "value": g.value, "base": g.base,
               "tripped": g.tripped, "allow": g.words(),
               "sum": g.sum.as_ref().map(|(old, new)| json!({"old": old, "new": new}))})
    };
    vec![
        ("plan", plan),
        ("nothing_removed", json!(head.nothing_removed)),
        ("guards", head.guards.iter().map(guard).collect()),
        ("notes", json!(head.notes)),
        (
            "causes",
            head.causes
                .iter()
                .map(|c| json!({"record": c.record, "cause": c.cause, "changes": c.changes}))
                .collect(),
        ),
        ("rewritten", head.rewritten.iter().map(|(way, n)| json!({"way": way, "cells": n})).collect()),
        ("files", files(head)),
        ("records", head.records.iter().map(record).collect()),
        ("models", head.models.iter().map(model).collect()),
    ]
}

fn record(one: &RecordHead) -> Value {
    json!({
        "record": one.record,
        "model": one.model,
        "parent": one.parent,
        "counts": one.counts,
        "sums": one.totals.iter()
            .map(|t| json!({"field": t.field, "currency": t.currency, "old": t.old, "new": t.new}))
            .collect::<Vec<_>>(),
        "accounts": one.accounts.iter().map(account).collect::<Vec<_>>(),
        "fields": one.fields.iter().map(|f| json!({"field": f.field, "from": f.from})).collect::<Vec<_>>(),
    })
}

fn account(a: &Account) -> Value {
    json!({"field": a.field, "currency": a.currency, "read": a.read, "planned": a.planned, "unchanged": a.unchanged,
           "filtered": a.filtered, "rejected": a.rejected, "held": a.held, "without": a.without})
}

/// The fields of a model with what their texts are.
fn model(one: &ModelHead) -> Value {
    let kind = |ty: &str| match ty {
        "BIGINT" => "integer",
        "BOOLEAN" => "boolean",
        "DATE" => "date",
        "TIMESTAMP" => "date-time",
        ty if ty.starts_with("DECIMAL") => "decimal",
        _ => "text",
    };
    let fields = one.columns.iter();
    let fields: Vec<Value> =
        fields.map(|c| json!({"name": c.name, "type": kind(&c.sql_type), "compared": c.compared})).collect();
    json!({"model": one.model, "fields": fields})
}

fn files(head: &Head) -> Value {
    let all = head.sources.iter().flat_map(|s| s.files.iter().map(move |f| (s, f)));
    all.map(|(source, f)| {
        json!({
            "source": source.name, "file": f.file, "part": f.part, "bytes": f.bytes, "sha256": f.sha256,
            "rows": f.read, "mapped": f.mapped, "filtered": f.filtered, "empty": f.empty,
            "after_the_end": f.dropped, "totals": f.totals, "rejected": f.rejected, "for_lookups": f.unused,
        })
    })
    .collect()
}

/// The parts of a key.
fn key(key: &str) -> Vec<&str> {
    key.split('\u{1f}').collect()
}

fn change(model: &ModelHead, one: &Whole) -> Value {
    let values = |side: &[Text]| -> Value {
        if side.is_empty() {
            return Value::Null;
        }
        let pairs = model.columns.iter().zip(side);
        Value::Object(pairs.map(|(c, v)| (c.name.clone(), json!(v))).collect::<Map<_, _>>())
    };
    json!({
        "id": one.id,
        "record": one.record,
        "model": model.model,
        "key": key(&one.key),
        "kind": one.kind,
        "cause": if one.cause.is_empty() { "data" } else { &one.cause },
        "note": one.note,
        "parent": one.parent,
        "parent_key": one.parent_key.as_deref().map(key),
        "file": one.file,
        "place": one.place,
        "changed": one.changed,
        "old": values(&one.old),
        "new": values(&one.new),
    })
}

fn reason(head: &Head, one: &Reason) -> Value {
    let source = head.sources.iter().find(|s| Some(&s.name) == one.source.as_ref());
    let columns = source.map(|s| s.columns.as_slice()).unwrap_or_default();
    let cells = columns.iter().zip(&one.cells);
    let row: Map<String, Value> = cells.map(|(c, v)| (c.clone(), json!(v))).collect();
    json!({
        "status": one.status,
        "record": one.record,
        "key": one.key.as_deref().map(key),
        "field": one.field,
        "code": one.code,
        "value": one.value,
        "reason": one.reason,
        "file": one.file,
        "place": one.place,
        "known": one.known,
        "note": one.note,
        "row": if row.is_empty() { Value::Null } else { Value::Object(row) },
    })
}
