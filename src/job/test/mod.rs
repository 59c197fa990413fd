//! The mapping's own tests: each case's rows through the very statements of a plan, and what came against what was
//! expected. In memory; no file is needed but those of lookups.

mod bench;
mod capture;
mod compare;
mod mask;
mod toml;

pub use capture::{Capture, Captured, capture};

use super::{Context, files};
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::mapping::{self, Mapping};
use bench::Bench;

/// What the tests of a mapping came to.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The mapping.
    pub mapping: String,
    /// Its cases, in the order written.
    pub cases: Vec<Case>,
    /// Warnings about the cases.
    pub notes: Vec<Diagnostic>,
}

/// What a case came to; it holds without failures.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What is not as expected.
    pub failures: Vec<Failure>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug)]
pub struct Failure {
    /// For people, with its place in the TOML.
    pub told: Diagnostic,
    /// Record.
    pub record: String,
    /// Key, where known.
    pub key: Option<String>,
    /// Field.
    pub field: Option<String>,
    /// What was expected, as canonical text.
    pub expected: Option<String>,
    /// What came.
    pub got: Option<String>,
}

/// Runs the cases whose names hold `only` (in any letter case).
///
/// # Errors
/// E2xx: mistakes of the mapping and of its tests; E1xx for a lookup file that cannot be read; E901.
pub fn test(context: &Context, only: Option<&str>) -> Result<Tested> {
    let (mapping, notes) = prepare(context)?;
    let wanted = only.map(str::to_lowercase);
    let cases: Vec<_> = mapping
        .tests
        .iter()
        .filter(|c| wanted.as_ref().is_none_or(|w| c.name.to_lowercase().contains(w)))
        .collect();
    let mut tested = Tested { mapping: mapping.name.clone(), cases: Vec::new(), notes };
    if cases.is_empty() {
        return Ok(tested);
    }
    let bench = Bench::new(&mapping)?;
    for (case, outcome) in cases.iter().zip(bench.run_all(&cases)?) {
        let failures = compare::compare(&mapping, case, &outcome, &context.file.toml);
        tested.cases.push(Case { name: case.name.clone(), failures });
    }
    Ok(tested)
}

/// The mapping, checked with the headers of the files that are there; of the notes only those about tests.
fn prepare(context: &Context) -> Result<(Mapping, Vec<Diagnostic>)> {
    let mut all = Collector::default();
    let (mut heads, found) = files::heads_if_there(context);
    super::lock::names_of_absent(context, &mut heads);
    context.shape.iter().cloned().chain(found).for_each(|d| all.push(d));
    let (vars, date) = (&context.environment.vars, context.env.today());
    let built = all.keep(mapping::build(&context.file, &context.platform, &heads, vars, &date));
    let Some((mapping, notes)) = built else {
        return all
            .finish(())
            .and_then(|_| Diagnostic::error(Code::BAD_TOML, "the mapping has mistakes").alone());
    };
    let (mapping, _) = all.finish(mapping)?;
    Ok((mapping, notes.into_iter().filter(|n| n.code == Code::UNUSED_CELL).collect()))
}
