//! Nodes opening and closing → rows. The formats drive it; it knows neither XML nor JSON but for how positions read.

use super::path::Origin;
use super::plan::{Each, Side, Source};
use super::run::{Found, Run};
use super::trie::{Attribute, Name};
use super::{Nodes, Tree, plan};
use crate::db::{RowBuffer, Sinks};
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::source::Request;
use crate::source::table::{self, Meter, Progress, Refusal, at};

/// What is wanted of a node that opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Want {
    /// Its text, or its kind when it has none.
    pub(in crate::source) text: bool,
    /// Itself as JSON.
    pub(in crate::source) json: bool,
}

impl std::ops::BitOrAssign for Want {
    fn bitor_assign(&mut self, other: Self) {
        self.text |= other.text;
        self.json |= other.json;
    }
}

/// A closed node's value.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Leaf<'a> {
    /// As in `_kind`.
    pub(in crate::source) kind: u8,
    /// Its text; `None` for none (JSON null, an element with children only).
    pub(in crate::source) text: Option<&'a str>,
    /// Itself as JSON, when wanted.
    pub(in crate::source) json: Option<&'a str>,
}

/// Where the tables of a source stand in the list of sinks.
pub(super) struct Tables {
    pub(super) rows: usize,
    pub(super) sides: Vec<usize>,
    /// First cell column of the rows; links and `_within` stand before it.
    pub(super) cells: usize,
}

/// Fills the tables of all sources on one list of files.
pub(super) struct Engine<'a> {
    pub(super) sources: Vec<Source>,
    pub(super) tables: Vec<Tables>,
    meters: Vec<Meter<'a>>,
    tree: Tree,
    depth: usize,
    file: String,
    refused: usize,
    spaces: bool,
}

