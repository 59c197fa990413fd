//! How the practice platform misbehaves: one file a mode, and when it does.
//!
//! A mode is asked at points of an upload: when its headers have arrived, before it is committed, how often, and
//! after.
//! To add one, write a file with its [`Fault`], and give it a word in [`Mode`].

mod answer;
mod garbled;
mod lost;
mod reset;
mod throttle;
mod twice;

use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};

/// What to do at a point of an upload.
pub(super) enum Act {
    /// Go on.
    Go,
    /// Cut the connection.
    Cut,
    /// Answer with this instead.
    Answer(Response),
}

/// A way to misbehave; a point that is not overridden goes on.
pub(super) trait Fault: Send + Sync {
    /// The headers have arrived, the body has not been read.
    fn on_headers(&self) -> Act {
        Act::Go
    }

    /// The body is whole and readable; nothing is committed.
    fn before_commit(&self) -> Act {
        Act::Go
    }

    /// How often the upload is committed.
    fn times(&self) -> u32 {
        1
    }

    /// The upload is committed; nothing is answered.
    fn after_commit(&self) -> Act {
        Act::Go
    }
}

/// The modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// None.
    #[default]
    None,
    /// The connection closes after the commit, without an answer.
    ReplyLost,
    /// The connection closes before the body is read.
    ResetBeforeBody,
    /// Status 500 before the commit.
    ErrorBeforeCommit,
    /// Status 500 after the commit.
    ErrorAfterCommit,
    /// The answer after the commit breaks off in the middle of its JSON.
    ReplyTruncated,
    /// The answer after the commit is a page, with status 200.
    ReplyHtml,
    /// The answer after the commit is JSON of ten thousand levels.
    ReplyDeep,
    /// A redirect to another host, before the commit.
    Redirect,
    /// A proxy delivers the upload twice.
    Twice,
    /// Status 429 with `Retry-After` of so many seconds.
    Throttled(u32),
}

impl Mode {
    /// Every word for a mode, as in `--fault reply-lost`.
    pub const WORDS: &[(&str, Mode)] = &[
        ("none", Mode::None),
        ("reply-lost", Mode::ReplyLost),
        ("reset-before-body", Mode::ResetBeforeBody),
        ("error-before-commit", Mode::ErrorBeforeCommit),
        ("error-after-commit", Mode::ErrorAfterCommit),
        ("reply-truncated", Mode::ReplyTruncated),
        ("reply-html", Mode::ReplyHtml),
        ("reply-deep", Mode::ReplyDeep),
        ("redirect", Mode::Redirect),
        ("twice", Mode::Twice),
        ("throttled", Mode::Throttled(1)),
    ];

    fn fault(self) -> Box<dyn Fault> {
        match self {
            Mode::None => Box::new(Fine),
            Mode::ReplyLost => Box::new(lost::ReplyLost),
            Mode::ResetBeforeBody => Box::new(reset::ResetBeforeBody),
            Mode::ErrorBeforeCommit => Box::new(answer::Error { committed: false }),
            Mode::ErrorAfterCommit => Box::new(answer::Error { committed: true }),
            Mode::ReplyTruncated => Box::new(garbled::Reply::Truncated),
            Mode::ReplyHtml => Box::new(garbled::Reply::Html),
            Mode::ReplyDeep => Box::new(garbled::Reply::Deep),
            Mode::Redirect => Box::new(answer::Redirect),
            Mode::Twice => Box::new(twice::Twice),
            Mode::Throttled(seconds) => Box::new(throttle::Throttled { seconds }),
        }
    }
}

struct Fine;

impl Fault for Fine {}

/// Which uploads a mode befalls: deterministic, by number of the upload since the start.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// The mode.
    pub mode: Mode,
    /// Every how many uploads; 1: each one.
    pub every: u64,
    /// Shifts which one of them.
    pub seed: u64,
    /// At most so often; `None`: without end.
    pub times: Option<u64>,
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self { mode: Mode::None, every: 1, seed: 0, times: None }
    }
}

impl FaultPlan {
    /// The mode befalls the first upload only.
    pub fn once(mode: Mode) -> Self {
        Self { mode, times: Some(1), ..Self::default() }
    }

    /// The mode befalls each upload.
    pub fn always(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }
}

/// A plan being carried out.
pub(super) struct Faults {
    plan: FaultPlan,
    seen: AtomicU64,
}

impl Faults {
    /// At its start.
    pub(super) fn new(plan: FaultPlan) -> Self {
        Self { plan, seen: AtomicU64::new(0) }
    }

    /// What befalls the upload that has just begun.
    pub(super) fn next(&self) -> Box<dyn Fault> {
        let n = self.seen.fetch_add(1, Ordering::SeqCst);
        if strikes(&self.plan, n) { self.plan.mode.fault() } else { Box::new(Fine) }
    }
}

fn strikes(plan: &FaultPlan, n: u64) -> bool {
    let every = plan.every.max(1);
    let first = plan.seed % every;
    n >= first
        && (n - first).is_multiple_of(every)
        && plan.times.is_none_or(|times| (n - first) / every < times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_strikes_by_number() {
        let hits = |plan: FaultPlan| (0..7).filter(|n| strikes(&plan, *n)).collect::<Vec<_>>();
        assert_eq!(hits(FaultPlan::always(Mode::ReplyLost)), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(hits(FaultPlan::once(Mode::ReplyLost)), [0]);
        assert_eq!(hits(FaultPlan { every: 3, seed: 4, ..FaultPlan::default() }), [1, 4]);
        assert_eq!(hits(FaultPlan { every: 2, times: Some(2), ..FaultPlan::default() }), [0, 2]);
    }
}
