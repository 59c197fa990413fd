//! The columns of one source, as expressions and values ask for them.

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::expr::{ColumnArg, Refusal};
use crate::source::{self, Format, PathColumn};
use crate::spec::walk::Spot;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the column lock knows of a source.
#[derive(Clone, Debug, Default)]
pub struct Locked {
    /// Columns of a tabular source, for when its files are not there.
    pub columns: Vec<String>,
    /// Paths of XML and JSON.
    pub paths: Option<Arc<Paths>>,
    /// Columns (or absolute paths) that the files have lost, with what to tell a mapping that uses them.
    pub lost: BTreeMap<String, Diagnostic>,
}

/// The paths a document is known to have.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Absolute paths of the repeating nodes.
    pub each: Vec<String>,
    /// Absolute paths, of the lock and of today's file.
    pub known: BTreeSet<String>,
    /// How columns may be spelt, for advice.
    pub names: Vec<String>,
    /// Advice where nothing is near: how to look again.
    pub look_again: String,
}

/// The columns of a source. Tabular sources know theirs beforehand; path formats take what is asked for.
#[derive(Debug, Default)]
pub struct Columns {
    known: bool,
    list: RefCell<Vec<Entry>>,
    locked: Locked,
    format: Option<Format>,
    optional: Vec<String>,
    told: RefCell<Vec<Diagnostic>>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    object: bool,
    used: bool,
    /// Only the lock has it.
    lost: bool,
}

impl Columns {
    /// The columns of a tabular source.
    pub fn tabular(names: &[String], locked: &Locked) -> Self {
        let entry = |name: &String| Entry { name: name.clone(), object: false, used: false, lost: false };
        let lost =
            locked.lost.keys().filter(|l| !names.contains(l)).map(|l| Entry { lost: true, ..entry(l) });
        let list = names.iter().map(entry).chain(lost).collect();
        Self { known: true, list: RefCell::new(list), locked: locked.clone(), ..Self::default() }
    }

    /// Columns named by paths, or of a tabular source whose files are not there yet: whatever is asked for, as far as
    /// the lock knows it or it is `optional`.
    pub fn open(locked: &Locked, format: Format, optional: &[Spot<String>]) -> Self {
        let optional = optional.iter().map(|o| o.value.clone()).collect();
        Self { locked: locked.clone(), format: Some(format), optional, ..Self::default() }
    }

    /// What was used although the files have lost it.
    pub fn told(&self) -> Vec<Diagnostic> {
        self.told.borrow().clone()
    }

    fn tell(&self, name: &str) {
        self.told.borrow_mut().extend(self.locked.lost.get(name).cloned());
    }

    /// Whether a document can hold a path, by the lock.
    fn path_is_known(&self, name: &str) -> Result<(), Refusal> {
        let (Some(paths), Some(format)) = (&self.locked.paths, self.format) else { return Ok(()) };
        // Where the node itself is not there, that has been told at `each`.
        if self.optional.iter().any(|o| o == name) || paths.each.iter().all(|row| !paths.known.contains(row))
        {
            return Ok(());
        }
        let needs: Vec<Vec<String>> =
            paths.each.iter().filter_map(|row| source::needed(name, row, format)).collect();
        let unknown = |all: &Vec<String>| all.iter().find(|p| !paths.known.contains(*p)).cloned();
        // A path that cannot be read at all is told when it is followed.
        let Some(missing) = needs.iter().map(unknown).next() else { return Ok(()) };
        let fits: Vec<&Vec<String>> = needs.iter().filter(|all| unknown(all).is_none()).collect();
        if fits.is_empty() {
            let near = did_you_mean(name, paths.names.iter().map(String::as_str));
            let help = near.or_else(|| Some(paths.look_again.clone()));
            let missing = missing.unwrap_or_default();
            return Err(Refusal { message: format!("no node stands at `{missing}`"), help });
        }
        let gone = |all: &&Vec<String>| all.iter().find(|p| self.locked.lost.contains_key(*p)).cloned();
        let lost: Vec<Option<String>> = fits.iter().map(gone).collect();
        if lost.iter().all(Option::is_some) {
            lost.into_iter().flatten().for_each(|path| self.tell(&path));
        }
        Ok(())
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
        let count = list.iter().filter(|e| !e.lost).count();
        match list.get_mut(position.wrapping_sub(1)).filter(|e| !e.lost) {
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
                    if entry.lost {
                        self.tell(name);
                    }
                }
                Ok(*one)
            }
            [] if !self.known => {
                self.path_is_known(name)?;
                list.push(Entry { name: name.to_owned(), object, used: true, lost: false });
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
        self.list.borrow().iter().filter(|e| !e.lost).map(|e| e.name.clone()).collect()
    }

    /// Indexes of the columns used.
    pub fn used(&self) -> Vec<usize> {
        self.list.borrow().iter().enumerate().filter(|(_, e)| e.used && !e.lost).map(|(n, _)| n).collect()
    }

    /// The columns as path columns.
    pub fn paths(&self) -> Vec<PathColumn> {
        let path = |e: &Entry| PathColumn { path: e.name.clone(), object: e.object };
        self.list.borrow().iter().map(path).collect()
    }
}

fn unknown(name: &str, list: &[Entry]) -> Refusal {
    let message = format!("no column is called \"{name}\"");
    if let Some(help) = undivided(name, list) {
        return Refusal { message, help: Some(help) };
    }
    let help = did_you_mean(name, list.iter().map(|e| e.name.as_str())).unwrap_or_else(|| {
        let names: Vec<String> = list.iter().take(30).map(|e| format!("\"{}\"", e.name)).collect();
        let more = if list.len() > 30 { ", …" } else { "" };
        format!("The columns are {}{more}.", names.join(", "))
    });
    Refusal { message, help: Some(help) }
}

/// A file read with the wrong delimiter has one column, and the name is a part of its header.
fn undivided(name: &str, list: &[Entry]) -> Option<String> {
    let [only] = list else { return None };
    let delimiter =
        [";", ",", "\t", "|"].into_iter().find(|d| only.name.split(d).any(|n| n.trim() == name))?;
    Some(format!("The line of headers was not divided: write delimiter = {delimiter:?} in the source."))
}
