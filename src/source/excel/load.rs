//! Sheets of one source → its raw table.

use super::book::{self, Book};
use super::formats::{Formats, Shown};
use super::{cell, head};
use crate::db::{Db, RowBuffer, Sinks};
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::source::fault::unreadable;
use crate::source::table::{self, Header, Meter, Progress, Refusal, at};
use crate::source::{FileRef, Format, Head, Loaded, Part, Request, container};
use crate::sql::raw;
use calamine::DataRef;
use std::collections::BTreeMap;
use std::ops::Range;

/// Cells of a sheet.
const CELLS: u64 = 100_000_000;

/// A sheet to read.
struct Sheet<'a> {
    file: &'a FileRef,
    name: String,
    header: Header,
    bytes: u64,
    sha256: String,
}

/// The headers of all sheets.
pub(in crate::source) fn heads(request: &Request) -> Result<Vec<Head>> {
    let head = |s: Sheet<'_>| Head {
        file: s.file.name.clone(),
        sheet: Some(s.name),
        columns: s.header.into_iter().map(|(name, _)| name).collect(),
    };
    Ok(sheets(request, false)?.into_iter().map(head).collect())
}

/// A sheet's header with the sheet column each name stands in.
pub(in crate::source) struct PlacedHead {
    pub(in crate::source) sheet: String,
    pub(in crate::source) columns: Header,
}

/// As [`heads`], with places.
pub(in crate::source) fn placed_heads(request: &Request) -> Result<Vec<PlacedHead>> {
    let head = |s: Sheet<'_>| PlacedHead { sheet: s.name, columns: s.header };
    Ok(sheets(request, false)?.into_iter().map(head).collect())
}

/// The names of a sheet's columns below these header rows (from 1), merged cells filled.
///
/// # Errors
/// E108 for rows without names, E110.
pub(in crate::source) fn header(file: &FileRef, sheet: &str, rows: &[u32]) -> Result<BTreeMap<u32, String>> {
    let request = Request {
        name: String::new(),
        files: Vec::new(),
        format: Format::Excel,
        encoding: None,
        delimiter: None,
        header_rows: rows.to_vec(),
        sheets: Vec::new(),
        each: Vec::new(),
        within: None,
        ns: Vec::new(),
        paths: Vec::new(),
        as_shown: false,
        query: None,
    };
    let mut book = book::open(file, false)?;
    let names = book::sheltered(file, || head::read(&mut book, file, sheet, &request))?;
    Ok(names.into_iter().map(|(name, column)| (column, name)).collect())
}

fn sheets(request: &Request, digests: bool) -> Result<Vec<Sheet<'_>>> {
    let mut found = Vec::new();
    for file in &request.files {
        let mut book = book::open(file, true)?;
        let (bytes, sha256) = match digests {
            true => container::of_path(&file.path).map_err(|e| unreadable(&file.name, &e))?,
            false => (0, String::new()),
        };
        for name in book::sheets(&book, file, &request.sheets)? {
            let header = book::sheltered(file, || head::read(&mut book, file, &name, request))?;
            found.push(Sheet { file, name, header, bytes, sha256: sha256.clone() });
        }
    }
    Ok(found)
}

/// Loads all sheets of all files, stacked, columns by name.
pub(in crate::source) fn load(db: &Db, request: &Request, tell: Progress<'_>) -> Result<Loaded> {
    let sheets = sheets(request, true)?;
    let headers: Vec<Header> = sheets.iter().map(|s| s.header.clone()).collect();
    let (columns, places) = table::union(&headers);
    let shape = match request.as_shown {
        true => table::shape_as_shown(&request.name, columns.len()),
        false => table::shape(&request.name, &[], columns.len()),
    };
    let shapes = [shape, raw::refused_shape()];
    let first = table::first_header_row(request)? - 1;
    let data = first + u32::try_from(request.header_rows.len().max(1)).unwrap_or(1);
    let parts = table::fill(db, &shapes, |sinks| {
        let mut meter = Meter::new(&request.name, tell);
        let mut parts = Vec::new();
        let mut open: Option<(&FileRef, Book)> = None;
        for (id, (sheet, places)) in (1..).zip(sheets.iter().zip(&places)) {
            let mut book = match open.take() {
                Some((file, book)) if file == sheet.file => book,
                _ => book::open(sheet.file, false)?,
            };
            let reader = Reader::new(request, id, sheet, places, sinks, &mut meter);
            parts.push(book::sheltered(sheet.file, || reader.run(&mut book, data))?);
            open = Some((sheet.file, book));
        }
        meter.end();
        Ok(parts)
    })?;
    let loaded = Loaded { name: request.name.clone(), columns, parts, native: true };
    table::prove(db, &loaded)?;
    Ok(loaded)
}

/// Gathers cells into rows.
struct Reader<'a, 'm> {
    source: &'a str,
    id: i64,
    sheet: &'a Sheet<'a>,
    places: &'a [Option<u32>],
    /// For a sheet column, the table's.
    targets: Vec<Option<usize>>,
    sinks: &'a mut Sinks,
    meter: &'a mut Meter<'m>,
    rows: u64,
    refused: u64,
    row: u32,
    text: String,
    cells: Vec<(u32, u8, Range<usize>)>,
    kinds: Vec<u8>,
    epoch_1904: bool,
    /// With `as_shown`: the formats, and the numbers themselves by column and place in `text`.
    formats: Option<Formats>,
    numbers: Vec<(u32, Range<usize>)>,
}

