//! The same input gives the same plan, whatever the machine: threads, time zone, language, folder.

use crate::workspace::{Ran, Workspace};

/// The plan's bytes from a workspace of its own, under these settings.
fn bytes(mapping: &str, arguments: &[&str], settings: &[(&str, &str)]) -> Vec<u8> {
    let w = Workspace::new();
    let mut command = w.command(&[&["plan", mapping], arguments].concat());
    command.envs(settings.iter().copied());
    let _ = Ran::of(&mut command).exits(0);
    std::fs::read(w.plan(mapping, 1)).unwrap()
}

fn one() -> [(&'static str, &'static str); 4] {
    [("CROSSWALK_THREADS", "1"), ("TZ", "UTC"), ("LANG", "C"), ("LC_ALL", "C")]
}

fn other() -> [(&'static str, &'static str); 4] {
    [("CROSSWALK_THREADS", "8"), ("TZ", "Asia/Tokyo"), ("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8")]
}

#[test]
fn plans_are_equal_to_the_byte() {
    let fixtures = ["--var", "samples=tests/fixtures"];
    for (mapping, arguments) in
        [("acme", &[][..]), ("saft", &fixtures[..]), ("lockstep-samples", &fixtures[..])]
    {
        let (a, b) = (bytes(mapping, arguments, &one()), bytes(mapping, arguments, &other()));
        assert!(a == b, "{mapping}: {} and {} bytes differ", a.len(), b.len());
    }
}

#[test]
fn other_input_gives_another_plan() {
    let usual = bytes("acme", &[], &one());
    assert!(usual != bytes("acme", &["--var", "inbox=samples/acme/day-2"], &one()));
}
