//! Expressions: Rhai's grammar, parsed by Rhai, typed by us, run as SQL.
//!
//! [`compile`] takes the text of one expression (without the leading `=`) and a [`Scope`] that answers for columns,
//! lets and properties, and gives [`Compiled`]: a SQL value, the points where a row can fail, the aggregates it
//! needs, and the functions that have no SQL and run in Rhai's engine under the same rules (rules 2).
//! Knows neither mapping nor platform: what a name means is the scope's business.

pub mod compiled;
pub mod scope;

pub use compiled::{Aggregate, Aggregation, Compiled, Fail, Lowered, Mistake, Type};
pub use scope::{ColumnArg, Grouping, Reader, Refusal, Scope};
