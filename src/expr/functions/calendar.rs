//! Functions that move and sort dates: days and months on, weeks, quarters, fiscal years.

use super::{Arg, Function, Param, arg, sql, whole};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::number::Number;
use crate::expr::value::{Failure, Value, civil, days};
use crate::sql::{Expr, NUMBER};

/// Why a date cannot be moved so.
const NOT_MOVED: &str = "cannot be added: a whole number is needed, and the result must lie in 1900 to 2100";
/// Most days or months to move by.
const FAR: i64 = 100_000;

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "add_days",
        signature: "add_days(date, days)",
        doc: "The date so many days later, earlier with a negative number. Any time of day is dropped.",
        about: &["the date", "how many days, a whole number"],
        examples: &[
            ("`${add_days(month_end(2026, 2), 14)}`", "2026-03-14"),
            ("`${add_days(\"2026-01-01\", -1)}`", "2025-12-31"),
        ],
        sql: Some(|a| moved(a, |day, n| day.op("+", n))),
        run: |v| shifted(v, |day, n| i32::try_from(i64::from(day) + n).ok()),
        ..MOVED
    },
    Function {
        name: "add_months",
        signature: "add_months(date, months)",
        doc: "The same day so many months later, earlier with a negative number; where that month is shorter, its last day: \
              a month after 31 January is 28 February. Any time of day is dropped.",
        about: &["the date", "how many months, a whole number"],
        examples: &[
            ("`${add_months(\"2026-01-31\", 1)}`", "2026-02-28"),
            ("`${add_months(\"2024-02-29\", 12)}`", "2025-02-28"),
            ("`${add_months(\"2026-02-28\", -1)}`", "2026-01-28"),
        ],
        sql: Some(|a| moved(a, |day, n| day.op("+", Expr::call("to_months", [n])).cast("DATE"))),
        run: |v| shifted(v, months_on),
        ..MOVED
    },
    Function {
        name: "days_between",
        signature: "days_between(from, to)",
        doc: "How many days from one date to another; negative where the second is earlier. Times of day do not count.",
        about: &["the date to count from", "the date to count to"],
        examples: &[
            ("days_between(\"2026-02-27\", \"2026-03-02\")", "3"),
            ("days_between(\"2026-03-02\", \"2026-02-27\")", "-3"),
        ],
        params: &[Param::Date, Param::Date],
        sql: Some(|a| sql(a, 1).cast("DATE").op("-", sql(a, 0).cast("DATE")).cast(NUMBER)),
        run: |v| {
            let day = |n| arg(v, n).day().map(i64::from);
            Ok(number(day(1).zip(day(0)).map(|(to, from)| to - from)))
        },
        ..PART
    },
    Function {
        name: "weekday",
        signature: "weekday(date)",
        doc: "The day of the week: 1 is Monday, 7 is Sunday.",
        examples: &[("weekday(\"2026-10-02\")", "5")],
        sql: Some(|a| part("isodow", a)),
        run: |v| Ok(number(arg(v, 0).day().map(weekday))),
        ..PART
    },
    Function {
        name: "week",
        signature: "week(date)",
        doc: "The number of the week by ISO 8601: weeks begin on Monday, week 1 holds 4 January. See iso_year.",
        examples: &[("week(\"2026-01-01\")", "1"), ("week(\"2027-01-01\")", "53")],
        sql: Some(|a| part("week", a)),
        run: |v| Ok(number(arg(v, 0).day().map(|d| iso_week(d).1))),
        ..PART
    },
    Function {
        name: "iso_year",
        signature: "iso_year(date)",
        doc: "The year that the date's ISO week belongs to, which differs from the year around New Year.",
        examples: &[("iso_year(\"2027-01-01\")", "2026")],
        sql: Some(|a| part("isoyear", a)),
        run: |v| Ok(number(arg(v, 0).day().map(|d| iso_week(d).0))),
        ..PART
    },
    Function {
        name: "quarter",
        signature: "quarter(date)",
        doc: "The quarter of the calendar year, 1 to 4.",
        examples: &[("quarter(\"2026-10-02\")", "4")],
        sql: Some(|a| part("quarter", a)),
        run: |v| Ok(number(arg(v, 0).day().map(|d| (civil(d).1 + 2) / 3))),
        ..PART
    },
    Function {
        name: "fiscal_year",
        signature: "fiscal_year(date, first_month)",
        doc: "The fiscal year of a date, named after the calendar year in which it ends; take 1 from it where yours is \
              named after the year in which it begins.",
        about: &["the date", "the month in which the fiscal year begins"],
        examples: &[("fiscal_year(\"2026-07-01\", 7)", "2027"), ("fiscal_year(\"2026-06-30\", 7)", "2026")],
        params: &[Param::Date, Param::Whole(1, 12)],
        sql: Some(|a| {
            let first = a.get(1).map_or(1, Arg::whole);
            let later = Expr::call("month", [sql(a, 0)]).op(">=", Expr::int(first));
            let next = Expr::case([(Expr::all([later, Expr::flag(first > 1)]), Expr::int(1))], Expr::int(0));
            Expr::call("year", [sql(a, 0)]).op("+", next).cast(NUMBER)
        }),
        run: |v| {
            let first = whole(arg(v, 1));
            let year = |d| civil(d).0 + i64::from(first > 1 && civil(d).1 >= first);
            Ok(number(arg(v, 0).day().map(year)))
        },
        ..PART
    },
    Function {
        name: "fiscal_month",
        signature: "fiscal_month(date, first_month)",
        doc: "The month within the fiscal year, 1 to 12: the posting period where periods are months.",
        about: &["the date", "the month in which the fiscal year begins"],
        examples: &[("fiscal_month(\"2026-07-31\", 7)", "1"), ("fiscal_month(\"2026-06-30\", 7)", "12")],
        params: &[Param::Date, Param::Whole(1, 12)],
        sql: Some(|a| {
            let shift = Expr::int(12 - a.get(1).map_or(1, Arg::whole));
            let month = Expr::call("month", [sql(a, 0)]).op("+", shift).op("%", Expr::int(12));
            month.op("+", Expr::int(1)).cast(NUMBER)
        }),
        run: |v| {
            let first = whole(arg(v, 1));
            Ok(number(arg(v, 0).day().map(|d| (civil(d).1 + 12 - first) % 12 + 1)))
        },
        ..PART
    },
    Function {
        name: "quarter_start",
        signature: "quarter_start(date)",
        doc: "The first day of the date's quarter.",
        examples: &[("`${quarter_start(\"2026-08-15\")}`", "2026-07-01")],
        sql: Some(|a| {
            first_of(a, Expr::call("quarter", [sql(a, 0)]).op("*", Expr::int(3)).op("-", Expr::int(2)))
        }),
        run: |v| turned(v, |(y, m, _)| days(y, (m - 1) / 3 * 3 + 1, 1)),
        ..DAY
    },
    Function {
        name: "quarter_end",
        signature: "quarter_end(date)",
        doc: "The last day of the date's quarter.",
        examples: &[("`${quarter_end(\"2026-08-15\")}`", "2026-09-30")],
        sql: Some(|a| {
            let month = Expr::call("quarter", [sql(a, 0)]).op("*", Expr::int(3));
            Expr::call("last_day", [first_of(a, month)])
        }),
        run: |v| turned(v, |(y, m, _)| months_on(days(y, (m - 1) / 3 * 3 + 1, 1)?, 3).map(|d| d - 1)),
        ..DAY
    },
    Function {
        name: "year_start",
        signature: "year_start(date)",
        doc: "The first day of the date's year.",
        examples: &[("`${year_start(\"2026-08-15\")}`", "2026-01-01")],
        sql: Some(|a| first_of(a, Expr::int(1))),
        run: |v| turned(v, |(y, _, _)| days(y, 1, 1)),
        ..DAY
    },
    Function {
        name: "year_end",
        signature: "year_end(date)",
        doc: "The last day of the date's year.",
        examples: &[("`${year_end(\"2026-08-15\")}`", "2026-12-31")],
        sql: Some(|a| Expr::call("last_day", [first_of(a, Expr::int(12))])),
        run: |v| turned(v, |(y, _, _)| days(y, 12, 31)),
        ..DAY
    },
    Function {
        name: "is_workday",
        signature: "is_workday(date)",
        doc: "Whether the date is a Monday to Friday. Holidays are not known here; keep them in a lookup. False for empty.",
        about: &["the date"],
        examples: &[("is_workday(\"2026-10-02\")", "true"), ("is_workday(\"2026-10-03\")", "false")],
        params: &[Param::Date],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| Expr::call("isodow", [sql(a, 0)]).op("<=", Expr::int(5)).or_else(Expr::flag(false))),
        run: |v| Ok(Value::Flag(arg(v, 0).day().is_some_and(|d| weekday(d) <= 5))),
        ..Function::BASE
    },
];

