//! Columns below one kind of node (a scope), and the wanted nodes found below one such node (a run).

use super::Tree;
use super::engine::{Leaf, Want};
use super::path::{Filter, Path};
use super::trie::{Attribute, Name, Trie, Wanted};

/// Text kept below one node.
const TEXT: usize = 64 << 20;
/// Nodes kept below one node.
const NODES: usize = 1_000_000;

/// A step's state and its conditions.
type Steps = Vec<(usize, Vec<Condition>)>;

#[derive(Clone, Debug)]
enum Condition {
    Index(usize),
    Equals(usize, String),
}

/// A column and where it is found.
#[derive(Clone, Debug)]
struct Target {
    column: usize,
    object: bool,
    steps: Steps,
}

/// The columns found below one kind of node.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    trie: Trie,
    targets: Vec<Target>,
    tree: Tree,
}

/// What a column has below one node.
pub(super) enum Found<'a> {
    /// No node.
    Nothing,
    /// A node without a value.
    Empty,
    /// One value with its kind.
    One(u8, &'a str),
    /// Several nodes where one is wanted.
    Several,
    /// An object column's JSON.
    Object(String),
}

impl Scope {
    pub(super) fn new(tree: Tree) -> Self {
        Self { trie: Trie::new(), targets: Vec::new(), tree }
    }

    /// Adds a column; the error says what is wrong with its path.
    pub(super) fn add(
        &mut self,
        column: usize,
        path: &Path,
        object: bool,
        spaces: &[(String, String)],
    ) -> Result<(), String> {
        let (xml, mut state, mut steps) = (self.tree == Tree::Xml, 0, Steps::new());
        for step in &path.steps {
            state = self.trie.grow(state, Wanted::of(&step.test, spaces, xml)?);
            let mut conditions = Vec::new();
            for filter in &step.filters {
                conditions.push(match filter {
                    Filter::Index(n) => Condition::Index(*n),
                    Filter::Equals(test, value) => {
                        let child = self.trie.grow(state, Wanted::of(test, spaces, xml)?);
                        self.trie.want(child).text = true;
                        Condition::Equals(child, value.clone())
                    }
                });
            }
            steps.push((state, conditions));
        }
        let wanted = self.trie.want(state);
        wanted.text |= !object;
        wanted.json |= object;
        self.targets.push(Target { column, object, steps });
        Ok(())
    }
}

struct Node {
    parent: usize,
    kind: u8,
    text: (usize, usize),
    json: (usize, usize),
    listed: bool,
}

/// The wanted nodes below one node, as far as read.
#[derive(Default)]
pub(super) struct Run {
    pub(super) active: bool,
    /// Number of the node the run is for.
    pub(super) id: i64,
    nodes: Vec<Node>,
    of_state: Vec<Vec<usize>>,
    open: Vec<(usize, usize)>,
    unwanted: usize,
    text: String,
}

impl Run {
    /// Starts at a node.
    pub(super) fn start(&mut self, scope: &Scope, id: i64, attributes: &[Attribute], listed: bool) -> Want {
        self.nodes.clear();
        self.of_state.iter_mut().for_each(Vec::clear);
        self.of_state.resize_with(scope.trie.len(), Vec::new);
        self.open.clear();
        self.text.clear();
        (self.active, self.id, self.unwanted) = (true, id, 0);
        self.push(scope, 0, 0, attributes, listed)
    }

    /// A node opens below.
    pub(super) fn open(
        &mut self,
        scope: &Scope,
        name: Name<'_>,
        attributes: &[Attribute],
        listed: bool,
    ) -> Want {
        let above = self.open.last().copied().filter(|_| self.unwanted == 0);
        match above.and_then(|(node, state)| Some((node, scope.trie.child(state, name)?))) {
            Some((parent, state)) => self.push(scope, parent, state, attributes, listed),
            None => {
                self.unwanted += 1;
                Want::default()
            }
        }
    }

    fn push(
        &mut self,
        scope: &Scope,
        parent: usize,
        state: usize,
        attributes: &[Attribute],
        listed: bool,
    ) -> Want {
        let node = self.keep(parent, state, listed);
        self.open.push((node, state));
        let wanted = scope.trie.state(state);
        if wanted.attributes {
            for one in attributes {
                if let Some(state) = scope.trie.attribute(state, one) {
                    let kept = self.keep(node, state, false);
                    self.fill(kept, &Leaf { kind: b't', text: Some(&one.value), json: None });
                }
            }
        }
        Want { text: wanted.text, json: wanted.json }
    }

    fn keep(&mut self, parent: usize, state: usize, listed: bool) -> usize {
        self.nodes.push(Node { parent, kind: b' ', text: (0, 0), json: (0, 0), listed });
        if let Some(list) = self.of_state.get_mut(state) {
            list.push(self.nodes.len() - 1);
        }
        self.nodes.len() - 1
    }

