//! Drift: how a source's files differ from the column lock, with the likely cause.

mod columns;
mod forms;
mod layout;

pub(super) use forms::telling;

use super::{Context, lock};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::mapping::Locked;
use crate::source::{Request, Survey};
use crate::spec::lock::{Lock, SourceLock};
use crate::spec::mapping::{Origin, SourceSpec};
use crate::spec::walk::Spot;
use std::ops::Range;

/// What is looked at.
pub(super) struct Look<'a> {
    pub context: &'a Context,
    pub lock: &'a SourceLock,
    pub spec: &'a SourceSpec,
    pub request: &'a Request,
    /// Whether differences are told; not twice for sources on one file.
    pub tell: bool,
}

/// Compares the files of a source with its lock: fills in the columns that are lost, and gives what there is to tell.
/// `seen` is `None` when the files could not be read as the mapping says.
pub(super) fn of_source(look: &Look<'_>, seen: Option<&[Survey]>, locked: &mut Locked) -> Vec<Diagnostic> {
    if look.request.files.is_empty() {
        return Vec::new();
    }
    let found = seen.filter(|s| layout::fits(look.lock, s));
    let Some(seen) = found else {
        return moved(look, locked);
    };
    let mut differences = layout::dialect(look.lock, seen);
    let columns = columns::compare(look.lock, &lock::columns(seen), seen.iter().all(|s| s.whole));
    differences.extend(columns.told.clone());
    differences.extend(forms::compare(look.lock, seen));
    let freeze = look.spec.freeze.as_ref().filter(|_| !differences.is_empty());
    let frozen = freeze.map(|f| frozen(look, &differences, f.span.clone()));
    let gone = columns.gone.iter().filter(|(name, _)| layout::is_lost(look, seen, name));
    for (name, renamed) in gone {
        let told = frozen.clone().unwrap_or_else(|| lost(look, name, renamed.as_deref()));
        locked.lost.insert(name.clone(), told);
    }
    match frozen {
        _ if !look.tell || differences.is_empty() => Vec::new(),
        Some(error) => vec![error],
        None => vec![note(look, &differences)],
    }
}

/// What to say where the lock is written anew: one line a source that differs.
pub(super) fn between(old: &Lock, new: &Lock) -> Vec<String> {
    let mut lines = Vec::new();
    for source in &new.sources {
        let Some(before) = old.source(&source.name) else {
            lines.push(format!("{}: new", source.name));
            continue;
        };
        let changes = columns::changes(before, source);
        if !changes.is_empty() {
            lines.push(format!("{}: {}", source.name, changes.join(", ")));
        }
    }
    let gone = old.sources.iter().filter(|s| new.source(&s.name).is_none());
    lines.extend(gone.map(|s| format!("{}: gone", s.name)));
    lines
}

fn files(request: &Request) -> String {
    match request.files.as_slice() {
        [] => request.name.clone(),
        [one] => one.name.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    }
}

fn note(look: &Look<'_>, differences: &[String]) -> Diagnostic {
    let message = format!("{}: {}", files(look.request), differences.join("; "));
    let help = format!(
        "Source {} differs from its lock. If this is how the files look from now on: `{}`.",
        look.lock.name,
        lock::command(look.context)
    );
    Diagnostic { severity: Severity::Note, ..Diagnostic::error(Code::DRIFT, message).help(help) }
}

fn frozen(look: &Look<'_>, differences: &[String], span: std::ops::Range<usize>) -> Diagnostic {
    let message = format!(
        "source {} is frozen, and {} differs from its lock: {}",
        look.lock.name,
        files(look.request),
        differences.join("; ")
    );
    let help = format!("If all of this is as it should be: `{}`.", lock::command(look.context));
    Diagnostic::error(Code::FROZEN, message)
        .at(Location::toml(&look.context.file.toml, span))
        .label("any difference stops")
        .help(help)
}

/// A column the mapping uses and the files lack.
fn lost(look: &Look<'_>, name: &str, renamed: Option<&str>) -> Diagnostic {
    let what = if look.lock.paths() { "path" } else { "column" };
    let used = used(look, name);
    let from = used.as_ref().map(|_| format!(" from {}", files(look.request))).unwrap_or_default();
    let (message, help) = match renamed {
        Some(new) => (
            format!(
                "the {what} `{name}`, which the mapping uses, is gone{from}, and `{new}` is new in its place: renamed?"
            ),
            format!(
                "If so, write `{}` in the mapping, then `{}`.",
                written(new),
                lock::command(look.context)
            ),
        ),
        None => (
            format!("the {what} `{name}`, which the mapping uses, is gone{from}"),
            format!(
                "Was it left out of the export, or has another file been picked? If it is gone for good, take it out of \
                 the mapping, then `{}`.",
                lock::command(look.context)
            ),
        ),
    };
    let error = Diagnostic::error(Code::COLUMN_LOST, message).help(help);
    match used {
        Some(span) => error.at(Location::toml(&look.context.file.toml, span)).label("used here"),
        None => error.at(Location::file(files(look.request))),
    }
}

/// The first field that takes a column of the source, itself or in an expression. Not for paths: fields write them
/// short.
fn used(look: &Look<'_>, name: &str) -> Option<Range<usize>> {
    let records = look.context.file.records.iter().filter(|r| r.from.value == look.lock.name);
    let quoted = format!("\"{name}\"");
    let takes =
        |t: &&Spot<String>| t.value == name || (t.value.starts_with('=') && t.value.contains(&quoted));
    let texts = records.flat_map(|r| &r.fields).flat_map(|(_, value)| match &value.origin {
        Origin::From(text) => std::slice::from_ref(text),
        Origin::Parts(texts) | Origin::FirstOf(texts) => texts.as_slice(),
        Origin::Const(_) => &[],
    });
    texts.into_iter().find(takes).map(|t| t.span.clone())
}

/// A new name as the mapping would write it: of a path its last step, which is what has changed.
fn written(name: &str) -> &str {
    if name.starts_with('/') { name.rsplit('/').next().unwrap_or(name) } else { name }
}

/// The columns are not where they were: one message for all of them.
fn moved(look: &Look<'_>, locked: &mut Locked) -> Vec<Diagnostic> {
    let Some(cause) = layout::cause(look.lock, look.request) else { return Vec::new() };
    let error = Diagnostic::error(Code::LAYOUT_MOVED, format!("{}: {}", files(look.request), cause.what))
        .help(format!("If it stays so, write {} in source {}.", cause.write, look.lock.name));
    for column in &look.lock.columns {
        locked.lost.insert(column.name.clone(), error.clone());
    }
    vec![error]
}
