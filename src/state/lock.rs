//! `lock.json`: who applies to an environment. Stale only when its process is dead on this host.

use super::Place;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::PathBuf;

/// Who holds an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Host name.
    pub host: String,
    /// User name.
    pub user: String,
    /// Process.
    pub pid: u32,
    /// Command.
    pub command: String,
    /// Since when (UTC).
    pub since: String,
}

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
}

impl Lock {
    /// Takes the lock, or says who holds it.
    ///
    /// # Errors
    /// E403 naming the holder, E902.
    pub fn take(place: &Place, env: &Env, command: &str) -> Result<Self> {
        let path = place.lock();
        let me = Holder {
            host: host(),
            user: env.var("USER").or(env.var("USERNAME")).unwrap_or("unknown").to_owned(),
            pid: std::process::id(),
            command: command.to_owned(),
            since: env.now().to_string(),
        };
        for _ in 0..2 {
            match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    let text = serde_json::to_string(&me).unwrap_or_default();
                    file.write_all(text.as_bytes())
                        .and_then(|()| file.sync_all())
                        .map_err(|e| io(&path, &e))?;
                    return Ok(Self { path });
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                    if let Some(holder) = holder(place).filter(|h| h.host != me.host || alive(h.pid)) {
                        return held(&holder).alone();
                    }
                    // Its process is dead (or the file empty): remove it and try once more.
                    std::fs::remove_file(&path).or_else(gone_is_fine).map_err(|e| io(&path, &e))?;
                }
                Err(e) => return io(&path, &e).alone(),
            }
        }
        Diagnostic::error(Code::STATE_LOCKED, "another process took the environment just now").alone()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock left behind is found stale by the next process.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Who holds the environment now, dead ones left out.
pub fn holder(place: &Place) -> Option<Holder> {
    let text = std::fs::read_to_string(place.lock()).ok()?;
    serde_json::from_str(&text).ok()
}

impl Lock {
    /// Refuses while a living process of this host (or any of another) applies.
    ///
    /// # Errors
    /// E403 naming the holder.
    pub fn refuse_if_held(place: &Place) -> Result<()> {
        match holder(place).filter(|h| h.host != host() || alive(h.pid)) {
            Some(holder) => held(&holder).alone(),
            None => Ok(()),
        }
    }
}

fn held(h: &Holder) -> Diagnostic {
    let message = format!(
        "`{}` of {} (process {} on {}) has held this environment since {}",
        h.command, h.user, h.pid, h.host, h.since
    );
    Diagnostic::error(Code::STATE_LOCKED, message).help("Wait until it has finished, then call again.")
}

/// Whether a process of this host lives.
#[allow(unsafe_code)]
pub(super) fn alive(pid: u32) -> bool {
    #[cfg(unix)]
    {
        let Ok(pid) = i32::try_from(pid) else { return false };
        // SAFETY: signal 0 only asks whether the process exists; no memory is touched.
        let answer = unsafe { libc::kill(pid, 0) };
        answer == 0 || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
    }
    #[cfg(not(unix))]
    {
        let _ = pid;
        true
    }
}

fn host() -> String {
    std::fs::read_to_string("/etc/hostname").map_or_else(|_| "this host".to_owned(), |h| h.trim().to_owned())
}

fn gone_is_fine(e: std::io::Error) -> std::io::Result<()> {
    if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) }
}

fn io(path: &std::path::Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}
