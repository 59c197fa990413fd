//! From the mapping's text to a [`Mapping`]: names resolved, types checked, expressions compiled to SQL. Every mistake
//! is found here, all at once, each with its place; nothing is read or run.
//!
//! SQL aliases used in the expressions: `s` a row of the source (`src.<source>`), `p` the parent's record
//! (`mapped.<parent>`), `g` the aggregated group, `r` and `c` a record and its child's row (checks), `o` a stored record
//! (`covers`), `t` the totals row.

mod build;
pub mod case;
mod check;
mod columns;
mod constant;
mod expressions;
mod field_check;
mod fit;
mod heads;
mod lets;
mod lookup;
mod order;
mod query;
mod record;
mod rules;
mod scope;
mod span;
mod trim;
mod typed;
mod unpivot;
mod value;
mod view;

pub use build::build;
pub use case::CasePlan;
pub use columns::{Columns, Locked, Paths};
pub use expressions::ExpressionPlan;
pub use heads::Heads;
pub use lookup::source_name as lookup_file;
pub use query::{QueryInput, QueryPlan, QueryReading};
pub use span::inside;
pub use typed::LAYERS;
pub use unpivot::{Unpivot, columns as unpivoted_columns};

use crate::diagnostic::{Code, Location};
use crate::expr::{Aggregate, Fail, Lowered};
use crate::source::Request;
use crate::spec::mapping::{Compare, Else, GuardSpec, Matching, Missing, SameKey};
use crate::spec::platform::{FieldType, Platform};
use crate::sql::Expr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A mapping ready to run.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// The platform.
    pub platform: Arc<Platform>,
    /// Sources in the order they are read, lookup files among them.
    pub sources: Vec<SourcePlan>,
    /// Lookups that are tables.
    pub lookups: Vec<LookupPlan>,
    /// Records, parents before children.
    pub records: Vec<RecordPlan>,
    /// Checks.
    pub checks: Vec<CheckPlan>,
    /// Checks of the validation vocabulary, one a field.
    pub field_checks: Vec<FieldCheck>,
    /// Limits of the guards.
    pub guard: GuardSpec,
    /// Parts are worlds of their own, in which keys and groups meet no others: the cases of a test run.
    pub apart: bool,
    /// The mapping's own tests.
    pub tests: Vec<CasePlan>,
    /// Print of the rules without the contents of lookup files.
    pub rules: String,
    /// Functions that run in Rhai's engine, to be registered before the SQL runs.
    pub functions: Vec<Arc<crate::expr::Runner>>,
    /// Vars used in expressions, with their values.
    pub vars: BTreeMap<String, String>,
    /// Its expressions and how each runs.
    pub expressions: Vec<ExpressionPlan>,
}

/// A source to read and how its rows are seen.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Name: `raw.<name>`, `src.<name>`.
    pub name: String,
    /// What to ask of the reader.
    pub request: Request,
    /// Column names; `c<n>` is entry n − 1.
    pub columns: Vec<String>,
    /// Columns the mapping uses, as indexes into `columns`.
    pub used: Vec<usize>,
    /// Paths that may be missing from a whole file.
    pub optional: Vec<String>,
    /// Two files with one key.
    pub same_key: SameKey,
    /// BOOLEAN over `s`: the first row it holds for stops its part.
    pub stop_when: Option<Lowered>,
    /// Whether the stopping row holds totals.
    pub totals_row: bool,
    /// Whether records are made from it (else only lookups).
    pub for_records: bool,
    /// Texts that count as empty.
    pub nulls: Vec<String>,
    /// Columns that become rows: `columns` are those afterwards.
    pub unpivot: Option<Unpivot>,
    /// With `unpivot` and `totals_row`: the number in a cell of the totals row, over `u`.
    pub totals: Option<Lowered>,
    /// The statement its rows come from.
    pub query: Option<QueryPlan>,
    /// Readings of cells as columns of the view, in layers: text and kind, then what is read from them, then what is looked up.
    pub derived: [Vec<(String, Expr)>; typed::LAYERS],
}

/// A lookup with rows: `lookup.<name>` (`sql::lookup`).
#[derive(Clone, Debug)]
pub struct LookupPlan {
    /// Name.
    pub name: String,
    /// Rows in the mapping, or …
    pub table: Vec<(String, String)>,
    /// … the source they come from.
    pub rows: Option<LookupRows>,
    /// How a key is found. `on-or-before` compares the last keys as dates when all of them are dates (ISO, or by the
    /// lookup's `dates`), as numbers when all are numbers (by its `locale`), else as texts by bytes.
    pub matching: Matching,
    /// Number of key columns.
    pub keys: usize,
    /// The last key (`sql::lookup::last_key`) as a date and as a number.
    pub read: (Expr, Expr),
}

/// The rows of a lookup that are a source's.
#[derive(Clone, Debug)]
pub struct LookupRows {
    /// The source.
    pub source: String,
    /// Keys over `s`.
    pub keys: Vec<Expr>,
    /// Given text over `s`.
    pub give: Expr,
    /// The columns with the places that name them.
    pub columns: Vec<(String, Location)>,
}

/// How a child finds its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// No parent.
    None,
    /// The parent is made from the same row, or from the group the row is in.
    SameRow {
        /// Parent record.
        parent: String,
    },
    /// The parent is made from the enclosing node's row.
    Within {
        /// Parent record.
        parent: String,
    },
    /// The child's reference field holds the parent's key.
    Key {
        /// Parent record.
        parent: String,
        /// The child's field.
        field: String,
    },
}

impl Link {
    /// The parent record.
    pub fn parent(&self) -> Option<&str> {
        match self {
            Link::None => None,
            Link::SameRow { parent } | Link::Within { parent } | Link::Key { parent, .. } => Some(parent),
        }
    }
}

