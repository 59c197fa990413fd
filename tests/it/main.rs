//! The whole program from outside: the built binary in a workspace of its own, and what the practice platform holds
//! afterwards. One binary, so that DuckDB is linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::exit
)]

mod acme;
mod archive;
mod cli;
mod codes;
mod generated;
mod house;
mod killed;
mod locking;
mod malformed;
mod plan_bytes;
mod real_mappings;
mod regression;
mod stale;
mod store;
mod workspace;
