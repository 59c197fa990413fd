//! A workbook in a test: its cells as calamine and openpyxl read them, and cells filled in as a person would.

use crate::workspace::root;
use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

/// Sheets by name, rows, cells: a number, a text, a flag, `{"date": "2026-10-02T00:00:00"}` or null.
pub type Book = BTreeMap<String, Vec<Vec<Value>>>;

/// As calamine reads it.
pub fn read(path: &Path) -> Book {
    let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
    let names = book.sheet_names();
    let rows = |book: &mut Xlsx<_>, name: &str| {
        let range = book.worksheet_range(name).unwrap();
        let cells = |row: &[Data]| trimmed(row.iter().map(value).collect());
        range.rows().map(cells).collect::<Vec<_>>()
    };
    names.iter().map(|n| (n.clone(), rows(&mut book, n))).collect()
}

fn value(data: &Data) -> Value {
    match data {
        Data::Empty => Value::Null,
        Data::String(text) => json!(text),
        Data::Float(n) => json!(n),
        Data::Int(n) => json!(*n as f64),
        Data::Bool(b) => json!(b),
        Data::DateTime(d) => {
            let seconds = (d.as_f64() * 86_400.0).round() as i64;
            let day = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
            json!({ "date": (day + jiff::SignedDuration::from_secs(seconds)).to_string() })
        }
        other => panic!("{other:?}"),
    }
}

/// Without the empty cells at the end.
fn trimmed(mut row: Vec<Value>) -> Vec<Value> {
    while row.last().is_some_and(Value::is_null) {
        row.pop();
    }
    row
}

/// As openpyxl reads it: the folder of tests/run has it.
pub fn by_openpyxl(path: &Path) -> Book {
    let home = std::env::var("HOME").unwrap_or_default();
    let tools = std::env::var("CROSSWALK_TOOLS").unwrap_or_else(|_| format!("{home}/.cache/crosswalk-tools"));
    let output = Command::new(format!("{tools}/workbook/bin/python"))
        .arg(root().join("tests/workbook/read.py"))
        .arg(path)
        .output()
        .unwrap_or_else(|e| panic!("openpyxl is not in {tools}/workbook, tests/run installs it: {e}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let book: Book = serde_json::from_slice(&output.stdout).unwrap();
    book.into_iter().map(|(n, rows)| (n, rows.into_iter().map(trimmed).collect())).collect()
}

/// The rows of a sheet below its titles, by title.
pub fn rows(book: &Book, sheet: &str) -> Vec<BTreeMap<String, Value>> {
    let rows = book.get(sheet).unwrap_or_else(|| panic!("no sheet {sheet} in {:?}", book.keys()));
    let (titles, rest) = rows.split_first().unwrap();
    let titles: Vec<String> = titles.iter().map(|t| t.as_str().unwrap().to_owned()).collect();
    let row = |cells: &Vec<Value>| {
        let cells = titles.iter().zip(cells.iter().chain(std::iter::repeat(&Value::Null)));
        cells.map(|(t, c)| (t.clone(), c.clone())).collect()
    };
    rest.iter().map(row).collect()
}

/// The cell under a title in the row of a key: `company!B17`.
pub fn cell(path: &Path, sheet: &str, key: &str, title: &str) -> String {
    let book = read(path);
    let column = book[sheet][0].iter().position(|t| t == title).unwrap();
    let row = rows(&book, sheet).iter().position(|r| r["key"] == key).unwrap();
    format!("{sheet}!{}{}", letters(column), row + 2)
}

fn letters(mut column: usize) -> String {
    let mut text = String::new();
    loop {
        text.insert(0, char::from(b'A' + u8::try_from(column % 26).unwrap()));
        if column < 26 {
            return text;
        }
        column = column / 26 - 1;
    }
}

/// Writes texts into cells that are there, as a spreadsheet program would.
pub fn fill(path: &Path, cells: &[(&str, &str)]) {
    let mut parts = unpacked(path);
    let names: Vec<String> = {
        let workbook = String::from_utf8(parts["xl/workbook.xml"].clone()).unwrap();
        let sheet = regex::Regex::new(r#"<sheet name="([^"]*)""#).unwrap();
        sheet.captures_iter(&workbook).map(|c| c[1].to_owned()).collect()
    };
    for (place, text) in cells {
        let (sheet, cell) = place.rsplit_once('!').unwrap();
        let number = names.iter().position(|n| n == sheet).unwrap_or_else(|| panic!("no sheet {sheet}"));
        let part = parts.get_mut(&format!("xl/worksheets/sheet{}.xml", number + 1)).unwrap();
        let xml = String::from_utf8(part.clone()).unwrap();
        let old = format!(r#"<c r="{cell}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)"#);
        let old = regex::Regex::new(&old).unwrap();
        assert_eq!(old.find_iter(&xml).count(), 1, "{place} is not there");
        let new =
            format!("<c r=\"{cell}\"$1 t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>");
        *part = old.replace(&xml, new.as_str()).into_owned().into_bytes();
    }
    pack(path, &parts);
}

/// The entries of an archive.
pub fn unpacked(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|n| {
            let mut entry = zip.by_index(n).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn pack(path: &Path, parts: &BTreeMap<String, Vec<u8>>) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}
