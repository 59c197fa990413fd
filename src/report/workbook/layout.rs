//! What the workbook's writer and its reader agree on: the hidden sheet that names the plan, the titles of the columns
//! that are read back, the words that can be decided, the names of sheets.

use super::{Making, Reviewed, failed};
use crate::diagnostic::Result;
use std::collections::BTreeSet;

/// The hidden sheet. Two columns: first [`FORMAT`], `mapping`, `environment`, `plan` and `sha256`, then after the row
/// `sheet`, `record` one row for each sheet with decisions.
pub const IDENTITY: &str = "_crosswalk";
/// Title of the hidden sheet and the number of this layout.
pub const FORMAT: (&str, &str) = ("crosswalk review", "1");
/// Title of the column with the record's key.
pub const KEY: &str = "key";
/// Title of the column with the decision.
pub const DECISION: &str = "decision";
/// Title of the column with the remark.
pub const COMMENT: &str = "comment";
/// Title of the hidden column with the number of the change in the plan.
pub const ID: &str = "number in the plan";
/// The words of the decision column.
pub const WORDS: [&str; 2] = ["apply", "hold"];

/// A key as the cells show it: the parts of a compound one with ` / ` between.
pub fn shown_key(key: &str) -> String {
    key.replace('\u{1f}', " / ")
}

/// A sheet with decisions, and the record of its rows.
pub(super) type Sheets = Vec<(String, String)>;

/// The names of a workbook's sheets: fit for Excel, each once.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The nearest name to `wanted` that Excel takes and no other sheet has. Excel allows 31 characters, forbids some,
    /// and does not tell capitals from small letters.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let clean: String = wanted
            .chars()
            .map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { '_' } else { c })
            .take(24)
            .collect();
        let clean = if clean.trim().is_empty() { "record".to_owned() } else { clean };
        let mut name = clean.clone();
        let mut n = 2;
        while name.eq_ignore_ascii_case("history") || !self.taken.insert(name.to_lowercase()) {
            name = format!("{clean} {n}");
            n += 1;
        }
        name
    }
}

impl Making {
    /// The hidden sheet that says whose workbook this is.
    pub(super) fn identity(&mut self, plan: &Reviewed<'_>, sheets: &Sheets) -> Result<()> {
        let number = plan.number.to_string();
        let mut rows = vec![
            FORMAT,
            ("mapping", plan.head.mapping.as_str()),
            ("environment", plan.head.environment.as_str()),
            ("plan", &number),
            ("sha256", plan.digest),
            ("sheet", "record"),
        ];
        rows.extend(sheets.iter().map(|(sheet, record)| (sheet.as_str(), record.as_str())));
        let sheet = self.book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(IDENTITY).map_err(failed)?;
        sheet.set_very_hidden(true);
        for (row, (name, value)) in (0..).zip(rows) {
            sheet.write_string(row, 0, name).map_err(failed)?;
            sheet.write_string(row, 1, value).map_err(failed)?;
        }
        Ok(())
    }
}
