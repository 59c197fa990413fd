//! Inspecting CSV files and sheets.

use super::form::{Form, form_of};
use super::profile::Profile;
use super::{Inspection, Odd, SAMPLE, TableSeen, TotalsSeen};
use crate::diagnostic::Result;
use crate::source::container;
use crate::source::csv::{Item, Tokenizer, sniff};
use crate::source::encoding::{self, Declared, Utf8};
use crate::source::excel;
use crate::source::fault::unreadable;
use crate::source::{FileRef, table};
use std::collections::{BTreeMap, VecDeque};

/// Odd rows told.
const ODD: usize = 10;
/// Rows at the top among which the header is looked for.
const TOP: usize = 20;
/// Rows at the end among which a totals row is looked for: printers add a footer below it.
const TAIL: usize = 5;

/// A row by column: kind and text. Sparse, since a sheet may be wide.
pub(super) type Cells = BTreeMap<u32, (u8, String)>;

/// A CSV file.
pub(super) fn csv(file: &FileRef, mut seen: Inspection) -> Result<Inspection> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let label = encoding(file)?;
    let declared = label.map_or(Declared::Nothing, Declared::Label);
    let opened = container::open(file)?;
    let mut tokens = Tokenizer::new(Utf8::open(opened.stream, declared).map_err(failed)?);
    seen.encoding = Some(tokens.encoding().to_lowercase());
    let delimiter = char::from(widest_delimiter(file, declared)?);
    tokens.set_delimiter(delimiter);
    seen.delimiter = Some(delimiter);
    let mut look = Look::default();
    while let Some(item) = tokens.next().map_err(failed)? {
        match item {
            Item::Blank => {}
            Item::Refused(one) => look.odd(one.row, one.reason),
            Item::Row(line, row) => {
                if look.wants() {
                    let cells = row.fields().map(|f| (b't', f.into_owned()));
                    look.row(
                        line,
                        Some(row.len()),
                        (0_u32..).zip(cells).filter(|(_, (_, t))| !t.is_empty()).collect(),
                    );
                } else {
                    look.count(line, Some(row.len()));
                }
            }
        }
    }
    seen.sampled = look.rows > SAMPLE as u64;
    seen.tables.push(look.done(None, false, |_| Ok(BTreeMap::new()))?);
    Ok(seen)
}

/// windows-1252 when the first part of the file is not UTF-8 and has no mark.
fn encoding(file: &FileRef) -> Result<Option<&'static str>> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let mut head = Vec::new();
    let mut stream = std::io::Read::take(container::open(file)?.stream, 1 << 20);
    std::io::Read::read_to_end(&mut stream, &mut head).map_err(failed)?;
    if encoding_rs::Encoding::for_bom(&head).is_some() {
        return Ok(None);
    }
    Ok(encoding::guess(&head).filter(|e| *e != "utf-8"))
}

/// The delimiter of the line among the first that has the most.
fn widest_delimiter(file: &FileRef, declared: Declared<'_>) -> Result<u8> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let mut tokens = Tokenizer::new(Utf8::open(container::open(file)?.stream, declared).map_err(failed)?);
    let mut best = (0, b',');
    for _ in 0..TOP {
        let Some(line) = tokens.peek().map_err(failed)? else { break };
        let found = sniff(line);
        let count = memchr::memchr_iter(found, line).count();
        best = if count > best.0 { (count, found) } else { best };
        tokens.skip_line().map_err(failed)?;
    }
    Ok(best.1)
}

/// The sheets of a workbook.
pub(super) fn excel(file: &FileRef, mut seen: Inspection) -> Result<Inspection> {
    for (sheet, hidden) in excel::all_sheets(file)? {
        let mut look = Look::default();
        excel::each_row(file, &sheet, |row, cells| {
            if look.wants() {
                look.row(u64::from(row) + 1, None, cells.clone());
            } else {
                look.count(u64::from(row) + 1, None);
                look.tail(u64::from(row) + 1, cells.clone());
            }
        })?;
        seen.sampled |= look.rows > SAMPLE as u64;
        let names = |rows: &[u32]| excel::header(file, &sheet, rows);
        let table = look.done(Some(sheet.clone()), hidden, names)?;
        seen.tables.push(table);
    }
    Ok(seen)
}

