//! Exports from an ERP in, reviewed changes to a platform out. See `ARCHITECTURE.md` for the stages.

pub mod cli;
pub mod db;
pub mod deliver;
pub mod diagnostic;
pub mod diff;
pub mod env;
pub mod expr;
pub mod job;
pub mod mapping;
pub mod notify;
pub mod plan;
pub mod platform;
pub mod rehearsal;
pub mod report;
pub mod source;
pub mod spec;
pub mod sql;
pub mod state;
pub mod suggest;
pub mod transform;
