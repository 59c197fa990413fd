//! Faults below the formats (limits, encodings, archives) travelling through `io::Error`, and back into diagnostics.

use crate::diagnostic::{Code, Diagnostic, Location};
use std::fmt;
use std::io;

/// What went wrong below a format, with its code.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
}

impl Fault {
    /// Its code.
    pub(super) fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// An `io::Error` that keeps its code.
pub(super) fn fault(code: Code, message: impl Into<String>) -> io::Error {
    io::Error::other(Fault { code, message: message.into() })
}

/// The diagnostic of a failed read: the fault that travelled in it, or the system's own words.
pub(super) fn unreadable(file: &str, error: &io::Error) -> Diagnostic {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<Fault>());
    match inner {
        Some(f) => Diagnostic::error(f.code, format!("\"{file}\" {}", f.message)),
        None => Diagnostic::error(Code::FILE_UNREADABLE, format!("\"{file}\" cannot be read: {error}")),
    }
    .at(Location::file(file))
}

/// Whether a fault of ours travels in it.
pub(super) fn is_fault(error: &io::Error) -> bool {
    error.get_ref().and_then(|e| e.downcast_ref::<Fault>()).is_some()
}
