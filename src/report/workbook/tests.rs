//! The parts of the workbook without a plan: names of sheets, and rows over several sheets.

use super::layout::Names;
use super::pages::{Column, Layout, Pages};
use super::{Making, Styles};
use calamine::{Reader as _, Xlsx};
use rust_xlsxwriter::Workbook;
use std::io::Cursor;

#[test]
fn names_fit_excel_and_stand_once() {
    let mut names = Names::default();
    let mut take = |wanted: &str| names.take(wanted);
    assert_eq!(take("invoice"), "invoice");
    assert_eq!(take("Invoice"), "Invoice 2");
    assert_eq!(take("a/b:c[d]*?\\'"), "a_b_c_d_____");
    assert_eq!(take("History"), "History 2");
    assert_eq!(take(""), "record");
    let long = take(&"ü".repeat(60));
    assert_eq!((long.chars().count(), take(&"ü".repeat(60)).chars().count()), (24, 26));
}

/// A workbook whose sheets take so many rows, with so many in all: the names and rows of what comes out.
fn filled(limit: u32, rows: u32) -> Vec<(String, usize)> {
    let scratch = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    book.set_tempdir(scratch.path()).unwrap();
    let mut making = Making { book, styles: Styles::new(), names: Names::default(), rows: limit };
    let columns = vec![Column::new("key", 10.0, &making.styles.header)];
    let layout = Layout { name: "invoice".into(), columns, frozen: 1, decide: None };
    let mut pages = Pages::new(&mut making, layout);
    for n in 0..rows {
        let (sheet, row) = pages.next().unwrap();
        sheet.write_number(row, 0, n).unwrap();
    }
    let names = pages.finish().unwrap();
    let mut bytes = Cursor::new(Vec::new());
    making.book.save_to_writer(&mut bytes).unwrap();
    let mut read = Xlsx::new(bytes).unwrap();
    names.into_iter().map(|n| (n.clone(), read.worksheet_range(&n).unwrap().height())).collect()
}

#[test]
fn what_one_sheet_does_not_take_goes_on_the_next() {
    let pages =
        |limit, rows| filled(limit, rows).into_iter().map(|(n, h)| format!("{n}: {h}")).collect::<Vec<_>>();
    assert_eq!(pages(3, 0), ["invoice: 1"]);
    assert_eq!(pages(3, 3), ["invoice: 4"]);
    assert_eq!(pages(3, 7), ["invoice: 4", "invoice 2: 4", "invoice 3: 2"]);
}
