//! `use`: a mapping file and the files it uses as one joined text. Each file is taken once, however often it is used; a
//! file that uses itself, over however many others, is a mistake.

use super::{MappingFile, read};
use crate::diagnostic::{Code, Diagnostic, Location, Result, TomlSource, did_you_mean};
use crate::spec::walk::{self, Spot};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the mapping file at `path` and the files it uses, with every mistake of shape; names of files are told as below
/// `root`. What could be read is given beside the mistakes.
///
/// # Errors
/// E902 when the file itself cannot be read, E201 and E212 as [`super::parse`].
pub fn load(root: &Path, path: &Path) -> Result<(MappingFile, Vec<Diagnostic>)> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())))?;
    let mut gather = Gather { root, files: Vec::new(), found: Vec::new() };
    gather.visit(&identity(path), shown(root, path), text, &mut Vec::new());
    let source = match gather.files.len() {
        1 => gather.files.into_iter().map(|(_, name, text)| TomlSource::new(name, text)).next(),
        _ => Some(TomlSource::joined(gather.files.into_iter().map(|(_, name, text)| (name, text)))),
    };
    let (file, mut found) = read::parse_joined(&Arc::new(source.unwrap_or_default()))?;
    found.extend(gather.found);
    Ok((file, found))
}

/// The tables of the joined files as one, for what goes by their meaning: as if it stood in one file.
pub fn tables(source: &TomlSource) -> toml::Table {
    let texts: Vec<&str> = match source.parts.as_slice() {
        [] => vec![source.text.as_str()],
        parts => parts.iter().map(|(_, p)| p.text.as_str()).collect(),
    };
    let mut all = toml::Table::new();
    for text in texts {
        merge(&mut all, text.parse().unwrap_or_default());
    }
    all.remove("use");
    all
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(there)), toml::Value::Table(more)) => merge(there, more),
            (Some(toml::Value::Array(there)), toml::Value::Array(more)) => there.extend(more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

struct Gather<'a> {
    root: &'a Path,
    /// Path (as the system knows it), name for people, text.
    files: Vec<(PathBuf, String, String)>,
    found: Vec<Diagnostic>,
}

impl Gather<'_> {
    /// Takes a file and those it uses. `chain` are the files on the way to it.
    fn visit(&mut self, path: &Path, name: String, text: String, chain: &mut Vec<PathBuf>) {
        let source = Arc::new(TomlSource::new(&name, &text));
        let (uses, _) = walk::read_on(&name, &text, |root| root.texts("use").unwrap_or_default());
        self.files.push((path.to_owned(), name, text));
        chain.push(path.to_owned());
        for used in uses.unwrap_or_default() {
            let target = path.parent().unwrap_or(self.root).join(&used.value);
            self.follow(&source, &used, &target, chain);
        }
        chain.pop();
    }

    fn follow(
        &mut self,
        source: &Arc<TomlSource>,
        used: &Spot<String>,
        target: &Path,
        chain: &mut Vec<PathBuf>,
    ) {
        let known = identity(target);
        if let Some(begin) = chain.iter().position(|c| *c == known) {
            let ring = chain.iter().skip(begin).chain([&known]).map(|p| shown(self.root, p));
            let message = format!("the files use each other: {}", ring.collect::<Vec<_>>().join(" → "));
            self.wrong(source, used, message, "Take this one out, or put what both need into a third file.");
            return;
        }
        if self.files.iter().any(|(path, ..)| *path == known) {
            return;
        }
        match std::fs::read_to_string(&known) {
            Ok(text) => self.visit(&known, shown(self.root, &known), text, chain),
            Err(error) => {
                let why = match error.kind() {
                    std::io::ErrorKind::NotFound => "is not there".to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                let message = format!("the file \"{}\" that is to be used {why}", used.value);
                let help = neighbours(target, &used.value);
                self.wrong(source, used, message, &help);
            }
        }
    }

    fn wrong(&mut self, source: &Arc<TomlSource>, used: &Spot<String>, message: String, help: &str) {
        let at = Location::toml(source, used.span.clone());
        self.found.push(Diagnostic::error(Code::USED_FILE, message).at(at).help(help));
    }
}

/// What else is in the folder a file was looked for in.
fn neighbours(target: &Path, wanted: &str) -> String {
    let folder = target.parent().unwrap_or(target);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.ends_with(".toml") && !n.ends_with(".lock.toml"))
        .collect();
    names.sort();
    let name = Path::new(wanted).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let near = did_you_mean(&name, names.iter().map(String::as_str));
    near.unwrap_or_else(|| {
        "A path in `use` starts at the file that names it; write / between folders.".to_owned()
    })
}

/// A file by the path the system knows it by, so that two ways to write it are one file.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).or_else(|_| path.strip_prefix(identity(root)));
    below.unwrap_or(path).display().to_string().replace('\\', "/")
}
