//! What an expression may refer to: asked of the caller, who knows sources and records.

use super::compiled::Lowered;

/// The four readers of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    /// `text("…")`.
    Text,
    /// `num("…")`.
    Num,
    /// `date("…")`.
    Date,
    /// `flag("…")`.
    Flag,
}

/// A column by name (or path) or by position from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ColumnArg {
    /// By its header or path.
    Name(String),
    /// By its position from 1.
    Position(usize),
}

/// Why a scope does not know something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, naming it.
    pub message: String,
    /// Advice, such as a "did you mean".
    pub help: Option<String>,
}

/// Whether aggregates make sense, and over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One row at a time: an aggregate is a mistake.
    Rows,
    /// A group of rows (`group_by`, a check on a source): aggregates are over the rows, and each maximal part
    /// outside an aggregate that reads a row, and is empty where something it reads is, becomes an
    /// [`Aggregation::Agree`](super::Aggregation::Agree). (What is not, such as `==`, `if`, `??`, is split into its
    /// parts: empties do not differ, but `text("Art") == "GU"` of an empty does.)
    Group,
    /// One record with children (a check on a record): aggregates are over a child's rows, named by
    /// [`Scope::child`]; properties outside an aggregate are the record's own and need no agreement.
    Record,
}

/// What an expression may refer to.
pub trait Scope {
    /// Whether aggregates make sense here.
    fn grouping(&self) -> Grouping;

    /// A cell read by one of the four readers: `text("Name")`, `num(3)`.
    ///
    /// # Errors
    /// No such column, or no source to read from.
    fn read(&self, reader: Reader, column: &ColumnArg) -> Result<Lowered, Refusal>;

    /// A bare name: a `let` of the source.
    ///
    /// # Errors
    /// No such let.
    fn name(&self, name: &str) -> Result<Lowered, Refusal>;

    /// A property: `out.x`, `parent.x`, `env.x`, `run.date`, `row.file`, `row.sheet`, `row.node`, `row.number`,
    /// or a field of a child's row inside an aggregate (`line.totalAmount`).
    ///
    /// # Errors
    /// No such object or property.
    fn property(&self, object: &str, property: &str) -> Result<Lowered, Refusal>;

    /// `total("…")`: the number in the row that stopped the reading of this part.
    ///
    /// # Errors
    /// Not in a check on a source with a totals row.
    fn total(&self, column: &ColumnArg) -> Result<Lowered, Refusal>;

    /// Whether `object` names a child record whose rows an aggregate may run over.
    fn child(&self, object: &str) -> bool;

    /// Whether this property of `object` varies from row to row (so it must agree in a group); `env` and `run` do not.
    fn varies(&self, object: &str) -> bool {
        !matches!(object, "env" | "run")
    }
}
