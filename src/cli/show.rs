use super::Outcome;
use super::output::Output;
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic};
use crate::env::Env;
use crate::job::{self, Workplace};
use crate::plan::{decisions, file};
use crate::report::{html, workbook};
use std::path::{Path, PathBuf};

/// Shows a plan again: on the terminal, or as a page
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number of the plan.
    plan: u32,
    /// Writes one self-contained HTML file instead; <mapping>-<number>.html when no name is given.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    html: Option<Option<PathBuf>>,
    /// Writes a workbook to decide in; <mapping>-<number>.xlsx when no name is given.
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "html")]
    xlsx: Option<Option<PathBuf>>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let (_, path) = job::find_plan(&place, arguments.plan)?;
    let scratch =
        tempfile::tempdir().map_err(|e| Diagnostic::error(Code::IO, format!("a scratch folder: {e}")))?;
    let db = Db::in_memory(&Limits {
        memory_mib: 1000,
        threads: 2,
        spill: None,
        folders: vec![scratch.path().to_path_buf()],
    })?;
    let opened = file::open(&db, &path, scratch.path())?;
    match (&arguments.html, &arguments.xlsx) {
        (Some(to), _) => page(&db, &opened.head, arguments.plan, to.as_deref(), output)?,
        (None, Some(to)) => {
            let plan = Shown { opened: &opened, path: &path, number: arguments.plan };
            workbook(&db, &plan, to.as_deref(), scratch.path(), output)?;
        }
        (None, None) => output.plan(&opened.head, &db, arguments.plan, &[])?,
    }
    Ok(0)
}

fn page(
    db: &Db,
    head: &crate::plan::Head,
    number: u32,
    to: Option<&Path>,
    output: &Output,
) -> Result<(), crate::diagnostic::Diagnostics> {
    let own = PathBuf::from(format!("{}-{number:04}.html", head.mapping));
    let to = to.unwrap_or(&own);
    write_page(db, head, number, to)?;
    output.line(&format!("Wrote {}", to.display()));
    Ok(())
}

/// A plan that is shown.
struct Shown<'a> {
    opened: &'a file::Opened,
    path: &'a Path,
    number: u32,
}

/// Writes a workbook that only its owner can read.
fn workbook(
    db: &Db,
    plan: &Shown<'_>,
    to: Option<&Path>,
    scratch: &Path,
    output: &Output,
) -> Result<(), crate::diagnostic::Diagnostics> {
    let (head, digest) = (&plan.opened.head, plan.opened.digest.as_str());
    let own = PathBuf::from(format!("{}-{:04}.xlsx", head.mapping, plan.number));
    let to = to.unwrap_or(&own);
    let decided = decisions::read(plan.path, digest)?;
    let reviewed = workbook::Reviewed { head, number: plan.number, digest, decided: &decided };
    let out = std::fs::File::create(to)
        .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", to.display())))?;
    file::private(to)?;
    workbook::render(db, &reviewed, scratch, std::io::BufWriter::new(out))?;
    output.line(&format!("Wrote {}", to.display()));
    Ok(())
}

/// Writes a plan's report as a page that only its owner can read.
pub(super) fn write_page(
    db: &Db,
    head: &crate::plan::Head,
    number: u32,
    to: &Path,
) -> Result<(), crate::diagnostic::Diagnostics> {
    let io = |e: std::io::Error| Diagnostic::error(Code::IO, format!("{}: {e}", to.display()));
    let mut out = std::io::BufWriter::new(std::fs::File::create(to).map_err(io)?);
    html::render(head, db, Some(number), &mut out)?;
    std::io::Write::flush(&mut out).map_err(io)?;
    file::private(to)
}
