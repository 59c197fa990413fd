//! A credential: it cannot be printed, logged or serialised, only put into a header, a signature or a login.

use std::fmt;
use zeroize::Zeroizing;

/// A secret value. `Debug` shows nothing of it, there is no `Display` and no `Serialize`; its memory is wiped when it
/// is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value; white space around it (a line end of a file) is no part of it.
    pub fn new(value: &str) -> Self {
        Self(Zeroizing::new(value.trim().to_owned()))
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, for the few places that put it on the wire: `tests/it/house.rs` names them.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ambiguous, and so no longer compiling, once `Secret` has `Display` or `Serialize`.
    trait Unprintable<A> {
        fn holds() -> bool {
            true
        }
    }
    struct Shown;
    struct Written;
    impl<T> Unprintable<()> for T {}
    impl<T: std::fmt::Display> Unprintable<Shown> for T {}
    impl<T: serde::Serialize> Unprintable<Written> for T {}

    #[test]
    fn can_be_neither_shown_nor_written() {
        assert!(<Secret as Unprintable<_>>::holds());
    }

    #[test]
    fn is_never_printed() {
        let secret = Secret::new("canary-4711\n");
        assert_eq!(secret.expose(), "canary-4711");
        assert!(!format!("{secret:?} {:?}", Some(&secret)).contains("canary"));
    }
}