impl<'a> Engine<'a> {
    pub(super) fn new(requests: &[&'a Request], tree: Tree, tell: Progress<'a>) -> Result<Self> {
        let sources = plan::lay_out(requests, tree)?;
        let mut next = 0;
        let tables = sources.iter().map(|s| {
            let rows = next;
            next += 1 + s.origins.len();
            let extra = usize::from(s.within.is_some()) + s.origins.len();
            Tables { rows, sides: (rows + 1..next).collect(), cells: at::CELLS + extra }
        });
        let tables = tables.collect();
        let meters = requests.iter().map(|r| Meter::new(&r.name, tell)).collect();
        Ok(Self {
            sources,
            tables,
            meters,
            tree,
            depth: 0,
            file: String::new(),
            refused: next,
            spaces: requests.iter().any(|r| !r.ns.is_empty()),
        })
    }

    /// Starts a file: parts are numbered by file, then by `each`.
    pub(super) fn begin(&mut self, file: &str, number: usize) {
        self.file = file.to_owned();
        for source in &mut self.sources {
            let parts = source.each.len();
            for (n, each) in source.each.iter_mut().enumerate() {
                (each.rows, each.refused) = (0, 0);
                each.part = table::signed((number * parts + n + 1) as u64);
            }
        }
    }

    /// Tells the final numbers.
    pub(super) fn end(&self) {
        self.meters.iter().for_each(Meter::end);
    }

    /// The document begins. For JSON each line of NDJSON is one.
    fn open_document(&mut self) {
        self.depth = 0;
        for source in &mut self.sources {
            source.open = None;
            for each in &mut source.each {
                (each.matched, each.run.active) = (0, false);
                each.pos.clear();
                each.lengths.clear();
                each.siblings.fill(0);
                start_sides(each, 0, true, &mut source.nodes, &[], false);
            }
        }
    }

    /// The root value, or an item of the array that is the root. Gives what is wanted of it.
    fn open_root(&mut self, index: Option<u64>) -> Want {
        let mut want = Want::default();
        for (source, meter) in self.sources.iter_mut().zip(&mut self.meters) {
            for each in &mut source.each {
                each.pos = index.map_or(String::new(), |n| format!("/{n}"));
                want |= start_sides(each, 0, false, &mut source.nodes, &[], index.is_some());
                if each.steps.is_empty() {
                    want |= start_row(each, meter, &mut source.open, &[], index.is_some());
                }
            }
        }
        want
    }

    /// That value ends.
    fn close_root(&mut self, leaf: &Leaf<'_>, sinks: &mut Sinks) -> Result<()> {
        for n in 0..self.sources.len() {
            for e in 0..self.sources[n].each.len() {
                let each = &mut self.sources[n].each[e];
                for side in each.sides.iter_mut().filter(|s| s.depth == 0 && !s.document) {
                    side.run.close(&side.scope, leaf);
                }
                if each.steps.is_empty() && each.run.active {
                    each.run.close(&each.row, leaf);
                    self.end_row(n, e, sinks)?;
                }
                self.end_sides(n, e, 0, false, sinks)?;
            }
        }
        Ok(())
    }

    /// A node below opens; `index` for an item of an array, from 0.
    fn open(&mut self, name: Name<'_>, attributes: &[Attribute], index: Option<u64>) -> Want {
        self.depth += 1;
        let (depth, tree, listed) = (self.depth, self.tree, index.is_some());
        let mut want = Want::default();
        for (source, meter) in self.sources.iter_mut().zip(&mut self.meters) {
            for each in &mut source.each {
                if each.run.active {
                    want |= each.run.open(&each.row, name, attributes, listed);
                }
                for side in each.sides.iter_mut().filter(|s| s.run.active) {
                    want |= side.run.open(&side.scope, name, attributes, listed);
                }
                let next = each.steps.get(depth - 1).filter(|_| each.matched == depth - 1);
                if next.is_some_and(|step| step.fits(name)) {
                    descend(each, tree, name, index);
                    want |= start_sides(each, depth, false, &mut source.nodes, attributes, listed);
                    if depth == each.steps.len() {
                        want |= start_row(each, meter, &mut source.open, attributes, listed);
                    }
                }
            }
        }
        want
    }

    /// The node closes.
    fn close(&mut self, leaf: &Leaf<'_>, sinks: &mut Sinks) -> Result<()> {
        let depth = self.depth;
        for n in 0..self.sources.len() {
            for e in 0..self.sources[n].each.len() {
                let each = &mut self.sources[n].each[e];
                let mut fits = !each.run.active || each.run.close(&each.row, leaf);
                for side in each.sides.iter_mut().filter(|s| s.run.active) {
                    fits &= side.run.close(&side.scope, leaf);
                }
                if !fits {
                    return self.too_much(n, e).alone();
                }
                if each.matched != depth {
                    continue;
                }
                if depth == each.steps.len() {
                    self.end_row(n, e, sinks)?;
                }
                self.end_sides(n, e, depth, false, sinks)?;
                ascend(&mut self.sources[n].each[e]);
            }
        }
        self.depth = depth.saturating_sub(1);
        Ok(())
    }

    /// The document ends.
    fn close_document(&mut self, sinks: &mut Sinks) -> Result<()> {
        for n in 0..self.sources.len() {
            for e in 0..self.sources[n].each.len() {
                self.end_sides(n, e, 0, true, sinks)?;
            }
        }
        Ok(())
    }

    /// Refuses a line for every source on the file.
    fn refuse(&mut self, one: &Refusal, sinks: &mut Sinks) -> Result<()> {
        for source in &mut self.sources {
            if let Some(each) = source.each.first_mut() {
                each.refused += 1;
                table::refuse(sinks.table(self.refused), &source.name, each.part, one)?;
            }
        }
        Ok(())
    }

    fn end_row(&mut self, n: usize, e: usize, sinks: &mut Sinks) -> Result<()> {
        let within = self.sources[n].within.and_then(|w| self.sources[w].open);
        let (source, tables) = (&mut self.sources[n], &self.tables[n]);
        let each = &mut source.each[e];
        let sink = sinks.table(tables.rows);
        sink.int(at::ID, each.id);
        sink.int(at::PART, each.part);
        sink.int(at::ROW, table::signed(each.rows));
        sink.text(at::POS, if each.pos.is_empty() { "/" } else { &each.pos });
        if let Some(outer) = within {
            sink.int(at::CELLS, outer);
        }
        let links = at::CELLS + usize::from(source.within.is_some());
        for side in &each.sides {
            sink.int(links + side.table, side.run.id);
        }
        cells(sink, tables.cells, &each.run, &each.row, &mut source.found)?;
        sink.end_row()?;
        each.run.active = false;
        source.open = None;
        Ok(())
    }

    fn end_sides(
        &mut self,
        n: usize,
        e: usize,
        depth: usize,
        document: bool,
        sinks: &mut Sinks,
    ) -> Result<()> {
        let (source, tables) = (&mut self.sources[n], &self.tables[n]);
        let each = &mut source.each[e];
        for side in
            each.sides.iter_mut().filter(|s| s.depth == depth && s.document == document && s.run.active)
        {
            side.run.active = false;
            if source.origins[side.table] == Origin::Document {
                once(side, &source.columns, &self.file)?;
            }
            let sink = sinks.table(tables.sides[side.table]);
            sink.int(0, side.run.id);
            cells(sink, 2, &side.run, &side.scope, &mut source.found)?;
            sink.end_row()?;
        }
        Ok(())
    }

    fn too_much(&self, n: usize, e: usize) -> Diagnostic {
        let each = &self.sources[n].each[e];
        let message = format!(
            "one row of source \"{}\" is larger than 64 MiB or a million nodes",
            self.sources[n].name
        );
        let at = Location { path: Some(each.pos.clone()), ..Location::file(&self.file) };
        Diagnostic::error(Code::OVER_LIMIT, message)
            .at(at)
            .help("Is `each` a node too high up in the document?")
    }
}

/// The engine with the tables it fills.
pub(super) struct Filling<'a, 'e> {
    pub(super) engine: &'a mut Engine<'e>,
    pub(super) sinks: &'a mut Sinks,
}

impl Nodes for Filling<'_, '_> {
    fn spaces(&self) -> bool {
        self.engine.spaces
    }

