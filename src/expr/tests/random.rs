//! Typed expressions at random over rows at random: SQL and fallback must agree in every one.
//! `CROSSWALK_CASES` sets how many expression × row pairs are tried.

use super::{Columns, db, results};
use crate::db::Db;
use crate::expr::scope::Grouping;
use crate::expr::{compile, compile_for_fallback};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Rows of the table: edges of every type, combined.
const ROWS: usize = 40;

fn fill(db: &Db) {
    db.run("DELETE FROM t").unwrap();
    let texts = ["NULL", "'a'", "'Ärger ß'", "' x '", "'4711'", "'a.b-c'", "'19'"];
    let numbers = [
        "NULL",
        "0",
        "1",
        "-1",
        "0.5",
        "-2.5",
        "999999999999999999.9999999999",
        "0.0000000001",
        "12345.678",
        "-7",
        "3",
    ];
    let dates = ["NULL", "DATE '2026-02-28'", "DATE '2024-02-29'", "DATE '1999-12-31'", "DATE '2026-03-01'"];
    let times = ["NULL", "TIMESTAMP '2026-02-28 10:30:00.5'", "TIMESTAMP '2026-03-01 00:00:00'"];
    let flags = ["NULL", "true", "false"];
    for n in 0..ROWS {
        let at = |list: &[&str], step: usize| list[(n * step + n / 7) % list.len()].to_owned();
        let bad = n % 5 == 3;
        let x = if bad { "NULL".to_owned() } else { at(&numbers, 3) };
        let values = [
            n.to_string(),
            at(&texts, 1),
            at(&texts, 5),
            at(&numbers, 1),
            at(&numbers, 7),
            at(&dates, 1),
            at(&dates, 3),
            at(&times, 1),
            at(&flags, 1),
            at(&flags, 2),
            x,
            bad.to_string(),
        ];
        db.run(&format!("INSERT INTO t VALUES ({})", values.join(", "))).unwrap();
    }
}

/// Expressions of each type, up to some depth.
#[derive(Clone)]
struct Level {
    number: BoxedStrategy<String>,
    text: BoxedStrategy<String>,
    date: BoxedStrategy<String>,
    flag: BoxedStrategy<String>,
}

fn pick(items: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(items).prop_map(str::to_owned).boxed()
}

fn leaves() -> Level {
    Level {
        number: pick(&[
            "num(\"N\")",
            "num(\"M\")",
            "num(\"X\")",
            "0",
            "1",
            "-3",
            "0.5",
            "2.25",
            "999999999999999999",
            "env.rate",
            "1000000",
        ]),
        text: pick(&["text(\"T\")", "text(\"U\")", "\"a\"", "\"\"", "\"19\"", "\"x y\"", "row.file", "`n`"]),
        date: pick(&["date(\"D\")", "date(\"E\")", "month_start(2026, 3)", "month_end(2024, 2)"]),
        flag: pick(&["flag(\"F\")", "flag(\"G\")", "true", "false"]),
    }
}

/// An expression made of a pattern's `{}` filled in.
fn fill_in(patterns: &'static [&'static str], parts: [BoxedStrategy<String>; 3]) -> BoxedStrategy<String> {
    let [a, b, c] = parts;
    (prop::sample::select(patterns), a, b, c)
        .prop_map(|(pattern, a, b, c)| {
            pattern.replacen("{}", &a, 1).replacen("{}", &b, 1).replacen("{}", &c, 1)
        })
        .boxed()
}

