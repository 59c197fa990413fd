//! The transport `upsert`: a request a record, all of them data of the platform file. A record known by the platform's id
//! is updated; another is looked up by our key, then matched in steps, and only then created.
//!
//! Nothing is created blindly. When an answer is lost, the record is looked up: there and equal is taken; not there, after
//! reads have had their time, is sent again; where nobody can look, it is unknown. A batch whose end is not known, after a
//! crash or while the platform cannot be reached, is settled in the same way, record by record.

mod conversion;
mod find;
mod matching;
mod outgoing;
mod values;
mod write;

use super::answer::{Answer, ModelAnswer, Taken};
use super::caller::Caller;
use super::transport::{Batch, Found, Part, Polled, Record, Request, Sent, Transport};
use crate::diagnostic::Result;
use crate::env::Cancel;
use crate::spec::platform::Model;
use outgoing::Outgoing;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use values::Values;

/// The transport to one account.
#[derive(Debug)]
pub struct Upsert {
    caller: Caller,
    vars: BTreeMap<String, String>,
    values: Values,
    /// Which of our records a record there is: two of ours are never matched to one of theirs.
    claimed: Mutex<BTreeMap<(String, String), String>>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// Taken, under this id.
    Taken { id: Option<String> },
    /// Refused for what it holds.
    Rejected(String),
    /// Nobody can say.
    Unknown(String),
}

/// Why no record can be sent at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Halt {
    /// The way it is sent is refused: credentials, redirects.
    Refused { status: u16, text: String },
    /// This record was surely not taken; later it may be.
    Unsent { why: String, retry_after: Option<Duration>, status: Option<u16> },
    /// This record may have been taken, and could not be looked up.
    Lost(String),
    /// The platform refuses to be asked for this very record; it was not sent, or, when `doubtful`, may have been.
    Own { why: String, doubtful: bool },
}

type Step<T> = std::result::Result<T, Halt>;

impl Upsert {
    /// The transport over `caller`; `vars` is what stands for `{env.…}` in the platform's paths.
    pub fn of(mut caller: Caller, vars: &BTreeMap<String, String>) -> Self {
        if let Some(account) = &mut caller.platform.account {
            account.get = outgoing::constant(&account.get, vars).unwrap_or_else(|_| account.get.clone());
        }
        let (values, claimed) = (Values::default(), Mutex::default());
        Self { caller, vars: vars.clone(), values, claimed }
    }

    /// Sends every record; `again`: each may have been sent already.
    fn deliver(&self, batch: &Batch<'_>, again: bool) -> Sent {
        let mut said = Said::default();
        if again {
            self.caller.clock.sleep(self.lag());
        }
        for part in batch.parts {
            if let Some(end) = self.part(batch, part, again, &mut said) {
                return end;
            }
        }
        Sent::Answered { answer: said.answer() }
    }

    fn part(&self, batch: &Batch<'_>, part: &Part, again: bool, said: &mut Said) -> Option<Sent> {
        let model = self.caller.platform.model(&part.model)?;
        let Some(calls) = model.calls.as_deref() else {
            let text = format!("the platform file does not say how {} is sent", model.name);
            return Some(Sent::Refused { status: 0, text });
        };
        said.begin(&model.name);
        self.claim(part);
        let lines = part.body.bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        for (line, member) in lines.zip(&part.members) {
            if let Some(why) = &said.stopped {
                said.unsent(&member.key, why.clone());
                continue;
            }
            let once = format!("{}-{}", batch.id, said.number);
            let begun = Outgoing::read(model, calls, member, line, once);
            let sent = begun.map(|mut o| {
                o.owners = batch.owners;
                (self.one(&mut o, again), o.notes)
            });
            match sent {
                Ok((Ok(fate), notes)) => {
                    self.note(model, &member.key, &fate);
                    said.fate(&member.key, fate, notes);
                }
                Ok((Err(Halt::Own { why, doubtful }), notes)) => {
                    let fate = if doubtful || again { Fate::Unknown(why) } else { Fate::Rejected(why) };
                    said.fate(&member.key, fate, notes);
                }
                Ok((Err(halt), _)) => {
                    if let Some(end) = said.halted(&member.key, halt, again) {
                        return Some(end);
                    }
                }
                Err(why) => said.fate(&member.key, Fate::Rejected(why), Vec::new()),
            }
        }
        None
    }