    fn fill(&mut self, node: usize, leaf: &Leaf<'_>) {
        let mut put = |value: Option<&str>| {
            let from = self.text.len();
            self.text.push_str(value.unwrap_or_default());
            (from, self.text.len())
        };
        let (text, json) = (put(leaf.text), put(leaf.json));
        if let Some(node) = self.nodes.get_mut(node) {
            (node.text, node.json) = (text, json);
            node.kind = if leaf.text.is_some() || leaf.json.is_some() { leaf.kind } else { b' ' };
        }
    }

    /// A node closes; false when too much has been kept.
    pub(super) fn close(&mut self, scope: &Scope, leaf: &Leaf<'_>) -> bool {
        if self.unwanted > 0 {
            self.unwanted -= 1;
            return true;
        }
        if let Some((node, state)) = self.open.pop() {
            let state = scope.trie.state(state);
            let text = leaf.text.filter(|_| state.text);
            self.fill(node, &Leaf { kind: leaf.kind, text, json: leaf.json.filter(|_| state.json) });
        }
        self.text.len() <= TEXT && self.nodes.len() <= NODES
    }

    /// Each column with what was found for it.
    pub(super) fn each(
        &self,
        scope: &Scope,
        mut take: impl FnMut(usize, Found<'_>) -> crate::diagnostic::Result<()>,
    ) -> crate::diagnostic::Result<()> {
        scope.targets.iter().try_for_each(|target| take(target.column, self.find(scope, target)))
    }

    fn find<'a>(&'a self, scope: &Scope, target: &Target) -> Found<'a> {
        let narrowed;
        let last = target.steps.last().map_or(0, |(state, _)| *state);
        let nodes: &[usize] = if target.steps.iter().all(|(_, conditions)| conditions.is_empty()) {
            self.of_state.get(last).map_or(&[], Vec::as_slice)
        } else {
            narrowed = self.narrow(&target.steps);
            &narrowed
        };
        if target.object {
            return self.object(scope, target, nodes);
        }
        match nodes.first().and_then(|n| self.nodes.get(*n)) {
            None => Found::Nothing,
            Some(_) if nodes.len() > 1 => Found::Several,
            Some(node) if node.kind == b' ' => Found::Empty,
            Some(node) => Found::One(node.kind, self.text.get(node.text.0..node.text.1).unwrap_or_default()),
        }
    }

    fn object(&self, scope: &Scope, target: &Target, nodes: &[usize]) -> Found<'static> {
        let kept: Vec<&Node> =
            nodes.iter().filter_map(|n| self.nodes.get(*n)).filter(|n| n.kind != b' ').collect();
        let texts: Vec<&str> = kept.iter().filter_map(|n| self.text.get(n.json.0..n.json.1)).collect();
        let last = target.steps.last().and_then(|(_, conditions)| conditions.last());
        let bare = scope.tree == Tree::Json
            && (target.steps.is_empty()
                || kept.iter().all(|n| !n.listed || matches!(last, Some(Condition::Index(_)))));
        match texts.as_slice() {
            [] if nodes.is_empty() => Found::Nothing,
            [] => Found::Empty,
            [one] if bare => Found::Object((*one).to_owned()),
            several => Found::Object(format!("[{}]", several.join(","))),
        }
    }

    /// The nodes of a path with conditions, step by step.
    fn narrow(&self, steps: &Steps) -> Vec<usize> {
        let mut at = vec![0];
        for (state, conditions) in steps {
            let mut next = Vec::new();
            for parent in at {
                let mut nodes: Vec<usize> = self.children(parent, *state).to_vec();
                for condition in conditions {
                    match condition {
                        Condition::Index(n) => nodes = nodes.get(n - 1).copied().into_iter().collect(),
                        Condition::Equals(child, value) => nodes.retain(|n| self.has(*n, *child, value)),
                    }
                }
                next.extend(nodes);
            }
            at = next;
        }
        at
    }

    /// The nodes of a state below one parent; they stand together, in the order of their parents.
    fn children(&self, parent: usize, state: usize) -> &[usize] {
        let nodes = self.of_state.get(state).map_or(&[][..], Vec::as_slice);
        let above = |n: &usize| self.nodes.get(*n).map_or(0, |n| n.parent);
        let from = nodes.partition_point(|n| above(n) < parent);
        let to = nodes.partition_point(|n| above(n) <= parent);
        nodes.get(from..to).unwrap_or_default()
    }

    fn has(&self, node: usize, state: usize, value: &str) -> bool {
        let text = |n: &usize| self.nodes.get(*n).and_then(|n| self.text.get(n.text.0..n.text.1));
        self.children(node, state).iter().any(|n| text(n).is_some_and(|t| t.trim() == value))
    }
}
