//! Whatever is typed: no panic, and every mistake lies within the text.

use super::Columns;
use crate::expr::compile;
use crate::expr::scope::Grouping;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "text(\"T\")",
    "num(\"N\")",
    "date(\"D\")",
    "flag(\"F\")",
    "\"ä€\"",
    "'x'",
    "`a${",
    "}`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "if",
    "else",
    "in",
    "!in",
    "switch",
    "let",
    "fn",
    "=>",
    "=",
    "==",
    "!=",
    "<>",
    "<",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "&&",
    "|",
    "||",
    "??",
    "?.",
    ".",
    ",",
    ";",
    "#{",
    ":",
    "1",
    "2.5",
    "1e5",
    "0x1f",
    "9223372036854775808",
    "true",
    "()",
    "..",
    "sum",
    "count",
    "min",
    "list",
    "join",
    "upper",
    "format",
    "extract",
    "IF",
    "AND",
    "out.amount",
    "line.amount",
    "line",
    "sign",
    "nix",
    "\n",
    "//x\n",
    "/*",
    "*/",
    "@",
    "$",
    "\\",
    "„",
    "this",
    "return",
    "is",
    "->",
];

fn inside(text: &str) -> Result<(), TestCaseError> {
    for grouping in [Grouping::Rows, Grouping::Group, Grouping::Record] {
        let Err(mistakes) = compile(text, &Columns(grouping), "a") else { continue };
        prop_assert!(!mistakes.is_empty());
        for m in mistakes {
            prop_assert!(text.get(m.span.clone()).is_some(), "{:?} is not in {:?}", m.span, text);
            prop_assert!(!m.message.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 0..12), gap in prop::bool::ANY) {
        inside(&words.join(if gap { " " } else { "" }))?;
    }

    #[test]
    fn any_text(text in "\\PC{0,40}") {
        inside(&text)?;
    }
}
