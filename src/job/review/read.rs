//! Reading the workbook: whose it is, and the lines of its sheets that say something.

use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, did_you_mean};
use crate::report::workbook::layout::{COMMENT, DECISION, FORMAT, ID, IDENTITY, KEY, WORDS};
use crate::source::{Grid, cell_name};
use crate::sql::workbook::Line;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines handed on at once.
const AT_ONCE: usize = 1000;
/// Characters of a remark that are kept.
const REMARK: usize = 2000;

/// Columns of one sheet, by title.
type Columns = BTreeMap<&'static str, u32>;

/// A workbook that is of the plan.
pub(super) struct Book {
    grid: Grid,
    path: PathBuf,
    /// Sheets with decisions, and the record of each.
    sheets: Vec<(String, String)>,
    columns: BTreeMap<String, Columns>,
}

impl Book {
    /// Opens a workbook of the plan with this digest.
    ///
    /// # Errors
    /// E408 for each sheet or column that is gone, E409, and those of a workbook that cannot be read.
    pub(super) fn open(path: &Path, digest: &str) -> Result<Self> {
        let grid = Grid::open(path)?;
        let sheets = identify(&grid, digest)?;
        let mut all = Collector::default();
        let mut columns = BTreeMap::new();
        for (sheet, _) in &sheets {
            let found = all.keep(titles(&grid, sheet));
            columns.insert(sheet.clone(), found.unwrap_or_default());
        }
        all.finish(())?;
        Ok(Self { grid, path: path.to_path_buf(), sheets, columns })
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.grid.name()
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A cell.
    pub(super) fn at(&self, sheet: &str, cell: String) -> Location {
        at(&self.grid, sheet, Some(cell))
    }

    /// The number of a column of a sheet.
    pub(super) fn column(&self, sheet: &str, title: &str) -> u32 {
        self.columns.get(sheet).and_then(|c| c.get(title)).copied().unwrap_or(0)
    }

    /// Gives the lines that say something, some at a time; the others are noted.
    ///
    /// # Errors
    /// E102, E110, and what `take` gives.
    pub(super) fn lines(
        &self,
        all: &mut Collector,
        take: &mut dyn FnMut(&[Line]) -> Result<()>,
    ) -> Result<()> {
        for (sheet, record) in &self.sheets {
            let (mut some, mut failed) = (Vec::new(), Ok(()));
            self.grid.rows(sheet, |row, cells| {
                if row > 1 {
                    some.extend(self.line(sheet, record, row, cells, all));
                }
                if some.len() >= AT_ONCE {
                    failed = take(&some);
                    some.clear();
                }
                failed.is_ok()
            })?;
            failed?;
            if !some.is_empty() {
                take(&some)?;
            }
        }
        Ok(())
    }

    /// A row as a line, if it says something.
    fn line(
        &self,
        sheet: &str,
        record: &str,
        row: u32,
        cells: &BTreeMap<u32, String>,
        all: &mut Collector,
    ) -> Option<Line> {
        let text =
            |title: &str| cells.get(&self.column(sheet, title)).map(String::as_str).unwrap_or_default();
        let (said, comment) = (text(DECISION).trim(), text(COMMENT).trim());
        if said.is_empty() && comment.is_empty() {
            return None;
        }
        let word = said.to_lowercase();
        if !word.is_empty() && !WORDS.contains(&word.as_str()) {
            let message = format!("\"{said}\" is no decision");
            let help = did_you_mean(&word, WORDS).unwrap_or_default();
            let help = format!("{help} Write apply or hold, or nothing.");
            let cell = cell_name(self.column(sheet, DECISION), row);
            let told = Diagnostic::error(Code::REVIEW_LINE, message).at(self.at(sheet, cell));
            all.push(told.help(help.trim()));
            return None;
        }
        Some(Line {
            sheet: sheet.to_owned(),
            row,
            record: record.to_owned(),
            id: text(ID).trim().parse().ok(),
            key: text(KEY).to_owned(),
            word,
            comment: comment.chars().take(REMARK).collect(),
        })
    }
}

fn at(grid: &Grid, sheet: &str, cell: Option<String>) -> Location {
    Location { sheet: Some(sheet.to_owned()), cell, ..Location::file(grid.name()) }
}

/// Reads the hidden sheet: refuses what is no workbook of ours or of another plan; gives the sheets with decisions.
fn identify(grid: &Grid, digest: &str) -> Result<Vec<(String, String)>> {
    let mut rows: Vec<(String, String)> = Vec::new();
    if grid.sheets.iter().any(|s| s == IDENTITY) {
        grid.rows(IDENTITY, |_, cells| {
            let text = |column: u32| cells.get(&column).cloned().unwrap_or_default();
            rows.push((text(0), text(1)));
            rows.len() < 10_000
        })?;
    }
    let value =
        |name: &str| rows.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
    let (format, other) = (value(FORMAT.0), value("sha256"));
    let message = if format.is_empty() {
        "this is no workbook that crosswalk wrote: the sheet that names its plan is not there".to_owned()
    } else if format != FORMAT.1 {
        format!(
            "the workbook was written by another version of crosswalk (layout {format}, this one reads {})",
            FORMAT.1
        )
    } else if other != digest {
        format!(
            "the workbook is of another plan: plan {} of {} in {}",
            value("plan"),
            value("mapping"),
            value("environment")
        )
    } else {
        let from = rows.iter().position(|(n, v)| n == "sheet" && v == "record").map_or(rows.len(), |n| n + 1);
        return Ok(rows.split_off(from));
    };
    Diagnostic::error(Code::WRONG_REVIEW, message)
        .at(Location::file(grid.name()))
        .help("Write the plan's own workbook: crosswalk show <number> --xlsx")
        .alone()
}

/// The columns of a sheet by their titles in its first row.
fn titles(grid: &Grid, sheet: &str) -> Result<Columns> {
    let help = "Sheets and columns stay as they were written; only decision and comment are filled in.";
    let gone =
        |message: String| Diagnostic::error(Code::REVIEW_LINE, message).at(at(grid, sheet, None)).help(help);
    if !grid.sheets.iter().any(|s| s == sheet) {
        return gone(format!("the sheet \"{sheet}\" is gone, and the decisions in it")).alone();
    }
    let mut found = Columns::new();
    grid.rows(sheet, |row, cells| {
        for title in [KEY, DECISION, COMMENT, ID] {
            let column = cells.iter().find(|(_, text)| row == 1 && text.trim() == title);
            found.extend(column.map(|(column, _)| (title, *column)));
        }
        false
    })?;
    let mut all = Collector::default();
    for title in [KEY, DECISION, COMMENT, ID] {
        if !found.contains_key(title) {
            all.push(gone(format!("the column \"{title}\" is gone from the first row")));
        }
    }
    all.finish(found).map(|(found, _)| found)
}
