//! Requests to one account: made, repeated where that is right, and written down for the ledger. What every transport
//! over HTTP is built on.

use super::Secret;
use super::answer::Answer;
use super::backoff::Backoff;
use super::client::{Ask, Client, DEADLINE, Failure, Reply};
use super::network::Settings;
use super::retry::{Again, Outcome, Retry, persist};
use super::transport::{Polled, Request, Sent};
use crate::diagnostic::Result;
use crate::env::{Cancel, Clock, WallClock};
use crate::spec::platform::{Platform, TransportKind, filled};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Requests kept until the ledger takes them: more than a batch can make.
const LOG_MAX: usize = 100_000;

/// How often in a row a question for an upload's state is refused before nobody asks it any more.
const REFUSALS: u32 = 3;

/// The caller.
#[derive(Debug)]
pub struct Caller {
    pub(super) client: Client,
    pub(super) platform: Platform,
    pub(super) clock: Arc<dyn Clock>,
    retry: Mutex<Retry>,
    log: Mutex<Vec<Request>>,
}

impl Caller {
    /// The caller of `address`; the secret is the value of the one named in the platform file's `auth`.
    ///
    /// # Errors
    /// E501.
    pub fn new(
        platform: &Platform,
        address: &str,
        secret: Option<&Secret>,
        backoff: Backoff,
    ) -> Result<Self> {
        let client = Client::new(address, platform.auth.as_ref(), secret, platform.transport.per_second)?;
        Ok(Self {
            client,
            platform: platform.clone(),
            clock: Arc::new(WallClock::default()),
            retry: Mutex::new(Retry::new(backoff)),
            log: Mutex::new(Vec::new()),
        })
    }

    /// The same by another way: a proxy, certificates of its own.
    ///
    /// # Errors
    /// E501.
    pub fn over(mut self, settings: &Settings) -> Result<Self> {
        self.client = self.client.over(settings)?;
        Ok(self)
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.client = self.client.with_clock(clock.clone());
        self.clock = clock;
        self
    }

    /// Makes a request, and again what was surely not taken or changes nothing.
    ///
    /// # Errors
    /// [`Failure`] when no whole answer came in the end.
    pub fn call(&self, ask: &Ask<'_>) -> Outcome {
        let again = |outcome: &Outcome| self.again(ask, outcome);
        persist(&self.retry, &*self.clock, DEADLINE, again, |attempt, left| {
            let at = self.clock.stamp();
            crate::env::step("before a request");
            let outcome = self.client.request(ask, left);
            crate::env::step("after a request");
            self.note(ask, attempt, at, &outcome);
            outcome
        })
    }

    /// Whether an answer of this status says that later it may be taken.
    pub fn transient(&self, status: u16) -> bool {
        matches!(status, 429 | 503) || self.platform.transport.transient.contains(&status)
    }

    /// Whether it also says that nothing was taken. One request a record looks a record up when in doubt, so that nothing is
    /// made twice on the word of a gateway, which does not know what became of what it passed on.
    fn untaken(&self, status: u16) -> bool {
        let looks_up = self.platform.transport.kind == TransportKind::Upsert;
        matches!(status, 429 | 503) || (!looks_up && self.transient(status))
    }

    fn again(&self, ask: &Ask<'_>, outcome: &Outcome) -> Again {
        match outcome {
            Ok(reply) if reply.throttled() => Again::Rest(reply.retry_after),
            Ok(reply) if self.untaken(reply.status) => Again::Soon,
            Ok(reply) if ask.safe && (reply.status >= 500 || self.transient(reply.status)) => Again::Soon,
            Err(Failure::NotSent(_)) => Again::Soon,
            Err(Failure::Lost(_)) if ask.safe => Again::Soon,
            _ => Again::No,
        }
    }

    fn note(&self, ask: &Ask<'_>, attempt: u32, at: jiff::Timestamp, outcome: &Outcome) {
        let Ok(mut log) = self.log.lock() else { return };
        if log.len() < LOG_MAX {
            log.push(Request {
                attempt,
                at,
                method: ask.method.word().to_owned(),
                path: ask.shown(),
                status: outcome.as_ref().ok().map(|r| r.status),
                bytes: ask.bytes(),
                why: match outcome {
                    Err(Failure::NotSent(why) | Failure::Lost(why)) => Some(why.clone()),
                    Ok(_) => None,
                },
            });
        }
    }

