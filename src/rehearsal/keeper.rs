//! The one owner of the store: a thread that takes questions in turn and moves uploads on between them.

use super::store::Store;
use super::{Options, cannot};
use crate::diagnostic::Result;
use crate::spec::platform::Platform;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The thread. Dropping it waits until the questions in line are answered and the store is closed.
pub(super) struct Keeper {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Puts questions in line.
#[derive(Clone)]
pub(super) struct Asker(Option<Sender<Job>>);

impl Keeper {
    /// Opens the store and finishes what was pending.
    pub(super) fn start(platform: Arc<Platform>, folder: &Path, options: Arc<Options>) -> Result<Self> {
        let (jobs, line) = channel();
        let (opened, wait) = channel();
        let folder = folder.to_owned();
        let thread = std::thread::Builder::new().spawn(move || {
            match Store::open(platform, &folder, options) {
                Ok(store) => {
                    // The starter waits for this; if it is gone, so is the line of jobs.
                    let _ = opened.send(Ok(()));
                    keep(store, &line);
                }
                Err(errors) => drop(opened.send(Err(errors))),
            }
        });
        let thread = thread.map_err(|e| cannot(&format!("no thread can be started: {e}")))?;
        wait.recv().unwrap_or_else(|_| cannot("its store could not be opened").alone())?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// A handle for questions.
    pub(super) fn asker(&self) -> Asker {
        Asker(self.jobs.clone())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

impl Asker {
    /// Asks from a task.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = oneshot::channel();
        // Who asked may have gone meanwhile.
        self.put(Box::new(move |store| drop(answer.send(work(store)))))?;
        wait.await.unwrap_or_else(|_| cannot("it has stopped").alone())
    }

    /// Asks from a thread.
    pub(super) fn ask_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = channel();
        self.put(Box::new(move |store| drop(answer.send(work(store)))))?;
        wait.recv().unwrap_or_else(|_| cannot("it has stopped").alone())
    }

    fn put(&self, job: Job) -> Result<()> {
        let sent = self.0.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { cannot("it has stopped").alone() }
    }
}

fn keep(mut store: Store, line: &Receiver<Job>) {
    loop {
        let job = match store.until_due() {
            Some(wait) => line.recv_timeout(wait),
            None => line.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if !matches!(job, Err(RecvTimeoutError::Disconnected)) {
            store.advance();
        }
        match job {
            Ok(job) => job(&mut store),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return store.close(),
        }
    }
}
