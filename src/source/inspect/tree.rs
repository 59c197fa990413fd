//! Inspecting XML and JSON: every path with how often it was seen.

use super::profile::Profile;
use super::{Inspection, NodeSeen, SAMPLE};
use crate::diagnostic::Result;
use crate::source::paths::{Attribute, Leaf, Name, Nodes, Want};
use crate::source::table::Refusal;
use crate::source::{FileRef, Format, container, json, xml};
use std::collections::BTreeMap;

/// Different paths kept; a document with names made up of data has no end of them.
const PATHS: usize = 5_000;

/// The tree of a document.
pub(super) fn look(file: &FileRef, mut seen: Inspection) -> Result<Inspection> {
    let mut tree = Tree { xml: seen.format == Format::Xml, ..Tree::default() };
    let stream = container::open(file)?.stream;
    match seen.format {
        Format::Xml => xml::read(file, stream, &mut tree)?,
        Format::Ndjson => json::read_lines(file, stream, &mut tree)?,
        _ => json::read(file, stream, &mut tree)?,
    }
    seen.sampled = tree.full;
    seen.nodes = tree.done();
    Ok(seen)
}

struct Node {
    path: String,
    count: u64,
    here: u64,
    most: u64,
    children: Vec<usize>,
    parent: bool,
    profile: Profile,
}

#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    by_name: BTreeMap<(Option<usize>, String), usize>,
    /// The open nodes; `None` for one that is not kept.
    open: Vec<Option<usize>>,
    full: bool,
    xml: bool,
}

impl Tree {
    fn enter(&mut self, name: &str) -> Option<usize> {
        let above = match self.open.last() {
            Some(None) => return None,
            Some(Some(n)) => Some(*n),
            None => None,
        };
        let known = self.by_name.get(&(above, name.to_owned())).copied();
        let at = match known {
            Some(at) => at,
            None if self.nodes.len() >= PATHS => {
                self.full = true;
                return None;
            }
            None => self.add(above, name),
        };
        let below = self.nodes.get(at).map_or(Vec::new(), |n| n.children.clone());
        for child in below {
            if let Some(child) = self.nodes.get_mut(child) {
                child.here = 0;
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.count += 1;
            node.here += 1;
            node.most = node.most.max(node.here);
        }
        Some(at)
    }

    fn add(&mut self, above: Option<usize>, name: &str) -> usize {
        let at = self.nodes.len();
        let base = above.and_then(|n| self.nodes.get_mut(n));
        let attribute = name.starts_with('@');
        let path = base.map_or_else(
            || format!("/{name}").replace("//", "/"),
            |above| {
                above.children.push(at);
                above.parent |= !attribute;
                format!("{}/{name}", above.path.trim_end_matches('/'))
            },
        );
        self.by_name.insert((above, name.to_owned()), at);
        let profile = Profile::default();
        self.nodes.push(Node {
            path,
            count: 0,
            here: 0,
            most: 0,
            children: Vec::new(),
            parent: false,
            profile,
        });
        at
    }

    fn see(&mut self, at: Option<usize>, kind: u8, text: Option<&str>) {
        if let (Some(node), Some(text)) = (at.and_then(|n| self.nodes.get_mut(n)), text)
            && node.count <= SAMPLE as u64
            && kind != b'o'
        {
            node.profile.see(kind, text);
        }
    }

    /// The nodes in document order, children below their parents.
    fn done(self) -> Vec<NodeSeen> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut next: Vec<usize> =
            self.by_name.iter().filter(|((above, _), _)| above.is_none()).map(|(_, n)| *n).collect();
        next.sort_by_key(|n| std::cmp::Reverse(*n));
        while let Some(at) = next.pop() {
            order.push(at);
            next.extend(self.nodes.get(at).iter().flat_map(|n| n.children.iter().rev()));
        }
        let mut nodes: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let take = |at: usize| {
            nodes.get_mut(at).and_then(Option::take).map(|n| NodeSeen {
                values: n.profile.done(n.path.clone()),
                repeating: n.most > 1 && n.parent,
                path: n.path,
                count: n.count,
                most: n.most,
                parent: n.parent,
            })
        };
        order.into_iter().filter_map(take).collect()
    }
}

impl Nodes for Tree {
    fn open_document(&mut self) {
        self.open.clear();
    }

    fn open_root(&mut self, _index: Option<u64>) -> Want {
        let at = self.enter("/");
        self.open.push(at);
        Want::default()
    }

    fn close_root(&mut self, leaf: &Leaf<'_>) -> Result<()> {
        self.close(leaf)
    }

    fn open(&mut self, name: Name<'_>, attributes: &[Attribute], _index: Option<u64>) -> Want {
        let at = self.enter(name.local);
        self.open.push(at);
        for one in attributes {
            let node = self.enter(&format!("@{}", one.local));
            self.see(node, b't', Some(&one.value));
        }
        // Scalars of JSON come with their text anyway; wanting that of an object would take it whole.
        Want { text: self.xml && at.is_some(), json: false }
    }

    fn close(&mut self, leaf: &Leaf<'_>) -> Result<()> {
        let at = self.open.pop().flatten();
        self.see(at, leaf.kind, leaf.text);
        Ok(())
    }

    fn close_document(&mut self) -> Result<()> {
        Ok(())
    }

    fn refuse(&mut self, _one: &Refusal) -> Result<()> {
        Ok(())
    }
}
