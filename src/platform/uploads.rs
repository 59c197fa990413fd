//! What transports have in common whose batches are uploads: followed, found and looked up as the platform file says.

use super::caller::Caller;
use super::transport::{Batch, Found, Polled, Record, Request, Sent, Transport};
use crate::diagnostic::Result;
use crate::env::Cancel;
use crate::spec::platform::Model;

/// A transport of which only the way a batch goes out is its own.
pub trait Uploads: Send + Sync {
    /// The way there.
    fn caller(&self) -> &Caller;

    /// Sends a batch. Repeats only what was surely not taken.
    fn upload_batch(&self, batch: &Batch<'_>) -> Sent;
}

impl<T: Uploads> Transport for T {
    fn send(&self, batch: &Batch<'_>) -> Sent {
        self.upload_batch(batch)
    }

    fn poll(&self, id: &str, cancel: &Cancel) -> Polled {
        self.caller().poll(id, cancel)
    }

    fn find_since(&self, time: jiff::Timestamp) -> Result<Option<Vec<Found>>> {
        self.caller().find_since(time)
    }

    fn account(&self) -> Result<Option<String>> {
        self.caller().account()
    }

    fn look_up(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>> {
        self.caller().look_up(model, keys)
    }

    fn cancel(&self, id: &str) -> Result<bool> {
        self.caller().cancel(id)
    }

    fn requests(&self) -> Vec<Request> {
        self.caller().requests()
    }
}