/// Gathers rows.
#[derive(Default)]
struct Look {
    sample: Vec<(u64, Option<usize>, Cells)>,
    rows: u64,
    last: VecDeque<(u64, Cells)>,
    width: Option<usize>,
    odd: Vec<Odd>,
    odd_count: u64,
}

impl Look {
    fn wants(&self) -> bool {
        self.sample.len() < SAMPLE
    }

    fn row(&mut self, row: u64, width: Option<usize>, cells: Cells) {
        self.rows += 1;
        self.sample.push((row, width, cells));
        if self.sample.len() == TOP {
            self.settle_width();
        }
    }

    fn count(&mut self, row: u64, width: Option<usize>) {
        self.rows += 1;
        if let (Some(width), Some(usual)) = (width, self.width)
            && width != usual
        {
            self.odd(row, format!("{width} fields instead of {usual}"));
        }
    }

    fn odd(&mut self, row: u64, what: String) {
        self.odd_count += 1;
        if self.odd.len() < ODD {
            self.odd.push(Odd { row, what });
        }
    }

    /// The most frequent number of fields among the rows seen.
    fn settle_width(&mut self) {
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for width in self.sample.iter().filter_map(|(_, w, _)| *w) {
            *widths.entry(width).or_default() += 1;
        }
        self.width = widths.into_iter().max_by_key(|(width, n)| (*n, *width)).map(|(width, _)| width);
    }

    /// Keeps the last rows of a long table.
    fn tail(&mut self, row: u64, cells: Cells) {
        self.last.push_back((row, cells));
        if self.last.len() > TAIL {
            self.last.pop_front();
        }
    }

    /// What was found; `names` gives the names of columns below several header rows.
    fn done(
        mut self,
        sheet: Option<String>,
        hidden: bool,
        names: impl Fn(&[u32]) -> Result<BTreeMap<u32, String>>,
    ) -> Result<TableSeen> {
        self.settle_width();
        let header = header(&self.sample, self.width);
        let (first, count) = (header.first().copied().unwrap_or(0), header.len());
        self.ragged(first + count);
        let rows = header.iter().filter_map(|n| self.sample.get(*n));
        let header_rows: Vec<u32> = rows.map(|(row, _, _)| u32::try_from(*row).unwrap_or(0)).collect();
        let names = if header_rows.len() > 1 { names(&header_rows)? } else { BTreeMap::new() };
        let body: Vec<&Cells> = self.sample.iter().skip(first + count).map(|(_, _, cells)| cells).collect();
        let totals = self.totals(&body);
        let end = totals.as_ref().map_or(u64::MAX, |(row, _)| *row);
        let mut columns = columns(&self.sample, &header, first + count, end, &names);
        if let Some((row, _)) = totals {
            self.odd_count += 1;
            self.odd.push(Odd { row, what: "looks like a totals row".to_owned() });
        }
        let totals = totals.map(|(row, cells)| totals_seen(row, &cells, &columns));
        Ok(TableSeen {
            sheet,
            hidden,
            rows: self.rows.saturating_sub((first + count) as u64),
            header_rows,
            columns: columns.iter_mut().map(|(_, c)| std::mem::take(c)).collect(),
            odd: self.odd,
            odd_count: self.odd_count,
            totals,
        })
    }

    /// Rows with another number of fields than most.
    fn ragged(&mut self, skip: usize) {
        let Some(usual) = self.width else { return };
        let rows = self.sample.iter().skip(skip);
        let odd: Vec<(u64, usize)> =
            rows.filter_map(|(row, width, _)| Some((*row, (*width)?))).filter(|(_, w)| *w != usual).collect();
        for (row, width) in odd {
            self.odd(row, format!("{width} fields instead of {usual}"));
        }
    }

    /// The totals row among the last rows.
    fn totals(&self, body: &[&Cells]) -> Option<(u64, Cells)> {
        let known: Vec<(u64, &Cells)> = match self.last.is_empty() {
            true => self.sample.iter().rev().take(TAIL).map(|(row, _, cells)| (*row, cells)).collect(),
            false => self.last.iter().rev().map(|(row, cells)| (*row, cells)).collect(),
        };
        let found = known.into_iter().enumerate().find(|(n, (_, cells))| totals(body, cells, *n == 0));
        found.map(|(_, (row, cells))| (row, cells.clone()))
    }
}

