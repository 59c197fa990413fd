//! Opening a database file in a process of its own first: DuckDB may end its process over a damaged one, and that must
//! not be the one that somebody waits for.

use super::{Place, cannot_open, lock};
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::{findings, state};
use std::path::Path;
use std::process::Stdio;

/// The hidden command that opens a state and ends.
pub const COMMAND: &str = "internal-open-state";
/// Its option: changes nothing, reads everything.
pub const READ_ONLY: &str = "--read-only";

/// Opens a file, in this process. `read_only` reads every value of every table and gives a line for each: its name, its
/// rows, a print of them; else what its log holds is written into it.
///
/// # Errors
/// E403, E404 or E901 with DuckDB's reason.
pub fn open(path: &Path, read_only: bool) -> Result<Vec<String>> {
    let folders = path.parent().map(Path::to_path_buf).into_iter().collect();
    let db = Db::in_memory(&Limits { memory_mib: 1000, threads: 1, spill: None, folders })?;
    db.attach(path, state::ALIAS, read_only)?;
    let mut lines = Vec::new();
    if read_only {
        let tables = db.rows(&findings::tables(state::ALIAS), [], |row| row.get::<_, String>(0))?;
        for table in tables {
            let print = db.one(&findings::print(state::ALIAS, &table), [], |row| row.get::<_, String>(0))?;
            lines.push(format!("{table} {print}"));
        }
    } else {
        db.count(&state::last_run())?;
        db.run("CHECKPOINT state")?;
    }
    db.detach(state::ALIAS)?;
    Ok(lines)
}

/// Opens a file in a child process; gives what it held (`read_only`), or why it could not be opened.
pub(super) fn in_child(path: &Path, read_only: bool) -> std::result::Result<String, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = std::process::Command::new(program);
    command.arg(COMMAND).arg(path).args(read_only.then_some(READ_ONLY));
    let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.trim();
    Err(if said.is_empty() {
        format!("a trial opening ended with {}", output.status)
    } else {
        said.to_owned()
    })
}

/// The state was closed in good order: the next one need not fear to open it. (A marker that stays only costs that one a trial.)
pub fn clean(place: &Place) {
    drop(std::fs::remove_file(place.unclean()));
}

/// After an unclean end, when nobody is at work: a trial before the state is opened here.
///
/// # Errors
/// E404 with the copy's name.
pub(super) fn before_reading(place: &Place) -> Result<()> {
    if !place.unclean().exists() || lock::living(place).is_some() {
        return Ok(());
    }
    in_child(&place.state(), true).map(|_| ()).map_err(|why| cannot_open(place, &why).into())
}

/// The same before it is opened for writing, under the lock: what its log holds is written into it.
///
/// # Errors
/// E404 with the copy's name.
pub fn before_writing(place: &Place) -> Result<()> {
    if !place.unclean().exists() || !place.state().exists() {
        return Ok(());
    }
    let tried = in_child(&place.state(), false);
    tried.map(|_| ()).map_err(|why| cannot_open(place, &format!("after an unclean end: {why}")).into())
}

/// What a file holds, seen from a child process.
///
/// # Errors
/// E422 with the reason.
pub(super) fn contents(path: &Path) -> Result<String> {
    in_child(path, true).map_err(|why| {
        let message = format!("{} cannot be opened: {why}", path.display());
        Diagnostic::error(Code::BAD_COPY, message).help("Nothing was changed.").into()
    })
}
