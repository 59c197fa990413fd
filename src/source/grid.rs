//! The cells of a workbook as they stand, for what is no export: a review that comes back. The archive goes through the
//! same guard as every other workbook.

use super::{FileRef, excel};
use crate::diagnostic::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// A workbook that somebody sent.
pub struct Grid {
    file: FileRef,
    /// Its sheets, in order.
    pub sheets: Vec<String>,
}

impl Grid {
    /// Opens it.
    ///
    /// # Errors
    /// E102, E105, E106, E110.
    pub fn open(path: &Path) -> Result<Self> {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let file = FileRef { path: path.to_path_buf(), name };
        let sheets = excel::all_sheets(&file)?.into_iter().map(|(name, _)| name).collect();
        Ok(Self { file, sheets })
    }

    /// Its name, for places.
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// Gives each row of a sheet that is not empty: its number from 1 and the texts of its cells by column from 0, for
    /// as long as `each` wants more.
    ///
    /// # Errors
    /// E102, E110.
    pub fn rows(&self, sheet: &str, mut each: impl FnMut(u32, &BTreeMap<u32, String>) -> bool) -> Result<()> {
        excel::each_row_until(&self.file, sheet, |row, cells| {
            let texts = cells.iter().map(|(column, (_, text))| (*column, text.clone())).collect();
            each(row.saturating_add(1), &texts)
        })
    }
}

/// `B17`, from a column counted from 0 and a row counted from 1.
pub fn cell_name(column: u32, row: u32) -> String {
    format!("{}{row}", super::table::letters(column))
}
