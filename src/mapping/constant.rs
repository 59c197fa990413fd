//! Constants and defaults: what stands in the mapping as a field's value.

use super::value::Wrong;
use crate::diagnostic::Code;
use crate::expr::{Lowered, Type};
use crate::spec::mapping::Constant;
use crate::spec::platform::{Field, FieldType};
use crate::spec::walk::{Spot, traps};
use crate::sql::Expr;

/// A constant as a value of the field's SQL type.
pub(super) fn constant(c: &Spot<Constant>, field: &Field) -> Result<Lowered, Vec<Wrong>> {
    let text = constant_text(&c.value);
    let wrong = |what: &str| {
        let message = format!("`{}` holds {what}; \"{text}\" is none", field.name);
        Err(vec![Wrong::new(Code::BAD_CONSTANT, &c.span, message, constant_help(&text, field))])
    };
    let plain_number = |scale: usize| {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        !whole.is_empty()
            && whole.len() <= 18
            && all_digits(whole)
            && all_digits(decimals)
            && decimals.trim_end_matches('0').len() <= scale
    };
    let value = |e: Expr| Ok(Lowered::sure(Type::Text, e));
    match field.ty {
        FieldType::Decimal(scale) if !plain_number(usize::from(scale)) => {
            wrong(&format!("numbers with at most {scale} decimals"))
        }
        FieldType::Integer if !plain_number(0) => wrong("whole numbers"),
        FieldType::Boolean if text != "true" && text != "false" => wrong("true or false"),
        FieldType::Date | FieldType::DateTime if !iso(&text) => wrong("dates (2026-10-02)"),
        FieldType::Text if !field.one_of.is_empty() && !field.one_of.contains(&text) => {
            let help = crate::diagnostic::did_you_mean(&text, field.one_of.iter().map(String::as_str))
                .unwrap_or_else(|| format!("One of {}.", field.one_of.join(", ")));
            let message = format!("`{}` cannot be \"{text}\"", field.name);
            Err(vec![Wrong::new(Code::BAD_CONSTANT, &c.span, message, Some(help))])
        }
        FieldType::Text | FieldType::Uuid | FieldType::Object => value(Expr::text(&text)),
        ty => value(Expr::text(&text).cast(&ty.sql())),
    }
}

/// How a constant written as in a spreadsheet is written here.
fn constant_help(text: &str, field: &Field) -> Option<String> {
    let written = match field.ty {
        FieldType::Decimal(_) | FieldType::Integer => traps::plain_number(text)?,
        FieldType::Date | FieldType::DateTime => traps::iso_date(text)?,
        FieldType::Boolean => "true or false".to_owned(),
        _ => return None,
    };
    Some(format!("Write {written}, without quotes."))
}

fn iso(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape.starts_with("9999-99-99") && (shape.len() == 10 || text.len() >= 16)
}

pub(super) fn constant_text(c: &Constant) -> String {
    match c {
        Constant::Text(t) | Constant::Number(t) | Constant::Date(t) => t.clone(),
        Constant::Flag(f) => f.to_string(),
    }
}
