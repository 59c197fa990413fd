//! Requests → what to look for: for each `each` path its steps, the columns below the row's node, and those below
//! nodes above it.

use super::Tree;
use super::path::{Origin, Path};
use super::run::{Run, Scope};
use super::trie::Wanted;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::source::{PathColumn, Request};
use std::collections::BTreeMap;

/// One source to fill.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) each: Vec<Each>,
    /// Index of the enclosing source.
    pub(super) within: Option<usize>,
    /// Where each column comes from: `None` the row, else an index into `origins`.
    pub(super) owners: Vec<Option<usize>>,
    /// The kinds of nodes above rows that columns come from.
    pub(super) origins: Vec<Origin>,
    /// Whether each column was seen anywhere.
    pub(super) found: Vec<bool>,
    pub(super) columns: Vec<PathColumn>,
    /// Nodes above rows so far.
    pub(super) nodes: i64,
    /// `_id` of the row that is open.
    pub(super) open: Option<i64>,
}

/// A repeating node.
pub(super) struct Each {
    pub(super) steps: Vec<Wanted>,
    pub(super) node: Option<String>,
    pub(super) row: Scope,
    pub(super) run: Run,
    pub(super) sides: Vec<Side>,
    /// How many of the steps the open nodes match.
    pub(super) matched: usize,
    /// Position of the matched nodes, and how long it was before each.
    pub(super) pos: String,
    pub(super) lengths: Vec<usize>,
    /// Siblings seen at each matched level.
    pub(super) siblings: Vec<u64>,
    pub(super) part: i64,
    pub(super) rows: u64,
    pub(super) refused: u64,
    pub(super) id: i64,
}

/// Columns of a node above the row's.
pub(super) struct Side {
    pub(super) depth: usize,
    /// Whether it is the document's; else, at depth 0, of one item of the array that is the root.
    pub(super) document: bool,
    pub(super) scope: Scope,
    pub(super) run: Run,
    pub(super) table: usize,
}

/// Lays out all sources on one list of files. Enclosing sources come before those within them.
///
/// # Errors
/// E113 for a path or an `each` that cannot be followed; E116 for a `within` that names no source on these files.
pub(super) fn lay_out(requests: &[&Request], tree: Tree) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut wrong: Option<Diagnostics> = None;
    for request in requests {
        match source(request, requests, tree) {
            Ok(one) => sources.push(one),
            Err(errors) => match &mut wrong {
                Some(all) => all.extend(errors),
                None => wrong = Some(errors),
            },
        }
    }
    wrong.map_or(Ok(sources), Err)
}

fn source(request: &Request, all: &[&Request], tree: Tree) -> Result<Source> {
    let each = whole_paths(request, all, tree, 0)?;
    let parse = |c: &PathColumn| -> Result<Path> {
        Path::parse(&c.path, tree).map_err(|what| wrong(request, &c.path, &what).into())
    };
    let paths: Vec<Path> = request.paths.iter().map(parse).collect::<Result<_>>()?;
    let mut origins: BTreeMap<Origin, usize> = BTreeMap::new();
    for path in paths.iter().filter(|p| p.origin != Origin::Row) {
        let next = origins.len();
        origins.entry(path.origin).or_insert(next);
    }
    let owners = paths.iter().map(|p| origins.get(&p.origin).copied()).collect();
    let each = each.into_iter().map(|steps| repeating(request, &paths, &origins, steps, tree));
    let within = request.within.as_ref().and_then(|w| all.iter().position(|r| r.name == *w));
    let mut ordered: Vec<(Origin, usize)> = origins.iter().map(|(o, n)| (*o, *n)).collect();
    ordered.sort_by_key(|(_, n)| *n);
    Ok(Source {
        name: request.name.clone(),
        each: each.collect::<Result<_>>()?,
        within,
        owners,
        origins: ordered.into_iter().map(|(o, _)| o).collect(),
        found: vec![false; request.paths.len()],
        columns: request.paths.clone(),
        nodes: 0,
        open: None,
    })
}

