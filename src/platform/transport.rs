//! What every transport does, and the words for what came of it. `deliver` knows transports by this alone.

use super::answer::Answer;
use super::pack::Body;
use crate::diagnostic::Result;
use crate::env::Cancel;
use crate::spec::platform::Model;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::time::Duration;

/// The way to one account. A transport may be used by several threads at once.
pub trait Transport: Send + Sync {
    /// Sends a batch. Repeats only what was surely not taken.
    fn send(&self, batch: &Batch<'_>) -> Sent;

    /// Finds out what became of a batch whose end is not known, record by record, and sends what is surely not there;
    /// `None` for a transport that cannot look records up.
    fn settle(&self, _batch: &Batch<'_>) -> Option<Sent> {
        None
    }

    /// Asks until a batch ends, the platform file's time is over, or the user aborts. A question that fails is asked
    /// again.
    fn poll(&self, id: &str, cancel: &Cancel) -> Polled;

    /// What the platform took since `time`, its clock being up to five minutes behind ours; `None` when it has no list.
    /// The caller leaves out what it knows.
    ///
    /// # Errors
    /// E502 to E504 when the list could not be had: then nothing is known, and nothing may be sent again.
    fn find_since(&self, time: jiff::Timestamp) -> Result<Option<Vec<Found>>>;

    /// The account behind the credentials; `None` when the platform file does not say how to ask.
    ///
    /// # Errors
    /// E502 to E504.
    fn account(&self) -> Result<Option<String>>;

    /// The records that the platform holds under these keys, in no particular order; a key without a record is simply
    /// not among them. `None` when records of this type cannot be read.
    ///
    /// # Errors
    /// E502 to E504.
    fn look_up(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>>;

    /// Asks the platform to give up a batch that has not ended; whether it could be asked. What became of the batch is
    /// found out by polling, as ever.
    ///
    /// # Errors
    /// E502 to E504.
    fn cancel(&self, id: &str) -> Result<bool>;

    /// The requests made since this was last asked, in order, for the ledger.
    fn requests(&self) -> Vec<Request>;
}

/// A batch to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Its id: the same whenever the same batch is sent again, another for any other. Fit for an idempotency header.
    pub id: &'a str,
    /// Digest of the plan it is from.
    pub plan: &'a str,
    /// Number of the run.
    pub run: i64,
    /// Number of the batch in its run.
    pub number: i64,
    /// Its place among the batches of its level, where it has one.
    pub series: Option<Series<'a>>,
    /// Its records, a part a record type, in the order they are to be taken.
    pub parts: &'a [Part],
    /// Whose records there are, as far as the state knows; `None` where it cannot be asked.
    pub owners: Option<&'a dyn Owners>,
}

/// Knows which of our records a record of the platform is.
pub trait Owners {
    /// The key of ours under which the state holds the platform's `id` of a record type.
    ///
    /// # Errors
    /// E901.
    fn owner(&self, model: &str, id: &str) -> Result<Option<String>>;
}

impl std::fmt::Debug for dyn Owners + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owners")
    }
}

/// The place of a batch in a row of batches that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series<'a> {
    /// From 1.
    pub current: u64,
    /// How many there are.
    pub total: u64,
    /// The platform's id of the first of them; `None` for the first itself.
    pub parent: Option<&'a str>,
}

/// The records of one type in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The record type.
    pub model: String,
    /// The file: CSV, or one JSON object a line.
    pub body: Body,
    /// Its records, in the order of the file's lines.
    pub members: Vec<Member>,
}

/// A record of a batch, beside its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its key.
    pub key: String,
    /// What happens to it: `new`, `changed`, `returned`, `removed`, or `along` (unchanged, sent with the others).
    pub kind: String,
    /// The platform's own id of it, when an earlier answer told.
    pub remote: Option<String>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Taken, under the platform's id; its end is to be polled.
    Accepted {
        /// The platform's id of it.
        id: String,
    },
    /// Answered at once: there is nothing to poll.
    Answered {
        /// What it says.
        answer: Answer,
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

/// What is known of a batch that was taken.
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

/// An upload in the platform's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The platform's id of it.
    pub id: String,
    /// Its state.
    pub state: String,
    /// When the platform took it, if it says.
    pub created: Option<jiff::Timestamp>,
}

/// A record read back.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its key, as we call it.
    pub key: String,
    /// The platform's own id of it, if it tells.
    pub remote: Option<String>,
    /// Its members with the digits and letters as they stand in the answer.
    pub fields: BTreeMap<String, Box<RawValue>>,
}

/// A request for the ledger: never a header, and of the path nothing that may be personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which attempt of the same request, from 1.
    pub attempt: u32,
    /// When.
    pub at: jiff::Timestamp,
    /// `POST`.
    pub method: String,
    /// Path, with the names of the query but none of its values.
    pub path: String,
    /// Status of the answer; `None` without one.
    pub status: Option<u16>,
    /// Bytes of the request's body.
    pub bytes: u64,
    /// Why there is no answer.
    pub why: Option<String>,
}
