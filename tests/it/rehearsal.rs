//! Faults and settings of the practice platform as a user sets them: on the command line and by the environment.

use crate::workspace::{Ran, Workspace};
use std::collections::BTreeMap;

fn run_with(w: &Workspace, fault: &str) -> Ran {
    Ran::of(w.command(&["run", "acme"]).env("CROSSWALK_FAULT", fault))
}

#[test]
fn a_fault_of_the_environment_is_played_in_the_process_that_sends() {
    let w = Workspace::new();
    run_with(&w, "throttled:times=1:wait=0").exits(0).says("212 accepted");
    let store = w.store();
    assert_eq!(store.differences(&w.plan("acme", 1)), [""; 0]);
    assert_eq!(store.played(), BTreeMap::from([("throttled".to_owned(), 1)]));
}

#[test]
fn a_partial_refusal_reaches_the_report_and_the_rest_arrives() {
    let w = Workspace::new();
    let ran = run_with(&w, "partial:share=20:seed=5");
    assert!(ran.code == 3, "{} {}", ran.out, ran.err);
    let ran = ran.says("refused by the practice platform");
    assert!(!ran.out.is_empty());
    let refused = w.store().refused();
    assert!((10..80).contains(&refused), "{refused} of 212");
}

#[test]
fn settings_of_the_environment_hold_too() {
    let w = Workspace::new();
    let mut command = w.command(&["run", "acme"]);
    command.env("CROSSWALK_REHEARSAL", "spelling=2,states=connector,on-errors=Failed,nulls=write,times=long");
    Ran::of(&mut command).exits(0).says("212 accepted");
}

#[test]
fn what_cannot_be_understood_is_said_with_what_can() {
    let w = Workspace::new();
    run_with(&w, "nonsense").exits(1).says("CROSSWALK_FAULT").says("reply-lost");
    let rehearse = |option: &str, value: &str| w.run(&["rehearse", "lockstep", option, value]).exits(2);
    let _ = rehearse("--fault", "nonsense").says("reply-late");
    let _ = rehearse("--fault", "twice:share=1").says("does not belong");
    let _ = rehearse("--set", "spelling=9").says("0 | 1 | 2");
    let _ = rehearse("--set", "nonsense=9").says("unknown-reference");
}

#[test]
fn the_help_tells_every_word() {
    let w = Workspace::new();
    let help = w.run(&["rehearse", "--help"]).exits(0);
    for word in ["reset-before-body", "lookup-lags", "mixed", "CROSSWALK_FAULT", "missing-number", "too-many"]
    {
        assert!(help.out.contains(word), "{word} is not in {}", help.out);
    }
}