    /// The requests made since this was last asked.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().map(|mut log| std::mem::take(&mut *log)).unwrap_or_default()
    }

    /// What the answer to an upload means, apart from a fine one, which `fine` reads.
    pub fn sent(&self, outcome: Outcome, fine: impl FnOnce(&Reply) -> Sent) -> Sent {
        match outcome {
            Ok(reply) if reply.fine() => fine(&reply),
            Ok(reply) if self.transient(reply.status) => {
                Sent::Transient { why: reply.words(), retry_after: reply.retry_after }
            }
            Ok(reply) if (300..500).contains(&reply.status) => {
                Sent::Refused { status: reply.status, text: reply.words() }
            }
            Ok(reply) => Sent::Lost { why: reply.words() },
            Err(Failure::NotSent(why)) => Sent::Transient { why, retry_after: None },
            Err(Failure::Lost(why)) => Sent::Lost { why },
        }
    }

    /// Asks once for the state of an upload.
    pub fn poll_once(&self, id: &str) -> Polled {
        self.asked(id).0
    }

    /// The same, and whether the question itself was refused: asking longer would not help.
    fn asked(&self, id: &str) -> (Polled, bool) {
        let Some(poll) = &self.platform.transport.poll else {
            return (lost("the platform file has no poll"), true);
        };
        let path = match with_id(&poll.get, id) {
            Ok(path) => path,
            Err(why) => return (Polled::Lost { why }, true),
        };
        match self.call(&Ask::get(&path)) {
            Ok(reply) if matches!(reply.status, 404 | 410) => (Polled::Gone, true),
            Ok(reply) if reply.fine() => (self.polled(&reply), false),
            Ok(reply) => {
                let refused = matches!(reply.status, 300..=399 | 401 | 403);
                (Polled::Lost { why: reply.words() }, refused)
            }
            Err(Failure::NotSent(why) | Failure::Lost(why)) => (Polled::Lost { why }, false),
        }
    }

    /// What a fine answer to the question says.
    fn polled(&self, reply: &Reply) -> Polled {
        match reply.json() {
            Err(why) => Polled::Lost { why },
            Ok(json) => {
                let answer = Answer::read(&json, &self.platform);
                let ended = self.platform.answer.final_states.contains(&answer.state);
                match (answer.state.is_empty(), ended) {
                    (true, _) => lost("the answer has no state"),
                    (false, true) => Polled::Final(answer),
                    (false, false) => Polled::StillRunning,
                }
            }
        }
    }

    /// Asks until the upload ends, the platform file's time is over, or the user aborts. A question that fails is
    /// asked again; one that is refused for its credentials or sent elsewhere, three times in a row.
    pub fn poll(&self, id: &str, cancel: &Cancel) -> Polled {
        let Some(poll) = &self.platform.transport.poll else { return lost("the platform file has no poll") };
        let (every, until) = (Duration::from_millis(poll.every_ms), Duration::from_millis(poll.for_ms));
        let start = self.clock.elapsed();
        // The first questions come sooner: a small upload is over at once.
        let mut pause = every.min(Duration::from_millis(50));
        let mut refusals = 0;
        loop {
            let (polled, refused) = self.asked(id);
            refusals = if refused { refusals + 1 } else { 0 };
            let passed = self.clock.elapsed().saturating_sub(start);
            let over = passed + pause >= until || cancel.aborted() || refusals >= REFUSALS;
            if over || matches!(polled, Polled::Final(_) | Polled::Gone) {
                return polled;
            }
            self.pause(pause, cancel);
            pause = (pause * 2).min(every);
        }
    }

    /// The platform's id in an answer.
    ///
    /// # Errors
    /// Why there is none.
    pub fn id_in(&self, json: &serde_json::Value) -> std::result::Result<String, String> {
        match json.pointer(&self.platform.transport.id) {
            Some(serde_json::Value::String(id)) if !id.is_empty() => Ok(id.clone()),
            Some(serde_json::Value::Number(id)) => Ok(id.to_string()),
            _ => Err("the answer to the upload holds no id".to_owned()),
        }
    }

    fn pause(&self, time: Duration, cancel: &Cancel) {
        let until = self.clock.elapsed() + time;
        while !cancel.aborted() {
            let left = until.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return;
            }
            self.clock.sleep(left.min(Duration::from_millis(100)));
        }
    }
}

fn lost(why: &str) -> Polled {
    Polled::Lost { why: why.to_owned() }
}

/// A path with the platform's own id in it; an id of dots would lead elsewhere, however it is written.
pub(super) fn with_id(path: &str, id: &str) -> std::result::Result<String, String> {
    filled(path, |_| Some(id.to_owned())).map_err(|_| format!("the id \"{id}\" cannot stand in a path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(with_id("/a/{id}?b=1", "../a?b").unwrap(), "/a/%2E%2E%2Fa%3Fb?b=1");
        assert!(with_id("/a/{id}", "..").is_err() && with_id("/a/{id}", ".").is_err());
    }
}