    fn open_document(&mut self) {
        self.engine.open_document();
    }

    fn open_root(&mut self, index: Option<u64>) -> Want {
        self.engine.open_root(index)
    }

    fn close_root(&mut self, leaf: &Leaf<'_>) -> Result<()> {
        self.engine.close_root(leaf, self.sinks)
    }

    fn open(&mut self, name: Name<'_>, attributes: &[Attribute], index: Option<u64>) -> Want {
        self.engine.open(name, attributes, index)
    }

    fn close(&mut self, leaf: &Leaf<'_>) -> Result<()> {
        self.engine.close(leaf, self.sinks)
    }

    fn close_document(&mut self) -> Result<()> {
        self.engine.close_document(self.sinks)
    }

    fn refuse(&mut self, one: &Refusal) -> Result<()> {
        self.engine.refuse(one, self.sinks)
    }
}

/// Starts the columns of a node above the row's.
fn start_sides(
    each: &mut Each,
    depth: usize,
    document: bool,
    nodes: &mut i64,
    attributes: &[Attribute],
    listed: bool,
) -> Want {
    let mut want = Want::default();
    for side in each.sides.iter_mut().filter(|s| s.depth == depth && s.document == document) {
        *nodes += 1;
        want |= side.run.start(&side.scope, *nodes, attributes, listed);
    }
    want
}

fn start_row(
    each: &mut Each,
    meter: &mut Meter<'_>,
    open: &mut Option<i64>,
    attributes: &[Attribute],
    listed: bool,
) -> Want {
    each.rows += 1;
    each.id = meter.next();
    *open = Some(each.id);
    each.run.start(&each.row, each.id, attributes, listed)
}

/// One step of the repeating node's path is matched.
fn descend(each: &mut Each, tree: Tree, name: Name<'_>, index: Option<u64>) {
    each.lengths.push(each.pos.len());
    each.matched += 1;
    let level = each.matched - 1;
    if let Some(below) = each.siblings.get_mut(level + 1..) {
        below.fill(0);
    }
    let nth = each.siblings.get_mut(level).map_or(1, |n| {
        *n += 1;
        *n
    });
    each.pos.push('/');
    match tree {
        Tree::Json => {
            each.pos.push_str(&name.local.replace('~', "~0").replace('/', "~1"));
            if let Some(index) = index {
                each.pos.push_str(&format!("/{index}"));
            }
        }
        Tree::Xml => {
            each.pos.push_str(name.local);
            if nth > 1 || each.matched == each.steps.len() {
                each.pos.push_str(&format!("[{nth}]"));
            }
        }
    }
}

fn ascend(each: &mut Each) {
    each.matched -= 1;
    let length = each.lengths.pop().unwrap_or(0);
    each.pos.truncate(length);
}

/// Writes cells and kinds of one scope.
fn cells(
    sink: &mut RowBuffer,
    first: usize,
    run: &Run,
    scope: &super::run::Scope,
    found: &mut [bool],
) -> Result<()> {
    let mut kinds = vec![b' '; found.len()];
    run.each(scope, |column, value| {
        let kind = match value {
            Found::Nothing => return Ok(()),
            Found::Empty => b' ',
            Found::Several => b'm',
            Found::One(kind, text) => {
                sink.text(first + column, text);
                kind
            }
            Found::Object(json) => {
                sink.text(first + column, &json);
                b'o'
            }
        };
        if let (Some(slot), Some(seen)) = (kinds.get_mut(column), found.get_mut(column)) {
            (*slot, *seen) = (kind, true);
        }
        Ok(())
    })?;
    let kind_column = if first == 2 { 1 } else { at::KIND };
    sink.text(kind_column, std::str::from_utf8(&kinds).unwrap_or_default());
    Ok(())
}

/// A value of the whole document must be one.
fn once(side: &Side, columns: &[crate::source::PathColumn], file: &str) -> Result<()> {
    side.run.each(&side.scope, |column, value| {
        if !matches!(value, Found::Several) {
            return Ok(());
        }
        let path = columns.get(column).map_or("", |c| c.path.as_str());
        let message = format!("\"{path}\" stands for one value of the document, but there are several");
        Diagnostic::error(Code::PATH_TWICE, message)
            .at(Location { path: Some(path.to_owned()), ..Location::file(file) })
            .help("Add a condition such as `[1]` or `[Name=value]`, or make it a source of its own with `each`.")
            .alone()
    })
}
