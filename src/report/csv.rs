//! A plan as CSV files: one a record type with every old and new value, and one of what is not sent.
//!
//! UTF-8 with a byte order mark, as Excel reads a file without one in the letters of Windows and breaks every `ü`; DuckDB,
//! pandas (`utf-8-sig`) and LibreOffice skip it. The comma separates; texts cannot become formulas (`super::spreadsheet`).

use super::whole::{self, Which};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::{Head, RecordHead};
use std::io::Write;
use table::Table;

mod advice;
mod table;

/// Columns before the fields.
const CHANGE: [&str; 8] = ["key", "kind", "cause", "file", "place", "parent_key", "changed_fields", "note"];

/// Columns before those of the rows.
const REJECT: [&str; 12] = [
    "file",
    "sheet",
    "place",
    "value",
    "what_is_wrong",
    "what_to_do",
    "record",
    "key",
    "field",
    "status",
    "code",
    "note",
];

/// Names of the files of a plan in one folder: those of its record types in order, then that of what is not sent. Names
/// that a file system would refuse or confuse are made harmless.
pub fn names(head: &Head) -> (Vec<String>, String) {
    let mut taken = vec!["rejects".to_owned()];
    let names = head.records.iter().map(|r| name(&r.record, &mut taken)).collect();
    (names, "rejects.csv".to_owned())
}

fn name(record: &str, taken: &mut Vec<String>) -> String {
    let plain: String =
        record.chars().map(|c| if c.is_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect();
    let mut name = plain.clone();
    let mut n = 1;
    while taken.contains(&name.to_lowercase()) {
        n += 1;
        name = format!("{plain}-{n}");
    }
    taken.push(name.to_lowercase());
    format!("{name}.csv")
}

/// Writes the changes of one record type. `raw`: texts as they are, for programs; a spreadsheet may calculate them.
///
/// # Errors
/// E901 when the plan's relations cannot be read, E902 when `out` cannot be written.
pub fn changes(head: &Head, db: &Db, record: &RecordHead, raw: bool, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(out, raw)?;
    let Some(model) = head.models.iter().find(|m| m.model == record.model) else {
        table.head(CHANGE.map(str::to_owned).into_iter())?;
        return table.end();
    };
    let fields =
        model.columns.iter().flat_map(|c| [format!("{} (old)", c.name), format!("{} (new)", c.name)]);
    table.head(CHANGE.map(str::to_owned).into_iter().chain(fields))?;
    whole::changes(db, model, Which::Of(&record.record), |change| table.change(model, change))?;
    table.end()
}

/// Writes what is not sent, as its keeper in the ERP needs it: where it stands, what is wrong, what to do, and the row.
///
/// # Errors
/// As [`changes`].
pub fn rejects(head: &Head, db: &Db, raw: bool, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(out, raw)?;
    let columns = columns(head, db)?;
    let row = columns.iter().map(|c| format!("row: {c}"));
    table.head(REJECT.map(str::to_owned).into_iter().chain(row))?;
    whole::refused(db, |one| table.reason(head, &columns, one))?;
    table.end()
}

/// Columns of the cells that are only written otherwise.
const REWRITTEN: [&str; 8] = ["record", "key", "field", "way", "text", "accepted_value", "file", "place"];

/// Writes the cells that are written otherwise than the last accepted value and mean the same; none where a plan counted none.
///
/// # Errors
/// As [`changes`].
pub fn rewritten(head: &Head, db: &Db, raw: bool, out: &mut dyn Write) -> Result<()> {
    let mut table = Table::new(out, raw)?;
    table.head(REWRITTEN.map(str::to_owned).into_iter())?;
    if !head.rewritten.is_empty() {
        whole::rewritten(db, |cells| table.texts(cells))?;
    }
    table.end()
}

/// The columns of the rows that are refused, each name once, in the order of the sources.
fn columns(head: &Head, db: &Db) -> Result<Vec<String>> {
    let mut sources: Vec<String> = Vec::new();
    whole::refused(db, |one| {
        let new = one.source.as_ref().filter(|s| !sources.contains(s)).cloned();
        sources.extend(new);
        Ok(())
    })?;
    let mut all: Vec<String> = Vec::new();
    for column in head.sources.iter().filter(|s| sources.contains(&s.name)).flat_map(|s| &s.columns) {
        if !all.contains(column) {
            all.push(column.clone());
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
