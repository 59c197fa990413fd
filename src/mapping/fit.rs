//! Makes a value fit its field: decimals, whole numbers, days, lengths, closed lists, patterns, required ones.

use crate::diagnostic::Code;
use crate::expr::{Fail, Lowered};
use crate::spec::mapping::{OnEmpty, ValueSpec};
use crate::spec::platform::{Field, FieldType};
use crate::sql::{Expr, read};

/// Rounds and casts to the platform's type; what does not fit fails.
pub(super) fn narrow(spec: &ValueSpec, mut value: Lowered, field: &Field) -> Lowered {
    let (narrowed, reason) = match field.ty {
        FieldType::Decimal(scale) => {
            let digits = spec.round.map(|r| r.unwrap_or(scale).min(scale));
            (decimal(&value.value, scale, digits), too_fine(scale))
        }
        FieldType::Integer => {
            (integer(&value.value, spec.round.is_some()), "is not a whole number".to_owned())
        }
        FieldType::Date => (day(&value.value), "has a time of day, the field holds a date".to_owned()),
        FieldType::Uuid => (uuid(&value.value), "is not a UUID".to_owned()),
        _ => return value,
    };
    let when = Expr::all([value.value.clone().is_not_null(), narrowed.clone().is_null()]);
    let shown = if field.ty == FieldType::Uuid { value.value.clone() } else { shown(&value.value, field.ty) };
    let column = value.fails.first().and_then(|f| f.column.clone());
    let reason = Expr::text(&reason);
    value.fails.push(Fail { when, code: Code::DOES_NOT_FIT, reason, value: Some(shown), column });
    Lowered { value: narrowed, ..value }
}

fn shown(value: &Expr, ty: FieldType) -> Expr {
    if ty == FieldType::Date { read::canonical(value, "TIMESTAMP") } else { read::number_text(value) }
}

fn decimal(value: &Expr, scale: u8, round: Option<u8>) -> Expr {
    let ty = FieldType::Decimal(scale).sql();
    let rounded = |digits: u8| Expr::call("round", [value.clone(), Expr::int(i64::from(digits))]);
    match round {
        Some(digits) => rounded(digits).try_cast(&ty),
        None if scale >= 10 => value.clone().try_cast(&ty),
        None => {
            Expr::case([(rounded(scale).eq(value.clone()), value.clone().try_cast(&ty))], Expr::null(&ty))
        }
    }
}

fn integer(value: &Expr, round: bool) -> Expr {
    let rounded = Expr::call("round", [value.clone(), Expr::int(0)]);
    if round {
        return rounded.try_cast("BIGINT");
    }
    Expr::case([(rounded.eq(value.clone()), value.clone().try_cast("BIGINT"))], Expr::null("BIGINT"))
}

fn day(value: &Expr) -> Expr {
    let midnight =
        Expr::call("date_trunc", [Expr::text("day"), value.clone()]).cast("TIMESTAMP").eq(value.clone());
    Expr::case([(midnight, value.clone().cast("DATE"))], Expr::null("DATE"))
}

fn uuid(value: &Expr) -> Expr {
    let fits = read::matches(value, "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    Expr::case([(fits, value.clone())], Expr::null("VARCHAR"))
}

/// Lengths, closed lists and patterns of the platform file and of the value.
pub(super) fn limits(spec: &ValueSpec, mut value: Lowered, field: &Field) -> Lowered {
    let column = value.fails.first().and_then(|f| f.column.clone());
    let is_text = matches!(field.ty, FieldType::Text | FieldType::Uuid);
    let fail = |v: &Expr, bad: Expr, code: Code, reason: String| Fail {
        when: Expr::all([v.clone().is_not_null(), bad]),
        code,
        reason: Expr::text(&reason),
        value: Some(read::canonical(v, &field.ty.sql())),
        column: column.clone(),
    };
    let length = spec.max.or_else(|| field.length.filter(|_| field.sure));
    if let (Some(max), true) = (length, is_text) {
        if spec.cut {
            value.value = Expr::call("left", [value.value.clone(), Expr::int(i64::from(max))]);
            value.value = Expr::call("rtrim", [value.value]);
        } else {
            let long = Expr::call("length", [value.value.clone()]).op(">", Expr::int(i64::from(max)));
            value.fails.push(fail(
                &value.value,
                long,
                Code::TOO_LONG,
                format!("is longer than {max} characters"),
            ));
        }
    }
    if !field.one_of.is_empty() {
        let text = read::canonical(&value.value, &field.ty.sql());
        let known = field.one_of.iter().map(|o| Expr::text(o)).collect::<Vec<_>>();
        let other = text.op("IN", Expr::call("", known)).negate();
        let reason = format!("is none of {}", field.one_of.join(", "));
        value.fails.push(fail(&value.value, other, Code::NOT_IN_ENUM, reason));
    }
    if let (Some(pattern), true) = (&field.pattern, is_text) {
        let bad = read::matches(&value.value, pattern).negate();
        value.fails.push(fail(&value.value, bad, Code::PATTERN, format!("does not have the form {pattern}")));
    }
    value
}

/// What an empty value means: a required field, or `on_empty = "reject"`, refuses it.
pub(super) fn empties(spec: &ValueSpec, mut value: Lowered, field: &Field) -> Lowered {
    let on_empty = spec.on_empty.as_ref().map(|o| o.value).unwrap_or_default();
    if field.required || on_empty == OnEmpty::Reject {
        let no_other = value.fails.iter().map(|f| f.when.clone().negate());
        let when = Expr::all([value.value.clone().is_null()].into_iter().chain(no_other));
        let column = value.fails.first().and_then(|f| f.column.clone());
        let reason = if field.required { "is required by the platform and empty" } else { "is empty" };
        value.fails.push(Fail {
            when,
            code: Code::REQUIRED,
            reason: Expr::text(reason),
            value: None,
            column,
        });
    }
    value
}

pub(super) fn too_fine(scale: u8) -> String {
    format!("has more than {scale} decimals, or too many digits; write `round = true` to round it")
}
