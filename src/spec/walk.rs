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
    found: RefCell<Collector>,
}

impl Walk {
    /// The file, for locations made later.
    pub fn source(&self) -> &Arc<TomlSource> {
        &self.source
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
    let source = Arc::new(TomlSource { name: name.to_owned(), text: text.to_owned() });
    let walk = Walk { source: source.clone(), found: RefCell::default() };
    let (root, mistakes) = DeTable::parse_recoverable(&source.text);
    // Behind the first mistake of a line the parser only guesses how the line goes on.
    let mut lines: Vec<usize> = Vec::new();
    for mistake in &mistakes {
        let line = advice::line_at(&source.text, mistake.span().unwrap_or(0..0).start).start;
        if !lines.contains(&line) {
            lines.push(line);
            walk.push(syntax_error(&walk, mistake));
        }
    }
    if mistakes.is_empty() {
        newer::refuse(&walk, root.get_ref());
    }
    let value = (!walk.failed()).then(|| read(&Table::new(&walk, root.get_ref(), 0..0, String::new())));
    (value, walk.found.into_inner().into_list())
}

fn syntax_error(walk: &Walk, mistake: &toml::de::Error) -> Diagnostic {
    let span = mistake.span().unwrap_or(0..0);
    let message = mistake.message().trim().replace('\n', ", ");
    let found = advice::advice(&walk.source.text, &span, &message);
    let (message, span, help) = match found {
        Some(found) => (found.message, found.span, found.help),
        None => {
            let help =
                "A line is `key = value`, `[table]` or a comment after `#`; text stands between quotes.";
            (message, span, help.to_owned())
        }
    };
    Diagnostic::error(Code::BAD_TOML, format!("not valid TOML: {message}")).at(walk.at(&span)).help(help)
}

#[cfg(test)]
mod tests;
