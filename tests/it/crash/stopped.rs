//! R1 whole: one `apply` stops at each of its steps, and what lies on the disk then is copied: that is what a crash there
//! leaves. Each copy is gone on with as after a crash: 3.4 s of CPU a crash, where crashing anew for each step takes 9.
//! Steps that leave the same bytes (before and after a question, say) are gone on from once: there is nothing else a later
//! call could go by.

use super::{Subject, goes_on, single, template_by, wanted_modes};
use crate::workspace::Workspace;
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// What the steps of a call leave behind.
#[derive(Default)]
struct Left {
    /// How many steps there were.
    steps: usize,
    /// What the first step is called that leaves this, and what lay on the disk there.
    different: Vec<(String, Workspace)>,
}

/// Stops a call at each of its steps.
fn left_at_each_step(workspace: &Workspace, arguments: &[&str], fault: &str) -> Left {
    let w = Workspace::copy_of(workspace);
    let words = tempfile::NamedTempFile::new().unwrap();
    let said = words.path();
    let mut command = w.command(arguments);
    command.env("CROSSWALK_FAULT", fault).env("CROSSWALK_STOP_AT_STEPS", "1");
    command.stdout(Stdio::null()).stderr(std::fs::File::create(said).unwrap());
    let mut child = command.spawn().unwrap();
    let (mut left, mut seen) = (Left::default(), HashSet::new());
    while stopped(&mut child) {
        left.steps += 1;
        let copy = Workspace::copy_of(&w);
        if seen.insert(digest(copy.folder())) {
            let words = std::fs::read_to_string(said).unwrap();
            left.different.push((words.lines().last().unwrap_or_default().to_owned(), copy));
        }
        kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    }
    left
}

/// Of all files in a folder, with their names, and of its folders.
fn digest(folder: &Path) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let within = if path.is_dir() { digest(&path) } else { std::fs::read(&path).unwrap() };
        hash.update(path.file_name().unwrap().as_encoded_bytes());
        hash.update([0, u8::from(path.is_dir())]);
        hash.update((within.len() as u64).to_le_bytes());
        hash.update(within);
    }
    hash.finalize().to_vec()
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
fn each(left: Left, what: &str, wrong_of: impl Fn(usize, Workspace) -> Vec<String> + Sync) -> usize {
    let steps = left.steps;
    eprintln!("{what}: {steps} steps leave {} different folders", left.different.len());
    let line = Mutex::new(left.different.into_iter().enumerate());
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

/// The modes wanted, told one by one as they end.
fn every_mode(template: impl Fn(&str) -> Subject) {
    let (mut wrong, mut total) = (Vec::new(), 0);
    for mode in wanted_modes() {
        let template = template(mode);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| every_step(&template, mode))) {
            Ok(steps) => {
                eprintln!("{mode}: {steps} crashes");
                total += steps;
            }
            Err(_) => wrong.push(mode),
        }
    }
    eprintln!("{total} crashes");
    assert_eq!(wrong, [""; 0]);
}

/// Two uploads in flight at once in each of three waves.
#[test]
#[ignore = "an hour: two to three minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode() {
    every_mode(|_| template_by("", 3, 2));
}

#[test]
#[ignore = "some minutes a mode; tests/run --nightly"]
fn every_step_in_every_mode_as_json_lines() {
    every_mode(|_| template_by("jsonl", 2, 2));
}

#[test]
#[ignore = "half an hour; tests/run --nightly"]
fn every_step_in_every_mode_as_a_batch() {
    every_mode(|_| template_by("batch", 2, 2));
}

#[test]
#[ignore = "twenty minutes; tests/run --nightly"]
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
