//! The outline of an XML or JSON document: every path with how often it was seen, and what its values look like.

use super::container::Stream;
use super::paths::{Attribute, Leaf, Name, Nodes, Want};
use super::table::Refusal;
use super::{FileRef, Format, json, xml};
use crate::diagnostic::Result;
use std::collections::BTreeMap;

/// Different paths kept; a document with names made up of data has no end of them.
const PATHS: usize = 5_000;

/// What is kept of the values of one path.
pub(super) trait Values: Default {
    /// One more value of a node that was seen `count` times so far.
    fn see(&mut self, count: u64, kind: u8, text: &str);
}

/// A path.
#[derive(Default)]
pub(super) struct Node<V> {
    /// From the root; attributes as `@name`.
    pub path: String,
    /// The node it is in.
    pub above: Option<usize>,
    /// How often it was seen, and the most below one node.
    pub count: u64,
    here: u64,
    pub most: u64,
    children: Vec<usize>,
    /// Whether it holds nodes, attributes aside.
    pub parent: bool,
    pub values: V,
}

/// The paths of a document, or of several one after the other.
pub(super) struct Outline<V> {
    nodes: Vec<Node<V>>,
    by_name: BTreeMap<(Option<usize>, String), usize>,
    /// The open nodes; `None` for one that is not kept.
    open: Vec<Option<usize>>,
    /// Whether there were more paths than are kept.
    pub full: bool,
    xml: bool,
}

impl<V: Values> Outline<V> {
    /// Nothing seen yet.
    pub fn new(format: Format) -> Self {
        let xml = format == Format::Xml;
        Self { nodes: Vec::new(), by_name: BTreeMap::new(), open: Vec::new(), full: false, xml }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// As of the readers of XML and JSON; what was seen before stays.
    pub fn read(&mut self, file: &FileRef, format: Format, stream: Stream) -> Result<()> {
        match format {
            Format::Xml => xml::read(file, stream, self),
            Format::Ndjson => json::read_lines(file, stream, self),
            _ => json::read(file, stream, self),
        }
    }

    /// The nodes, and their order in the document: children below their parents.
    pub fn in_order(self) -> (Vec<Node<V>>, Vec<usize>) {
        let mut next: Vec<usize> = (0..self.nodes.len()).rev().filter(|n| self.is_root(*n)).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(at) = next.pop() {
            order.push(at);
            next.extend(self.nodes.get(at).iter().flat_map(|n| n.children.iter().rev()));
        }
        (self.nodes, order)
    }

    fn is_root(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|n| n.above.is_none())
    }

    fn enter(&mut self, name: &str) -> Option<usize> {
        let above = match self.open.last() {
            Some(None) => return None,
            Some(Some(n)) => Some(*n),
            None => None,
        };
        let at = match self.by_name.get(&(above, name.to_owned())) {
            Some(at) => *at,
            None if self.nodes.len() >= PATHS => {
                self.full = true;
                return None;
            }
            None => self.add(above, name),
        };
        let below = self.nodes.get_mut(at).map(|n| std::mem::take(&mut n.children)).unwrap_or_default();
        for child in &below {
            if let Some(child) = self.nodes.get_mut(*child) {
                child.here = 0;
            }
        }
        let node = self.nodes.get_mut(at)?;
        node.children = below;
        (node.count, node.here) = (node.count + 1, node.here + 1);
        node.most = node.most.max(node.here);
        Some(at)
    }

    fn add(&mut self, above: Option<usize>, name: &str) -> usize {
        let at = self.nodes.len();
        let base = above.and_then(|n| self.nodes.get_mut(n));
        let path = base.map_or_else(
            || format!("/{name}").replace("//", "/"),
            |above| {
                above.children.push(at);
                above.parent |= !name.starts_with('@');
                format!("{}/{name}", above.path.trim_end_matches('/'))
            },
        );
        self.by_name.insert((above, name.to_owned()), at);
        self.nodes.push(Node { path, above, ..Node::default() });
        at
    }

    fn see(&mut self, at: Option<usize>, kind: u8, text: Option<&str>) {
        if let (Some(node), Some(text)) = (at.and_then(|n| self.nodes.get_mut(n)), text)
            && kind != b'o'
        {
            node.values.see(node.count, kind, text);
        }
    }
}

impl<V: Values> Nodes for Outline<V> {
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
