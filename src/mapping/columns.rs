//! The columns of one source, as expressions and values ask for them.

use crate::diagnostic::did_you_mean;
use crate::expr::{ColumnArg, Refusal};
use crate::source::PathColumn;
use std::cell::RefCell;

/// The columns of a source. Tabular sources know theirs beforehand; path formats take what is asked for.
#[derive(Debug, Default)]
pub struct Columns {
    known: bool,
    list: RefCell<Vec<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    object: bool,
    used: bool,
}

impl Columns {
    /// The columns of a tabular source.
    pub fn tabular(names: &[String]) -> Self {
        let entry = |name: &String| Entry { name: name.clone(), object: false, used: false };
        Self { known: true, list: RefCell::new(names.iter().map(entry).collect()) }
    }

    /// Columns named by paths, or of a tabular source whose files are not there yet: whatever is asked for.
    pub fn open() -> Self {
        Self::default()
    }

    /// Whether names are checked here.
    pub fn known(&self) -> bool {
        self.known
    }

    /// The index of a column, marked as used.
    ///
    /// # Errors
    /// No such column, or two of that name.
    pub fn index(&self, column: &ColumnArg, object: bool) -> Result<usize, Refusal> {
        match column {
            ColumnArg::Position(n) => self.at(*n),
            ColumnArg::Name(name) => self.named(name, object),
        }
    }

    fn at(&self, position: usize) -> Result<usize, Refusal> {
        let mut list = self.list.borrow_mut();
        let count = list.len();
        match list.get_mut(position.wrapping_sub(1)) {
            Some(entry) => {
                entry.used = true;
                Ok(position - 1)
            }
            None => Err(Refusal {
                message: format!("there is no column {position}"),
                help: Some(format!("The source has {count} columns; the first is 1.")),
            }),
        }
    }

    fn named(&self, name: &str, object: bool) -> Result<usize, Refusal> {
        let mut list = self.list.borrow_mut();
        let fits: Vec<usize> = (0..list.len())
            .filter(|n| list.get(*n).is_some_and(|e| e.name == name && e.object == object))
            .collect();
        match fits.as_slice() {
            [one] => {
                if let Some(entry) = list.get_mut(*one) {
                    entry.used = true;
                }
                Ok(*one)
            }
            [] if !self.known => {
                list.push(Entry { name: name.to_owned(), object, used: true });
                Ok(list.len() - 1)
            }
            [] => Err(unknown(name, &list)),
            many => Err(Refusal {
                message: format!("{} columns are called \"{name}\"", many.len()),
                help: Some(format!(
                    "Use its position instead, such as text({}).",
                    many.first().map_or(1, |n| n + 1)
                )),
            }),
        }
    }

    /// Whether a column of that name is there (for `ignore` and `optional`).
    pub fn has(&self, name: &str) -> bool {
        self.list.borrow().iter().any(|e| e.name == name)
    }

    /// Indexes of the columns of that name; two for a path that is used as a text and as an object.
    pub fn find(&self, name: &str) -> Vec<usize> {
        let list = self.list.borrow();
        (0..list.len()).filter(|n| list.get(*n).is_some_and(|e| e.name == name)).collect()
    }

    /// Whether a column takes all nodes of its path.
    pub fn is_object(&self, index: usize) -> bool {
        self.list.borrow().get(index).is_some_and(|e| e.object)
    }

    /// All names, in order.
    pub fn names(&self) -> Vec<String> {
        self.list.borrow().iter().map(|e| e.name.clone()).collect()
    }

    /// Indexes of the columns used.
    pub fn used(&self) -> Vec<usize> {
        self.list.borrow().iter().enumerate().filter(|(_, e)| e.used).map(|(n, _)| n).collect()
    }

    /// The columns as path columns.
    pub fn paths(&self) -> Vec<PathColumn> {
        let path = |e: &Entry| PathColumn { path: e.name.clone(), object: e.object };
        self.list.borrow().iter().map(path).collect()
    }
}

fn unknown(name: &str, list: &[Entry]) -> Refusal {
    let help = did_you_mean(name, list.iter().map(|e| e.name.as_str())).unwrap_or_else(|| {
        let names: Vec<String> = list.iter().take(30).map(|e| format!("\"{}\"", e.name)).collect();
        let more = if list.len() > 30 { ", …" } else { "" };
        format!("The columns are {}{more}.", names.join(", "))
    });
    Refusal { message: format!("no column is called \"{name}\""), help: Some(help) }
}
