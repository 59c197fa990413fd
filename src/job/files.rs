//! From a source's options to its files, format and headers.

use super::{Context, queries};
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::mapping::{Heads, Locked};
use crate::source::{self, Format, Request};
use crate::spec::mapping::{LookupFrom, SourceSpec};
use std::path::{Path, PathBuf};

/// The files and headers of all sources, with everything wrong with finding and opening them (E1xx, E233). A source whose
/// files cannot be had has no headers, and any column of it is taken for right. With `lenient` (check), files that are
/// not there are only noted.
pub fn heads(context: &Context, lenient: bool) -> (Vec<Heads>, Vec<Diagnostic>) {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut heads = Vec::new();
    let specs = sources(context);
    for (name, spec) in specs.iter().filter(|(_, spec)| spec.sql.is_none()) {
        match one(context, name, spec) {
            Ok(head) => heads.push(head),
            Err(errors) => {
                let missing = |d: &Diagnostic| lenient && d.code == Code::FILE_NOT_FOUND;
                let told = |d: &Diagnostic| if missing(d) { noted(d) } else { d.clone() };
                for diagnostic in errors.list().iter().map(told) {
                    // Several sources may lack one var or one file: said once.
                    if !found.iter().any(|f| f.message == diagnostic.message) {
                        found.push(diagnostic);
                    }
                }
                let request = request(name, spec, Vec::new());
                let locked = Locked::default();
                heads.push(Heads { source: name.clone(), request, heads: Vec::new(), locked });
            }
        }
    }
    queries::heads(context, &specs, &mut heads, &mut found);
    (heads, found)
}

/// The headers of the files that are there, for a mapping's tests: a source whose files cannot be had has any column. Only
/// lookup files must be there.
pub fn heads_if_there(context: &Context) -> (Vec<Heads>, Vec<Diagnostic>) {
    let (mut heads, mut found) = (Vec::new(), Vec::new());
    for (name, spec) in sources(context) {
        let one = one(context, &name, &spec).unwrap_or_else(|errors| {
            if name.starts_with("lookup.") {
                found.extend(errors.list().iter().cloned());
            }
            let request = request(&name, &spec, Vec::new());
            Heads { source: name.clone(), request, heads: Vec::new(), locked: Locked::default() }
        });
        heads.push(one);
    }
    (heads, found)
}

fn noted(error: &Diagnostic) -> Diagnostic {
    let label = Some("its columns are not checked".to_owned());
    Diagnostic { severity: crate::diagnostic::Severity::Note, label, ..error.clone() }
}

/// All sources and lookup files with the options they are read by.
pub fn sources(context: &Context) -> Vec<(String, SourceSpec)> {
    let named = context
        .file
        .sources
        .iter()
        .filter_map(|s| Some((s.name.as_ref()?.value.clone(), enclosed(context, s))));
    let lookups = context.file.lookups.iter().filter_map(|l| match &l.from {
        LookupFrom::File(spec) => Some((format!("lookup.{}", l.name.value), (**spec).clone())),
        _ => None,
    });
    named.chain(lookups).collect()
}

/// A source within another stands in that one's files.
fn enclosed(context: &Context, spec: &SourceSpec) -> SourceSpec {
    let mut spec = spec.clone();
    let mut outer = spec.within.clone();
    // A source within itself (a mistake that `check` tells) ends here too.
    for _ in 0..context.file.sources.len() {
        let (Some(name), None) = (&outer, &spec.file) else { break };
        let Some(parent) =
            context.file.sources.iter().find(|s| s.name.as_ref().is_some_and(|n| n.value == name.value))
        else {
            break;
        };
        (spec.folder, spec.file, spec.pick) = (parent.folder.clone(), parent.file.clone(), parent.pick);
        outer = parent.within.clone();
    }
    spec
}

fn one(context: &Context, name: &str, spec: &SourceSpec) -> Result<Heads> {
    let request = located(context, name, spec)?;
    let toml = &context.file.toml;
    let at = spec.file.as_ref().map_or_else(Location::default, |f| Location::toml(toml, f.span.clone()));
    let heads = source::heads(&request).map_err(|e| placed(&e, &option(spec, toml, &at)))?;
    Ok(Heads { source: name.to_owned(), request, heads, locked: Locked::default() })
}

