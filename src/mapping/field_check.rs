//! The validation vocabulary over the fields of a record: each word as a condition in SQL over `r`.
#![allow(
    clippy::result_large_err,
    reason = "a mistake in a mapping is made a few times, never in a loop over rows"
)]

use super::check::in_record;
use super::typed::{as_text, field_value};
use super::value::Wrong;
use super::{FieldCheck, FieldPlan, FieldWrong, RecordPlan};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{Lowered, Type, number::Number, regex_groups};
use crate::spec::mapping::{CheckSpec, Constant, FieldTest, Kind, LookupSpec, Matching, Range};
use crate::spec::walk::Spot;
use crate::sql::{self, Expr, check as statements, read};

use super::scope::World;

/// What a check is looked at with.
pub(super) struct Around<'a> {
    pub spec: &'a CheckSpec,
    pub record: &'a RecordPlan,
    pub records: &'a [RecordPlan],
    pub lookups: &'a [LookupSpec],
    pub world: &'a World<'a>,
}

/// The checks of one `[[check]]`, one for each field.
pub(super) fn checks(
    around: &Around<'_>,
    fields: &[Spot<String>],
    test: &FieldTest,
) -> Result<Vec<FieldCheck>, Vec<Wrong>> {
    let mut wrong = Vec::new();
    if let Some(by) = &around.spec.by {
        let help =
            "Take `by` out; it goes with `assert`, which can look at several records together.".to_owned();
        wrong.push(Wrong::new(Code::BAD_BY, &by.span, "a field is checked record by record", Some(help)));
    }
    let found: Vec<(&Spot<String>, &FieldPlan)> =
        fields.iter().filter_map(|name| field(around.record, name).map_err(|w| wrong.push(w)).ok()).collect();
    let made = match test {
        FieldTest::Unique(_) => unique(around, &found, &wrong).into_iter().collect(),
        _ => {
            let one = |(name, field): &(&Spot<String>, &FieldPlan)| match condition(around, name, field, test)
            {
                Ok((code, when, reason)) => {
                    let test = FieldWrong::When(when, reason);
                    Some(made(around, &[*field], code, test))
                }
                Err(more) => {
                    // What is wrong with the test itself is said once, however many fields there are.
                    let new = more.into_iter().filter(|w| !wrong.iter().any(|o: &Wrong| same(o, w)));
                    let new: Vec<Wrong> = new.collect();
                    wrong.extend(new);
                    None
                }
            };
            found.iter().filter_map(one).collect::<Vec<_>>()
        }
    };
    if wrong.is_empty() { Ok(made) } else { Err(wrong) }
}

fn same(a: &Wrong, b: &Wrong) -> bool {
    a.span == b.span && a.inside == b.inside && a.code == b.code
}

fn made(around: &Around<'_>, fields: &[&FieldPlan], code: Code, test: FieldWrong) -> FieldCheck {
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    FieldCheck {
        name: around.spec.name.value.clone(),
        record: around.record.name.clone(),
        field: names.join(", "),
        value: together(fields, "r"),
        column: match fields {
            [one] => one.column.clone(),
            _ => None,
        },
        code,
        test,
        otherwise: around.spec.otherwise,
    }
}

/// The values as one text, ` / ` between them; NULL where one is empty.
fn together(fields: &[&FieldPlan], alias: &str) -> Expr {
    let text = |f: &&FieldPlan| as_text(field_value(Expr::of(alias, &f.name), f.ty)).value;
    let mut texts = fields.iter().map(text);
    let Some(first) = texts.next() else { return Expr::null("VARCHAR") };
    texts.fold(first, |sum, next| sum.op("||", Expr::text(" / ")).op("||", next))
}

