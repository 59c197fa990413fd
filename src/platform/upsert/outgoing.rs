//! A record about to be sent: its line read, its values by the names of the wire, its paths filled in.

use super::super::read_back::differs;
use super::super::transport::{Member, Owners};
use crate::spec::platform::{Calls, Field, Members, Model, Tree, at, filled, text_of};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The member that a line holds in place of the platform's id of a record that nobody knows.
const UNKNOWN: &str = "unknown";

/// A value as it goes over the wire.
#[derive(Debug)]
pub(super) struct Value<'a> {
    pub(super) field: &'a Field,
    pub(super) pointer: String,
    pub(super) json: Box<RawValue>,
}

/// The record.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) model: &'a Model,
    pub(super) calls: &'a Calls,
    pub(super) member: &'a Member,
    /// The same however often it is sent: fit for an idempotency header.
    pub(super) once: String,
    /// The line's values, by our names.
    pub(super) members: Members,
    /// What is sent.
    pub(super) values: Vec<Value<'a>>,
    /// What the reader should know though it was taken.
    pub(super) notes: Vec<String>,
    /// Whose records there are.
    pub(super) owners: Option<&'a dyn Owners>,
}

impl<'a> Outgoing<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// Why it cannot be sent.
    pub(super) fn read(
        model: &'a Model,
        calls: &'a Calls,
        member: &'a Member,
        line: &[u8],
        once: String,
    ) -> Result<Self, String> {
        let members: Members = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        let mut values = Vec::new();
        for field in &model.fields {
            let (Some(json), Some(pointer)) = (members.get(&field.name), field.wire.pointer(&field.name))
            else {
                continue;
            };
            if let (true, Some(key)) = (field.wire.by_id, unknown(json)) {
                let target = field.refers.as_ref().map(|r| r.model.as_str()).unwrap_or_default();
                return Err(format!("`{}`: the platform's id of {key} of {target} is not known", field.name));
            }
            values.push(Value { field, pointer, json: json.clone() });
        }
        Ok(Self { model, calls, member, once, members, values, notes: Vec::new(), owners: None })
    }

    /// A value by our name of the field.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        self.members.get(field).and_then(|v| text_of(v)).filter(|t| !t.is_empty())
    }

    /// A path of its model, filled in.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(super) fn path(
        &self,
        path: &str,
        id: Option<&str>,
        vars: &BTreeMap<String, String>,
    ) -> Result<String, String> {
        let place = |name: &str| match (name, name.strip_prefix("env.")) {
            ("id", _) => id.map(str::to_owned),
            (_, Some(var)) => vars.get(var).cloned(),
            _ => self.text(name),
        };
        filled(path, place).map_err(|name| {
            format!("`{name}` is empty or nothing that a path could hold, and \"{path}\" needs it")
        })
    }

    /// The body, with the platform's id in it when it is given.
    pub(super) fn body(&self, id: Option<&str>) -> String {
        let mut tree = Tree::default();
        if let Some(id) = id {
            tree.put_text(&self.calls.id, id);
        }
        self.values.iter().for_each(|v| tree.put(&v.pointer, v.json.get()));
        tree.json()
    }

    /// Whether a record there holds what is sent. A member that is not in it proves nothing.
    pub(super) fn equals(&self, there: &RawValue) -> bool {
        let compared = self.values.iter().filter(|v| !v.field.ignore);
        compared.into_iter().all(|v| at(there, &v.pointer).is_none_or(|there| same(v, &there)))
    }

    /// The platform's id in a record.
    pub(super) fn id_of(&self, record: &RawValue) -> Option<String> {
        at(record, &self.calls.id).and_then(|id| text_of(&id)).filter(|id| !id.is_empty())
    }

    /// Whether a record there has our key; `None` when it does not tell.
    pub(super) fn has_our_key(&self, record: &RawValue) -> Option<bool> {
        let mut told = None;
        for key in &self.model.key {
            let pointer = self.model.field(key).and_then(|f| f.wire.pointer(key))?;
            let there = at(record, &pointer).and_then(|v| text_of(&v)).filter(|t| !t.is_empty())?;
            told = Some(told.unwrap_or(true) && self.text(key).as_deref() == Some(there.as_str()));
        }
        told
    }
}

fn same(value: &Value<'_>, there: &RawValue) -> bool {
    let sent = match text_of(&value.json) {
        None if value.json.get() != "null" => Some(value.json.get().to_owned()),
        text => text.filter(|t| !t.is_empty()),
    };
    if value.field.wire.value.is_some() || value.field.wire.by_id {
        return sent == text_of(there).filter(|t| !t.is_empty());
    }
    !differs(value.field, sent.as_deref(), Some(there))
}

fn unknown(json: &RawValue) -> Option<String> {
    let found = at(json, &format!("/{UNKNOWN}"))?;
    text_of(&found)
}

/// A path in which only vars of the environment stand.
///
/// # Errors
/// The name of a place that has no value.
pub(super) fn constant(path: &str, vars: &BTreeMap<String, String>) -> Result<String, String> {
    filled(path, |name| vars.get(name.strip_prefix("env.").unwrap_or(name)).cloned())
}
