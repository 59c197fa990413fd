//! When a mode befalls a request: deterministic, by its number since the start and a seed.

use super::outcome::Lagging;
use super::{Fault, Mode};
use std::sync::atomic::{AtomicU64, Ordering};

/// Kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rehearsal) enum Class {
    /// Something that is sent to be kept.
    Upload,
    /// A question: the state of an upload, a list, records.
    Read,
}

/// Which requests are counted and befallen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// Uploads.
    #[default]
    Uploads,
    /// Polls, lists and look-ups of records.
    Reads,
    /// Both.
    All,
}

/// Which requests a mode befalls.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// The mode.
    pub mode: Mode,
    /// Every how many requests; 1: each one.
    pub every: u64,
    /// Shifts which one of them; chooses keys and modes that are drawn.
    pub seed: u64,
    /// At most so often; `None`: without end. A mix counts the requests that may draw.
    pub times: Option<u64>,
    /// So many requests pass first.
    pub after: u64,
    /// The requests it counts.
    pub on: On,
    /// What a mix draws from; empty: every mode.
    pub of: Vec<Mode>,
    /// Whatever the mode: look-ups do not show what a befallen request did before so many more of them.
    pub lag: u32,
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self {
            mode: Mode::None,
            every: 1,
            seed: 0,
            times: None,
            after: 0,
            on: On::Uploads,
            of: Vec::new(),
            lag: 0,
        }
    }
}

impl FaultPlan {
    /// The mode befalls the first upload only.
    pub fn once(mode: Mode) -> Self {
        Self { mode, times: Some(1), ..Self::default() }
    }

    /// The mode befalls each upload.
    pub fn always(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// `percent` of the uploads draw a mode of `of` (empty: of all).
    pub fn mixed(percent: u8, seed: u64, of: &[Mode]) -> Self {
        Self { mode: Mode::Mixed(percent), seed, of: of.to_vec(), ..Self::default() }
    }

    /// What befalls request `n` (from 0) of those it counts.
    fn mode_of(&self, n: u64) -> Mode {
        match self.mode {
            _ if !strikes(self, n) => Mode::None,
            Mode::Mixed(percent) => self.draw(n, percent),
            mode => mode,
        }
    }

    fn draw(&self, n: u64, percent: u8) -> Mode {
        if scatter(self.seed, n) % 100 >= u64::from(percent) {
            return Mode::None;
        }
        let all: Vec<Mode>;
        let from = if self.of.is_empty() {
            all = Mode::drawn().collect();
            &all
        } else {
            &self.of
        };
        let at = scatter(self.seed ^ 0x5bd1_e995, n) % (from.len() as u64).max(1);
        usize::try_from(at).ok().and_then(|at| from.get(at)).copied().unwrap_or_default()
    }
}

/// A plan being carried out.
pub(in crate::rehearsal) struct Faults {
    plan: FaultPlan,
    seen: AtomicU64,
}

impl Faults {
    /// At its start.
    pub(in crate::rehearsal) fn new(plan: FaultPlan) -> Self {
        Self { plan, seen: AtomicU64::new(0) }
    }

    /// What befalls the request that has just begun.
    pub(in crate::rehearsal) fn next(&self, class: Class) -> (Mode, Box<dyn Fault>) {
        let counted = match self.plan.on {
            On::All => true,
            On::Uploads => class == Class::Upload,
            On::Reads => class == Class::Read,
        };
        let mode =
            if counted { self.plan.mode_of(self.seen.fetch_add(1, Ordering::SeqCst)) } else { Mode::None };
        let fault = mode.fault(self.plan.seed);
        match self.plan.lag {
            reads @ 1.. if mode != Mode::None => (mode, Box::new(Lagging { fault, reads })),
            _ => (mode, fault),
        }
    }
}

fn strikes(plan: &FaultPlan, n: u64) -> bool {
    let every = plan.every.max(1);
    let first = plan.after + plan.seed % every;
    n >= first
        && (n - first).is_multiple_of(every)
        && plan.times.is_none_or(|times| (n - first) / every < times)
}

/// A number that looks random and is the same each time (splitmix64).
fn scatter(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_strikes_by_number() {
        let hits = |plan: FaultPlan| (0..7).filter(|n| strikes(&plan, *n)).collect::<Vec<_>>();
        assert_eq!(hits(FaultPlan::always(Mode::ReplyLost)), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(hits(FaultPlan::once(Mode::ReplyLost)), [0]);
        assert_eq!(hits(FaultPlan { every: 3, seed: 4, ..FaultPlan::default() }), [1, 4]);
        assert_eq!(hits(FaultPlan { every: 2, times: Some(2), ..FaultPlan::default() }), [0, 2]);
        assert_eq!(hits(FaultPlan { after: 4, times: Some(2), ..FaultPlan::default() }), [4, 5]);
    }

    #[test]
    fn only_the_requests_it_is_on_are_counted() {
        let faults = |on| Faults::new(FaultPlan { on, ..FaultPlan::once(Mode::Unauthorised) });
        let struck = |f: &Faults, class| f.next(class).0 == Mode::Unauthorised;
        let uploads = faults(On::Uploads);
        assert!(!struck(&uploads, Class::Read) && struck(&uploads, Class::Upload));
        let reads = faults(On::Reads);
        assert!(
            !struck(&reads, Class::Upload) && struck(&reads, Class::Read) && !struck(&reads, Class::Read)
        );
        let all = faults(On::All);
        assert!(struck(&all, Class::Read) && !struck(&all, Class::Upload));
    }

    #[test]
    fn a_mix_draws_its_share_and_every_mode() {
        let plan = FaultPlan::mixed(10, 7, &[]);
        let drawn: Vec<Mode> = (0..10_000).map(|n| plan.mode_of(n)).collect();
        let again: Vec<Mode> = (0..10_000).map(|n| plan.mode_of(n)).collect();
        assert_eq!(drawn, again);
        let struck = drawn.iter().filter(|m| **m != Mode::None).count();
        assert!((900..1100).contains(&struck), "{struck} of 10000");
        assert!(Mode::drawn().all(|mode| drawn.contains(&mode)));
        let few = FaultPlan::mixed(100, 7, &[Mode::ReplyLost, Mode::Twice]);
        assert!((0..50).all(|n| matches!(few.mode_of(n), Mode::ReplyLost | Mode::Twice)));
    }
}
