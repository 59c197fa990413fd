//! Reads `[model.calls]`, `[value.<name>]`, `[turnup]` and the wire settings of a field.

use super::super::parse::path;
use super::{Call, Calls, Convert, ListCall, Proof, Turnup, ValueList, Verb, Wire};
use crate::diagnostic::Code;
use crate::spec::walk::Table;
use std::collections::BTreeMap;

const VERBS: &[(&str, Verb)] = &[
    ("get", Verb::Get),
    ("post", Verb::Post),
    ("put", Verb::Put),
    ("patch", Verb::Patch),
    ("delete", Verb::Delete),
];

/// Reads `[model.calls]`.
pub(in super::super) fn calls(model: &Table<'_>) -> Option<Box<Calls>> {
    let table = model.table("calls")?;
    let only = |key, verbs: &[Verb]| table.table(key).and_then(|t| finished(&t, |t| call(t, verbs)));
    let writing = [Verb::Post, Verb::Put, Verb::Patch];
    let made = Calls {
        id: text(&table, "id", "/id"),
        by_id: only("by_id", &[Verb::Get]),
        by_key: table.table("by_key").and_then(|t| list(&t)),
        search: table.table("search").and_then(|t| list(&t)),
        steps: table.get("match").and_then(|v| v.list()).unwrap_or_default().iter().map(step).collect(),
        create: only("create", &writing),
        update: only("update", &writing),
        save: only("save", &writing),
        delete: only("delete", &[Verb::Delete, Verb::Post]),
        convert: table.table("convert").and_then(|t| convert(&t)),
    };
    if made.save.is_none() && made.create.is_none() && made.update.is_none() {
        let help = "A record is sent by `save`, or by `create` and `update`.".to_owned();
        table.error(
            Code::MISSING_KEY,
            format!("`{}` says not how a record is sent", table.path()),
            Some(help),
        );
    }
    table.done();
    Some(Box::new(made))
}

fn step(value: &crate::spec::walk::Value<'_>) -> Vec<String> {
    plain(value.texts().unwrap_or_default())
}

fn finished<T>(table: &Table<'_>, read: impl FnOnce(&Table<'_>) -> Option<T>) -> Option<T> {
    let made = read(table);
    table.done();
    made
}

/// The one method that stands there, of those allowed.
fn call(table: &Table<'_>, verbs: &[Verb]) -> Option<Call> {
    let allowed: Vec<&(&str, Verb)> = VERBS.iter().filter(|(_, v)| verbs.contains(v)).collect();
    let there: Vec<&(&str, Verb)> = allowed.iter().copied().filter(|(key, _)| table.has(key)).collect();
    let [(key, verb)] = there.as_slice() else {
        let words: Vec<String> = allowed.iter().map(|(k, _)| format!("`{k}`")).collect();
        let message = format!("`{}` wants one of {}", table.path(), words.join(", "));
        table.error(Code::BAD_PLATFORM, message, Some("Such as { post = \"/v1/customers\" }.".to_owned()));
        return None;
    };
    Some(Call { verb: *verb, path: path(table, key)?.value })
}

fn list(table: &Table<'_>) -> Option<ListCall> {
    let get = path(table, "get");
    let made = (text(table, "records", ""), text(table, "next", ""));
    table.done();
    Some(ListCall { path: get?.value, records: made.0, next: made.1 })
}

fn convert(table: &Table<'_>) -> Option<Convert> {
    let made = call(table, &[Verb::Post, Verb::Put]);
    let (field, to) = (table.need_text("field"), table.need_text("to"));
    let from = plain(table.texts("from").unwrap_or_default());
    table.done();
    Some(Convert { call: made?, field: field?.value, from, to: to?.value })
}

/// Reads `[value.<name>]`.
pub(in super::super) fn values(root: &Table<'_>) -> BTreeMap<String, ValueList> {
    let mut found = BTreeMap::new();
    let Some(all) = root.table("value") else { return found };
    for (name, value) in all.entries() {
        let Some(table) = value.table() else { continue };
        let listed = table.need("list").and_then(|v| v.table()).and_then(|t| list(&t));
        let create = table.table("create").and_then(|t| finished(&t, |t| call(t, &[Verb::Post])));
        let practice = plain(table.texts("practice").unwrap_or_default());
        let (called, id) = (text(&table, "name", "/name"), text(&table, "id", "/id"));
        table.done();
        if let Some(list) = listed {
            found.insert(name.value, ValueList { list, name: called, id, create, practice });
        }
    }
    found
}

/// Reads `[turnup]`.
pub(in super::super) fn turnup(root: &Table<'_>) -> Turnup {
    let Some(table) = root.table("turnup") else { return Turnup::default() };
    let proof = |key| {
        table.table(key).and_then(|t| {
            let (get, is) = (path(&t, "get"), text(&t, "is", "/name"));
            t.done();
            Some(Proof { get: get?.value, is })
        })
    };
    let options = table.table("options");
    let options = options.iter().flat_map(|t| t.entries().collect::<Vec<_>>());
    let practice = table.table("practice");
    let practice = practice.iter().flat_map(|t| t.entries().collect::<Vec<_>>());
    let made = Turnup {
        client: proof("client"),
        club: proof("club"),
        options: options.filter_map(|(k, v)| Some((k.value, v.scalar()?.value))).collect(),
        practice: practice.filter_map(|(k, v)| Some((k.value, plain(v.texts()?)))).collect(),
    };
    table.done();
    made
}

/// Reads `wire`, `digits`, `value` and `as` of a field.
pub(in super::super) fn wire(field: &Table<'_>) -> Wire {
    Wire {
        name: field.text("wire").map(|t| t.value),
        digits: field.boolean("digits").is_some_and(|b| b.value),
        value: field.text("value").map(|t| t.value),
        by_id: field.one_of("as", &[("id", true), ("key", false)]).is_some_and(|w| w.value),
    }
}

fn plain(texts: Vec<crate::spec::walk::Spot<String>>) -> Vec<String> {
    texts.into_iter().map(|t| t.value).collect()
}

fn text(table: &Table<'_>, key: &'static str, default: &str) -> String {
    table.text(key).map_or_else(|| default.to_owned(), |t| t.value)
}
