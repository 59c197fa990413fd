//! The store: uploads as they were committed, the true tables, their history. One owner, in the keeper's thread.

use super::{Options, process, resource, shape};
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::spec::platform::{Platform, TransportKind};
use crate::sql::rehearsal::{self as sql, Shape};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Name of the store's file.
pub(super) const FILE: &str = "platform.duckdb";

/// The store.
pub(super) struct Store {
    db: Db,
    pub(super) platform: Arc<Platform>,
    pub(super) options: Arc<Options>,
    pub(super) shapes: Vec<Shape>,
    due: Option<i64>,
}

/// An upload as it was taken.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its number, from 1.
    pub n: i64,
    /// Its id.
    pub id: String,
    /// When it was taken, ISO.
    pub created: String,
    /// When it last changed, ISO.
    pub modified: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Its size.
    pub bytes: i64,
    /// Its state.
    pub state: String,
    /// Records that failed.
    pub failures: i64,
    /// Why it failed as a whole.
    pub message: Option<String>,
}

/// Counts of an upload for one record type.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    pub(super) model: String,
    /// Inserted, updated, skipped, failed, deleted.
    pub(super) counts: [i64; 5],
}

/// A key named in an answer.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) model: String,
    pub(super) error: bool,
    pub(super) key: String,
    pub(super) messages: Vec<String>,
}

impl Store {
    /// Opens it, makes its tables fit the platform file, and finishes what was pending.
    pub(super) fn open(platform: Arc<Platform>, folder: &Path, options: Arc<Options>) -> Result<Self> {
        let path = folder.join(FILE);
        if options.reset {
            for file in [path.clone(), folder.join(format!("{FILE}.wal"))] {
                remove(&file)?;
            }
        }
        let limits = Limits {
            memory_mib: options.memory_mib,
            threads: 2,
            spill: Some(folder.join("spill")),
            folders: vec![folder.to_owned()],
        };
        let db = Db::file(&path, &limits)?;
        let shapes = shape::shapes(&platform);
        let mut store = Self { db, platform, options, shapes, due: None };
        store.fit()?;
        if store.platform.transport.kind == TransportKind::Upsert {
            resource::prepare(&store)?;
        }
        store.finish_pending()?;
        Ok(store)
    }

    /// Ends what an earlier run took and did not end, whatever its time.
    fn finish_pending(&mut self) -> Result<()> {
        while self.unfinished()?.is_some() {
            if let Err(errors) = self.step() {
                self.give_up(&errors.to_string());
            }
        }
        Ok(())
    }

    /// The database.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    fn fit(&self) -> Result<()> {
        self.db.run(sql::TABLES)?;
        let there = self.db.rows(sql::COLUMNS, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let there: BTreeSet<(String, String)> = there.into_iter().collect();
        self.db.transaction(|| {
            for shape in &self.shapes {
                let table = sql::true_table(&shape.name);
                self.db.run(&sql::create_true(shape))?;
                if !there.contains(&(table.clone(), "_key".to_owned())) {
                    continue;
                }
                for column in
                    shape.columns.iter().filter(|c| !there.contains(&(table.clone(), c.name.clone())))
                {
                    self.db.run(&sql::add_column(&shape.name, &column.name))?;
                }
            }
            Ok(())
        })
    }

    /// Commits an upload; gives its id. Only then may it be answered.
    pub(super) fn commit(&mut self, zip: &[u8]) -> Result<String> {
        let digest: String = Sha256::digest(zip).iter().map(|b| format!("{b:02x}")).collect();
        let (id, created) = (new_id(), now_text());
        let (size, due) = (i64::try_from(zip.len()).unwrap_or(i64::MAX), now_ms() + self.delay());
        self.db.transaction(|| {
            let n: i64 = self.db.one(sql::NEXT, [], |r| r.get(0))?;
            self.db.change(sql::ADD_UPLOAD, duckdb::params![n, id, created, digest, size, due])?;
            self.db.change(sql::ADD_PENDING, duckdb::params![n, zip])
        })?;
        self.look_ahead();
        Ok(id)
    }

