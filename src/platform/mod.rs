//! The generic client, driven by a platform file: how bytes get to the platform and what its answers mean. Knows no
//! plan and no state; `deliver` is its only caller. One file a transport.
//!
//! In: the platform file, an address, a secret, bodies. Out: [`Sent`] and [`Polled`], which tell *refused* (surely
//! not taken) from *lost* (perhaps taken), and [`judge`]'s verdict per record type. Nothing here decides to send an
//! upload again after it may have been taken.

mod answer;
mod backoff;
mod base64;
mod caller;
pub mod client;
mod cover;
mod files;
mod json_batch;
pub mod judge;
mod look;
pub mod network;
mod pack;
mod rate;
mod read_back;
mod retry;
mod secret;
mod transport;
mod uploads;
mod upsert;
mod zip_upload;

#[cfg(test)]
mod hostile_tests;

pub use answer::{Answer, ModelAnswer, Named, Taken};
pub use backoff::{Backoff, CAP as LONGEST_REST};
pub use caller::Caller;
pub use files::Files;
pub use json_batch::JsonBatch;
pub use pack::{Body, digest, pack};
pub use read_back::differs;
pub use secret::Secret;
pub use transport::{Batch, Found, Member, Owners, Part, Polled, Record, Request, Sent, Series, Transport};
pub use upsert::Upsert;
pub use zip_upload::ZipUpload;
