//! A ZIP written anew with right checksums, something in it changed.

use std::io::{Cursor, Read as _, Write as _};

/// Passes each entry's name and bytes through `change`.
pub fn rewritten(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for n in 0..old.len() {
        let mut entry = old.by_index(n).unwrap();
        let (name, mut data) = (entry.name().unwrap().into_owned(), Vec::new());
        entry.read_to_end(&mut data).unwrap();
        new.start_file(name.as_str(), options).unwrap();
        new.write_all(&change(&name, data)).unwrap();
    }
    new.finish().unwrap().into_inner()
}

/// Every entry: name and bytes.
pub fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let all = std::cell::RefCell::new(Vec::new());
    let _ = rewritten(bytes, |name, data| {
        all.borrow_mut().push((name.to_owned(), data.clone()));
        data
    });
    all.into_inner()
}

/// The bytes of one entry.
pub fn entry(bytes: &[u8], name: &str) -> Vec<u8> {
    let mut all = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut data = Vec::new();
    all.by_name(name).unwrap().read_to_end(&mut data).unwrap();
    data
}

/// A workbook of one sheet `S`. Cells: text, `=12` a number, `3=12` a number in the fourth of the number formats.
pub fn workbook(formats: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let escaped =
        |t: &str| t.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    let mut sheet = String::new();
    for (row, cells) in (1..).zip(rows) {
        sheet += &format!("<row r=\"{row}\">");
        for (column, cell) in ('A'..='Z').zip(*cells) {
            let place = format!("{column}{row}");
            sheet += &match cell.split_once('=') {
                _ if cell.is_empty() => String::new(),
                Some((style, n)) => {
                    let style = style.parse::<usize>().map_or(0, |s| s + 1);
                    format!("<c r=\"{place}\" s=\"{style}\"><v>{n}</v></c>")
                }
                None => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(cell)),
            };
        }
        sheet += "</row>";
    }
    let codes = (170..)
        .zip(formats)
        .map(|(n, f)| format!("<numFmt numFmtId=\"{n}\" formatCode=\"{}\"/>", escaped(f)));
    let styles: String = (170..).zip(formats).map(|(n, _)| format!("<xf numFmtId=\"{n}\"/>")).collect();
    let codes: String = codes.collect();
    let relation = |id: &str, kind: &str, to: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{to}\"/>")
    };
    let relations = |all: &str| format!("<Relationships xmlns=\"{package}\">{all}</Relationships>");
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let links =
        [relation("r1", "worksheet", "worksheets/sheet1.xml"), relation("rs", "styles", "styles.xml")]
            .concat();
    let parts = [
        ("_rels/.rels", relations(&relation("r1", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relations(&links)),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><numFmts>{codes}</numFmts><cellXfs><xf numFmtId=\"0\"/>{styles}</cellXfs></styleSheet>"
            ),
        ),
    ];
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in &parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
