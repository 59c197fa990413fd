//! Records: the fields of each record type, and the records known by name with the columns of their files.

use super::kind::{name, reference, value};
use super::{Known, object};
use crate::spec::language::{self, Kind, Section};
use crate::spec::platform::{Field, FieldType, Model, Platform};
use serde_json::{Map, Value, json};

/// `record`: those known by name, and any other.
pub(super) fn by_name(platform: &Platform, known: &[Known]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for (mapping, record, ..) in named(platform, known) {
        let own = reference(&definition(&mapping.mapping, record));
        let all = properties.entry(record.to_owned()).or_insert_with(|| json!({ "anyOf": [] }));
        if let Some(list) = all.get_mut("anyOf").and_then(Value::as_array_mut) {
            list.push(own);
        }
    }
    json!({
        "type": "object",
        "description": "Something the platform knows, made from the rows of a source.",
        "properties": properties,
        "additionalProperties": reference(&name(section().header)),
    })
}

/// Any record: its fields are those of any type for completion, of its own type for judging.
pub(super) fn record(platform: &Platform) -> Value {
    let fields: Vec<Value> = platform.models.iter().map(|m| reference(&m.name)).collect();
    let mut record = object(section(), platform);
    set(&mut record, "fields", json!({ "anyOf": fields, "description": "The platform's fields." }));
    let names: std::collections::BTreeSet<&str> =
        platform.models.iter().flat_map(|m| m.fields.iter().map(|f| f.name.as_str())).collect();
    set(&mut record, "same", json!({ "type": "array", "items": { "enum": names } }));
    judge(&mut record, platform);
    Value::Object(record)
}

/// The record types, and for each known mapping its records and the columns of its sources.
pub(super) fn definitions(platform: &Platform, known: &[Known]) -> Map<String, Value> {
    let mut all: Map<String, Value> =
        platform.models.iter().map(|m| (m.name.clone(), Value::Object(fields(m, value)))).collect();
    for mapping in known {
        for (source, columns) in &mapping.columns {
            let of = columns_name(&mapping.mapping, source);
            let about = format!("A column of source {source}.");
            all.insert(of.clone(), json!({ "enum": columns, "description": about }));
        }
    }
    for (mapping, record, model, source) in named(platform, known) {
        all.insert(definition(&mapping.mapping, record), specific(platform, mapping, model, source));
    }
    all
}

fn named<'a>(
    platform: &'a Platform,
    known: &'a [Known],
) -> impl Iterator<Item = (&'a Known, &'a str, &'a Model, &'a str)> {
    known.iter().flat_map(move |k| {
        k.records.iter().filter_map(move |(record, model, source)| {
            Some((k, record.as_str(), platform.model(model)?, source.as_str()))
        })
    })
}

/// A record of a known mapping: fields of its type with the columns of its source. It suggests and does not judge by columns:
/// another mapping may have a record of the same name.
fn specific(platform: &Platform, mapping: &Known, model: &Model, source: &str) -> Value {
    let mut record = object(section(), platform);
    let columns = mapping.columns.contains_key(source).then(|| columns_name(&mapping.mapping, source));
    let suggested = || match &columns {
        Some(columns) => json!({ "anyOf": [reference(columns), { "type": ["string", "number", "boolean"] },
            { "type": "object", "properties": { "from": { "anyOf": [reference(columns), {}] } } }, reference(&name("a value"))] }),
        None => value(),
    };
    let mut fields = fields(model, suggested);
    fields.remove("additionalProperties");
    set(&mut record, "fields", Value::Object(fields));
    let names: Vec<&str> = model.fields.iter().map(|f| f.name.as_str()).collect();
    set(
        &mut record,
        "same",
        json!({ "type": "array", "items": { "anyOf": [{ "enum": names }, { "type": "string" }] } }),
    );
    let sources: Vec<&str> = mapping.columns.keys().map(String::as_str).collect();
    set(
        &mut record,
        "from",
        json!({ "anyOf": [{ "enum": sources }, { "type": "string" }], "description": doc("from") }),
    );
    judge(&mut record, platform);
    Value::Object(record)
}

/// A chain of `if` by the record type: no `allOf`, at which completion stops.
fn judge(record: &mut Map<String, Value>, platform: &Platform) {
    let chain = platform.models.iter().rev().fold(None, |rest: Option<Value>, model| {
        let mut one = json!({
            "if": { "properties": { "model": { "const": model.name } }, "required": ["model"] },
            "then": { "properties": { "fields": reference(&model.name) } },
        });
        if let (Some(rest), Some(object)) = (rest, one.as_object_mut()) {
            object.insert("else".to_owned(), rest);
        }
        Some(one)
    });
    if let Some(Value::Object(chain)) = chain {
        record.extend(chain);
    }
}

fn fields(model: &Model, value: impl Fn() -> Value) -> Map<String, Value> {
    let properties: Map<String, Value> =
        model.fields.iter().map(|f| (f.name.clone(), field(f, value()))).collect();
    let mut object = Map::new();
    object.insert("type".to_owned(), json!("object"));
    object.insert("description".to_owned(), json!(format!("The fields of {}.", model.name)));
    object.insert("properties".to_owned(), Value::Object(properties));
    object.insert("additionalProperties".to_owned(), json!(false));
    object
}

/// A field: what it is, and for one of a closed list the table that names it.
fn field(field: &Field, mut value: Value) -> Value {
    if let (Some(list), false) =
        (value.get_mut("anyOf").and_then(Value::as_array_mut), field.one_of.is_empty())
    {
        list.push(json!({ "type": "object", "properties": { "const": { "enum": field.one_of }, "default": { "enum": field.one_of } } }));
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), json!(about(field)));
    }
    value
}

/// Type, length, whether it must be there, its list, its doc.
fn about(field: &Field) -> String {
    let mut text = match field.ty {
        FieldType::Text => "Text".to_owned(),
        FieldType::Uuid => "UUID".to_owned(),
        FieldType::Integer => "Whole number".to_owned(),
        FieldType::Decimal(scale) => format!("Number, {scale} decimals"),
        FieldType::Boolean => "Yes/no".to_owned(),
        FieldType::Date => "Date".to_owned(),
        FieldType::DateTime => "Date and time".to_owned(),
        FieldType::Object => "Object".to_owned(),
    };
    if let Some(length) = field.length {
        text.push_str(&format!(", at most {length} characters"));
    }
    if field.required {
        text.push_str(", required");
    }
    if !field.one_of.is_empty() {
        text.push_str(&format!(", one of {}", field.one_of.join(", ")));
    }
    if let Some(refers) = &field.refers {
        text.push_str(&format!(", the {} of a {}", refers.field, refers.model));
    }
    format!("{text}. {}", field.doc)
}

fn section() -> &'static Section {
    let named = |k: &&language::Key| k.name == "record";
    match language::root().keys.iter().find(named).map(|k| k.kind) {
        Some(Kind::Named(section)) => section,
        _ => language::root(),
    }
}

fn doc(key: &str) -> &'static str {
    section().keys.iter().find(|k| k.name == key).map_or("", |k| k.doc)
}

fn set(record: &mut Map<String, Value>, key: &str, schema: Value) {
    if let Some(properties) = record.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(key.to_owned(), schema);
    }
}

fn definition(mapping: &str, record: &str) -> String {
    format!("{}-record-{}", name(mapping), name(record))
}

fn columns_name(mapping: &str, source: &str) -> String {
    format!("{}-columns-{}", name(mapping), name(source))
}
