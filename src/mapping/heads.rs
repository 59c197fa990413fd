//! What is known of a source before its rows are read.

use super::Locked;
use crate::source::{Head, Request};

/// What is known of a source's files before they are read.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Source name (`lookup.<name>` for a lookup's own file).
    pub source: String,
    /// The request without its paths.
    pub request: Request,
    /// Headers of the tabular files; empty when there is no file yet, or for paths.
    pub heads: Vec<Head>,
    /// What the column lock knows of it.
    pub locked: Locked,
}

impl Heads {
    /// The column names over all parts.
    pub fn names(&self) -> Vec<String> {
        union(&self.heads)
    }
}

/// The columns of a table: those of its files, or of the lock where there is none.
pub(super) fn names(head: &Heads) -> Vec<String> {
    if head.heads.is_empty() { head.locked.columns.clone() } else { head.names() }
}

/// Column names over the parts, in order of first appearance; a name twice in one part stays twice.
fn union(heads: &[Head]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for head in heads {
        let mut rest = names.clone();
        for column in &head.columns {
            match rest.iter().position(|n| n == column) {
                Some(at) => {
                    rest.remove(at);
                }
                None => names.push(column.clone()),
            }
        }
    }
    names
}
