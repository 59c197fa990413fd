//! The state of an environment: what the platform holds of ours, and the ledger of runs. Copy-and-rename, one owner,
//! append-only events, `current_<model>` folded from the accepted ones.
//!
//! The file is attached as `state` to a database in memory; no other code path opens it. Knows no plan.

mod beside;
mod copies;
mod disk;
mod files;
mod findings;
mod format;
mod lock;
mod note;
mod place;
mod progress;
mod shape;
mod trial;

pub use beside::{Running, View, look};
pub use copies::{Backup, Restored, backup, restore};
pub use disk::refuse_unsafe;
pub use files::{restore_after_swap, swap_unfinished, sync_folder};
pub use findings::{FINDINGS, Finding, find};
pub use format::FORMAT;
pub use lock::{Holder, Lock, holder as lock_holder, host, take_over, user, user_name};
pub use note::{Note, add as note, notes};
pub use place::{Place, Scratch};
pub use progress::{Meter, Progress};
pub use shape::{Shape, prepare, upgrade};
pub use trial::{COMMAND as OPEN_STATE, before_writing, clean, open as open_for_trial};

use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::{Table, ledger, state};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The state attached read-only: what a plan and the reports ask of it.
pub struct Reader<'a> {
    db: &'a Db,
    /// Where the copy is that is read in place of a file of an older format.
    copy: Option<Scratch>,
}

/// A small database to read a state with.
///
/// # Errors
/// E901.
pub fn database(place: &Place) -> Result<Db> {
    let folders = vec![place.folder().to_path_buf()];
    Db::in_memory(&Limits { memory_mib: 512, threads: 1, spill: None, folders })
}

/// How long an apply waits for those who read the state: they hold it for one query, a plan until it is written.
const WAIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Attaches the state. For writing, it waits for those who read it; the caller holds the lock.
///
/// # Errors
/// E403 when another process holds it, E404 when it cannot be opened.
pub fn attach(db: &Db, place: &Place, read_only: bool) -> Result<()> {
    let since = Instant::now();
    loop {
        let Err(errors) = db.attach(&place.state(), state::ALIAS, read_only) else { return Ok(()) };
        let held = errors.list().iter().any(|d| d.code == Code::STATE_LOCKED);
        if !held || read_only || since.elapsed() > WAIT {
            return cannot_open(place, &errors.to_string()).alone();
        }
        std::thread::sleep(PAUSE);
    }
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
    /// E403 when another process holds it, E404 when it cannot be opened or is gone, E420 when a newer program wrote it.
    pub fn open(db: &'a Db, place: &Place) -> Result<Option<Self>> {
        if !place.state().exists() {
            return files::refuse_lost(place).map(|()| None);
        }
        trial::before_reading(place)?;
        attach(db, place, true)?;
        Self::of_any_format(db, place).map(Some)
    }

    /// Over a state just attached: one of an older format is replaced by a copy in the new one.
    fn of_any_format(db: &'a Db, place: &Place) -> Result<Self> {
        let copy = match format::older(db, place) {
            Ok(true) => Some(format::through_copy(db, place)?),
            Ok(false) => None,
            Err(errors) => {
                // The first error is the one to tell.
                drop(db.detach(state::ALIAS));
                return Err(errors);
            }
        };
        Ok(Self { db, copy })
    }

    /// Over a state that is attached already.
    pub fn over(db: &'a Db) -> Self {
        Self { db, copy: None }
    }

    /// Leaves the state attached; what it gives must live as long as that.
    pub fn keep(self) -> Option<Scratch> {
        self.copy
    }

    /// Whether the file itself is of an older format.
    pub fn is_copy(&self) -> bool {
        self.copy.is_some()
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

    /// Whether no run ever began and nothing was decided.
    ///
    /// # Errors
    /// E901.
    pub fn untouched(&self) -> Result<bool> {
        self.db.count(&state::events()).map(|n| n == 0)
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

    /// Digests of all plans of which a run has begun.
    ///
    /// # Errors
    /// E901.
    pub fn plans_begun(&self) -> Result<BTreeSet<String>> {
        let all = self.db.rows(&state::plans_begun(), [], |row| row.get::<_, String>(0))?;
        Ok(all.into_iter().collect())
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
        let who =
            why.split("E403: ").nth(1).and_then(|w| w.split(" has ").next()).unwrap_or("another process");
        return Diagnostic::error(Code::STATE_LOCKED, format!("{who} holds {file}"))
            .help("Wait until it has finished, then call again.");
    }
    let backup = place.backup();
    let why = ["E901: DuckDB: ", "E404: "].iter().find_map(|p| why.strip_prefix(p)).unwrap_or(why);
    let help = if backup.exists() {
        format!(
            "The copy made before the last apply is {}; nothing was changed. `crosswalk state restore` puts it back.",
            backup.display()
        )
    } else {
        "Nothing was changed. `crosswalk state restore FILE` puts a copy of yours back.".to_owned()
    };
    Diagnostic::error(Code::STATE_DAMAGED, format!("{file} cannot be opened: {why}")).help(help)
}
