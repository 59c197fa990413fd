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

pub(super) use engine::{Engine, Leaf, Want};
pub(super) use load::load;
pub(super) use trie::{Attribute, Name};

use super::Format;

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
