//! The only place where SQL text is put together: quoting, expressions, relations, and the queries of each stage.
//!
//! Values reach a statement as quoted literals made here, names as quoted identifiers made here; nothing outside
//! this module holds a keyword. Knows no domain object: the stages hand in names and [`Expr`]s.

pub mod case;
pub mod causes;
pub mod check;
pub mod coverage;
pub mod decisions;
pub mod deliver;
pub mod diff;
pub mod export;
mod expr;
pub mod findings;
mod functions;
pub mod history;
pub mod ledger;
pub mod lookup;
pub mod map;
pub mod plan;
pub mod preview;
pub mod query;
pub mod raw;
pub mod read;
pub mod refuse;
pub mod rehearsal;
pub mod report;
pub mod rewritten;
pub mod state;
pub mod steps;
pub mod trace;
pub mod unpivot;
pub mod valid;
pub mod workbook;
pub mod zones;

pub use expr::Expr;

/// The number type of the expression language (rules 2).
pub const NUMBER: &str = "DECIMAL(28,10)";

/// `name` as a quoted identifier.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a quoted string literal. A NUL byte cannot stand in SQL text and is left out.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

/// A table in a schema of the work database, or in an attached one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table {
    /// Schema, such as `raw`, or `state.main` when attached.
    pub schema: String,
    /// Name, such as `items`.
    pub name: String,
}

impl Table {
    /// The table `schema.name`.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for part in self.schema.split('.') {
            write!(f, "{}.", ident(part))?;
        }
        f.write_str(&ident(&self.name))
    }
}