/// The request of a source with its files found, its paths left open.
///
/// # Errors
/// E101, E103, E116, E233.
pub fn located(context: &Context, name: &str, spec: &SourceSpec) -> Result<Request> {
    let toml = &context.file.toml;
    let Some(file) = &spec.file else {
        let at = spec.name.as_ref().map_or_else(Location::default, |n| Location::toml(toml, n.span.clone()));
        return Diagnostic::error(Code::MISSING_KEY, format!("source {name} names no file"))
            .at(at)
            .help("Add `file = \"…\"` to it or to [defaults].")
            .alone();
    };
    let at = Location::toml(toml, file.span.clone());
    let pattern = context.path(&file.value, at.clone())?;
    let folder = match &spec.folder {
        Some(folder) => Some(context.path(&folder.value, Location::toml(toml, folder.span.clone()))?),
        None => None,
    };
    let (folder, pattern) = split(folder, &pattern);
    let files =
        source::find(&context.root, folder.as_deref(), &pattern, spec.pick).map_err(|e| placed(&e, &at))?;
    for file in &files {
        Format::of(file).map_err(|e| placed(&e, &at))?;
    }
    Ok(request(name, spec, files))
}

/// Where in the mapping stands the option that most probably has to do with a mistake in reading headers.
fn option(
    spec: &SourceSpec,
    toml: &std::sync::Arc<crate::diagnostic::TomlSource>,
    file: &Location,
) -> Location {
    let each = spec.each.first().or(spec.within.as_ref());
    each.map_or_else(|| file.clone(), |e| Location::toml(toml, e.span.clone()))
}

/// Says where in the mapping a file was asked for.
fn placed(errors: &crate::diagnostic::Diagnostics, at: &Location) -> crate::diagnostic::Diagnostics {
    let mut all = Collector::default();
    for error in errors.list() {
        let mut error = error.clone();
        if error.at == Location::default() || error.code == Code::FILE_NOT_FOUND {
            error.at = at.clone();
        }
        all.push(error);
    }
    match all.finish(()) {
        Err(all) => all,
        Ok(_) => errors.clone(),
    }
}

/// Folder and pattern, the folder part of the pattern taken over: names are then below the last folder, so that the
/// same files elsewhere have the same names.
fn split(folder: Option<String>, pattern: &str) -> (Option<String>, String) {
    let pattern = pattern.replace('\\', "/");
    let wild = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let cut = pattern.get(..wild).and_then(|p| p.rfind('/'));
    let (below, rest) = match cut {
        Some(at) => (pattern.get(..at.max(1)).unwrap_or_default(), pattern.get(at + 1..).unwrap_or_default()),
        None => ("", pattern.as_str()),
    };
    let joined: PathBuf = folder.as_deref().map_or_else(PathBuf::new, PathBuf::from).join(below);
    let folder = (!joined.as_os_str().is_empty()).then(|| joined.display().to_string());
    (folder, rest.to_owned())
}

fn request(name: &str, spec: &SourceSpec, files: Vec<source::FileRef>) -> Request {
    let format = files.first().map_or_else(
        || format_of(spec.file.as_ref().map_or("", |f| &f.value)),
        |f| Format::of(f).unwrap_or_else(|_| format_of(&f.name)),
    );
    Request {
        name: name.to_owned(),
        files,
        format,
        encoding: spec.encoding.as_ref().map(|e| e.value.clone()),
        delimiter: spec.delimiter,
        header_rows: if spec.header_rows.is_empty() { vec![1] } else { spec.header_rows.clone() },
        as_shown: spec.as_shown && format == Format::Excel,
        sheets: spec.sheets.iter().map(|s| s.value.clone()).collect(),
        each: spec.each.iter().map(|e| e.value.clone()).collect(),
        within: spec.within.as_ref().map(|w| w.value.clone()),
        ns: spec.ns.clone(),
        paths: Vec::new(),
        query: None,
    }
}

/// The format a file name promises, before there is a file.
fn format_of(name: &str) -> Format {
    let name = name.to_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zip");
    match Path::new(name).extension().and_then(|e| e.to_str()) {
        Some("xlsx" | "xlsm") => Format::Excel,
        Some("xml") => Format::Xml,
        Some("json") => Format::Json,
        Some("ndjson" | "jsonl") => Format::Ndjson,
        _ => Format::Csv,
    }
}
