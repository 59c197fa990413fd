//! One process at a time on an environment, and the others told at once who it is.

use crate::generated::many;
use crate::workspace::Workspace;
use std::process::Child;
use std::time::{Duration, Instant};

/// Waits for all of them; gives for each its code, what it said and when it had ended.
fn wait(mut children: Vec<Child>, start: Instant) -> Vec<(i32, String, Duration)> {
    let mut ended: Vec<Option<(i32, Duration)>> = vec![None; children.len()];
    while ended.iter().any(Option::is_none) {
        for (child, end) in children.iter_mut().zip(&mut ended) {
            if end.is_none()
                && let Some(status) = child.try_wait().unwrap()
            {
                *end = Some((status.code().unwrap(), start.elapsed()));
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = |child: Child| String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    children
        .into_iter()
        .zip(ended)
        .map(|(child, end)| {
            let (code, after) = end.unwrap();
            (code, said(child), after)
        })
        .collect()
}

#[test]
fn of_eight_applies_one_runs_and_the_others_name_it() {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    let start = Instant::now();
    let children: Vec<Child> =
        (0..8).map(|_| w.command(&["apply", "little", "1"]).spawn().unwrap()).collect();
    let pids: Vec<u32> = children.iter().map(Child::id).collect();
    let ended = wait(children, start);
    let winners: Vec<usize> = (0..8).filter(|n| ended[*n].0 == 0).collect();
    assert_eq!(winners.len(), 1, "{ended:#?}");
    let holder = format!("process {}", pids[winners[0]]);
    for (code, said, after) in ended.iter().filter(|(code, ..)| *code != 0) {
        assert_eq!(*code, 5, "{said}");
        assert!(said.contains("E403") && said.contains(&holder), "names not {holder}:\n{said}");
        assert!(*after < Duration::from_secs(2), "refused after {after:?}");
    }
    let store = w.store();
    assert_eq!(store.differences(&w.plan("little", 1)), [""; 0]);
    assert_eq!(store.mishaps(), [""; 0]);
    assert_eq!(store.runs(), (1, 1));
}

/// A process id that belongs to nobody any more.
fn dead() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    pid
}

fn lock(w: &Workspace, host: &str, pid: u32) {
    let text = format!(
        r#"{{"host":"{host}","user":"eve","pid":{pid},"command":"apply","since":"2026-10-02T17:00:00Z"}}"#
    );
    std::fs::write(w.place().join("lock.json"), text).unwrap();
}

fn this_host() -> String {
    std::fs::read_to_string("/etc/hostname").map_or_else(|_| "this host".to_owned(), |h| h.trim().to_owned())
}

#[test]
fn the_lock_of_a_dead_process_is_taken_over() {
    let w = many(3);
    let _ = w.run(&["plan", "little"]).exits(0);
    lock(&w, &this_host(), dead());
    let _ = w.run(&["apply", "little", "1"]).exits(0);
    assert!(!w.place().join("lock.json").exists(), "the lock is given back");
}

#[test]
fn the_lock_of_another_host_is_respected() {
    let w = many(3);
    let _ = w.run(&["plan", "little"]).exits(0);
    lock(&w, "elsewhere", dead());
    let _ = w.run(&["apply", "little", "1"]).exits(5).says("E403").says("eve").says("elsewhere");
    assert!(!w.place().join("state.duckdb").exists(), "nothing was begun");
}

#[test]
fn planning_is_refused_while_somebody_applies() {
    let w = many(60);
    let _ = w.run(&["plan", "little"]).exits(0);
    let mut child = w.command(&["apply", "little", "1"]).spawn().unwrap();
    while !w.place().join("lock.json").exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = w.run(&["plan", "little"]).exits(5).says("E403");
    let _ = w.run(&["status"]).exits(0).says("apply");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Many takers in one process, each time finding the lock of a dead one: never two at once. Processes alone hit the
/// gap between making and filling the file too seldom to prove anything.
#[test]
fn no_two_takers_hold_it_at_once() {
    use crosswalk::env::Env;
    use crosswalk::state::{Lock, Place};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};
    let w = Workspace::empty();
    let place = Place::new(&w.path(".crosswalk"), "rehearsal-lockstep").unwrap();
    let env = Env::new(std::collections::BTreeMap::new(), w.folder().to_path_buf());
    let (inside, most, taken) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    for _ in 0..100 {
        lock(&w, &this_host(), u32::MAX - 1);
        let start = Barrier::new(8);
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    start.wait();
                    if let Ok(held) = Lock::take(&place, &env, "test") {
                        taken.fetch_add(1, Ordering::SeqCst);
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        // Long enough for the others to look, short enough for a hundred rounds.
                        std::thread::sleep(Duration::from_millis(2));
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
    }
    assert!(taken.load(Ordering::SeqCst) >= 100, "somebody gets it each time");
    assert_eq!(most.load(Ordering::SeqCst), 1, "two held it at once");
}
