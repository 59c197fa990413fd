//! Every function's examples are true in both runners; case changes agree over all of Unicode.

use super::{both, db};
use crate::expr::functions::{self, all};

#[test]
fn examples_are_true() {
    let db = db();
    let mut wrong = Vec::new();
    for function in all() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (text, expected) in function.examples {
            let found = both(&db, text);
            if found != [*expected] {
                wrong.push(format!("{text} gives {found:?}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_function_tells_of_itself() {
    for function in all() {
        let name = function.name;
        assert!(function.signature.starts_with(&format!("{name}(")) && function.doc.ends_with('.'), "{name}");
        assert_eq!(
            function.names().len(),
            function.params.len()
                + usize::from(function.rest.is_some() && function.names().len() > function.params.len()),
            "{name}"
        );
        assert!(function.about.len() <= function.names().len(), "{name}");
        assert_eq!(function.sql.is_none(), !function.no_sql.is_empty(), "{name} has SQL, or says why not");
        assert!(!function.since.is_empty(), "{name}");
    }
}

#[test]
fn the_page_is_as_the_functions_say() {
    let page = functions::reference::page();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/functions.md");
    if std::env::var("UPDATE").is_ok_and(|u| u == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == there,
        "docs/reference/functions.md is old: UPDATE=1 cargo test --release --lib the_page"
    );
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = all().map(|f| f.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().count());
}

#[test]
fn cases_agree_over_all_of_unicode() {
    let db = db();
    let sql = "SELECT c, ascii(upper(chr(c))), ascii(lower(chr(c))) FROM (SELECT CAST(range AS INT) c FROM range(1, 200000)) WHERE c NOT BETWEEN 55296 AND 57343";
    let rows =
        db.rows(sql, [], |r| Ok((r.get::<_, u32>(0)?, r.get::<_, u32>(1)?, r.get::<_, u32>(2)?))).unwrap();
    let mut wrong = Vec::new();
    for (c, up, down) in rows {
        let Some(c) = char::from_u32(c) else { continue };
        let ours = (functions::capital(c) as u32, functions::small(c) as u32);
        if ours != (up, down) {
            wrong.push(format!("{:x}: {:x}/{:x} in SQL, {:x}/{:x} here", c as u32, up, down, ours.0, ours.1));
        }
    }
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), wrong.iter().take(80).collect::<Vec<_>>());
}

#[test]
fn regular_expressions_agree() {
    let db = db();
    for text in [
        "extract(\"ä1\", `\\w`)",
        "extract(\"a\\u00a0b\", `a\\sb`)",
        "re_replace(\"Straße 12, 13\", `\\b(\\d)(\\d)?`, \"<$1|$2>\")",
        "re_replace(\"aXbx\", `(?i)x`, \"$0$$1\\\\\")",
        "re_replace(\"abc\", `(x)?b`, \"[$1$2]\")",
        "re_replace(\"ab\", `.*`, \"x\")",
        "re_replace(\"abc\", `b*`, \"-\")",
        "re_replace(\"ab\", `ab`, \"\")",
        "extract(\"a\\nb\", `a.b`)",
        "extract(\"a\\nb\", `a$`)",
        "matches(\"٣\", `\\d`)",
        "extract(\"a[b&&c\", `[[]b([&]+)`)",
        "extract(\"x]y\", `[]]y`)",
        "extract(\"ab1\", `[[:alpha:]]+`)",
        "extract(\"a~b-é\", `[^~]$`)",
        "trim(re_replace(\"StreetAddress: Gate 4, Oslo 0238, NO\", `^StreetAddress: (?:(\\d+) )?(.+?), [^,]+ \\d{4}, [A-Z]{2}$`, `$2 $1`))",
    ] {
        both(&db, text);
    }
    let address = "trim(re_replace(\"StreetAddress: 32 Gate, Oslo 0238, NO\", `^StreetAddress: (?:(\\d+) )?(.+?), [^,]+ \\d{4}, [A-Z]{2}$`, `$2 $1`))";
    assert_eq!(both(&db, address), vec!["Gate 32"]);
}
