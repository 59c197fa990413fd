//! The HTML report of a plan: one self-contained file, no network, a strict policy, light, dark and print. Its frame are
//! the templates in `html/pages`, which escape whatever they are given; the changes stream out of the database as blocks of
//! JSON (`data.rs`), which the script puts into the grid as they are scrolled to.

mod data;
mod frame;
mod line;
mod look;
mod origins;
mod plain;
mod sink;
mod templates;

use super::summary::Summary;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::Head;
use crate::sql::report as sql;
use sink::Sink;
use std::io::Write;

/// Changes, and as many reasons, that the document holds: a grid stays quick with these.
const EMBEDDED: u64 = 100_000;
/// Removed records and reasons that stand in the text itself, before the grid.
const SPELT_OUT: u64 = 200;
/// Changes that can be read without a script.
const WITHOUT_SCRIPT: u64 = 1_000;

/// Writes the plan whose relations stand in `db` as one HTML document.
///
/// # Errors
/// E901 when the plan's relations cannot be read, E902 when `out` cannot be written.
pub fn render(head: &Head, db: &Db, number: Option<u32>, out: &mut dyn Write) -> Result<()> {
    let counts = super::counts(db)?;
    let mut page = Page {
        head,
        number,
        summary: Summary::of(head),
        counts,
        changes: db.count(sql::changes_count())?,
        reasons: db.count(sql::refused_count())?,
        pages: templates::Pages::load()?,
        sink: Sink::new(out),
    };
    page.top()?;
    page.removed(db)?;
    page.refused(db)?;
    page.grid()?;
    page.bottom()?;
    page.data(db)?;
    page.unscripted(db)?;
    page.sink.put("</body>\n</html>\n")?;
    page.sink.flush()
}

/// The document being written.
struct Page<'a> {
    head: &'a Head,
    number: Option<u32>,
    summary: Summary,
    counts: super::Counts,
    /// Changes of the plan, each once.
    changes: u64,
    /// Reasons for which records are not sent.
    reasons: u64,
    pages: templates::Pages,
    sink: Sink<'a>,
}

#[cfg(test)]
mod tests;
