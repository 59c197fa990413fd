//! Signals while something is sent: asked once, by whichever signal, the batch in flight is finished and nothing new begins;
//! asked twice, the wait for it is broken off. The next call goes on, and nothing is lost, nothing there twice.

use crate::generated::many;
use crate::locking::{sending, signal};
use crate::there::{NOBODY, little_at};
use crate::workspace::Workspace;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Forty customers with their contacts, in uploads of ten, and plan 1.
fn planned() -> Workspace {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    w
}

/// The apply of plan 1, each of whose answers comes late; what the tests were started with about a signal (`nohup`, a shell's
/// background) does not hold for it.
fn apply(w: &Workspace, about_signals: &str, variables: &[(&str, &str)]) -> Child {
    let plain = w.command(&["apply", "little", "1"]);
    let mut command = Command::new("env");
    command.arg(about_signals).arg(plain.get_program()).args(plain.get_args()).env_clear();
    let own = plain.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.envs(own).envs(variables.iter().copied()).current_dir(w.folder());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

const LATE: [(&str, &str); 1] = [("CROSSWALK_FAULT", "reply-late:delay=500")];

/// What an ended apply came to: its code, and all it said.
fn ended(child: Child) -> (Option<i32>, String) {
    let said = child.wait_with_output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    (said.status.code(), String::from_utf8(text).unwrap())
}

/// Batches of run 1 that were begun, and those of them that are over.
fn batches(w: &Workspace) -> (u64, u64) {
    let count = |event: &str| {
        let sql =
            format!("SELECT count(*)::VARCHAR FROM state.main.batch WHERE run = 1 AND event = '{event}'");
        w.store().texts(&sql).remove(0).parse::<u64>().unwrap()
    };
    (count("intent"), count("over"))
}

/// The next call sends what is left: everything is there once, as planned.
fn goes_on(w: &Workspace, what: &str) {
    let _ = w.run(&["run", "little"]).exits(0);
    let store = w.store();
    let wrong =
        [store.differences(&w.plan("little", 1)), store.doubles(), store.strays(), store.ledger_faults()];
    assert_eq!(wrong.concat(), [""; 0], "{what}");
    let (started, over) = store.runs();
    assert_eq!(started, over, "{what}: a run is still open");
}

/// One signal in the middle of an apply.
fn asked_once(name: &str) {
    let w = planned();
    let mut child = apply(&w, &format!("--default-signal={name}"), &LATE);
    sending(&w, &mut child);
    signal(&child, &format!("-{name}"));
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{name}: {said}");
    assert!(said.contains("stopped by the user") && said.contains("still to send"), "{name}: {said}");
    let (begun, over) = batches(&w);
    assert!((1..8).contains(&begun), "{name}: {begun} uploads");
    assert_eq!((w.store().traffic().0, over), (begun, begun), "{name}: the upload in flight is finished");
    assert_eq!(w.store().runs(), (1, 0), "{name}: the run is open");
    goes_on(&w, name);
}

#[test]
fn ctrl_c_finishes_the_upload_in_flight() {
    asked_once("INT");
}

#[test]
fn sigterm_finishes_the_upload_in_flight() {
    asked_once("TERM");
}

#[test]
fn a_closed_terminal_finishes_the_upload_in_flight() {
    asked_once("HUP");
}

#[test]
fn under_nohup_a_closed_terminal_stops_nothing() {
    let w = planned();
    let mut child = apply(&w, "--ignore-signal=HUP", &LATE);
    sending(&w, &mut child);
    signal(&child, "-HUP");
    let (code, said) = ended(child);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(w.store().differences(&w.plan("little", 1)), [""; 0]);
}

/// Twice: the upload was taken and has not ended, and nobody waits for it any longer.
#[test]
fn ctrl_c_twice_breaks_the_wait_off() {
    let w = planned();
    let mut child = apply(&w, "--default-signal=INT", &[("CROSSWALK_REHEARSAL", "delay=4000")]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !w.place().join("progress.json").exists() {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it does not send");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Until the first upload is taken.
    std::thread::sleep(Duration::from_millis(1500));
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "once lets the upload end");
    signal(&child, "-INT");
    let since = Instant::now();
    let (code, said) = ended(child);
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("broken off") && !said.contains("in time"), "{said}");
    assert_eq!(batches(&w), (1, 0));
    goes_on(&w, "twice");
}

/// While a lost answer waits for `over_after`, one Ctrl-C is enough.
#[test]
fn ctrl_c_ends_the_wait_after_a_lost_answer() {
    let there = little_at(NOBODY);
    let platform = "mappings/platforms/lockstep.toml";
    there.w.edit(platform, "over_after = \"1 s\"", "over_after = \"60 s\"");
    there.w.edit(platform, "every = \"50 ms\"", "every = \"20 s\"");
    let practice = there.serve(&["--fault", "reply-lost:times=1"]);
    there.goes_to(&practice.address);
    let mut command = there.w.command(&["run", "little", "--env", "there"]);
    let mut child = command.env("PRACTICE_KEY", "practice").spawn().unwrap();
    let err = child.stderr.take().unwrap();
    let mut told = std::io::BufReader::new(err);
    let mut line = String::new();
    while !line.contains("The answer to an upload was lost") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut told, &mut line).unwrap() > 0, "it does not wait");
    }
    // Between two questions for the list.
    std::thread::sleep(Duration::from_secs(2));
    signal(&child, "-INT");
    let since = Instant::now();
    let status = child.wait().unwrap();
    assert!(since.elapsed() < Duration::from_millis(1500), "{:?}", since.elapsed());
    assert_eq!(status.code(), Some(130));
}