impl<'a, 'm> Reader<'a, 'm> {
    fn new(
        request: &'a Request,
        id: i64,
        sheet: &'a Sheet<'a>,
        places: &'a [Option<u32>],
        sinks: &'a mut Sinks,
        meter: &'a mut Meter<'m>,
    ) -> Self {
        let last = places.iter().flatten().max().map_or(0, |n| *n as usize);
        let mut targets = vec![None; last + 1];
        for (column, place) in places.iter().enumerate() {
            if let Some(slot) = place.and_then(|p| targets.get_mut(p as usize)) {
                *slot = Some(column);
            }
        }
        let (text, cells, kinds) = (String::new(), Vec::new(), Vec::new());
        Self {
            source: &request.name,
            formats: request.as_shown.then(Formats::default),
            numbers: Vec::new(),
            id,
            sheet,
            places,
            targets,
            sinks,
            meter,
            rows: 0,
            refused: 0,
            row: 0,
            text,
            cells,
            kinds,
            epoch_1904: false,
        }
    }

    fn run(mut self, book: &mut Book, data: u32) -> Result<Part> {
        let (file, name) = (self.sheet.file, self.sheet.name.as_str());
        self.epoch_1904 = book.has_1904_epoch();
        let mut cells = book.worksheet_cells_reader(name).map_err(|e| book::broken(file, Some(name), &e))?;
        let mut count = 0_u64;
        loop {
            let next = cells.next_cell_with_style_id().map_err(|e| {
                let at = Location {
                    cell: Some(format!("row {}", self.row + 1)),
                    ..book::broken(file, Some(name), &e).at
                };
                book::broken(file, Some(name), &e).at(at)
            })?;
            let Some((one, style)) = next else { break };
            count += 1;
            if count > CELLS {
                return Diagnostic::error(
                    Code::OVER_LIMIT,
                    format!("sheet \"{name}\" has over {CELLS} cells"),
                )
                .at(Location { sheet: Some(name.to_owned()), ..Location::file(&file.name) })
                .alone();
            }
            let (row, column) = one.get_position();
            if row >= data {
                let shown =
                    self.formats.as_mut().and_then(|f| f.show(one.get_value(), style, cells.styles()));
                self.cell(row, column, one.get_value(), shown)?;
            }
        }
        self.end_row()?;
        Ok(Part {
            id: self.id,
            file: file.name.clone(),
            sheet: Some(name.to_owned()),
            node: None,
            bytes: self.sheet.bytes,
            sha256: self.sheet.sha256.clone(),
            rows: self.rows,
            refused: self.refused,
            places: self.places.to_vec(),
        })
    }

    fn cell(&mut self, row: u32, column: u32, value: &DataRef<'_>, shown: Option<Shown>) -> Result<()> {
        if row != self.row {
            self.end_row()?;
            self.row = row;
        }
        let from = self.text.len();
        if let Some(kind) = cell::write(value, self.epoch_1904, &mut self.text) {
            let itself = from..self.text.len();
            match shown {
                None => self.cells.push((column, kind, itself)),
                Some(shown) => {
                    self.numbers.push((column, itself.clone()));
                    let number = self.text.get(itself).unwrap_or_default().to_owned();
                    let (kind, text) = shown.text(&number);
                    let from = self.text.len();
                    self.text.push_str(&text);
                    self.cells.push((column, kind, from..self.text.len()));
                }
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let stray = self.stray();
        match stray {
            Some(reason) => self.refuse(reason)?,
            None => self.put()?,
        }
        self.cells.clear();
        self.numbers.clear();
        self.text.clear();
        Ok(())
    }

    /// A value that no column of the table takes.
    fn stray(&self) -> Option<String> {
        let mut last = None;
        for (column, _, range) in &self.cells {
            let place = format!("{}{}", table::letters(*column), self.row + 1);
            if last >= Some(*column) {
                return Some(format!("the cell {place} is there twice or out of order"));
            }
            last = Some(*column);
            if self.targets.get(*column as usize).copied().flatten().is_none() {
                let value = self.text.get(range.clone()).unwrap_or_default();
                return Some(format!("the value \"{value}\" in {place} stands under no header"));
            }
        }
        None
    }

    fn refuse(&mut self, reason: String) -> Result<()> {
        let cells = self.cells.iter().map(|(_, _, r)| self.text.get(r.clone()).unwrap_or_default());
        let text = cells.collect::<Vec<_>>().join("\t");
        let one = Refusal { code: Code::STRAY_CELL, row: u64::from(self.row) + 1, pos: None, reason, text };
        self.refused += 1;
        table::refuse(self.sinks.table(1), self.source, self.id, &one)
    }

    fn put(&mut self) -> Result<()> {
        self.kinds.clear();
        self.kinds.resize(self.places.len(), b' ');
        let sink: &mut RowBuffer = self.sinks.table(0);
        sink.int(at::ID, self.meter.next());
        sink.int(at::PART, self.id);
        sink.int(at::ROW, i64::from(self.row) + 1);
        for (column, kind, range) in &self.cells {
            let Some(target) = self.targets.get(*column as usize).copied().flatten() else { continue };
            sink.text(at::CELLS + target, self.text.get(range.clone()).unwrap_or_default());
            if let Some(slot) = self.kinds.get_mut(target) {
                *slot = *kind;
            }
        }
        for (column, range) in &self.numbers {
            let Some(target) = self.targets.get(*column as usize).copied().flatten() else { continue };
            sink.text(
                at::CELLS + self.places.len() + target,
                self.text.get(range.clone()).unwrap_or_default(),
            );
        }
        sink.text(at::KIND, std::str::from_utf8(&self.kinds).unwrap_or_default());
        self.rows += 1;
        sink.end_row()
    }
}
