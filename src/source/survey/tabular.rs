//! CSV files and sheets, by the header the mapping names.

use super::kind::Tally;
use super::{Extent, Sight, Survey, begun};
use crate::diagnostic::Result;
use crate::source::{FileRef, Request, container, csv, encoding, excel, fault};
use std::collections::BTreeMap;
use std::io::Read as _;

/// Bytes from which the encoding is told.
const HEAD: u64 = 1 << 20;

/// A row by the places of its cells: kind and text.
type Row = Vec<(usize, u8, String)>;

/// A CSV file.
pub(super) fn csv(request: &Request, file: &FileRef, extent: Extent) -> Result<Survey> {
    let mut rows: Vec<Row> = Vec::new();
    let opened = csv::glance(request, file, &mut |fields| {
        let cells = fields.iter().enumerate().filter(|(_, f)| !f.trim().is_empty());
        rows.push(cells.map(|(n, f)| (n, b't', f.clone().into_owned())).collect());
        rows.len() <= extent.rows()
    })?;
    let whole = rows.len() <= extent.rows();
    let columns = columns(&opened.names, rows, whole);
    let encoding = encoding_of(file)?;
    Ok(Survey { encoding, delimiter: Some(opened.delimiter), columns, whole, ..begun(request, file) })
}

/// The encoding the first bytes are in; `None` for ASCII.
fn encoding_of(file: &FileRef) -> Result<Option<&'static str>> {
    let mut head = Vec::new();
    let failed = |e: std::io::Error| fault::unreadable(&file.name, &e);
    container::open(file)?.stream.take(HEAD).read_to_end(&mut head).map_err(failed)?;
    Ok(encoding::guess(&head))
}

/// The sheets of a workbook.
pub(super) fn excel(request: &Request, file: &FileRef, extent: Extent) -> Result<Vec<Survey>> {
    let one = Request { files: vec![file.clone()], ..request.clone() };
    let first = request.header_rows.first().copied().unwrap_or(1) - 1;
    let data = first + u32::try_from(request.header_rows.len().max(1)).unwrap_or(1);
    let mut all = Vec::new();
    for head in excel::placed_heads(&one)? {
        let mut rows: Vec<Row> = Vec::new();
        excel::each_row_until(file, &head.sheet, |row, cells| {
            if row >= data {
                let at = |place: &u32| head.columns.iter().position(|(_, p)| p == place);
                let cells =
                    cells.iter().filter_map(|(place, (kind, t))| Some((at(place)?, *kind, t.clone())));
                rows.push(cells.filter(|(_, _, t)| !t.trim().is_empty()).collect());
            }
            rows.len() <= extent.rows()
        })?;
        let whole = rows.len() <= extent.rows();
        let columns = columns(&head.columns, rows, whole);
        all.push(Survey { sheet: Some(head.sheet), columns, whole, ..begun(request, file) });
    }
    Ok(all)
}

/// Tallies the rows. Rows at the end with less than half the cells of the fullest (totals, a printer's footer) say
/// nothing about the columns.
fn columns(names: &[(String, u32)], mut rows: Vec<Row>, whole: bool) -> Vec<Sight> {
    if whole {
        let fullest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let last = rows.iter().rposition(|r| r.len() * 2 >= fullest).map_or(0, |n| n + 1);
        rows.truncate(last);
    } else {
        rows.pop();
    }
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    for (place, kind, text) in rows.iter().flatten() {
        tallies.entry(*place).or_default().see(*kind, text);
    }
    let sight = |(n, (name, _)): (usize, &(String, u32))| {
        let tally = tallies.remove(&n).unwrap_or_default();
        let (cells, filled) = (rows.len() as u64, tally.filled);
        Sight { name: name.clone(), cells, filled, forms: tally.forms(), most: 0 }
    };
    names.iter().enumerate().map(sight).collect()
}