    /// How long a read may not show what was written.
    fn lag(&self) -> Duration {
        Duration::from_millis(self.caller.platform.transport.look_up_lag_ms)
    }

    /// Notes which records there are ours.
    fn claim(&self, part: &Part) {
        let Ok(mut claimed) = self.claimed.lock() else { return };
        for member in &part.members {
            if let Some(id) = &member.remote {
                claimed.insert((part.model.clone(), id.clone()), member.key.clone());
            }
        }
    }

    fn note(&self, model: &Model, key: &str, fate: &Fate) {
        if let (Fate::Taken { id: Some(id) }, Ok(mut claimed)) = (fate, self.claimed.lock()) {
            claimed.insert((model.name.clone(), id.clone()), key.to_owned());
        }
    }
}

/// What has been said of the records of a batch so far.
#[derive(Debug, Default)]
struct Said {
    parts: Vec<ModelAnswer>,
    number: u64,
    stopped: Option<String>,
}

impl Said {
    fn begin(&mut self, model: &str) {
        self.parts.push(ModelAnswer { model: model.to_owned(), ..ModelAnswer::default() });
    }

    fn fate(&mut self, key: &str, fate: Fate, notes: Vec<String>) {
        self.number += 1;
        let Some(part) = self.parts.last_mut() else { return };
        let key = key.to_owned();
        match fate {
            Fate::Taken { id } => part.accepted.push(Taken { key, remote: id, notes }),
            Fate::Rejected(why) => part.errors.push((key, vec![why])),
            Fate::Unknown(why) => part.unknown.push((key, vec![why])),
        }
    }

    fn unsent(&mut self, key: &str, why: String) {
        self.number += 1;
        if let Some(part) = self.parts.last_mut() {
            part.unsent.push((key.to_owned(), vec![why]));
        }
    }

    /// No record can be sent at the moment. With none said of so far the batch as a whole was not taken; else this and
    /// the rest were not sent. What may have been taken leaves the batch open. While a batch is settled everything leaves it
    /// open: of the records not yet looked at, any may have been taken before.
    fn halted(&mut self, key: &str, halt: Halt, again: bool) -> Option<Sent> {
        let why = match halt {
            Halt::Lost(why) | Halt::Own { why, .. } => return Some(Sent::Lost { why }),
            Halt::Refused { text: why, .. } | Halt::Unsent { why, .. } if again => {
                return Some(Sent::Lost { why });
            }
            Halt::Refused { status, text } if self.number == 0 => {
                return Some(Sent::Refused { status, text });
            }
            Halt::Unsent { why, retry_after, .. } if self.number == 0 => {
                return Some(Sent::Transient { why, retry_after });
            }
            Halt::Refused { text, .. } => text,
            Halt::Unsent { why, .. } => why,
        };
        self.unsent(key, why.clone());
        self.stopped = Some(why);
        None
    }

    fn answer(self) -> Answer {
        Answer { models: self.parts, has_details: true, each: true, ..Answer::default() }
    }
}

impl Transport for Upsert {
    fn send(&self, batch: &Batch<'_>) -> Sent {
        self.deliver(batch, false)
    }

    fn settle(&self, batch: &Batch<'_>) -> Option<Sent> {
        Some(self.deliver(batch, true))
    }

    fn poll(&self, _: &str, _: &Cancel) -> Polled {
        Polled::Lost { why: "this platform answers at once; there is nothing to ask for".to_owned() }
    }

    fn find_since(&self, _: jiff::Timestamp) -> Result<Option<Vec<Found>>> {
        Ok(None)
    }

    fn account(&self) -> Result<Option<String>> {
        self.caller.account()
    }

    fn look_up(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>> {
        self.read_back(model, keys)
    }

    fn cancel(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn requests(&self) -> Vec<Request> {
        self.caller.requests()
    }
}

#[cfg(test)]
#[path = "upsert_tests.rs"]
mod tests;
