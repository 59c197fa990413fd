//! The transport `zip-upload`: one CSV or JSONL per record type, zipped, uploaded, polled to its end.

use super::Secret;
use super::backoff::Backoff;
use super::caller::Caller;
use super::client::{Ask, Method, Payload};
use super::network::Settings;
use super::pack::{Body, pack};
use super::transport::{Batch, Found, Polled, Record, Request, Sent, Series, Transport};
use crate::diagnostic::Result;
use crate::env::{Cancel, Clock};
use crate::spec::platform::{Model, Platform};
use std::sync::Arc;

/// The transport to one account.
#[derive(Debug)]
pub struct ZipUpload {
    caller: Caller,
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
        Ok(Self { caller: Caller::new(platform, address, secret, backoff)? })
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { caller: self.caller.with_clock(clock) }
    }

    /// The same transport by another way: a proxy, certificates of its own.
    ///
    /// # Errors
    /// E501.
    pub fn over(self, settings: &Settings) -> Result<Self> {
        Ok(Self { caller: self.caller.over(settings)? })
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

impl Transport for ZipUpload {
    fn send(&self, batch: &Batch<'_>) -> Sent {
        let files: Vec<Body> = batch.parts.iter().map(|p| p.body.clone()).collect();
        match pack(&files) {
            Ok(zip) => self.post(&zip, batch.series, batch.id),
            Err(why) => Sent::Refused { status: 0, text: why.to_string() },
        }
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
