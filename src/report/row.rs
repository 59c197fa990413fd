//! One row of `plan.shown` or `plan.refused`, read from Arrow batches one at a time: no report holds more than a batch.

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use duckdb::arrow::array::{Array, AsArray, RecordBatch, StructArray};
use duckdb::arrow::datatypes::{Int32Type, Int64Type};

/// A field of a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FieldChange {
    /// Name.
    pub(super) name: String,
    /// Last accepted text.
    pub(super) old: Option<String>,
    /// Proposed text.
    pub(super) new: Option<String>,
}

/// A change with its place in the report.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// Section it stands in.
    pub(super) section: String,
    /// 0 for a header, 1 for its lines, 2 for theirs.
    pub(super) depth: usize,
    /// Key of the header that is not in this section.
    pub(super) context: Option<String>,
    /// The group it stands in.
    pub(super) unit: i64,
    /// Record name.
    pub(super) record: String,
    /// Key.
    pub(super) key: String,
    /// Kind.
    pub(super) kind: String,
    /// Cause, empty for data.
    pub(super) cause: String,
    /// Extra line.
    pub(super) note: Option<String>,
    /// Fields.
    pub(super) fields: Vec<FieldChange>,
    /// The file it was read from.
    pub(super) file: Option<String>,
    /// Where it was read: file and place.
    pub(super) place: Option<String>,
    /// The row itself, where the plan keeps it and the query asks for it.
    pub(super) raw: Option<Raw>,
}

/// A row as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    /// Source.
    pub(super) source: String,
    /// Number of the file (or its sheet, or node) in the source, from 1.
    pub(super) part: i64,
    /// Row or line.
    pub(super) line: i64,
    /// Place, where it is no line.
    pub(super) pos: Option<String>,
    /// Texts by column.
    pub(super) cells: Vec<Option<String>>,
}

/// A reason for which a record is not sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Refused {
    /// `rejected` or `held`.
    pub(super) status: String,
    /// Record name.
    pub(super) record: String,
    /// Key, where readable.
    pub(super) key: Option<String>,
    /// Field.
    pub(super) field: Option<String>,
    /// Code.
    pub(super) code: Option<String>,
    /// Value as read.
    pub(super) value: Option<String>,
    /// Reason.
    pub(super) reason: String,
    /// Where it was read.
    pub(super) place: Option<String>,
    /// Known from the last run, same data.
    pub(super) known: bool,
    /// Extra line.
    pub(super) note: Option<String>,
    /// The row itself, as for a change.
    pub(super) raw: Option<Raw>,
}

/// Streams the changes a query of `sql::report` gives.
pub(super) fn changes(db: &Db, sql: &str, mut each: impl FnMut(&Change) -> Result<()>) -> Result<()> {
    db.stream(sql, |batch| {
        for n in 0..batch.num_rows() {
            each(&change(&batch, n)?)?;
        }
        Ok(())
    })
}

fn change(batch: &RecordBatch, n: usize) -> Result<Change> {
    let must = |name: &str| text(batch, name, n).map(Option::unwrap_or_default);
    Ok(Change {
        section: must("section")?,
        depth: usize::try_from(number32(batch, "depth", n)?).unwrap_or(0),
        context: text(batch, "context", n)?,
        unit: number64(batch, "unit", n)?,
        record: must("record")?,
        key: must("key")?,
        kind: must("kind")?,
        cause: must("cause")?,
        note: text(batch, "note", n)?.filter(|t| !t.is_empty()),
        fields: fields(batch, n)?,
        file: text(batch, "file", n)?,
        place: place(text(batch, "file", n)?, text(batch, "place", n)?),
        raw: raw(batch, n)?,
    })
}

/// Streams the reasons a query of `sql::report` gives.
pub(super) fn refused(db: &Db, sql: &str, mut each: impl FnMut(&Refused) -> Result<()>) -> Result<()> {
    db.stream(sql, |batch| {
        for n in 0..batch.num_rows() {
            each(&reason(&batch, n)?)?;
        }
        Ok(())
    })
}

fn reason(batch: &RecordBatch, n: usize) -> Result<Refused> {
    let must = |name: &str| text(batch, name, n).map(Option::unwrap_or_default);
    let key = text(batch, "key", n)?;
    // Said already where it is the key.
    let value = text(batch, "value", n)?.filter(|v| key.as_ref() != Some(v));
    let known = column(batch, "known")?.as_boolean_opt().ok_or_else(|| unexpected("known"))?;
    Ok(Refused {
        status: must("status")?,
        record: must("record")?,
        key,
        field: text(batch, "field", n)?,
        code: text(batch, "code", n)?,
        value,
        reason: must("reason")?,
        place: place(text(batch, "file", n)?, text(batch, "place", n)?),
        known: known.is_valid(n) && known.value(n),
        note: text(batch, "note", n)?,
        raw: raw(batch, n)?,
    })
}

