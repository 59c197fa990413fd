//! A plan as CSV files: one a record type with every old and new value, and one of what is not sent.
//!
//! UTF-8 with a byte order mark, as Excel reads a file without one in the letters of Windows and breaks every `ü`; DuckDB,
//! pandas (`utf-8-sig`) and LibreOffice skip it. The comma separates; texts cannot become formulas ([`spreadsheet`]).

use super::spreadsheet;
use super::whole::{self, Reason, Which, Whole};
use super::writer::failed;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::{Head, ModelHead, RecordHead};
use std::borrow::Cow;
use std::io::Write;

mod advice;

/// What Excel takes for UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Columns before the fields.
const CHANGE: [&str; 8] =
    ["key", "kind", "cause", "file", "place", "parent_key", "changed_fields", "note"];

/// Columns before those of the rows.
const REJECT: [&str; 12] = [
    "file", "sheet", "place", "value", "what_is_wrong", "what_to_do", "record", "key", "field", "status", "code", "note",
];

/// Names of the files of a plan in one folder: those of its record types in order, then that of what is not sent. Names
/// that a file system would refuse or confuse are made harmless.
pub fn names(head: &Head) -> (Vec<String>, String) {
    let mut taken = vec!["rejects".to_owned()];
    let names = head.records.iter().map(|r| name(&r.record, &mut taken)).collect();
    (names, "rejects.csv".to_owned())
}

fn name(record: &str, taken: &mut Vec<String>) -> String {
    let plain: String = record.chars().map(|c| if c.is_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect();
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
    let fields = model.columns.iter().flat_map(|c| [format!("{} (old)", c.name), format!("{} (new)", c.name)]);
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

/// A CSV file being written.
struct Table<'a> {
    out: csv::Writer<&'a mut dyn Write>,
    raw: bool,
}

impl<'a> Table<'a> {
    fn new(out: &'a mut dyn Write, raw: bool) -> Result<Self> {
        out.write_all(MARK).map_err(|e| failed(&e))?;
        Ok(Self { out: csv::Writer::from_writer(out), raw })
    }

    fn head(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
        names.into_iter().try_for_each(|name| self.text(Some(&name)))?;
        self.row()
    }

    /// A text from outside.
    fn text(&mut self, text: Option<&str>) -> Result<()> {
        let text = text.unwrap_or_default();
        let safe = if self.raw { Cow::Borrowed(text) } else { spreadsheet::cell(text) };
        self.plain(&safe)
    }

    /// A number, date or flag: it begins with a minus at most, and is to stay what it is.
    fn plain(&mut self, text: &str) -> Result<()> {
        self.out.write_field(text).map_err(|e| failed(&e))
    }

    fn row(&mut self) -> Result<()> {
        self.out.write_record(None::<&[u8]>).map_err(|e| failed(&e))
    }

    fn end(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| failed(&e))
    }

    fn change(&mut self, model: &ModelHead, change: &Whole) -> Result<()> {
        let (key, parent) = (readable(&change.key), change.parent_key.as_deref().map(readable));
        let cause = if change.cause.is_empty() { "data" } else { &change.cause };
        let cause = if matches!(change.kind.as_str(), "changed" | "returned") { cause } else { &change.cause };
        self.text(Some(&key))?;
        self.text(Some(&change.kind))?;
        self.text(Some(cause))?;
        self.text(change.file.as_deref())?;
        self.text(change.place.as_deref())?;
        self.text(parent.as_deref())?;
        self.text(Some(&change.changed.join(" ")))?;
        self.text(change.note.as_deref())?;
        for (n, column) in model.columns.iter().enumerate() {
            for side in [&change.old, &change.new] {
                let value = side.get(n).and_then(Option::as_deref);
                match column.sql_type.as_str() {
                    "VARCHAR" => self.text(value)?,
                    _ => self.plain(value.unwrap_or_default())?,
                }
            }
        }
        self.row()
    }

    fn reason(&mut self, head: &Head, columns: &[String], one: &Reason) -> Result<()> {
        let (sheet, place) = split(one.place.as_deref().unwrap_or_default());
        let key = one.key.as_deref().map(readable);
        let note = [one.known.then_some("known from the last run"), one.note.as_deref()];
        let note = note.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let cells: [Option<&str>; 12] = [
            one.file.as_deref(),
            Some(sheet),
            Some(place),
            one.value.as_deref(),
            Some(&one.reason),
            Some(advice::of(one)),
            Some(&one.record),
            key.as_deref(),
            one.field.as_deref(),
            Some(&one.status),
            one.code.as_deref(),
            Some(&note),
        ];
        cells.into_iter().try_for_each(|cell| self.text(cell))?;
        let source = head.sources.iter().find(|s| Some(&s.name) == one.source.as_ref());
        for column in columns {
            let at = source.and_then(|s| s.columns.iter().position(|c| c == column));
            let cell = at.and_then(|n| one.cells.get(n)).and_then(Option::as_deref);
            self.text(cell)?;
        }
        self.row()
    }
}

/// A compound key as everywhere: ` / ` between its parts.
fn readable(key: &str) -> String {
    key.replace('\u{1f}', " / ")
}

/// `Rechnungen!B22` in sheet and cell; what names no sheet is a place alone.
fn split(place: &str) -> (&str, &str) {
    let cell = |cell: &str| cell.bytes().all(|b| b.is_ascii_alphanumeric());
    place.rsplit_once('!').filter(|(_, c)| cell(c)).unwrap_or(("", place))
}

#[cfg(test)]
mod tests;
