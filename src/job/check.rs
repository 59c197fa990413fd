//! Check: everything that can be known about a mapping without reading its rows.

use super::{Context, files};
use crate::diagnostic::{Diagnostic, Result};
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
    let (heads, mut notes) = files::heads(context, lenient)?;
    let (vars, date) = (&context.environment.vars, context.env.today());
    let (mapping, more) = mapping::build(&context.file, &context.platform, &heads, vars, &date)?;
    notes.extend(more);
    Ok(Checked { mapping, heads, notes })
}
