//! The store: uploads as they were committed, the true tables, their history. One owner, in the keeper's thread.

mod reading;

pub(super) use reading::Wanted;

use super::body::{About, Form};
use super::fault::{Mark, Mode, Told};
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
    /// The oldest upload that has not ended: its number, its state, when it moves on.
    next: Option<(i64, String, i64)>,
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

/// An upload as it arrives.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) form: Form,
    pub(super) bytes: Vec<u8>,
    pub(super) about: About,
    pub(super) mark: Mark,
    pub(super) mode: Mode,
}

/// An upload with what it says about itself and what befalls it.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) upload: Upload,
    pub(super) form: Form,
    pub(super) about: About,
    pub(super) fault: String,
    pub(super) mark: Mark,
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
        let mut store = Self { db, platform, options, shapes, next: None };
        store.fit()?;
        if store.platform.transport.kind == TransportKind::Upsert {
            resource::prepare(&store)?;
        }
        store.finish_pending()?;
        Ok(store)
    }

    /// Ends what an earlier run took and did not end, whatever its time.
    fn finish_pending(&mut self) -> Result<()> {
        self.next = self.unfinished()?;
        while self.next.is_some() {
            self.move_on();
        }
        Ok(())
    }

    /// The database.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    fn fit(&self) -> Result<()> {
        self.db.run(sql::TABLES)?;
        // No look-up lags over a new start.
        self.db.run(&sql::caught_up(&self.shapes))?;
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
    pub(super) fn commit(&mut self, arrival: &Arrival) -> Result<String> {
        let digest: String = Sha256::digest(&arrival.bytes).iter().map(|b| format!("{b:02x}")).collect();
        let (id, created) = (new_id(), now_text());
        let size = i64::try_from(arrival.bytes.len()).unwrap_or(i64::MAX);
        let due = now_ms() + self.delay();
        let Arrival { form, about, mark, mode, .. } = arrival;
        let (share, seed) = mark
            .refuse
            .map_or((None, None), |(share, seed)| (Some(i64::from(share)), Some(seed.to_string())));
        let (told, lag) = (told_word(mark.told), i64::from(mark.lag));
        let n = self.db.transaction(|| {
            let n: i64 = self.db.one(sql::NEXT, [], |r| r.get(0))?;
            self.db.change(sql::ADD_UPLOAD, duckdb::params![n, id, created, digest, size, due])?;
            let request = duckdb::params![
                n,
                form.word(),
                about.app,
                about.parent,
                about.batch,
                about.total,
                about.full,
                mode.word(),
                share,
                seed,
                told,
                lag
            ];
            self.db.change(sql::ADD_REQUEST, request)?;
            self.db.change(sql::ADD_PENDING, duckdb::params![n, arrival.bytes])?;
            Ok(n)
        })?;
        self.next.get_or_insert((n, "Ready".to_owned(), due));
        Ok(id)
    }

    /// Cancels an upload if that is possible: a connector was asked, and has not ended.
    pub(super) fn cancel(&mut self, id: &str) -> Result<bool> {
        let changed = self.db.change(sql::CANCEL, duckdb::params![now_text(), id])?;
        self.look_ahead();
        Ok(changed > 0)
    }

    /// Notes that a fault struck a request.
    pub(super) fn note_played(&mut self, request: &str, mode: &str) -> Result<()> {
        self.db.change(sql::ADD_PLAYED, duckdb::params![now_text(), request, mode]).map(|_| ())
    }

    /// How long until the oldest unfinished upload moves on.
    pub(super) fn until_due(&self) -> Option<Duration> {
        let left = self.next.as_ref()?.2.saturating_sub(now_ms());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// Moves on every upload whose time has come, oldest first.
    pub(super) fn advance(&mut self) {
        while self.until_due() == Some(Duration::ZERO) {
            self.move_on();
        }
    }

    fn move_on(&mut self) {
        if let Err(errors) = self.step() {
            // Nobody is there to tell: the page and the answer show it, and the upload does not block others.
            self.give_up(&errors.to_string());
        }
    }

    fn step(&mut self) -> Result<()> {
        let Some((n, state, _)) = self.next.clone() else { return Ok(()) };
        let next = match state.as_str() {
            "Ready" if self.options.connector => Some("Connector"),
            "Ready" | "Connector" => Some("In Progress"),
            _ => None,
        };
        if let Some(next) = next {
            let due = now_ms() + self.delay();
            self.db.change(sql::SET_STATE, duckdb::params![next, due, now_text(), n])?;
            self.next = Some((n, next.to_owned(), due));
            return Ok(());
        }
        process::run(self, n)?;
        self.look_ahead();
        Ok(())
    }

    fn give_up(&mut self, why: &str) {
        let message: String = why.chars().take(200).collect();
        let end = |n| self.db.change(sql::END, duckdb::params!["Failed", now_text(), 0_i64, message, n]);
        // A store that refuses even this is reported by the next question.
        if let Some((n, ..)) = &self.next {
            drop(end(*n));
        }
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        self.next = self.unfinished().ok().flatten();
    }

    fn unfinished(&self) -> Result<Option<(i64, String, i64)>> {
        let rows = self.db.rows(sql::UNFINISHED, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        Ok(rows.into_iter().next())
    }

    fn delay(&self) -> i64 {
        i64::try_from(self.options.delay_ms).unwrap_or(i64::MAX / 2)
    }

    /// Closes the file.
    pub(super) fn close(self) {
        // Committed uploads are safe in the log of the database file whatever happens here.
        drop(self.db.checkpoint());
        drop(self.db.close());
    }
}

/// The words of the store for how outcomes are told.
const TOLD: [(&str, Told); 4] =
    [("", Told::Rightly), ("reordered", Told::Reordered), ("missing", Told::Missing), ("extra", Told::Extra)];

fn told_word(told: Told) -> &'static str {
    TOLD.iter().find(|(_, t)| *t == told).map_or("", |(word, _)| word)
}

fn told_called(word: &str) -> Told {
    TOLD.iter().find(|(w, _)| *w == word).map_or(Told::Rightly, |(_, told)| *told)
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
