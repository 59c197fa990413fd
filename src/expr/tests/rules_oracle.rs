//! Rules 2 checked against libraries that know nothing of ours: `rust_decimal` for numbers, `jiff` for dates, the
//! standard library for texts. Each expression runs both ways over rows made for it; the oracle says what must come out.

use super::{Columns, db, results};
use crate::db::Db;
use crate::expr::functions::{Param, all};
use crate::expr::scope::Grouping;
use crate::expr::{compile, compile_for_fallback};
use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_normalization::UnicodeNormalization;

/// An expression over all rows of `t`, both ways.
fn rows(db: &Db, text: &str) -> Vec<String> {
    let scope = Columns(Grouping::Rows);
    let sql = results(db, &compile(text, &scope, "a").unwrap_or_else(|m| panic!("{text}: {m:#?}")));
    assert_eq!(sql, results(db, &compile_for_fallback(text, &scope, "a").unwrap()), "{text}");
    sql
}

/// Fills `t` with pairs, as SQL literals of two columns.
fn fill(db: &Db, columns: [&str; 2], pairs: &[(String, String)]) {
    db.run("DELETE FROM t").unwrap();
    let values: Vec<String> =
        pairs.iter().enumerate().map(|(k, (a, b))| format!("({k}, {a}, {b})")).collect();
    db.run(&format!("INSERT INTO t (k, {}, {}) VALUES {}", columns[0], columns[1], values.join(", ")))
        .unwrap();
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Numbers of few enough digits that a product or sum of two is exact in 28 digits.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.5",
    "-0.5",
    "2.5",
    "-2.5",
    "0.00001",
    "0.33333",
    "12.345",
    "-12.345",
    "1.005",
    "100",
    "-7",
    "99999999.99999",
    "1234567.125",
    "0.05",
    "1000000000000",
    "-999999999999",
];

/// Half away from zero at ten decimals, without trailing zeros; 19 digits before the point are too many.
fn rounded(exact: Decimal) -> String {
    let fits = exact.round_dp_with_strategy(10, RoundingStrategy::MidpointAwayFromZero);
    if fits.abs() >= decimal("1000000000000000000") {
        return "!E300 number too large: at most 18 digits before the point".to_owned();
    }
    let plain = fits.normalize().to_string();
    if plain == "-0" { "0".to_owned() } else { plain }
}

fn pairs(of: &[&str]) -> Vec<(String, String)> {
    of.iter().flat_map(|a| of.iter().map(move |b| ((*a).to_owned(), (*b).to_owned()))).collect()
}

#[test]
fn arithmetic_and_rounding() {
    let db = db();
    let all = pairs(NUMBERS);
    fill(&db, ["n", "m"], &all);
    let exact = |f: fn(Decimal, Decimal) -> String| -> Vec<String> {
        all.iter().map(|(a, b)| f(decimal(a), decimal(b))).collect()
    };
    assert_eq!(rows(&db, "num(\"N\") + num(\"M\")"), exact(|a, b| rounded(a + b)));
    assert_eq!(rows(&db, "num(\"N\") - num(\"M\")"), exact(|a, b| rounded(a - b)));
    assert_eq!(rows(&db, "num(\"N\") * num(\"M\")"), exact(|a, b| rounded(a * b)));
    let zero = "!E301 division by zero".to_owned();
    let quotient = |a: Decimal, b: Decimal| match a.checked_div(b) {
        None => "!E301 division by zero".to_owned(),
        // 28 digits are enough to see on which side of a half these lie.
        Some(q) => rounded(q),
    };
    assert_eq!(rows(&db, "num(\"N\") / num(\"M\")"), exact(quotient));
    let rest: Vec<String> =
        all.iter().map(|(a, b)| decimal(a).checked_rem(decimal(b)).map_or(zero.clone(), rounded)).collect();
    assert_eq!(rows(&db, "num(\"N\") % num(\"M\")"), rest);
    for (places, text) in [(0, "round(num(\"N\"))"), (1, "round(num(\"N\"), 1)"), (2, "round(num(\"N\"), 2)")]
    {
        let expected: Vec<String> = all
            .iter()
            .map(|(a, _)| decimal(a).round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
            .map(rounded)
            .collect();
        assert_eq!(rows(&db, text), expected, "{text}");
    }
    let whole = |f: fn(&Decimal) -> Decimal| -> Vec<String> {
        all.iter().map(|(a, _)| rounded(f(&decimal(a)))).collect()
    };
    assert_eq!(rows(&db, "floor(num(\"N\"))"), whole(Decimal::floor));
    assert_eq!(rows(&db, "ceil(num(\"N\"))"), whole(Decimal::ceil));
    assert_eq!(rows(&db, "trunc(num(\"N\"))"), whole(Decimal::trunc));
    assert_eq!(rows(&db, "abs(num(\"N\"))"), whole(Decimal::abs));
    let step = decimal("0.05");
    let nearest =
        |a: &Decimal| (a / step).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero) * step;
    let expected: Vec<String> = all.iter().map(|(a, _)| rounded(nearest(&decimal(a)))).collect();
    assert_eq!(rows(&db, "round_to(num(\"N\"), 0.05)"), expected);
    assert_eq!(rows(&db, "number(`${num(\"N\")}`)"), whole(|a| *a));
}

