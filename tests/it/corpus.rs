//! The corpus of mappings, as data: `tests/cases/mappings/valid` has no mistake, `invalid` has those its snapshot tells.
//! Each file shows one idea, in the files of `tests/cases/mappings/files`; a lock stands beside its mapping.

use crate::workspace::{Workspace, copy, root};
use std::path::PathBuf;
use std::sync::Mutex;

/// Mistakes whose message names a file but shows no line of the mapping yet.
const WITHOUT_A_PLACE: [&str; 4] =
    ["encoding-unknown", "platform-unknown", "several-files-fit", "sheet-not-there"];

/// The mappings of a folder, by name.
pub fn mappings(kind: &str) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(root().join("tests/cases/mappings").join(kind))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| {
            p.extension().is_some_and(|e| e == "toml") && !p.to_string_lossy().ends_with(".lock.toml")
        })
        .map(|p| (p.file_stem().unwrap().to_string_lossy().into_owned(), p))
        .collect();
    found.sort();
    found
}

/// A workspace with the files of the corpus, and with these mappings and their locks.
pub fn workspace(mappings: &[(String, PathBuf)]) -> Workspace {
    let w = Workspace::empty();
    copy(&root().join("tests/cases/mappings/files"), w.folder());
    for (name, path) in mappings {
        copy(path, &w.path(&format!("mappings/{name}.toml")));
        let lock = path.with_extension("lock.toml");
        if lock.is_file() {
            copy(&lock, &w.path(&format!("mappings/{name}.lock.toml")));
        }
    }
    w
}

/// Runs `work` on each mapping in a workspace of its own, on two threads; gives what was wrong.
fn each(kind: &str, work: impl Fn(&str, &Workspace) -> Option<String> + Sync) -> Vec<String> {
    let all = mappings(kind);
    let only = std::env::var("CASE").unwrap_or_default();
    let next = Mutex::new(all.iter().filter(|(name, _)| name.contains(&only)));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let Some(one) = next.lock().unwrap().next() else { break };
                    let w = workspace(std::slice::from_ref(one));
                    let said = work(&one.0, &w).map(|said| format!("{}: {said}", one.0));
                    wrong.lock().unwrap().extend(said);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    wrong
}

#[test]
fn the_valid_ones_have_no_mistake_and_their_tests_hold() {
    assert!(mappings("valid").len() >= 30);
    let wrong = each("valid", |name, w| {
        let checked = w.run(&["check", name]);
        if checked.code != 0 || !checked.out.contains("No mistakes.") {
            return Some(format!("check ends with {}\n{}{}", checked.code, checked.out, checked.err));
        }
        let text = std::fs::read_to_string(w.path(&format!("mappings/{name}.toml"))).unwrap();
        let tested = text.contains("[[test]]").then(|| w.run(&["test", name]))?;
        (tested.code != 0).then(|| format!("test ends with {}\n{}{}", tested.code, tested.out, tested.err))
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_invalid_ones_are_told_what_where_why_and_what_next() {
    assert!(mappings("invalid").len() >= 80);
    let said = Mutex::new(Vec::new());
    let place = regex::Regex::new(r"(?m)\.(toml|csv|xml|json|xlsx):\d+:\d+").unwrap();
    let mut wrong = each("invalid", |name, w| {
        let ran = w.run(&["check", name]);
        let folder = w.folder().canonicalize().unwrap().display().to_string();
        let text = format!("{}{}", ran.out, ran.err).replace(&folder, "$WORKSPACE");
        let placed = place.is_match(&text) && text.contains('^');
        let fine = (matches!(ran.code, 1 | 2) || text.contains("warning["))
            && placed != WITHOUT_A_PLACE.contains(&name);
        let text = format!("exit code {}\n{}\n", ran.code, text.trim_end());
        said.lock().unwrap().push((name.to_owned(), text.clone()));
        (!fine).then(|| format!("no mistake with a place is told\n{text}"))
    });
    let mut said = said.into_inner().unwrap();
    said.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/cases/mappings/invalid"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in said {
        let compared =
            std::panic::AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(name.as_str(), text)));
        if std::panic::catch_unwind(compared).is_err() {
            wrong.push(format!("{name} says something else than its snapshot (above)"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
