//! The JSON Schema of a platform's mappings, for an editor's completion: every key of the language, every record type with its
//! fields, and the columns seen in the files of the workspace's mappings.
//!
//! In: a platform and what is known of the mappings. Out: a schema of draft 7, the same bytes for the same input. It only helps
//! while typing; `check` judges. Completion in Even Better TOML (taplo) follows `properties`, `anyOf` and `$ref`, but not `if`, and
//! stops at `allOf`: so what completes stands in `properties`, and what depends on the record type in a chain of `if` beside it.

mod kind;
mod records;

use super::language::{self, Section};
use super::platform::Platform;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is known of a mapping of the workspace, for its records by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The mapping's name.
    pub mapping: String,
    /// Record, record type, source.
    pub records: Vec<(String, String, String)>,
    /// Columns or paths of each source.
    pub columns: BTreeMap<String, Vec<String>>,
}

/// The schema as text, for `mappings/schema/<platform>.json`.
pub fn schema(platform: &Platform, known: &[Known]) -> String {
    let mut root = object(language::root(), platform);
    root.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    root.insert("title".to_owned(), json!(format!("A crosswalk mapping for {}", platform.name)));
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("platform".to_owned(), json!({ "const": platform.name }));
        properties.insert("record".to_owned(), records::by_name(platform, known));
    }
    root.insert("definitions".to_owned(), Value::Object(definitions(platform, known)));
    let mut text = serde_json::to_string_pretty(&Value::Object(root)).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema of a table of the language.
fn object(section: &Section, platform: &Platform) -> Map<String, Value> {
    let properties: Map<String, Value> =
        section.keys.iter().map(|k| (k.name.to_owned(), kind::key(k, platform))).collect();
    let required: Vec<&str> = section.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    let mut object = Map::new();
    object.insert("type".to_owned(), json!("object"));
    object.insert("description".to_owned(), json!(section.doc));
    object.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        object.insert("required".to_owned(), json!(required));
    }
    object.insert("additionalProperties".to_owned(), json!(false));
    object
}

fn definitions(platform: &Platform, known: &[Known]) -> Map<String, Value> {
    let mut all = Map::new();
    for section in language::sections() {
        all.insert(kind::name(section.header), Value::Object(object(section, platform)));
    }
    // `[guard.<record>]`: the same keys, for one record.
    let guard = kind::name("[guard]");
    if let Some(limits) = all.get_mut(&guard).and_then(Value::as_object_mut) {
        limits.insert("additionalProperties".to_owned(), json!({ "$ref": format!("#/definitions/{guard}") }));
    }
    all.insert(kind::name("[record.<name>]"), records::record(platform));
    all.extend(records::definitions(platform, known));
    all
}

#[cfg(test)]
mod tests;
