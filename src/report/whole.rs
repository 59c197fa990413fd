//! Whole changes, every old and new value, and refusals with the row they stand in; streamed, a batch at a time.

use super::row;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::ModelHead;
use crate::sql::export as sql;
use duckdb::arrow::array::{Array, AsArray, RecordBatch};

pub(super) use crate::sql::export::Which;

/// A text that may be missing.
pub(super) type Text = Option<String>;

/// A change with all its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole {
    /// Its number in the plan.
    pub(super) id: i64,
    /// Record name.
    pub(super) record: String,
    /// Key as kept, its parts joined by U+001F.
    pub(super) key: String,
    /// Number of the header's change, where that is one.
    pub(super) parent: Option<i64>,
    /// The header's key.
    pub(super) parent_key: Text,
    /// Kind.
    pub(super) kind: String,
    /// Cause, empty for data.
    pub(super) cause: String,
    /// Extra line.
    pub(super) note: Text,
    /// Names of the fields that change.
    pub(super) changed: Vec<String>,
    /// File it was read from.
    pub(super) file: Text,
    /// Line, cell or path in it.
    pub(super) place: Text,
    /// Old values in the order of the model's columns; empty where the record is new.
    pub(super) old: Vec<Text>,
    /// New values in that order.
    pub(super) new: Vec<Text>,
}

/// Streams whole changes of a model, in order.
pub(super) fn changes(
    db: &Db,
    model: &ModelHead,
    which: Which<'_>,
    mut each: impl FnMut(&Whole) -> Result<()>,
) -> Result<()> {
    let columns: Vec<(&str, &str)> =
        model.columns.iter().map(|c| (c.name.as_str(), c.sql_type.as_str())).collect();
    db.stream(&sql::changes(&model.model, &columns, which), |batch| {
        (0..batch.num_rows()).try_for_each(|n| each(&whole(&batch, n)?))
    })
}

/// Streams the cells that are only written otherwise, in order: the texts of each row.
pub(super) fn rewritten(db: &Db, mut each: impl FnMut(&[Text]) -> Result<()>) -> Result<()> {
    const COLUMNS: [&str; 8] = ["record", "key", "field", "way", "text", "value", "file", "place"];
    db.stream(&crate::sql::rewritten::list(), |batch| {
        (0..batch.num_rows()).try_for_each(|n| {
            let cells: Vec<Text> = COLUMNS.iter().map(|c| row::text(&batch, c, n)).collect::<Result<_>>()?;
            each(&cells)
        })
    })
}

fn whole(batch: &RecordBatch, n: usize) -> Result<Whole> {
    let must = |name: &str| row::text(batch, name, n).map(Option::unwrap_or_default);
    let parent = row::column(batch, "parent")?;
    Ok(Whole {
        id: row::number64(batch, "id", n)?,
        record: must("record")?,
        key: must("key")?,
        parent: if parent.is_null(n) { None } else { Some(row::number64(batch, "parent", n)?) },
        parent_key: row::text(batch, "parent_key", n)?,
        kind: must("kind")?,
        cause: must("cause")?,
        note: row::text(batch, "note", n)?.filter(|t| !t.is_empty()),
        changed: texts(batch, "fields", n)?.into_iter().flatten().collect(),
        file: row::text(batch, "file", n)?,
        place: row::text(batch, "place", n)?,
        old: texts(batch, "old", n)?,
        new: texts(batch, "new", n)?,
    })
}

/// A refusal with its row.
#[derive(Clone, Debug, Default)]
pub(super) struct Reason {
    /// `rejected` or `held`.
    pub(super) status: String,
    /// Record name; the source's of a line that could not be read.
    pub(super) record: String,
    /// Key, where readable.
    pub(super) key: Text,
    /// Field.
    pub(super) field: Text,
    /// Code.
    pub(super) code: Text,
    /// Value as read.
    pub(super) value: Text,
    /// What is wrong with it.
    pub(super) reason: String,
    /// File.
    pub(super) file: Text,
    /// Line, cell or path.
    pub(super) place: Text,
    /// Known from the last run, same data.
    pub(super) known: bool,
    /// Extra line.
    pub(super) note: Text,
    /// The row's source.
    pub(super) source: Text,
    /// The row's cells in the order of the source's columns; empty where no row was kept.
    pub(super) cells: Vec<Text>,
}

/// Streams every refusal, in order.
pub(super) fn refused(db: &Db, mut each: impl FnMut(&Reason) -> Result<()>) -> Result<()> {
    db.stream(sql::refused(), |batch| (0..batch.num_rows()).try_for_each(|n| each(&reason(&batch, n)?)))
}

fn reason(batch: &RecordBatch, n: usize) -> Result<Reason> {
    let text = |name: &str| row::text(batch, name, n);
    let known = row::column(batch, "known")?;
    Ok(Reason {
        status: text("status")?.unwrap_or_default(),
        record: text("record")?.unwrap_or_default(),
        key: text("key")?,
        field: text("field")?,
        code: text("code")?,
        value: text("value")?,
        reason: text("reason")?.unwrap_or_default(),
        file: text("file")?,
        place: text("place")?,
        known: known.as_boolean_opt().is_some_and(|k| !k.is_null(n) && k.value(n)),
        note: text("note")?.filter(|t| !t.is_empty()),
        source: text("source")?,
        cells: texts(batch, "cells", n)?,
    })
}

/// A list of texts; none where it is NULL.
fn texts(batch: &RecordBatch, name: &str, n: usize) -> Result<Vec<Text>> {
    let list = row::column(batch, name)?;
    if list.is_null(n) || list.data_type().is_null() {
        return Ok(Vec::new());
    }
    let items = list.as_list_opt::<i32>().ok_or_else(|| row::unexpected(name))?.value(n);
    (0..items.len()).map(|i| row::string(items.as_ref(), i).map_err(|()| row::unexpected(name))).collect()
}
