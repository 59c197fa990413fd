//! `check --format json` and `--format github`.

use crate::workspace::{Workspace, copy, root};
use serde_json::Value;

fn broken() -> Workspace {
    let w = Workspace::empty();
    copy(&root().join("tests/cases/codes/base"), w.folder());
    w.edit("mappings/tiny.toml", "companyName = \"Name\"", "companyName = \"Nmae\"");
    w.edit("mappings/tiny.toml", "const = \"Customer\"", "const = \"100 %, Kunde: ja\"");
    w
}

/// What does not fit a schema, by its path; the few words of JSON Schema that ours uses.
fn misfits(value: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.is_empty() && !kinds.contains(&kind) {
        found.push(format!("{path} is {kind}, not {kinds:?}"));
    }
    if schema.get("const").is_some_and(|c| c != value) {
        found.push(format!("{path} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        found.push(format!("{path} is {value}"));
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            found.push(format!("{path} lacks {key}"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(of) => misfits(inner, of, &format!("{path}.{key}"), found),
            None => found.push(format!("{path}.{key} is not in the schema")),
        }
    }
    for (n, inner) in value.as_array().into_iter().flatten().enumerate() {
        misfits(inner, &schema["items"], &format!("{path}[{n}]"), found);
    }
}

fn fits_schema(text: &str) -> Value {
    let schema = std::fs::read_to_string(root().join("docs/check.schema.json")).unwrap();
    let (value, schema): (Value, Value) =
        (serde_json::from_str(text).unwrap(), serde_json::from_str(&schema).unwrap());
    let mut found = Vec::new();
    misfits(&value, &schema, "document", &mut found);
    assert!(found.is_empty(), "{found:?}\n{text}");
    value
}

#[test]
fn json_is_one_document_of_the_schema() {
    let w = broken();
    let ran = w.run(&["check", "tiny", "--format", "json"]).exits(2);
    assert_eq!(ran.err, "");
    fits_schema(&ran.out);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn json_also_of_no_mistake_no_mapping_and_no_workspace() {
    let w = broken();
    w.edit("mappings/tiny.toml", "\"Nmae\"", "\"Name\"");
    w.edit("mappings/tiny.toml", "100 %, Kunde: ja", "Customer");
    let fine = fits_schema(&w.run(&["check", "tiny", "--format", "json"]).exits(0).out);
    assert_eq!(fine["messages"].as_array().unwrap().len(), 0);
    let _ = fits_schema(&w.run(&["check", "tyni", "--format", "json"]).exits(2).out);
    std::fs::remove_file(w.path("crosswalk.toml")).unwrap();
    let none = fits_schema(&w.run(&["check", "--format", "json"]).exits(2).out);
    assert_eq!(none["messages"][0]["code"], "E235");
    assert_eq!(none["mapping"], Value::Null);
}

#[test]
fn github_escapes_what_the_runner_would_read() {
    let ran = broken().run(&["check", "tiny", "--format", "github"]).exits(2);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn without_a_name_all_mappings_are_checked() {
    let w = broken();
    let text = std::fs::read_to_string(root().join("tests/cases/codes/base/mappings/tiny.toml")).unwrap();
    w.write("mappings/good.toml", &text.replace("\"tiny\"", "\"good\""));
    let ran = w.run(&["check"]).exits(2).says("good: 2 sources").says("Nmae");
    assert!(ran.err.contains("2 errors"), "{}", ran.err);
    let json = fits_schema(&w.run(&["check", "--format", "json"]).exits(2).out);
    assert_eq!(json["messages"][0]["mapping"], "tiny");
}
