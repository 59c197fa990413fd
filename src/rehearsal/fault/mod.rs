//! How the practice platform misbehaves: one file a mode, and when it does.
//!
//! A mode is asked at points of a request: when its headers have arrived, before an upload is committed, how often,
//! and after. What befalls the outcomes of an upload is marked on it ([`Mark`]) and holds for every later answer.
//! To add one, write a file with its [`Fault`], and give it a word in [`Mode`].

mod answer;
mod garbled;
mod huge;
mod late;
mod lost;
mod outcome;
mod plan;
mod reset;
mod throttle;
mod twice;
mod word;

pub(super) use plan::{Class, Faults};
pub use plan::{FaultPlan, On};

use axum::response::Response;
use std::time::Duration;

/// What to do at a point of a request.
pub(super) enum Act {
    /// Go on.
    Go,
    /// Cut the connection.
    Cut,
    /// Wait, then go on.
    Wait(Duration),
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

    /// What is kept with the upload for its processing and for later answers.
    fn mark(&self) -> Mark {
        Mark::default()
    }

    /// The upload is committed; nothing is answered.
    fn after_commit(&self) -> Act {
        Act::Go
    }
}

/// What befalls an upload after it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// So many percent of its keys are refused, which ones by this seed.
    pub(super) refuse: Option<(u8, u64)>,
    /// How its outcomes are told.
    pub(super) told: Told,
    /// Look-ups do not show what it did before so many more of them.
    pub(super) lag: u32,
}

/// How the outcomes of an upload are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// As they are.
    #[default]
    Rightly,
    /// In another order.
    Reordered,
    /// One is missing.
    Missing,
    /// One is there that nobody sent.
    Extra,
}

/// The modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// None (mode 1).
    #[default]
    None,
    /// So many percent of the keys are refused, the same ones each time (2).
    Partial(u8),
    /// Status 429 with `Retry-After` of so many seconds, nothing taken (3).
    Throttled(u32),
    /// Status 429 without `Retry-After`, nothing taken (3).
    ThrottledBare,
    /// Status 500 before the commit (4).
    ErrorBeforeCommit,
    /// Status 500 after the commit (5).
    ErrorAfterCommit,
    /// The connection closes before the body is read (6).
    ResetBeforeBody,
    /// The connection closes after the commit, without an answer (7).
    ReplyLost,
    /// The answer after the commit breaks off in the middle of its JSON (8).
    ReplyTruncated,
    /// The right answer, so many milliseconds after the commit (9).
    ReplyLate(u64),
    /// A proxy delivers the upload twice (10).
    Twice,
    /// Status 401, as when a key is revoked in the middle of a run (11).
    Unauthorised,
    /// The answer after the commit is a page, with status 200 (12).
    ReplyHtml,
    /// Outcomes come in another order (13).
    Reordered,
    /// An outcome is missing (14).
    OutcomeMissing,
    /// An outcome is there that nobody sent (14).
    OutcomeExtra,
    /// A redirect to another host, before the commit (15).
    Redirect,
    /// Status 409, a conflict of keys, nothing taken (16).
    Conflict,
    /// Look-ups show what an upload did only after so many of them (17).
    LookupLags(u32),
    /// The answer after the commit is JSON of so many MB (18).
    ReplyHuge(u32),
    /// The answer after the commit is JSON of ten thousand levels (18).
    ReplyDeep,
    /// So many percent of the requests draw one of the other modes.
    Mixed(u8),
}

impl Mode {
    /// Whether it is about the outcomes of several records, and so cannot befall the answer about one.
    pub(super) fn about_several(self) -> bool {
        matches!(self, Mode::Reordered | Mode::OutcomeExtra)
    }

    /// What it does; `seed` chooses the keys that are refused.
    pub(super) fn fault(self, seed: u64) -> Box<dyn Fault> {
        match self {
            Mode::None | Mode::Mixed(_) => Box::new(Fine),
            Mode::Partial(share) => Box::new(outcome::Partial { share, seed }),
            Mode::Throttled(seconds) => Box::new(throttle::Throttled { seconds: Some(seconds) }),
            Mode::ThrottledBare => Box::new(throttle::Throttled { seconds: None }),
            Mode::ErrorBeforeCommit => Box::new(answer::Error { committed: false }),
            Mode::ErrorAfterCommit => Box::new(answer::Error { committed: true }),
            Mode::ResetBeforeBody => Box::new(reset::ResetBeforeBody),
            Mode::ReplyLost => Box::new(lost::ReplyLost),
            Mode::ReplyTruncated => Box::new(garbled::Reply::Truncated),
            Mode::ReplyLate(ms) => Box::new(late::Late { ms }),
            Mode::Twice => Box::new(twice::Twice),
            Mode::Unauthorised => Box::new(answer::Unauthorised),
            Mode::ReplyHtml => Box::new(garbled::Reply::Html),
            Mode::Reordered => Box::new(outcome::Outcomes(Told::Reordered)),
            Mode::OutcomeMissing => Box::new(outcome::Outcomes(Told::Missing)),
            Mode::OutcomeExtra => Box::new(outcome::Outcomes(Told::Extra)),
            Mode::Redirect => Box::new(answer::Redirect),
            Mode::Conflict => Box::new(answer::Conflict),
            Mode::LookupLags(reads) => Box::new(outcome::Lag { reads }),
            Mode::ReplyHuge(mb) => Box::new(huge::Huge { mb }),
            Mode::ReplyDeep => Box::new(garbled::Reply::Deep),
        }
    }
}

struct Fine;

impl Fault for Fine {}
