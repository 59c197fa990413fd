//! JSON by a streaming tokenizer of our own: numbers keep their digits, and a document of any length takes no memory.

mod read;
mod tokens;

#[cfg(test)]
mod tests;

pub(super) use read::{read, read_lines};
