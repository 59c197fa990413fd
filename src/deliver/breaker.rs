//! The circuit breaker: when batch after batch is not taken, the platform is down, and asking on does it no good.

use std::time::Duration;

/// Batches in a row after which it is enough.
const ROW: u32 = 5;

/// What was left behind, and how often in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    row: u32,
    left: u32,
    why: String,
}

impl Breaker {
    /// The platform answered.
    pub(super) fn reached(&mut self) {
        self.row = 0;
    }

    /// A batch was not taken in all its attempts. Gives why nothing more should be sent now, if so: it was one too many, or
    /// the platform asks for a rest longer than anybody waits.
    pub(super) fn exhausted(&mut self, why: &str, rest: Option<Duration>) -> Option<String> {
        (self.row, self.left) = (self.row + 1, self.left + 1);
        why.clone_into(&mut self.why);
        if let Some(rest) = rest {
            let why = format!("the platform asks to come again in {} s: {why}", rest.as_secs());
            return Some(format!("{why}; the next call goes on from here"));
        }
        if self.row < ROW {
            return None;
        }
        self.left_behind()
    }

    /// Why what comes later must wait, when a batch was left behind.
    pub(super) fn left_behind(&self) -> Option<String> {
        (self.left > 0).then(|| {
            let uploads = if self.left == 1 { "1 upload was".to_owned() } else { format!("{} uploads were", self.left) };
            format!("{uploads} not taken, the platform takes nothing at the moment: {}; the next call goes on from here", self.why)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_in_a_row_are_enough() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            assert_eq!(breaker.exhausted("busy", None), None);
        }
        breaker.reached();
        for _ in 0..4 {
            assert_eq!(breaker.exhausted("busy", None), None);
        }
        let why = breaker.exhausted("busy", None).unwrap();
        assert!(why.starts_with("9 uploads were not taken") && why.contains("busy"), "{why}");
    }

    #[test]
    fn a_long_rest_is_kept_at_once() {
        let mut breaker = Breaker::default();
        assert!(breaker.left_behind().is_none());
        let why = breaker.exhausted("slow down", Some(Duration::from_secs(3600))).unwrap();
        assert!(why.contains("3600 s"), "{why}");
    }
}
