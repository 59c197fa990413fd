//! Opening a workbook, and which of its sheets are read.

use crate::diagnostic::{Code, Diagnostic, Location, Result, did_you_mean};
use crate::source::fault::unreadable;
use crate::source::{FileRef, container, guard};
use calamine::{Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zip::ZipArchive;

/// The largest workbook taken out of a `.gz` or `.zip`, which has to be held in memory.
const IN_MEMORY: u64 = 256 << 20;

/// Bytes a workbook is read from.
pub(in crate::source) trait Bytes: Read + Seek + Send {}
impl<T: Read + Seek + Send> Bytes for T {}

/// An opened workbook.
pub(in crate::source) type Book = Xlsx<Box<dyn Bytes>>;

/// Opens a workbook; the first opening (`guarded`) checks the archive.
///
/// # Errors
/// E102, E105, E106, E110.
pub(in crate::source) fn open(file: &FileRef, guarded: bool) -> Result<Book> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let mut bytes = bytes(file)?;
    if guarded {
        let mut archive = ZipArchive::new(&mut bytes).map_err(|e| broken_archive(file, e))?;
        guard::workbook(&mut archive).map_err(failed)?;
    }
    bytes.rewind().map_err(failed)?;
    sheltered(file, || Xlsx::new(bytes).map_err(|e| broken(file, None, &e).into()))
}

fn bytes(file: &FileRef) -> Result<Box<dyn Bytes>> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    if container::inner_name(&file.name) == file.name {
        return Ok(Box::new(BufReader::with_capacity(64 << 10, File::open(&file.path).map_err(failed)?)));
    }
    let mut held = Vec::new();
    container::open(file)?.stream.take(IN_MEMORY + 1).read_to_end(&mut held).map_err(failed)?;
    if held.len() as u64 > IN_MEMORY {
        let message =
            format!("the workbook inside \"{}\" is over {} MiB; unpack it first", file.name, IN_MEMORY >> 20);
        return Diagnostic::error(Code::OVER_LIMIT, message).at(Location::file(&file.name)).alone();
    }
    Ok(Box::new(Cursor::new(held)))
}

/// Runs what calls the spreadsheet library, which may still panic on a hostile file.
pub(super) fn sheltered<T>(file: &FileRef, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message =
            format!("the workbook \"{}\" is damaged in a way its reader does not survive", file.name);
        Diagnostic::error(Code::BAD_WORKBOOK, message).at(Location::file(&file.name)).alone()
    })
}

fn broken_archive(file: &FileRef, error: zip::result::ZipError) -> Diagnostic {
    unreadable(&file.name, &guard::broken(error))
        .help("An .xlsx is a ZIP archive. Is it an older .xls, protected by a password, or cut off? Save it again as .xlsx.")
}

/// The diagnostic of a workbook its reader gives up on.
pub(super) fn broken(file: &FileRef, sheet: Option<&str>, error: &XlsxError) -> Diagnostic {
    let at = Location { sheet: sheet.map(str::to_owned), ..Location::file(&file.name) };
    Diagnostic::error(Code::BAD_WORKBOOK, format!("the workbook \"{}\" is damaged: {error}", file.name))
        .at(at)
        .help("Open it in a spreadsheet program and save it again.")
}

/// The sheets to read: the named ones, or the only visible one.
///
/// # Errors
/// E109, listing the sheets there are.
pub(super) fn sheets(book: &Book, file: &FileRef, wanted: &[String]) -> Result<Vec<String>> {
    let all: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|s| s.typ == SheetType::WorkSheet)
        .map(|s| (s.name.clone(), s.visible == SheetVisible::Visible))
        .collect();
    let listed = all.iter().map(|(n, _)| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
    let visible: Vec<&String> = all.iter().filter(|(_, seen)| *seen).map(|(n, _)| n).collect();
    let at = Location::file(&file.name);
    if wanted.is_empty() {
        return match visible.as_slice() {
            [one] => Ok(vec![(*one).clone()]),
            _ => Diagnostic::error(
                Code::SHEET,
                format!("\"{}\" has {} sheets: {listed}", file.name, visible.len()),
            )
            .at(at)
            .help("Name the sheet, or several to stack them: `sheet = \"…\"`.")
            .alone(),
        };
    }
    if let Some(missing) = wanted.iter().find(|w| !all.iter().any(|(n, _)| n == *w)) {
        let hint = did_you_mean(missing, all.iter().map(|(n, _)| n.as_str()));
        return Diagnostic::error(
            Code::SHEET,
            format!("\"{}\" has no sheet \"{missing}\"; it has {listed}", file.name),
        )
        .at(at)
        .help_if(hint)
        .alone();
    }
    Ok(wanted.to_vec())
}
