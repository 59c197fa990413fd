//! Rows given in a mapping's test instead of a file: the same raw tables, without a file.

use super::table::{at, shape};
use super::{Column, Loaded, Part};
use crate::db::{Db, Sinks, TableShape};
use crate::diagnostic::Result;
use crate::sql::raw;

/// Rows of one source.
#[derive(Clone, Debug, Default)]
pub struct Given<'a> {
    /// The source.
    pub name: &'a str,
    /// Its columns; `c<n>` is entry n − 1.
    pub columns: &'a [String],
    /// Whether cells have native kinds.
    pub native: bool,
    /// Whether it stands within another source.
    pub within: bool,
    /// What `row.node` is.
    pub node: Option<&'a str>,
    /// Its parts: one a case.
    pub parts: Vec<GivenPart<'a>>,
}

/// The rows of one case.
#[derive(Clone, Debug, Default)]
pub struct GivenPart<'a> {
    /// What `row.file` is.
    pub file: &'a str,
    /// What `row.sheet` is.
    pub sheet: Option<&'a str>,
    /// The rows.
    pub rows: Vec<GivenRow<'a>>,
}

/// A row: the number of the row it stands in, and cells as column, kind and text.
#[derive(Clone, Debug, Default)]
pub struct GivenRow<'a> {
    /// `_within`.
    pub within: Option<i64>,
    /// Cells.
    pub cells: Vec<(usize, char, &'a str)>,
}

/// Makes `raw.<source>` of each and fills it; a source without rows has an empty part.
///
/// # Errors
/// E901.
pub fn given(db: &Db, all: &[Given<'_>]) -> Result<Vec<Loaded>> {
    let shapes: Vec<TableShape> = all.iter().map(table).collect();
    for shape in &shapes {
        db.run(&raw::create_table(shape, false))?;
    }
    db.load(&shapes, |sinks| all.iter().enumerate().try_for_each(|(n, one)| fill(sinks, n, one)))?;
    Ok(all.iter().map(loaded).collect())
}

fn table(one: &Given<'_>) -> TableShape {
    let extra: Vec<String> = one.within.then(|| "_within".to_owned()).into_iter().collect();
    shape(one.name, &extra, one.columns.len())
}

fn fill(sinks: &mut Sinks, n: usize, one: &Given<'_>) -> Result<()> {
    let cells = at::CELLS + usize::from(one.within);
    let parts = (1..).zip(&one.parts);
    let rows = parts.flat_map(|(part, p)| (1..).zip(&p.rows).map(move |(number, row)| (part, number, row)));
    for (id, (part, number, row)) in (1..).zip(rows) {
        let sink = sinks.table(n);
        sink.int(at::ID, id);
        sink.int(at::PART, part);
        sink.int(at::ROW, number);
        if let (true, Some(within)) = (one.within, row.within) {
            sink.int(at::CELLS, within);
        }
        let mut kinds = vec![' '; one.columns.len()];
        for (column, kind, text) in &row.cells {
            sink.text(cells + column, text);
            if let Some(slot) = kinds.get_mut(*column) {
                *slot = *kind;
            }
        }
        if one.native {
            sink.text(at::KIND, &kinds.iter().collect::<String>());
        }
        sink.end_row()?;
    }
    Ok(())
}

fn loaded(one: &Given<'_>) -> Loaded {
    let part = |(id, part): (i64, &GivenPart<'_>)| Part {
        id,
        file: part.file.to_owned(),
        sheet: part.sheet.map(str::to_owned),
        node: one.node.map(str::to_owned),
        bytes: 0,
        sha256: String::new(),
        rows: u64::try_from(part.rows.len()).unwrap_or(0),
        refused: 0,
        places: vec![Some(0); one.columns.len()],
    };
    let column = |name: &String| Column { name: name.clone(), found: true };
    Loaded {
        name: one.name.to_owned(),
        columns: one.columns.iter().map(column).collect(),
        parts: (1..).zip(&one.parts).map(part).collect(),
        native: one.native,
    }
}
