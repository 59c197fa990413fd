//! The transport `json-batch`: all records of a batch in one JSON body, an array a record type, polled to its end or
//! answered at once.

use super::answer::Answer;
use super::caller::Caller;
use super::client::{Ask, Method, Payload, Reply};
use super::transport::{Batch, Sent};
use super::uploads::Uploads;

/// The transport to one account.
#[derive(Debug)]
pub struct JsonBatch {
    caller: Caller,
}

impl JsonBatch {
    /// The transport over `caller`.
    pub fn of(caller: Caller) -> Self {
        Self { caller }
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

impl Uploads for JsonBatch {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn upload_batch(&self, batch: &Batch<'_>) -> Sent {
        let transport = &self.caller.platform.transport;
        let Some(to) = &transport.upload else {
            return Sent::Refused { status: 0, text: "the platform file has no upload".to_owned() };
        };
        let body = self.body(batch);
        let header = transport.idempotency.as_deref().map(|name| (name, batch.id));
        let ask = Ask { header, ..Ask::send(Method::Post, &to.post, Payload::Json(&body)) };
        self.caller.sent(self.caller.call(&ask), |reply| self.taken(reply))
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[path = "json_batch_tests.rs"]
mod tests;