/// Where a totals row has its label, and what it leaves empty.
fn totals_seen(row: u64, cells: &Cells, columns: &[(u32, super::ColumnSeen)]) -> TotalsSeen {
    let label = cells.iter().find(|(_, (kind, t))| *kind == b't' && matches!(form_of(t), Form::Text));
    let empty = columns.iter().filter(|(c, _)| !cells.contains_key(c)).map(|(_, seen)| seen.name.clone());
    TotalsSeen {
        row,
        label: label.map(|(column, (_, text))| (column + 1, text.trim().to_owned())),
        empty: empty.collect(),
    }
}

/// The likely header rows, as indexes into the sample: the first widely filled row of texts, with the one before it
/// when that names groups of columns (Excel titles stand alone in their row).
fn header(sample: &[(u64, Option<usize>, Cells)], width: Option<usize>) -> Vec<usize> {
    let top = sample.get(..sample.len().min(TOP)).unwrap_or_default();
    let widest = top.iter().map(|(_, _, c)| c.len()).max().unwrap_or(0);
    let named =
        |cells: &Cells| cells.values().all(|(kind, t)| *kind == b't' && matches!(form_of(t), Form::Text));
    let Some(at) = top.iter().position(|(_, w, c)| {
        c.len() * 2 >= widest && !c.is_empty() && named(c) && (width.is_none() || *w == width)
    }) else {
        return if top.is_empty() { Vec::new() } else { vec![0] };
    };
    // A row of a few names just above names groups of columns; a title stands alone in its row.
    let groups = at.checked_sub(1).and_then(|n| top.get(n)).is_some_and(|(row, _, c)| {
        let main = top.get(at).filter(|(next, w, _)| *next == row + 1 && w.is_none()).map(|(_, _, m)| m);
        c.len() > 1
            && named(c)
            && main.is_some_and(|m| c.len() < m.len() && c.keys().all(|k| m.contains_key(k)))
    });
    if groups {
        return vec![at - 1, at];
    }
    let second = top.get(at + 1).is_some_and(|(_, _, c)| {
        let gaps = top.get(at).is_some_and(|(_, _, first)| c.keys().any(|k| !first.contains_key(k)));
        gaps && c.len() * 2 >= widest && named(c)
    });
    if second { vec![at, at + 1] } else { vec![at] }
}

/// A row with numbers in few columns where the others have texts too: with a label that says so, or (only as the very
/// last row) without any.
fn totals(body: &[&Cells], last: &Cells, at_end: bool) -> bool {
    let usual = body.iter().map(|c| c.len()).max().unwrap_or(0);
    let label = last.values().any(|(_, t)| {
        let lower = t.trim().to_lowercase();
        ["summe", "total", "gesamt", "sum ", "sum:", "totaal", "totalt"].iter().any(|w| lower.starts_with(w))
    });
    let numeric = |(kind, t): &(u8, String)| *kind == b'n' || !matches!(form_of(t), Form::Text);
    let numbers = last.values().filter(|c| numeric(c)).count();
    let bare = at_end && numbers == last.len() && last.len() * 2 <= usual;
    body.len() > 2 && numbers > 0 && (label || bare)
}

/// The columns with where they stand, looked at up to the row `end`.
fn columns(
    sample: &[(u64, Option<usize>, Cells)],
    header: &[usize],
    skip: usize,
    end: u64,
    names: &BTreeMap<u32, String>,
) -> Vec<(u32, super::ColumnSeen)> {
    let mut profiles: BTreeMap<u32, Profile> = BTreeMap::new();
    for n in header {
        for column in sample.get(*n).iter().flat_map(|(_, _, cells)| cells.keys()) {
            profiles.entry(*column).or_default();
        }
    }
    for (_, _, cells) in sample.iter().skip(skip).take_while(|(row, _, _)| *row < end) {
        for (column, (kind, text)) in cells {
            profiles.entry(*column).or_default().see(*kind, text);
        }
    }
    let name = |column: u32| {
        let parts = header.iter().filter_map(|n| sample.get(*n)).filter_map(|(_, _, c)| c.get(&column));
        let own = || Some(table::joined(parts.map(|(_, t)| t.as_str()))).filter(|n| !n.is_empty());
        names.get(&column).cloned().or_else(own)
    };
    let named = |c: u32, p: Profile| p.done(name(c).unwrap_or_else(|| table::letter_name(c)));
    profiles.into_iter().map(|(c, p)| (c, named(c, p))).collect()
}
