//! Every code has a page of the same build, and a terminal shows it without marks.

use super::*;

/// The headings of a page, in order.
const SECTIONS: &[&str] =
    &["## What it means", "## Usual causes", "## Example", "## What to do", "## Related"];

#[test]
fn every_page_has_its_title_and_sections() {
    let mut wrong = Vec::new();
    for (code, title) in CODES {
        let page = markdown(*code).unwrap();
        if !page.starts_with(&format!("# {code}: {title}\n")) {
            wrong.push(format!("{code} does not begin with `# {code}: {title}`"));
        }
        let headings: Vec<&str> = page.lines().filter(|l| l.starts_with("## ")).collect();
        if headings != SECTIONS {
            wrong.push(format!("{code} has the headings {headings:?}"));
        }
        if page.matches("```").count() < 2 || page.matches("```").count() % 2 == 1 {
            wrong.push(format!("{code} has no example"));
        }
        if page.len() < 500 {
            wrong.push(format!("{code} has {} characters: too few to help", page.len()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn related_codes_exist() {
    let link = regex::Regex::new(r"\[(E\d{3})\]\((E\d{3})\.md\)").unwrap();
    for (code, _) in CODES {
        let page = markdown(*code).unwrap();
        let related: Vec<_> = link.captures_iter(page).collect();
        assert!(!related.is_empty(), "{code} names no related code");
        for found in related {
            assert_eq!(found[1], found[2], "{code}");
            assert!(find(&found[1]).is_some(), "{code} names {}, which is not in the registry", &found[1]);
        }
    }
}

#[test]
fn a_terminal_shows_no_marks_and_keeps_its_width() {
    for (code, _) in CODES {
        for width in [40, 72, 200] {
            let shown = text(*code, false, width).unwrap();
            for mark in ["```", "## ", "](", "\x1b", "**"] {
                assert!(!shown.contains(mark), "{code} shows {mark:?}\n{shown}");
            }
            let prose = shown.lines().filter(|l| !l.starts_with("    ") && !l.starts_with('E'));
            for line in prose {
                let one_word = line.split_whitespace().count() <= 2;
                assert!(line.chars().count() <= width || one_word, "{code} at {width}: {line}");
            }
        }
        assert!(text(*code, true, 80).unwrap().contains("\x1b[1m"));
    }
}

#[test]
fn codes_are_found_in_any_case_and_misspelt_ones_lead_on() {
    assert_eq!(find("e203"), Some(Code::UNKNOWN_COLUMN));
    assert_eq!(find("E2"), None);
    assert!(range("e2xx").unwrap().contains("E203") && !range("E2").unwrap().contains("E101"));
    assert_eq!(nearest("203", &[]), "Did you mean `E203`?");
    assert!(nearest("E299", &[]).contains("crosswalk help E2"));
    assert!(nearest("E777", &[]).contains("E9.."));
    assert_eq!(nearest("plam", &["plan", "apply"]), "Did you mean `plan`?");
}
