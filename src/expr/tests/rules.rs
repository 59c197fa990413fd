//! The rules of the language (rules 2), one line each.

use super::{Columns, both, compile, db};
use crate::expr::scope::Grouping;

/// Expression and how its value prints: `()` empty, `!` a failure.
const RULES: &[(&str, &str)] = &[
    // numbers
    ("1 + 2 * 3", "7"),
    ("0.1 + 0.2 == 0.3", "true"),
    ("num(\"N\") * 2", "25"),
    ("num(\"N\") / 3", "4.1666666667"),
    ("-7 / 2", "-3.5"),
    ("2 / 3", "0.6666666667"),
    ("-2 / 3", "-0.6666666667"),
    ("7 % 3", "1"),
    ("-7.5 % 2", "-1.5"),
    ("-num(\"N\")", "-12.5"),
    ("0.0000000001 * 0.5", "0.0000000001"),
    ("-0.0000000001 * 0.5", "-0.0000000001"),
    ("0.0000000001 * 0.4", "0"),
    ("999999999999999999 + 1", "!E300 number too large: at most 18 digits before the point"),
    ("999999999999999999.9999999999 * 1", "999999999999999999.9999999999"),
    ("999999999999999999 * 999999999999999999", "!E300 number too large: at most 18 digits before the point"),
    (
        "999999999999999999.9999999999 * 1.0000000001",
        "!E300 number too large: at most 18 digits before the point",
    ),
    ("1000000000 * 999999999.9999999999", "999999999999999999.9"),
    ("999999999999999999 / 0.1", "!E300 number too large: at most 18 digits before the point"),
    ("999999999999999999 * 0.5", "499999999999999999.5"),
    ("num(\"N\") * 0.0000000001", "0.0000000013"),
    ("num(\"N\") * 1234567890", "15432098625"),
    ("num(\"N\") * -0.05", "-0.625"),
    ("num(\"N\") / 0", "!E301 division by zero"),
    ("num(\"M\") / 0", "()"),
    ("num(\"N\") % 0", "!E301 division by zero"),
    ("min(1, 2) + max(1, 2)", "3"),
    ("min(num(\"M\"), 2)", "()"),
    ("max(date(\"D\"), \"2027-01-01\")", "2027-01-01"),
    // empties
    ("num(\"M\") + 1", "()"),
    ("text(\"U\") + \"x\"", "()"),
    ("`${text(\"T\")}/${text(\"U\")}`", "()"),
    ("upper(text(\"U\"))", "()"),
    ("text(\"U\") == \"\"", "true"),
    ("text(\"U\") == ()", "true"),
    ("text(\"T\") == \"\"", "false"),
    ("text(\"T\") != \"\"", "true"),
    ("text(\"U\") != \"a\"", "true"),
    ("num(\"M\") < 1", "false"),
    ("num(\"M\") >= 1", "false"),
    ("!flag(\"G\")", "true"),
    ("!(num(\"M\") < 1)", "true"),
    ("if flag(\"G\") { 1 } else { 2 }", "2"),
    ("if false { 1 }", "()"),
    ("if flag(\"F\") { \"\" } else { \"x\" }", "()"),
    ("flag(\"G\") || flag(\"F\")", "true"),
    ("flag(\"G\") && flag(\"F\")", "false"),
    // conditions that are empty within others
    ("!(num(\"M\") < 1 && flag(\"F\"))", "true"),
    ("!(num(\"M\") < 1 || flag(\"G\"))", "true"),
    ("num(\"M\") < 1 || true", "true"),
    ("(num(\"M\") < 1) == false", "true"),
    ("text(\"U\") in [\"a\", \"b\"]", "false"),
    ("!(text(\"U\") in [\"a\", \"b\"])", "true"),
    ("!(text(\"U\") == \"a\")", "true"),
    ("if num(\"M\") < 1 { 1 / 0 } else { 2 }", "2"),
    ("num(\"M\") < 1 && 1 / num(\"M\") > 0", "false"),
    ("`${num(\"M\") < 1}`", "false"),
    ("text(\"U\") ?? \"none\"", "none"),
    ("num(\"M\") ?? num(\"N\") ?? 0", "12.5"),
    ("()", "()"),
    ("trim(\"\")", "()"),
    ("year(())", "()"),
    // text
    ("\"n: \" + num(\"N\")", "n: 12.5"),
    ("`${100}.${1.50}`", "100.1.5"),
    ("`${date(\"D\")} ${date(\"S\")} ${flag(\"F\")}`", "2026-02-28 2026-02-28T10:30:00.5 true"),
    ("text(\"T\") > \"Aa\"", "true"),
    ("\"a\" < \"B\"", "false"),
    // comparison
    ("text(\"T\") in [\"x\", \"Ab-7\"]", "true"),
    ("text(\"U\") in [\"x\", \"\"]", "true"),
    ("text(\"U\") in [\"x\"]", "false"),
    ("num(\"N\") in [12.50]", "true"),
    ("text(\"T\") !in [\"x\"]", "true"),
    ("\"b-\" in text(\"T\")", "true"),
    ("date(\"D\") in [\"2026-02-28\"]", "true"),
    ("date(\"S\") == date(\"D\")", "true"),
    ("date(\"S\") > \"2026-02-28\"", "false"),
    ("date(\"D\") >= \"2026-02-01\" && date(\"D\") <= \"2026-02-28\"", "true"),
    // functions in method form
    ("text(\"T\").lower().len()", "4"),
    ("len(\"a\" + \"b\") == 2", "true"),
    // failures count only where they are reached
    ("num(\"X\") + 1", "!E303 is not a number"),
    ("if flag(\"F\") { 1 } else { num(\"X\") }", "1"),
    ("if flag(\"F\") { num(\"X\") } else { 1 }", "!E303 is not a number"),
    ("flag(\"G\") && num(\"X\") > 0", "false"),
    ("flag(\"F\") && num(\"X\") > 0", "!E303 is not a number"),
    ("flag(\"F\") || 1 / 0 > 0", "true"),
    ("num(\"N\") ?? num(\"X\")", "12.5"),
    ("num(\"M\") ?? num(\"X\")", "!E303 is not a number"),
    ("if num(\"N\") == 0 { 0 } else { 1 / num(\"N\") }", "0.08"),
    ("month_start(2026, 13)", "!E303 is not a month: the year must be 1900 to 2100, the month 1 to 12"),
    ("month_end(2026.5, 1)", "!E303 is not a month: the year must be 1900 to 2100, the month 1 to 12"),
    ("env.rate * 3", "6"),
    // switch is a chain of ifs
    ("switch text(\"T\") { \"x\" | \"Ab-7\" => 1, _ => 2 }", "1"),
    ("switch num(\"N\") { 12.50 => \"a,}\", -1 => \"b\" }", "a,}"),
    ("switch num(\"N\") { 1 => \"a\" }", "()"),
    ("switch num(\"M\") { 1 => \"a\", () => \"none\" }", "none"),
    ("switch num(\"N\") { 12.5 if flag(\"G\") => 1, 12.5 if (flag(\"F\")) => 2, _ => 3 }", "2"),
    ("1 + switch flag(\"F\") { true => if flag(\"G\") { 1 } else { 5 }, false => num(\"X\") }", "6"),
    ("switch 3 { 1 => num(\"X\"), 2 => 2, _ => switch 1 { 1 => 7, _ => 8 } }", "7"),
];

#[test]
fn rules_hold_in_both_runners() {
    let db = db();
    for (text, expected) in RULES {
        assert_eq!(both(&db, text), vec![(*expected).to_owned()], "{text}");
    }
}

/// Functions whose SQL names an argument several times grow by powers when nested; beyond a length the fallback runner takes
/// over, and the value stays the same.
#[test]
fn calls_within_calls_do_not_run_away() {
    let db = db();
    for deep in [1, 3, 8, 14] {
        for (function, rest) in [("trim", ""), ("pad_left", ", 3, \"0\""), ("pad_right", ", 4, \"é\"")] {
            let text = format!(
                "{}text(\"T\"){}",
                format!("{function}(").repeat(deep),
                format!("{rest})").repeat(deep)
            );
            let values = both(&db, &text);
            assert_eq!(values, ["Ab-7"], "{text}");
            let compiled = compile(&text, &Columns(Grouping::Rows), "a").unwrap();
            assert!(
                compiled.result.value.bytes() < 200_000,
                "{text}: {} bytes",
                compiled.result.value.bytes()
            );
        }
    }
}
