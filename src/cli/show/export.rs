//! A plan as files for others: CSV, JSON, Markdown, and what is not sent.

use super::{Shown, private};
use crate::cli::output::Output;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::report::{csv, json, markdown};
use std::path::{Path, PathBuf};

/// Which files to write.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("tables").args(["csv", "rejects", "rewritten"]).multiple(true)))]
pub(super) struct Files {
    /// Writes CSV files, one a record type with old and new values, and rejects.csv; into <mapping>-<number>/ when no folder is given.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1)]
    csv: Option<Option<PathBuf>>,
    /// Writes what is rejected or held as one CSV file, for whoever keeps the data in the ERP.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    rejects: Option<Option<PathBuf>>,
    /// Writes the cells that are written otherwise than before and mean the same, as one CSV file.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    rewritten: Option<Option<PathBuf>>,
    /// Writes one JSON document (docs/plan.schema.json); `-` is standard output.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    json: Option<Option<PathBuf>>,
    /// Writes Markdown for a pull request or a CI summary, at most 60 kB; `-` is standard output.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    markdown: Option<Option<PathBuf>>,
    /// In CSV files: texts as they are, for programs. A spreadsheet may calculate what begins with = + - @.
    #[arg(long, requires = "tables")]
    raw: bool,
}

impl Files {
    /// Writes what is asked for; false when nothing is.
    pub(super) fn write(&self, shown: &Shown<'_>, output: &Output) -> Result<bool> {
        let Shown { head, digest, db, number } = shown;
        if let Some(folder) = &self.csv {
            self.folder(shown, &folder.clone().unwrap_or_else(|| shown.name("")), output)?;
        }
        if let Some(to) = &self.rejects {
            let to = to.clone().unwrap_or_else(|| shown.name("-rejects.csv"));
            put(&to, output, |out| csv::rejects(head, db, self.raw, out))?;
        }
        if let Some(to) = &self.rewritten {
            let to = to.clone().unwrap_or_else(|| shown.name("-rewritten.csv"));
            put(&to, output, |out| csv::rewritten(head, db, self.raw, out))?;
        }
        if let Some(to) = &self.json {
            let to = to.clone().unwrap_or_else(|| shown.name(".json"));
            put(&to, output, |out| json::render(head, db, *number, digest, out))?;
        }
        if let Some(to) = &self.markdown {
            let to = to.clone().unwrap_or_else(|| shown.name(".md"));
            let text = markdown::render(head, db, *number)?;
            put(&to, output, |out| out.write_all(text.as_bytes()).map_err(|e| failed(&to, &e).into()))?;
        }
        let written = [&self.csv, &self.rejects, &self.rewritten, &self.json, &self.markdown]
            .iter()
            .any(|f| f.is_some());
        Ok(written)
    }

    fn folder(&self, shown: &Shown<'_>, folder: &Path, output: &Output) -> Result<()> {
        let Shown { head, db, .. } = shown;
        std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        let (names, rejects) = csv::names(head);
        for (record, name) in head.records.iter().zip(names) {
            put(&folder.join(name), output, |out| csv::changes(head, db, record, self.raw, out))?;
        }
        put(&folder.join(rejects), output, |out| csv::rejects(head, db, self.raw, out))
    }
}

/// Writes a file and says so; `-` is standard output.
fn put(to: &Path, output: &Output, write: impl FnOnce(&mut dyn std::io::Write) -> Result<()>) -> Result<()> {
    if to.as_os_str() == "-" {
        return output.raw(write);
    }
    private(to, write)?;
    output.line(&format!("Wrote {}", to.display()));
    Ok(())
}

fn failed(to: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", to.display()))
}
