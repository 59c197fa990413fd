//! Where a report is written to: buffered, failures as diagnostics.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use std::io::{BufWriter, Write};

/// A buffered writer of a report.
pub(super) struct Writer<'a>(BufWriter<&'a mut dyn Write>);

impl<'a> Writer<'a> {
    /// Writes to `out`.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self(BufWriter::new(out))
    }

    /// Writes text as it is.
    pub(super) fn put(&mut self, text: &str) -> Result<()> {
        self.0.write_all(text.as_bytes()).map_err(|e| failed(&e))
    }

    /// Writes a value as JSON.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.0, value).map_err(|e| failed(&e))
    }

    /// Writes what is still buffered.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.0.flush().map_err(|e| failed(&e))
    }
}

/// E902: the report cannot be written.
pub(super) fn failed(error: &dyn std::fmt::Display) -> Diagnostics {
    Diagnostic::error(Code::IO, format!("the report cannot be written: {error}")).into()
}
