//! The right answer, after the sender has given up waiting for it: the upload arrived, the sender cannot tell.

use super::{Act, Fault};
use std::time::Duration;

pub(super) struct Late {
    pub(super) ms: u64,
}

impl Fault for Late {
    fn after_commit(&self) -> Act {
        Act::Wait(Duration::from_millis(self.ms))
    }
}
