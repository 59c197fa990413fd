//! Inspecting XML and JSON: every path with how often it was seen.

use super::profile::Profile;
use super::{Inspection, NodeSeen, SAMPLE};
use crate::diagnostic::Result;
use crate::source::outline::{Node, Outline, Values};
use crate::source::{FileRef, container};

/// The tree of a document.
pub(super) fn look(file: &FileRef, mut seen: Inspection) -> Result<Inspection> {
    let mut outline = Outline::<Profile>::new(seen.format);
    outline.read(file, seen.format, container::open(file)?.stream)?;
    seen.sampled = outline.full;
    let (nodes, order) = outline.in_order();
    let mut nodes: Vec<Option<Node<Profile>>> = nodes.into_iter().map(Some).collect();
    let mut take = |at: usize| nodes.get_mut(at).and_then(Option::take).map(shown);
    seen.nodes = order.into_iter().filter_map(&mut take).collect();
    Ok(seen)
}

impl Values for Profile {
    fn see(&mut self, count: u64, kind: u8, text: &str) {
        if count <= SAMPLE as u64 {
            Profile::see(self, kind, text);
        }
    }
}

fn shown(node: Node<Profile>) -> NodeSeen {
    NodeSeen {
        values: node.values.done(node.path.clone()),
        repeating: node.most > 1 && node.parent,
        path: node.path,
        count: node.count,
        most: node.most,
        parent: node.parent,
    }
}
