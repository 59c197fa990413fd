//! The practice platform: a real HTTP server on loopback made from a platform file. It keeps what it is sent in
//! DuckDB, answers as the contract says, and misbehaves on demand.
//!
//! In: a [`Platform`], a folder, [`Options`]. Out: an address. An upload is committed to `<folder>/platform.duckdb`
//! before it is answered with 200, then processed; what was pending when it stopped is finished at the next start.
//! Whatever fault is played, the true tables and the history say what was done.
//! It knows nothing of plans, and the client knows nothing of it.

mod archive;
mod batch;
mod body;
mod fault;
mod http;
mod keeper;
mod line;
mod options;
mod page;
mod process;
mod resource;
mod shape;
mod store;

pub use fault::{FaultPlan, Mode, On};
pub use options::{Header, Missing, OnUnknown, Options, SETTINGS, Setting};
pub use store::Upload;

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::spec::platform::Platform;
use keeper::Keeper;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use store::Store;
use tokio::sync::oneshot;

/// A running practice platform; it stops when dropped.
pub struct Rehearsal {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    keeper: Option<Keeper>,
    _claim: Claim,
}

impl Rehearsal {
    /// Starts it on 127.0.0.1 with its store in `folder`, which is created.
    ///
    /// # Errors
    /// E506 when the port is taken or this process has the store open already, E901 when another process holds the
    /// store, E902 when the folder cannot be made.
    pub fn start(platform: &Platform, folder: &Path, options: Options) -> Result<Self> {
        make_folder(folder).map_err(|e| no_folder(folder, &e))?;
        let claim = Claim::take(folder)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .and_then(|l| l.set_nonblocking(true).map(|()| l))
            .map_err(|e| cannot(&format!("port {} of 127.0.0.1 cannot be used: {e}", options.port)))?;
        let address = listener.local_addr().map_err(|e| cannot(&e.to_string()))?;
        let platform = Arc::new(platform.clone());
        let options = Arc::new(options);
        let keeper = Keeper::start(platform.clone(), folder, options.clone())?;
        // One thread, ours: tokio panics where the machine gives no thread for its workers.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| cannot(&e.to_string()))?;
        let state = http::State::new(platform, options, keeper.asker());
        let (stop, stopped) = oneshot::channel();
        let server = std::thread::Builder::new().name("rehearsal".to_owned()).spawn(move || {
            runtime.spawn(http::serve(listener, state));
            // Ends when the sender is used or dropped; both mean stop.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(Duration::from_secs(2));
        });
        let server = server.map_err(|e| cannot(&format!("no thread can be started: {e}")))?;
        Ok(Self { address, stop: Some(stop), server: Some(server), keeper: Some(keeper), _claim: claim })
    }

    /// Whether the folder holds a store already.
    pub fn has_store(folder: &Path) -> bool {
        Self::store(folder).exists()
    }

    /// The file of the store in a folder.
    pub fn store(folder: &Path) -> PathBuf {
        folder.join(store::FILE)
    }

    /// Its base address, such as `http://127.0.0.1:49152`.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs `work` with its store between two requests: for tests and for what the page shows.
    ///
    /// # Errors
    /// What `work` gives, or E506 when it has stopped.
    pub fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(move |store| work(store.db()))
    }

    /// Records per record type that are there, in the platform file's order.
    ///
    /// # Errors
    /// E901.
    pub fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.ask(|store| store.counts())
    }

    /// The last uploads, newest first.
    ///
    /// # Errors
    /// E901.
    pub fn uploads(&self, most: u32) -> Result<Vec<Upload>> {
        let uploads = self.ask(move |store| store.uploads(i64::from(most)))?;
        Ok(uploads.into_iter().map(|taken| taken.upload).collect())
    }

    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.keeper {
            Some(keeper) => keeper.asker().ask_blocking(work),
            None => cannot("it has stopped").alone(),
        }
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            // A panic there has been printed already; stopping must go on.
            let _ = server.join();
        }
        drop(self.keeper.take());
    }
}

/// The one owner of a store in this process: a second DuckDB on an open file would drop the first one's lock.
struct Claim(PathBuf);

static CLAIMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

impl Claim {
    fn take(folder: &Path) -> Result<Self> {
        let path = folder.canonicalize().map_err(|e| no_folder(folder, &e))?;
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        if !claimed.insert(path.clone()) {
            return cannot("its store is in use by this process already").alone();
        }
        Ok(Self(path))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Makes the folder, readable by its owner only.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn cannot(why: &str) -> Diagnostic {
    Diagnostic::error(Code::REHEARSAL, format!("the practice platform cannot run: {why}"))
}

fn no_folder(folder: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("the folder {} cannot be used: {error}", folder.display()))
}

#[cfg(test)]
mod tests;
