//! `crosswalk preview`: cells beside fields.

use crate::workspace::Workspace;

#[test]
fn the_records_there_are() {
    let w = Workspace::new();
    let ran = w.run(&["preview", "acme"]).exits(0);
    insta::assert_snapshot!("records", ran.out);
    assert!(!w.place().join("state.duckdb").exists() && !w.plan("acme", 1).exists(), "nothing is kept");
}

#[test]
fn cells_stand_beside_fields() {
    let w = Workspace::new();
    let ran = w.run(&["preview", "acme", "invoice", "--rows", "1"]).exits(0);
    insta::assert_snapshot!("invoice", ran.out);
    let narrow =
        w.command(&["preview", "acme", "company", "--key", "0010001"]).env("COLUMNS", "70").output().unwrap();
    let text = String::from_utf8(narrow.stdout).unwrap();
    let widest = text.lines().skip(1).map(|l| l.chars().count()).max().unwrap();
    assert!(widest <= 70, "{widest} columns\n{text}");
}

#[test]
fn refused_ones_say_why() {
    let w = Workspace::new();
    let day_2 = ["--var", "inbox=samples/acme/day-2"];
    let ran = w.run(&[&["preview", "acme", "invoice", "--bad"], &day_2[..]].concat()).exits(0);
    insta::assert_snapshot!("bad", ran.out);
    let ran = w.run(&[&["preview", "acme", "line", "--bad", "--rows", "1"], &day_2[..]].concat()).exits(0);
    assert!(ran.out.contains("line"), "{}", ran.out);
}

#[test]
fn names_and_keys_that_are_not_there() {
    let w = Workspace::new();
    let _ = w.run(&["preview", "acme", "invoise"]).exits(2).says("no record `invoise`").says("`invoice`");
    let _ = w.run(&["preview", "acme", "invoice", "--key", "4711"]).exits(2).says("of key \"4711\"");
    let _ = w.run(&["preview", "acme", "contact", "--bad"]).exits(0).says("No contact is refused or held.");
}
