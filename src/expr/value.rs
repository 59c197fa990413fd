//! A value of the language outside SQL: what the fallback runner computes with, and constants in the tree.

use super::compiled::Type;
use super::number::Number;
use crate::diagnostic::Code;
use crate::sql::Expr;
use std::cmp::Ordering;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing; belongs to every type.
    Empty,
    /// Text, never `""`.
    Text(String),
    /// A number.
    Number(Number),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01.
    DateTime(i64),
    /// Yes or no.
    Flag(bool),
}

/// Why an evaluation has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reject's code; `None` when a value that was read had failed already.
    pub code: Option<Code>,
    /// Why; for a failed leaf, which failure of which leaf.
    pub reason: String,
}

impl Failure {
    /// A failure of ours.
    pub fn new(code: Code, reason: &str) -> Self {
        Self { code: Some(code), reason: reason.to_owned() }
    }

    /// More digits than a number has.
    pub fn too_large() -> Self {
        Self::new(Code::NUMBER_TOO_LARGE, super::TOO_LARGE)
    }
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

impl Value {
    /// Text, or empty for `""`.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Value::Empty } else { Value::Text(text) }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        *self == Value::Empty
    }

    /// As a condition: empty is false.
    pub fn holds(&self) -> bool {
        *self == Value::Flag(true)
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        match self {
            Value::Empty => Type::Empty,
            Value::Text(_) => Type::Text,
            Value::Number(_) => Type::Number,
            Value::Date(_) => Type::Date,
            Value::DateTime(_) => Type::DateTime,
            Value::Flag(_) => Type::Flag,
        }
    }

    /// The day of a date, with or without time.
    pub fn day(&self) -> Option<i32> {
        match self {
            Value::Date(day) => Some(*day),
            Value::DateTime(micros) => i32::try_from(micros.div_euclid(DAY)).ok(),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<Number> {
        if let Value::Number(n) = self { Some(*n) } else { None }
    }

    /// The text, if it is one; `""` otherwise.
    pub fn str(&self) -> &str {
        if let Value::Text(t) = self { t } else { "" }
    }

    /// How it stands in a text.
    pub fn to_text(&self) -> String {
        match self {
            Value::Empty => String::new(),
            Value::Text(t) => t.clone(),
            Value::Number(n) => n.to_string(),
            Value::Flag(f) => f.to_string(),
            Value::Date(day) => iso(*day),
            Value::DateTime(micros) => iso_time(*micros),
        }
    }

    /// Order among values of one type; a date against a datetime by the date.
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
            (Value::Flag(a), Value::Flag(b)) => Some(a.cmp(b)),
            (Value::Empty, Value::Empty) => Some(Ordering::Equal),
            _ => Some(self.day()?.cmp(&other.day()?)),
        }
    }

    /// The same value as SQL of the type.
    pub fn sql(&self, ty: Type) -> Expr {
        match self {
            Value::Empty => Expr::null(ty.sql()),
            Value::Text(t) => Expr::text(t),
            Value::Number(n) => Expr::number(&n.to_string()),
            Value::Date(_) => Expr::date(&self.to_text()),
            Value::DateTime(_) => Expr::text(&self.to_text()).cast(Type::DateTime.sql()),
            Value::Flag(f) => Expr::flag(*f),
        }
    }
}

/// Year, month and day of a day number.
pub fn civil(day: i32) -> (i64, i64, i64) {
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// The day number of a date.
pub fn days(year: i64, month: i64, day: i64) -> Option<i32> {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    i32::try_from(era * 146_097 + doe - 719_468).ok()
}

/// The day number of a date written `2026-10-02`, if that is a date.
pub fn parse_iso(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let part = |r: std::ops::Range<usize>| text.get(r)?.parse::<u32>().ok().map(i64::from);
    let day = days(part(0..4)?, part(5..7)?, part(8..10)?)?;
    (iso(day) == text).then_some(day)
}

fn iso(day: i32) -> String {
    let (y, m, d) = civil(day);
    format!("{y:04}-{m:02}-{d:02}")
}

fn iso_time(micros: i64) -> String {
    let (day, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let date = iso(i32::try_from(day).unwrap_or(i32::MAX));
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{date}T{h:02}:{m:02}:{s:02}{}", fraction.trim_end_matches('0'))
}
