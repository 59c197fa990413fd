//! For tests: files with given bytes, loading them, and tables as text.

use super::{FileRef, Format, Loaded, PathColumn, Request, read};
use crate::db::{Db, Limits};
use crate::diagnostic::Result;
use std::io::Write as _;
use tempfile::TempDir;

/// A folder with files, and a database.
pub(super) struct Place {
    pub(super) folder: TempDir,
    pub(super) db: Db,
}

impl Place {
    pub(super) fn new() -> Self {
        let limits = Limits { memory_mib: 256, threads: 2, spill: None, folders: Vec::new() };
        Self { folder: TempDir::new().unwrap(), db: Db::in_memory(&limits).unwrap() }
    }

    pub(super) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> FileRef {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        FileRef { path, name: name.to_owned() }
    }

    pub(super) fn read(&self, requests: &[Request]) -> Result<Vec<Loaded>> {
        read(&self.db, requests, &|_, _| {})
    }

    /// Loads one file as source `t` and gives its rows: `_row`, `_pos`, `_kind` if any, cells, joined by `|`; NULL is `∅`.
    pub(super) fn rows(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
        change: impl FnOnce(&mut Request),
    ) -> Vec<String> {
        let mut request = request("t", self.file(name, bytes));
        change(&mut request);
        let loaded = self.read(&[request]).unwrap_or_else(|e| panic!("{e}"));
        self.table("t", loaded[0].columns.len())
    }

    /// The error of loading one file.
    pub(super) fn error(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
        change: impl FnOnce(&mut Request),
    ) -> String {
        let mut request = request("t", self.file(name, bytes));
        change(&mut request);
        self.read(&[request]).expect_err("an error").to_string()
    }

    pub(super) fn table(&self, name: &str, columns: usize) -> Vec<String> {
        let cells: Vec<String> = (1..=columns).map(|n| format!("coalesce(c{n}, '∅')")).collect();
        let sql = format!(
            "SELECT concat_ws('|', _row, _pos, _kind, {}) FROM raw.{name} ORDER BY _id",
            cells.join(", ")
        );
        self.db.rows(&sql, [], |row| row.get(0)).unwrap()
    }

    /// Refused rows: row, code, text.
    pub(super) fn refused(&self) -> Vec<String> {
        let sql = "SELECT concat_ws('|', row, code, text) FROM raw._refused ORDER BY part, row";
        self.db.rows(sql, [], |row| row.get(0)).unwrap()
    }
}

pub(super) fn request(name: &str, file: FileRef) -> Request {
    Request {
        name: name.to_owned(),
        format: Format::of(&file).unwrap_or(Format::Csv),
        files: vec![file],
        encoding: None,
        delimiter: None,
        header_rows: vec![1],
        as_shown: false,
        sheets: Vec::new(),
        each: Vec::new(),
        within: None,
        ns: Vec::new(),
        paths: Vec::new(),
        query: None,
    }
}

/// Columns by path; one that starts with `!` is an object.
pub(super) fn columns(paths: &[&str]) -> Vec<PathColumn> {
    paths
        .iter()
        .map(|p| PathColumn { path: p.trim_start_matches('!').to_owned(), object: p.starts_with('!') })
        .collect()
}

pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of sheets given by the XML inside `<worksheet>`; style 1 is a date, style 2 `[h]:mm`.
pub(super) fn workbook(sheets: &[(&str, &str)], epoch_1904: bool) -> Vec<u8> {
    let head = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut names, mut links, mut parts) = (String::new(), String::new(), Vec::new());
    for (n, (name, xml)) in (1..).zip(sheets) {
        let (name, hidden) = name.strip_prefix('~').map_or((*name, ""), |n| (n, r#" state="hidden""#));
        names += &format!(r#"<sheet name="{name}" sheetId="{n}" r:id="r{n}"{hidden}/>"#);
        links += &format!(
            r#"<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>"#
        );
        let sheet = format!(r#"{head}<worksheet xmlns="{main}">{xml}</worksheet>"#);
        parts.push((format!("xl/worksheets/sheet{n}.xml"), sheet));
    }
    let epoch = if epoch_1904 { r#"<workbookPr date1904="1"/>"# } else { "" };
    parts.push((
        "xl/workbook.xml".into(),
        format!(
            r#"{head}<workbook xmlns="{main}" xmlns:r="{office}">{epoch}<sheets>{names}</sheets></workbook>"#
        ),
    ));
    let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
    parts.push(("xl/_rels/workbook.xml.rels".into(), format!(r#"{head}<Relationships xmlns="{rels}">{links}<Relationship Id="rs" Type="{office}/styles" Target="styles.xml"/></Relationships>"#)));
    parts.push(("_rels/.rels".into(), format!(r#"{head}<Relationships xmlns="{rels}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#)));
    parts.push(("xl/styles.xml".into(), format!(r#"{head}<styleSheet xmlns="{main}"><numFmts count="1"><numFmt numFmtId="170" formatCode="[h]:mm"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>"#)));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, x)| (n.as_str(), x.as_bytes())).collect();
    zip(&parts)
}

/// Rows of cells as sheet data: `=12` is a number, `d=` a date's serial, `h=` a duration, `b=1` a boolean, `e=` an
/// error, `` nothing, anything else text.
pub(super) fn sheet(rows: &[(u32, &[&str])]) -> String {
    let mut xml = String::from("<sheetData>");
    for (row, cells) in rows {
        xml += &format!(r#"<row r="{row}">"#);
        for (n, cell) in (0_u32..).zip(*cells) {
            let place = format!("{}{row}", super::table::letters(n));
            xml += &match cell.split_once('=') {
                _ if cell.is_empty() => String::new(),
                Some(("", n)) => format!(r#"<c r="{place}"><v>{n}</v></c>"#),
                Some(("d", n)) => format!(r#"<c r="{place}" s="1"><v>{n}</v></c>"#),
                Some(("h", n)) => format!(r#"<c r="{place}" s="2"><v>{n}</v></c>"#),
                Some(("b", n)) => format!(r#"<c r="{place}" t="b"><v>{n}</v></c>"#),
                Some(("e", n)) => format!(r#"<c r="{place}" t="e"><v>{n}</v></c>"#),
                _ => {
                    format!(r#"<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>"#)
                }
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData>"
}
