//! What all formats share on the way into tables: the fixed columns of a row, refused rows, the union of columns over
//! parts, progress, and the proof that the counts add up.

use super::{Column, Loaded, Request};
use crate::db::{ColumnKind, Db, RowBuffer, Sinks, TableShape};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::raw;
use std::collections::BTreeMap;

/// Told of progress: the source's name and its rows so far. Called from the parsing thread.
pub type Progress<'a> = &'a (dyn Fn(&str, u64) + Sync);

/// Rows between two reports of progress.
const EVERY: u64 = 16_384;
/// Characters kept of the text of a refused row.
const TEXT: usize = 100_000;

/// Column numbers of a raw table.
pub(super) mod at {
    pub const ID: usize = 0;
    pub const PART: usize = 1;
    pub const ROW: usize = 2;
    pub const POS: usize = 3;
    pub const KIND: usize = 4;
    /// The first cell, without `within`.
    pub const CELLS: usize = 5;
}

/// The shape of a raw table with `extra` integer columns before the cells.
pub(super) fn shape(name: &str, extra: &[String], cells: usize) -> TableShape {
    let int = |n: &str| (n.to_owned(), ColumnKind::Int);
    let text = |n: String| (n, ColumnKind::Text);
    let mut columns = vec![int("_id"), int("_part"), int("_row"), text("_pos".into()), text("_kind".into())];
    columns.extend(extra.iter().map(|n| int(n)));
    columns.extend((1..=cells).map(|n| text(format!("c{n}"))));
    TableShape { schema: raw::SCHEMA.to_owned(), name: name.to_owned(), columns }
}

/// As [`shape`], with a column for the number itself beside each cell that holds what its format shows.
pub(super) fn shape_as_shown(name: &str, cells: usize) -> TableShape {
    let mut shape = shape(name, &[], cells);
    shape.columns.extend((1..=cells).map(|n| (format!("v{n}"), ColumnKind::Text)));
    shape
}

/// A row, line or node that could not become a row.
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) row: u64,
    pub(super) pos: Option<String>,
    pub(super) reason: String,
    pub(super) text: String,
}

/// Writes a refusal into `raw._refused`.
pub(super) fn refuse(sink: &mut RowBuffer, source: &str, part: i64, one: &Refusal) -> Result<()> {
    sink.text(0, source);
    sink.int(1, part);
    sink.int(2, signed(one.row));
    if let Some(pos) = &one.pos {
        sink.text(3, pos);
    }
    sink.text(4, one.code.0);
    sink.text(5, &one.reason);
    let cut = one.text.char_indices().nth(TEXT).map_or(one.text.len(), |(n, _)| n);
    sink.text(6, one.text.get(..cut).unwrap_or_default());
    sink.end_row()
}

/// A count as the database holds it.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Counts rows of a source and tells of them now and then.
pub(super) struct Meter<'a> {
    pub(super) rows: u64,
    name: &'a str,
    tell: Progress<'a>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(name: &'a str, tell: Progress<'a>) -> Self {
        Self { rows: 0, name, tell }
    }

    /// One row more; gives its number.
    pub(super) fn next(&mut self) -> i64 {
        self.rows += 1;
        if self.rows.is_multiple_of(EVERY) {
            (self.tell)(self.name, self.rows);
        }
        signed(self.rows)
    }

    /// Tells the final number.
    pub(super) fn end(&self) {
        (self.tell)(self.name, self.rows);
    }
}

/// A header of a part: names with the place each stands at.
pub(super) type Header = Vec<(String, u32)>;

/// The union of columns over parts in order of first appearance, and for each part where each stands. A name that
/// appears twice in a part is two columns of that name.
pub(super) fn union(parts: &[Header]) -> (Vec<Column>, Vec<Vec<Option<u32>>>) {
    let mut index: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let mut columns: Vec<Column> = Vec::new();
    let mut places = Vec::new();
    for part in parts {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut here: Vec<Option<u32>> = vec![None; columns.len()];
        for (name, place) in part {
            let nth = seen.entry(name).or_default();
            let column = *index.entry((name, *nth)).or_insert_with(|| {
                columns.push(Column { name: name.clone(), found: true });
                here.push(None);
                columns.len() - 1
            });
            *nth += 1;
            if let Some(slot) = here.get_mut(column) {
                *slot = Some(*place);
            }
        }
        places.push(here);
    }
    places.iter_mut().for_each(|p: &mut Vec<Option<u32>>| p.resize(columns.len(), None));
    (columns, places)
}

/// A header cell as a column name: trimmed, line breaks as one space, NFC.
pub(super) fn clean(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let lines: Vec<&str> = name.trim().split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty()).collect();
    lines.join(" ").nfc().collect()
}

/// The name of a column without a header, by the letter a spreadsheet shows.
pub(super) fn letter_name(place: u32) -> String {
    format!("column {}", letters(place))
}

/// A column from 0 as letters: 0 is A, 26 is AA.
pub(super) fn letters(place: u32) -> String {
    let (mut n, mut text) = (u64::from(place) + 1, Vec::new());
    while n > 0 {
        n -= 1;
        text.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
    }
    text.iter().rev().collect()
}

/// Joins the header cells of several rows into one name; a cell empty in one row contributes nothing.
pub(super) fn joined<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<String> = cells.into_iter().map(clean).filter(|c| !c.is_empty()).collect();
    parts.join(" / ")
}

/// The first header row; they must be consecutive.
pub(super) fn first_header_row(request: &Request) -> Result<u32> {
    let rows = &request.header_rows;
    let first = rows.first().copied().unwrap_or(1);
    let fits = first >= 1 && rows.iter().zip(first..).all(|(a, b)| *a == b);
    if fits {
        return Ok(first);
    }
    let message =
        format!("header_rows = {rows:?} of source \"{}\" are not consecutive rows from 1", request.name);
    Diagnostic::error(Code::BAD_OPTION, message).alone()
}

/// Creates the tables, runs the parser into them.
pub(super) fn fill<T: Send>(
    db: &Db,
    shapes: &[TableShape],
    parse: impl FnOnce(&mut Sinks) -> Result<T> + Send,
) -> Result<T> {
    for shape in shapes {
        db.run(&raw::create_table(shape, shape.name == raw::REFUSED))?;
    }
    db.load(shapes, parse)
}

/// Proves that the tables hold exactly the rows and refusals that were counted while reading.
pub(super) fn prove(db: &Db, loaded: &Loaded) -> Result<()> {
    let rows: u64 = loaded.parts.iter().map(|p| p.rows).sum();
    let refused: u64 = loaded.parts.iter().map(|p| p.refused).sum();
    let (in_table, in_refused) =
        (db.count(&raw::count_rows(&loaded.name))?, db.count(&raw::count_refused(&loaded.name))?);
    if (rows, refused) == (in_table, in_refused) {
        return Ok(());
    }
    let message = format!(
        "source \"{}\": {rows} rows and {refused} refused were read, but {in_table} and {in_refused} arrived",
        loaded.name
    );
    Diagnostic::error(Code::COUNTS_DIFFER, message)
        .help("This is a fault of the program; nothing was planned.")
        .alone()
}
