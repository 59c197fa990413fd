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
mod browser;
mod canary;
mod causes;
mod cli;
mod codes;
mod conformance;
mod corpus;
mod coverage;
mod crash;
mod damage;
mod destination;
mod docs;
mod doubt;
mod editor;
mod endpoint;
mod exports;
mod expressions;
mod generated;
mod house;
mod interrupted;
mod killed;
mod ledger;
mod lock;
mod locking;
mod loopback;
mod malformed;
mod new;
mod notify;
mod plan_bytes;
mod preview;
mod real_mappings;
mod records;
mod regression;
mod rehearsal;
mod resume;
mod review;
mod sdk;
mod secrets;
mod series;
mod server;
mod shapes;
mod shop;
mod sources;
mod stale;
mod state;
mod steps;
mod store;
mod test_command;
mod there;
mod tls;
mod transports;
mod turnup;
mod upsert;
mod workspace;
