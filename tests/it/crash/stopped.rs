//! R1 whole: one `apply` stops at each of its steps, and what lies on the disk then is copied: that is what a crash there
//! leaves. Each copy is gone on with as after a crash: 3.4 s of CPU a crash, where crashing anew for each step takes 9.

use super::{MODES, Subject, goes_on, single, template_by};
use crate::workspace::Workspace;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// What a step is called, and what lay on the disk there.
type Left = (String, Workspace);

/// Stops a call at each of its steps; gives what each would leave behind.
fn left_at_each_step(workspace: &Workspace, arguments: &[&str], fault: &str) -> Vec<Left> {
    let w = Workspace::copy_of(workspace);
    let said = w.path("said.txt");
    let mut command = w.command(arguments);
    command.env("CROSSWALK_FAULT", fault).env("CROSSWALK_STOP_AT_STEPS", "1");
    command.stdout(Stdio::null()).stderr(std::fs::File::create(&said).unwrap());
    let mut child = command.spawn().unwrap();
    let mut all = Vec::new();
    while stopped(&mut child) {
        let words = std::fs::read_to_string(&said).unwrap();
        all.push((words.lines().last().unwrap_or_default().to_owned(), Workspace::copy_of(&w)));
        kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    }
    all
}

/// Waits until it stands still (true) or has ended.
fn stopped(child: &mut Child) -> bool {
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        // The state follows the name, which stands in brackets.
        if stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Goes on from what each step left, two at a time; gives how many, and fails with all that `wrong` finds.
fn each(left: Vec<Left>, what: &str, wrong_of: impl Fn(usize, Workspace) -> Vec<String> + Sync) -> usize {
    let steps = left.len();
    let line = Mutex::new(left.into_iter().enumerate());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let next = line.lock().unwrap().next();
                    let Some((n, (step, workspace))) = next else { break };
                    let found = wrong_of(n, workspace);
                    if !found.is_empty() {
                        let text = format!("{what}, {} ({step})\n    {}", n + 1, found.join("\n    "));
                        eprintln!("{text}");
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(steps > 20, "{what}: {steps} steps");
    steps
}

fn every_step(template: &Subject, fault: &str) -> usize {
    let left = left_at_each_step(&template.workspace, &["apply", template.mapping, "1"], fault);
    each(left, fault, |n, workspace| goes_on(&Subject { workspace, ..*template }, fault, n % 10 == 0))
}

/// All modes, or those that `CROSSWALK_R1_MODES` names by their beginnings (`reply,partial`), told one by one as they end.
fn every_mode(template: impl Fn(&str) -> Subject) {
    let named = std::env::var("CROSSWALK_R1_MODES").unwrap_or_default();
    let wanted = |mode: &&&str| named.is_empty() || named.split(',').any(|n| mode.starts_with(n));
    let (mut wrong, mut total) = (Vec::new(), 0);
    for mode in MODES.iter().filter(wanted) {
        let template = template(mode);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| every_step(&template, mode))) {
            Ok(steps) => {
                eprintln!("{mode}: {steps} crashes");
                total += steps;
            }
            Err(_) => wrong.push(*mode),
        }
    }
    eprintln!("{total} crashes");
    assert_eq!(wrong, [""; 0]);
}

/// Two uploads in flight at once in each of three waves.
#[test]
#[ignore = "more than an hour: about five minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode() {
    every_mode(|_| template_by("", 3, 2));
}

#[test]
#[ignore = "some minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode_as_json_lines() {
    every_mode(|_| template_by("jsonl", 2, 2));
}

#[test]
#[ignore = "some minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode_as_a_batch() {
    every_mode(|_| template_by("batch", 2, 2));
}

#[test]
#[ignore = "some minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode_one_request_a_record() {
    every_mode(|mode| single(3, mode));
}

/// Files for somebody else to fetch: whatever step the program ended at, afterwards each record stands once in the files
/// that a manifest names.
#[test]
#[ignore = "a minute; tests/run --nightly"]
fn every_step_of_handing_over_files() {
    let w = crate::transports::mini("http://127.0.0.1:9", &crate::transports::rows(20));
    let _ = w.run(&["plan", "m", "--env", "out"]);
    let apply = ["apply", "m", "1"];
    let steps = each(left_at_each_step(&w, &apply, "none"), "files", |_, w| {
        let _ = w.run(&apply);
        let again = w.run(&["run", "m", "--env", "out"]);
        let mut wrong = crate::transports::handed_over(&w, 20);
        if again.code != 0 || !again.out.contains("nothing to send") {
            wrong.push(format!("{again:?}"));
        }
        wrong
    });
    eprintln!("files: {steps} crashes");
}
