//! The world outside: clock, randomness, environment variables, cancellation. Everything that could make two runs
//! differ is asked here, so that tests replace it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Name of the environment variable that fixes the clock (an RFC 3339 time), for tests and repeatable plans.
pub const NOW: &str = "CROSSWALK_NOW";

/// Name of the environment variable by which tests end the process at its n-th step, as a power cut would (R1).
pub const CRASH_AT: &str = "CROSSWALK_CRASH_AT";

/// Name of the environment variable by which tests have the process stop at each step until it is told to go on: what then
/// lies on the disk is what a crash at that step would leave.
pub const STOP_AT_STEPS: &str = "CROSSWALK_STOP_AT_STEPS";

/// A step that a crash may precede or follow: a commit, a file put in place, a request. Ends the process, without any
/// cleaning up, when it is the one that [`CRASH_AT`] names; told on standard error, so that a test knows it was reached.
#[allow(unsafe_code, clippy::print_stderr)]
pub fn step(what: &str) {
    static WANTED: std::sync::OnceLock<(u64, bool)> = std::sync::OnceLock::new();
    static SEEN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let (at, stop) = *WANTED.get_or_init(|| {
        let at = std::env::var(CRASH_AT).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        (at, std::env::var_os(STOP_AT_STEPS).is_some())
    });
    if at > 0 && SEEN.fetch_add(1, Ordering::SeqCst) + 1 == at {
        eprintln!("crash at step {at}: {what}");
        #[cfg(unix)]
        // SAFETY: ends the process at once; no memory is touched.
        unsafe {
            libc::_exit(137)
        }
        #[cfg(not(unix))]
        std::process::abort();
    }
    #[cfg(not(unix))]
    let _ = stop;
    #[cfg(unix)]
    if stop {
        eprintln!("at step: {what}");
        // SAFETY: the whole process stands still until somebody sends SIGCONT; no memory is touched.
        unsafe {
            libc::kill(libc::getpid(), libc::SIGSTOP);
        }
    }
}

/// Name of the environment variable with the fault that a rehearsal in the sending process plays, as after `--fault`.
pub const FAULT: &str = "CROSSWALK_FAULT";

/// Name of the environment variable with its settings, as after `--set`, separated by commas.
pub const REHEARSAL: &str = "CROSSWALK_REHEARSAL";

/// Name of the environment variable that names a file to read in place of the machine's table of mounted file systems,
/// for tests: lines as in `/proc/self/mountinfo`.
pub const MOUNTS: &str = "CROSSWALK_MOUNTS";

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub at: PathBuf,
    /// What kind: `ext4`, `nfs4`, `fuse.sshfs`.
    pub kind: String,
}

impl Mount {
    /// Reads lines as in `/proc/self/mountinfo` (man 5 proc): the fifth field is where, the first after ` - ` what kind.
    pub fn read(text: &str) -> Vec<Self> {
        let mount = |line: &str| {
            let (head, tail) = line.split_once(" - ")?;
            let at = head.split(' ').nth(4)?;
            // Blanks, tabs, line ends and backslashes are written in octal.
            let at = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
                .iter()
                .fold(at.to_owned(), |at, (from, to)| at.replace(from, to));
            Some(Self { at: at.into(), kind: tail.split(' ').next()?.to_owned() })
        };
        text.lines().filter_map(mount).collect()
    }
}

/// The world a command runs in.
#[derive(Clone, Debug)]
pub struct Env {
    variables: BTreeMap<String, String>,
    fixed_now: Option<jiff::Timestamp>,
    /// The current folder.
    pub folder: PathBuf,
    /// Ctrl-C and the like.
    pub cancel: Cancel,
}

impl Env {
    /// The real world.
    ///
    /// # Errors
    /// The current folder cannot be read.
    pub fn real() -> std::io::Result<Self> {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        Ok(Self::new(variables, std::env::current_dir()?))
    }

    /// A world with just these variables and this folder.
    pub fn new(variables: BTreeMap<String, String>, folder: PathBuf) -> Self {
        let fixed_now = variables.get(NOW).and_then(|t| t.parse().ok());
        Self { variables, fixed_now, folder, cancel: Cancel::default() }
    }

    /// An environment variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The mounted file systems, in the order they were mounted; none where the machine does not tell (not Linux).
    pub fn mounts(&self) -> Vec<Mount> {
        let table = self.var(MOUNTS).unwrap_or("/proc/self/mountinfo");
        Mount::read(&std::fs::read_to_string(table).unwrap_or_default())
    }

