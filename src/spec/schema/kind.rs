//! What a key takes, as a schema.

use crate::spec::language::{Key, Kind};
use crate::spec::platform::Platform;
use serde_json::{Value, json};

/// The definition of a table, by its header.
pub(super) fn name(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '.' || *c == ' ')
        .collect::<String>()
        .replace([' ', '.'], "-")
}

/// A reference to a definition.
pub(super) fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

/// A key's schema with its doc.
pub(super) fn key(key: &Key, platform: &Platform) -> Value {
    let mut schema = of(key.kind, platform);
    if let Some(object) = schema.as_object_mut() {
        let default = key.default.map(|d| format!(" Without it: {d}.")).unwrap_or_default();
        object.insert("description".to_owned(), json!(format!("{}{default}", key.doc)));
    }
    schema
}

fn of(kind: Kind, platform: &Platform) -> Value {
    let models = || platform.models.iter().map(|m| m.name.as_str()).collect::<Vec<_>>();
    match kind {
        Kind::Text | Kind::Expression | Kind::Source | Kind::Record => json!({ "type": "string" }),
        Kind::Column | Kind::Texts | Kind::List | Kind::Fields | Kind::Columns => texts(),
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Numbers => {
            json!({ "type": ["integer", "array"], "minimum": 1, "items": { "type": "integer", "minimum": 1 } })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::WordOrNumber(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": "number", "minimum": 0 }] })
        }
        Kind::FlagOrNumber => json!({ "anyOf": [{ "const": true }, { "type": "integer", "minimum": 0 }] }),
        Kind::Share => {
            json!({ "anyOf": [{ "type": "string", "pattern": "^[0-9]+%?$" }, { "type": "integer", "minimum": 0 }] })
        }
        Kind::Constant => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Constants => json!({ "type": "array", "items": { "type": ["string", "number", "boolean"] } }),
        Kind::Pad => json!({ "type": "array", "minItems": 2, "maxItems": 2 }),
        Kind::Range => json!({ "type": ["array", "object"] }),
        Kind::Pairs => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
        }
        Kind::Lookup => json!({ "type": ["string", "object"] }),
        Kind::Model => json!({ "enum": models() }),
        Kind::Value => value(),
        Kind::Values => json!({ "type": "object", "additionalProperties": value() }),
        Kind::Rows => json!({ "type": ["array", "object"] }),
        Kind::Expected => json!({ "type": "object" }),
        Kind::Table(section) => boxed(reference(&name(section.header))),
        Kind::Named(section) => {
            json!({ "type": "object", "additionalProperties": reference(&name(section.header)) })
        }
        Kind::Repeated(section) => json!({ "type": "array", "items": reference(&name(section.header)) }),
    }
}

/// A value of a field or `let`.
pub(super) fn value() -> Value {
    json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, reference(&name("a value"))] })
}

/// What a reference is wrapped in to have a description beside it: siblings of `$ref` do not count in draft 7.
fn boxed(reference: Value) -> Value {
    json!({ "anyOf": [reference] })
}

fn texts() -> Value {
    json!({ "type": ["string", "array"], "items": { "type": "string" } })
}