/// The absolute paths of the repeating nodes, through the enclosing sources.
fn whole_paths(request: &Request, all: &[&Request], tree: Tree, level: usize) -> Result<Vec<Vec<Wanted>>> {
    let bases = match &request.within {
        None => vec![Vec::new()],
        Some(name) => match all.iter().find(|r| r.name == *name) {
            Some(outer) if level < 16 => whole_paths(outer, all, tree, level + 1)?,
            _ => {
                let message = format!(
                    "source \"{}\" is within \"{name}\", which is no source on the same files",
                    request.name
                );
                return Diagnostic::error(Code::BAD_OPTION, message).alone();
            }
        },
    };
    let root = vec!["/".to_owned()];
    let each = if request.each.is_empty() && tree == Tree::Json { &root } else { &request.each };
    if each.is_empty() {
        let message = format!("source \"{}\" has no `each`: the path of the node that repeats", request.name);
        return Diagnostic::error(Code::BAD_PATH, message).alone();
    }
    let mut found = Vec::new();
    for text in each {
        let steps = each_steps(request, text, tree)?;
        for base in &bases {
            found.push(base.iter().cloned().chain(steps.iter().cloned()).collect());
        }
    }
    Ok(found)
}

fn each_steps(request: &Request, text: &str, tree: Tree) -> Result<Vec<Wanted>> {
    let bad = |what: &str| wrong(request, text, what);
    let path = Path::parse(text, tree).map_err(|w| bad(&w))?;
    match (path.origin, &request.within) {
        (Origin::Document, Some(_)) => {
            return Err(bad("must be relative: it starts at a row of the enclosing source").into());
        }
        (Origin::Row, None) => return Err(bad("must be absolute: it starts with `/`").into()),
        (Origin::Up(_), _) => return Err(bad("goes up").into()),
        _ => {}
    }
    if path.steps.is_empty() && (tree == Tree::Xml || request.within.is_some()) {
        return Err(bad("names no node").into());
    }
    if path.steps.iter().any(|s| !s.filters.is_empty() || s.test.attribute) {
        return Err(bad("has a condition or an attribute, which an `each` cannot have").into());
    }
    let steps = path.steps.iter().map(|s| Wanted::of(&s.test, &request.ns, tree == Tree::Xml));
    steps.collect::<std::result::Result<_, _>>().map_err(|w| bad(&w).into())
}

fn repeating(
    request: &Request,
    paths: &[Path],
    origins: &BTreeMap<Origin, usize>,
    steps: Vec<Wanted>,
    tree: Tree,
) -> Result<Each> {
    let mut row = Scope::new(tree);
    let mut sides = Vec::new();
    for (origin, table) in origins {
        let depth = match origin {
            Origin::Up(n) if *n > steps.len() => {
                let text = format!("{}…", "../".repeat(*n));
                return Err(wrong(request, &text, "goes up past the document").into());
            }
            Origin::Up(n) => steps.len() - n,
            _ => 0,
        };
        let document = depth == 0 && (*origin == Origin::Document || tree == Tree::Xml);
        sides.push(Side { depth, document, scope: Scope::new(tree), run: Run::default(), table: *table });
    }
    for (column, (path, wanted)) in paths.iter().zip(&request.paths).enumerate() {
        let scope = match origins.get(&path.origin) {
            Some(table) => sides.iter_mut().find(|s| s.table == *table).map(|s| &mut s.scope),
            None => Some(&mut row),
        };
        if let Some(scope) = scope {
            scope
                .add(column, path, wanted.object, &request.ns)
                .map_err(|w| wrong(request, &wanted.path, &w))?;
        }
    }
    let levels = steps.len();
    Ok(Each {
        node: steps.last().map(|s| s.local.clone()),
        steps,
        row,
        run: Run::default(),
        sides,
        matched: 0,
        pos: String::new(),
        lengths: Vec::new(),
        siblings: vec![0; levels],
        part: 0,
        rows: 0,
        refused: 0,
        id: 0,
    })
}

fn wrong(request: &Request, path: &str, what: &str) -> Diagnostic {
    Diagnostic::error(Code::BAD_PATH, format!("the path \"{path}\" of source \"{}\" {what}", request.name))
}
