//! Every code of the registry has a page and a case: a tiny workspace, what goes wrong in it, and a snapshot of all
//! that the program says. `tests/cases/codes/README.md` tells how to add one.

mod case;
mod format;
mod mistakes;
mod pages;
mod unreachable;
mod workbook;

use crate::workspace::root;
use case::Case;
use std::collections::BTreeSet;
use std::sync::Mutex;
use unreachable::UNREACHABLE;

/// All cases, in order of their names.
fn cases() -> Vec<Case> {
    let folder = root().join("tests/cases/codes");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.join("case.toml").is_file())
        .collect();
    found.sort();
    found.iter().map(|folder| Case::read(folder)).collect()
}

#[test]
fn what_each_case_says() {
    let cases = cases();
    let only = std::env::var("CASE").unwrap_or_default();
    let next = Mutex::new(cases.iter().filter(|c| c.name.contains(&only)));
    let said = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else { break };
                    let text = std::panic::catch_unwind(|| case.run()).unwrap_or_else(|e| {
                        let text = e.downcast_ref::<String>().cloned();
                        format!("THE CASE BROKE: {}", text.unwrap_or_default())
                    });
                    said.lock().unwrap().push((case.name.clone(), case.code.clone(), text));
                }
            });
        }
    });
    let mut said = said.into_inner().unwrap();
    said.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../cases/codes");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for (name, code, text) in said {
        if !text.contains(&code) || text.contains("THE CASE BROKE") {
            wrong.push(format!("{name} does not say {code}:\n{text}"));
            continue;
        }
        settings.set_snapshot_path(root().join("tests/cases/codes").join(&name));
        let compared = std::panic::AssertUnwindSafe(|| {
            settings.bind(|| insta::assert_snapshot!("said", text));
        });
        if std::panic::catch_unwind(compared).is_err() {
            wrong.push(format!("{name} says something else than its snapshot (above)"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn every_code_has_a_case() {
    let covered: BTreeSet<String> = cases().into_iter().map(|c| c.code).collect();
    let known: Vec<&str> = crosswalk::diagnostic::CODES.iter().map(|(c, _)| c.0).collect();
    let lacking: Vec<&&str> = known
        .iter()
        .filter(|c| !covered.contains(**c) && !UNREACHABLE.iter().any(|(u, ..)| u == *c))
        .collect();
    assert!(
        lacking.is_empty(),
        "no case in tests/cases/codes for {lacking:?}; its README tells how to add one"
    );
    let strange: Vec<&String> = covered.iter().filter(|c| !known.contains(&c.as_str())).collect();
    assert!(strange.is_empty(), "cases for codes that are not in the registry: {strange:?}");
    let both: Vec<_> = UNREACHABLE.iter().filter(|(c, ..)| covered.contains(*c)).collect();
    assert!(both.is_empty(), "has a case after all: {both:?}");
}
