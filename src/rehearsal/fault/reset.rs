//! The connection closes before the body is read: nothing arrived, and the sender cannot know that either.

use super::{Act, Fault};

pub(super) struct ResetBeforeBody;

impl Fault for ResetBeforeBody {
    fn on_headers(&self) -> Act {
        Act::Cut
    }
}
