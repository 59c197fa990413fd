//! Who applies to an environment. The operating system's lock on `lock.guard` decides; `lock.json` says who it is, and
//! keeps other hosts out. Making and removing a file alone would not do: two that find the file of a dead process could
//! each remove the other's new one.

use super::Place;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    _guard: File,
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
            user: user(env),
            pid: std::process::id(),
            command: command.to_owned(),
            since: env.now().to_string(),
        };
        let guard = guard(place)?;
        for _ in 0..TRIES {
            match guard.try_lock() {
                Ok(()) => {
                    // Nobody of this host holds it; a file left behind is of a dead process, or of another host.
                    if let Some(holder) = foreign(place) {
                        return held(&holder).alone();
                    }
                    tell(&path, &me)?;
                    return Ok(Self { path, _guard: guard });
                }
                Err(TryLockError::WouldBlock) => {
                    if let Some(holder) = holder(place).filter(|h| h.host != me.host || alive(h.pid)) {
                        return held(&holder).alone();
                    }
                    // It is just being taken or given back: who holds it is told in a moment.
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::Error(e)) => return io(&path, &e).alone(),
            }
        }
        Diagnostic::error(Code::STATE_LOCKED, "another process took the environment just now").alone()
    }
}

const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// The file whose lock by the operating system decides; it ends with its process, however that ends, and is never
/// removed: two processes could then lock two files of one name.
fn guard(place: &Place) -> Result<File> {
    let path = place.lock().with_extension("guard");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    open.map_err(|e| io(&path, &e).into())
}

/// Writes `lock.json` so that nobody ever reads half of it.
fn tell(path: &Path, me: &Holder) -> Result<()> {
    let part = path.with_extension("part");
    let text = serde_json::to_string(me).unwrap_or_default();
    std::fs::write(&part, text).map_err(|e| io(&part, &e))?;
    std::fs::rename(&part, path).map_err(|e| io(path, &e).into())
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock left behind is found stale by the next process.
        drop(std::fs::remove_file(&self.path));
    }
}

/// What `lock.json` says, whether its process lives or not.
pub fn holder(place: &Place) -> Option<Holder> {
    let text = std::fs::read_to_string(place.lock()).ok()?;
    serde_json::from_str(&text).ok()
}

/// Who is at work on the environment now: another host, or a process of this one that holds the guard.
pub(super) fn living(place: &Place) -> Option<Holder> {
    let holder = holder(place)?;
    (holder.host != host() || guarded(place, holder.pid)).then_some(holder)
}

/// The lock of another host, of which nobody here can say whether it lives.
pub(super) fn foreign(place: &Place) -> Option<Holder> {
    holder(place).filter(|h| h.host != host())
}

/// Whether a process of this host holds the guard. A number that was given to another process since says nothing.
fn guarded(place: &Place, pid: u32) -> bool {
    match guard(place) {
        // Shared, so that two who ask do not take each other for a holder; given back with the file.
        Ok(guard) => matches!(guard.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => alive(pid),
    }
}

/// Accepts that the lock of another host is dead, and removes it. Gives whose it was.
///
/// # Errors
/// E403 while a process of this host works, E902.
pub fn take_over(place: &Place) -> Result<Option<Holder>> {
    let guard = guard(place)?;
    let Some(holder) = foreign(place) else { return Lock::refuse_if_held(place).map(|()| None) };
    if guard.try_lock().is_err() {
        return held(&holder).alone();
    }
    std::fs::remove_file(place.lock()).map_err(|e| io(&place.lock(), &e))?;
    Ok(Some(holder))
}

impl Lock {
    /// Refuses while a process of this host works. The lock of another host is for the caller to tell.
    ///
    /// # Errors
    /// E403 naming the holder.
    pub fn refuse_if_at_work(place: &Place) -> Result<()> {
        match living(place).filter(|h| h.host == host()) {
            Some(holder) => held(&holder).alone(),
            None => Ok(()),
        }
    }

    /// Refuses while a living process of this host (or any of another) applies.
    ///
    /// # Errors
    /// E403 naming the holder.
    pub fn refuse_if_held(place: &Place) -> Result<()> {
        match living(place) {
            Some(holder) => held(&holder).alone(),
            None => Ok(()),
        }
    }
}

pub(super) fn held(h: &Holder) -> Diagnostic {
    let message = format!(
        "`{}` of {} (process {} on {}) has held this environment since {}",
        h.command, h.user, h.pid, h.host, h.since
    );
    let help = if h.host == host() {
        "Wait until it has finished, then call again."
    } else {
        "Wait until it has finished, then call again. If nothing runs there any more: crosswalk state here"
    };
    Diagnostic::error(Code::STATE_LOCKED, message).help(help)
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

/// Who works here: the name in the environment, which cron and containers leave out; else the number of the user.
pub fn user(env: &Env) -> String {
    user_name(env).map_or_else(number, str::to_owned)
}

/// The user's name, where the environment has it.
pub fn user_name(env: &Env) -> Option<&str> {
    let named = env.var("USER").or(env.var("USERNAME")).or(env.var("LOGNAME"));
    named.filter(|name| !name.is_empty())
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn number() -> String {
    // SAFETY: reads a number of this process; cannot fail.
    format!("user {}", unsafe { libc::getuid() })
}

#[cfg(not(unix))]
fn number() -> String {
    "unknown".to_owned()
}

/// This machine's name.
pub fn host() -> String {
    std::fs::read_to_string("/etc/hostname").map_or_else(|_| "this host".to_owned(), |h| h.trim().to_owned())
}

fn io(path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}