    /// How long until the oldest unfinished upload moves on.
    pub(super) fn until_due(&self) -> Option<Duration> {
        let left = self.due?.saturating_sub(now_ms());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// Moves on every upload whose time has come, oldest first.
    pub(super) fn advance(&mut self) {
        while self.until_due() == Some(Duration::ZERO) {
            if let Err(errors) = self.step() {
                // Nobody is there to tell: the page and the answer show it, and the upload does not block others.
                self.give_up(&errors.to_string());
            }
            self.look_ahead();
        }
    }

    fn step(&mut self) -> Result<()> {
        let Some((n, state, _)) = self.unfinished()? else { return Ok(()) };
        if state == "Ready" {
            let due = now_ms() + self.delay();
            self.db.change(sql::SET_STATE, duckdb::params!["In Progress", due, now_text(), n])?;
            return Ok(());
        }
        process::run(self, n)
    }

    fn give_up(&mut self, why: &str) {
        let message: String = why.chars().take(200).collect();
        let end = |n| self.db.change(sql::END, duckdb::params!["Failed", now_text(), 0_i64, message, n]);
        // A store that refuses even this is reported by the next question.
        if let Ok(Some((n, _, _))) = self.unfinished() {
            drop(end(n));
        }
    }

    fn look_ahead(&mut self) {
        self.due = self.unfinished().ok().flatten().map(|(_, _, due)| due);
    }

    fn unfinished(&self) -> Result<Option<(i64, String, i64)>> {
        let rows = self.db.rows(sql::UNFINISHED, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        Ok(rows.into_iter().next())
    }

    fn delay(&self) -> i64 {
        i64::try_from(self.options.delay_ms).unwrap_or(i64::MAX / 2)
    }

    /// An upload by id.
    pub(super) fn upload(&self, id: &str) -> Result<Option<Upload>> {
        Ok(self.db.rows(&sql::upload(), [id], upload_row)?.into_iter().next())
    }

    /// Uploads, newest first.
    pub(super) fn uploads(&self, limit: i64, offset: i64) -> Result<Vec<Upload>> {
        self.db.rows(&sql::uploads(), [limit, offset], upload_row)
    }

    /// How many uploads there are.
    pub(super) fn upload_count(&self) -> Result<i64> {
        self.db.one(sql::NEXT, [], |r| r.get::<_, i64>(0)).map(|n| n - 1)
    }

    /// Counts of an upload per record type.
    pub(super) fn results(&self, n: i64) -> Result<Vec<Counts>> {
        self.db.rows(sql::RESULTS, [n], |r| {
            Ok(Counts { model: r.get(0)?, counts: [r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?] })
        })
    }

    /// Keys of an upload that were refused or skipped.
    pub(super) fn problems(&self, n: i64) -> Result<Vec<Problem>> {
        self.db.rows(sql::PROBLEMS, [n], |r| {
            let (kind, text): (String, String) = (r.get(1)?, r.get(3)?);
            let messages = text.split('\u{1f}').map(str::to_owned).collect();
            Ok(Problem { model: r.get(0)?, error: kind == "error", key: r.get(2)?, messages })
        })
    }

    /// Records per record type.
    pub(super) fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.shapes.iter().map(|s| Ok((s.name.clone(), self.db.count(&sql::count(s, None))?))).collect()
    }

    /// Closes the file.
    pub(super) fn close(self) {
        // Committed uploads are safe in the log of the database file whatever happens here.
        drop(self.db.checkpoint());
        drop(self.db.close());
    }
}

fn upload_row(r: &duckdb::Row<'_>) -> duckdb::Result<Upload> {
    Ok(Upload {
        n: r.get(0)?,
        id: r.get(1)?,
        created: r.get(2)?,
        modified: r.get(3)?,
        digest: r.get(4)?,
        bytes: r.get(5)?,
        state: r.get(6)?,
        failures: r.get(7)?,
        message: r.get(8)?,
    })
}

/// Now as the platform writes it: seven digits of a second and `Z`.
pub(super) fn now_text() -> String {
    format!("{}0Z", jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6f"))
}

pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A random UUID.
pub(super) fn new_id() -> String {
    let mut bytes = [0_u8; 16];
    if getrandom::fill(&mut bytes).is_err() {
        bytes = (jiff::Timestamp::now().as_nanosecond() as u128).to_be_bytes();
    }
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Diagnostic::error(Code::IO, format!("{} cannot be removed: {e}", file.display())).alone()
        }
        _ => Ok(()),
    }
}
