//! Progress: a bar on a terminal, plain lines elsewhere.

use super::output::Output;
use crate::job::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Tells what a job does.
pub(super) struct Told<'a> {
    output: &'a Output,
    bar: Option<ProgressBar>,
    last: Mutex<Instant>,
    /// What is counted, and since when.
    counted: Mutex<(String, Instant)>,
}

/// How fast, and how long it will take: ` (850 a second, 2 min left)`. Nothing at the start.
fn pace(done: u64, of: Option<u64>, passed: Duration) -> String {
    let seconds = passed.as_secs_f64();
    if done == 0 || seconds < 1.0 {
        return String::new();
    }
    let rate = done as f64 / seconds;
    let left = of.map(|all| (all.saturating_sub(done) as f64 / rate).round() as u64);
    let left = left.filter(|s| *s > 0).map(|s| match s {
        0..=119 => format!(", {s} s left"),
        _ => format!(", {} min left", s.div_ceil(60)),
    });
    format!(" ({} a second{})", rate.round() as u64, left.unwrap_or_default())
}

impl<'a> Told<'a> {
    pub fn new(output: &'a Output) -> Self {
        let bar = output.bars().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let (now, counted) = (Instant::now(), String::new());
        Self { output, bar, last: Mutex::new(now), counted: Mutex::new((counted, now)) }
    }

    /// Takes the bar away before something else is printed.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// How long this is being counted.
    fn passed(&self, what: &str) -> Duration {
        let Ok(mut counted) = self.counted.lock() else { return Duration::ZERO };
        if counted.0 != what {
            *counted = (what.to_owned(), Instant::now());
        }
        counted.1.elapsed()
    }

    /// At most a line every two seconds where there is no terminal.
    fn due(&self) -> bool {
        let Ok(mut last) = self.last.lock() else { return false };
        let due = last.elapsed() > Duration::from_secs(2);
        if due {
            *last = Instant::now();
        }
        due
    }
}

impl Progress for Told<'_> {
    fn stage(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_style(ProgressStyle::default_spinner());
            bar.set_message(what.to_owned());
        } else if what.len() > 60 {
            // Not a stage's name but something to know.
            self.output.error_line(what);
        }
    }

    fn count(&self, what: &str, done: u64, of: Option<u64>) {
        let passed = self.passed(what);
        let Some(bar) = &self.bar else {
            if self.due() {
                let pace = pace(done, of, passed);
                let of = of.map(|n| format!(" of {n}")).unwrap_or_default();
                self.output.error_line(&format!("{what}: {done}{of}{pace}"));
            }
            return;
        };
        match of {
            Some(all) => {
                if let Ok(style) =
                    ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
                {
                    bar.set_style(style);
                }
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message(what.to_owned());
            }
            None => bar.set_message(format!("Reading {what}: {done} rows")),
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.done();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_told_once_there_is_one() {
        let second = Duration::from_secs(1);
        assert_eq!(pace(0, Some(10), second), "");
        assert_eq!(pace(100, Some(1000), second), " (100 a second, 9 s left)");
        assert_eq!(pace(100, Some(100_000), second), " (100 a second, 17 min left)");
        assert_eq!(pace(100, Some(100), second), " (100 a second)");
        assert_eq!(pace(50, None, second / 2), "");
    }
}
