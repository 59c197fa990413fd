//! The smallest workbook there is: sheets of texts, numbers and errors.

use std::io::Write as _;
use std::path::Path;

/// Writes `{ Name = [["A1", "B1"], …] }`; `#…` is an error of the spreadsheet, an empty text no cell; the last
/// row may stand further down.
pub fn write(to: &Path, sheets: &toml::Table, last_row: Option<usize>) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    let mut put = |name: &str, text: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let numbered: Vec<(usize, &String)> = sheets.keys().enumerate().map(|(n, k)| (n + 1, k)).collect();
    let each = |make: &dyn Fn(usize, &str) -> String| -> String {
        numbered.iter().map(|(n, name)| make(*n, name)).collect()
    };
    let main = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let parts = each(&|n, _| {
        format!("<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"{main}.worksheet+xml\"/>")
    });
    put(
        "[Content_Types].xml",
        &format!(
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{main}.sheet.main+xml\"/>{parts}</Types>"
        ),
    );
    let relations = |inner: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
        )
    };
    put(
        "_rels/.rels",
        &relations(&format!(
            "<Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/>"
        )),
    );
    let names = each(&|n, name| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>"));
    let spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    put(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{spreadsheet}\" xmlns:r=\"{office}\"><sheets>{names}</sheets></workbook>"
        ),
    );
    let targets = each(&|n, _| {
        format!("<Relationship Id=\"r{n}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>")
    });
    put("xl/_rels/workbook.xml.rels", &relations(&targets));
    for ((n, _), rows) in numbered.iter().zip(sheets.values()) {
        let rows = rows.as_array().unwrap();
        let number = |r: usize| if r + 1 == rows.len() { last_row.unwrap_or(r + 1) } else { r + 1 };
        let rows: String = rows.iter().enumerate().map(|(r, row)| line(number(r), row)).collect();
        put(
            &format!("xl/worksheets/sheet{n}.xml"),
            &format!("<worksheet xmlns=\"{spreadsheet}\"><sheetData>{rows}</sheetData></worksheet>"),
        );
    }
    zip.finish().unwrap();
}

fn line(number: usize, row: &toml::Value) -> String {
    let cells: String = row
        .as_array()
        .unwrap()
        .iter()
        .zip('A'..='Z')
        .filter_map(|(cell, letter)| {
            let text = cell.as_str().unwrap();
            let at = format!("{letter}{number}");
            match text {
                "" => None,
                error if error.starts_with('#') => Some(format!("<c r=\"{at}\" t=\"e\"><v>{error}</v></c>")),
                text => Some(format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")),
            }
        })
        .collect();
    format!("<row r=\"{number}\">{cells}</row>")
}
