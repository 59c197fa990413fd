//! The world outside: clock, randomness, environment variables, cancellation. Everything that could make two runs
//! differ is asked here, so that tests replace it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Name of the environment variable that fixes the clock (an RFC 3339 time), for tests and repeatable plans.
pub const NOW: &str = "CROSSWALK_NOW";

/// Name of the environment variable with the fault that a rehearsal in the sending process plays, as after `--fault`.
pub const FAULT: &str = "CROSSWALK_FAULT";

/// Name of the environment variable with its settings, as after `--set`, separated by commas.
pub const REHEARSAL: &str = "CROSSWALK_REHEARSAL";

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

/// Ctrl-C asks to stop. While something is sent, once finishes the batch in flight, twice gives it up (it is settled by the next call), three
/// times ends the process at once; else it ends at once, which leaves nothing behind.
#[allow(clippy::exit)]
pub fn watch_interrupts(cancel: &Cancel) {
    let cancel = cancel.clone();
    let watch = move || {
        cancel.ask();
        if !cancel.0.sending.load(Ordering::SeqCst) || cancel.0.times.load(Ordering::SeqCst) > 2 {
            std::process::exit(130);
        }
    };
    // Without a handler Ctrl-C ends the process at once, which the ledger survives too.
    drop(ctrlc::set_handler(watch));
}
