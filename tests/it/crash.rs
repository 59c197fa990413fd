//! R1 and R3: the program ended at its n-th step, for every n until it comes to its end, while the platform misbehaves in
//! every way, by every way of sending; then called again. Nothing is lost, nothing there twice, nothing called accepted that
//! is not there.
//!
//! Here the program is called anew for each step, also several crashes deep; [`stopped`] does all steps of one call.

mod stopped;

use crate::generated::{customers_of, little};
use crate::store::Store;
use crate::workspace::{Ran, Workspace};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The modes of reliability 4, at uploads and, where an answer is what goes wrong, at questions too.
const MODES: [&str; 22] = [
    "none",
    "partial:share=10:every=3",
    "throttled:every=3:wait=0",
    "error-before-commit:every=3",
    "error-after-commit:every=3",
    "reset-before-body:every=3",
    "reply-lost:every=3",
    "reply-truncated:every=3",
    "reply-late:every=5:times=1:delay=300",
    "twice:every=3",
    "unauthorised:after=3:times=1",
    "reply-html:every=3",
    "reply-html:every=4:on=reads",
    "reordered:every=2",
    "outcome-missing:every=4",
    "outcome-extra:every=4",
    "redirect:after=2:times=1",
    "conflict:every=4",
    "reply-huge:every=5:times=1:mb=40",
    "reply-deep:every=5",
    "lookup-lags:every=2:reads=2",
    "reply-lost:every=3:lag=1",
];

/// All modes, or those that `CROSSWALK_R1_MODES` names by their beginnings (`reply,partial`).
fn wanted_modes() -> Vec<&'static str> {
    let named = std::env::var("CROSSWALK_R1_MODES").unwrap_or_default();
    MODES
        .into_iter()
        .filter(|mode| named.is_empty() || named.split(',').any(|n| mode.starts_with(n)))
        .collect()
}

/// What is crashed: a workspace with plan 1 of a mapping, and the folder of its rehearsal.
struct Subject {
    workspace: Workspace,
    mapping: &'static str,
    place: &'static str,
}

impl Subject {
    fn copy(&self) -> Self {
        Self { workspace: Workspace::copy_of(&self.workspace), ..*self }
    }

    fn store(&self) -> Store {
        Store::open(&self.workspace.path(self.place))
    }

    fn first_plan(&self) -> std::path::PathBuf {
        self.workspace.path(&format!("{}/plans/{}-0001.plan", self.place, self.mapping))
    }
}

/// Twelve uploads in three waves: companies, contacts, companies with their contacts.
fn template(customers: usize, per_upload: usize) -> Subject {
    template_by("", customers, per_upload)
}

/// The same sent in another way.
fn template_by(way: &str, customers: usize, per_upload: usize) -> Subject {
    let w = little(customers);
    w.edit("mappings/platforms/lockstep.toml", "records = 10000", &format!("records = {per_upload}"));
    if !way.is_empty() {
        w.edit("crosswalk.toml", "[env.rehearsal]", &format!("[env.rehearsal]\nway = \"{way}\""));
    }
    customers_of(&w, customers, "GmbH");
    let _ = w.run(&["plan", "little"]).exits(0);
    Subject { workspace: w, mapping: "little", place: ".crosswalk/rehearsal-lockstep" }
}

/// One request a record, to a platform that does not know our key of a request: what is uncertain is looked up. (Delivered
/// twice on the way, a request makes a record twice there, and nobody on this side can help it: that mode asks for the key.)
fn single(customers: u32, mode: &str) -> Subject {
    let w = crate::upsert::many_customers(customers, mode.starts_with("twice"));
    let _ = w.run(&["plan", "shop"]).exits(0);
    Subject { workspace: w, mapping: "shop", place: ".crosswalk/rehearsal-example-rest" }
}

/// What a sweep came to.
#[derive(Debug, Default)]
struct Swept {
    /// Ended at a step.
    crashed: AtomicU64,
    /// What went wrong.
    wrong: Mutex<Vec<String>>,
}

fn apply(subject: &Subject, fault: &str, crash_at: u64) -> Ran {
    let mut command = subject.workspace.command(&["apply", subject.mapping, "1"]);
    command.env("CROSSWALK_FAULT", fault);
    if crash_at > 0 {
        command.env("CROSSWALK_CRASH_AT", crash_at.to_string());
    }
    Ran::of(&mut command)
}

/// Ends `apply` at step `n`, `deep` times in a row, then calls it until it is over. Gives whether the first one was ended.
fn one(template: &Subject, fault: &str, n: u64, deep: u64, swept: &Swept) -> bool {
    let w = template.copy();
    let first = apply(&w, fault, n);
    let crashed = first.code == 137;
    for again in 1..deep {
        let _ = apply(&w, fault, n / (again + 1) + 1);
    }
    let wrong = goes_on(&w, fault, true);
    if !wrong.is_empty() {
        let what =
            format!("{fault}, step {n}, {deep} deep: {}", first.err.lines().last().unwrap_or_default());
        swept.wrong.lock().unwrap().push(format!("{what}\n    {}", wrong.join("\n    ")));
    }
    swept.crashed.fetch_add(u64::from(crashed), Ordering::SeqCst);
    crashed
}

