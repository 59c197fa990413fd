//! XML by quick-xml, streaming: no DOCTYPE, no entities but the five and numbers, every fault at its line and character.

mod object;
mod read;

#[cfg(test)]
mod tests;

pub(super) use read::read;
