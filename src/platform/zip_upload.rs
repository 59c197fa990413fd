//! The transport `zip-upload`: one CSV or JSONL per record type, zipped, uploaded, polled to its end.

use super::caller::Caller;
use super::client::{Ask, Method, Payload};
use super::pack::{Body, pack};
use super::transport::{Batch, Polled, Sent, Series};
use super::uploads::Uploads;

/// The transport to one account.
#[derive(Debug)]
pub struct ZipUpload {
    caller: Caller,
}

impl ZipUpload {
    /// The transport over `caller`.
    pub fn of(caller: Caller) -> Self {
        Self { caller }
    }

    /// Uploads a ZIP. Repeats only what was surely not taken.
    pub fn upload(&self, zip: &[u8]) -> Sent {
        self.post(zip, None, "")
    }

    /// Asks once for the state of an upload.
    pub fn poll_once(&self, id: &str) -> Polled {
        self.caller.poll_once(id)
    }

    fn post(&self, zip: &[u8], series: Option<Series<'_>>, id: &str) -> Sent {
        let transport = &self.caller.platform.transport;
        let Some(to) = &transport.upload else {
            return Sent::Refused { status: 0, text: "the platform file has no upload".to_owned() };
        };
        let path = match (&transport.series, series) {
            (Some(names), Some(series)) => {
                names.in_query(&to.post, series.current, series.total, series.parent)
            }
            _ => to.post.clone(),
        };
        let body = Payload::Zip { part: &to.part, bytes: zip };
        let header = transport.idempotency.as_deref().filter(|_| !id.is_empty()).map(|name| (name, id));
        let outcome = self.caller.call(&Ask { header, ..Ask::send(Method::Post, &path, body) });
        self.caller.sent(outcome, |reply| match reply.json().and_then(|json| self.caller.id_in(&json)) {
            Ok(id) => Sent::Accepted { id },
            Err(why) => Sent::Lost { why },
        })
    }
}

impl Uploads for ZipUpload {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn upload_batch(&self, batch: &Batch<'_>) -> Sent {
        let files: Vec<Body> = batch.parts.iter().map(|p| p.body.clone()).collect();
        match pack(&files) {
            Ok(zip) => self.post(&zip, batch.series, batch.id),
            Err(why) => Sent::Refused { status: 0, text: why.to_string() },
        }
    }
}
