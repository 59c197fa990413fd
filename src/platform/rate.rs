//! The rate limit: in any second at most so many requests begin.

use crate::env::Clock;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What is kept to: a second, and a little, as requests are not all equally long on their way.
const WINDOW: Duration = Duration::from_millis(1050);

/// The limit, and when the requests of the last second began or will begin.
#[derive(Debug)]
pub(super) struct Rate {
    most: usize,
    begun: Mutex<VecDeque<Duration>>,
}

impl Rate {
    /// So many a second, at least one.
    pub(super) fn new(per_second: u32) -> Self {
        Self { most: per_second.max(1) as usize, begun: Mutex::default() }
    }

    /// Waits until a request may begin.
    pub(super) fn wait(&self, clock: &dyn Clock) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at with the lock held: those who come first go first.
        let now = clock.elapsed();
        let at = next(&mut begun, self.most, now);
        drop(begun);
        clock.sleep(at.saturating_sub(now));
    }
}

/// When a request may begin that comes now. It counts from then on.
fn next(begun: &mut VecDeque<Duration>, most: usize, now: Duration) -> Duration {
    while begun.front().is_some_and(|first| *first + WINDOW <= now) {
        begun.pop_front();
    }
    // Behind all that wait already: the last so many of them must be out of the window.
    let full = begun.len().checked_sub(most).and_then(|n| begun.get(n));
    let at = full.map_or(now, |first| *first + WINDOW);
    begun.push_back(at);
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the time that was waited.
    #[derive(Debug, Default)]
    struct Counting(Mutex<Duration>);

    impl Clock for Counting {
        fn elapsed(&self) -> Duration {
            *self.0.lock().unwrap()
        }

        fn sleep(&self, time: Duration) {
            *self.0.lock().unwrap() += time;
        }

        fn stamp(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
    }

    /// Numbers that are the same each time (a linear congruence).
    fn random(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % below
    }

    /// The most that begin within a second, whenever it begins.
    fn most_in_a_second(begun: &[Duration]) -> usize {
        let within = |first: &Duration| {
            begun.iter().filter(|t| *t >= first && **t <= *first + Duration::from_secs(1)).count()
        };
        begun.iter().map(within).max().unwrap_or(0)
    }

    #[test]
    fn a_second_holds_no_more_wherever_it_begins() {
        let mut state = 4711;
        for most in 1..=12 {
            for longest in [1, 50, 300, 900, 2500] {
                let (rate, clock) = (Rate::new(most), Counting::default());
                let begun: Vec<Duration> = (0..300)
                    .map(|_| {
                        clock.sleep(Duration::from_millis(random(&mut state, longest)));
                        rate.wait(&clock);
                        clock.elapsed()
                    })
                    .collect();
                assert!(most_in_a_second(&begun) <= most as usize, "{most} a second, {longest} ms apart");
            }
        }
    }

    #[test]
    fn nor_when_many_come_while_others_wait() {
        let mut state = 7;
        for most in 1..=12 {
            let (mut now, mut waiting) = (Duration::ZERO, VecDeque::new());
            let begun: Vec<Duration> = (0..400)
                .map(|_| {
                    now += Duration::from_millis(random(&mut state, 2000 / most as u64));
                    next(&mut waiting, most, now)
                })
                .collect();
            assert!(most_in_a_second(&begun) <= most, "{most} a second");
            assert!(begun.is_sorted(), "those who come first go first");
        }
    }

    #[test]
    fn whoever_comes_seldom_never_waits_and_all_that_may_go_at_once_do() {
        let (rate, clock) = (Rate::new(5), Counting::default());
        (0..5).for_each(|_| rate.wait(&clock));
        assert_eq!(clock.elapsed(), Duration::ZERO);
        rate.wait(&clock);
        assert_eq!(clock.elapsed(), WINDOW);
        for _ in 0..20 {
            clock.sleep(Duration::from_millis(300));
            let before = clock.elapsed();
            rate.wait(&clock);
            assert_eq!(clock.elapsed(), before);
        }
        assert!(rate.begun.lock().unwrap().len() < 6, "what is past is forgotten");
    }
}
