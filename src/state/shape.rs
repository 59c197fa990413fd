//! The state's shape: its format, and which fields of which models it holds. A plan that brings more, or an older
//! format, has the file rewritten: a new file is filled, verified and swapped in by two renames; the old one is then the
//! backup. Else the closed file is copied. Either way there is a backup from before the apply.

use super::files::{copy, private, refuse_lost, remove, rename, restore_after_swap, swap};
use super::{Place, attach, format};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use crate::sql::state::{self, ALIAS};
use std::collections::BTreeMap;
use std::path::Path;

/// Fields by model: name and SQL type.
pub type Shape = BTreeMap<String, Vec<(String, String)>>;

/// `table, column, type`, as a file has them.
pub(super) type Columns = Vec<(String, String, String)>;

const FRESH: &str = "fresh";

/// `table, column, type` of an attached file.
pub(super) fn columns(db: &Db, alias: &str) -> Result<Columns> {
    db.rows(&state::columns(alias), [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Makes sure that a state of this format with at least this shape is there, with a backup of what was there before. The
/// state must not be attached; the caller holds the lock. Finishes a swap that was cut short.
///
/// # Errors
/// E403 when a reader holds it for long, E404 when it cannot be opened, is gone, or its copy does not verify, E420 when
/// a newer program wrote it, E901, E902.
pub fn prepare(db: &Db, place: &Place, wanted: &Shape, env: &Env) -> Result<()> {
    restore_after_swap(place)?;
    if !place.state().exists() {
        refuse_lost(place)?;
        return create(db, place, wanted, env);
    }
    attach(db, place, false)?;
    db.run("CHECKPOINT state")?;
    let (older, have) = (format::older(db, place)?, columns(db, ALIAS)?);
    let (shape, more) = merged(&have, wanted);
    let rewritten = (older || more).then(|| rewrite(db, &place.part(), &have, &shape));
    db.detach(ALIAS)?;
    match rewritten {
        None => copy(&place.state(), &place.backup()),
        Some(result) => {
            result?;
            private(&place.part())?;
            // Only a complete file has this name: whoever finds it without a state puts it in place.
            rename(&place.part(), &place.fresh())?;
            swap(place)
        }
    }
}

/// Rewrites an open run's state of an older format, before anything is written to it. The caller holds the lock.
///
/// # Errors
/// As [`prepare`].
pub fn upgrade(db: &Db, place: &Place, env: &Env) -> Result<()> {
    attach(db, place, true)?;
    let older = format::older(db, place);
    db.detach(ALIAS)?;
    if older? { prepare(db, place, &Shape::new(), env) } else { Ok(()) }
}

/// The old shape with what is wanted added, and whether anything is missing or has another type.
pub(super) fn merged(have: &Columns, wanted: &Shape) -> (Shape, bool) {
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
    (shape, more)
}

fn create(db: &Db, place: &Place, shape: &Shape, env: &Env) -> Result<()> {
    remove(&place.part())?;
    db.attach(&place.part(), FRESH, false)?;
    let made = tables(db, shape).and_then(|()| {
        format::write(db, FRESH)?;
        db.run(&state::set_meta(FRESH, "lineage", &env.random_id()))?;
        db.run("CHECKPOINT fresh")
    });
    db.detach(FRESH)?;
    made?;
    private(&place.part())?;
    rename(&place.part(), &place.state())
}

fn tables(db: &Db, shape: &Shape) -> Result<()> {
    for (name, columns) in state::EVENTS {
        db.run(&state::create_events(FRESH, name, columns))?;
    }
    shape.iter().try_for_each(|(model, fields)| db.run(&state::create_current(FRESH, model, fields)))
}

/// Fills a new file from the attached state and verifies the counts.
pub(super) fn rewrite(db: &Db, to: &Path, have: &Columns, shape: &Shape) -> Result<()> {
    remove(to)?;
    db.attach(to, FRESH, false)?;
    let filled = tables(db, shape)
        .and_then(|()| fill(db, have))
        .and_then(|()| format::write(db, FRESH))
        .and_then(|()| db.run("CHECKPOINT fresh"));
    db.detach(FRESH)?;
    filled
}

fn fill(db: &Db, have: &Columns) -> Result<()> {
    let fresh = columns(db, FRESH)?;
    let mut tables: Vec<&str> = have.iter().map(|(t, _, _)| t.as_str()).collect();
    tables.dedup();
    for table in tables {
        let of = |all: &Columns| -> Vec<(String, String)> {
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