fn field<'a>(
    record: &'a RecordPlan,
    name: &'a Spot<String>,
) -> Result<(&'a Spot<String>, &'a FieldPlan), Wrong> {
    if let Some(found) = record.fields.iter().find(|f| f.name == name.value) {
        return Ok((name, found));
    }
    let names: Vec<&str> = record.fields.iter().map(|f| f.name.as_str()).collect();
    let help = did_you_mean(&name.value, names.iter().copied())
        .or_else(|| Some(format!("It has {}.", names.join(", "))));
    let message = format!("record {} maps no field `{}`", record.name, name.value);
    Err(Wrong::new(Code::UNKNOWN_FIELD, &name.span, message, help))
}

/// The code, the condition that is wrong, and the reason; empty values pass all but `required_if`.
fn condition(
    around: &Around<'_>,
    name: &Spot<String>,
    field: &FieldPlan,
    test: &FieldTest,
) -> Result<(Code, Expr, String), Vec<Wrong>> {
    let value = field_value(Expr::of("r", &field.name), field.ty);
    let unless = |holds: Expr| Expr::all([value.value.clone().is_not_null(), holds.negate()]);
    match test {
        FieldTest::Is(kind) => {
            let holds = is(around, name, &value, kind)?;
            Ok((Code::NOT_OF_KIND, unless(holds), format!("is not {}", kind.value.what)))
        }
        FieldTest::Pattern(pattern) => {
            regex_groups(&pattern.value).map_err(|why| {
                let message = format!("the pattern cannot be read: {why}");
                vec![Wrong::new(Code::BAD_PATTERN, &pattern.span, message, None)]
            })?;
            let text = as_text(value.clone()).value;
            let holds = read::matches(&text, &pattern.value);
            Ok((Code::NOT_OF_FORM, unless(holds), format!("does not have the form {}", pattern.value)))
        }
        FieldTest::Range(range) => {
            let holds = between(name, &value, range)?;
            Ok((Code::NOT_IN_RANGE, unless(holds), format!("is not {}", range.value.words())))
        }
        FieldTest::OneOf(items) => {
            let typed: Result<Vec<Expr>, Wrong> = items.iter().map(|i| typed(name, value.ty, i)).collect();
            let holds = value.value.clone().one_of(typed.map_err(|w| vec![w])?);
            Ok((Code::NOT_LISTED, unless(holds), format!("is not one of {}", listed(items))))
        }
        FieldTest::ExistsIn(place) => {
            let text = as_text(value.clone()).value;
            let holds = exists(around, place, value.ty, text).map_err(|w| vec![w])?;
            Ok((Code::NOT_FOUND, unless(holds), format!("is not in {}", place.value)))
        }
        FieldTest::RequiredIf(when) => required(around, when, &value),
        FieldTest::Unique(_) => Ok((Code::NOT_UNIQUE, Expr::flag(false), String::new())),
    }
}

