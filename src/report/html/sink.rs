//! Where the document goes, and the digests of its policy.

use crate::diagnostic::{Code, Diagnostic, Result};
use sha2::{Digest, Sha256};
use std::io::{BufWriter, Write};

/// A buffered writer whose failures are diagnostics.
pub(super) struct Sink<'a>(BufWriter<&'a mut dyn Write>);

impl<'a> Sink<'a> {
    /// Writes to `out`.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self(BufWriter::new(out))
    }

    /// Writes finished HTML: whatever came from outside is escaped by now.
    pub(super) fn put(&mut self, markup: &str) -> Result<()> {
        self.0.write_all(markup.as_bytes()).map_err(|e| failed(&e))
    }

    /// Writes what is still buffered.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.0.flush().map_err(|e| failed(&e))
    }
}

fn failed(error: &std::io::Error) -> crate::diagnostic::Diagnostics {
    Diagnostic::error(Code::IO, format!("the report cannot be written: {error}")).into()
}

/// `sha256-…` of an inline style or script, for the content security policy.
pub(super) fn digest(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let at = |n: usize| u32::from(part.get(n).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * n) & 63).unwrap_or(0);
            out.push(if n > part.len() { '=' } else { char::from(ALPHABET[index]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        assert_eq!([&b"M"[..], b"Ma", b"Man", b""].map(base64).join(" "), "TQ== TWE= TWFu ");
    }
}
