//! Functions of dates.

use super::{Arg, Function, Param, arg, sql};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::number::Number;
use crate::expr::value::{Failure, Value, civil, days};
use crate::sql::{Expr, NUMBER};

/// Why a month is none.
const NO_MONTH: &str = "is not a month: the year must be 1900 to 2100, the month 1 to 12";

/// Why three numbers are no date.
const NO_DAY: &str = "is not a date: the calendar has no such day, or the year is not 1900 to 2100";

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "year",
        signature: "year(date)",
        doc: "The year of a date.",
        examples: &[("year(month_start(2026, 2))", "2026")],
        sql: Some(|a| part("year", a)),
        run: |v| field(v, |(y, _, _)| y),
        ..PART
    },
    Function {
        name: "month",
        signature: "month(date)",
        doc: "The month of a date, 1 to 12.",
        examples: &[("month(month_start(2026, 2))", "2")],
        sql: Some(|a| part("month", a)),
        run: |v| field(v, |(_, m, _)| m),
        ..PART
    },
    Function {
        name: "day",
        signature: "day(date)",
        doc: "The day of a date in its month.",
        examples: &[("day(month_end(2024, 2))", "29")],
        sql: Some(|a| part("day", a)),
        run: |v| field(v, |(_, _, d)| d),
        ..PART
    },
    Function {
        name: "month_start",
        signature: "month_start(year, month)",
        doc: "The first day of a month; month_start(date) is that of the date's month.",
        examples: &[
            ("`${month_start(2026, 2)}`", "2026-02-01"),
            ("`${month_start(add_days(\"2026-02-27\", 2))}`", "2026-03-01"),
        ],
        sql: Some(first_day),
        run: |v| month(v).map(|(y, m)| days(y, m, 1).map_or(Value::Empty, Value::Date)),
        ..MONTH
    },
    Function {
        name: "month_end",
        signature: "month_end(year, month)",
        doc: "The last day of a month; month_end(date) is that of the date's month.",
        examples: &[
            ("`${month_end(2026, 12)}`", "2026-12-31"),
            ("`${month_end(2024, 2)}`", "2024-02-29"),
            ("`${month_end(\"2026-02-03\")}`", "2026-02-28"),
        ],
        sql: Some(|a| Expr::call("last_day", [first_day(a)])),
        run: |v| {
            let (y, m) = month(v)?;
            let next = if m == 12 { days(y + 1, 1, 1) } else { days(y, m + 1, 1) };
            Ok(next.map_or(Value::Empty, |d| Value::Date(d - 1)))
        },
        ..MONTH
    },
    Function {
        name: "date_of",
        signature: "date_of(year, month, day)",
        doc: "The date of three numbers; a day that the calendar does not have rejects the row. Years are 1900 to 2100.",
        examples: &[("`${date_of(2026, 2, 28)}`", "2026-02-28"), ("date_of(2026, (), 1)", "()")],
        params: &[Param::Number, Param::Number, Param::Number],
        gives: Type::Date,
        fails: Some((Code::OUT_OF_RANGE, NO_DAY)),
        sql: Some(|a| {
            let (first, day) = (first_day(a), sql(a, 2));
            let last = Expr::call("day", [Expr::call("last_day", [first.clone()])]);
            let whole = day.clone().eq(Expr::call("trunc", [day.clone()]));
            let valid = Expr::all([whole, day.clone().op(">=", Expr::int(1)), day.clone().op("<=", last)]);
            let before = day.try_cast("INTEGER").op("-", Expr::int(1));
            Expr::case([(valid, first.op("+", before))], Expr::null("DATE"))
        }),
        run: |v| {
            let no = || Failure::new(Code::OUT_OF_RANGE, NO_DAY);
            let (y, m) = month(v).map_err(|_| no())?;
            let d = arg(v, 2).number().and_then(Number::as_whole).ok_or_else(no)?;
            let found = days(y, m, d).filter(|found| civil(*found) == (y, m, d));
            found.map(Value::Date).ok_or_else(no)
        },
        ..Function::BASE
    },
];

const PART: Function = Function { params: &[Param::Date], gives: Type::Number, ..Function::BASE };
const MONTH: Function = Function {
    params: &[Param::Number, Param::Number],
    gives: Type::Date,
    fails: Some((Code::OUT_OF_RANGE, NO_MONTH)),
    ..Function::BASE
};

fn part(name: &str, args: &[Arg]) -> Expr {
    Expr::call(name, [sql(args, 0)]).cast(NUMBER)
}

fn field(values: &[Value], pick: fn((i64, i64, i64)) -> i64) -> Result<Value, Failure> {
    let number = arg(values, 0).day().and_then(|d| Number::whole(pick(civil(d))));
    Ok(number.map_or(Value::Empty, Value::Number))
}

fn first_day(args: &[Arg]) -> Expr {
    let within = |n: Expr, from: i64, to: i64| {
        let whole = n.clone().eq(Expr::call("trunc", [n.clone()]));
        Expr::all([whole, n.clone().op(">=", Expr::int(from)), n.op("<=", Expr::int(to))])
    };
    let (y, m) = (sql(args, 0), sql(args, 1));
    let valid = Expr::all([within(y.clone(), 1900, 2100), within(m.clone(), 1, 12)]);
    let date = Expr::call("make_date", [y.cast("BIGINT"), m.cast("BIGINT"), Expr::int(1)]);
    Expr::case([(valid, date)], Expr::null("DATE"))
}

fn month(values: &[Value]) -> Result<(i64, i64), Failure> {
    let whole = |n: usize| arg(values, n).number().and_then(Number::as_whole);
    match (whole(0), whole(1)) {
        (Some(y @ 1900..=2100), Some(m @ 1..=12)) => Ok((y, m)),
        _ => Err(Failure::new(Code::OUT_OF_RANGE, NO_MONTH)),
    }
}
