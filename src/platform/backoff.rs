//! How long to wait before asking again: full jitter, longer when the platform asked for rest.

use std::time::Duration;

/// Attempts in all, the first one included.
pub const ATTEMPTS: u32 = 3;
/// Longest wait between two attempts.
pub const CAP: Duration = Duration::from_secs(20);
const BASE: Duration = Duration::from_millis(50);
const BASE_THROTTLED: Duration = Duration::from_secs(1);

/// The source of jitter: a small generator, so that equal seeds give equal waits.
#[derive(Clone, Debug)]
pub struct Backoff {
    state: u64,
}

impl Backoff {
    /// A generator with this seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// A generator seeded by the operating system.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 8];
        // Without randomness the waits are the same each time, which only matters to a crowd of clients.
        let _ = getrandom::fill(&mut bytes);
        Self::seeded(u64::from_le_bytes(bytes))
    }

    /// The wait after attempt `attempt` (from 1): what the platform asked for, else a random part of the base
    /// doubled per attempt. `None`: no attempt is left, or it asked for longer than `CAP`, and coming earlier
    /// would be rude.
    pub fn wait(&mut self, attempt: u32, throttled: bool, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= ATTEMPTS {
            return None;
        }
        if let Some(asked) = retry_after {
            return (asked <= CAP).then_some(asked);
        }
        let base = if throttled { BASE_THROTTLED } else { BASE };
        let most = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(CAP);
        let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX).max(1);
        Some(Duration::from_nanos(self.next() % nanos))
    }

    /// The next number (xorshift64*).
    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_range() {
        let mut backoff = Backoff::seeded(7);
        for _ in 0..1000 {
            assert!(backoff.wait(1, false, None).unwrap() < Duration::from_millis(50));
            assert!(backoff.wait(2, true, None).unwrap() < Duration::from_secs(2));
        }
        assert_eq!(backoff.wait(1, true, Some(Duration::from_secs(3))), Some(Duration::from_secs(3)));
        assert_eq!(backoff.wait(1, true, Some(Duration::from_secs(300))), None);
        assert_eq!(backoff.wait(ATTEMPTS, false, None), None);
    }
}
