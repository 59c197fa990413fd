//! Uploads of a wave tied together (`series` of a platform file): whatever interrupts a wave, afterwards the uploads that the
//! practice platform kept are 1 … n of n, and name one of them, the first, as their parent.

use crate::generated::little;
use crate::store::Store;
use crate::workspace::{Ran, Workspace};
use std::collections::{BTreeMap, BTreeSet};

/// Three waves of three uploads, sent by `way`.
fn workspace(way: &str) -> Workspace {
    let w = little(6);
    w.edit("mappings/platforms/lockstep.toml", "records = 10000", "records = 2");
    w.edit("mappings/platforms/lockstep.toml", "# series   = {", "series   = {");
    if !way.is_empty() {
        w.edit("crosswalk.toml", "[env.rehearsal]", &format!("[env.rehearsal]\nway = \"{way}\""));
    }
    w.run(&["plan", "little"]).exits(0);
    w
}

fn apply(w: &Workspace, variables: &[(&str, &str)]) -> Ran {
    Ran::of(w.command(&["apply", "little", "1"]).envs(variables.iter().copied()))
}

/// Where the uploads kept are no three series, each 1 … n of n with one parent. (A first upload whose answer was lost is there
/// without anybody naming it.)
fn wrong(store: &Store) -> Vec<String> {
    let rows = store.texts(
        "SELECT concat_ws(' ', r.batch, r.total, u.id, coalesce(r.parent, '-')) FROM there.main.request r JOIN there.main.upload u ON u.n = r.n \
         ORDER BY r.n",
    );
    let uploads: Vec<[&str; 4]> =
        rows.iter().map(|row| row.split(' ').collect::<Vec<_>>().try_into().unwrap()).collect();
    let mut series: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for [batch, total, id, parent] in &uploads {
        match *parent {
            "-" if *batch == "1" => drop(series.entry(id).or_default().insert((batch, total))),
            _ => drop(series.entry(parent).or_default().insert((batch, total))),
        }
    }
    let whole = BTreeSet::from([("1", "3"), ("2", "3"), ("3", "3")]);
    let lost = BTreeSet::from([("1", "3")]);
    let found: Vec<_> = series.values().filter(|s| **s != lost).collect();
    if found.len() == 3 && found.iter().all(|s| **s == whole) { Vec::new() } else { rows }
}

fn check(w: &Workspace, what: &str) {
    let store = w.store();
    assert_eq!(wrong(&store), [""; 0], "{what}");
    assert_eq!(store.differences(&w.plan("little", 1)), [""; 0], "{what}");
}

#[test]
fn a_wave_ended_in_its_middle_is_counted_on() {
    for (way, steps) in [("", &[40, 65, 90][..]), ("batch", &[50, 80])] {
        let template = workspace(way);
        for step in steps {
            let w = Workspace::copy_of(&template);
            let ended = apply(&w, &[("CROSSWALK_CRASH_AT", &step.to_string())]);
            assert_eq!(ended.code, 137, "{way}, step {step}: {ended:?}");
            apply(&w, &[]).exits(0);
            check(&w, &format!("{way}, step {step}"));
        }
    }
}

#[test]
fn the_first_of_a_series_may_lose_its_answer() {
    for fault in ["reply-lost:times=1", "reply-lost:every=2"] {
        let w = workspace("");
        apply(&w, &[("CROSSWALK_FAULT", fault)]).exits(0);
        check(&w, fault);
    }
}

#[test]
fn a_first_upload_whose_answer_is_lost_in_a_crash() {
    let template = workspace("batch");
    for step in [24, 26] {
        let w = Workspace::copy_of(&template);
        let lossy = ("CROSSWALK_FAULT", "reply-lost:every=2");
        let _ = apply(&w, &[lossy, ("CROSSWALK_CRASH_AT", &step.to_string())]);
        let _ = apply(&w, &[lossy]);
        let _ = apply(&w, &[]);
        check(&w, &format!("step {step}"));
    }
}

/// Nothing of a series goes before its first, whose id the others say.
#[test]
fn a_first_upload_that_is_not_taken_goes_first_in_the_next_call() {
    let w = workspace("");
    apply(&w, &[("CROSSWALK_FAULT", "throttled:wait=0:times=12")]).exits(1).says("not taken");
    apply(&w, &[]).exits(0);
    check(&w, "not taken");
}

/// The halves of an upload are what it was in its series.
#[test]
fn halves_have_the_place_of_the_whole() {
    let w = workspace("");
    apply(&w, &[("CROSSWALK_REHEARSAL", "records-max=1")]).exits(0);
    check(&w, "halved");
}