fn listed(items: &[Spot<Constant>]) -> String {
    let names: Vec<String> = items.iter().take(10).map(|i| i.value.text()).collect();
    let more = if items.len() > 10 { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}

/// The test as the function of the language that it is.
fn is(
    around: &Around<'_>,
    name: &Spot<String>,
    value: &Lowered,
    kind: &Spot<&'static Kind>,
) -> Result<Expr, Vec<Wrong>> {
    if value.ty != Type::Text {
        let message =
            format!("`{}` holds {}, which is never {}", name.value, value.ty.word(), kind.value.what);
        return Err(vec![Wrong::new(Code::WRONG_FIELD_TYPE, &name.span, message, None)]);
    }
    let call = Spot::new(format!("{}(out.{})", kind.value.function, name.value), name.span.clone());
    in_record(&call, around.record, around.records, around.world).map(|c| c.result.value)
}

fn between(name: &Spot<String>, value: &Lowered, range: &Spot<Range>) -> Result<Expr, Vec<Wrong>> {
    if !matches!(value.ty, Type::Number | Type::Date | Type::DateTime) {
        let message = format!("`{}` holds {}; a range is of numbers or dates", name.value, value.ty.word());
        let help =
            "For the form or length of a text write `pattern`, for a list of values `one_of`.".to_owned();
        return Err(vec![Wrong::new(Code::BAD_RANGE, &name.span, message, Some(help))]);
    }
    let bound = |c: &Option<Spot<Constant>>| c.as_ref().map(|c| typed(name, value.ty, c)).transpose();
    let (min, max) = (bound(&range.value.min), bound(&range.value.max));
    let (min, max) = match (min, max) {
        (Ok(min), Ok(max)) => (min, max),
        (min, max) => return Err([min.err(), max.err()].into_iter().flatten().collect()),
    };
    if let (Some(a), Some(b)) = (&range.value.min, &range.value.max)
        && turned(&a.value, &b.value)
    {
        let message =
            format!("{} is greater than {}: nothing is between them", a.value.text(), b.value.text());
        let help = "Write the smaller one first.".to_owned();
        return Err(vec![Wrong::new(Code::BAD_RANGE, &range.span, message, Some(help))]);
    }
    let at_least = min.map(|m| value.value.clone().op(">=", m));
    let at_most = max.map(|m| value.value.clone().op("<=", m));
    Ok(Expr::all([at_least, at_most].into_iter().flatten()))
}

/// Whether the first bound is greater than the second.
fn turned(min: &Constant, max: &Constant) -> bool {
    match (min, max) {
        (Constant::Number(a), Constant::Number(b)) => {
            matches!((number(a), number(b)), (Some(a), Some(b)) if a.units() > b.units())
        }
        (Constant::Date(a), Constant::Date(b)) => a > b,
        _ => false,
    }
}

/// The number written out, if it is one of the language.
fn number(text: &str) -> Option<Number> {
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    if whole.len() > 18 || decimals.len() > 10 || digits.is_empty() {
        return None;
    }
    let scale = u32::try_from(decimals.len()).ok()?;
    let mantissa: i128 = match format!("{whole}{decimals}").as_str() {
        "" => 0,
        all => all.parse().ok()?,
    };
    Number::from_parts(if text.starts_with('-') { -mantissa } else { mantissa }, scale)
}

/// A value written out, as the field's type.
fn typed(name: &Spot<String>, ty: Type, constant: &Spot<Constant>) -> Result<Expr, Wrong> {
    let wrong = |wanted: &str| {
        let message =
            format!("`{}` holds {}, so {} does not fit", name.value, ty.word(), constant.value.text());
        let help = format!("Write {wanted}.");
        Err(Wrong::new(Code::BAD_RANGE, &constant.span, message, Some(help)))
    };
    match (ty, &constant.value) {
        (Type::Number, Constant::Number(digits)) if number(digits).is_some() => {
            Ok(Expr::text(digits).cast(sql::NUMBER))
        }
        (Type::Number, _) => {
            wrong("a number with at most 18 digits before the point and 10 after it, such as 0.5")
        }
        (Type::Date, Constant::Date(iso)) if iso.len() == 10 => Ok(Expr::date(iso)),
        (Type::DateTime, Constant::Date(iso)) => {
            let plain = iso.trim_end_matches('Z');
            Ok(Expr::text(plain).cast("TIMESTAMP"))
        }
        (Type::Date | Type::DateTime, _) => wrong("a date without quotes, such as 2026-10-02"),
        (Type::Flag, Constant::Flag(flag)) => Ok(Expr::flag(*flag)),
        (Type::Flag, _) => wrong("true or false"),
        (_, Constant::Text(text)) => Ok(Expr::text(text)),
        _ => wrong("a text between quotes"),
    }
}

/// Whether the value is a key of a lookup, or stands in a field of a record.
fn exists(around: &Around<'_>, place: &Spot<String>, ty: Type, text: Expr) -> Result<Expr, Wrong> {
    if let Some(lookup) = around.lookups.iter().find(|l| l.name.value == place.value) {
        if lookup.matching != Matching::Equal || lookup.key.len() > 1 {
            let message = format!("the keys of lookup `{}` are not whole values", place.value);
            let help = "`exists_in` takes a lookup with one key that matches the same text.".to_owned();
            return Err(Wrong::new(Code::BAD_EXISTS, &place.span, message, Some(help)));
        }
        return Ok(statements::in_lookup(text, &place.value));
    }
    let target = place.value.split_once('.').and_then(|(record, field)| {
        let record = around.records.iter().find(|r| r.name == record)?;
        Some((record, record.fields.iter().find(|f| f.name == field)?))
    });
    let Some((record, field)) = target else { return Err(nowhere(around, place)) };
    let there = field_value(Expr::of("x", &field.name), field.ty);
    if (there.ty == Type::Text) != (ty == Type::Text) {
        let message = format!("`{}` holds {}, this field {}", place.value, there.ty.word(), ty.word());
        return Err(Wrong::new(Code::WRONG_FIELD_TYPE, &place.span, message, None));
    }
    Ok(statements::in_record(text, &record.name, as_text(there).value))
}

fn nowhere(around: &Around<'_>, place: &Spot<String>) -> Wrong {
    let lookups = around.lookups.iter().map(|l| l.name.value.clone());
    let fields =
        around.records.iter().flat_map(|r| r.fields.iter().map(move |f| format!("{}.{}", r.name, f.name)));
    let known: Vec<String> = lookups.chain(fields).collect();
    let help = did_you_mean(&place.value, known.iter().map(String::as_str)).unwrap_or_else(|| {
        let records: Vec<&str> = around.records.iter().map(|r| r.name.as_str()).collect();
        format!(
            "Name a lookup, or a record with one of its mapped fields, such as \"{}.erpKey\".",
            records.first().unwrap_or(&"company")
        )
    });
    let message = format!("`{}` is no lookup and no field of a record", place.value);
    Wrong::new(Code::BAD_EXISTS, &place.span, message, Some(help))
}

fn required(
    around: &Around<'_>,
    when: &Spot<String>,
    value: &Lowered,
) -> Result<(Code, Expr, String), Vec<Wrong>> {
    let compiled = in_record(when, around.record, around.records, around.world)?;
    if let Some(aggregate) = compiled.aggregates.first() {
        let child = aggregate.relation.clone().unwrap_or_default();
        let message = format!("`required_if` sees one record alone, not its {child}");
        return Err(vec![Wrong::new(Code::BAD_AGGREGATE, &when.span, message, None)]);
    }
    if compiled.result.ty != Type::Flag {
        let message = format!("`required_if` must give yes/no, not {}", compiled.result.ty.word());
        return Err(vec![Wrong::new(Code::WRONG_FIELD_TYPE, &when.span, message, None)]);
    }
    let holds = compiled.result.value.or_else(Expr::flag(false));
    let wrong = Expr::all([value.value.clone().is_null(), holds]);
    Ok((Code::REQUIRED_THEN, wrong, format!("is empty, but must not be where {}", when.value.trim())))
}

/// Over all records of the model that map these fields.
fn unique(
    around: &Around<'_>,
    fields: &[(&Spot<String>, &FieldPlan)],
    wrong: &[Wrong],
) -> Option<FieldCheck> {
    let own: Vec<&FieldPlan> = fields.iter().map(|(_, f)| *f).collect();
    if !wrong.is_empty() || own.is_empty() {
        return None;
    }
    let peers = around.records.iter().filter(|r| r.model == around.record.model);
    let peer = |r: &RecordPlan| {
        let same: Option<Vec<&FieldPlan>> =
            own.iter().map(|f| r.fields.iter().find(|p| p.name == f.name)).collect();
        Some((r.name.clone(), r.source.clone(), together(&same?, "r")))
    };
    let test = FieldWrong::Twice(peers.filter_map(peer).collect());
    Some(made(around, &own, Code::NOT_UNIQUE, test))
}
