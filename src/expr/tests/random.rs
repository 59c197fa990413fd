//! Typed expressions at random over rows at random, every function among them, and aggregates over all rows: SQL and
//! fallback must agree in every one. The long set (`--ignored`, `tests/run --nightly`) tries 120,000 pairs of expression
//! and row; `CROSSWALK_CASES` sets another number.

use super::{Columns, db, results};
use crate::db::Db;
use crate::expr::compiled::{Aggregate, Compiled, Fail};
use crate::expr::lower::as_text;
use crate::expr::scope::Grouping;
use crate::expr::{compile, compile_for_fallback, register};
use crate::sql::Expr;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Rows of the table: edges of every type, combined.
const ROWS: usize = 40;

fn fill(db: &Db) {
    db.run("DELETE FROM t").unwrap();
    let texts = [
        "NULL",
        "'a'",
        "'Ärger ß'",
        "' x '",
        "'4711'",
        "'a.b-c'",
        "'19'",
        "'-12.50'",
        "'01.02.2026'",
        "'\u{a0}é\tØ  🙂 '",
        "'a-a-19;x y'",
        "'0000000000000000000012'",
        "'29.2.23'",
    ];
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
    "round({})",
    "floor({})",
    "ceil({})",
    "trunc({})",
    "sign({})",
    "clamp({}, {}, {})",
    "round_to({}, 0.05)",
    "round_to({}, 7)",
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
    "pad_right({}, 6, \"*\")",
    "part({}, {}, 1)",
    "part({}, \"-\", -1)",
    "part({}, \"a\", 2)",
    "between({}, {}, {})",
    "between({}, \"a\", \"-\")",
    "remove({}, {})",
    "remove({}, \"a\", {})",
    "repeat({}, 3)",
    "single_spaces({})",
    "digits({})",
    "ascii({})",
    "extract({}, `(\\w)(\\d)?`, 2)",
    "extract_all({}, `\\w`, \"-\")",
    "extract_all({}, `(a)|b*`, \"\")",
    "md5({})",
    "sha256({})",
    "short_id({}, 8)",
];
const MEASURED: &[&str] = &[
    "len({})",
    "index_of({}, {})",
    "count_parts({}, {})",
    "count_parts({}, \"-\")",
    "re_count({}, `[a-z]*`)",
    "number({})",
    "number(digits({}))",
];
const DATED: &[&str] = &[
    "year({})",
    "month({})",
    "day({})",
    "days_between({}, {})",
    "weekday({})",
    "week({})",
    "iso_year({})",
    "quarter({})",
    "fiscal_year({}, 7)",
    "fiscal_year({}, 1)",
    "fiscal_month({}, 4)",
    "weekday(date(\"S\"))",
    "days_between({}, date(\"S\"))",
];
const MOVED: &[&str] = &[
    "({} ?? {})",
    "min({}, {})",
    "max({}, {})",
    "quarter_start({})",
    "quarter_end({})",
    "year_start({})",
    "year_end({})",
    "month_start({})",
    "month_end({})",
    "add_days({}, -400)",
    "add_months({}, 12)",
    "add_months(date(\"S\"), -1)",
];
const MADE: &[&str] = &[
    "month_start({}, {})",
    "month_end(2025, {})",
    "date_of({}, {}, {})",
    "date_of(2025, {}, {})",
    "add_days(date(\"D\"), {})",
    "add_months(date(\"E\"), {})",
    "add_days(date(\"S\"), {})",
];
const READ: &[&str] =
    &["parse_date({}, \"dd.mm.yyyy\")", "parse_date({}, \"d.m.yy\")", "parse_date({}, \"yyyymmdd\")"];
const ASKED: &[&str] = &[
    "is_number({})",
    "is_date({}, \"dd.mm.yyyy\")",
    "is_date({}, \"d.m.yy\")",
    "has_part({}, {}, {})",
    "has_part({}, \"-\", {})",
];
/// Forms and codes: whether any text is one, and texts that are one or nearly.
const VALID: &[&str] = &[
    "is_email({})",
    "is_email({} + \"@example.org\")",
    "is_url({})",
    "is_url(\"https://example.org/\" + {})",
    "is_uuid({})",
    "is_uuid(\"123e4567-e89b-12d3-a456-4266141740\" + {})",
    "is_bic({})",
    "is_bic(\"DEUTDEFF\" + upper({}))",
    "is_lei({})",
    "is_lei(\"5493000IBP32UQZ0KL\" + {})",
    "is_iban({})",
    "is_iban(\"DE89 3704 0044 0532 0130 \" + right({}, 2))",
    "is_iban(\"DE89370400440532013000\" + {})",
    "is_vat({})",
    "is_vat(\"DE1234567\" + {})",
    "is_currency({})",
    "is_currency(\"EU\" + upper({}))",
    "is_country({})",
    "is_country(\"D\" + upper({}))",
];
/// Aggregates: of numbers, texts and dates.
const OVER: [&[&str]; 3] = [
    &[
        "sum({})",
        "min({})",
        "max({})",
        "count({})",
        "distinct({})",
        "first({})",
        "last({})",
        "sum({}) / count({})",
    ],
    &["list(\", \", {})", "first({})", "last({})", "min({})", "max({})", "count({})", "upper(max({}))"],
    &["min({})", "max({})", "days_between(min({}), max({}))", "`${first({})}`", "distinct({})"],
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
    let measured = prop_oneof![fill_in(MEASURED, three(&l.text)), fill_in(DATED, three(&l.date))];
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
        date: prop_oneof![
            2 => l.date.clone(),
            1 => choice(&l.date),
            2 => fill_in(MOVED, three(&l.date)),
            1 => fill_in(MADE, three(&l.number)),
            1 => fill_in(READ, three(&l.text)),
        ]
        .boxed(),
        flag: prop_oneof![2 => compared, 2 => fill_in(FLAGS, three(&l.flag)), 1 => fill_in(PARTS, three(&l.text)), 1 => fill_in(ASKED, three(&l.text)), 1 => fill_in(VALID, three(&l.text)), 1 => fill_in(&["is_workday({})"], three(&l.date)), 1 => choice(&l.flag)].boxed(),
    }
}

