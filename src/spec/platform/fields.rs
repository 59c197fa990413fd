//! `field = [ … ]` (or `[[model.field]]`) of a record type.

use super::{Field, FieldType, Model, Reference, upsert};
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::walk::{Spot, Table, Value};
use std::collections::BTreeSet;

const TYPES: &[(&str, FieldType)] = &[
    ("text", FieldType::Text),
    ("uuid", FieldType::Uuid),
    ("integer", FieldType::Integer),
    ("decimal", FieldType::Decimal(0)),
    ("boolean", FieldType::Boolean),
    ("date", FieldType::Date),
    ("datetime", FieldType::DateTime),
    ("object", FieldType::Object),
];

/// Most decimals of a field: DECIMAL(28, 18) still holds ten digits before the point.
const SCALE_MAX: u64 = 18;

/// Reads the fields; one without a name or type is noted and left out.
pub(super) fn fields(model: &Table<'_>) -> Vec<Field> {
    if model.need("field").is_none() {
        return Vec::new();
    }
    let mut names = BTreeSet::new();
    let mut fields = Vec::new();
    for table in model.tables("field") {
        if let Some(field) = field(&table) {
            if !names.insert(field.name.to_lowercase()) {
                let message = format!("the field `{}` stands twice", field.name);
                table.error(Code::DUPLICATE_NAME, message, None);
            }
            fields.push(field);
        }
    }
    fields
}

fn field(table: &Table<'_>) -> Option<Field> {
    let name = table.need_text("name");
    let ty = table.need("type").and_then(|v| v.one_of(TYPES));
    let scale = table.unsigned("scale");
    let ty = ty.map(|t| Spot::new(with_scale(table, t.value, scale), t.span));
    let textual = ty.as_ref().is_none_or(|t| matches!(t.value, FieldType::Text | FieldType::Object));
    let length = table.unsigned("length");
    if let Some(length) = length.as_ref().filter(|_| !textual) {
        table.walk().error(Code::BAD_PLATFORM, &length.span, "`length` is for text", None);
    }
    let utc = table.one_of("zone", &[("utc", true)]);
    if let (Some(utc), false) = (&utc, ty.as_ref().is_none_or(|t| t.value == FieldType::DateTime)) {
        table.walk().error(Code::BAD_PLATFORM, &utc.span, "`zone` is for datetime", None);
    }
    let made = Field {
        name: name.as_ref().map(|n| n.value.clone()).unwrap_or_default(),
        ty: ty.as_ref().map_or(FieldType::Text, |t| t.value),
        length: length.map(|l| u32::try_from(l.value).unwrap_or(u32::MAX)),
        sure: table.boolean("sure").is_none_or(|b| b.value),
        required: table.boolean("required").is_some_and(|b| b.value),
        one_of: table.get("enum").map(|v| words(&v)).unwrap_or_default(),
        pattern: table.text("pattern").map(|p| p.value),
        refers: reference(table),
        ignore: table.one_of("compare", &[("ignore", true), ("always", false)]).is_some_and(|c| c.value),
        currency: table.text("currency").map(|c| c.value),
        utc: utc.is_some(),
        personal: table.boolean("personal").is_some_and(|b| b.value),
        wire: upsert::wire(table),
        doc: table.text("doc").map(|d| d.value).unwrap_or_default(),
    };
    table.done();
    (name.is_some() && ty.is_some()).then_some(made)
}

fn with_scale(table: &Table<'_>, ty: FieldType, scale: Option<Spot<u64>>) -> FieldType {
    match (ty, scale) {
        (FieldType::Decimal(_), None) => {
            let help = "Money has 2 decimals, quantities and prices 6, exchange rates 10.".to_owned();
            table.error(Code::MISSING_KEY, "a decimal field lacks `scale`", Some(help));
            FieldType::Decimal(2)
        }
        (FieldType::Decimal(_), Some(scale)) => {
            if scale.value > SCALE_MAX {
                let message = format!("`scale` is at most {SCALE_MAX}");
                table.walk().error(Code::BAD_PLATFORM, &scale.span, message, None);
            }
            FieldType::Decimal(u8::try_from(scale.value.min(SCALE_MAX)).unwrap_or(0))
        }
        (other, Some(scale)) => {
            table.walk().error(Code::BAD_PLATFORM, &scale.span, "`scale` is for decimals", None);
            other
        }
        (other, None) => other,
    }
}

/// The closed list as canonical texts: texts and integers may stand in it.
fn words(value: &Value<'_>) -> Vec<String> {
    value.list().unwrap_or_default().iter().filter_map(Value::scalar).map(|s| s.value).collect()
}

fn reference(table: &Table<'_>) -> Option<Reference> {
    let when = table.one_of("when", &[("later", true), ("first", false)]);
    let Some(text) = table.text("ref") else {
        if let Some(when) = when {
            table.walk().error(Code::BAD_PLATFORM, &when.span, "`when` is for a field with `ref`", None);
        }
        return None;
    };
    match text.value.split_once('.') {
        Some((model, field)) => Some(Reference {
            model: model.to_owned(),
            field: field.to_owned(),
            later: when.is_some_and(|w| w.value),
        }),
        None => {
            let help = Some("A reference is written \"Model.field\".".to_owned());
            let message = format!("\"{}\" is no reference", text.value);
            table.walk().error(Code::BAD_REFERENCE, &text.span, message, help);
            None
        }
    }
}

/// Every `ref` must name a record type and the one field of its key.
pub(super) fn check_references(tables: &[Table<'_>], models: &[Model]) {
    for field in tables.iter().flat_map(|t| t.tables("field")) {
        let Some(text) = field.get("ref").filter(|v| v.raw().is_str()).and_then(|v| v.text()) else {
            continue;
        };
        let Some((name, target)) = text.value.split_once('.') else { continue };
        let (message, help) = match models.iter().find(|m| m.name == name) {
            None => (
                format!("there is no record type `{name}`"),
                did_you_mean(name, models.iter().map(|m| m.name.as_str())),
            ),
            Some(model) if model.key.len() > 1 => (
                format!("`{}` has a key of several fields, and a reference is one", model.name),
                Some("Leave `ref` out: whether the record is there is not checked then.".to_owned()),
            ),
            Some(model) if !model.key.iter().any(|k| k == target) => (
                format!("`{target}` is not in the key of `{name}`"),
                Some(format!("Its key is {}.", model.key.join(", "))),
            ),
            Some(_) => continue,
        };
        field.walk().error(Code::BAD_REFERENCE, &text.span, message, help);
    }
}
