//! Exports from an ERP in, reviewed changes to a platform out. See `ARCHITECTURE.md` for the stages.

pub mod db;
pub mod diagnostic;
pub mod env;
pub mod expr;
pub mod plan;
pub mod report;
pub mod source;
pub mod spec;
pub mod sql;
