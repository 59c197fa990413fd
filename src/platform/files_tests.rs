use super::*;
use crate::env::WallClock;
use crate::platform::judge::{Rest, judge};
use crate::platform::{Body, Member};
use crate::spec::platform::{embedded, parse};

fn parts(text: &str) -> Vec<Part> {
    let member = |key: &str| Member { key: key.into(), kind: "new".into(), remote: None };
    let body = Body { name: "company.csv".into(), bytes: text.into() };
    vec![Part { model: "CompanySyncModel".into(), body, members: vec![member("A"), member("B")] }]
}

fn send(files: &Files, parts: &[Part]) -> Sent {
    files.send(&Batch { id: "p-1-d", plan: "plan", run: 3, number: 1, series: None, parts, owners: None })
}

fn files(folder: &Path) -> Files {
    Files::new(folder, Arc::new(WallClock::default())).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_batch_lies_there_with_its_manifest_and_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (to, parts) = (folder.path().join("a/b"), parts("erpKey\nA\nB\n"));
    let Sent::Answered { answer } = send(&files(&to), &parts) else { panic!() };
    assert_eq!(names(&to), ["p-1-d.company.csv", "p-1-d.manifest.json"]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(to.join("p-1-d.manifest.json")).unwrap()).unwrap();
    let bytes = std::fs::read(to.join("p-1-d.company.csv")).unwrap();
    assert_eq!(manifest["files"][0]["sha256"], sha256(&bytes));
    assert_eq!(
        (&manifest["files"][0]["records"], &manifest["run"], &manifest["plan"]),
        (&2.into(), &3.into(), &"plan".into())
    );
    // Lockstep's rule knows only exceptions and states; what lies in a folder is proven by itself.
    let rule = parse("lockstep", embedded("lockstep").unwrap()).unwrap().answer;
    let verdicts = judge(&answer, &[("CompanySyncModel".into(), vec!["A".into(), "B".into()])], &rule);
    assert_eq!((verdicts[0].accepted.len(), &verdicts[0].rest), (2, &Rest::Accepted));
}

#[test]
fn what_was_written_before_a_kill_is_found_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let parts = parts("erpKey\nA\nB\n");
    std::fs::write(folder.path().join("p-1-d.company.csv"), "erpKey\nA\nB\n").unwrap();
    let first = files(folder.path());
    assert!(matches!(send(&first, &parts), Sent::Answered { .. }));
    let written: Vec<String> = first.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(written, ["p-1-d.manifest.json"], "the file itself was not written again");
    assert!(matches!(send(&first, &parts), Sent::Answered { .. }));
    assert_eq!(first.requests(), []);
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p-1-d.company.csv"), "theirs").unwrap();
    let sent = send(&files(folder.path()), &parts("ours"));
    assert!(
        matches!(&sent, Sent::Refused { status: 0, text } if text.contains("nothing is overwritten")),
        "{sent:?}"
    );
    assert_eq!(names(folder.path()), ["p-1-d.company.csv"], "no manifest, no rest of a try");
    assert_eq!(std::fs::read(folder.path().join("p-1-d.company.csv")).unwrap(), b"theirs");
}
