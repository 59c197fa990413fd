//! Check: everything that can be known about a mapping without reading its rows.

use super::{Context, files, lock};
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::mapping::{self, Heads, Mapping};

/// A mapping found right.
pub struct Checked {
    /// It.
    pub mapping: Mapping,
    /// The files as found.
    pub heads: Vec<Heads>,
    /// Warnings and notes.
    pub notes: Vec<Diagnostic>,
}

/// Checks a mapping. With `lenient`, files that are not there are only noted.
///
/// # Errors
/// E1xx, E2xx: all mistakes at once.
pub fn check(context: &Context, lenient: bool) -> Result<Checked> {
    with(context, lenient, true)
}

/// Checks a mapping whose plan is made: files that are not there, or look different from the lock, do not matter.
///
/// # Errors
/// As [`check`].
pub(super) fn again(context: &Context) -> Result<Checked> {
    with(context, true, false)
}

fn with(context: &Context, lenient: bool, locked: bool) -> Result<Checked> {
    let mut all = Collector::default();
    let (mut heads, mut found) = files::heads(context, lenient);
    if locked {
        found.extend(lock::apply(context, &mut heads));
    }
    context.shape.iter().cloned().chain(found).for_each(|d| all.push(d));
    let (vars, date) = (&context.environment.vars, context.env.today());
    let built = mapping::build(&context.file, &context.platform, &heads, vars, &date);
    let Some((mapping, notes)) = all.keep(built) else {
        return all
            .finish(())
            .and_then(|_| Diagnostic::error(Code::BAD_TOML, "the mapping has mistakes").alone());
    };
    notes.into_iter().for_each(|d| all.push(d));
    let (mapping, notes) = all.finish(mapping)?;
    Ok(Checked { mapping, heads, notes })
}
