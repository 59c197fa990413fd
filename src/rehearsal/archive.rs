//! An uploaded archive: which member holds which record type, and its rows one by one. Nothing is unpacked to disk,
//! nothing is believed about sizes.

use super::body::{self, Names, OnRow, Wrong};
use super::{Header, Options};
use crate::spec::platform::{BodyFormat, Model, Platform};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Read};
use zip::ZipArchive;

/// Most members of an archive.
const MEMBERS_MAX: usize = 10_000;
/// Most bytes of all members together.
const BYTES_MAX: u64 = 1 << 30;

/// Takes the cells of a row of a known record type.
type OnCells<'a> = &'a mut dyn FnMut(&[(usize, &str)]) -> Result<(), Wrong>;

/// Reads every row of every member.
pub(super) fn each_row(
    zip: &[u8],
    platform: &Platform,
    options: &Options,
    on_row: OnRow<'_>,
) -> Result<(), Wrong> {
    let broken = |e: &dyn std::fmt::Display| ("file".to_owned(), format!("The archive cannot be read: {e}"));
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|e| broken(&e))?;
    if archive.len() > MEMBERS_MAX || archive.has_overlapping_files().map_err(|e| broken(&e))? {
        return Err(broken(&"it has too many or overlapping members"));
    }
    let mut left = BYTES_MAX;
    let mut members = 0;
    for n in 0..archive.len() {
        let mut member = archive.by_index(n).map_err(|e| broken(&e))?;
        if member.is_dir() {
            continue;
        }
        members += 1;
        let name = member.name().map_err(|e| broken(&e))?.into_owned();
        if !options.entry_folders && name.contains(['/', '\\']) {
            return Err((name, "The file lies in a folder.".to_owned()));
        }
        let (index, format) = kind(&name, platform)?;
        let mut limited = (&mut member).take(left + 1);
        let Some(model) = platform.models.get(index) else { continue };
        let mut row = |cells: &[(usize, &str)]| on_row(index, cells);
        match format {
            BodyFormat::Csv => csv(&name, model, options.header, &mut limited, &mut row)?,
            BodyFormat::Jsonl => jsonl(&name, model, &mut limited, &mut row)?,
        }
        let used = left + 1 - limited.limit();
        left = left.checked_sub(used).ok_or_else(|| broken(&"it is too large"))?;
    }
    if members == 0 { Err(broken(&"it is empty")) } else { Ok(()) }
}

/// The record type and format of a member: by the stem of its name, else by a folder above it.
fn kind(name: &str, platform: &Platform) -> Result<(usize, BodyFormat), Wrong> {
    let path: Vec<&str> = name.split(['/', '\\']).filter(|p| !p.is_empty()).collect();
    let file = path.last().copied().unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    let format = match extension.to_lowercase().as_str() {
        "csv" => BodyFormat::Csv,
        "jsonl" | "ndjson" | "json" => BodyFormat::Jsonl,
        _ => platform.transport.format,
    };
    let folders = path.iter().rev().skip(1).copied();
    let index = std::iter::once(stem).chain(folders).find_map(|word| called(word, platform));
    index
        .map(|n| (n, format))
        .ok_or_else(|| (name.to_owned(), "No data definition has this file's name.".to_owned()))
}

fn called(word: &str, platform: &Platform) -> Option<usize> {
    let lower = word.to_lowercase();
    let stem = |m: &Model| m.file.rsplit_once('.').map_or(m.file.as_str(), |(s, _)| s).to_lowercase();
    let is = |m: &Model| stem(m) == lower || m.name.to_lowercase() == lower;
    let model = platform.model_called(word);
    platform.models.iter().position(|m| is(m) || model.is_some_and(|c| c.name == m.name))
}

fn csv(
    name: &str,
    model: &Model,
    spelling: Header,
    bytes: &mut dyn Read,
    row: OnCells<'_>,
) -> Result<(), Wrong> {
    let bad = |e: csv::Error| (name.to_owned(), format!("The CSV file cannot be read: {e}"));
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let (names, mut columns) = (body::names(model), Vec::new());
    for header in reader.headers().map_err(bad)? {
        let header = header.trim_start_matches('\u{feff}');
        let column = field(name, model, &names, header)?;
        spelt(name, model, column, header, spelling)?;
        if columns.contains(&column) {
            return Err((format!("{name}.{header}"), "The column stands twice.".to_owned()));
        }
        columns.push(column);
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
        let cells: Vec<(usize, &str)> = columns.iter().copied().zip(record.iter()).collect();
        row(&cells)?;
    }
    Ok(())
}

