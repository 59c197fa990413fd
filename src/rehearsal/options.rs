//! What can be set on a practice platform: everything about the real one that no public document tells.

use super::fault::FaultPlan;
pub use crate::sql::rehearsal::OnUnknown;

/// The settings; `Default` is the likeliest platform, without faults.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0: any free one.
    pub port: u16,
    /// How long an upload stays in each state before the next, in milliseconds.
    pub delay_ms: u64,
    /// How it misbehaves.
    pub fault: FaultPlan,
    /// Empties the store at the start.
    pub reset: bool,
    /// Refuses requests without credentials with 401; any value of them will do.
    pub require_auth: bool,
    /// What a reference to a record that is not there leads to.
    pub on_unknown: OnUnknown,
    /// State of an upload in which some records failed: `Success`, or `Failed`.
    pub state_on_errors: &'static str,
    /// Which spelling of a record type's `answers` is used in details, from 0.
    pub spelling: usize,
    /// Names of `[value.<name>]` lists that are answered with 501.
    pub unsupported: Vec<String>,
    /// How long a read does not show a record that was made, in milliseconds.
    pub look_up_lag_ms: u64,
    /// Name of the account.
    pub account: String,
    /// DuckDB's memory limit in MiB.
    pub memory_mib: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            delay_ms: 0,
            fault: FaultPlan::default(),
            reset: false,
            require_auth: false,
            on_unknown: OnUnknown::Error,
            state_on_errors: "Success",
            spelling: 0,
            unsupported: Vec::new(),
            look_up_lag_ms: 0,
            account: "Rehearsal".to_owned(),
            memory_mib: 512,
        }
    }
}
