//! The sheet of what is not sent: each reason with its file, sheet and cell.

use super::Making;
use super::cell::Writer;
use super::layout::shown_key;
use super::pages::{Column, Layout, Pages};
use super::style::Side;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::row::text;
use crate::sql::workbook as sql;

/// Columns: the query's name, title, width.
const COLUMNS: [(&str, &str, f64); 11] = [
    ("file", "file", 28.0),
    ("sheet", "sheet", 16.0),
    ("cell", "cell", 12.0),
    ("record", "record", 14.0),
    ("key", "key", 22.0),
    ("field", "field", 18.0),
    ("value", "value", 24.0),
    ("code", "code", 8.0),
    ("reason", "reason", 70.0),
    ("status", "status", 10.0),
    ("known", "known from the last run", 14.0),
];

impl Making {
    /// The sheet "Rejects".
    pub(super) fn refused(&mut self, db: &Db) -> Result<()> {
        let writer = Writer::text(&self.styles);
        let columns = COLUMNS.iter().map(|(_, title, width)| Column::new(title, *width, &self.styles.header));
        let layout =
            Layout { name: "Rejects".to_owned(), columns: columns.collect(), frozen: 0, decide: None };
        let mut pages = Pages::new(self, layout);
        db.stream(&sql::refused(), |batch| {
            for n in 0..batch.num_rows() {
                let (sheet, row) = pages.next()?;
                for (column, (name, ..)) in (0..).zip(COLUMNS) {
                    let value = text(&batch, name, n)?;
                    let value = if name == "key" { value.map(|k| shown_key(&k)) } else { value };
                    writer.write(sheet, (row, column), value.as_deref(), Side::Same)?;
                }
            }
            Ok(())
        })?;
        pages.finish().map(drop)
    }
}
