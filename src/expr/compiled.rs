//! What compiling an expression gives.

use super::fallback::Runner;
use crate::diagnostic::Code;
use crate::sql::Expr;
use std::ops::Range;
use std::sync::Arc;

/// The types of the language. Empty belongs to each of them; `Empty` alone is the type of `()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// VARCHAR; empty is NULL, never `''`.
    Text,
    /// DECIMAL(28,10).
    Number,
    /// DATE.
    Date,
    /// TIMESTAMP.
    DateTime,
    /// BOOLEAN.
    Flag,
    /// Only ever empty.
    Empty,
}

impl Type {
    /// The SQL type its values have.
    pub fn sql(self) -> &'static str {
        match self {
            Type::Text | Type::Empty => "VARCHAR",
            Type::Number => crate::sql::NUMBER,
            Type::Date => "DATE",
            Type::DateTime => "TIMESTAMP",
            Type::Flag => "BOOLEAN",
        }
    }

    /// What an analyst calls it.
    pub fn word(self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Number => "a number",
            Type::Date => "a date",
            Type::DateTime => "a date with time",
            Type::Flag => "yes/no",
            Type::Empty => "empty",
        }
    }
}

/// One way in which a row can fail: the row is rejected when `when` is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    /// BOOLEAN, never NULL.
    pub when: Expr,
    /// The reject's code (E3xx).
    pub code: Code,
    /// VARCHAR: why, as a phrase such as `is not a number`.
    pub reason: Expr,
    /// VARCHAR: the offending value, where there is one.
    pub value: Option<Expr>,
    /// SQL name of the raw column (such as `c7`) whose cell is to be named, where it is one cell's fault.
    pub column: Option<String>,
}

impl Fail {
    /// The same failure, but only where `guard` (BOOLEAN, NULL counts as false) holds.
    #[must_use]
    pub fn only_if(mut self, guard: &Expr) -> Self {
        self.when = Expr::all([guard.clone().or_else(Expr::flag(false)), self.when]);
        self
    }
}

/// A typed SQL value with its failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// Its type.
    pub ty: Type,
    /// SQL of that type; NULL is empty (and also stands where it failed).
    pub value: Expr,
    /// The ways in which it can fail.
    pub fails: Vec<Fail>,
}

impl Lowered {
    /// A value that cannot fail.
    pub fn sure(ty: Type, value: Expr) -> Self {
        Self { ty, value, fails: Vec::new() }
    }
}

/// What an [`Aggregate`] does with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Not an aggregate in the text: stands outside one, so all rows of the group must agree (empties aside).
    Agree,
    /// `sum(x)`; empty for no non-empty value.
    Sum,
    /// `count()` of rows, or `count(x)` of non-empties.
    Count,
    /// `min(x)`.
    Min,
    /// `max(x)`.
    Max,
    /// `first(x)`: first non-empty in file order.
    First,
    /// `last(x)`.
    Last,
    /// `list(sep, x)`: the non-empties joined, in file order.
    List(String),
    /// `distinct(x)`: how many different non-empty values.
    Distinct,
}

/// One aggregate an expression needs. The caller computes `argument` per row of the relation, aggregates with
/// [`Aggregate::value`] (and [`Aggregate::differs`]) into columns named `column` and `{column}!`, and evaluates
/// [`Compiled::result`] over them. A row whose argument fails rejects the whole group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Name of the column the result refers to; unique by the prefix given to `compile`.
    pub column: String,
    /// `None`: the expression's own rows. `Some(child)`: the rows of that child record.
    pub relation: Option<String>,
    /// What is done.
    pub how: Aggregation,
    /// The argument per row; `None` only for `count()`.
    pub argument: Option<Lowered>,
    /// Type of the aggregate's value.
    pub ty: Type,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The value: per row, or per group where `aggregates` is not empty.
    pub result: Lowered,
    /// What must be aggregated first.
    pub aggregates: Vec<Aggregate>,
    /// Why part of it runs in Rhai's engine, when it does (for `check -v` and `explain`).
    pub fallback: Option<String>,
    /// The functions that run in Rhai's engine; [`register`](super::register) makes them known to a database.
    pub functions: Vec<Arc<Runner>>,
}

/// A mistake in an expression, placed by byte offsets into its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The code (E25x to E29x).
    pub code: Code,
    /// Where in the expression's text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// Words under the caret.
    pub label: Option<String>,
    /// Advice.
    pub help: Option<String>,
}
