//! Expressions: Rhai's grammar, parsed by Rhai, typed by us, run as SQL.
//!
//! [`compile()`] takes the text of one expression (without the leading `=`) and a [`Scope`] that answers for columns,
//! lets and properties, and gives [`Compiled`]: a SQL value, the points where a row can fail, the aggregates it
//! needs, and the functions that have no SQL and run in Rhai's engine under the same rules (rules 2).
//! Knows neither mapping nor platform: what a name means is the scope's business.
//!
//! text → Rhai's tree (`sandbox`) → our typed tree (`check`, `tree`) → aggregates split off (`group`) → SQL (`lower`),
//! or for what has no SQL a script of calls to our own operators (`fallback`).

mod check;
pub mod compile;
pub mod compiled;
mod fallback;
pub mod functions;
mod group;
mod habits;
mod lower;
pub mod number;
mod place;
mod sandbox;
pub mod scope;
#[cfg(test)]
mod tests;
mod tree;
pub mod value;
mod vectors;
mod zones;

pub use compile::{compile, compile_for_fallback, is_name};
pub use compiled::{Aggregate, Aggregation, Compiled, Fail, Lowered, Mistake, Type};
pub use fallback::Runner;
pub use functions::regex::check as regex_groups;
pub use functions::regex::pattern as regex_pattern;
pub use habits::function as spreadsheet_advice;
pub use scope::{ColumnArg, Grouping, Reader, Refusal, Scope};
pub use zones::{names as zone_names, zone};

use crate::db::Db;
use crate::diagnostic::Result;

/// Why a row fails whose number has too many digits.
pub const TOO_LARGE: &str = "number too large: at most 18 digits before the point";
/// Why a row fails that divides by zero.
pub const BY_ZERO: &str = "division by zero";
/// Why a group fails whose rows differ where they must agree.
pub const DIFFERS: &str = "differs between the rows of the group; put it into an aggregate such as first(…)";

/// Makes what every expression may use known to a database: exact division.
///
/// # Errors
/// E901 when DuckDB refuses.
pub fn install(db: &Db) -> Result<()> {
    vectors::install(db)
}

/// Makes the functions of one expression that run in Rhai's engine known to a database. Nothing to do for most.
///
/// # Errors
/// E901 when DuckDB refuses.
pub fn register(db: &Db, compiled: &Compiled) -> Result<()> {
    register_runners(db, &compiled.functions)
}

/// As [`register`], for the functions of many expressions.
///
/// # Errors
/// E901 when DuckDB refuses.
pub fn register_runners(db: &Db, runners: &[std::sync::Arc<Runner>]) -> Result<()> {
    runners.iter().try_for_each(|f| vectors::register(db, f))
}
