//! The same input gives the same plan and the same files made of it, whatever the machine: threads, time zone, language,
//! folder.

use crate::workspace::{Ran, Workspace};

type Settings = [(&'static str, &'static str); 4];

/// A machine, and others that differ from it.
const MACHINES: [Settings; 3] = [
    machine("1", "UTC", "C"),
    machine("2", "America/St_Johns", "tr_TR.UTF-8"),
    machine("8", "Asia/Tokyo", "de_DE.UTF-8"),
];

const fn machine(threads: &'static str, zone: &'static str, language: &'static str) -> Settings {
    [("CROSSWALK_THREADS", threads), ("TZ", zone), ("LANG", language), ("LC_ALL", language)]
}

fn run(w: &Workspace, arguments: &[&str], settings: &Settings, codes: &[i32]) {
    let mut command = w.command(arguments);
    command.envs(settings.iter().copied());
    let ran = Ran::of(&mut command);
    assert!(codes.contains(&ran.code), "{arguments:?}\n{}\n{}", ran.out, ran.err);
}

/// The plan's bytes from a workspace of its own, under these settings.
fn bytes(mapping: &str, arguments: &[&str], settings: &Settings) -> Vec<u8> {
    let w = Workspace::new();
    run(&w, &[&["plan", mapping], arguments].concat(), settings, &[0]);
    std::fs::read(w.plan(mapping, 1)).unwrap()
}

#[test]
fn plans_are_equal_to_the_byte() {
    let fixtures = ["--var", "samples=tests/fixtures"];
    for (mapping, arguments) in
        [("acme", &[][..]), ("saft", &fixtures[..]), ("lockstep-samples", &fixtures[..])]
    {
        let (a, b) = (bytes(mapping, arguments, &MACHINES[0]), bytes(mapping, arguments, &MACHINES[2]));
        assert!(a == b, "{mapping}: {} and {} bytes differ", a.len(), b.len());
    }
}

/// A second evening after a first: changes, removals and rejects, and every file that can be made of the plan.
#[test]
fn a_second_evening_and_its_files_are_equal_to_the_byte() {
    let files = |settings: &Settings| {
        let w = Workspace::new();
        run(&w, &["run", "acme"], settings, &[0]);
        run(&w, &["plan", "acme", "--var", "inbox=samples/acme/day-2"], settings, &[0]);
        let show =
            ["show", "2", "--html", "a.html", "--csv", "csv", "--json", "a.json", "--markdown", "a.md"];
        run(&w, &show, settings, &[0]);
        let head = crosswalk::plan::file::head(&w.plan("acme", 2)).unwrap();
        let digest = crosswalk::plan::file::digest(&w.plan("acme", 2)).unwrap();
        // Each workspace's state has an identity of its own, by which a plan knows it.
        let steady = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.replace(&head.lineage, "LINEAGE").replace(&digest, "DIGEST")
        };
        let mut all: Vec<(String, String)> =
            crate::archive::entries(&std::fs::read(w.plan("acme", 2)).unwrap())
                .into_iter()
                .map(|(name, bytes)| (name, steady(bytes)))
                .collect();
        for name in [
            "a.html",
            "a.json",
            "a.md",
            "csv/company.csv",
            "csv/invoice.csv",
            "csv/line.csv",
            "csv/rejects.csv",
        ] {
            all.push((name.to_owned(), steady(std::fs::read(w.path(name)).unwrap())));
        }
        all
    };
    let first = files(&MACHINES[0]);
    assert!(first.len() > 15);
    for settings in &MACHINES[1..] {
        for (a, b) in first.iter().zip(&files(settings)) {
            assert!(a == b, "{settings:?}: {} differs", a.0);
        }
    }
}

#[test]
fn other_input_gives_another_plan() {
    let usual = bytes("acme", &[], &MACHINES[0]);
    assert!(usual != bytes("acme", &["--var", "inbox=samples/acme/day-2"], &MACHINES[0]));
}
