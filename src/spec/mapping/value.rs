//! Values, constants and lookups in place.

use super::{Case, Compare, Constant, LookupUse, Miss, OnEmpty, Origin, ValueSpec};
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table, Value};
use toml::de::DeValue;

/// A field's value: a short form (text: a column or `=expression`; other scalars: a constant) or a table.
pub(super) fn value(v: &Value<'_>) -> Option<ValueSpec> {
    match v.raw() {
        DeValue::String(_) => Some(plain(Origin::From(v.text()?), v.span())),
        DeValue::Table(_) => long(&v.table()?),
        DeValue::Array(_) => v.wrong("a column, an expression, a constant or a table"),
        _ => Some(plain(Origin::Const(constant(v)?), v.span())),
    }
}

/// A field named like its column.
pub(super) fn same(name: &Spot<String>) -> ValueSpec {
    plain(Origin::From(name.clone()), name.span.clone())
}

fn plain(origin: Origin, span: std::ops::Range<usize>) -> ValueSpec {
    ValueSpec {
        span,
        origin,
        extract: None,
        case: None,
        pad_left: None,
        lookup: None,
        miss: Miss::default(),
        round: None,
        default: None,
        on_empty: None,
        compare: None,
        max: None,
        cut: false,
    }
}

fn long(t: &Table<'_>) -> Option<ValueSpec> {
    let from = t.get("from").and_then(|v| from(&v));
    let constant_ = t.get("const").and_then(|v| constant(&v)).map(Origin::Const);
    let first = t.get("first_of").and_then(|v| v.texts()).map(Origin::FirstOf);
    let origins: Vec<Origin> = [from, constant_, first].into_iter().flatten().collect();
    let spec = ValueSpec {
        extract: t.text("extract"),
        case: t.one_of("case", &[("upper", Case::Upper), ("lower", Case::Lower)]).map(|c| c.value),
        pad_left: t.get("pad_left").and_then(|v| pad(&v)),
        lookup: t.get("lookup").and_then(|v| lookup(&v)),
        miss: t
            .one_of("miss", &[("reject", Miss::Reject), ("null", Miss::Null), ("keep", Miss::Keep)])
            .map(|m| m.value)
            .unwrap_or_default(),
        round: t.get("round").and_then(|v| round(&v)),
        default: t.get("default").and_then(|v| constant(&v)),
        on_empty: t.one_of(
            "on_empty",
            &[("clear", OnEmpty::Clear), ("leave", OnEmpty::Leave), ("reject", OnEmpty::Reject)],
        ),
        compare: t.get("compare").and_then(|v| compare(&v)),
        max: t.unsigned("max").and_then(|m| u32::try_from(m.value).ok()),
        cut: t.one_of("too_long", &[("reject", false), ("cut", true)]).is_some_and(|c| c.value),
        ..plain(Origin::FirstOf(Vec::new()), t.span().clone())
    };
    t.done();
    one_origin(t, origins).map(|origin| ValueSpec { origin, ..spec })
}

/// One column or expression, or a list of them.
fn from(v: &Value<'_>) -> Option<Origin> {
    match v.raw() {
        DeValue::Array(_) => match v.texts()? {
            parts if parts.len() > 1 => Some(Origin::Parts(parts)),
            parts => match parts.into_iter().next() {
                Some(one) => Some(Origin::From(one)),
                None => v.wrong("a column, an expression, or a list of them for a lookup"),
            },
        },
        _ => v.text().map(Origin::From),
    }
}

fn one_origin(t: &Table<'_>, origins: Vec<Origin>) -> Option<Origin> {
    let count = origins.len();
    let mut origins = origins.into_iter();
    match (origins.next(), count) {
        (Some(one), 1) => Some(one),
        (_, 0) => {
            let help = "Give one of `from`, `const` or `first_of`.".to_owned();
            t.error(
                Code::MISSING_KEY,
                format!("`{}` says not where its value comes from", t.path()),
                Some(help),
            );
            None
        }
        _ => {
            let help = "Keep one of `from`, `const` and `first_of`.".to_owned();
            t.error(Code::NOT_ONE_OF, format!("`{}` has more than one origin", t.path()), Some(help));
            None
        }
    }
}

/// A constant, by its digits.
pub(super) fn constant(v: &Value<'_>) -> Option<Spot<Constant>> {
    let text = v.scalar()?;
    Some(match v.raw() {
        DeValue::Boolean(yes) => Spot::new(Constant::Flag(*yes), text.span),
        DeValue::Integer(_) | DeValue::Float(_) => text.map(|t| Constant::Number(t.replace('_', ""))),
        DeValue::Datetime(_) => text.map(Constant::Date),
        _ => text.map(Constant::Text),
    })
}

fn pad(v: &Value<'_>) -> Option<(u32, char)> {
    let list = v.list()?;
    let [width, fill] = list.as_slice() else {
        return v.wrong("[width, \"character\"]");
    };
    let width = u32::try_from(width.unsigned()?.value).ok()?;
    let fill = fill.text()?.value;
    let mut characters = fill.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) => Some((width, c)),
        _ => v.wrong("[width, \"character\"] with one character"),
    }
}

fn round(v: &Value<'_>) -> Option<Option<u8>> {
    match v.raw() {
        DeValue::Boolean(true) => Some(None),
        DeValue::Integer(_) => Some(Some(u8::try_from(v.unsigned()?.value).ok()?)),
        _ => v.wrong("true or a number of decimals"),
    }
}

/// `"ignore"`, `"case"`, or how much a number may differ.
fn compare(v: &Value<'_>) -> Option<Spot<Compare>> {
    let constant = constant(v)?;
    match &constant.value {
        Constant::Text(word) if word == "ignore" => Some(Spot::new(Compare::Ignore, constant.span)),
        Constant::Text(word) if word == "case" => Some(Spot::new(Compare::Case, constant.span)),
        Constant::Number(digits) if !digits.starts_with('-') && !digits.contains(['e', 'E']) => {
            Some(Spot::new(Compare::Within(digits.clone()), constant.span.clone()))
        }
        _ => v.wrong("\"ignore\", \"case\", or a number such as 0.01"),
    }
}

fn lookup(v: &Value<'_>) -> Option<LookupUse> {
    match v.raw() {
        DeValue::String(_) => v.text().map(LookupUse::Named),
        DeValue::Table(_) => pairs(v).map(LookupUse::Inline),
        _ => v.wrong("the name of a lookup or a table of values"),
    }
}

/// Key text → given text of a table in place.
pub(super) fn pairs(v: &Value<'_>) -> Option<Vec<(String, String)>> {
    let table = v.table()?;
    Some(table.entries().filter_map(|(k, v)| Some((k.value, v.scalar()?.value))).collect())
}
