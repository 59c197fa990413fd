//! The transport `zip-upload`: one CSV or JSONL per record type, zipped, uploaded, polled to its end.

use super::Secret;
use super::answer::Answer;
use super::backoff::Backoff;
use super::client::{Client, Failure, Reply};
use super::network::Settings;
use crate::diagnostic::Result;
use crate::env::Cancel;
use crate::spec::platform::Platform;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Taken, under the platform's id.
    Accepted {
        /// The platform's id of it.
        id: String,
    },
    /// Surely not taken, and the same again would not be either. 401 and 403 are about the credentials and 413 is
    /// about the size: none of them says anything of a record.
    Refused {
        /// HTTP status.
        status: u16,
        /// What the platform said.
        text: String,
    },
    /// Surely not taken, after all attempts; later it may be.
    Transient {
        /// What happened.
        why: String,
        /// What the platform asked to wait.
        retry_after: Option<Duration>,
    },
    /// The answer was lost: it may have been taken.
    Lost {
        /// What happened.
        why: String,
    },
}

/// What is known of an upload that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// It ended.
    Final(Answer),
    /// It has not ended (within the time of the platform file, or until the user aborted).
    StillRunning,
    /// The platform does not know it.
    Gone,
    /// The platform could not be asked.
    Lost {
        /// What happened.
        why: String,
    },
}

/// The transport to one account.
#[derive(Debug)]
pub struct ZipUpload {
    pub(super) client: Client,
    pub(super) platform: Platform,
    backoff: Mutex<Backoff>,
}

impl ZipUpload {
    /// The transport to `address`; the secret is the value of the one named in the platform file's `auth`.
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
        Ok(Self { client, platform: platform.clone(), backoff: Mutex::new(backoff) })
    }

    /// The same transport by another way: a proxy, certificates of its own.
    ///
    /// # Errors
    /// E501.
    pub fn over(mut self, settings: &Settings) -> Result<Self> {
        self.client = self.client.over(settings)?;
        Ok(self)
    }

    /// Uploads a ZIP. Repeats only what was surely not taken.
    pub fn upload(&self, zip: &[u8]) -> Sent {
        let Some(to) = &self.platform.transport.upload else {
            return Sent::Refused { status: 0, text: "the platform file has no upload".to_owned() };
        };
        match self.persist(|| self.client.post_file(&to.post, &to.part, zip)) {
            Ok(reply) if reply.fine() => match self.id_in(&reply) {
                Ok(id) => Sent::Accepted { id },
                Err(why) => Sent::Lost { why },
            },
            Ok(reply) if reply.throttled() => {
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
        let Some(poll) = &self.platform.transport.poll else { return lost("the platform file has no poll") };
        let path = poll.get.replace("{id}", &escaped(id));
        let reply = match self.persist(|| self.client.get(&path)) {
            Ok(reply) => reply,
            Err(Failure::NotSent(why) | Failure::Lost(why)) => return Polled::Lost { why },
        };
        if matches!(reply.status, 404 | 410) {
            return Polled::Gone;
        }
        if !reply.fine() {
            return Polled::Lost { why: reply.words() };
        }
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
    /// asked again.
    pub fn poll(&self, id: &str, cancel: &Cancel) -> Polled {
        let Some(poll) = &self.platform.transport.poll else { return lost("the platform file has no poll") };
        let (every, until) = (Duration::from_millis(poll.every_ms), Duration::from_millis(poll.for_ms));
        let start = Instant::now();
        // The first questions come sooner: a small upload is over at once.
        let mut pause = every.min(Duration::from_millis(50));
        loop {
            let polled = self.poll_once(id);
            let over = start.elapsed() + pause >= until || cancel.aborted();
            if over || matches!(polled, Polled::Final(_) | Polled::Gone) {
                return polled;
            }
            sleep(pause, cancel);
            pause = (pause * 2).min(every);
        }
    }

    /// Repeats a request that was surely not taken, with pauses.
    pub(super) fn persist(
        &self,
        send: impl Fn() -> std::result::Result<Reply, Failure>,
    ) -> std::result::Result<Reply, Failure> {
        for attempt in 1.. {
            let outcome = send();
            let (again, throttled, asked) = match &outcome {
                Ok(reply) => (reply.throttled(), true, reply.retry_after),
                Err(Failure::NotSent(_)) => (true, false, None),
                Err(Failure::Lost(_)) => (false, false, None),
            };
            let wait = self.backoff.lock().ok().and_then(|mut b| b.wait(attempt, throttled, asked));
            match wait.filter(|_| again) {
                Some(wait) => std::thread::sleep(wait),
                None => return outcome,
            }
        }
        Err(Failure::Lost(String::new()))
    }

    fn id_in(&self, reply: &Reply) -> std::result::Result<String, String> {
        let json = reply.json()?;
        match json.pointer(&self.platform.transport.id) {
            Some(serde_json::Value::String(id)) if !id.is_empty() => Ok(id.clone()),
            Some(serde_json::Value::Number(id)) => Ok(id.to_string()),
            _ => Err("the answer to the upload holds no id".to_owned()),
        }
    }
}

fn lost(why: &str) -> Polled {
    Polled::Lost { why: why.to_owned() }
}

/// An id of the platform as one segment of a path.
fn escaped(id: &str) -> String {
    id.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn sleep(time: Duration, cancel: &Cancel) {
    let until = Instant::now() + time;
    while !cancel.aborted() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(escaped("../a?b"), "%2E%2E%2Fa%3Fb");
    }
}
