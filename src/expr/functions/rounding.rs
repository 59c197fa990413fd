//! Functions that bring numbers to steps and into bounds.

use super::{Function, Param, arg, sql};
use crate::diagnostic::Code;
use crate::expr::TOO_LARGE;
use crate::expr::compiled::Type;
use crate::expr::number::{Number, ONE};
use crate::expr::value::{Failure, Value};
use crate::sql::{Expr, NUMBER};

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "floor",
        signature: "floor(number)",
        doc: "The next whole number at or below it.",
        examples: &[("floor(2.7)", "2"), ("floor(-2.1)", "-3")],
        sql: Some(|a| Expr::call("floor", [sql(a, 0)]).try_cast(NUMBER)),
        run: |v| made(v, |n| n.units().div_euclid(ONE).checked_mul(ONE)),
        ..WHOLE
    },
    Function {
        name: "ceil",
        signature: "ceil(number)",
        doc: "The next whole number at or above it.",
        examples: &[("ceil(2.1)", "3"), ("ceil(-2.7)", "-2")],
        sql: Some(|a| Expr::call("ceil", [sql(a, 0)]).try_cast(NUMBER)),
        run: |v| made(v, |n| (-(-n.units()).div_euclid(ONE)).checked_mul(ONE)),
        ..WHOLE
    },
    Function {
        name: "trunc",
        signature: "trunc(number)",
        doc: "The number without its decimals, cut towards zero.",
        examples: &[("trunc(2.7)", "2"), ("trunc(-2.7)", "-2")],
        sql: Some(|a| Expr::call("trunc", [sql(a, 0)]).cast(NUMBER)),
        run: |v| made(v, |n| Some(n.units() / ONE * ONE)),
        fails: None,
        ..WHOLE
    },
    Function {
        name: "round_to",
        signature: "round_to(number, step)",
        doc: "The nearest multiple of a step, half away from zero, as for cash in steps of 0.05.",
        about: &["the number", "the step"],
        examples: &[
            ("round_to(12.37, 0.05)", "12.35"),
            ("round_to(-7.5, 5)", "-10"),
            ("round_to(1234, 100)", "1200"),
        ],
        params: &[Param::Number, Param::Positive],
        sql: Some(|a| {
            let (number, step) = (sql(a, 0), sql(a, 1));
            let rest = number.clone().op("%", step.clone());
            let size = Expr::call("abs", [rest.clone()]);
            let up = size.clone().op("+", size).op(">=", step.clone());
            let signed = Expr::case([(number.clone().op("<", Expr::int(0)), step.clone().minus())], step);
            let nothing = Expr::number("0");
            number.op("-", rest).op("+", Expr::case([(up, signed)], nothing)).try_cast(NUMBER)
        }),
        run: |v| {
            let step = arg(v, 1).number().map_or(ONE, Number::units);
            made(v, |n| {
                let rest = n.units() % step;
                let up = if rest.abs() * 2 >= step { step * n.units().signum() } else { 0 };
                Some(n.units() - rest + up)
            })
        },
        ..WHOLE
    },
    Function {
        name: "sign",
        signature: "sign(number)",
        doc: "1 for a number above 0, -1 for one below, 0 for 0.",
        examples: &[("sign(-12.5)", "-1"), ("sign(0)", "0"), ("sign(0.1)", "1")],
        sql: Some(|a| Expr::call("sign", [sql(a, 0)]).cast(NUMBER)),
        run: |v| made(v, |n| Some(n.units().signum() * ONE)),
        fails: None,
        ..WHOLE
    },
    Function {
        name: "clamp",
        signature: "clamp(number, lowest, highest)",
        doc: "The number, but at least the lowest and at most the highest.",
        about: &["the number", "its lower bound", "its upper bound"],
        examples: &[("clamp(120, 0, 100)", "100"), ("clamp(-1, 0, 100)", "0"), ("clamp(50, (), 100)", "()")],
        params: &[Param::Number, Param::Number, Param::Number],
        sql: Some(|a| {
            let least = Expr::call("greatest", [sql(a, 0), sql(a, 1)]);
            let value = Expr::call("least", [least, sql(a, 2)]);
            let lacking = Expr::any(a.iter().map(|x| x.expr.clone().is_null()));
            Expr::case([(lacking, Expr::null(NUMBER))], value)
        }),
        run: |v| {
            let number = |n| arg(v, n).number().unwrap_or_default();
            Ok(Value::Number(number(0).max(number(1)).min(number(2))))
        },
        fails: None,
        ..WHOLE
    },
];

/// The common shape: one number in, one out, which may have too many digits.
const WHOLE: Function = Function {
    params: &[Param::Number],
    gives: Type::Number,
    fails: Some((Code::NUMBER_TOO_LARGE, TOO_LARGE)),
    ..Function::BASE
};

/// The first argument changed in its units.
fn made(values: &[Value], change: impl FnOnce(Number) -> Option<i128>) -> Result<Value, Failure> {
    let units = arg(values, 0).number().and_then(change);
    units.and_then(Number::from_units).map(Value::Number).ok_or_else(Failure::too_large)
}
