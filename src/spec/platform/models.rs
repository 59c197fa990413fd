//! `[[model]]` of a platform file: record types, their keys and how a removal is written.

use super::{Field, Model, Read, fields, parse, upsert};
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::walk::{Spot, Table};
use std::collections::BTreeSet;

/// Reads every `[[model]]`; a model without a name is noted and left out.
pub(super) fn models(root: &Table<'_>) -> Vec<Model> {
    if root.need("model").is_none() {
        return Vec::new();
    }
    let tables = root.tables("model");
    let mut names = BTreeSet::new();
    let mut models = Vec::new();
    for table in &tables {
        if let Some(model) = model(table) {
            if !names.insert(model.name.clone()) {
                let message = format!("the record type `{}` stands twice", model.name);
                table.error(Code::DUPLICATE_NAME, message, None);
            }
            models.push(model);
        }
    }
    fields::check_references(&tables, &models);
    check_after(&tables, &models);
    check_files(&tables, &models);
    models
}

fn model(table: &Table<'_>) -> Option<Model> {
    let name = table.need_text("name");
    let (file, array) = (table.text("file"), table.text("array"));
    let read = table.table("read").and_then(|t| read(&t));
    let calls = upsert::calls(table);
    let after = table.texts("after").unwrap_or_default();
    let answers = table.texts("answers").unwrap_or_default();
    let key = table.texts("key");
    let singleton = table.boolean("singleton").is_some_and(|b| b.value);
    let whole = table.boolean("whole").is_some_and(|b| b.value);
    let delete = table.boolean("delete").is_some_and(|b| b.value);
    let fields = fields::fields(table);
    check_key(table, key.as_deref(), (singleton, whole), &fields);
    let deactivate = table.table("deactivate").map(|t| deactivate(&t, &fields));
    if whole {
        check_whole(table, deactivate.is_some(), &fields);
    }
    table.done();
    let name = name?.value;
    let mut answers: Vec<String> = answers.into_iter().map(|a| a.value).collect();
    if answers.is_empty() {
        answers.push(name.clone());
    }
    Some(Model {
        file: file.map_or_else(|| format!("{}.csv", name.to_lowercase()), |f| f.value),
        array: array.map_or_else(|| name.clone(), |a| a.value),
        name,
        read,
        calls,
        answers,
        key: key.unwrap_or_default().into_iter().map(|k| k.value).collect(),
        singleton,
        whole,
        deactivate,
        delete,
        after: after.into_iter().map(|a| a.value).collect(),
        fields,
    })
}

fn read(table: &Table<'_>) -> Option<Read> {
    let (get, records, id) = (parse::path(table, "get"), table.text("records"), table.text("id"));
    table.done();
    let get = get?;
    if get.value.contains("{key}") == get.value.contains("{keys}") {
        let help = "Write {keys} where the quoted keys go, or {key} for one key a request.".to_owned();
        let message = "the path read needs `{keys}` or `{key}`";
        table.walk().error(Code::BAD_PLATFORM, &get.span, message, Some(help));
    }
    let text = |t: Option<Spot<String>>| t.map(|t| t.value).unwrap_or_default();
    Some(Read { get: get.value, records: text(records), id: text(id) })
}

fn check_key(
    table: &Table<'_>,
    key: Option<&[Spot<String>]>,
    (singleton, whole): (bool, bool),
    fields: &[Field],
) {
    match (key, singleton) {
        (Some([]), false) if whole => {}
        (None | Some([]), false) => {
            let help = "Name the fields that tell its records apart. A record type without a key says singleton = true (there is \
                        exactly one record) or key = [] with whole = true (all its records are sent each time).";
            table.error(Code::MISSING_KEY, format!("`{}` lacks `key`", table.path()), Some(help.to_owned()));
        }
        (_, true) if whole => {
            let message = "a singleton is one record; `whole` is for a set of them".to_owned();
            table.error(Code::BAD_PLATFORM, message, Some("Leave one of the two out.".to_owned()));
        }
        (Some([first, ..]), true) => {
            let message = "a singleton has no key".to_owned();
            table.walk().error(Code::BAD_PLATFORM, &first.span, message, None);
        }
        _ => {}
    }
    for part in key.unwrap_or_default() {
        if !fields.iter().any(|f| f.name == part.value) {
            no_field(table, part, fields);
        }
    }
}

/// What is sent complete each time is gone there when it is left out, and goes in one upload with one set of fields.
fn check_whole(table: &Table<'_>, deactivate: bool, fields: &[Field]) {
    if deactivate {
        let message = "what is sent complete is gone when it is left out: nothing is left to deactivate";
        table.error(Code::BAD_PLATFORM, message, Some("Leave `deactivate` or `whole` out.".to_owned()));
    }
    if let Some(field) = fields.iter().find(|f| f.refers.as_ref().is_some_and(|r| r.later)) {
        let message = format!("`{}` would be sent later, but a `whole` record type is sent once", field.name);
        table.error(Code::BAD_PLATFORM, message, Some("Leave `when = \"later\"` or `whole` out.".to_owned()));
    }
}

fn deactivate(table: &Table<'_>, fields: &[Field]) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for (name, value) in table.entries() {
        if !fields.iter().any(|f| f.name == name.value) {
            no_field(table, &name, fields);
        }
        if let Some(value) = value.scalar() {
            made.push((name.value, value.value));
        }
    }
    made
}

fn no_field(table: &Table<'_>, name: &Spot<String>, fields: &[Field]) {
    let help = did_you_mean(&name.value, fields.iter().map(|f| f.name.as_str()));
    let message = format!("`{}` is not a field of this record type", name.value);
    table.walk().error(Code::BAD_PLATFORM, &name.span, message, help);
}

/// What a record type goes after must be there, and be another.
fn check_after(tables: &[Table<'_>], models: &[Model]) {
    for table in tables {
        let own = table.text("name").map(|n| n.value);
        for name in table.texts("after").unwrap_or_default() {
            let (message, help) = if own.as_ref() == Some(&name.value) {
                (format!("`{}` cannot go after itself", name.value), None)
            } else if models.iter().any(|m| m.name == name.value) {
                continue;
            } else {
                let help = did_you_mean(&name.value, models.iter().map(|m| m.name.as_str()));
                (format!("there is no record type `{}`", name.value), help)
            };
            table.walk().error(Code::BAD_REFERENCE, &name.span, message, help);
        }
    }
}

/// Two models in one file, or one name for two models in an answer, could not be told apart.
fn check_files(tables: &[Table<'_>], models: &[Model]) {
    let mut files = BTreeSet::new();
    let mut arrays = BTreeSet::new();
    let mut answers = BTreeSet::new();
    let tables = tables.iter().filter(|t| t.has("name"));
    for (table, model) in tables.zip(models) {
        if !files.insert(model.file.to_lowercase()) {
            table.error(
                Code::DUPLICATE_NAME,
                format!("two record types have the file \"{}\"", model.file),
                None,
            );
        }
        if !arrays.insert(&model.array) {
            let message = format!("two record types have the array \"{}\"", model.array);
            table.error(Code::DUPLICATE_NAME, message, None);
        }
        let own: BTreeSet<String> = model.answers.iter().map(|a| a.to_lowercase()).collect();
        for name in own {
            if !answers.insert(name.clone()) {
                let message = format!("two record types are called \"{name}\" in answers");
                table.error(Code::DUPLICATE_NAME, message, None);
            }
        }
    }
}
