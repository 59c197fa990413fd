//! `[[test]]`: rows given, records and refusals expected.
//!
//! `given` is a list of rows of `source`, or a table of lists, one for each source (`given.items = […]`). A row may hold
//! the rows of a source that stands within it, as the file does: `{ nr = "1", lines = [{ pos = 1 }] }`.

use super::Constant;
use super::value::constant;
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table, Value};
use std::ops::Range;
use toml::de::DeValue;

/// A test: given rows, expected records.
#[derive(Clone, Debug)]
pub struct TestSpec {
    /// Its name.
    pub name: Spot<String>,
    /// The source whose rows a plain list gives.
    pub source: Option<Spot<String>>,
    /// What `row.file` is.
    pub file: Option<Spot<String>>,
    /// What `row.sheet` is.
    pub sheet: Option<Spot<String>>,
    /// Rows by source, in the order written.
    pub given: Vec<GivenRows>,
    /// Per record: the expected fields of each record.
    pub expect: Vec<(Spot<String>, Vec<ExpectRow>)>,
    /// The refusals expected.
    pub rejects: Vec<RejectSpec>,
}

/// Rows of one source.
#[derive(Clone, Debug)]
pub struct GivenRows {
    /// The source.
    pub source: Spot<String>,
    /// Its rows.
    pub rows: Vec<GivenRow>,
}

/// A row: column → cell, and the rows of sources within it.
#[derive(Clone, Debug)]
pub struct GivenRow {
    /// Where it stands.
    pub span: Range<usize>,
    /// Columns with their cells.
    pub cells: Vec<(Spot<String>, Spot<Constant>)>,
    /// Rows of enclosed sources.
    pub inner: Vec<GivenRows>,
}

/// An expected record: field → value, empty text for an empty field.
#[derive(Clone, Debug)]
pub struct ExpectRow {
    /// Where it stands.
    pub span: Range<usize>,
    /// Fields with their values.
    pub fields: Vec<(Spot<String>, Spot<Constant>)>,
}

/// An expected refusal; what is not named may be anything.
#[derive(Clone, Debug)]
pub struct RejectSpec {
    /// Where it stands.
    pub span: Range<usize>,
    /// Record.
    pub record: Option<Spot<String>>,
    /// Its key.
    pub key: Option<Spot<String>>,
    /// Field.
    pub field: Option<Spot<String>>,
    /// Code.
    pub code: Option<Spot<String>>,
    /// The value refused.
    pub value: Option<Spot<String>>,
    /// Part of the reason.
    pub reason: Option<Spot<String>>,
}

/// Reads one `[[test]]`.
pub(super) fn test(t: &Table<'_>) -> Option<TestSpec> {
    let name = t.need_text("name");
    let source = t.text("source");
    let (file, sheet) = (t.text("file"), t.text("sheet"));
    let given = t.need("given").map(|v| given(t, &source, &v)).unwrap_or_default();
    let (mut expect, mut rejects) = (Vec::new(), Vec::new());
    if let Some(table) = t.table("expect") {
        for (record, v) in table.entries() {
            if record.value == "reject" {
                rejects = v.tables().iter().map(reject).collect();
            } else {
                expect.push((record, v.tables().iter().map(expected).collect()));
            }
        }
    }
    t.done();
    Some(TestSpec { name: name?, source, file, sheet, given, expect, rejects })
}

fn given(t: &Table<'_>, source: &Option<Spot<String>>, v: &Value<'_>) -> Vec<GivenRows> {
    match (v.raw(), source) {
        (DeValue::Table(_), _) => {
            let Some(table) = v.table() else { return Vec::new() };
            table.entries().map(|(source, v)| GivenRows { source, rows: rows(&v) }).collect()
        }
        (_, Some(source)) => vec![GivenRows { source: source.clone(), rows: rows(v) }],
        (_, None) => {
            let help = "Add `source = \"…\"`, or write `given.<source> = [{ … }]`.".to_owned();
            t.error(Code::MISSING_KEY, "the test does not say of which source its rows are", Some(help));
            Vec::new()
        }
    }
}

fn rows(v: &Value<'_>) -> Vec<GivenRow> {
    v.tables().iter().map(row).collect()
}

fn row(t: &Table<'_>) -> GivenRow {
    let mut row = GivenRow { span: t.span().clone(), cells: Vec::new(), inner: Vec::new() };
    for (column, v) in t.entries() {
        if matches!(v.raw(), DeValue::Array(_) | DeValue::Table(_)) {
            row.inner.push(GivenRows { source: column, rows: rows(&v) });
        } else if let Some(cell) = constant(&v) {
            row.cells.push((column, cell));
        }
    }
    row
}

fn expected(t: &Table<'_>) -> ExpectRow {
    let fields = t.entries().filter_map(|(k, v)| Some((k, constant(&v)?))).collect();
    ExpectRow { span: t.span().clone(), fields }
}

fn reject(t: &Table<'_>) -> RejectSpec {
    let scalar = |key: &'static str| t.get(key).and_then(|v| v.scalar());
    let spec = RejectSpec {
        span: t.span().clone(),
        record: t.text("record"),
        key: scalar("key"),
        field: t.text("field"),
        code: t.text("code"),
        value: scalar("value"),
        reason: t.text("reason"),
    };
    t.done();
    spec
}