const PART: Function = Function { params: &[Param::Date], gives: Type::Number, ..Function::BASE };
const DAY: Function = Function { params: &[Param::Date], gives: Type::Date, ..Function::BASE };
const MOVED: Function = Function {
    params: &[Param::Date, Param::Number],
    gives: Type::Date,
    fails: Some((Code::OUT_OF_RANGE, NOT_MOVED)),
    ..Function::BASE
};

fn part(name: &str, args: &[Arg]) -> Expr {
    Expr::call(name, [sql(args, 0)]).cast(NUMBER)
}

fn number(n: Option<i64>) -> Value {
    n.and_then(Number::whole).map_or(Value::Empty, Value::Number)
}

/// The first day of a month of the date's year; NULL stays NULL.
fn first_of(args: &[Arg], month: Expr) -> Expr {
    Expr::call("make_date", [Expr::call("year", [sql(args, 0)]), month, Expr::int(1)])
}

/// NULL, which is the failure, where the number is not whole or the result too far away.
fn moved(args: &[Arg], on: impl FnOnce(Expr, Expr) -> Expr) -> Expr {
    let (day, n) = (sql(args, 0).cast("DATE"), sql(args, 1));
    let near = Expr::call("abs", [n.clone()]).op("<=", Expr::int(FAR));
    let whole = Expr::all([n.clone().eq(Expr::call("trunc", [n.clone()])), near]);
    let result = on(day, n.cast("INTEGER"));
    let known = Expr::all([
        result.clone().op(">=", Expr::date("1900-01-01")),
        result.clone().op("<=", Expr::date("2100-12-31")),
    ]);
    let inner = Expr::case([(known, result)], Expr::null("DATE"));
    Expr::case([(whole, inner)], Expr::null("DATE"))
}

