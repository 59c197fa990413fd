//! From the mapping's text to a [`Mapping`]: names resolved, types checked, expressions compiled to SQL. Every mistake
//! is found here, all at once, each with its place; nothing is read or run.
//!
//! SQL aliases used in the expressions: `s` a row of the source (`src.<source>`), `p` the parent's record
//! (`mapped.<parent>`), `g` the aggregated group, `r` and `c` a record and its child's row (checks), `o` a stored record
//! (`covers`), `t` the totals row.

mod build;
mod check;
mod columns;
mod expressions;
mod lookup;
mod order;
mod record;
mod scope;
mod span;
mod typed;
mod value;

pub use build::{Heads, build};
pub use columns::Columns;

use crate::expr::{Aggregate, Fail, Lowered};
use crate::source::Request;
use crate::spec::mapping::{Else, GuardSpec, Matching, Missing, SameKey, TestSpec};
pub use expressions::ExpressionPlan;

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
    /// Limits of the guards.
    pub guard: GuardSpec,
    /// The mapping's own tests.
    pub tests: Vec<TestSpec>,
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
    /// Readings of cells as columns of the view, in two layers: text and kind, then what is read from them.
    pub derived: [Vec<(String, Expr)>; 2],
}

/// A lookup with rows: `lookup.<name>(k VARCHAR, g VARCHAR)`.
#[derive(Clone, Debug)]
pub struct LookupPlan {
    /// Name.
    pub name: String,
    /// Rows in the mapping, or …
    pub table: Vec<(String, String)>,
    /// … the source they come from with key and given text over `s`.
    pub source: Option<(String, Expr, Expr)>,
    /// How a key is found.
    pub matching: Matching,
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
    /// What a removal does.
    pub missing: Missing,
    /// BOOLEAN over `o` and `s`: whether this export would hold the stored record.
    pub covers: Option<Covers>,
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
    /// A length that is not sure: longer texts are counted and noted.
    pub unsure_length: Option<u32>,
    /// Source columns it comes from, or a constant's text.
    pub from: Vec<String>,
    /// Why it does not run as SQL.
    pub fallback: Option<String>,
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
}

/// What a check is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOn {
    /// All rows of a source, part by part.
    Source(String),
    /// Each record.
    Record(String),
}

impl Mapping {
    /// A record by name.
    pub fn record(&self, name: &str) -> Option<&RecordPlan> {
        self.records.iter().find(|r| r.name == name)
    }

    /// A source by name.
    pub fn source(&self, name: &str) -> Option<&SourcePlan> {
        self.sources.iter().find(|s| s.name == name)
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
