//! The format of a state file: which tables and columns its events have. A file of an older format is read through a
//! copy in the new one, so that nobody sees a difference, and rewritten by the next `apply`. One of a newer format is
//! refused: this program would not know what it leaves out.

use super::shape::{Shape, columns, merged, rewrite};
use super::{Place, Scratch, cannot_open};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::findings;
use crate::sql::state::{self, ALIAS};

/// Format number of state files.
pub const FORMAT: u32 = 2;

/// Writes this program's format into an attached file, in place of what stands there.
pub(super) fn write(db: &Db, alias: &str) -> Result<()> {
    for (key, value) in [("format", FORMAT.to_string()), ("program", env!("CARGO_PKG_VERSION").to_owned())] {
        db.run(&findings::forget_meta(alias, key))?;
        db.run(&state::set_meta(alias, key, &value))?;
    }
    Ok(())
}

/// Whether the attached state is of an older format.
///
/// # Errors
/// E420 when it is of a newer one, E404 when it has none.
pub(super) fn older(db: &Db, place: &Place) -> Result<bool> {
    let told = db.one(&state::meta("format"), [], |row| row.get::<_, Option<String>>(0));
    let number = told.map_err(|e| cannot_open(place, &e.to_string()))?.and_then(|f| f.parse::<u32>().ok());
    match number {
        None => {
            let message = format!("{} does not say its format", place.state().display());
            Diagnostic::error(Code::STATE_DAMAGED, message)
                .help("It is no state of this program, or damaged: see `crosswalk state check`.")
                .alone()
        }
        Some(n) if n > FORMAT => newer(db, place, n).alone(),
        Some(n) => Ok(n < FORMAT),
    }
}

fn newer(db: &Db, place: &Place, format: u32) -> Diagnostic {
    let by = db.one(&state::meta("program"), [], |row| row.get::<_, Option<String>>(0)).ok().flatten();
    let needed = by.as_ref().map_or("a newer crosswalk".to_owned(), |v| format!("crosswalk {v} or newer"));
    let message = format!(
        "{} has format {format}; this is crosswalk {}, which knows formats up to {FORMAT}",
        place.state().display(),
        env!("CARGO_PKG_VERSION")
    );
    Diagnostic::error(Code::STATE_NEWER, message).help(format!(
        "Use {needed}. Nothing was changed; the copy made before the change of format is as it was."
    ))
}

/// Replaces the attached state by a copy in this program's format, in a scratch folder that must outlive it.
pub(super) fn through_copy(db: &Db, place: &Place) -> Result<Scratch> {
    let scratch = place.scratch()?;
    let file = scratch.path().join("state.duckdb");
    let have = columns(db, ALIAS)?;
    let (shape, _) = merged(&have, &Shape::new());
    let rewritten = rewrite(db, &file, &have, &shape);
    db.detach(ALIAS)?;
    rewritten?;
    db.attach(&file, ALIAS, true)?;
    Ok(scratch)
}
