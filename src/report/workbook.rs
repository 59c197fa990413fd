//! The workbook a plan is reviewed in: a summary, a sheet for each record type with old and new side by side and a
//! column for the decision, and what is not sent. Rows go from the database into the file one by one. Every text from
//! outside is a text cell, never a formula. The hidden last sheet names the plan, so that `job::review` takes decisions
//! back for this plan alone.

mod cell;
mod changes;
pub mod layout;
mod pages;
mod refused;
mod style;
mod summary;
#[cfg(test)]
mod tests;

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::plan::Head;
use crate::plan::decisions::Decision;
use layout::Names;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use std::io::{Seek, Write};
use std::path::Path;
use style::Styles;

/// Rows of a sheet below its header: Excel takes 1,048,576 in all.
const ROWS: u32 = 1_048_575;

/// The plan that is reviewed.
pub struct Reviewed<'a> {
    /// Its head.
    pub head: &'a Head,
    /// Its number.
    pub number: u32,
    /// SHA-256 of its file.
    pub digest: &'a str,
    /// What has been decided about it so far.
    pub decided: &'a [Decision],
}

/// Writes the workbook of the plan whose relations stand in `db`; the same plan and decisions give the same bytes.
/// `scratch` is a folder that only the caller can read, for the rows on their way.
///
/// # Errors
/// E901 when the plan's relations cannot be read, E902 when `out` or `scratch` cannot be written.
pub fn render(db: &Db, plan: &Reviewed<'_>, scratch: &Path, out: impl Write + Seek + Send) -> Result<()> {
    bounded(db, plan, scratch, ROWS, out)
}

/// As [`render`], with at most so many rows on a sheet.
fn bounded(
    db: &Db,
    plan: &Reviewed<'_>,
    scratch: &Path,
    rows: u32,
    out: impl Write + Seek + Send,
) -> Result<()> {
    let mut book = Workbook::new();
    book.set_tempdir(scratch).map_err(failed)?;
    book.set_properties(&properties(plan));
    let mut making = Making { book, styles: Styles::new(), names: Names::default(), rows };
    making.summary(plan)?;
    let sheets = making.changes(db, plan)?;
    making.refused(db)?;
    making.identity(plan, &sheets)?;
    making.book.save_to_writer(out).map_err(failed)
}

/// The workbook being made.
struct Making {
    book: Workbook,
    styles: Styles,
    names: Names,
    rows: u32,
}

/// Dated as the plan is, so that the bytes do not depend on when it was asked for.
fn properties(plan: &Reviewed<'_>) -> DocProperties {
    let made = plan.head.created.get(..19).unwrap_or_default();
    let made = ExcelDateTime::parse_from_str(made).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1));
    let named = DocProperties::new()
        .set_title(super::summary::title(plan.head, Some(plan.number)))
        .set_author("crosswalk")
        .set_comment(format!("SHA-256 of the plan: {}", plan.digest));
    match made {
        Ok(made) => named.set_creation_datetime(&made),
        Err(_) => named,
    }
}

/// What the library that writes workbooks refuses.
fn failed(e: XlsxError) -> Diagnostics {
    Diagnostic::error(Code::IO, format!("the workbook cannot be written: {e}")).into()
}
