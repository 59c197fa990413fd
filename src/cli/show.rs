mod export;
mod pages;

use super::Outcome;
use super::output::Output;
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use crate::job::{self, Workplace};
use crate::plan::{Head, decisions, file};
use crate::report::{html, workbook};
use std::path::{Path, PathBuf};

/// Shows a plan again: on the terminal, as a page, or as files for others
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number of the plan.
    plan: u32,
    /// Writes one self-contained HTML file instead; <mapping>-<number>.html when no name is given.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    html: Option<Option<PathBuf>>,
    /// Writes a workbook to decide in; <mapping>-<number>.xlsx when no name is given.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    xlsx: Option<Option<PathBuf>>,
    #[command(flatten)]
    files: export::Files,
    #[command(flatten)]
    pages: pages::Choice,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let (_, path) = job::find_plan(&place, arguments.plan)?;
    let scratch =
        tempfile::tempdir().map_err(|e| Diagnostic::error(Code::IO, format!("a scratch folder: {e}")))?;
    let db = Db::in_memory(&Limits {
        memory_mib: 1000,
        threads: 2,
        spill: Some(scratch.path().to_path_buf()),
        folders: vec![scratch.path().to_path_buf()],
    })?;
    let opened = file::open_to_show(&db, &path, scratch.path())?;
    let shown = Shown { head: &opened.head, digest: &opened.digest, db: &db, number: arguments.plan };
    if let Some(to) = &arguments.html {
        let to = to.clone().unwrap_or_else(|| shown.name(".html"));
        write_page(&db, shown.head, shown.number, &to)?;
        output.line(&format!("Wrote {}", to.display()));
    }
    if let Some(to) = &arguments.xlsx {
        write_workbook(&shown, &path, to.as_deref(), scratch.path(), output)?;
    }
    let own = arguments.html.is_some() || arguments.xlsx.is_some();
    if !(arguments.files.write(&shown, output)? || own) {
        arguments.pages.show(&shown, env, output)?;
    }
    Ok(0)
}

/// The plan to show.
struct Shown<'a> {
    head: &'a Head,
    digest: &'a str,
    db: &'a Db,
    number: u32,
}

impl Shown<'_> {
    /// `acme-0042` and what follows it, in the current folder.
    fn name(&self, end: &str) -> PathBuf {
        PathBuf::from(format!("{}-{:04}{end}", self.head.mapping, self.number))
    }
}

/// Writes a workbook that only its owner can read.
fn write_workbook(
    shown: &Shown<'_>,
    plan: &Path,
    to: Option<&Path>,
    scratch: &Path,
    output: &Output,
) -> Result<()> {
    let Shown { head, digest, db, number } = *shown;
    let own = shown.name(".xlsx");
    let to = to.unwrap_or(&own);
    let decided = decisions::read(plan, digest)?;
    let reviewed = workbook::Reviewed { head, number, digest, decided: &decided };
    let out = std::fs::File::create(to)
        .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", to.display())))?;
    file::private(to)?;
    workbook::render(db, &reviewed, scratch, std::io::BufWriter::new(out))?;
    output.line(&format!("Wrote {}", to.display()));
    Ok(())
}

/// Writes a plan's report as a page that only its owner can read.
pub(super) fn write_page(db: &Db, head: &Head, number: u32, to: &Path) -> Result<()> {
    private(to, |out| html::render(head, db, Some(number), out))
}

/// Writes a file that only its owner can read.
fn private(to: &Path, write: impl FnOnce(&mut dyn std::io::Write) -> Result<()>) -> Result<()> {
    let io = |e: std::io::Error| Diagnostic::error(Code::IO, format!("{}: {e}", to.display()));
    let mut out = std::io::BufWriter::new(std::fs::File::create(to).map_err(io)?);
    // Before anything is in it.
    file::private(to)?;
    write(&mut out)?;
    std::io::Write::flush(&mut out).map_err(io)?;
    Ok(())
}
