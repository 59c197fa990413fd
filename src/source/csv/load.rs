//! CSV files of one source → its raw table.

use super::{Item, Tokenizer, sniff};
use crate::db::{Db, Sinks};
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::source::container::{self, Digest};
use crate::source::encoding::{Declared, Utf8};
use crate::source::fault::unreadable;
use crate::source::table::{self, Header, Meter, Progress, Refusal, at};
use crate::source::{FileRef, Head, Loaded, Part, Request};
use crate::sql::raw;
use std::borrow::Cow;

/// A file opened up to its first record.
struct Open {
    tokens: Tokenizer,
    names: Header,
    digest: Digest,
    header_items: u64,
    delimiter: char,
}

/// The headers of all files.
pub(in crate::source) fn heads(request: &Request) -> Result<Vec<Head>> {
    let read = |file: &FileRef| {
        let columns = open(request, file)?.names.into_iter().map(|(name, _)| name).collect();
        Ok(Head { file: file.name.clone(), sheet: None, columns })
    };
    request.files.iter().map(read).collect()
}

/// What a file begins with.
pub(in crate::source) struct Glance {
    pub(in crate::source) names: Header,
    pub(in crate::source) delimiter: char,
}

/// Gives the fields of each record for as long as they are wanted; refused lines are passed over.
pub(in crate::source) fn glance(
    request: &Request,
    file: &FileRef,
    give: &mut dyn FnMut(&[Cow<'_, str>]) -> bool,
) -> Result<Glance> {
    let Open { mut tokens, names, delimiter, .. } = open(request, file)?;
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    while let Some(item) = tokens.next().map_err(failed)? {
        if let Item::Row(_, row) = item
            && !give(&row.fields().collect::<Vec<_>>())
        {
            break;
        }
    }
    Ok(Glance { names, delimiter })
}

/// Loads all files, stacked, columns by name.
pub(in crate::source) fn load(db: &Db, request: &Request, tell: Progress<'_>) -> Result<Loaded> {
    let headers: Vec<Header> =
        request.files.iter().map(|f| Ok(open(request, f)?.names)).collect::<Result<_>>()?;
    let (columns, places) = table::union(&headers);
    let shapes = [table::shape(&request.name, &[], columns.len()), raw::refused_shape()];
    let parts = table::fill(db, &shapes, |sinks| {
        let mut meter = Meter::new(&request.name, tell);
        let parts = (1..).zip(request.files.iter().zip(&places));
        let parts: Result<Vec<Part>> =
            parts.map(|(id, (file, places))| part(request, id, file, places, sinks, &mut meter)).collect();
        meter.end();
        parts
    })?;
    let loaded = Loaded { name: request.name.clone(), columns, parts, native: false };
    table::prove(db, &loaded)?;
    Ok(loaded)
}

fn part(
    request: &Request,
    id: i64,
    file: &FileRef,
    places: &[Option<u32>],
    sinks: &mut Sinks,
    meter: &mut Meter<'_>,
) -> Result<Part> {
    let Open { mut tokens, names, digest, header_items, .. } = open(request, file)?;
    let targets = targets(places, names.len());
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    // Header cells left empty at the end of the line (a delimiter too many) need not be there in every line.
    let least =
        names.iter().rposition(|(name, place)| *name != table::letter_name(*place)).map_or(0, |n| n + 1);
    let (mut rows, mut refused, mut blank) = (0_u64, 0_u64, 0_u64);
    while let Some(item) = tokens.next().map_err(failed)? {
        match item {
            Item::Blank => blank += 1,
            Item::Row(line, row) if fits(&row, least, names.len()) => {
                let sink = sinks.table(0);
                sink.int(at::ID, meter.next());
                sink.int(at::PART, id);
                sink.int(at::ROW, table::signed(line));
                for (field, target) in row.fields().zip(&targets) {
                    sink.text(at::CELLS + *target, &field);
                }
                sink.end_row()?;
                rows += 1;
            }
            Item::Row(line, row) => {
                let reason = format!("the line has {} fields, the header {}", row.len(), names.len());
                let text = row.text().to_owned();
                let one = Refusal { code: Code::LINE_FIELDS, row: line, pos: None, reason, text };
                table::refuse(sinks.table(1), &request.name, id, &one)?;
                refused += 1;
            }
            Item::Refused(one) => {
                table::refuse(sinks.table(1), &request.name, id, &one)?;
                refused += 1;
            }
        }
    }
    if rows + refused + blank + header_items != tokens.items() || !tokens.lines_agree() {
        return counts_differ(file).alone();
    }
    let (bytes, sha256) = digest.finish().map_err(failed)?;
    let places = places.to_vec();
    Ok(Part { id, file: file.name.clone(), sheet: None, node: None, bytes, sha256, rows, refused, places })
}

/// For each field of this part, the table's column.
fn targets(places: &[Option<u32>], fields: usize) -> Vec<usize> {
    let mut targets = vec![0; fields];
    for (column, place) in places.iter().enumerate() {
        if let Some(slot) = place.and_then(|p| targets.get_mut(p as usize)) {
            *slot = column;
        }
    }
    targets
}

/// As many fields as the header; more only when the surplus is empty (a delimiter at the end of the line).
fn fits(row: &super::tokenizer::Row<'_>, least: usize, most: usize) -> bool {
    (least..=most).contains(&row.len()) || (row.len() > most && row.fields().skip(most).all(|f| f.is_empty()))
}

fn counts_differ(file: &FileRef) -> Diagnostic {
    let message = format!("the lines of \"{}\" and the rows made of them do not add up", file.name);
    Diagnostic::error(Code::COUNTS_DIFFER, message)
        .at(Location::file(&file.name))
        .help("This is a fault of the program; nothing was planned.")
}

/// Opens a file, finds its delimiter and reads its header rows.
fn open(request: &Request, file: &FileRef) -> Result<Open> {
    let first = table::first_header_row(request)?;
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let opened = container::open(file)?;
    let declared = request.encoding.as_deref().map_or(Declared::Nothing, Declared::Label);
    let mut tokens = Tokenizer::new(Utf8::open(opened.stream, declared).map_err(failed)?);
    for _ in 1..first {
        tokens.skip_line().map_err(failed)?;
    }
    let delimiter = match request.delimiter {
        Some(one) => one,
        None => {
            while tokens.peek().map_err(failed)?.is_some_and(<[u8]>::is_empty) {
                tokens.next().map_err(failed)?;
            }
            char::from(tokens.peek().map_err(failed)?.map_or(b',', sniff))
        }
    };
    if matches!(delimiter, '"' | '\r' | '\n') {
        return Diagnostic::error(Code::BAD_OPTION, format!("{delimiter:?} cannot stand between fields"))
            .alone();
    }
    tokens.set_delimiter(delimiter);
    let rows = request.header_rows.len().max(1);
    let cells: Vec<Vec<String>> = (0..rows).map(|_| header_row(&mut tokens, file)).collect::<Result<_>>()?;
    let header_items = tokens.items();
    Ok(Open { tokens, names: names(&cells), digest: opened.digest, header_items, delimiter })
}

/// The next record, which must be a header row.
fn header_row(tokens: &mut Tokenizer, file: &FileRef) -> Result<Vec<String>> {
    loop {
        let line = tokens.line();
        let place = Location::line(&file.name, line);
        match tokens.next().map_err(|e| unreadable(&file.name, &e))? {
            Some(Item::Blank) => {}
            Some(Item::Row(_, row)) => return Ok(row.fields().map(std::borrow::Cow::into_owned).collect()),
            Some(Item::Refused(one)) => {
                let message = format!("the header row cannot be read: {}", one.reason);
                return Diagnostic::error(Code::NO_HEADER, message).at(place).alone();
            }
            None => {
                let message = format!("\"{}\" ends before its header row", file.name);
                return Diagnostic::error(Code::NO_HEADER, message)
                    .at(place)
                    .help("Is the export empty, or `header_rows` a row too far down?")
                    .alone();
            }
        }
    }
}

fn names(cells: &[Vec<String>]) -> Header {
    let width = cells.iter().map(Vec::len).max().unwrap_or(0);
    let name = |n: usize| {
        let parts = cells.iter().filter_map(|row| row.get(n)).map(String::as_str);
        let place = u32::try_from(n).unwrap_or(u32::MAX);
        match table::joined(parts) {
            none if none.is_empty() => (table::letter_name(place), place),
            some => (some, place),
        }
    };
    (0..width).map(name).collect()
}