/// A record to make.
#[derive(Clone, Debug)]
pub struct RecordPlan {
    /// Name: `mapped.<name>`.
    pub name: String,
    /// Model of the platform.
    pub model: String,
    /// Source.
    pub source: String,
    /// BOOLEAN over `s`, with its failures; `None`: every row.
    pub filter: Option<Lowered>,
    /// Group keys over `s`; empty: one row, one record.
    pub group: Vec<Lowered>,
    /// Aggregates needed by the fields, over `s`; their columns are then in `g`.
    pub aggregates: Vec<Aggregate>,
    /// How it finds its parent.
    pub link: Link,
    /// Fields in the platform's order, key fields among them.
    pub fields: Vec<FieldPlan>,
    /// Key fields, in the platform's order.
    pub key: Vec<String>,
    /// How its records are told apart and sent.
    pub set: Set,
    /// What a removal does.
    pub missing: Missing,
    /// BOOLEAN over `o` and `s`: whether this export would hold the stored record.
    pub covers: Option<Covers>,
}

/// How the records of a type are told apart, and which of them are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// There is exactly one record.
    pub single: bool,
    /// Told apart by what they hold, and by number where that is the same.
    pub by_content: bool,
    /// Sent complete each time: what is left out is gone there.
    pub whole: bool,
}

/// `covers`: the condition and the columns of `s` it reads.
#[derive(Clone, Debug)]
pub struct Covers {
    /// BOOLEAN.
    pub holds: Expr,
    /// Columns of `src.<source>` it depends on.
    pub columns: Vec<String>,
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    /// Wire name.
    pub name: String,
    /// Platform type.
    pub ty: FieldType,
    /// Value of the platform's SQL type, over `s` and `p`, or `g`.
    pub value: Expr,
    /// The ways in which it can fail.
    pub fails: Vec<Fail>,
    /// `on_empty = "leave"`: an empty one is not sent and not compared.
    pub leave: bool,
    /// Not compared.
    pub ignore: bool,
    /// What else is taken for the last accepted value.
    pub compare: Option<Compare>,
    /// A length that is not sure: longer texts are counted and noted.
    pub unsure_length: Option<u32>,
    /// Source columns it comes from, or a constant's text.
    pub from: Vec<String>,
    /// SQL name of the source's column, where it comes from just one.
    pub column: Option<String>,
    /// Why it does not run as SQL.
    pub fallback: Option<String>,
    /// Where a miss of its lookup is not refused: BOOLEAN over `s`, whether a row's value misses it, and that value.
    pub misses: Option<(Expr, Expr)>,
}

/// A compiled check.
#[derive(Clone, Debug)]
pub struct CheckPlan {
    /// Name.
    pub name: String,
    /// What it is on.
    pub on: CheckOn,
    /// BOOLEAN that must hold, over `g` (source) or `r` (record) and the aggregates' columns.
    pub assert: Lowered,
    /// Aggregates it needs.
    pub aggregates: Vec<Aggregate>,
    /// What happens when it does not.
    pub otherwise: Else,
    /// The assertion as written.
    pub text: String,
    /// The texts whose values divide what it is over, over `s` or `r`; `None`: not divided.
    pub by: Option<Vec<Lowered>>,
}

/// A check of the validation vocabulary, over one field (`unique`: over several together).
#[derive(Clone, Debug)]
pub struct FieldCheck {
    /// Name.
    pub name: String,
    /// Record.
    pub record: String,
    /// The fields' names, joined.
    pub field: String,
    /// The value as text, over `r`.
    pub value: Expr,
    /// The one column it comes from.
    pub column: Option<String>,
    /// Its code.
    pub code: Code,
    /// What is wrong.
    pub test: FieldWrong,
    /// What happens then.
    pub otherwise: Else,
}

/// When a field's value is wrong.
#[derive(Clone, Debug)]
pub enum FieldWrong {
    /// BOOLEAN over `r`, and why.
    When(Expr, String),
    /// The value stands in two of these records (name, source, value over `r`).
    Twice(Vec<(String, String, Expr)>),
}

/// What a check is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOn {
    /// All rows of a source, part by part.
    Source(String),
    /// Each record.
    Record(String),
}

/// A record by name.
fn record_of<'a>(records: &'a [RecordPlan], name: &str) -> Option<&'a RecordPlan> {
    records.iter().find(|r| r.name == name)
}

impl Mapping {
    /// A record by name.
    pub fn record(&self, name: &str) -> Option<&RecordPlan> {
        record_of(&self.records, name)
    }

    /// A source by name.
    pub fn source(&self, name: &str) -> Option<&SourcePlan> {
        self.sources.iter().find(|s| s.name == name)
    }

    /// The sources that the statement of a source reads, those they are made from among them.
    pub fn read_by(&self, source: &str) -> Vec<&str> {
        let inputs = |name: &str| {
            let query = self.source(name).and_then(|s| s.query.as_ref());
            query.into_iter().flat_map(|q| q.inputs.iter().map(|i| i.source.as_str()))
        };
        let mut all: Vec<&str> = inputs(source).collect();
        let mut next = 0;
        while let Some(name) = all.get(next).copied() {
            let more: Vec<&str> = inputs(name).filter(|n| !all.contains(n)).collect();
            all.extend(more);
            next += 1;
        }
        all
    }

    /// The models written, each once, in the order of their first record.
    pub fn models(&self) -> Vec<&str> {
        let mut models: Vec<&str> = Vec::new();
        for r in &self.records {
            if !models.contains(&r.model.as_str()) {
                models.push(&r.model);
            }
        }
        models
    }

    /// The records of a model.
    pub fn records_of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a RecordPlan> {
        self.records.iter().filter(move |r| r.model == model)
    }
}
