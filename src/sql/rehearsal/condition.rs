//! What a reader asks for: conditions on columns and an order, as SQL.

use crate::sql::{ident, literal};

/// How the values of a column are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// As texts.
    Text,
    /// As numbers.
    Number,
    /// As moments.
    Time,
    /// As `true` and `false` in any letter case.
    Flag,
}

impl Sort {
    fn of(self, text: &str) -> String {
        match self {
            Sort::Text => text.to_owned(),
            Sort::Number => format!("TRY_CAST({text} AS DECIMAL(38,10))"),
            Sort::Time => format!("TRY_CAST({text} AS TIMESTAMP)"),
            Sort::Flag => format!("lower({text})"),
        }
    }
}

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal to one of the values.
    In,
    /// Not equal.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// The text holds the value.
    Contains,
    /// The text begins with it.
    StartsWith,
    /// The text ends with it.
    EndsWith,
    /// No value.
    IsNull,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Of one column.
    Is {
        /// Its name.
        column: String,
        /// How it is compared.
        sort: Sort,
        /// With what operator.
        op: Op,
        /// The values: one, or those of [`Op::In`].
        values: Vec<String>,
    },
}

impl Condition {
    /// As SQL: true or false, never NULL.
    pub fn sql(&self) -> String {
        let join = |list: &[Condition], word: &str| {
            let parts: Vec<String> = list.iter().map(Condition::sql).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Condition::All(list) => join(list, " AND "),
            Condition::Any(list) => join(list, " OR "),
            Condition::Not(inner) => format!("(NOT {})", inner.sql()),
            Condition::Is { column, sort, op, values } => is(column, *sort, *op, values),
        }
    }
}

fn is(column: &str, sort: Sort, op: Op, values: &[String]) -> String {
    let raw = format!("CAST({} AS VARCHAR)", ident(column));
    let left = sort.of(&raw);
    let values: Vec<String> = values.iter().map(|v| sort.of(&literal(v))).collect();
    let right = values.join(", ");
    let test = match op {
        Op::In => format!("{left} IN ({right})"),
        Op::NotEqual => return format!("({left} IS DISTINCT FROM {right})"),
        Op::Less => format!("{left} < {right}"),
        Op::AtMost => format!("{left} <= {right}"),
        Op::Greater => format!("{left} > {right}"),
        Op::AtLeast => format!("{left} >= {right}"),
        Op::Contains => format!("contains({raw}, {right})"),
        Op::StartsWith => format!("starts_with({raw}, {right})"),
        Op::EndsWith => format!("ends_with({raw}, {right})"),
        Op::IsNull => return format!("({raw} IS NULL)"),
    };
    format!("coalesce({test}, false)")
}

/// A column that an order goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub column: String,
    /// How it is compared.
    pub sort: Sort,
    /// From high to low.
    pub descending: bool,
}

impl Order {
    /// As SQL.
    pub fn sql(&self) -> String {
        let by = self.sort.of(&format!("CAST({} AS VARCHAR)", ident(&self.column)));
        format!("{by} {}", if self.descending { "DESC" } else { "ASC" })
    }
}
