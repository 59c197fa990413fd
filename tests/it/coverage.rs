//! `crosswalk check --coverage`: what of the files and of the platform a mapping leaves out.

use crate::generated::little;
use crate::workspace::Workspace;

#[test]
fn what_the_sample_leaves_out() {
    let w = Workspace::new();
    let ran = w.run(&["check", "acme", "--coverage"]).exits(0);
    insta::assert_snapshot!("acme", ran.out);
    let plain = w.run(&["check", "acme"]).exits(0);
    assert!(!plain.out.contains("neither used nor ignored"), "plain check counts nothing");
}

#[test]
fn misses_are_counted_and_ordered() {
    let w = little(9);
    let text = std::fs::read_to_string(w.path("in/customers.csv")).unwrap();
    let text = text.replace(",N,", ",XX,").replacen(",A,", ",YY,", 1);
    let text: String = text
        .lines()
        .enumerate()
        .map(|(n, l)| {
            format!(
                "{l},{}\n",
                match n {
                    0 => "Notes",
                    1 => "02.10.2026",
                    _ => "",
                }
            )
        })
        .collect();
    w.write("in/customers.csv", &text);
    let ran = w.run(&["check", "little", "--coverage"]).exits(0);
    insta::assert_snapshot!("little", ran.out);
    w.edit("mappings/little.toml", "lookup = \"country\" }", "lookup = \"country\", miss = \"keep\" }");
    let ran = w.run(&["check", "little", "--coverage"]).exits(0);
    assert!(ran.out.contains("country \"XX\"  3  kept"), "{}", ran.out);
}