fn jsonl(name: &str, model: &Model, bytes: &mut dyn Read, row: OnCells<'_>) -> Result<(), Wrong> {
    let names = body::names(model);
    for (n, line) in BufReader::new(bytes).lines().enumerate() {
        let bad = |e: String| (format!("{name}[{n}]"), format!("The line cannot be read: {e}"));
        let line = line.map_err(|e| bad(e.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(&line).map_err(|e| bad(e.to_string()))?;
        let mut cells = Vec::new();
        for (member, value) in members {
            cells.push((field(name, model, &names, &member)?, text(value).map_err(&bad)?));
        }
        let cells: Vec<(usize, &str)> = cells.iter().map(|(n, text)| (*n, text.as_str())).collect();
        row(&cells)?;
    }
    Ok(())
}

/// A JSON value as a cell: numbers by their digits, null as empty, lists and objects as they stand.
fn text(value: &RawValue) -> Result<String, String> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).map_err(|e| e.to_string()),
        _ if raw == "null" => Ok(String::new()),
        _ => Ok(raw.to_owned()),
    }
}

fn field(member: &str, model: &Model, names: &Names, header: &str) -> Result<usize, Wrong> {
    let found = names.get(&header.trim().to_lowercase()).copied();
    found.ok_or_else(|| {
        (
            format!("{member}.{header}"),
            format!("The column '{header}' is in no data definition of {}.", model.name),
        )
    })
}

/// Refuses a header of another spelling than is set.
fn spelt(member: &str, model: &Model, column: usize, header: &str, spelling: Header) -> Result<(), Wrong> {
    let Some(name) = model.fields.get(column).map(|f| f.name.as_str()) else { return Ok(()) };
    let rest = |text: &str| text.chars().skip(1).collect::<String>();
    let fits = match spelling {
        Header::Any => true,
        Header::AsIs => header == name,
        Header::Pascal => header.starts_with(char::is_uppercase) && rest(header) == rest(name),
    };
    if fits {
        return Ok(());
    }
    Err((format!("{member}.{header}"), format!("The column '{header}' is spelt in another way.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::platform::{embedded, parse};

    fn rows(name: &str, text: &str) -> Result<Vec<String>, Wrong> {
        rows_with(name, text, &Options::default())
    }

    fn rows_with(name: &str, text: &str, options: &Options) -> Result<Vec<String>, Wrong> {
        let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let mut found = Vec::new();
        each_row(&bytes, &platform, options, &mut |model, cells| {
            let model = &platform.models[model];
            let cell = |(n, text): &(usize, &str)| format!("{}={text}", model.fields[*n].name);
            let mut cells: Vec<String> = cells.iter().map(cell).collect();
            cells.sort();
            found.push(format!("{} {}", model.name, cells.join(" ")));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn members_are_known_by_name_in_any_form() {
        for name in [
            "company.csv",
            "Companies.CSV",
            "CompanySyncModel.csv",
            "tmp/x/company.csv",
            "company/part-1.csv",
        ] {
            assert_eq!(
                rows(name, "ERPKEY,CompanyName\n1,A\n").unwrap(),
                ["CompanySyncModel companyName=A erpKey=1"]
            );
        }
        assert_eq!(rows("odd.csv", "a\n").unwrap_err().0, "odd.csv");
    }

    #[test]
    fn lines_of_json_keep_their_digits() {
        let text = "{\"erpKey\":\"1\",\"totalAmount\":1190.50,\"isVoided\":null}\n\n";
        assert_eq!(
            rows("invoice.jsonl", text).unwrap(),
            ["InvoiceSyncModel erpKey=1 isVoided= totalAmount=1190.50"]
        );
    }

    #[test]
    fn unknown_columns_and_broken_files_are_refused() {
        assert!(rows("company.csv", "erpKey,x\n1,2\n").unwrap_err().1.contains("'x'"));
        assert!(rows("company.csv", "erpKey,ErpKey\n1,2\n").is_err());
        assert!(rows("company.csv", "erpKey,companyName\n1\n").is_err());
        assert!(rows("company.jsonl", "{\"erpKey\":").is_err());
        let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        assert!(each_row(b"no zip", &platform, &Options::default(), &mut |_, _| Ok(())).is_err());
    }

    #[test]
    fn spelling_and_folders_can_be_strict() {
        let of = |settings: &str, name: &str, header: &str| {
            let options = Options::of_environment(None, Some(settings)).unwrap();
            rows_with(name, &format!("{header}\n1,A\n"), &options).is_ok()
        };
        assert!(of("header=pascal", "company.csv", "ErpKey,CompanyName"));
        assert!(!of("header=pascal", "company.csv", "erpKey,CompanyName"));
        assert!(of("header=as-is", "company.csv", "erpKey,companyName"));
        assert!(!of("header=as-is", "company.csv", "erpKey,CompanyName"));
        assert!(!of("entries=plain", "x/company.csv", "erpKey,companyName"));
        assert!(of("entries=plain", "company.csv", "erpKey,companyName"));
    }
}
