//! The state of an environment: what the platform holds of ours, and the ledger of runs. Copy-and-rename, one owner,
//! append-only events, `current_<model>` folded from the accepted ones.
//!
//! The file is attached as `state` to a database in memory; no other code path opens it. Knows no plan.

mod lock;
mod place;
mod shape;

pub use lock::{Holder, Lock, holder as lock_holder, host, user};
pub use place::{Place, Scratch};
pub use shape::{Shape, prepare, restore_after_swap, swap_unfinished};

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::{Table, ledger, state};
use std::collections::BTreeMap;

/// The state attached read-only: what a plan and the reports ask of it.
pub struct Reader<'a> {
    db: &'a Db,
}

/// An open run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRun {
    /// Run.
    pub run: i64,
    /// Mapping.
    pub mapping: String,
    /// Digest of its plan.
    pub plan: String,
    /// Plan number.
    pub number: i64,
}

impl<'a> Reader<'a> {
    /// Attaches the state read-only; `None` when there is none.
    ///
    /// # Errors
    /// E403 when another process holds it, E404 when it cannot be opened.
    pub fn open(db: &'a Db, place: &Place) -> Result<Option<Self>> {
        if !place.state().exists() {
            return Ok(None);
        }
        db.attach(&place.state(), state::ALIAS, true).map_err(|e| cannot_open(place, &e.to_string()))?;
        Ok(Some(Self { db }))
    }

    /// Over a state that is attached already.
    pub fn over(db: &'a Db) -> Self {
        Self { db }
    }

    /// Lets go of the file.
    ///
    /// # Errors
    /// E901.
    pub fn close(self) -> Result<()> {
        self.db.detach(state::ALIAS)
    }

    /// A value of `meta`.
    ///
    /// # Errors
    /// E901.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        self.db.one(&state::meta(key), [], |row| row.get(0))
    }

    /// The stored table of each model with its columns.
    ///
    /// # Errors
    /// E901.
    pub fn stored(&self) -> Result<BTreeMap<String, (Table, Vec<String>)>> {
        let mut all: BTreeMap<String, (Table, Vec<String>)> = BTreeMap::new();
        for (table, column, _) in shape::columns(self.db, state::ALIAS)? {
            if let Some(model) = table.strip_prefix("current_") {
                let entry = all.entry(model.to_owned());
                entry.or_insert_with(|| (state::current(state::ALIAS, model), Vec::new())).1.push(column);
            }
        }
        Ok(all)
    }

    /// How many runs of a mapping changed a record.
    ///
    /// # Errors
    /// E901.
    pub fn serial(&self, mapping: &str) -> Result<u64> {
        self.db.count(&state::serial(mapping))
    }

    /// Rows per source in the mapping's last run.
    ///
    /// # Errors
    /// E901.
    pub fn last_rows(&self, mapping: &str) -> Result<BTreeMap<String, u64>> {
        let rows = self.db.rows(&state::last_rows(mapping), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        Ok(rows.into_iter().map(|(s, n)| (s, u64::try_from(n).unwrap_or(0))).collect())
    }

    /// Copies the last run's rejects into `diff.known`.
    ///
    /// # Errors
    /// E901.
    pub fn known_rejects(&self, mapping: &str) -> Result<Table> {
        self.db.run(&state::known_rejects(mapping))?;
        Ok(Table::new("diff", "known"))
    }

    /// Makes `diff.past`, `diff.decided` and `diff.taken_out` where there is something to tell; gives which of them are there.
    ///
    /// # Errors
    /// E901.
    pub fn past(&self) -> Result<[bool; 3]> {
        let some = |n: i64| n > 0;
        let found = self.db.one(&ledger::anything(), [], |row| {
            Ok([some(row.get(0)?), some(row.get(1)?), some(row.get(2)?)])
        })?;
        let make: [fn() -> String; 3] = [ledger::past, ledger::decided, ledger::taken_out];
        for (_, statement) in found.iter().zip(make).filter(|(there, _)| **there) {
            self.db.run(&statement())?;
        }
        Ok(found)
    }

    /// Runs that have started and not ended.
    ///
    /// # Errors
    /// E901.
    pub fn open_runs(&self) -> Result<Vec<OpenRun>> {
        self.db.rows(&state::open_run(), [], |row| {
            Ok(OpenRun { run: row.get(0)?, mapping: row.get(1)?, plan: row.get(2)?, number: row.get(3)? })
        })
    }
}

pub(crate) fn cannot_open(place: &Place, why: &str) -> Diagnostic {
    let file = place.state().display().to_string();
    if why.contains("Could not set lock") || why.contains("E403") {
        return Diagnostic::error(Code::STATE_LOCKED, format!("another process holds {file}"))
            .help("Wait until it has finished, then call again.");
    }
    let backup = place.backup();
    let why = why.strip_prefix("E901: DuckDB: ").unwrap_or(why);
    let help = if backup.exists() {
        format!("The copy made before the last apply is {}; nothing was changed.", backup.display())
    } else {
        "Nothing was changed.".to_owned()
    };
    Diagnostic::error(Code::STATE_DAMAGED, format!("{file} cannot be opened: {why}")).help(help)
}
