//! Paths over a stream of nodes, for XML and JSON alike: repeating nodes become rows, wanted nodes below them cells,
//! wanted nodes above them side tables. One pass for all sources on a file; memory for one row of each at a time.

mod engine;
mod load;
mod path;
mod plan;
mod run;
mod trie;

#[cfg(test)]
mod tests;

pub(super) use engine::{Leaf, Want};
pub(super) use load::load;
pub(super) use path::{Filter, Origin, Path, Test};
pub(super) use trie::{Attribute, Name};

use super::Format;
use super::table::Refusal;
use crate::diagnostic::Result;

/// What a format drives: it tells of nodes as they open and close, and is told what is wanted of each.
pub(super) trait Nodes {
    /// Whether names are asked for by namespace.
    fn spaces(&self) -> bool {
        false
    }
    /// The document begins. For JSON each line of NDJSON is one.
    fn open_document(&mut self);
    /// The root value of JSON, or an item of the array that is the root. Gives what is wanted of it.
    fn open_root(&mut self, index: Option<u64>) -> Want;
    /// That value ends.
    fn close_root(&mut self, leaf: &Leaf<'_>) -> Result<()>;
    /// A node below opens; `index` for an item of an array, from 0.
    fn open(&mut self, name: Name<'_>, attributes: &[Attribute], index: Option<u64>) -> Want;
    /// The node closes.
    fn close(&mut self, leaf: &Leaf<'_>) -> Result<()>;
    /// The document ends.
    fn close_document(&mut self) -> Result<()>;
    /// A line of NDJSON is no value.
    fn refuse(&mut self, one: &Refusal) -> Result<()>;
}

/// The format's view of names and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Elements and attributes; XPath positions; objects always arrays.
    Xml,
    /// Members and items; pointer positions; objects as they stand.
    Json,
}

impl Tree {
    fn of(format: Format) -> Self {
        if format == Format::Xml { Self::Xml } else { Self::Json }
    }
}
