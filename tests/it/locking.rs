//! One process at a time on an environment, and the others told at once who it is.

use crate::generated::{customers_of, many};
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

/// Eight processes apply plan `number` at once: one runs, the others are refused in time and name it.
fn one_of_eight_applies(w: &Workspace, number: u32, what: &str) {
    let start = Instant::now();
    let number = number.to_string();
    let children: Vec<Child> =
        (0..8).map(|_| w.command(&["apply", "little", &number, ALL]).spawn().unwrap()).collect();
    let pids: Vec<u32> = children.iter().map(Child::id).collect();
    let ended = wait(children, start);
    let winners: Vec<usize> = (0..8).filter(|n| ended[*n].0 == 0).collect();
    assert_eq!(winners.len(), 1, "{what}: {ended:#?}");
    let holder = format!("process {}", pids[winners[0]]);
    for (code, said, after) in ended.iter().filter(|(code, ..)| *code != 0) {
        assert_eq!(*code, 5, "{what}: {said}");
        assert!(said.contains("E403") && said.contains(&holder), "{what}: names not {holder}:\n{said}");
        assert!(*after < Duration::from_secs(2), "{what}: refused after {after:?}");
    }
}

/// The guard of a plan that changes all forty customers.
const ALL: &str = "--allow=company.changed=40";

