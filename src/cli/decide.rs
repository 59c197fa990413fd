//! What `hold`, `release`, `retry` and `resolve` share.

use super::output::Output;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job::{self, Decide, Held, Named, Review};
use crate::report::escape;
use std::path::Path;

/// The mapping, and what of it is meant.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Undo {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    about: About,
}

impl Undo {
    /// Appends `event` for each key meant; `words` say what follows for so many records.
    pub(super) fn command(
        &self,
        event: &str,
        env: &Env,
        output: &Output,
        words: impl Fn(&str) -> String,
    ) -> Outcome {
        let context = self.target.context(env)?;
        let all = job::undo(&context, event, &self.about.decide(event))?;
        output.line(&words(&records(all.len())));
        list(&all, output);
        Ok(0)
    }
}

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

/// What is held of a plan, and what that takes along.
pub(super) fn held(mapping: &str, number: u32, held: &Held, output: &Output) {
    if held.decided.is_empty() {
        output.line(&format!("Nothing of plan {number} is held."));
        return;
    }
    output.line(&format!("`apply {mapping} {number}` will not send:"));
    list(&held.decided, output);
    if !held.units.is_empty() {
        output.line("and, as a header and its lines go together:");
        list(&held.units, output);
    }
    if !held.waiting.is_empty() {
        output.line("and, as they refer to a new record among these:");
        list(&held.waiting, output);
    }
}

/// What a workbook's decisions came to.
pub(super) fn reviewed(mapping: &str, number: u32, file: &Path, review: &Review, output: &Output) {
    let file = file.display();
    let new = review.written;
    output.line(&format!("{file}: {} apply, {} hold; {new} written down.", review.apply, review.hold));
    held(mapping, number, &review.held, output);
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
