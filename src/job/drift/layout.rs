//! Encoding, delimiter, header rows, sheets; and where the columns went when they are not where they were.

use super::Look;
use crate::source::{self, Format, Request, Survey};
use crate::spec::lock::SourceLock;

/// Rows among which a header is looked for.
const ROWS: u32 = 30;

/// Why the columns are not found, and the option that finds them.
pub(super) struct Cause {
    pub what: String,
    pub write: String,
}

/// Whether the columns are by and large those of the lock.
pub(super) fn fits(lock: &SourceLock, seen: &[Survey]) -> bool {
    let names: Vec<&str> = seen.iter().flat_map(|s| &s.columns).map(|c| c.name.as_str()).collect();
    lock.paths() || share(lock, &names) >= 0.5
}

/// The share of the lock's columns that are there. Names of columns without a header say nothing.
fn share(lock: &SourceLock, names: &[&str]) -> f64 {
    let found = lock.columns.iter().filter(|c| names.contains(&c.name.as_str())).count();
    if lock.columns.is_empty() { 1.0 } else { found as f64 / lock.columns.len() as f64 }
}

/// Differences of the files themselves.
pub(super) fn dialect(lock: &SourceLock, seen: &[Survey]) -> Vec<String> {
    let mut told = Vec::new();
    let Some(first) = seen.first() else { return told };
    if first.format != lock.format {
        told.push(format!("the format is {} (it was {})", first.format, lock.format));
    }
    if first.packed != lock.packed.as_deref() {
        let word = |p: Option<&str>| p.unwrap_or("not packed").to_owned();
        told.push(format!("packing: {} (it was {})", word(first.packed), word(lock.packed.as_deref())));
    }
    let was = lock.encoding.as_deref().filter(|e| *e != "ascii");
    let now = seen.iter().find_map(|s| s.encoding);
    if let (Some(was), Some(now)) = (was, now)
        && label(was) != label(now)
    {
        told.push(format!(
            "the encoding looks like {now} (it was {was}): umlauts and signs may come out wrong"
        ));
    }
    if let (Some(was), Some(now)) = (lock.delimiter.as_deref(), first.delimiter)
        && was != now.to_string()
    {
        told.push(format!("fields are separated by {} (it was {})", mark(&now.to_string()), mark(was)));
    }
    let sheets: Vec<&str> = seen.iter().filter_map(|s| s.sheet.as_deref()).collect();
    let new = sheets.iter().filter(|s| !lock.sheets.iter().any(|l| l == *s));
    for sheet in new {
        let was: Vec<String> = lock.sheets.iter().map(|s| format!("\"{s}\"")).collect();
        told.push(format!("the sheet is \"{sheet}\" (it was {})", was.join(", ")));
    }
    told
}

/// Names of one encoding.
fn label(name: &str) -> &str {
    match name {
        "iso-8859-1" | "latin1" | "iso-8859-15" | "cp1252" => "windows-1252",
        "utf8" => "utf-8",
        other => other,
    }
}

pub(super) fn mark(text: &str) -> String {
    if text == "\t" { "tab".to_owned() } else { format!("`{text}`") }
}

/// Whether a name of the lock that is not there stops a mapping that uses it: a path only when its row's node is there
/// and all of the document was looked at.
pub(super) fn is_lost(look: &Look<'_>, seen: &[Survey], name: &str) -> bool {
    let there = |path: &str| seen.iter().flat_map(|s| &s.columns).any(|c| c.name == path);
    let within = |row: &&String| name.starts_with(&format!("{}/", row.trim_end_matches('/')));
    let mut rows = look.lock.each.iter().filter(within).peekable();
    !look.lock.paths() || (rows.peek().is_none() || rows.any(|row| there(row)))
}

/// Where the columns of the lock are now: below other header rows, between other delimiters, in another encoding.
pub(super) fn cause(lock: &SourceLock, request: &Request) -> Option<Cause> {
    let tries = match request.format {
        Format::Csv => [delimiters(lock, request), rows(lock, request), encodings(lock, request)].concat(),
        Format::Excel => rows(lock, request),
        _ => Vec::new(),
    };
    let score = |r: &Request| {
        let heads = source::heads(r).unwrap_or_default();
        let names: Vec<&str> = heads.iter().flat_map(|h| &h.columns).map(String::as_str).collect();
        share(lock, &names)
    };
    let mut best: Option<(f64, Cause)> = None;
    for (changed, what, write) in tries {
        let score = score(&changed);
        if score > best.as_ref().map_or(0.5, |(b, _)| *b) {
            best = Some((score, Cause { what, write }));
        }
    }
    best.map(|(_, cause)| cause)
}

type Try = (Request, String, String);

/// Other header rows: as many as before first, then one or two.
fn rows(lock: &SourceLock, request: &Request) -> Vec<Try> {
    let usual = u32::try_from(lock.header_rows.len().max(1)).unwrap_or(1);
    let counts =
        [usual, 1, 2].into_iter().enumerate().filter(|(n, c)| *n == 0 || *c != usual).map(|(_, c)| c);
    let was = span(&lock.header_rows);
    let start = |count: u32| (1..=ROWS).map(move |first| (first..first + count).collect::<Vec<u32>>());
    let one = |rows: Vec<u32>| {
        let now: Vec<u64> = rows.iter().map(|r| u64::from(*r)).collect();
        let (first, before) = (now.first().copied(), lock.header_rows.first().copied());
        let likely = match first.cmp(&before) {
            std::cmp::Ordering::Greater => ": lines were inserted above it",
            std::cmp::Ordering::Less => ": lines above it are gone",
            std::cmp::Ordering::Equal => "",
        };
        let what = format!("the header is now in {} (it was in {was}){likely}", span(&now));
        let write = format!("`header_rows = {rows:?}`");
        (Request { header_rows: rows, ..request.clone() }, what, write)
    };
    counts.flat_map(start).map(one).collect()
}

fn span(rows: &[u64]) -> String {
    match rows {
        [] => "row 1".to_owned(),
        [one] => format!("row {one}"),
        [first, .., last] => format!("rows {first} to {last}"),
    }
}

fn delimiters(lock: &SourceLock, request: &Request) -> Vec<Try> {
    let was = lock.delimiter.as_deref().map_or("`,`".to_owned(), mark);
    let one = |c: char| {
        let now = mark(&c.to_string());
        let what = format!("fields are now separated by {now} (it was {was})");
        (
            Request { delimiter: Some(c), ..request.clone() },
            what,
            format!("`delimiter = {:?}`", c.to_string()),
        )
    };
    [',', ';', '\t', '|'].into_iter().map(one).collect()
}

fn encodings(lock: &SourceLock, request: &Request) -> Vec<Try> {
    let was = lock.encoding.as_deref().unwrap_or("utf-8");
    let one = |e: &str| {
        let what = format!("the encoding is now {e} (it was {was})");
        (Request { encoding: Some(e.to_owned()), ..request.clone() }, what, format!("`encoding = \"{e}\"`"))
    };
    ["utf-8", "windows-1252", "utf-16le", "utf-16be"].into_iter().map(one).collect()
}
