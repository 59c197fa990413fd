//! The connection closes after the commit, without an answer: the sender cannot know that it arrived.

use super::{Act, Fault};

pub(super) struct ReplyLost;

impl Fault for ReplyLost {
    fn after_commit(&self) -> Act {
        Act::Cut
    }
}