#[test]
fn of_eight_applies_one_runs_and_the_others_name_it() {
    let w = many(40);
    let _ = w.run(&["run", "little"]).exits(0);
    customers_of(&w, 40, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    one_of_eight_applies(&w, 2, "the first round");
    let store = w.store();
    assert_eq!(store.record("CompanySyncModel", "000039")["companyName"], "Customer 39 AG");
    assert_eq!((store.strays(), store.runs()), (vec![], (2, 2)));
}

#[test]
#[ignore = "a quarter of an hour; tests/run --nightly"]
fn a_hundred_rounds_of_eight_with_dead_holders_between() {
    let w = many(40);
    let _ = w.run(&["run", "little"]).exits(0);
    for round in 1..=100_u32 {
        customers_of(&w, 40, &format!("R{round}"));
        let _ = w.run(&["plan", "little"]).exits(0);
        let number = round + 1;
        if round % 4 == 0 {
            // The holder dies: its lock is recovered by one of the eight, which goes on with its run.
            kill_the_apply(&w, &["apply", "little", &number.to_string(), ALL]);
        }
        one_of_eight_applies(&w, number, &format!("round {round}"));
        let there = w.store().record("CompanySyncModel", "000039");
        assert_eq!(there["companyName"], format!("Customer 39 R{round}"));
    }
    let store = w.store();
    assert_eq!((store.strays(), store.runs()), (vec![], (101, 101)));
    drop(store);
    let _ = w.run(&["state", "check"]).exits(0);
}

/// What `progress.json` says, once it says that a batch is done.
pub fn sending(w: &Workspace, child: &mut Child) -> serde_json::Value {
    loop {
        let text = std::fs::read_to_string(w.place().join("progress.json")).unwrap_or_default();
        let progress: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        if progress["batches"].as_u64() > Some(0) {
            return progress;
        }
        assert!(child.try_wait().unwrap().is_none(), "the apply ended before it sent");
        std::thread::yield_now();
    }
}

fn kill_the_apply(w: &Workspace, arguments: &[&str]) {
    let mut child = w.command(arguments).spawn().unwrap();
    sending(w, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Applies plan 1 and kills it once a batch is done.
pub fn kill_while_sending(w: &Workspace) {
    kill_the_apply(w, &["apply", "little", "1"]);
}

#[test]
fn those_who_read_see_the_state_before_a_running_apply_and_how_far_it_is() {
    let w = many(60);
    let _ = w.run(&["plan", "little"]).exits(0);
    // The first apply: there is no state before it.
    let mut child = w.command(&["apply", "little", "1"]).spawn().unwrap();
    let progress = sending(&w, &mut child);
    assert_eq!((progress["run"].as_i64(), progress["copy"].as_bool()), (Some(1), Some(false)));
    let seen = w.run(&["status"]).exits(0);
    if child.try_wait().unwrap().is_none() {
        let _ =
            seen.says("run 1 of little (plan 1)").says("records sent").says("Nothing has been applied yet");
    }
    assert!(child.wait().unwrap().success());
    assert!(!w.place().join("progress.json").exists(), "it is removed at the end");

    customers_of(&w, 60, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let mut child = w.command(&["apply", "little", "2", "--allow=company.changed=60"]).spawn().unwrap();
    sending(&w, &mut child);
    stop(&child);
    let _ = w.run(&["plan", "little"]).exits(5).says("E403");
    let seen = w.run(&["status"]).exits(0).says("run 2 of little (plan 2)").says("the state before that run");
    assert!(
        seen.out.contains("  1  little plan 1") && !seen.out.contains("  2  little plan 2"),
        "{}",
        seen.out
    );
    let _ = w.run(&["state", "show"]).exits(0).says("the last was run 1");
    let seen = w.run(&["explain", "little", "company", "000007"]).exits(0).says("the state before that run");
    assert!(seen.out.contains("Customer 7 AG | Customer 7 GmbH"), "{}", seen.out);
    let _ = w.run(&["state", "check"]).exits(5).says("E403");
    go_on(&child);
    assert!(child.wait().unwrap().success());
    let seen = w.run(&["status"]).exits(0).says("  2  little plan 2");
    assert!(!seen.out.contains("at work"), "{}", seen.out);
}

/// Companies go once more when their contacts are there: these sendings are part of what is told to be sent.
#[test]
fn what_is_sent_a_second_time_is_counted_from_the_start() {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    let mut command = w.command(&["apply", "little", "1"]);
    let mut child = command.env("CROSSWALK_FAULT", "reply-late:delay=300").spawn().unwrap();
    let mut seen = Vec::new();
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(w.place().join("progress.json")).unwrap_or_default();
        let progress: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        seen.extend(progress["total"].as_u64().filter(|n| *n > 0).zip(progress["done"].as_u64()));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(seen.iter().any(|(_, done)| *done > 80), "the second sendings were not seen: {seen:?}");
    assert!(seen.iter().all(|(total, _)| *total == 120), "{seen:?}");
}

/// Stops a process in the middle of what it does, so that others can look at leisure.
fn stop(child: &Child) {
    signal(child, "-STOP");
}

fn go_on(child: &Child) {
    signal(child, "-CONT");
}

/// Sends it a signal: `-INT`.
pub fn signal(child: &Child, what: &str) {
    let status = std::process::Command::new("kill").args([what, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn what_a_killed_apply_left_is_not_called_running() {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    kill_while_sending(&w);
    assert!(w.place().join("progress.json").exists());
    let seen = w.run(&["status"]).exits(0).says("Run 1 of little (plan 1) is open");
    assert!(!seen.out.contains("at work"), "{}", seen.out);
    let found = w.run(&["state", "check"]).exits(1);
    for name in ["run-open", "unclean-end", "dead-lock"] {
        assert!(found.out.contains(name), "{name} is not in\n{}", found.out);
    }
    assert!(found.out.contains("3 findings"), "{}", found.out);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["state", "check"]).exits(0);
}

/// Holds the state as a reader does.
fn reader(w: &Workspace) -> crosswalk::db::Db {
    use crosswalk::db::{Db, Limits};
    let db = Db::in_memory(&Limits { memory_mib: 300, threads: 1, spill: None, folders: vec![w.place()] })
        .unwrap();
    db.attach(&w.place().join("state.duckdb"), "s", true).unwrap();
    db
}

#[test]
fn apply_waits_for_those_who_read() {
    let w = many(10);
    let _ = w.run(&["run", "little"]).exits(0);
    customers_of(&w, 10, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let held = reader(&w);
    let start = Instant::now();
    let mut child = w.command(&["apply", "little", "2", "--allow=company.changed=10"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    drop(held);
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(w.store().record("CompanySyncModel", "000003")["companyName"], "Customer 3 AG");
}

#[test]
#[ignore = "half a minute of waiting; tests/run --nightly"]
fn apply_waits_no_longer_than_half_a_minute() {
    let w = many(10);
    let _ = w.run(&["run", "little"]).exits(0);
    customers_of(&w, 10, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let held = reader(&w);
    let start = Instant::now();
    let me = format!("process {}", std::process::id());
    let _ = w.run(&["apply", "little", "2", "--allow=company.changed=10"]).exits(5).says("E403").says(&me);
    assert!((29..40).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    drop(held);
    let _ = w.run(&["apply", "little", "2", "--allow=company.changed=10"]).exits(0);
}

/// A process id that belongs to nobody any more.
pub fn dead() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    pid
}

pub fn lock(w: &Workspace, host: &str, pid: u32) {
    let text = format!(
        r#"{{"host":"{host}","user":"eve","pid":{pid},"command":"apply","since":"2026-10-02T17:00:00Z"}}"#
    );
    std::fs::write(w.place().join("lock.json"), text).unwrap();
}

pub fn this_host() -> String {
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