fn shifted(values: &[Value], on: impl FnOnce(i32, i64) -> Option<i32>) -> Result<Value, Failure> {
    let by = arg(values, 1).number().and_then(Number::as_whole).filter(|n| n.abs() <= FAR);
    let result = arg(values, 0).day().zip(by).and_then(|(day, n)| on(day, n));
    let known = result.filter(|d| (1900..=2100).contains(&civil(*d).0));
    known.map(Value::Date).ok_or_else(|| Failure::new(Code::OUT_OF_RANGE, NOT_MOVED))
}

/// The same day of a later month, or its last.
fn months_on(day: i32, n: i64) -> Option<i32> {
    let (y, m, d) = civil(day);
    let month = y * 12 + m - 1 + n;
    let first = |month: i64| days(month.div_euclid(12), month.rem_euclid(12) + 1, 1);
    let (start, next) = (first(month)?, first(month + 1)?);
    i32::try_from((i64::from(start) + d - 1).min(i64::from(next) - 1)).ok()
}

fn turned(values: &[Value], turn: impl FnOnce((i64, i64, i64)) -> Option<i32>) -> Result<Value, Failure> {
    Ok(arg(values, 0).day().and_then(|d| turn(civil(d))).map_or(Value::Empty, Value::Date))
}

/// 1970-01-01 was a Thursday.
fn weekday(day: i32) -> i64 {
    (i64::from(day) + 3).rem_euclid(7) + 1
}

/// Year and number of the ISO week: those of its Thursday.
fn iso_week(day: i32) -> (i64, i64) {
    let thursday = i64::from(day) - weekday(day) + 4;
    let thursday = i32::try_from(thursday).unwrap_or(day);
    let (year, ..) = civil(thursday);
    let start = days(year, 1, 1).unwrap_or(thursday);
    (year, i64::from(thursday - start) / 7 + 1)
}
