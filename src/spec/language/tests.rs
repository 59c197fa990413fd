//! The registry against the reading of a mapping: each table is given a key that nobody knows, and the answer lists the
//! keys that the reading asked for.

use super::*;
use crate::spec::mapping;
use std::collections::BTreeSet;

/// A key of no table, like none of them.
const NOBODYS: &str = "qqqqqqqq";

/// The keys the reading knows in the table at `header`, in a mapping where it stands with `body`.
fn known(before: &str, body: &str) -> BTreeSet<String> {
    let text = format!("name = \"m\"\nplatform = \"p\"\n{before}\n{body}");
    let found = match mapping::parse("m.toml", &text) {
        Ok((_, found)) => found,
        Err(all) => all.list().to_vec(),
    };
    let told =
        found.iter().find(|d| d.message.contains(NOBODYS)).unwrap_or_else(|| panic!("{text}\n{found:?}"));
    let help = told.help.clone().unwrap_or_default();
    let words = regex::Regex::new("`([^`]+)`").unwrap();
    words.captures_iter(&help).map(|c| c[1].to_owned()).collect()
}

fn written(section: &Section) -> BTreeSet<String> {
    section.keys.iter().map(|k| k.name.to_owned()).collect()
}

/// Every table of the language, and a text that has it with the key of nobody.
fn tables() -> Vec<(&'static Section, String)> {
    let unknown = format!("{NOBODYS} = 1\n");
    sections()
        .into_iter()
        .map(|section| {
            let text = match section.header {
                "the whole file" => unknown.clone(),
                "a value" => format!(
                    "[record.r]\nmodel = \"M\"\nfrom = \"s\"\n[record.r.fields]\nx = {{ {NOBODYS} = 1 }}\n"
                ),
                "unpivot" => format!("[source.s]\nfile = \"a.csv\"\nunpivot = {{ {NOBODYS} = 1 }}\n"),
                header => format!("{}\n{unknown}", header.replace("<name>", "x")),
            };
            (section, text)
        })
        .collect()
}

#[test]
fn the_registry_holds_exactly_the_keys_that_a_mapping_takes() {
    for (section, text) in tables() {
        assert_eq!(known("", &text), written(section), "{}", section.header);
    }
}

#[test]
fn every_key_says_what_it_does() {
    for section in sections() {
        for key in section.keys {
            assert!(key.doc.ends_with('.') && key.doc.len() > 10, "{} {}", section.header, key.name);
        }
    }
}

#[test]
fn the_page_is_as_the_keys_say() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/mapping.md");
    if std::env::var("UPDATE").is_ok_and(|u| u == "1") {
        std::fs::write(&path, reference()).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        reference() == there,
        "docs/reference/mapping.md is old: UPDATE=1 cargo test --release --lib the_page"
    );
}
