//! R10: attempts and waits by a clock that only counts.

use super::*;

/// Counts the time that was waited.
#[derive(Debug, Default)]
struct Counting(Mutex<Vec<Duration>>);

impl Counting {
    fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Clock for Counting {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    fn sleep(&self, time: Duration) {
        self.0.lock().unwrap().push(time);
    }

    fn stamp(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

fn new(seed: u64) -> (Mutex<Retry>, Counting) {
    (Mutex::new(Retry::new(Backoff::seeded(seed))), Counting::default())
}

fn reply(status: u16) -> Outcome {
    Ok(Reply { status, retry_after: None, body: Vec::new() })
}

fn broken() -> Outcome {
    Err(Failure::NotSent("refused".into()))
}

const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn a_full_outage_of_a_thousand_batches_is_hardly_amplified() {
    let (retry, clock) = new(7);
    let mut attempts = 0_u32;
    for _ in 0..1000 {
        let outcome = persist(
            &retry,
            &clock,
            DEADLINE,
            |_| Again::Soon,
            |_, _| {
                attempts += 1;
                broken()
            },
        );
        assert_eq!(outcome.unwrap_err(), Failure::NotSent("refused".into()));
    }
    // 500 tokens of which a repetition takes 14: 35 repetitions in all, 1.035 times the requests.
    assert_eq!(attempts, 1035);
    assert!(clock.waits().iter().all(|w| *w < Duration::from_millis(100)));
}

#[test]
fn nobody_tries_more_than_three_times() {
    for again in [Again::Soon, Again::Rest(None), Again::Rest(Some(Duration::from_secs(1)))] {
        let (retry, clock) = new(1);
        let mut attempts = 0;
        let _ = persist(
            &retry,
            &clock,
            DEADLINE,
            |_| again,
            |n, _| {
                attempts += 1;
                assert_eq!(n, attempts);
                broken()
            },
        );
        assert_eq!((attempts, clock.waits().len()), (3, 2), "{again:?}");
    }
}

#[test]
fn the_rest_asked_for_is_kept_to_the_nanosecond() {
    let asked = Duration::from_secs(7);
    let (retry, clock) = new(1);
    let _ = persist(&retry, &clock, DEADLINE, |_| Again::Rest(Some(asked)), |_, _| reply(429));
    assert_eq!(clock.waits(), [asked, asked]);
    let (retry, clock) = new(1);
    let _ =
        persist(&retry, &clock, DEADLINE, |_| Again::Rest(Some(Duration::from_secs(21))), |_, _| reply(429));
    assert_eq!(clock.waits(), [Duration::ZERO; 0], "longer than the cap: not at all rather than too early");
}

#[test]
fn waits_are_spread_over_their_whole_range() {
    let (mut low, mut high, mut sum) = (0, 0, Duration::ZERO);
    for seed in 0..2000 {
        let (retry, clock) = new(seed * 7919 + 1);
        let _ = persist(&retry, &clock, DEADLINE, |_| Again::Rest(None), |_, _| reply(503));
        let first = clock.waits()[0];
        low += u32::from(first < Duration::from_millis(100));
        high += u32::from(first >= Duration::from_millis(900));
        sum += first;
    }
    assert!((100..300).contains(&low) && (100..300).contains(&high), "{low} {high}");
    assert!((Duration::from_millis(450)..Duration::from_millis(550)).contains(&(sum / 2000)), "{sum:?}");
}

#[test]
fn time_runs_out_for_all_attempts_together() {
    let (retry, clock) = new(1);
    let mut left = Vec::new();
    let _ = persist(
        &retry,
        &clock,
        DEADLINE,
        |_| Again::Soon,
        |_, time| {
            left.push(time);
            clock.sleep(Duration::from_secs(59));
            broken()
        },
    );
    assert_eq!(left[0], DEADLINE);
    assert!(left[1] < Duration::from_secs(1) && left.len() == 2, "{left:?}");
}

#[test]
fn single_faults_never_use_up_the_budget() {
    let (retry, clock) = new(3);
    for _ in 0..10_000 {
        let outcome = persist(
            &retry,
            &clock,
            DEADLINE,
            |o| if o.is_ok() { Again::No } else { Again::Soon },
            |attempt, _| if attempt == 1 { broken() } else { reply(200) },
        );
        assert!(outcome.is_ok());
    }
    assert_eq!(clock.waits().len(), 10_000);
}
