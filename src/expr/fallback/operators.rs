//! Operators on values, to the same rules as their SQL.

use crate::diagnostic::Code;
use crate::expr::BY_ZERO;
use crate::expr::number::Number;
use crate::expr::tree::Op;
use crate::expr::value::{Failure, Value};
use std::cmp::Ordering;

/// A two-sided operator.
///
/// # Errors
/// Division by zero, or too many digits.
pub fn binary(op: Op, a: &Value, b: &Value) -> Result<Value, Failure> {
    if op.is_arithmetic() { arithmetic(op, a, b) } else { Ok(Value::Flag(compare(op, a, b))) }
}

fn arithmetic(op: Op, a: &Value, b: &Value) -> Result<Value, Failure> {
    let (Some(a), Some(b)) = (a.number(), b.number()) else { return Ok(Value::Empty) };
    if matches!(op, Op::Div | Op::Rem) && b.units() == 0 {
        return Err(Failure::new(Code::DIVISION_BY_ZERO, BY_ZERO));
    }
    let result = match op {
        Op::Add => a.plus(b),
        Op::Sub => a.minus(b),
        Op::Mul => a.times(b),
        Op::Div => a.over(b),
        _ => a.modulo(b),
    };
    result.map(Value::Number).ok_or_else(Failure::too_large)
}

fn compare(op: Op, a: &Value, b: &Value) -> bool {
    let equal = a.order(b) == Some(Ordering::Equal);
    match op {
        Op::Eq => return equal,
        Op::Ne => return !equal,
        _ if a.is_empty() || b.is_empty() => return false,
        _ => {}
    }
    a.order(b).is_some_and(|order| match op {
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// Unary minus.
pub fn negative(a: &Value) -> Value {
    a.number().map_or(Value::Empty, |n: Number| Value::Number(-n))
}

/// Whether the first is among the others.
pub fn member(values: &[Value]) -> bool {
    values.split_first().is_some_and(|(subject, items)| items.iter().any(|i| compare(Op::Eq, subject, i)))
}

/// Texts put together; empty when one is.
pub fn concat(values: &[Value]) -> Value {
    if values.iter().any(Value::is_empty) {
        return Value::Empty;
    }
    Value::text(values.iter().map(Value::to_text).collect::<String>())
}
