//! What `hold`, `release`, `retry` and `resolve` share.

use super::output::Output;
use crate::job::{Decide, Named};
use crate::report::escape;

/// What it is about.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct About {
    /// Record of the mapping; all of them when left out.
    record: Option<String>,
    /// Keys; all of the record when left out.
    keys: Vec<String>,
}

impl About {
    pub(super) fn decide<'a>(&'a self, command: &'a str) -> Decide<'a> {
        Decide { record: self.record.as_deref(), keys: &self.keys, command }
    }
}

/// A line for each of them, the first twenty.
pub(super) fn list(all: &[Named], output: &Output) {
    for (record, key) in all.iter().take(20) {
        output.line(&format!("  {record} {}", escape::key(key)));
    }
    if all.len() > 20 {
        output.line(&format!("  … and {} more", all.len() - 20));
    }
}

/// `1 record`, `7 records`.
pub(super) fn records(n: usize) -> String {
    if n == 1 { "1 record".to_owned() } else { format!("{n} records") }
}
