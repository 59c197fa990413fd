//! Functions of numbers. `min` and `max` of two arguments are here too; of one they are aggregates.

use super::{Arg, Function, Param, arg, sql, whole};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::value::{Failure, Value};
use crate::expr::vectors;
use crate::sql::{Expr, NUMBER};
use std::cmp::Ordering;

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "round",
        signature: "round(number, [decimals])",
        doc: "The number rounded half away from zero, to a whole number without decimals; negative decimals round to tens, \
              hundreds and so on.",
        about: &["the number", "how many decimals are kept"],
        optional: 1,
        examples: &[("round(2.5)", "3"), ("round(-1.005, 2)", "-1.01"), ("round(1250, -2)", "1300")],
        params: &[Param::Number, Param::Whole(-18, 10)],
        gives: Type::Number,
        fails: Some((Code::NUMBER_TOO_LARGE, crate::expr::TOO_LARGE)),
        sql: Some(|a| {
            let decimals = Expr::number(&a.get(1).map_or(0, Arg::whole).to_string());
            vectors::call(vectors::ROUND, sql(a, 0), decimals)
        }),
        run: |v| {
            let rounded = arg(v, 0).number().and_then(|n| n.round(whole(arg(v, 1))));
            rounded.map(Value::Number).ok_or_else(Failure::too_large)
        },
        ..Function::BASE
    },
    Function {
        name: "abs",
        signature: "abs(number)",
        doc: "The number without its sign.",
        examples: &[("abs(-3.5)", "3.5")],
        params: &[Param::Number],
        gives: Type::Number,
        sql: Some(|a| Expr::call("abs", [sql(a, 0)]).cast(NUMBER)),
        run: |v| Ok(arg(v, 0).number().map_or(Value::Empty, |n| Value::Number(n.abs()))),
        ..Function::BASE
    },
    Function {
        name: "min",
        signature: "min(a, b)",
        doc: "The smaller of two numbers, texts or dates; empty where one is empty. With one argument: over rows.",
        examples: &[("min(2, 1.5)", "1.5"), ("min(1, ())", "()")],
        sql: Some(|a| extreme("least", a)),
        run: |v| {
            Ok(if arg(v, 0).order(arg(v, 1)).is_some_and(Ordering::is_le) { arg(v, 0) } else { arg(v, 1) }
                .clone())
        },
        ..EXTREME
    },
    Function {
        name: "max",
        signature: "max(a, b)",
        doc: "The larger of two numbers, texts or dates; empty where one is empty. With one argument: over rows.",
        examples: &[
            ("max(\"a\", \"b\")", "b"),
            ("`${max(month_end(2026, 1), \"2026-02-01\")}`", "2026-02-01"),
        ],
        sql: Some(|a| extreme("greatest", a)),
        run: |v| {
            Ok(if arg(v, 0).order(arg(v, 1)).is_some_and(Ordering::is_ge) { arg(v, 0) } else { arg(v, 1) }
                .clone())
        },
        ..EXTREME
    },
];

/// Two values of one type, which the check finds out.
const EXTREME: Function =
    Function { params: &[Param::Any, Param::Any], gives: Type::Empty, ..Function::BASE };

fn extreme(name: &str, args: &[Arg]) -> Expr {
    let lacking = Expr::any(args.iter().map(|a| a.expr.clone().is_null()));
    let none = Expr::null(args.first().map_or(Type::Empty, |a| a.ty).sql());
    Expr::case([(lacking, none)], Expr::call(name, args.iter().map(|a| a.expr.clone())))
}
