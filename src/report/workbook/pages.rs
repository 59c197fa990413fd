//! Rows over as many sheets as they need: `invoice`, `invoice 2`, …

use super::{Making, failed};
use crate::diagnostic::Result;
use rust_xlsxwriter::{DataValidation, Format, IgnoreError, ProtectionOptions, Worksheet};

/// A column of a sheet with rows.
pub(super) struct Column {
    /// Title.
    pub(super) title: String,
    /// Width in characters.
    pub(super) width: f64,
    /// Format of the title.
    pub(super) format: Format,
    /// Whether nobody sees it.
    pub(super) hidden: bool,
}

impl Column {
    pub(super) fn new(title: &str, width: f64, format: &Format) -> Self {
        Self { title: title.to_owned(), width, format: format.clone(), hidden: false }
    }
}

/// What the sheets of one kind of rows share.
pub(super) struct Layout {
    /// Name of the first sheet.
    pub(super) name: String,
    /// Columns.
    pub(super) columns: Vec<Column>,
    /// Columns that stay in sight at the left.
    pub(super) frozen: u16,
    /// The column that takes one of these words, and nothing but it and the one after it can be written to.
    pub(super) decide: Option<(u16, DataValidation)>,
}

/// The sheets being filled.
pub(super) struct Pages<'a> {
    making: &'a mut Making,
    layout: Layout,
    /// The sheet being written, and rows on it with the header.
    open: Option<(usize, u32)>,
    names: Vec<String>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(making: &'a mut Making, layout: Layout) -> Self {
        Self { making, layout, open: None, names: Vec::new() }
    }

    /// The sheet and the number of the next row.
    pub(super) fn next(&mut self) -> Result<(&mut Worksheet, u32)> {
        let (index, row) = match self.open {
            Some((index, row)) if row <= self.making.rows => (index, row),
            _ => {
                self.close()?;
                (self.begin()?, 1)
            }
        };
        self.open = Some((index, row + 1));
        Ok((self.making.book.worksheet_from_index(index).map_err(failed)?, row))
    }

    /// Ends the last sheet; gives the names of all, one even without rows.
    pub(super) fn finish(mut self) -> Result<Vec<String>> {
        if self.open.is_none() {
            self.open = Some((self.begin()?, 1));
        }
        self.close()?;
        Ok(self.names)
    }

    fn begin(&mut self) -> Result<usize> {
        let index = self.making.book.worksheets().len();
        let name = self.making.names.take(&self.layout.name);
        let sheet = self.making.book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(&name).map_err(failed)?;
        self.names.push(name);
        sheet.set_freeze_panes(1, self.layout.frozen).map_err(failed)?;
        sheet.set_landscape().set_paper_size(9);
        sheet.set_repeat_rows(0, 0).map_err(failed)?;
        // Wide sheets go on to further pages, each with the key, rather than being shrunk beyond reading.
        match self.layout.frozen {
            0 => sheet.set_print_fit_to_pages(1, 0),
            columns => sheet.set_repeat_columns(0, columns - 1).map_err(failed)?.set_print_scale(70),
        };
        for (n, column) in (0..).zip(&self.layout.columns) {
            sheet.write_string_with_format(0, n, &column.title, &column.format).map_err(failed)?;
            sheet.set_column_width(n, column.width).map_err(failed)?;
            if column.hidden {
                sheet.set_column_hidden(n).map_err(failed)?;
            }
        }
        Ok(index)
    }

    /// What can only be said once the number of rows is known.
    fn close(&mut self) -> Result<()> {
        let Some((index, rows)) = self.open.take() else { return Ok(()) };
        let last_column = u16::try_from(self.layout.columns.len()).unwrap_or(1).saturating_sub(1);
        let sheet = self.making.book.worksheet_from_index(index).map_err(failed)?;
        let last = rows.saturating_sub(1).max(1);
        sheet.autofilter(0, 0, last, last_column).map_err(failed)?;
        // Keys and postal codes are texts on purpose: no green corners.
        sheet.ignore_error_range(1, 0, last, last_column, IgnoreError::NumberStoredAsText).map_err(failed)?;
        if let Some((column, rule)) = &self.layout.decide {
            sheet.add_data_validation(1, *column, last, *column, rule).map_err(failed)?;
            let free = ProtectionOptions {
                use_autofilter: true,
                sort: true,
                format_columns: true,
                format_rows: true,
                ..ProtectionOptions::default()
            };
            sheet.protect_with_options(&free);
        }
        Ok(())
    }
}
