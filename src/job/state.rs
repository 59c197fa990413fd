//! What can be done with a state by hand: look it over, tell what is in it, take it over. Copies are made and put back in
//! `state::copies`.

use crate::diagnostic::Result;
use crate::env::Env;
use crate::sql::{findings as sql, state as tables};
use crate::state::{self, FORMAT, Finding, Holder, Lock, Note, Place, Reader};
use std::path::PathBuf;

/// What a state tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The file and its size.
    pub file: (PathBuf, u64),
    /// Its format as it lies there, and DuckDB's own.
    pub format: (String, String),
    /// Its lineage: the same as long as it is the same state.
    pub lineage: String,
    /// The account it is bound to.
    pub account: Option<String>,
    /// Tables and their rows.
    pub tables: Vec<(String, u64)>,
    /// Mappings: name, runs that changed a record, last run, when that was.
    pub mappings: Vec<(String, i64, i64, String)>,
    /// The copy made before the last apply, and its size.
    pub backup: Option<(PathBuf, u64)>,
    /// What was done by hand.
    pub notes: Vec<Note>,
}

/// Looks for everything that can be wrong.
///
/// # Errors
/// E403 while somebody is at work: what is in between two steps would look like damage. E901, E902.
pub fn check(place: &Place) -> Result<Vec<Finding>> {
    Lock::refuse_if_at_work(place)?;
    state::find(&state::database(place)?, place)
}

/// What is in the state; `None` when nothing has been applied yet. Beside a running apply, of the copy made at its start.
///
/// # Errors
/// As `state::look`.
pub fn show(place: &Place, env: &Env) -> Result<Option<Told>> {
    let db = state::database(place)?;
    let view = state::look(&db, place, env)?;
    let Some(reader) = view.reader else { return Ok(None) };
    let sized = |path: PathBuf| {
        let size = std::fs::metadata(&path).map_or(0, |m| m.len());
        (path, size)
    };
    let mut told = Told { file: sized(place.state()), notes: state::notes(place), ..Told::default() };
    told.backup = place.backup().exists().then(|| sized(place.backup()));
    told.lineage = reader.meta("lineage")?.unwrap_or_default();
    told.account = reader.meta("account")?;
    let storage = db.one(&sql::storage(tables::ALIAS), [], |row| row.get::<_, String>(0))?;
    told.format = (format(&reader), storage);
    for name in db.rows(&sql::tables(tables::ALIAS), [], |row| row.get::<_, String>(0))? {
        let rows = db.count(&sql::count(&name))?;
        told.tables.push((name, rows));
    }
    told.mappings =
        db.rows(&sql::serials(), [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    reader.close()?;
    Ok(Some(told))
}

fn format(reader: &Reader<'_>) -> String {
    if reader.is_copy() {
        format!("older than {FORMAT}; the next apply rewrites it")
    } else {
        FORMAT.to_string()
    }
}

/// Takes the environment over from another host whose lock is dead. Gives whose it was; `None` when there is none.
///
/// # Errors
/// E403 while a process of this host works, E902.
pub fn here(place: &Place, env: &Env) -> Result<Option<Holder>> {
    let holder = state::take_over(place)?;
    if let Some(h) = &holder {
        let what = format!(
            "taken over from `{}` of {} (process {} on {}), held since {}",
            h.command, h.user, h.pid, h.host, h.since
        );
        state::note(place, env, &what)?;
    }
    Ok(holder)
}
