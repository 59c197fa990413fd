//! The transport `json-batch`: all records of a batch in one JSON body, an array a record type, polled to its end or
//! answered at once.

use super::Secret;
use super::answer::Answer;
use super::backoff::Backoff;
use super::caller::Caller;
use super::client::{Ask, Method, Payload, Reply};
use super::network::Settings;
use super::transport::{Batch, Found, Polled, Record, Request, Sent, Transport};
use crate::diagnostic::Result;
use crate::env::{Cancel, Clock};
use crate::spec::platform::{Model, Platform};
use std::sync::Arc;

/// The transport to one account.
#[derive(Debug)]
pub struct JsonBatch {
    caller: Caller,
}

impl JsonBatch {
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
        Ok(Self { caller: Caller::new(platform, address, secret, backoff)? })
    }

    /// The same by another way: a proxy, certificates of its own.
    ///
    /// # Errors
    /// E501.
    pub fn over(self, settings: &Settings) -> Result<Self> {
        Ok(Self { caller: self.caller.over(settings)? })
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { caller: self.caller.with_clock(clock) }
    }

    /// `{"currentBatch":1,…,"companies":[{…},{…}],"contacts":[…]}`. The lines go in as they are: no number is read.
    fn body(&self, batch: &Batch<'_>) -> Vec<u8> {
        let mut members: Vec<Vec<u8>> = Vec::new();
        if let (Some(names), Some(place)) = (&self.caller.platform.transport.series, batch.series) {
            members.push(format!("{}:{}", quoted(&names.current), place.current).into_bytes());
            members.push(format!("{}:{}", quoted(&names.total), place.total).into_bytes());
            members.extend(
                place.parent.map(|id| format!("{}:{}", quoted(&names.parent), quoted(id)).into_bytes()),
            );
        }
        for part in batch.parts {
            let name = self.caller.platform.model(&part.model).map_or(part.model.as_str(), |m| &m.array);
            let lines: Vec<&[u8]> =
                part.body.bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
            let mut member = format!("{}:[", quoted(name)).into_bytes();
            member.extend(lines.join(&b","[..]));
            member.push(b']');
            members.push(member);
        }
        let mut body = vec![b'{'];
        body.extend(members.join(&b","[..]));
        body.push(b'}');
        body
    }

    fn taken(&self, reply: &Reply) -> Sent {
        let json = match reply.json() {
            Ok(json) => json,
            Err(why) => return Sent::Lost { why },
        };
        if self.caller.platform.transport.poll.is_none() {
            return Sent::Answered { answer: Answer::read(&json, &self.caller.platform) };
        }
        match self.caller.id_in(&json) {
            Ok(id) => Sent::Accepted { id },
            Err(why) => Sent::Lost { why },
        }
    }
}

impl Transport for JsonBatch {
    fn send(&self, batch: &Batch<'_>) -> Sent {
        let transport = &self.caller.platform.transport;
        let Some(to) = &transport.upload else {
            return Sent::Refused { status: 0, text: "the platform file has no upload".to_owned() };
        };
        let body = self.body(batch);
        let header = transport.idempotency.as_deref().map(|name| (name, batch.id));
        let ask = Ask { header, ..Ask::send(Method::Post, &to.post, Payload::Json(&body)) };
        self.caller.sent(self.caller.call(&ask), |reply| self.taken(reply))
    }

    fn poll(&self, id: &str, cancel: &Cancel) -> Polled {
        self.caller.poll(id, cancel)
    }

    fn find_since(&self, time: jiff::Timestamp) -> Result<Option<Vec<Found>>> {
        self.caller.find_since(time)
    }

    fn account(&self) -> Result<Option<String>> {
        self.caller.account()
    }

    fn look_up(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>> {
        self.caller.look_up(model, keys)
    }

    fn cancel(&self, id: &str) -> Result<bool> {
        self.caller.cancel(id)
    }

    fn requests(&self) -> Vec<Request> {
        self.caller.requests()
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[path = "json_batch_tests.rs"]
mod tests;
