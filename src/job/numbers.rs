//! Plan numbers: one series per workspace (`kept`: its `.crosswalk`), claimed by an empty file, never used again.

use super::Workplace;
use crate::diagnostic::{Code, Diagnostic, Result};
use std::path::{Path, PathBuf};

/// Claims the next number.
///
/// # Errors
/// E902.
pub(super) fn claim(kept: &Path) -> Result<u32> {
    let folder = kept.join("numbers");
    std::fs::create_dir_all(&folder).map_err(|e| io(&folder, &e))?;
    let claimed = names(&folder).iter().filter_map(|n| n.parse().ok()).max();
    let planned = plans(kept).into_iter().map(|(_, n, _)| n).max();
    let mut number: u32 = claimed.max(planned).unwrap_or(0) + 1;
    loop {
        let path = folder.join(format!("{number:04}"));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(number),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(e) => return io(&path, &e).alone(),
        }
    }
}

/// Writes down which bytes a number's plan has: a file changed since is refused.
///
/// # Errors
/// E902.
pub(super) fn seal(kept: &Path, number: u32, digest: &str) -> Result<()> {
    let path = claimed(kept, number);
    std::fs::write(&path, digest).map_err(|e| io(&path, &e).into())
}

/// The digest a number's plan was written with, where it is known.
pub(super) fn sealed(kept: &Path, number: u32) -> Option<String> {
    let text = std::fs::read_to_string(claimed(kept, number)).ok()?;
    (!text.is_empty()).then_some(text)
}

fn claimed(kept: &Path, number: u32) -> PathBuf {
    kept.join("numbers").join(format!("{number:04}"))
}

/// Name of a plan's file.
pub(super) fn file_name(mapping: &str, number: u32) -> String {
    format!("{mapping}-{number:04}.plan")
}

/// All plans of the workspace: mapping, number, path.
fn plans(kept: &Path) -> Vec<(String, u32, PathBuf)> {
    let mut all = Vec::new();
    for environment in names(kept) {
        let folder = kept.join(environment).join("plans");
        for name in names(&folder) {
            let Some((mapping, number)) = name.strip_suffix(".plan").and_then(|n| n.rsplit_once('-')) else {
                continue;
            };
            if let Ok(n) = number.parse() {
                all.push((mapping.to_owned(), n, folder.join(&name)));
            }
        }
    }
    all
}

/// The plan of a number: mapping and path.
///
/// # Errors
/// E406 when there is none.
pub fn find(place: &Workplace, number: u32) -> Result<(String, PathBuf)> {
    let all = plans(&place.kept());
    if let Some((mapping, _, path)) = all.iter().find(|(_, n, _)| *n == number) {
        return Ok((mapping.clone(), path.clone()));
    }
    let help = match all.iter().map(|(_, n, _)| *n).max() {
        Some(last) => format!("The last plan is {last}."),
        None => "Make one: crosswalk plan <mapping>".to_owned(),
    };
    Diagnostic::error(Code::NO_PLAN, format!("there is no plan {number}")).help(help).alone()
}

/// The highest plan of a mapping.
///
/// # Errors
/// E406 when there is none.
pub fn latest(place: &Workplace, mapping: &str) -> Result<u32> {
    let of = plans(&place.kept()).into_iter().filter(|(m, _, _)| m == mapping).map(|(_, n, _)| n).max();
    of.ok_or_else(|| {
        Diagnostic::error(Code::NO_PLAN, format!("there is no plan of {mapping}"))
            .help(format!("Make one: crosswalk plan {mapping}"))
            .into()
    })
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn io(path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}
