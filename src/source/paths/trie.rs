//! Wanted paths below a node as a tree of names: what is on no wanted path is never kept.

use super::path::Test;

/// A node's name in the file.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Name<'a> {
    /// Without prefix.
    pub(in crate::source) local: &'a str,
    /// Its namespace.
    pub(in crate::source) space: Option<&'a str>,
}

/// An attribute in the file.
#[derive(Clone, Debug)]
pub(in crate::source) struct Attribute {
    /// Without prefix.
    pub(in crate::source) local: String,
    /// Its namespace.
    pub(in crate::source) space: Option<String>,
    /// Its value.
    pub(in crate::source) value: String,
}

/// A name wanted: by local name, and by namespace where a declared prefix says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) local: String,
    pub(super) space: Option<String>,
    pub(super) attribute: bool,
}

impl Wanted {
    /// The name of a path's step. Without declared namespaces a prefix says nothing and is left out.
    pub(super) fn of(test: &Test, spaces: &[(String, String)], xml: bool) -> Result<Self, String> {
        let (prefix, local) = match test.name.split_once(':') {
            Some((prefix, local)) if xml => (Some(prefix), local),
            _ => (None, test.name.as_str()),
        };
        let space = match prefix.filter(|_| !spaces.is_empty()) {
            None => None,
            Some(prefix) => match spaces.iter().find(|(p, _)| p == prefix) {
                Some((_, uri)) => Some(uri.clone()),
                None => return Err(format!("has the prefix \"{prefix}\", which `ns` does not declare")),
            },
        };
        Ok(Self { local: local.to_owned(), space, attribute: test.attribute })
    }

    /// Whether a node of the file has it.
    pub(super) fn fits(&self, name: Name<'_>) -> bool {
        self.local == name.local && (self.space.is_none() || self.space.as_deref() == name.space)
    }
}

/// A state: the path from the start node down to here.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    children: Vec<(Wanted, usize)>,
    /// Its text is wanted.
    pub(super) text: bool,
    /// It is wanted as JSON.
    pub(super) json: bool,
    /// Attributes below it are wanted.
    pub(super) attributes: bool,
}

/// All wanted paths below a node; state 0 is the node.
#[derive(Clone, Debug)]
pub(super) struct Trie(Vec<State>);

impl Trie {
    /// Just the node.
    pub(super) fn new() -> Self {
        Self(vec![State::default()])
    }

    /// Number of states.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A state.
    #[allow(clippy::indexing_slicing)]
    pub(super) fn state(&self, at: usize) -> &State {
        &self.0[at]
    }

    /// A state, to say what is wanted of it.
    #[allow(clippy::indexing_slicing)]
    pub(super) fn want(&mut self, at: usize) -> &mut State {
        &mut self.0[at]
    }

    /// The state one step down, made if not there.
    pub(super) fn grow(&mut self, from: usize, wanted: Wanted) -> usize {
        if let Some((_, to)) = self.state(from).children.iter().find(|(w, _)| *w == wanted) {
            return *to;
        }
        let to = self.0.len();
        self.0.push(State::default());
        let state = self.want(from);
        state.attributes |= wanted.attribute;
        state.children.push((wanted, to));
        to
    }

    /// The state of a child of that name.
    pub(super) fn child(&self, from: usize, name: Name<'_>) -> Option<usize> {
        let children = &self.state(from).children;
        children.iter().find(|(w, _)| !w.attribute && w.fits(name)).map(|(_, to)| *to)
    }

    /// The state of an attribute.
    pub(super) fn attribute(&self, from: usize, one: &Attribute) -> Option<usize> {
        let name = Name { local: &one.local, space: one.space.as_deref() };
        self.state(from).children.iter().find(|(w, _)| w.attribute && w.fits(name)).map(|(_, to)| *to)
    }
}
