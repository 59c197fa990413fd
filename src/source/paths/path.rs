//! The text of a path: `Address[AddressType=StreetAddress]/City`, `@id`, `tags[1]`, `../x`, `/AuditFile/Header/x`.

use super::Tree;

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) enum Origin {
    /// At the row's node.
    Row,
    /// That many nodes above it.
    Up(usize),
    /// At the document.
    Document,
}

/// A condition on the nodes of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) enum Filter {
    /// The n-th, from 1.
    Index(usize),
    /// Those with a child (or attribute) of that text.
    Equals(Test, String),
}

/// A name asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Test {
    /// The name as written, with a prefix if any.
    pub(in crate::source) name: String,
    /// Whether it is an attribute's.
    pub(in crate::source) attribute: bool,
}

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Step {
    pub(in crate::source) test: Test,
    pub(in crate::source) filters: Vec<Filter>,
}

/// A path taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Path {
    pub(in crate::source) origin: Origin,
    pub(in crate::source) steps: Vec<Step>,
}

impl Path {
    /// Takes a path apart; the error says what is wrong with it.
    pub(in crate::source) fn parse(text: &str, tree: Tree) -> Result<Self, String> {
        let (mut origin, mut rest) = (Origin::Row, text.trim());
        if let Some(below) = rest.strip_prefix('/') {
            (origin, rest) = (Origin::Document, below);
        }
        let mut steps: Vec<Step> = Vec::new();
        for part in split(rest)? {
            match (part, origin) {
                ("." | "", _) if rest.is_empty() || part == "." => {}
                ("", _) => return Err("has an empty step".to_owned()),
                ("..", _) if !steps.is_empty() => return Err("goes up after it went down".to_owned()),
                ("..", Origin::Document) => return Err("goes up from the document".to_owned()),
                ("..", Origin::Row) => origin = Origin::Up(1),
                ("..", Origin::Up(n)) => origin = Origin::Up(n + 1),
                (part, _) => {
                    if steps.last().is_some_and(|s| s.test.attribute) {
                        return Err("goes on below an attribute".to_owned());
                    }
                    steps.push(step(part, tree)?);
                }
            }
        }
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        Ok(Self { origin, steps })
    }
}

/// The steps between slashes that stand outside brackets.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut from, mut inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '[' if inside => return Err("has a bracket inside brackets".to_owned()),
            '[' => inside = true,
            ']' => inside = false,
            '/' if !inside => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    if inside {
        return Err("has a bracket that is not closed".to_owned());
    }
    parts.push(text.get(from..).unwrap_or_default());
    Ok(parts)
}

fn step(part: &str, tree: Tree) -> Result<Step, String> {
    let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
    let mut filters = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let (condition, after) = inner.split_once(']').unwrap_or((inner, ""));
        filters.push(filter(condition.trim(), tree)?);
        rest = after;
    }
    if rest.is_empty() {
        Ok(Step { test: test(name, tree)?, filters })
    } else {
        Err(format!("has \"{rest}\" after a bracket"))
    }
}

fn filter(text: &str, tree: Tree) -> Result<Filter, String> {
    if let Some((name, value)) = text.split_once('=') {
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|q| value.strip_prefix(q)?.strip_suffix(q));
        return Ok(Filter::Equals(test(name, tree)?, quoted.unwrap_or(value).to_owned()));
    }
    match text.parse() {
        Ok(n) if n > 0 => Ok(Filter::Index(n)),
        _ => Err(format!("has the condition [{text}]; it can be a number from 1 or name=value")),
    }
}

fn test(name: &str, tree: Tree) -> Result<Test, String> {
    let name = name.trim();
    let attribute = tree == Tree::Xml && name.starts_with('@');
    let bare = if attribute { name.get(1..).unwrap_or_default() } else { name };
    if bare.is_empty() || bare == "*" || bare.contains('/') {
        return Err(format!("has the step \"{name}\", which is no name"));
    }
    Ok(Test { name: bare.to_owned(), attribute })
}
