//! Repeating a request: only what is worth it, a bounded number of times, and not into an outage.
//!
//! Reliability 3: three attempts, waits with full jitter, what `Retry-After` asks for to the second, sixty seconds in
//! all, and one budget for the whole run: a bucket of 500 tokens, of which a repetition takes 14. Success gives them
//! back, so that single faults never use it up; an outage does, after 35 repetitions.

use super::backoff::Backoff;
use super::client::{Failure, Reply};
use crate::env::Clock;
use std::sync::Mutex;
use std::time::Duration;

/// Tokens at the start, and the most there are.
const BUCKET: u32 = 500;
/// Tokens that a repetition takes.
const COST: u32 = 14;

/// What came of one attempt.
pub(super) type Outcome = std::result::Result<Reply, Failure>;

/// Whether an attempt is worth another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It is over, well or badly.
    No,
    /// Something broke that may be whole again soon.
    Soon,
    /// The platform asks for rest, of this length if it says.
    Rest(Option<Duration>),
}

/// Waits and the budget of a run.
#[derive(Debug)]
pub(super) struct Retry {
    backoff: Backoff,
    tokens: u32,
}

impl Retry {
    /// With a full bucket.
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, tokens: BUCKET }
    }

    /// How long to wait before the next attempt; `None`: no more attempts, or no tokens.
    fn wait(&mut self, attempt: u32, again: Again) -> Option<Duration> {
        let (throttled, asked) = match again {
            Again::No => return None,
            Again::Soon => (false, None),
            Again::Rest(asked) => (true, asked),
        };
        let left = self.tokens.checked_sub(COST)?;
        let wait = self.backoff.wait(attempt, throttled, asked)?;
        self.tokens = left;
        Some(wait)
    }

    /// A request went well after so many repetitions.
    fn refund(&mut self, repetitions: u32) {
        let back = repetitions.saturating_mul(COST).max(1);
        self.tokens = self.tokens.saturating_add(back).min(BUCKET);
    }
}

/// Makes attempts until one is over. `send` is told the attempt's number, from 1, and the time left.
pub(super) fn persist(
    retry: &Mutex<Retry>,
    clock: &dyn Clock,
    deadline: Duration,
    again: impl Fn(&Outcome) -> Again,
    mut send: impl FnMut(u32, Duration) -> Outcome,
) -> Outcome {
    let start = clock.elapsed();
    let mut attempt = 1;
    loop {
        let left = deadline.saturating_sub(clock.elapsed().saturating_sub(start));
        let outcome = send(attempt, left);
        let verdict = again(&outcome);
        let Ok(mut budget) = retry.lock() else { return outcome };
        if verdict == Again::No {
            budget.refund(attempt - 1);
            return outcome;
        }
        let wait = budget.wait(attempt, verdict);
        drop(budget);
        let left = deadline.saturating_sub(clock.elapsed().saturating_sub(start));
        match wait.filter(|w| *w < left) {
            Some(wait) => clock.sleep(wait),
            None => return outcome,
        }
        attempt += 1;
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
