//! XML and JSON: every path of the document; and the plain paths that a column's path rests on.

use super::kind::Tally;
use super::{Extent, Sight, Survey, begun};
use crate::diagnostic::Result;
use crate::source::outline::{Outline, Values};
use crate::source::paths::{Filter, Origin, Path, Tree};
use crate::source::{FileRef, Format, Request, container};
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Values of a path whose form is looked at.
const VALUES: u64 = 10_000;

/// A document.
pub(super) fn look(request: &Request, file: &FileRef, extent: Extent) -> Result<Survey> {
    let mut outline = Outline::<Tally>::new(request.format);
    let stream = container::open(file)?.stream;
    let read = Arc::new(AtomicU64::new(0));
    let limit = extent.bytes().unwrap_or(u64::MAX);
    let counted = Counted { inner: stream.take(limit), read: read.clone() };
    let outcome = outline.read(file, request.format, Box::new(counted));
    let cut = read.load(Ordering::Relaxed) >= limit;
    if !cut {
        outcome?;
    }
    let whole = !cut && !outline.full;
    Ok(Survey { columns: sights(outline), whole, ..begun(request, file) })
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

impl Values for Tally {
    fn see(&mut self, _count: u64, kind: u8, text: &str) {
        if self.filled < VALUES {
            Tally::see(self, kind, text);
        }
    }
}

/// The paths in document order, children below their parents.
fn sights(outline: Outline<Tally>) -> Vec<Sight> {
    let (nodes, order) = outline.in_order();
    let sight = |at: usize| {
        let node = nodes.get(at)?;
        let cells = node.above.and_then(|n| nodes.get(n)).map_or(node.count, |n| n.count);
        // A node that holds others is filled by them; of the values of many, only the first were looked at.
        let filled = match (node.parent, node.values.filled) {
            (true, _) => node.count,
            (false, n) if n >= VALUES => node.count,
            (false, n) => n,
        };
        let forms = node.values.clone().forms();
        Some(Sight { name: node.path.clone(), cells, filled, forms, most: node.most })
    };
    order.into_iter().filter_map(sight).collect()
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
