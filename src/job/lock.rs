//! The column lock of a mapping: looking at its sources' files, writing what they look like, and what `check` takes
//! from it.

use super::drift::{self, Look};
use super::{Context, files};
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, Severity};
use crate::mapping::{Heads, Locked, Paths};
use crate::source::{self, Extent, FileRef, Format, Kind, Request, Survey};
use crate::spec::lock::{self, ColumnLock, Filled, Lock, MOST, SourceLock};
use crate::spec::mapping::{MappingFile, SourceSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A lock just written.
pub struct Written {
    /// The file, from the workspace root.
    pub shown: String,
    /// What it holds.
    pub lock: Lock,
    /// What changed against the lock that was there, one line a source; `None` when there was none.
    pub changes: Option<Vec<String>>,
}

/// Looks at the files of all sources and writes `<mapping>.lock.toml` beside the mapping. Reads at most 10,000 rows of a
/// table, and XML and JSON to the end.
///
/// # Errors
/// E1xx: files that are not there or cannot be read, all at once; E902.
pub fn write(context: &Context) -> Result<Written> {
    let mut all = Collector::default();
    let mut requests: Vec<(Request, Vec<Survey>)> = Vec::new();
    // A source made by sql has no files: its columns are those of its statement.
    for (name, spec) in files::sources(context).into_iter().filter(|(_, s)| s.sql.is_none()) {
        let looked = files::located(context, &name, &spec);
        let looked = looked.and_then(|r| Ok((source::survey(&r, Extent::Lock)?, r)));
        if let Some((seen, request)) = all.keep(looked) {
            requests.push((request, seen));
        }
    }
    let (requests, _) = all.finish(requests)?;
    let every: Vec<&Request> = requests.iter().map(|(r, _)| r).collect();
    let locked = requests.iter().map(|(r, seen)| of_source(r, seen, &every)).collect();
    let lock = Lock { sources: locked };
    let (path, shown) = place(&context.root, &context.file);
    // A lock that cannot be read any more is simply written anew.
    let old = std::fs::read_to_string(&path).ok().and_then(|text| lock::parse(&shown, &text).ok());
    let text = lock.text(&context.file.name.value);
    std::fs::write(&path, text).map_err(|e| Diagnostic::error(Code::IO, format!("{shown}: {e}")))?;
    Ok(Written { shown, changes: old.map(|old| drift::between(&old, &lock)), lock })
}

/// Where the lock is, and how it is called.
fn place(root: &Path, file: &MappingFile) -> (PathBuf, String) {
    let shown = file.toml.name.trim_end_matches(".toml").to_owned() + ".lock.toml";
    (root.join(&shown), shown)
}

/// The lock, if there is one.
///
/// # Errors
/// E2xx when it cannot be read as one.
pub fn load(context: &Context) -> Result<Option<Lock>> {
    beside(&context.root, &context.file)
}

/// The lock of a mapping of the workspace at `root`, if there is one.
///
/// # Errors
/// As [`load`].
pub(super) fn beside(root: &Path, file: &MappingFile) -> Result<Option<Lock>> {
    let (path, shown) = place(root, file);
    match std::fs::read_to_string(&path) {
        Ok(text) => lock::parse(&shown, &text).map(Some),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Diagnostic::error(Code::IO, format!("{shown}: {e}")).alone(),
    }
}

/// The columns of tables whose files are not there, as the lock has them: a mapping's tests need no files.
pub(super) fn names_of_absent(context: &Context, heads: &mut [Heads]) {
    let Ok(Some(lock)) = load(context) else { return };
    for head in heads.iter_mut().filter(|h| h.heads.is_empty()) {
        if let Some(source) = lock.source(&head.source).filter(|s| !s.paths()) {
            head.locked.columns = source.names();
        }
    }
}

/// The command that writes it.
pub(super) fn command(context: &Context) -> String {
    format!("crosswalk inspect --lock {}", context.file.name.value)
}

/// What a source's files looked like, for the lock.
fn of_source(request: &Request, seen: &[Survey], all: &[&Request]) -> SourceLock {
    let first = seen.first().cloned().unwrap_or_default();
    let tabular = matches!(request.format, Format::Csv | Format::Excel);
    let before = all.iter().take_while(|r| r.name != request.name);
    let same = before.filter(|r| !tabular && r.format == request.format && r.files == request.files);
    let encoding =
        seen.iter().find_map(|s| s.encoding.map(str::to_owned)).or_else(|| request.encoding.clone());
    let mut sheets: Vec<String> = Vec::new();
    for sheet in seen.iter().filter_map(|s| s.sheet.clone()) {
        if !sheets.contains(&sheet) {
            sheets.push(sheet);
        }
    }
    SourceLock {
        name: request.name.clone(),
        format: first.format.to_owned(),
        packed: first.packed.map(str::to_owned),
        encoding: (request.format == Format::Csv)
            .then(|| encoding.map_or("ascii".to_owned(), |e| e.to_lowercase())),
        delimiter: first.delimiter.map(String::from),
        header_rows: if tabular {
            request.header_rows.iter().map(|r| u64::from(*r)).collect()
        } else {
            Vec::new()
        },
        sheets,
        same_file: same.map(|r| r.name.clone()).next(),
        each: rows_of(request, all),
        columns: columns(seen),
    }
}

/// The absolute paths of a source's repeating nodes.
fn rows_of(request: &Request, all: &[&Request]) -> Vec<String> {
    let outer =
        request.within.as_ref().and_then(|w| all.iter().find(|r| r.name == *w && r.name != request.name));
    let outer: Vec<Option<String>> = match outer {
        // One within itself ends here, as its own mistake is told elsewhere.
        Some(outer) if outer.within.as_ref() != Some(&request.name) => {
            rows_of(outer, all).into_iter().map(Some).collect()
        }
        _ => vec![None],
    };
    let below = |o: &Option<String>| {
        request.each.iter().map(|e| source::row_path(e, o.as_deref(), request.format)).collect::<Vec<_>>()
    };
    outer.iter().flat_map(below).collect()
}

/// The columns over all files and sheets, in order of first appearance.
pub(super) fn columns(seen: &[Survey]) -> Vec<ColumnLock> {
    let mut order: Vec<String> = Vec::new();
    let mut sums: BTreeMap<String, (u64, u64, u64, BTreeSet<Kind>)> = BTreeMap::new();
    for sight in seen.iter().flat_map(|s| &s.columns) {
        if !order.contains(&sight.name) {
            order.push(sight.name.clone());
        }
        let sum = sums.entry(sight.name.clone()).or_default();
        (sum.0, sum.1, sum.2) = (sum.0 + sight.cells, sum.1 + sight.filled, sum.2.max(sight.most));
        sum.3.extend(sight.forms.iter().map(|(k, _)| *k));
    }
    let column = |name: String| {
        let (cells, filled, most, forms) = sums.remove(&name).unwrap_or_default();
        let word = |k: &Kind| k.word().to_owned();
        let forms = drift::telling(&forms).iter().map(word).collect();
        ColumnLock { name, filled: Filled::of(filled, cells), forms, most: most.min(MOST) }
    };
    order.into_iter().map(column).collect()
}

/// Gives what the lock knows to each source, and tells how their files differ from it. Looks at the first 1,000 rows of
/// a table and the first 2 MiB of XML and JSON.
pub(super) fn apply(context: &Context, heads: &mut [Heads]) -> Vec<Diagnostic> {
    let lock = match load(context) {
        Ok(Some(lock)) => lock,
        Ok(None) => return no_lock(context),
        Err(errors) => return errors.list().to_vec(),
    };
    let specs: BTreeMap<String, SourceSpec> = files::sources(context).into_iter().collect();
    let mut told = older(context, &lock, heads);
    let requests: Vec<Request> = heads.iter().map(|h| h.request.clone()).collect();
    let every: Vec<&Request> = requests.iter().collect();
    let mut looked: Vec<(Vec<FileRef>, Option<Vec<Survey>>)> = Vec::new();
    for head in heads {
        let (Some(lock), Some(spec)) = (lock.source(&head.source), specs.get(&head.source)) else { continue };
        let unread = head.request.files.is_empty();
        if unread {
            // A file whose header cannot be read is there all the same.
            head.request.files =
                files::located(context, &head.source, spec).map(|r| r.files).unwrap_or_default();
        }
        let known = looked.iter().find(|(files, _)| *files == head.request.files && lock.paths());
        let (first, seen) = match known {
            Some((_, seen)) => (false, seen.clone()),
            None if head.request.files.is_empty() => (true, None),
            None => (true, source::survey(&head.request, Extent::Glance).ok()),
        };
        if first {
            looked.push((head.request.files.clone(), seen.clone()));
        }
        let look = Look { context, lock, spec, request: &head.request, tell: first };
        told.extend(drift::of_source(&look, seen.as_deref(), &mut head.locked));
        let (seen, rows) = (seen.unwrap_or_default(), rows_of(&head.request, &every));
        if unread {
            head.request.files.clear();
        }
        known_names(context, lock, &seen, rows, &mut head.locked);
    }
    told
}

fn known_names(
    context: &Context,
    lock: &SourceLock,
    seen: &[Survey],
    each: Vec<String>,
    locked: &mut Locked,
) {
    if !lock.paths() {
        locked.columns = lock.columns.iter().map(|c| c.name.clone()).collect();
        return;
    }
    let mut known: BTreeSet<String> = lock.columns.iter().map(|c| c.name.clone()).collect();
    known.extend(seen.iter().flat_map(|s| &s.columns).map(|c| c.name.clone()));
    known.insert("/".to_owned());
    let look_again = format!("If newer files have it, look at them again: `{}`.", command(context));
    let names = SourceLock { each: each.clone(), ..lock.clone() }.names();
    locked.paths = Some(Arc::new(Paths { each, known, names, look_again }));
}

/// `columns = "freeze"` wants a lock.
fn no_lock(context: &Context) -> Vec<Diagnostic> {
    let frozen = files::sources(context).into_iter().filter_map(|(_, s)| s.freeze);
    let mut told: Vec<Diagnostic> = Vec::new();
    for freeze in frozen {
        let at = Location::toml(&context.file.toml, freeze.span);
        let message = "`columns = \"freeze\"` holds the columns to the lock, and there is none";
        let help = format!("Write it: `{}`.", command(context));
        told.push(Diagnostic::error(Code::FREEZE_WITHOUT_LOCK, message).at(at).help(help));
    }
    told
}

/// Sources that the lock does not have: said once for all of them.
fn older(context: &Context, lock: &Lock, heads: &[Heads]) -> Vec<Diagnostic> {
    let files = heads.iter().filter(|h| h.request.query.is_none());
    let lacks: Vec<&str> = files.map(|h| h.source.as_str()).filter(|n| lock.source(n).is_none()).collect();
    if lacks.is_empty() {
        return Vec::new();
    }
    let message = format!("the lock is older than the mapping: it has no {}", lacks.join(", "));
    let help = format!("Look at the files again: `{}`.", command(context));
    let note = Diagnostic::error(Code::LOCK_OLDER, message)
        .at(Location::file(place(&context.root, &context.file).1))
        .help(help);
    vec![Diagnostic { severity: Severity::Note, ..note }]
}
