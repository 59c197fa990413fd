//! A table as CSV: texts from outside made safe, everything else as it is.

use super::advice;
use crate::diagnostic::Result;
use crate::plan::{Head, ModelHead};
use crate::report::spreadsheet;
use crate::report::whole::{Reason, Whole};
use crate::report::writer::failed;
use std::borrow::Cow;
use std::io::Write;

/// What Excel takes for UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file being written.
pub(super) struct Table<'a> {
    out: csv::Writer<&'a mut dyn Write>,
    raw: bool,
}

impl<'a> Table<'a> {
    /// Begins one with the mark.
    pub(super) fn new(out: &'a mut dyn Write, raw: bool) -> Result<Self> {
        out.write_all(MARK).map_err(|e| failed(&e))?;
        Ok(Self { out: csv::Writer::from_writer(out), raw })
    }

    /// Writes the names of the columns.
    pub(super) fn head(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
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

    /// Writes what is still buffered.
    pub(super) fn end(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| failed(&e))
    }

    /// Writes a row of texts.
    pub(super) fn texts(&mut self, cells: &[Option<String>]) -> Result<()> {
        cells.iter().try_for_each(|cell| self.text(cell.as_deref()))?;
        self.row()
    }

    /// Writes a change of this model.
    pub(super) fn change(&mut self, model: &ModelHead, change: &Whole) -> Result<()> {
        let (key, parent) = (readable(&change.key), change.parent_key.as_deref().map(readable));
        let plain = change.cause.is_empty() && matches!(change.kind.as_str(), "changed" | "returned");
        let cause = if plain { "data" } else { &change.cause };
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

    /// Writes a refusal, with its row below `columns`.
    pub(super) fn reason(&mut self, head: &Head, columns: &[String], one: &Reason) -> Result<()> {
        let (sheet, place) = split(one.place.as_deref().unwrap_or_default());
        let key = one.key.as_deref().map(readable);
        let note = [one.known.then_some("known from the last run"), one.note.as_deref()];
        let note = note.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let cells: [Option<&str>; 12] = [
            one.file.as_deref(),
            Some(sheet),
            Some(place),
            one.value.as_deref().filter(|v| one.key.as_deref() != Some(v)),
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
pub(super) fn split(place: &str) -> (&str, &str) {
    let cell = |cell: &str| cell.bytes().all(|b| b.is_ascii_alphanumeric());
    place.rsplit_once('!').filter(|(_, c)| cell(c)).unwrap_or(("", place))
}
