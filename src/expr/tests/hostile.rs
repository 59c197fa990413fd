//! Programs that try to run away: refused when read with the code their case names, or ended for their row (reliability
//! S4). The cases are data: `tests/cases/hostile.txt`, one a line, as `CODE program`.

use super::{Columns, both, db, db_with, mistakes, results};
use crate::expr::scope::Grouping;
use crate::expr::{compile, compile_for_fallback};
use std::time::{Duration, Instant};

const CASES: &str = include_str!("../../../tests/cases/hostile.txt");
/// What stopping a program may take (reliability S4).
const AT_ONCE: Duration = Duration::from_millis(100);

/// What this thread has had of a processor, as tests run beside others; the time of the clock where that is not told.
fn spent(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|n| n.parse().ok()).map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// A result, and what making it takes: the best of three.
fn timed<T>(work: impl Fn() -> T) -> (T, Duration) {
    let since = Instant::now();
    let once = || {
        let before = spent(since);
        (work(), spent(since).saturating_sub(before))
    };
    let (result, first) = once();
    (result, first.min(once().1).min(once().1))
}

/// Each stop takes at most what it may; says the slowest, with `--nocapture`.
#[allow(clippy::print_stdout)]
fn at_once(mut times: Vec<(String, Duration)>) {
    times.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    let shown = |(text, took): &(String, Duration)| {
        let start: String = text.chars().take(60).collect();
        format!("{took:?} {start}")
    };
    println!(
        "{} stops, the slowest:\n{}",
        times.len(),
        times.iter().take(4).map(shown).collect::<Vec<_>>().join("\n")
    );
    let slow: Vec<String> = times.iter().filter(|(_, took)| *took >= AT_ONCE).map(shown).collect();
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn hostile_programs_are_refused_at_once() {
    let cases: Vec<(&str, &str)> = CASES
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .filter_map(|l| l.split_once(' '))
        .collect();
    assert!(cases.len() >= 60, "{}", cases.len());
    let (mut wrong, mut times) = (Vec::new(), Vec::new());
    for (code, text) in cases {
        let (found, took) = timed(|| mistakes(text, Grouping::Rows));
        if !found.iter().any(|m| m.starts_with(code)) {
            wrong.push(format!("{text}: {code} was expected, found {found:?}"));
        }
        times.push((text.to_owned(), took));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    at_once(times);
}

#[test]
fn what_is_too_deep_or_too_long_is_refused_at_once() {
    let mut times = Vec::new();
    for text in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}1", "-".repeat(3000)),
        format!("{}true", "!".repeat(10_000)),
        format!("1{}", " + 1".repeat(4000)),
        format!("{}1{}", "if true { ".repeat(1000), " }".repeat(1000)),
        format!("{}\"x\"{}", "trim(".repeat(2000), ")".repeat(2000)),
        format!("{}1{}", "`${".repeat(500), "}`".repeat(500)),
        format!("\"{}\"", "x".repeat(20_000)),
        format!("1{}", ".upper()".repeat(2000)),
        "x".repeat(1 << 20),
    ] {
        let (found, took) = timed(|| mistakes(&text, Grouping::Rows));
        let start: String = text.chars().take(20).collect();
        assert!(found.first().is_some_and(|m| m.starts_with("E250")), "{start}: {found:?}");
        times.push((start, took));
    }
    at_once(times);
}

/// Expressions that are fine to read and take too much for one row in the runner: stopped there, named, at once.
#[test]
fn a_row_that_takes_too_much_is_stopped() {
    let db = db_with(1);
    db.run("UPDATE t SET t = repeat('x', 60000)").unwrap();
    let mut times = Vec::new();
    for text in [
        "text(\"T\") + text(\"T\")",
        "join(\"-\", text(\"T\"), text(\"T\"))",
        "`${text(\"T\")}${text(\"T\")}`",
        "replace(text(\"T\"), \"x\", \"xxxx\")",
        "proper(text(\"T\") + text(\"T\"))",
        "re_replace(text(\"T\"), `x`, \"yyyyyyyy\")",
    ] {
        let compiled = compile_for_fallback(text, &Columns(Grouping::Rows), "a").unwrap();
        let (found, took) = timed(|| results(&db, &compiled));
        assert!(found[0].starts_with("!E304 the expression took too much for one row"), "{text}: {found:?}");
        times.push((text.to_owned(), took));
    }
    at_once(times);
    // A repetition has its own bound, the same in both runners.
    assert!(both(&db, "repeat(text(\"T\"), 1000)")[0].starts_with("!E303 would be repeated"));
}

#[test]
fn patterns_that_blow_up_elsewhere_take_no_time_here() {
    let db = db_with(1);
    db.run("UPDATE t SET t = repeat('a', 20000) || '!'").unwrap();
    let mut times = Vec::new();
    for text in [
        "matches(text(\"T\"), `^(a+)+$`)",
        "matches(text(\"T\"), `^(a|aa)+$`)",
        "extract(text(\"T\"), `(a*)*b`)",
    ] {
        for compiled in [
            compile(text, &Columns(Grouping::Rows), "a").unwrap(),
            compile_for_fallback(text, &Columns(Grouping::Rows), "a").unwrap(),
        ] {
            let (found, took) = timed(|| results(&db, &compiled));
            assert!(["false", "()"].contains(&found[0].as_str()), "{text}: {found:?}");
            times.push((text.to_owned(), took));
        }
    }
    at_once(times);
}

#[test]
fn long_but_honest_expressions_run() {
    let db = db();
    let sum = vec!["num(\"N\")"; 30].join(" + ");
    assert_eq!(both(&db, &sum), vec!["375"]);
    let text = vec!["text(\"T\")"; 30].join(" + ");
    assert_eq!(both(&db, &text), vec!["Ab-7".repeat(30)]);
    let list = (0..500).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
    assert_eq!(both(&db, &format!("text(\"T\") in [{list}]")), vec!["false"]);
}
