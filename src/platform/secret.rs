//! A credential: it cannot be printed, logged or serialised, only put into a header.

use std::fmt;

/// A secret value. `Debug` shows nothing of it, there is no `Display` and no `Serialize`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value; white space around it (a line end of a file) is no part of it.
    pub fn new(value: &str) -> Self {
        Self(value.trim().to_owned())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, for the one place that builds the header.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Without `unsafe` the bytes cannot be wiped for certain; at least the text is emptied.
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_printed() {
        let secret = Secret::new("canary-4711\n");
        assert_eq!(secret.expose(), "canary-4711");
        assert!(!format!("{secret:?} {:?}", Some(&secret)).contains("canary"));
    }
}