fn expressions() -> BoxedStrategy<String> {
    let one = deeper(&leaves());
    let two = deeper(&one);
    let three = deeper(&two);
    let all = |l: &Level| prop_oneof![l.number.clone(), l.text.clone(), l.date.clone(), l.flag.clone()];
    prop_oneof![1 => all(&one), 2 => all(&two), 2 => all(&three)].boxed()
}

fn aggregates() -> BoxedStrategy<String> {
    let l = deeper(&leaves());
    let one = |patterns: &'static [&'static str], s: &BoxedStrategy<String>| {
        fill_in(patterns, [s.clone(), s.clone(), s.clone()])
    };
    let [numbers, texts, dates] = OVER;
    prop_oneof![one(numbers, &l.number), one(texts, &l.text), one(dates, &l.date)].boxed()
}

/// The value over all rows of `t` as one group, or its first failure.
fn over_all(db: &Db, compiled: &Compiled) -> String {
    register(db, compiled).unwrap();
    let arguments = compiled
        .aggregates
        .iter()
        .filter_map(|a| a.argument.as_ref().map(|x| format!("{} AS \"x{}\"", x.value, a.column)));
    let arguments: Vec<String> = arguments.chain(["k".to_owned()]).collect();
    let column = |a: &Aggregate| {
        let argument = a.argument.as_ref().map(|_| Expr::col(&format!("x{}", a.column)));
        format!("{} AS \"{}\"", a.value(argument, Expr::col("k")), a.column)
    };
    let columns: Vec<String> = compiled.aggregates.iter().map(column).collect();
    let branch = |f: &Fail| (f.when.clone(), Expr::text("!").op("||", f.reason.clone()));
    let failed = Expr::case(compiled.result.fails.iter().map(branch), Expr::null("VARCHAR"));
    let text = as_text(compiled.result.value.clone(), compiled.result.ty);
    let shown = Expr::call("coalesce", [failed, text, Expr::text("()")]);
    let (columns, arguments) = (columns.join(", "), arguments.join(", "));
    let sql = format!("SELECT {shown} FROM (SELECT {columns} FROM (SELECT {arguments} FROM t))");
    db.one(&sql, [], |r| r.get::<_, String>(0)).unwrap()
}

/// Runs that many cases of one kind; says how many were tried.
fn agree(
    cases: usize,
    texts: &BoxedStrategy<String>,
    grouping: Grouping,
    run: impl Fn(&Compiled) -> Vec<String>,
) -> usize {
    let config =
        Config { cases: u32::try_from(cases).unwrap(), failure_persistence: None, ..Config::default() };
    let rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let tried = std::cell::Cell::new(0);
    let scope = Columns(grouping);
    let outcome = TestRunner::new_with_rng(config, rng).run(texts, |text| {
        let Ok(compiled) = compile(&text, &scope, "a") else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let sql = run(&compiled);
        let rhai = run(&compile_for_fallback(&text, &scope, "a").unwrap());
        for (row, (a, b)) in sql.iter().zip(&rhai).enumerate() {
            prop_assert_eq!(a, b, "row {} of {}", row, &text);
        }
        tried.set(tried.get() + sql.len());
        Ok(())
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
    tried.get()
}

#[allow(clippy::print_stdout)]
fn tried(cases: usize) {
    let db = db();
    fill(&db);
    let pairs =
        agree(cases.div_ceil(ROWS), &expressions(), Grouping::Rows, |compiled| results(&db, compiled));
    let groups = agree(cases / 400, &aggregates(), Grouping::Group, |c| vec![over_all(&db, c)]);
    println!("{pairs} pairs of expression and row, {groups} aggregates over {ROWS} rows: no difference");
    assert!(pairs >= cases);
}

#[test]
fn every_function_is_tried() {
    let all = [
        NUMBERS,
        TEXTS,
        SHOWN,
        DAYS,
        COMPARED,
        FLAGS,
        PARTS,
        CHOICES,
        MEASURED,
        DATED,
        MOVED,
        MADE,
        READ,
        ASKED,
        VALID,
        &["is_workday({})"],
    ]
    .concat()
    .join("\n");
    for function in crate::expr::functions::all() {
        assert!(all.contains(&format!("{}(", function.name)), "{} is not tried at random", function.name);
    }
}

#[test]
fn both_runners_agree_on_random_expressions() {
    tried(3_000);
}

#[test]
#[ignore = "long"]
fn both_runners_agree_on_many_random_expressions() {
    tried(std::env::var("CROSSWALK_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(120_000));
}
