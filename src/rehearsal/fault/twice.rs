//! A proxy delivers the upload twice: two tasks there, one answer.

use super::Fault;

pub(super) struct Twice;

impl Fault for Twice {
    fn times(&self) -> u32 {
        2
    }
}