#[test]
fn comparisons_with_and_without_empties() {
    let db = db();
    let values = ["NULL", "0", "1", "-1", "0.5"];
    let all = pairs(&values);
    fill(&db, ["n", "m"], &all);
    let number = |t: &str| if t == "NULL" { None } else { Some(decimal(t)) };
    let check = |sign: &str, holds: fn(Option<Decimal>, Option<Decimal>) -> bool| {
        let expected: Vec<String> =
            all.iter().map(|(a, b)| holds(number(a), number(b)).to_string()).collect();
        assert_eq!(rows(&db, &format!("num(\"N\") {sign} num(\"M\")")), expected, "{sign}");
    };
    check("==", |a, b| a == b);
    check("!=", |a, b| a != b);
    check("<", |a, b| a.zip(b).is_some_and(|(a, b)| a < b));
    check("<=", |a, b| a.zip(b).is_some_and(|(a, b)| a <= b));
    check(">", |a, b| a.zip(b).is_some_and(|(a, b)| a > b));
    check(">=", |a, b| a.zip(b).is_some_and(|(a, b)| a >= b));
}

/// A value of a parameter's type as written in an expression, and as a column that is empty.
fn given(param: Param, empty: bool) -> Option<String> {
    let (value, column) = match param {
        Param::Text => ("\"a\"", "text(\"U\")"),
        Param::Number => ("1", "num(\"M\")"),
        Param::Date => ("\"2026-01-31\"", "date(\"E\")"),
        Param::DateOrNumber => ("1", "num(\"M\")"),
        Param::Any | Param::Shown => ("1", "num(\"M\")"),
        Param::Part | Param::Literal | Param::Char => ("\"a\"", ""),
        Param::Whole(from, _) => return (!empty).then(|| from.max(8).to_string()),
        Param::Pattern => ("`a`", ""),
        Param::Format => ("\"0.00\"", ""),
        Param::Nth(_) | Param::Positive => ("1", ""),
        Param::Group => ("0", ""),
        Param::DatePattern => ("\"dd.mm.yyyy\"", ""),
    };
    if empty { (!column.is_empty()).then(|| column.to_owned()) } else { Some(value.to_owned()) }
}

#[test]
fn a_strict_function_of_an_empty_is_empty() {
    let db = db();
    for function in all().filter(|f| f.strict) {
        for lacking in 0..function.params.len() {
            let argument = |(n, p): (usize, &Param)| {
                // What is counted in characters must fit the calendar too.
                let month = matches!((function.name, n), ("fiscal_year" | "fiscal_month", 1));
                if month { (n != lacking).then(|| "8".to_owned()) } else { given(*p, n == lacking) }
            };
            let arguments: Option<Vec<String>> = function.params.iter().enumerate().map(argument).collect();
            let Some(arguments) = arguments else { continue };
            let text = format!("{}({})", function.name, arguments.join(", "));
            assert_eq!(rows(&db, &text), ["()"], "{text}");
        }
    }
}

#[test]
fn dates_by_another_calendar() {
    let db = db();
    let mut dates: Vec<Date> = ["1900-03-01", "1999-12-31", "2000-02-29", "2024-02-29", "2100-01-31"]
        .iter()
        .map(|d| d.parse().unwrap())
        .collect();
    let start: Date = "2019-12-20".parse().unwrap();
    dates.extend((0..420).map(|n| start.checked_add((n * 11).days()).unwrap()));
    let pairs: Vec<(String, String)> =
        dates.iter().map(|d| (format!("DATE '{d}'"), format!("DATE '{start}'"))).collect();
    fill(&db, ["d", "e"], &pairs);
    let expect = |text: &str, f: &dyn Fn(Date) -> String| {
        let expected: Vec<String> = dates.iter().map(|d| f(*d)).collect();
        assert_eq!(rows(&db, text), expected, "{text}");
    };
    let known = |d: Date| {
        if (1900..=2100).contains(&d.year()) {
            d.to_string()
        } else {
            "!E303 cannot be added: a whole number is needed, and the result must lie in 1900 to 2100"
                .to_owned()
        }
    };
    expect("`${add_days(date(\"D\"), 45)}`", &|d| known(d.checked_add(45.days()).unwrap()));
    expect("`${add_months(date(\"D\"), 1)}`", &|d| known(d.checked_add(1.month()).unwrap()));
    expect("`${add_months(date(\"D\"), -13)}`", &|d| known(d.checked_sub(13.months()).unwrap()));
    expect("days_between(date(\"E\"), date(\"D\"))", &|d| {
        start.until((Unit::Day, d)).unwrap().get_days().to_string()
    });
    expect("weekday(date(\"D\"))", &|d| d.weekday().to_monday_one_offset().to_string());
    expect("week(date(\"D\"))", &|d| d.iso_week_date().week().to_string());
    expect("iso_year(date(\"D\"))", &|d| d.iso_week_date().year().to_string());
    expect("quarter(date(\"D\"))", &|d| ((d.month() + 2) / 3).to_string());
    expect("`${month_end(date(\"D\"))}`", &|d| d.last_of_month().to_string());
    expect("`${month_start(date(\"D\"))}`", &|d| d.first_of_month().to_string());
    expect("`${year_end(date(\"D\"))}`", &|d| d.last_of_year().to_string());
    expect("`${year_start(date(\"D\"))}`", &|d| d.first_of_year().to_string());
    expect("is_workday(date(\"D\"))", &|d| (d.weekday().to_monday_one_offset() < 6).to_string());
    expect("format(date(\"D\"), \"dd.mm.yyyy\")", &|d| d.strftime("%d.%m.%Y").to_string());
    expect("parse_date(format(date(\"D\"), \"d.m.yyyy\"), \"d.m.yyyy\") == date(\"D\")", &|_| {
        "true".to_owned()
    });
    expect("date_of(year(date(\"D\")), month(date(\"D\")), day(date(\"D\"))) == date(\"D\")", &|_| {
        "true".to_owned()
    });
}

