//! The generic client, driven by a platform file: how bytes get to the platform and what its answers mean. Knows no
//! plan and no state; `deliver` is its only caller. One file a transport.
//!
//! In: the platform file, an address, a secret, bodies. Out: [`Sent`] and [`Polled`], which tell *refused* (surely
//! not taken) from *lost* (perhaps taken), and [`judge`]'s verdict per record type. Nothing here decides to send an
//! upload again after it may have been taken.

mod answer;
mod backoff;
mod bucket;
pub mod client;
pub mod judge;
mod look;
pub mod network;
mod pack;
mod secret;
pub mod zip_upload;

#[cfg(test)]
mod hostile_tests;

pub use answer::{Answer, ModelAnswer, Named};
pub use backoff::Backoff;
pub use look::Found;
pub use pack::{Body, digest, pack};
pub use secret::Secret;
pub use zip_upload::{Polled, Sent, ZipUpload};
