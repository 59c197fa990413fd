//! The state's shape: which fields of which models it holds. A plan that brings more has the file rewritten: a new
//! file is filled, verified and swapped in by two renames; the old one is then the backup. Else the closed file is
//! copied. Either way there is a backup from before the apply.

use super::{Place, cannot_open};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use crate::sql::state::{self, ALIAS};
use std::collections::BTreeMap;

/// Fields by model: name and SQL type.
pub type Shape = BTreeMap<String, Vec<(String, String)>>;

/// Format number of state files.
const FORMAT: &str = "2";
const FRESH: &str = "fresh";

/// `table, column, type` of an attached file.
pub(super) fn columns(db: &Db, alias: &str) -> Result<Vec<(String, String, String)>> {
    db.rows(&state::columns(alias), [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Makes sure that a state with at least this shape is there, with a backup of what was there before. The state must
/// not be attached. Puts back a state lost between the two renames.
///
/// # Errors
/// E404 when it cannot be opened or the copy does not verify, E901, E902.
pub fn prepare(db: &Db, place: &Place, wanted: &Shape, env: &Env) -> Result<()> {
    restore_after_swap(place)?;
    if !place.state().exists() {
        return create(db, place, wanted, env);
    }
    db.attach(&place.state(), ALIAS, false).map_err(|e| cannot_open(place, &e.to_string()))?;
    db.run("CHECKPOINT state")?;
    let have = columns(db, ALIAS)?;
    let missing = merged(&have, wanted);
    if missing.is_none() {
        db.detach(ALIAS)?;
        return copy(place);
    }
    let result = missing.map_or(Ok(()), |shape| rewrite(db, place, &have, &shape));
    db.detach(ALIAS)?;
    result?;
    swap(place)
}

/// The old shape with what is wanted added, if anything is missing or has another type.
fn merged(have: &[(String, String, String)], wanted: &Shape) -> Option<Shape> {
    let mut shape: Shape = BTreeMap::new();
    for (table, column, ty) in have {
        if let Some(model) = table.strip_prefix("current_") {
            let fields = shape.entry(model.to_owned()).or_default();
            if !column.starts_with('_') {
                fields.push((column.clone(), ty.clone()));
            }
        }
    }
    let mut more = false;
    for (model, fields) in wanted {
        more |= !shape.contains_key(model);
        let known = shape.entry(model.clone()).or_default();
        for (name, ty) in fields {
            match known.iter_mut().find(|(n, _)| n == name) {
                Some((_, old)) if old == ty => {}
                Some((_, old)) => {
                    *old = ty.clone();
                    more = true;
                }
                None => {
                    known.push((name.clone(), ty.clone()));
                    more = true;
                }
            }
        }
    }
    more.then_some(shape)
}

fn create(db: &Db, place: &Place, shape: &Shape, env: &Env) -> Result<()> {
    remove(&place.fresh())?;
    db.attach(&place.fresh(), FRESH, false)?;
    let made = tables(db, shape).and_then(|()| {
        db.run(&state::set_meta(FRESH, "format", FORMAT))?;
        db.run(&state::set_meta(FRESH, "lineage", &env.random_id()))?;
        db.run("CHECKPOINT fresh")
    });
    db.detach(FRESH)?;
    made?;
    private(&place.fresh())?;
    rename(&place.fresh(), &place.state())
}

/// Lets only the owner read a file.
fn private(path: &std::path::Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|e| io(path, &e))?;
    }
    Ok(())
}

fn tables(db: &Db, shape: &Shape) -> Result<()> {
    for (name, columns) in state::EVENTS {
        db.run(&state::create_events(FRESH, name, columns))?;
    }
    shape.iter().try_for_each(|(model, fields)| db.run(&state::create_current(FRESH, model, fields)))
}

/// Fills `state.new.duckdb` from the attached state and verifies the counts.
fn rewrite(db: &Db, place: &Place, have: &[(String, String, String)], shape: &Shape) -> Result<()> {
    remove(&place.fresh())?;
    db.attach(&place.fresh(), FRESH, false)?;
    let filled = tables(db, shape).and_then(|()| fill(db, have)).and_then(|()| db.run("CHECKPOINT fresh"));
    db.detach(FRESH)?;
    filled?;
    private(&place.fresh())
}

fn fill(db: &Db, have: &[(String, String, String)]) -> Result<()> {
    let fresh = columns(db, FRESH)?;
    let mut tables: Vec<&str> = have.iter().map(|(t, _, _)| t.as_str()).collect();
    tables.dedup();
    for table in tables {
        let of = |all: &[(String, String, String)]| -> Vec<(String, String)> {
            all.iter().filter(|(t, _, _)| t == table).map(|(_, c, ty)| (c.clone(), ty.clone())).collect()
        };
        let old = of(have);
        let both: Vec<(String, String)> =
            of(&fresh).into_iter().filter(|(c, _)| old.iter().any(|(o, _)| o == c)).collect();
        db.run(&state::copy(ALIAS, FRESH, table, &both))?;
        let (before, after) =
            (db.count(&state::count(ALIAS, table))?, db.count(&state::count(FRESH, table))?);
        if before != after {
            let message = format!("rewriting the state: {table} has {before} rows, its copy {after}");
            return Diagnostic::error(Code::STATE_DAMAGED, message).help("Nothing was changed.").alone();
        }
    }
    Ok(())
}

fn copy(place: &Place) -> Result<()> {
    let part = place.backup().with_extension("part");
    std::fs::copy(place.state(), &part).map_err(|e| io(&part, &e))?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| io(&part, &e))?;
    rename(&part, &place.backup())
}

fn swap(place: &Place) -> Result<()> {
    rename(&place.state(), &place.backup())?;
    rename(&place.fresh(), &place.state())
}

/// Whether a process ended between the two renames of a swap.
pub fn swap_unfinished(place: &Place) -> bool {
    !place.state().exists() && place.backup().exists()
}

/// A start that finds no state but the pieces of a swap puts one back: the new file if it was complete (then the old
/// one had been renamed already), else the old one.
///
/// # Errors
/// E902.
pub fn restore_after_swap(place: &Place) -> Result<()> {
    if !swap_unfinished(place) {
        return Ok(());
    }
    if place.fresh().exists() {
        return rename(&place.fresh(), &place.state());
    }
    std::fs::copy(place.backup(), place.state()).map(|_| ()).map_err(|e| io(&place.state(), &e).into())
}

fn remove(path: &std::path::Path) -> Result<()> {
    for path in [path.to_path_buf(), path.with_extension("duckdb.wal")] {
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return io(&path, &e).alone(),
            _ => {}
        }
    }
    Ok(())
}

fn rename(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    crate::env::step("before a rename of the state");
    std::fs::rename(from, to).map_err(|e| io(to, &e))?;
    crate::env::step("after a rename of the state");
    if let Some(folder) = to.parent() {
        // The rename itself must survive a power cut.
        std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| io(folder, &e))?;
    }
    Ok(())
}

fn io(path: &std::path::Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}
