//! How far a running apply is, for those who look meanwhile: `progress.json`, written whole at most once a second.

use super::Place;
use super::files::io;
use crate::diagnostic::Result;
use crate::env::Env;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Run.
    pub run: i64,
    /// Mapping.
    pub mapping: String,
    /// Plan number.
    pub plan: i64,
    /// Since when it sends (UTC).
    pub since: String,
    /// Whether the state before it is `state.backup.duckdb`; else there was none.
    pub copy: bool,
    /// Records done.
    pub done: u64,
    /// Of so many; 0 while that is not known yet.
    pub total: u64,
    /// Records a second so far.
    pub per_second: f64,
    /// Batches done.
    pub batches: u64,
}

/// Writes it, and removes it when dropped.
pub struct Meter {
    path: PathBuf,
    begun: Instant,
    state: Mutex<(Progress, Option<Instant>)>,
}

const EVERY: Duration = Duration::from_secs(1);

impl Meter {
    /// Begins. `copy` says whether `state.backup.duckdb` is the state before this run.
    ///
    /// # Errors
    /// E902.
    pub fn start(place: &Place, env: &Env, run: &super::OpenRun, copy: bool) -> Result<Self> {
        let progress = Progress {
            run: run.run,
            mapping: run.mapping.clone(),
            plan: run.number,
            since: env.now().to_string(),
            copy,
            done: 0,
            total: 0,
            per_second: 0.0,
            batches: 0,
        };
        let meter =
            Self { path: place.progress(), begun: Instant::now(), state: Mutex::new((progress, None)) };
        let state = meter.state.lock().unwrap_or_else(PoisonError::into_inner);
        meter.write(&state.0)?;
        drop(state);
        Ok(meter)
    }

    /// A batch is done: so many records of so many. What cannot be written is told by nobody: sending matters more.
    pub fn batch(&self, done: u64, total: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let (progress, written) = &mut *state;
        (progress.done, progress.total) = (done, total);
        progress.batches += 1;
        progress.per_second = (done as f64 / seconds * 10.0).round() / 10.0;
        if written.is_none_or(|at| at.elapsed() >= EVERY) {
            *written = Some(Instant::now());
            drop(self.write(progress));
        }
    }

    /// Nobody ever reads half of it.
    fn write(&self, progress: &Progress) -> Result<()> {
        let part = self.path.with_extension("json.part");
        let text = serde_json::to_string(progress).unwrap_or_default();
        std::fs::write(&part, text).map_err(|e| io(&part, &e))?;
        std::fs::rename(&part, &self.path).map_err(|e| io(&self.path, &e).into())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // One left behind is of a process that lives no more, and is not looked at.
        drop(std::fs::remove_file(&self.path));
    }
}

/// What a running apply has written.
pub(super) fn read(place: &Place) -> Option<Progress> {
    serde_json::from_str(&std::fs::read_to_string(place.progress()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{OpenRun, Place};
    use super::*;

    #[test]
    fn it_is_written_at_the_first_batch_and_then_once_a_second() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::new(root.path(), "x").unwrap();
        let env = Env::new(std::collections::BTreeMap::new(), root.path().to_path_buf());
        let run = OpenRun { run: 3, mapping: "m".to_owned(), plan: "0a".to_owned(), number: 4 };
        let meter = Meter::start(&place, &env, &run, true).unwrap();
        let begun = read(&place).unwrap();
        assert_eq!((begun.run, begun.plan, begun.copy, begun.done), (3, 4, true, 0));
        (1..=500).for_each(|n| meter.batch(n * 10, 9000));
        let first = read(&place).unwrap();
        assert_eq!((first.batches, first.done, first.total), (1, 10, 9000));
        std::thread::sleep(EVERY);
        meter.batch(5010, 9000);
        let later = read(&place).unwrap();
        assert_eq!((later.batches, later.done), (501, 5010));
        assert!(later.per_second > 0.0);
        drop(meter);
        assert_eq!(read(&place), None);
    }
}
