//! One scalar SQL expression, fully parenthesised, built only by the constructors here.

use super::{NUMBER, ident, literal};
use std::fmt;

/// A scalar SQL expression. `Display` gives its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expr(pub(super) String);

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Expr {
    /// SQL text put together elsewhere in this module.
    pub(super) fn raw(text: String) -> Self {
        Self(text)
    }

    /// Bytes of its text.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Whether it names something, as written in SQL.
    pub fn names(&self, what: &str) -> bool {
        self.0.contains(what)
    }

    /// A column of the relation at hand.
    pub fn col(name: &str) -> Self {
        Self(ident(name))
    }

    /// A column of a table alias.
    pub fn of(alias: &str, name: &str) -> Self {
        Self(format!("{}.{}", ident(alias), ident(name)))
    }

    /// A VARCHAR literal.
    pub fn text(value: &str) -> Self {
        Self(literal(value))
    }

    /// A BIGINT literal.
    pub fn int(value: i64) -> Self {
        Self(format!("({value})"))
    }

    /// A number of the language from its decimal digits.
    pub fn number(digits: &str) -> Self {
        Self::text(digits).cast(NUMBER)
    }

    /// A DATE literal from `2026-10-02`.
    pub fn date(iso: &str) -> Self {
        Self(format!("DATE {}", literal(iso)))
    }

    /// A BOOLEAN literal.
    pub fn flag(value: bool) -> Self {
        Self(if value { "TRUE" } else { "FALSE" }.to_owned())
    }

    /// A NULL of a type: an untyped NULL panics in duckdb-rs.
    pub fn null(sql_type: &str) -> Self {
        Self(format!("CAST(NULL AS {sql_type})"))
    }

    /// A list literal.
    pub fn list(items: impl IntoIterator<Item = Expr>) -> Self {
        let items: Vec<String> = items.into_iter().map(|i| i.0).collect();
        Self(format!("[{}]", items.join(", ")))
    }

    /// A function call.
    pub fn call(function: &str, arguments: impl IntoIterator<Item = Expr>) -> Self {
        let arguments: Vec<String> = arguments.into_iter().map(|a| a.0).collect();
        Self(format!("{function}({})", arguments.join(", ")))
    }

    /// An infix operator.
    pub fn op(self, operator: &str, right: Expr) -> Self {
        Self(format!("({} {operator} {})", self.0, right.0))
    }

    /// `self = right`.
    pub fn eq(self, right: Expr) -> Self {
        self.op("=", right)
    }

    /// `NOT self`.
    pub fn negate(self) -> Self {
        Self(format!("(NOT {})", self.0))
    }

    /// `self IS NULL`.
    pub fn is_null(self) -> Self {
        Self(format!("({} IS NULL)", self.0))
    }

    /// `self IS NOT NULL`.
    pub fn is_not_null(self) -> Self {
        Self(format!("({} IS NOT NULL)", self.0))
    }

    /// `CAST(self AS type)`.
    pub fn cast(self, sql_type: &str) -> Self {
        Self(format!("CAST({} AS {sql_type})", self.0))
    }

    /// `TRY_CAST(self AS type)`: NULL where it fails.
    pub fn try_cast(self, sql_type: &str) -> Self {
        Self(format!("TRY_CAST({} AS {sql_type})", self.0))
    }

    /// `TRY(self)`: NULL where it raises. Not around aggregates or volatile functions.
    pub fn attempt(self) -> Self {
        Self(format!("TRY({})", self.0))
    }

    /// `coalesce(self, other)`.
    pub fn or_else(self, other: Expr) -> Self {
        Self::call("coalesce", [self, other])
    }

    /// `CASE WHEN … THEN … ELSE … END`; just `otherwise` without branches.
    pub fn case(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Expr) -> Self {
        let mut text = String::new();
        for (condition, value) in branches {
            text.push_str(&format!(" WHEN {} THEN {}", condition.0, value.0));
        }
        if text.is_empty() { otherwise } else { Self(format!("(CASE{text} ELSE {} END)", otherwise.0)) }
    }

    /// All of them; TRUE for none.
    pub fn all(parts: impl IntoIterator<Item = Expr>) -> Self {
        Self::joined(parts, " AND ", "TRUE")
    }

    /// Any of them; FALSE for none.
    pub fn any(parts: impl IntoIterator<Item = Expr>) -> Self {
        Self::joined(parts, " OR ", "FALSE")
    }

    /// An aggregate over ordered rows with a filter: `function(args ORDER BY order) FILTER (WHERE filter)`.
    pub fn aggregate(
        function: &str,
        arguments: impl IntoIterator<Item = Expr>,
        order: Option<Expr>,
        filter: Option<Expr>,
    ) -> Self {
        let arguments: Vec<String> = arguments.into_iter().map(|a| a.0).collect();
        let order = order.map_or(String::new(), |o| format!(" ORDER BY {}", o.0));
        let filter = filter.map_or(String::new(), |c| format!(" FILTER (WHERE {})", c.0));
        Self(format!("{function}({}{order}){filter}", arguments.join(", ")))
    }

    /// A field of a STRUCT.
    pub fn member(self, name: &str) -> Self {
        Self(format!("({}).{}", self.0, ident(name)))
    }

    /// `struct_pack(name := value, …)`.
    pub fn pack(members: impl IntoIterator<Item = (String, Expr)>) -> Self {
        let members: Vec<String> =
            members.into_iter().map(|(n, e)| format!("{} := {}", ident(&n), e.0)).collect();
        Self(format!("struct_pack({})", members.join(", ")))
    }

    fn joined(parts: impl IntoIterator<Item = Expr>, with: &str, none: &str) -> Self {
        let parts: Vec<String> = parts.into_iter().map(|p| p.0).collect();
        match parts.as_slice() {
            [] => Self(none.to_owned()),
            [one] => Self(one.clone()),
            _ => Self(format!("({})", parts.join(with))),
        }
    }
}
