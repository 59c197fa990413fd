//! Delimited text by a reader of our own: RFC 4180 states over bytes, the exact physical line of each record, and
//! every record either a row or a refusal.

mod dialect;
mod load;
mod tokenizer;

#[cfg(test)]
mod tests;

pub(super) use dialect::sniff;
pub(super) use load::{glance, heads, load};
pub(super) use tokenizer::{Item, Tokenizer};
