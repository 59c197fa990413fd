//! The tables of a document (XML, JSON): its repeating nodes, with paths as columns.

use super::Export;
use super::fold::{fold, words};
use super::synonyms::Synonyms;
use super::table::{Column, Reach, Table, column, name_of};
use crate::source::NodeSeen;

/// Words of the kind of an address that is the main one.
const MAIN: [&str; 8] = ["street", "visiting", "main", "primary", "default", "haupt", "gate", "besok"];

/// Adds the tables of a document, outer ones first.
pub(super) fn nodes(n: usize, export: &Export, synonyms: &Synonyms, all: &mut Vec<Table>) {
    let nodes = &export.seen.nodes;
    for node in nodes.iter().filter(|n| n.repeating) {
        let around = all.iter().rposition(|t: &Table| t.export == n && below(&t.path, &node.path).is_some());
        let relative =
            around.and_then(|a| all.get(a)).and_then(|t| below(&t.path, &node.path)).map(str::to_owned);
        let (name, parent) = (last(&node.path), last(above(&node.path)));
        let title = if name.is_empty() { export.stem.as_str() } else { name };
        // The name of an enclosing table tells what that is, not what this is.
        let enclosed = around.and_then(|a| all.get(a)).is_some_and(|t| t.path == above(&node.path));
        let parent = if enclosed { "" } else { parent };
        all.push(Table {
            source: name_of(title),
            export: n,
            sheet: None,
            each: Some(relative.unwrap_or_else(|| node.path.clone())),
            path: node.path.clone(),
            within: around,
            header_rows: Vec::new(),
            totals: None,
            titles: [title, parent].iter().filter(|t| !t.is_empty()).map(|t| fold(t)).collect(),
            rows: node.count,
            columns: columns(nodes, node, synonyms),
        });
    }
}

fn columns(nodes: &[NodeSeen], row: &NodeSeen, synonyms: &Synonyms) -> Vec<Column> {
    let mut found = Vec::new();
    for node in nodes {
        let Some(path) = below(&row.path, &node.path) else { continue };
        if let Some(path) = addressed(nodes, row, node, path)
            && (!node.parent || node.values.filled > 0)
        {
            found.push(of(&path, node, row.count, synonyms, Reach::Own));
        }
        if node.parent && !path.contains('/') {
            found.push(Column { node: true, ..of(path, node, row.count, synonyms, Reach::Own) });
        }
    }
    for node in nodes.iter().filter(|n| !n.parent && n.most <= 1) {
        let parent = above(&node.path);
        if parent.len() < row.path.len() && below(parent, &row.path).is_some() && node.count > 1
            || parent == above(&row.path) && node.path != row.path
        {
            let steps = row.path.matches('/').count() - parent.matches('/').count();
            let up = "../".repeat(steps.saturating_sub(usize::from(parent == "/")));
            found.push(of(&format!("{up}{}", last(&node.path)), node, row.count, synonyms, Reach::Above));
        } else if node.count == 1 && below(&row.path, &node.path).is_none() {
            found.push(of(&node.path, node, row.count, synonyms, Reach::Document));
        }
    }
    found
}

fn of(path: &str, node: &NodeSeen, rows: u64, synonyms: &Synonyms, reach: Reach) -> Column {
    // `Address[AddressType=x]/City` is called Address, City; `../x` and `/a/b` by their last two names.
    let mut parts: Vec<String> =
        node.path.split('/').filter(|p| !p.is_empty()).map(|p| p.replace('@', "")).collect();
    let keep = match reach {
        Reach::Own => path.matches('/').count() + 1,
        Reach::Above => 1,
        Reach::Document => 2,
    };
    parts.drain(..parts.len().saturating_sub(keep));
    column(path, &parts, &node.values, rows, synonyms, reach)
}

/// The path with a predicate at each step that repeats; `None` when a step repeats and nothing tells its nodes apart.
fn addressed(nodes: &[NodeSeen], row: &NodeSeen, node: &NodeSeen, path: &str) -> Option<String> {
    let mut at = row.path.trim_end_matches('/').to_owned();
    let mut steps = Vec::new();
    for step in path.split('/') {
        at = format!("{at}/{step}");
        let here = nodes.iter().find(|n| n.path == at)?;
        if here.most <= 1 {
            steps.push(step.to_owned());
            continue;
        }
        let (name, value) = kind_of(nodes, here).filter(|(name, _)| node.path != format!("{at}/{name}"))?;
        steps.push(format!("{step}[{name}={value}]"));
    }
    Some(steps.join("/"))
}

/// What tells repeated nodes apart: a leaf whose name ends in "type", "kind" or "usage", with the value met first.
fn kind_of<'a>(nodes: &'a [NodeSeen], node: &NodeSeen) -> Option<(&'a str, String)> {
    let telling = |n: &&NodeSeen| {
        let name = last(&n.path).to_lowercase();
        above(&n.path) == node.path
            && !n.parent
            && ["type", "kind", "usage", "art", "typ"].iter().any(|w| name.ends_with(w))
    };
    let leaf = nodes.iter().find(telling).filter(|l| l.values.distinct <= 10)?;
    // Where people are rather than where their post goes; else the kind met first.
    let plain = |v: &&String| v.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c));
    let main = |v: &&String| words(v).iter().any(|w| MAIN.contains(&w.as_str()));
    let kinds = || leaf.values.values.iter().map(|(v, _)| v).chain(&leaf.values.examples).filter(plain);
    let value = kinds().find(main).or_else(|| leaf.values.examples.iter().find(plain))?;
    Some((last(&leaf.path), value.clone()))
}

/// The path below another.
pub(super) fn below<'a>(outer: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(outer.trim_end_matches('/'))?.strip_prefix('/')?;
    (!rest.is_empty()).then_some(rest)
}

/// The path of the node around.
fn above(path: &str) -> &str {
    path.rfind('/').and_then(|n| path.get(..n)).unwrap_or_default()
}

/// A path's last name.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
