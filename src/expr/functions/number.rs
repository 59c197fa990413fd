//! Functions of numbers. `min` and `max` of two arguments are here too; of one they are aggregates.

use super::{Arg, Function, Param, arg, sql, whole};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::value::{Failure, Value};
use crate::sql::{Expr, NUMBER};

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "round",
        signature: "round(number, decimals)",
        doc: "The number rounded half away from zero; negative decimals round to tens, hundreds and so on.",
        examples: &[("round(2.5, 0)", "3"), ("round(-1.005, 2)", "-1.01"), ("round(1250, -2)", "1300")],
        params: &[Param::Number, Param::Whole(-18, 10)],
        gives: Type::Number,
        fails: Some((Code::NUMBER_TOO_LARGE, crate::expr::TOO_LARGE)),
        sql: Some(|a| {
            let decimals = a.get(1).map_or(0, Arg::whole);
            if decimals < 0 { tens(&sql(a, 0), decimals.unsigned_abs()) } else { decimals_kept(sql(a, 0), decimals) }
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
];

fn decimals_kept(number: Expr, decimals: i64) -> Expr {
    number.try_cast(&format!("DECIMAL(28,{decimals})")).try_cast(NUMBER)
}

/// Rounded to tens, hundreds, …: divided by shifting the point, exactly, in 38 digits.
fn tens(number: &Expr, zeros: u64) -> Expr {
    let unit = Expr::text(&format!("1{}", "0".repeat(usize::try_from(zeros).unwrap_or(0))));
    let unit = unit.cast("HUGEINT");
    let half = unit.clone().op("//", Expr::int(2));
    let size = Expr::call("abs", [number.clone()]);
    let whole = Expr::call("trunc", [size]).cast("HUGEINT");
    let up = whole.op("+", half).op("//", unit.clone()).op("*", unit);
    let signed = up.op("*", Expr::call("sign", [number.clone()]).cast("HUGEINT"));
    signed.try_cast(NUMBER)
}