/// The row a record was read from; none where the query does not ask or the plan does not keep it.
fn raw(batch: &RecordBatch, n: usize) -> Result<Option<Raw>> {
    if batch.column_by_name("raw_cells").is_none_or(|c| c.is_null(n)) {
        return Ok(None);
    }
    let list =
        column(batch, "raw_cells")?.as_list_opt::<i32>().ok_or_else(|| unexpected("raw_cells"))?.value(n);
    let cells = (0..list.len()).map(|i| string(list.as_ref(), i).map_err(|()| unexpected("raw_cells")));
    Ok(Some(Raw {
        source: text(batch, "raw_source", n)?.unwrap_or_default(),
        part: number64(batch, "raw_part", n)?,
        line: number64(batch, "raw_line", n)?,
        pos: text(batch, "raw_pos", n)?,
        cells: cells.collect::<Result<_>>()?,
    }))
}

/// `OPOS_2026-10.xlsx, Rechnungen!A17`.
fn place(file: Option<String>, place: Option<String>) -> Option<String> {
    let parts: Vec<String> = [file, place].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    batch.column_by_name(name).map(AsRef::as_ref).ok_or_else(|| unexpected(name))
}

pub(super) fn unexpected(name: &str) -> crate::diagnostic::Diagnostics {
    Diagnostic::error(
        Code::DATABASE,
        format!("column \"{name}\" of the plan has another type than the reports read"),
    )
    .into()
}

/// The text in a column of a batch.
pub(super) fn text(batch: &RecordBatch, name: &str, n: usize) -> Result<Option<String>> {
    string(column(batch, name)?, n).map_err(|()| unexpected(name))
}

/// DuckDB gives plain strings; a NULL-only column may come as the null type.
pub(super) fn string(array: &dyn Array, n: usize) -> std::result::Result<Option<String>, ()> {
    if array.is_null(n) || array.data_type().is_null() {
        return Ok(None);
    }
    let small = array.as_string_opt::<i32>().map(|a| a.value(n));
    let view = || array.as_string_view_opt().map(|a| a.value(n));
    let large = || array.as_string_opt::<i64>().map(|a| a.value(n));
    small.or_else(view).or_else(large).map(|t| Some(t.to_owned())).ok_or(())
}

fn number32(batch: &RecordBatch, name: &str, n: usize) -> Result<i32> {
    let array = column(batch, name)?.as_primitive_opt::<Int32Type>().ok_or_else(|| unexpected(name))?;
    Ok(array.value(n))
}

/// The whole number in a column of a batch.
pub(super) fn number64(batch: &RecordBatch, name: &str, n: usize) -> Result<i64> {
    let array = column(batch, name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| unexpected(name))?;
    Ok(array.value(n))
}

fn fields(batch: &RecordBatch, n: usize) -> Result<Vec<FieldChange>> {
    let list = column(batch, "fields")?;
    if list.is_null(n) {
        return Ok(Vec::new());
    }
    let items = list.as_list_opt::<i32>().ok_or_else(|| unexpected("fields"))?.value(n);
    let items = items.as_struct_opt().ok_or_else(|| unexpected("fields"))?;
    (0..items.len()).map(|i| field(items, i).ok_or_else(|| unexpected("fields"))).collect()
}

fn field(items: &StructArray, n: usize) -> Option<FieldChange> {
    let part = |name: &str| string(items.column_by_name(name)?, n).ok();
    let (old, new) = (part("old")?, part("new")?);
    let time = items.column_by_name("time").and_then(|c| c.as_boolean_opt()).is_some_and(|c| c.value(n));
    let (old, new) = if time { days(old, new) } else { (old, new) };
    Some(FieldChange { name: part("name")?.unwrap_or_default(), old, new })
}

/// Times that are all midnight are shown as the days they stand for: most exports know no others. (The exports that programs
/// read have them whole.)
fn days(old: Option<String>, new: Option<String>) -> (Option<String>, Option<String>) {
    const MIDNIGHT: &str = "T00:00:00";
    if [&old, &new].into_iter().flatten().any(|t| !t.ends_with(MIDNIGHT)) {
        return (old, new);
    }
    let day = |t: Option<String>| t.map(|t| t.trim_end_matches(MIDNIGHT).to_owned());
    (day(old), day(new))
}