    /// Now, UTC, whole seconds.
    pub fn now(&self) -> jiff::Timestamp {
        let now = self.fixed_now.unwrap_or_else(jiff::Timestamp::now);
        jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Today's date, UTC, as `2026-10-02`.
    pub fn today(&self) -> String {
        self.now().strftime("%Y-%m-%d").to_string()
    }

    /// A fresh random identifier of 32 hexadecimal digits.
    pub fn random_id(&self) -> String {
        let mut bytes = [0_u8; 16];
        if getrandom::fill(&mut bytes).is_err() {
            let seed = (std::process::id() as u128) << 64 | self.now().as_nanosecond() as u128;
            bytes = seed.to_be_bytes();
        }
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Time as waiting needs it; tests put one in its place that only counts.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Time since some moment that stays the same.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration);
    /// Date and time, whole seconds.
    fn stamp(&self) -> jiff::Timestamp;
}

/// The real clock.
#[derive(Clone, Debug)]
pub struct WallClock {
    start: Instant,
    fixed: Option<jiff::Timestamp>,
    /// Ends a wait when the user wants no more of it.
    cancel: Cancel,
}

impl WallClock {
    /// A clock that begins to count; its date is the one of `env`, and its waits end when that is aborted.
    pub fn new(env: &Env) -> Self {
        Self { start: Instant::now(), fixed: env.fixed_now, cancel: env.cancel.clone() }
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self { start: Instant::now(), fixed: None, cancel: Cancel::default() }
    }
}

impl Clock for WallClock {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.cancel.aborted() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn stamp(&self) -> jiff::Timestamp {
        let now = self.fixed.unwrap_or_else(jiff::Timestamp::now);
        jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}

/// The exit code of a process that was asked to stop, by whichever signal: as a shell tells it of Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// How often the user has asked to stop: once finishes the batch in flight, twice aborts. Outside of sending there is
/// nothing to finish, so the process may end at once.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    times: AtomicU32,
    sending: AtomicBool,
}

impl Cancel {
    /// Asks to stop (again).
    pub fn ask(&self) {
        self.0.times.fetch_add(1, Ordering::SeqCst);
    }

    /// Says whether something is being sent that should be finished in good order.
    pub fn sending(&self, yes: bool) {
        self.0.sending.store(yes, Ordering::SeqCst);
    }

    /// Whether anybody has asked to stop.
    pub fn asked(&self) -> bool {
        self.0.times.load(Ordering::SeqCst) > 0
    }

    /// Whether somebody has asked twice: stop at once, also in the middle of a batch.
    pub fn aborted(&self) -> bool {
        self.0.times.load(Ordering::SeqCst) > 1
    }
}

/// Ctrl-C asks to stop, and so do SIGTERM (systemd, Docker) and SIGHUP (a closed terminal). While something is sent, once
/// finishes the batch in flight, twice gives it up (it is settled by the next call), three times ends the process at once; else
/// it ends at once, which leaves nothing behind.
#[allow(clippy::exit)]
pub fn watch_interrupts(cancel: &Cancel) {
    let cancel = cancel.clone();
    let watch = move || {
        cancel.ask();
        if !cancel.0.sending.load(Ordering::SeqCst) || cancel.0.times.load(Ordering::SeqCst) > 2 {
            std::process::exit(INTERRUPTED.into());
        }
    };
    let stays = hangup_ignored();
    // Without a handler a signal ends the process at once, which the ledger survives too.
    drop(ctrlc::set_handler(watch));
    if stays {
        ignore_hangup();
    }
}

/// Whether the process was started to outlive its terminal (`nohup`).
#[cfg(unix)]
fn hangup_ignored() -> bool {
    ignore_hangup() == libc::SIG_IGN
}

#[cfg(not(unix))]
fn hangup_ignored() -> bool {
    false
}

/// Ignores SIGHUP; gives what was done about it before.
#[cfg(unix)]
#[allow(unsafe_code)]
fn ignore_hangup() -> libc::sighandler_t {
    // SAFETY: sets what is done about one signal; no memory is touched.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) }
}

#[cfg(not(unix))]
fn ignore_hangup() {}

/// What `work` gives, unless it takes longer than that; then its thread is left behind.
pub fn within<T: Send + 'static>(
    patience: std::time::Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(work()));
    told.recv_timeout(patience).ok()
}

/// From here on new files and folders of this process are their owner's alone (0600, 0700), those of DuckDB too.
pub fn keep_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}
