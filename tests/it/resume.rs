//! A run that could not be brought to its end goes on with the next call: nothing is called finished that is not, and no guard
//! stands in the way of what was approved.

use crate::damage::limited_call;
use crate::generated::{customers_of, little};
use crate::server::Server;
use crate::store::Store;
use crate::there::{NOBODY, little_at};
use crate::workspace::{Ran, Workspace};
use std::time::{Duration, Instant};

fn call(w: &Workspace, arguments: &[&str], fault: &str) -> Ran {
    let mut command = w.command(arguments);
    if !fault.is_empty() {
        command.env("CROSSWALK_FAULT", fault);
    }
    Ran::of(&mut command)
}

/// Twelve customers and their contacts, in uploads of four.
fn uploads() -> Workspace {
    let w = little(12);
    w.edit("mappings/platforms/lockstep.toml", "records = 10000", "records = 4");
    w
}

#[test]
fn an_outage_of_two_nights_is_gone_on_with_and_meets_no_guard() {
    let w = uploads();
    let _ = call(&w, &["run", "little"], "throttled:wait=30:every=1:after=2")
        .exits(1)
        .says("8 accepted (inferred), 16 still to send")
        .says("crosswalk apply little 1 --resume");
    let _ = w.run(&["status"]).exits(0).says("8 accepted so far");
    let _ = w.run(&["plan", "little"]).exits(0).says("run 1 of plan 1 is open");
    let second = call(&w, &["run", "little"], "throttled:wait=30:every=1").exits(1);
    assert!(!second.out.contains("nothing to send"), "{}", second.out);
    let _ =
        w.run(&["run", "little"]).exits(0).says("An earlier run had been interrupted").says("24 accepted");
    assert_eq!(w.store().differences(&w.plan("little", 1)), [""; 0]);
    assert_eq!(w.store().doubles(), [""; 0]);
    let _ = w.run(&["apply", "little", "1"]).exits(5).says("plan 1 has been sent already, in run 1");
}

#[test]
fn credentials_refused_in_the_middle_leave_the_run_open() {
    let w = uploads();
    let _ = call(&w, &["run", "little"], "unauthorised:every=1:after=3")
        .exits(1)
        .says("the platform refused the credentials")
        .says("still to send");
    let _ = w.run(&["apply", "little", "1", "--resume"]).exits(0);
    assert_eq!(w.store().differences(&w.plan("little", 1)), [""; 0]);
    let _ = w.run(&["apply", "little", "1", "--resume"]).exits(1).says("no run of plan 1 is open");
}

#[test]
fn the_rest_of_a_batch_that_single_requests_could_not_send_is_not_called_done() {
    for fault in ["unauthorised:every=1:after=7", "throttled:wait=30:every=1000:after=7:times=1"] {
        let w = crate::upsert::many_customers(12, true);
        let ran = call(&w, &["run", "shop"], fault).exits(1).says("still to send");
        assert!(!ran.out.contains("not sent"), "{}", ran.out);
        let _ = w.run(&["status", "--platform", "example-rest"]).exits(0).says("is open");
        let _ = w.run(&["run", "shop"]).exits(0);
        let _ = w.run(&["run", "shop"]).exits(0).says("nothing to send");
    }
}

#[test]
fn the_platform_file_changed_while_an_upload_is_in_doubt() {
    let w = uploads();
    let _ = w.run(&["plan", "little"]).exits(0);
    // Ended after the intent of an upload, before its id is known.
    let in_doubt = |step: &u64| {
        let copy = Workspace::copy_of(&w);
        let _ = Ran::of(copy.command(&["apply", "little"]).env("CROSSWALK_CRASH_AT", step.to_string()));
        let platform = "mappings/platforms/lockstep.toml";
        copy.edit(platform, "header     = \"as-is\"", "header     = \"pascal\"");
        let said = copy.run(&["run", "little"]);
        if !said.err.contains("E507") {
            return false;
        }
        let _ = said.exits(1).says("the platform file has changed since it was sent").says("--resume");
        copy.edit(platform, "header     = \"pascal\"", "header     = \"as-is\"");
        let _ = copy.run(&["run", "little"]).exits(0);
        copy.store().differences(&copy.plan("little", 1)).is_empty()
    };
    assert!((14..24).any(|step| in_doubt(&step)), "no step left an upload in doubt");
}

#[test]
fn several_uploads_at_once_end_when_the_ledger_cannot_be_written() {
    let w = little(200);
    w.edit("mappings/platforms/lockstep.toml", "records = 10000,", "records = 10, parallel = 4,");
    customers_of(&w, 200, "GmbH");
    // The platform is a process beside: its disk is another's.
    let server = Server::start(&w, &["rehearse", "lockstep"]);
    server.environment(&w, "vars = { region = \"Nord\" }");
    let planned = server.call(&w, &["plan", "little", "--env", "practice"]).exits(0);
    let words = planned.out.lines().find_map(|l| l.strip_prefix("crosswalk apply ")).unwrap().to_owned();
    let words = words.split("    ").next().unwrap();
    let arguments: Vec<&str> = std::iter::once("apply").chain(words.split_whitespace()).collect();
    let mut failed = 0;
    for kilobytes in [700, 1100, 1600] {
        let begun = Instant::now();
        let ran = limited_call(&w, &server.command(&w, &arguments), &format!("-f {kilobytes}"));
        assert!(begun.elapsed() < Duration::from_secs(300), "it hangs");
        failed += u32::from(ran.code != 0);
    }
    let last = server.call(&w, &arguments);
    assert!([0, 5].contains(&last.code), "{}\n{}", last.out, last.err);
    assert!(failed > 0, "the limits were too wide");
    let _ = server.call(&w, &["run", "little", "--env", "practice"]).exits(0);
}

/// The list of uploads is asked for once, then at growing pauses, and once more at the end: a disturbance is no time for
/// questions by the thousand.
#[test]
fn while_a_lost_answer_is_awaited_the_platform_is_seldom_asked() {
    let there = little_at(NOBODY);
    let platform = "mappings/platforms/lockstep.toml";
    there.w.edit(platform, "over_after = \"1 s\"", "over_after = \"4 s\"");
    there.w.edit(platform, "every = \"50 ms\"", "every = \"1 s\"");
    let practice = there.serve(&["--fault", "reply-lost:times=1"]);
    there.goes_to(&practice.address);
    let begun = Instant::now();
    let _ = there.run(&["run", "little", "--env", "there"], &[("PRACTICE_KEY", "practice")]).exits(0);
    assert!(begun.elapsed() >= Duration::from_secs(4));
    drop(practice);
    let state = Store::open(&there.w.path(".crosswalk/there"));
    let asked = state.texts("SELECT request FROM state.main.request WHERE request LIKE '%/Sync/query%'");
    assert!((4..=9).contains(&asked.len()), "{} times", asked.len());
    assert_eq!(there.w.store().doubles(), [""; 0]);
}

/// Between the state's making and the run's first line there is a state and no run: the plan is still the one to apply.
#[test]
fn a_crash_before_the_run_begins_leaves_the_plan_valid() {
    let template = little(2);
    let _ = template.run(&["plan", "little"]).exits(0);
    for step in 3..=9 {
        let w = Workspace::copy_of(&template);
        let ended = Ran::of(w.command(&["apply", "little", "1"]).env("CROSSWALK_CRASH_AT", step.to_string()));
        assert_eq!(ended.code, 137, "{}", ended.err);
        let _ = w.run(&["apply", "little", "1"]).exits(0).says("4 accepted (inferred)");
        assert_eq!(w.store().doubles(), [""; 0], "{}", ended.err);
    }
}