#[test]
fn texts_by_the_standard_library() {
    let db = db();
    let texts = [
        "a",
        " a\u{a0}",
        "\u{2003}Ä ö\t",
        "straße",
        "ÆØÅ",
        "x  y\u{3000}z",
        "日本",
        "🙂a",
        "e\u{301}",
        "a-b-c",
        "-",
        "--",
    ];
    let quoted = |t: &str| format!("'{}'", t.replace('\'', "''"));
    let pairs: Vec<(String, String)> =
        texts.iter().flat_map(|a| texts.map(|b| (quoted(a), quoted(b)))).collect();
    fill(&db, ["t", "u"], &pairs);
    let expect = |text: &str, f: &dyn Fn(&str, &str) -> String| {
        let expected: Vec<String> = texts.iter().flat_map(|a| texts.map(|b| f(a, b))).collect();
        let expected: Vec<String> =
            expected.into_iter().map(|t| if t.is_empty() { "()".to_owned() } else { t }).collect();
        assert_eq!(rows(&db, text), expected, "{text}");
    };
    let upper = |t: &str| t.replace('ß', "ẞ").to_uppercase();
    expect("trim(text(\"T\"))", &|t, _| t.trim().to_owned());
    expect("single_spaces(text(\"T\"))", &|t, _| t.split_whitespace().collect::<Vec<_>>().join(" "));
    expect("upper(text(\"T\"))", &|t, _| upper(t));
    expect("lower(text(\"T\"))", &|t, _| t.to_lowercase());
    expect("len(text(\"T\"))", &|t, _| t.chars().count().to_string());
    expect("left(text(\"T\"), 2)", &|t, _| t.chars().take(2).collect());
    expect("mid(text(\"T\"), 2, 2)", &|t, _| t.chars().skip(1).take(2).collect());
    expect("text(\"T\") + text(\"U\")", &|t, u| format!("{t}{u}"));
    expect("text(\"T\") < text(\"U\")", &|t, u| (t.as_bytes() < u.as_bytes()).to_string());
    expect("text(\"T\") == text(\"U\")", &|t, u| (t == u).to_string());
    expect("text(\"U\") in text(\"T\")", &|t, u| t.contains(u).to_string());
    expect("replace(text(\"T\"), text(\"U\"), \"*\")", &|t, u| t.replace(u, "*"));
    expect("count_parts(text(\"T\"), text(\"U\"))", &|t, u| t.split(u).count().to_string());
    expect("part(text(\"T\"), text(\"U\"), 2)", &|t, u| t.split(u).nth(1).unwrap_or("").to_owned());
    expect("part(text(\"T\"), text(\"U\"), -1)", &|t, u| t.rsplit(u).next().unwrap_or("").to_owned());
    expect("index_of(text(\"T\"), text(\"U\"))", &|t, u| {
        t.find(u).map_or(String::new(), |n| (t[..n].chars().count() + 1).to_string())
    });
    // Cells are composed (NFC) when they are read, before any expression sees them.
    let read = crate::sql::read::clean(crate::sql::Expr::col("t"), &[]);
    let found: Vec<String> =
        db.rows(&format!("SELECT coalesce({read}, '()') FROM t ORDER BY k"), [], |r| r.get(0)).unwrap();
    let expected: Vec<String> =
        texts.iter().flat_map(|a| texts.map(|_| a.nfc().collect::<String>().trim().to_owned())).collect();
    assert_eq!(found, expected);
}
