//! Ten mistakes of different kinds in one mapping: exactly those ten, each at its place.

use crate::workspace::{Workspace, copy, root};
use serde_json::Value;

/// Code, line, column and a part of the message of each planted mistake, in the order of the file.
const PLANTED: &[(&str, u64, u64, &str)] = &[
    ("E211", 7, 15, "header rows"),
    ("E233", 12, 8, "inbx"),
    ("E226", 14, 10, "TT.MM.JJJJ"),
    ("E229", 16, 9, "companyName"),
    ("E203", 22, 15, "Kundenr"),
    ("E227", 23, 25, "companyType"),
    ("E224", 25, 41, "contry"),
    ("E223", 26, 1, "postcalCode"),
    ("E252", 41, 71, "="),
    ("E256", 42, 20, "text"),
];

#[test]
fn ten_planted_mistakes_are_exactly_ten() {
    let w = Workspace::empty();
    copy(&root().join("tests/cases/ten-mistakes"), w.folder());
    let ran = w.run(&["check", "ten", "--format", "json"]).exits(2);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let mut found: Vec<(String, u64, u64, String)> = document["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| {
            let number = |key: &str| m[key].as_u64().unwrap_or(0);
            let text = |key: &str| m[key].as_str().unwrap_or_default().to_owned();
            (text("code"), number("line"), number("column"), text("message"))
        })
        .collect();
    found.sort_by_key(|f| (f.1, f.2));
    let short: Vec<_> = found.iter().map(|f| (f.0.as_str(), f.1, f.2)).collect();
    let want: Vec<_> = PLANTED.iter().map(|p| (p.0, p.1, p.2)).collect();
    assert_eq!(short, want, "\n{found:#?}");
    for (found, want) in found.iter().zip(PLANTED) {
        assert!(found.3.contains(want.3), "{found:?} {want:?}");
    }
    insta::assert_snapshot!(w.run(&["check", "ten"]).exits(2).err);
}
