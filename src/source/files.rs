//! Which files a source takes: a glob below a folder, and which of the hits. Never by time: file times change when
//! a file is copied, names do not.

use super::{FileRef, Format, container};
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::spec::mapping::Pick;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// Finds the files of a source. Relative folders start at `root`.
///
/// # Errors
/// E101 when no file fits, E103 when several fit and one was asked for, E116 for a pattern that cannot be read.
pub fn find(root: &Path, folder: Option<&str>, pattern: &str, pick: Pick) -> Result<Vec<FileRef>> {
    let folder = folder.map_or(root.to_owned(), |f| root.join(f));
    let (folder, pattern) = below(&folder, pattern);
    let pattern = pattern.as_str();
    let mut found = matching(&folder, pattern)?;
    found.sort_by(|a, b| natural(&a.name, &b.name));
    match (pick, found.len()) {
        (_, 0) => none(&folder, pattern).alone(),
        (Pick::ExactlyOne, 2..) => several(&folder, pattern, &found).alone(),
        (Pick::Last, n) => Ok(found.split_off(n - 1)),
        _ => Ok(found),
    }
}

/// A pattern that leaves the folder (absolute, or up with `..`) has the folder its fixed part names: a file's name is
/// then what stands below that, and never an absolute path.
fn below(folder: &Path, pattern: &str) -> (PathBuf, String) {
    let path = Path::new(pattern);
    if !path.has_root() && !path.starts_with("..") {
        return (folder.to_owned(), pattern.to_owned());
    }
    let wild = |c: &std::path::Component<'_>| c.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let parts: Vec<_> = path.components().collect();
    let last = parts.len().saturating_sub(1);
    let fixed = parts.iter().position(wild).unwrap_or(last).min(last);
    let (base, rest) = parts.split_at(fixed);
    let rest: PathBuf = rest.iter().collect();
    (folder.join(base.iter().collect::<PathBuf>()), rest.to_string_lossy().into_owned())
}

fn matching(folder: &Path, pattern: &str) -> Result<Vec<FileRef>> {
    let escaped = glob::Pattern::escape(&folder.to_string_lossy());
    let whole = Path::new(&escaped).join(pattern).to_string_lossy().into_owned();
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
    let paths = glob::glob_with(&whole, options).map_err(|e| {
        Diagnostic::error(
            Code::BAD_OPTION,
            format!("the file pattern \"{pattern}\" cannot be read: {}", e.msg),
        )
        .help("`*` stands for any characters, `?` for one, `[0-9]` for one of a set.")
    })?;
    // Excel leaves `~$name.xlsx` beside a workbook that is open: never an export.
    let lock = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("~$"));
    let files = paths.filter_map(std::result::Result::ok).filter(|p| p.is_file() && !lock(p));
    Ok(files.map(|path| FileRef { name: name_below(folder, &path), path }).collect())
}

fn name_below(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below.to_string_lossy().replace('\\', "/")
}

fn none(folder: &Path, pattern: &str) -> Diagnostic {
    let shown = folder.display();
    let place = Location::file(shown.to_string());
    let error =
        Diagnostic::error(Code::FILE_NOT_FOUND, format!("no file \"{pattern}\" in folder \"{shown}\""));
    let there = match std::fs::read_dir(folder) {
        Err(_) => "The folder is not there or cannot be opened.".to_owned(),
        Ok(entries) => {
            let mut names: Vec<String> =
                entries.filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned())).collect();
            names.sort_by(|a, b| natural(a, b));
            if names.is_empty() {
                "The folder is empty.".to_owned()
            } else {
                format!("There is: {}.", listed(&names))
            }
        }
    };
    error.at(place).help(there)
}

fn several(folder: &Path, pattern: &str, found: &[FileRef]) -> Diagnostic {
    let names: Vec<String> = found.iter().map(|f| f.name.clone()).collect();
    let message =
        format!("{} files fit \"{pattern}\" where one is expected: {}", names.len(), listed(&names));
    Diagnostic::error(Code::SEVERAL_FILES, message)
        .at(Location::file(folder.display().to_string()))
        .help("Narrow the pattern, or write `pick = \"last\"` (by name) or `pick = \"all\"`.")
}

fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 10 {
        text.push_str(&format!(" and {} more", names.len() - 10));
    }
    text
}

/// Order by name with runs of digits compared as numbers: `p2` before `p10`. Equal numbers go by their text.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while !left.is_empty() && !right.is_empty() {
        let ((x, left_rest), (y, right_rest)) = (run(left), run(right));
        let order = if x.as_bytes()[0].is_ascii_digit() && y.as_bytes()[0].is_ascii_digit() {
            let (p, q) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            p.len().cmp(&q.len()).then_with(|| p.cmp(q))
        } else {
            x.cmp(y)
        };
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// A first character, or the run of digits it begins.
fn run(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let first = text.chars().next().map_or(0, char::len_utf8);
    text.split_at(if digits > 0 { digits } else { first })
}

impl Format {
    /// The format of a file, from its name after `.gz` or `.zip` is taken off; for an archive named without the
    /// format inside (`export.zip`) from the member's name.
    ///
    /// # Errors
    /// E104 for a format not read here, E102 and E105 for an archive that cannot be opened.
    pub fn of(file: &FileRef) -> Result<Self> {
        let inner = container::inner_name(&file.name);
        if let Some(format) = Self::of_name(inner) {
            return Ok(format);
        }
        let member = container::member_name(file)?;
        member.as_deref().and_then(Self::of_name).ok_or_else(|| unknown(file).into())
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" | "tab" | "psv" => Some(Self::Csv),
            "xlsx" | "xlsm" => Some(Self::Excel),
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

fn unknown(file: &FileRef) -> Diagnostic {
    let lower = file.name.to_ascii_lowercase();
    let help = if [".xls", ".xlsb", ".ods"].iter().any(|e| lower.ends_with(e)) {
        "Save it as .xlsx: the older and other spreadsheet formats are not read."
    } else {
        "Read are .csv, .tsv, .txt, .xlsx, .xlsm, .xml, .json, .ndjson and .jsonl, also inside .gz or .zip."
    };
    Diagnostic::error(Code::UNKNOWN_FORMAT, format!("the format of \"{}\" is not known", file.name))
        .at(Location::file(&file.name))
        .help(help)
}