/// Calls `apply` until it is over, and `run`, at a platform that is well again, until nothing is left to send. Gives what is
/// wrong then. Where everything was accepted and all of it is there, the last `run` has nothing to find; it is done all the
/// same if `and_run` says so.
fn goes_on(w: &Subject, fault: &str, and_run: bool) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    let mut last = 0;
    for _ in 0..6 {
        let ran = apply(w, fault, 0);
        last = ran.code;
        // Over: done, done with refusals, or ended before and now old.
        if [0, 3, 5].contains(&last) {
            break;
        }
        if ran.err.contains("E901") || ran.err.contains("E404") || ran.err.contains("panicked") {
            wrong.push(ran.err);
            break;
        }
    }
    let mut store = w.store();
    let faults = store.ledger_faults();
    let all_there = last == 0 && store.differences(&w.first_plan()).is_empty();
    if and_run || !all_there {
        wrong.extend(faults);
        drop(store);
        for _ in 0..3 {
            let ran = w.workspace.run(&["run", w.mapping]);
            last = ran.code;
            if last == 0 {
                break;
            }
            wrong.extend((last == 2).then_some(ran.err));
        }
        if last != 0 {
            wrong.push(format!("it does not come to its end: exit code {last}"));
        }
        store = w.store();
    }
    wrong.extend(store.differences(&w.first_plan()));
    wrong.extend(store.strays());
    wrong.extend(store.doubles());
    wrong.extend(store.ledger_faults());
    wrong
}

/// Every `stride`-th step from `first` on, two at a time, until one is past the end.
fn sweep(template: &Subject, fault: &str, (first, stride): (u64, u64), deep: u64) -> u64 {
    let swept = Swept::default();
    let (next, end) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let n = first + next.fetch_add(1, Ordering::SeqCst) * stride;
                    if n >= end.load(Ordering::SeqCst) {
                        break;
                    }
                    if !one(template, fault, n, deep, &swept) {
                        end.fetch_min(n, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let wrong = swept.wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let crashed = swept.crashed.into_inner();
    eprintln!("{fault}: {crashed} crashes, {deep} deep, to step {}", end.into_inner());
    crashed
}

#[test]
fn a_crash_at_any_step_loses_and_doubles_nothing() {
    let template = template(6, 4);
    assert!(sweep(&template, "none", (5, 29), 1) >= 4);
}

#[test]
fn a_crash_at_any_step_while_answers_are_lost() {
    let template = template(6, 4);
    assert!(sweep(&template, "reply-lost:every=3", (11, 41), 1) >= 2);
}

#[test]
fn a_crash_at_any_step_while_records_are_refused() {
    let template = template(6, 4);
    assert!(sweep(&template, "partial:share=30:every=2", (17, 41), 1) >= 2);
}

/// At these steps an upload that was taken is sent again, and refused then.
#[test]
fn a_crash_before_the_platform_refuses_what_it_took() {
    assert!(sweep(&template_by("", 12, 6), "partial:share=10:every=3", (37, 21), 1) >= 2);
}

/// At these steps an upload that was taken is sent again, and meets a conflict then: that says nothing of the first one.
#[test]
fn a_crash_before_the_platform_finds_a_conflict_with_what_it_took() {
    assert!(sweep(&template_by("", 3, 2), "conflict:every=4", (24, 60), 1) >= 2);
}

#[test]
fn a_crash_in_the_recovery_from_a_crash() {
    let template = template(6, 4);
    assert!(sweep(&template, "none", (23, 71), 3) >= 2);
}

#[test]
fn a_crash_at_any_step_by_every_other_way_of_sending() {
    for way in ["jsonl", "batch"] {
        assert!(sweep(&template_by(way, 6, 4), "reply-lost:every=3", (13, 47), 1) >= 2, "{way}");
    }
    assert!(sweep(&single(6, ""), "reply-lost:every=3", (13, 23), 1) >= 2);
    assert!(sweep(&single(6, ""), "reply-lost:every=3:lag=1", (17, 41), 1) >= 1);
}

/// All modes, and the sum of the crashes; the modes in which something was wrong are told together.
fn modes(template: impl Fn(&str) -> Subject, (first, stride): (u64, u64)) {
    let (mut wrong, mut total) = (Vec::new(), 0);
    for mode in wanted_modes() {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            sweep(&template(mode), mode, (first, stride), 1)
        })) {
            Ok(crashes) => total += crashes,
            Err(_) => wrong.push(mode),
        }
    }
    eprintln!("{total} crashes");
    assert_eq!(wrong, [""; 0]);
}

#[test]
#[ignore = "five minutes; tests/run --nightly"]
fn a_few_steps_in_every_mode() {
    modes(|_| template(6, 4), (31, 59));
}

#[test]
#[ignore = "an hour; tests/run --nightly"]
fn every_step_of_the_recovery_up_to_three_deep() {
    let template = template(12, 6);
    for deep in [2, 3] {
        let _ = sweep(&template, "reply-lost:every=3", (1, 2), deep);
    }
}