const NUMBERS: &[&str] = &[
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "({} / {})",
    "({} % {})",
    "(-{})",
    "({} ?? {})",
    "min({}, {})",
    "max({}, {})",
    "abs({})",
    "round({}, 0)",
    "round({}, 2)",
    "round({}, -1)",
    "round({}, -17)",
];
const TEXTS: &[&str] = &[
    "({} + {})",
    "`${{}}-${{}}`",
    "trim({})",
    "upper({})",
    "lower({})",
    "({} ?? {})",
    "replace({}, {}, {})",
    "left({}, 2)",
    "right({}, 2)",
    "mid({}, 2, 3)",
    "pad_left({}, 6, \"*\")",
    "join({}, {}, {})",
    "extract({}, `\\d+`)",
    "re_replace({}, `(\\w)(\\d)?`, \"$2-$1\")",
    "proper({})",
];
const SHOWN: &[&str] = &[
    "`${{}}`",
    "format({}, \"0.00\")",
    "format({}, \"000\")",
    "format({}, \"#,##0.0\")",
    "(\"n\" + {})",
    "join(\"/\", {}, {})",
];
const DAYS: &[&str] = &["`${{}}`", "format({}, \"yyyy-mm-dd\")", "format({}, \"d.m.yy\")"];
const COMPARED: &[&str] = &[
    "({} == {})",
    "({} != {})",
    "({} < {})",
    "({} <= {})",
    "({} > {})",
    "({} >= {})",
    "({} in [{}, {}])",
    "blank({})",
    "({} == ())",
];
const FLAGS: &[&str] = &[
    "({} && {})",
    "({} || {})",
    "(!{})",
    "({} ?? {})",
    "({} == {})",
    "({} != {})",
    "({} && {} && {})",
    "({} || {} || {})",
];
const PARTS: &[&str] =
    &["starts_with({}, {})", "ends_with({}, {})", "contains({}, {})", "matches({}, `^[a-z]`)", "({} in {})"];
const CHOICES: &[&str] = &["(if {} { {} } else { {} })", "(if {} { {} })"];

fn deeper(l: &Level) -> Level {
    let three = |s: &BoxedStrategy<String>| [s.clone(), s.clone(), s.clone()];
    let choice = |s: &BoxedStrategy<String>| fill_in(CHOICES, [l.flag.clone(), s.clone(), s.clone()]);
    let measured = prop_oneof![
        fill_in(&["len({})"], three(&l.text)),
        fill_in(&["year({})", "month({})", "day({})"], three(&l.date)),
    ];
    let compared = prop_oneof![
        fill_in(COMPARED, three(&l.number)),
        fill_in(COMPARED, three(&l.text)),
        fill_in(COMPARED, three(&l.date)),
        fill_in(&["(date(\"S\") < {})", "(date(\"S\") == {})", "({} >= date(\"S\"))"], three(&l.date)),
    ];
    Level {
        number: prop_oneof![4 => fill_in(NUMBERS, three(&l.number)), 1 => choice(&l.number), 1 => measured, 1 => l.number.clone()].boxed(),
        text: prop_oneof![
            4 => fill_in(TEXTS, three(&l.text)),
            1 => fill_in(SHOWN, three(&l.number)),
            1 => fill_in(DAYS, three(&l.date)),
            1 => choice(&l.text),
            1 => l.text.clone(),
        ]
        .boxed(),
        date: prop_oneof![2 => l.date.clone(), 1 => choice(&l.date), 1 => fill_in(&["({} ?? {})", "min({}, {})", "max({}, {})"], three(&l.date)), 1 => fill_in(&["month_start({}, {})", "month_end(2025, {})"], three(&l.number))].boxed(),
        flag: prop_oneof![2 => compared, 2 => fill_in(FLAGS, three(&l.flag)), 1 => fill_in(PARTS, three(&l.text)), 1 => choice(&l.flag)].boxed(),
    }
}

fn expressions() -> BoxedStrategy<String> {
    let one = deeper(&leaves());
    let two = deeper(&one);
    let three = deeper(&two);
    let all = |l: &Level| prop_oneof![l.number.clone(), l.text.clone(), l.date.clone(), l.flag.clone()];
    prop_oneof![1 => all(&one), 2 => all(&two), 2 => all(&three)].boxed()
}

#[test]
fn both_runners_agree_on_random_expressions() {
    let cases: usize = std::env::var("CROSSWALK_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(8_000);
    let db = db();
    fill(&db);
    let config = Config {
        cases: u32::try_from(cases.div_ceil(ROWS)).unwrap(),
        failure_persistence: None,
        ..Config::default()
    };
    let scope = Columns(Grouping::Rows);
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&expressions(), |text| {
        let Ok(compiled) = compile(&text, &scope, "a") else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let sql = results(&db, &compiled);
        let rhai = results(&db, &compile_for_fallback(&text, &scope, "a").unwrap());
        for (row, (a, b)) in sql.iter().zip(&rhai).enumerate() {
            prop_assert_eq!(a, b, "row {} of {}", row, &text);
        }
        Ok(())
    });
    if let Err(e) = outcome {
        panic!("{e}");
    }
}
