//! XML and JSON: every path of the document; and the plain paths that a column's path rests on.

use super::kind::Tally;
use super::{Extent, Sight, Survey, begun};
use crate::diagnostic::Result;
use crate::source::paths::{Attribute, Filter, Leaf, Name, Nodes, Origin, Path, Tree, Want};
use crate::source::table::Refusal;
use crate::source::{FileRef, Format, Request, container, json, xml};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Different paths kept: a document with names made up of data has no end of them.
const PATHS: usize = 5_000;
/// Values of a path whose form is looked at.
const VALUES: u64 = 10_000;

/// A document.
pub(super) fn look(request: &Request, file: &FileRef, extent: Extent) -> Result<Survey> {
    let mut seen = Seen { xml: request.format == Format::Xml, ..Seen::default() };
    let stream = container::open(file)?.stream;
    let read = Arc::new(AtomicU64::new(0));
    let limit = extent.bytes().unwrap_or(u64::MAX);
    let counted = Counted { inner: stream.take(limit), read: read.clone() };
    let outcome = match request.format {
        Format::Xml => xml::read(file, Box::new(counted), &mut seen),
        Format::Ndjson => json::read_lines(file, Box::new(counted), &mut seen),
        _ => json::read(file, Box::new(counted), &mut seen),
    };
    let cut = read.load(Ordering::Relaxed) >= limit;
    if !cut {
        outcome?;
    }
    let whole = !cut && !seen.full;
    Ok(Survey { columns: seen.done(), whole, ..begun(request, file) })
}

/// Counts what is read, so that a document cut off by us is told from a broken one.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: std::io::Read> std::io::Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[derive(Default)]
struct Node {
    path: String,
    above: Option<usize>,
    count: u64,
    here: u64,
    most: u64,
    children: Vec<usize>,
    tally: Tally,
}

#[derive(Default)]
struct Seen {
    nodes: Vec<Node>,
    by_name: BTreeMap<(Option<usize>, String), usize>,
    /// The open nodes; `None` for one that is not kept.
    open: Vec<Option<usize>>,
    full: bool,
    xml: bool,
}

impl Seen {
    fn enter(&mut self, name: &str) -> Option<usize> {
        let above = match self.open.last() {
            Some(None) => return None,
            Some(Some(n)) => Some(*n),
            None => None,
        };
        let key = (above, name.to_owned());
        let at = match self.by_name.get(&key) {
            Some(at) => *at,
            None if self.nodes.len() >= PATHS => {
                self.full = true;
                return None;
            }
            None => {
                let at = self.nodes.len();
                self.by_name.insert(key, at);
                let base = above.and_then(|n| self.nodes.get_mut(n));
                let path = base.map_or_else(
                    || format!("/{name}").replace("//", "/"),
                    |above| {
                        above.children.push(at);
                        format!("{}/{name}", above.path.trim_end_matches('/'))
                    },
                );
                self.nodes.push(Node { path, above, ..Node::default() });
                at
            }
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

    fn see(&mut self, at: Option<usize>, kind: u8, text: Option<&str>) {
        if let (Some(node), Some(text)) = (at.and_then(|n| self.nodes.get_mut(n)), text)
            && node.tally.filled < VALUES
            && kind != b'o'
        {
            node.tally.see(kind, text);
        }
    }

    /// The paths in document order, children below their parents.
    fn done(self) -> Vec<Sight> {
        let mut next: Vec<usize> = (0..self.nodes.len()).rev().filter(|n| self.is_root(*n)).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(at) = next.pop() {
            order.push(at);
            next.extend(self.nodes.get(at).iter().flat_map(|n| n.children.iter().rev()));
        }
        let sight = |at: usize| {
            let node = self.nodes.get(at)?;
            let cells = node.above.and_then(|n| self.nodes.get(n)).map_or(node.count, |n| n.count);
            // A node that holds others is filled by them; of the values of many, only the first were looked at.
            let filled = match (node.children.iter().any(|c| !self.attribute(*c)), node.tally.filled) {
                (true, _) => node.count,
                (false, n) if n >= VALUES => node.count,
                (false, n) => n,
            };
            let forms = node.tally.clone().forms();
            Some(Sight { name: node.path.clone(), cells, filled, forms, most: node.most })
        };
        order.into_iter().filter_map(sight).collect()
    }

    fn is_root(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|n| n.above.is_none())
    }

    fn attribute(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|n| n.path.rsplit('/').next().is_some_and(|l| l.starts_with('@')))
    }
}

impl Nodes for Seen {
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

/// The absolute plain path of a repeating node: without conditions and prefixes, below `outer` where it is relative.
pub fn row_path(each: &str, outer: Option<&str>, format: Format) -> String {
    let base = outer.filter(|_| !each.starts_with('/')).unwrap_or_default();
    needed(each, base, format).and_then(|all| all.into_iter().last()).unwrap_or_else(|| each.to_owned())
}

/// The absolute plain paths that a column's path needs in the document, below a repeating node: those its conditions ask
/// for, then its own. Indexes, conditions, prefixes and `../` are taken off. `None` for a path that cannot be read.
pub fn needed(column: &str, row: &str, format: Format) -> Option<Vec<String>> {
    let tree = if format == Format::Xml { Tree::Xml } else { Tree::Json };
    let path = Path::parse(column, tree).ok()?;
    let steps: Vec<&str> = row.split('/').filter(|s| !s.is_empty()).collect();
    let up = match path.origin {
        Origin::Row => 0,
        Origin::Up(n) => n,
        Origin::Document => steps.len(),
    };
    let mut at =
        steps.get(..steps.len().saturating_sub(up))?.iter().fold(String::new(), |a, s| format!("{a}/{s}"));
    let local = |name: &str| match tree {
        Tree::Xml => name.rsplit(':').next().unwrap_or(name).to_owned(),
        Tree::Json => name.to_owned(),
    };
    let spelt = |t: &crate::source::paths::Test| {
        if t.attribute { format!("@{}", local(&t.name)) } else { local(&t.name) }
    };
    let mut all = Vec::new();
    for step in &path.steps {
        at = format!("{at}/{}", spelt(&step.test));
        for filter in &step.filters {
            if let Filter::Equals(test, _) = filter {
                all.push(format!("{at}/{}", spelt(test)));
            }
        }
    }
    all.push(if at.is_empty() { "/".to_owned() } else { at });
    Some(all)
}
