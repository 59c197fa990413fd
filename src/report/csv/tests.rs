use super::table::{MARK, split};
use super::*;
use crate::report::fixture;

const PREFIXES: &str = include_str!("../../../tests/cases/formulas/prefixes.txt");

fn prefixes() -> Vec<String> {
    let all: Vec<String> = PREFIXES.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(all.len() >= 60);
    all
}

fn written(text: &str, raw: bool) -> [Vec<u8>; 2] {
    let (head, db) = fixture::hostile(text);
    let (mut all, mut rejected) = (Vec::new(), Vec::new());
    changes(&head, &db, &head.records[0], raw, &mut all).unwrap();
    rejects(&head, &db, raw, &mut rejected).unwrap();
    [all, rejected]
}

/// The cells as a program splits them that knows quotes, and takes this for the separator.
fn cells(bytes: &[u8], separator: u8) -> Vec<String> {
    let bytes = bytes.strip_prefix(MARK).unwrap();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(bytes);
    reader.records().flat_map(|r| r.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether a spreadsheet might calculate it. What is a number and nothing else is one.
fn acts(cell: &str) -> bool {
    let blank =
        |c: char| c.is_whitespace() || crate::diagnostic::escape::is_unsafe(c) || "\"\u{201c}".contains(c);
    let start = cell.trim_start_matches(blank);
    let number = !cell.is_empty() && cell.parse::<rust_decimal::Decimal>().is_ok();
    let twins = "=+-@\u{2212}\u{207a}\u{207b}\u{207c}\u{208a}\u{208b}\u{208c}\u{fe62}\u{fe63}\u{fe66}\u{fe6b}\u{ff0b}\u{ff0d}\u{ff1d}\u{ff20}";
    !number && (start.starts_with(|c| twins.contains(c)) || cell.starts_with(['\t', '\r', '\n']))
}

#[test]
fn no_text_of_a_plan_is_calculated() {
    for prefix in prefixes() {
        for file in written(&prefix, false) {
            for separator in [b',', b';', b'\t', b'|'] {
                let found: Vec<String> = cells(&file, separator).into_iter().filter(|c| acts(c)).collect();
                assert!(found.is_empty(), "{prefix:?} by {:?}: {found:?}", char::from(separator));
            }
        }
    }
}

#[test]
fn numbers_and_dates_stay_what_they_are() {
    let [all, _] = written("=1", false);
    let text = String::from_utf8(all).unwrap();
    assert!(text.contains(",-1190.50,-2.00,2026-10-02,2026-10-03\n"), "{text}");
}

#[test]
fn raw_changes_nothing() {
    for prefix in prefixes() {
        let [all, rejected] = written(&prefix, true);
        assert!(cells(&all, b',').contains(&format!("{prefix}x")), "{prefix:?}");
        assert!(cells(&rejected, b',').contains(&prefix), "{prefix:?}");
    }
}

#[test]
fn a_list_of_rejects_says_what_would_be_right() {
    let [_, rejected] = written("abc", false);
    insta::assert_snapshot!(String::from_utf8(rejected).unwrap().replace('\u{feff}', "(mark)"));
}

#[test]
fn names_of_files_are_harmless_and_differ() {
    let mut head = fixture::head();
    for (record, name) in head.records.iter_mut().zip(["../../etc/x", "Rejects", "rejects"]) {
        record.record = name.into();
    }
    assert_eq!(names(&head).0, ["______etc_x.csv", "Rejects-2.csv", "rejects-3.csv"]);
    assert_eq!(split("Offene Posten!M38"), ("Offene Posten", "M38"));
    assert_eq!(split("line 3, column a!b c"), ("", "line 3, column a!b c"));
}
