//! `plan --adopt`: the platform is asked, by key, for what the plan calls new. What is there and equal is adopted, what is there
//! and different becomes a change of it; nothing is sent.

use super::bound::Bound;
use super::connect::connect;
use super::{Context, Progress};
use crate::db::{ColumnKind, Db, TableShape};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::diff::{self, Wanted};
use crate::mapping::{Mapping, RecordPlan};
use crate::platform::{Record, Transport};
use crate::spec::platform::Model;
use crate::sql::diff::Column;
use crate::sql::ledger;

/// Keys asked for between two reports of progress.
const KEYS: usize = 500;

/// Looks up the new records of the plan, those of `wanted.only` or all.
///
/// # Errors
/// E513 when the platform cannot be asked for a record type, E5xx.
pub(super) fn read(
    db: &Db,
    context: &Context,
    mapping: &Mapping,
    wanted: &Wanted,
    bound: &Bound,
    progress: &dyn Progress,
) -> Result<()> {
    let meant = |r: &&RecordPlan| wanted.only.is_empty() || wanted.only.contains(&r.name);
    let connection = connect(context)?;
    // What is found is called ours, so it must be found where ours are.
    bound.refuse_another(context, &connection)?;
    for name in mapping.models() {
        let Some(model) = mapping.platform.model(name) else { continue };
        let mut keys = Vec::new();
        for record in mapping.records_of(name).filter(meant) {
            keys.extend(db.rows(&ledger::new_keys(name, &record.name), [], |row| row.get::<_, String>(0))?);
        }
        if keys.is_empty() {
            continue;
        }
        let columns = diff::columns(mapping, model);
        db.run(&ledger::create_there(name, &columns))?;
        let what = format!("looked up of {name}");
        for (n, part) in keys.chunks(KEYS).enumerate() {
            look_up(db, &*connection.transport, model, &columns, part)?;
            progress.count(&what, (n * KEYS + part.len()) as u64, Some(keys.len() as u64));
        }
        db.run(&ledger::adopt_found(name, &columns))?;
    }
    Ok(())
}

fn look_up(
    db: &Db,
    transport: &dyn Transport,
    model: &Model,
    columns: &[Column],
    keys: &[String],
) -> Result<()> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let Some(found) = transport.look_up(model, &keys)? else {
        let message = format!("the platform file does not say how {} is looked up", model.name);
        let help = "Declare what is there without asking, with --adopt=trust, or leave the record out: --only names the others.";
        return Diagnostic::error(Code::NOT_READABLE, message).help(help).alone();
    };
    let table = ledger::there(&model.name);
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let names = std::iter::once(text("_key")).chain(columns.iter().map(|c| text(&c.name)));
    let shape = TableShape { schema: table.schema, name: table.name, columns: names.collect() };
    db.load(&[shape], |sinks| {
        let rows = sinks.table(0);
        for record in &found {
            rows.text(0, &record.key);
            for (n, column) in columns.iter().enumerate() {
                if let Some(value) = text_of(record, &column.name) {
                    rows.text(n + 1, &value);
                }
            }
            rows.end_row()?;
        }
        Ok(())
    })
}

/// A member of a record as text: digits and letters as they stand, none for null.
fn text_of(record: &Record, name: &str) -> Option<String> {
    let raw = record.fields.get(name)?.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        _ if raw == "null" => None,
        _ => Some(raw.to_owned()),
    }
}
