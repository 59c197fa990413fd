//! Reading a TOML file strictly: typed getters over a spanned table that note every key asked for, so that the keys
//! nobody asked for are reported with a "did you mean", and wrong types with a caret. All mistakes at once.
//!
//! In: a file's name and text. Out: whatever the caller's `read` builds, or every mistake. A getter that finds
//! nothing or the wrong type gives `None` (the latter noted), so `read` always runs to its end. Call
//! [`Table::done`] after the last getter of each table.

mod advice;
mod newer;
mod table;
pub mod traps;
mod value;

pub use table::Table;
pub use value::Value;

use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, TomlSource};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use toml::de::DeTable;

/// A value with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot<T> {
    /// The value.
    pub value: T,
    /// Its byte span in the file's text.
    pub span: Range<usize>,
}

impl<T> Spot<T> {
    /// The value at a place.
    pub fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }

    /// Another value at the same place.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Spot<U> {
        Spot { value: make(self.value), span: self.span }
    }
}

/// One reading of one file: its text and what was found wrong so far.
#[derive(Debug)]
pub struct Walk {
    source: Arc<TomlSource>,
    /// Where this file begins in the source's text, and its own text.
    begins: usize,
    text: String,
    found: RefCell<Collector>,
}

impl Walk {
    /// The file, for locations made later.
    pub fn source(&self) -> &Arc<TomlSource> {
        &self.source
    }

    /// The text of this file alone.
    fn text(&self) -> &str {
        &self.text
    }

    /// A span of this file as one of the source's text.
    fn global(&self, span: &Range<usize>) -> Range<usize> {
        self.begins + span.start..self.begins + span.end
    }

    /// A place in the file.
    pub fn at(&self, span: &Range<usize>) -> Location {
        Location::toml(&self.source, span.clone())
    }

    /// Notes a message as it is.
    pub fn push(&self, message: Diagnostic) {
        self.found.borrow_mut().push(message);
    }

    /// Notes an error at a place.
    pub fn error(&self, code: Code, span: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.push(Diagnostic::error(code, message).at(self.at(span)).help_if(help));
    }

    /// Whether any error has been noted so far.
    pub fn failed(&self) -> bool {
        self.found.borrow().failed()
    }
}

/// Parses `text` and hands its root table to `read`; gives what that built with the warnings noted, or every
/// mistake. `name` is the file's name as the user knows it.
///
/// # Errors
/// E201 for text that is not TOML 1.0 (then `read` is not called); whatever the getters and `read` noted.
pub fn read<T>(name: &str, text: &str, read: impl FnOnce(&Table<'_>) -> T) -> Result<(T, Vec<Diagnostic>)> {
    let (value, found) = read_on(name, text, read);
    let mut all = Collector::default();
    found.into_iter().for_each(|d| all.push(d));
    match value {
        Some(value) => all.finish(value),
        None => all.finish(()).and_then(|_| Diagnostic::error(Code::BAD_TOML, "").alone()),
    }
}

/// As [`read`], but gives what was built beside the mistakes, so that the next stage can look for its own; `None` for
/// text that is not TOML 1.0.
pub fn read_on<T>(
    name: &str,
    text: &str,
    read: impl FnOnce(&Table<'_>) -> T,
) -> (Option<T>, Vec<Diagnostic>) {
    let source = Arc::new(TomlSource::new(name, text));
    let (value, found) = read_joined(&source, |roots| roots.first().map(read));
    (value.flatten(), found)
}

/// As [`read_on`], for the files of a joined text: their root tables, in order.
pub fn read_joined<T>(
    source: &Arc<TomlSource>,
    read: impl FnOnce(&[Table<'_>]) -> T,
) -> (Option<T>, Vec<Diagnostic>) {
    let files: Vec<(usize, &str)> = match source.parts.as_slice() {
        [] => vec![(0, source.text.as_str())],
        parts => parts.iter().map(|(begins, part)| (*begins, part.text.as_str())).collect(),
    };
    let walks: Vec<Walk> = files
        .iter()
        .map(|(begins, text)| Walk {
            source: source.clone(),
            begins: *begins,
            text: (*text).to_owned(),
            found: RefCell::default(),
        })
        .collect();
    let parsed: Vec<_> = walks.iter().map(|walk| DeTable::parse_recoverable(&walk.text)).collect();
    for (walk, (root, mistakes)) in walks.iter().zip(&parsed) {
        syntax_errors(walk, mistakes);
        if mistakes.is_empty() {
            newer::refuse(walk, root.get_ref());
        }
    }
    let value = (!walks.iter().any(Walk::failed)).then(|| {
        let pairs = walks.iter().zip(&parsed);
        let roots: Vec<Table<'_>> = pairs
            .map(|(walk, (root, _))| Table::new(walk, root.get_ref(), walk.global(&(0..0)), String::new()))
            .collect();
        read(&roots)
    });
    drop(parsed);
    let found = walks.into_iter().flat_map(|w| w.found.into_inner().into_list()).collect();
    (value, found)
}

/// The first mistake of each line: behind it the parser only guesses how the line goes on.
fn syntax_errors(walk: &Walk, mistakes: &[toml::de::Error]) {
    let mut lines: Vec<usize> = Vec::new();
    for mistake in mistakes {
        let line = advice::line_at(walk.text(), mistake.span().unwrap_or(0..0).start).start;
        if !lines.contains(&line) {
            lines.push(line);
            walk.push(syntax_error(walk, mistake));
        }
    }
}

fn syntax_error(walk: &Walk, mistake: &toml::de::Error) -> Diagnostic {
    let span = mistake.span().unwrap_or(0..0);
    let message = mistake.message().trim().replace('\n', ", ");
    let found = advice::advice(walk.text(), &span, &message);
    let (message, span, help) = match found {
        Some(found) => (found.message, found.span, found.help),
        None => {
            let help =
                "A line is `key = value`, `[table]` or a comment after `#`; text stands between quotes.";
            (message, span, help.to_owned())
        }
    };
    let at = walk.at(&walk.global(&span));
    Diagnostic::error(Code::BAD_TOML, format!("not valid TOML: {message}")).at(at).help(help)
}

#[cfg(test)]
mod tests;
