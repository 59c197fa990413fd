//! What an `upsert` platform is asked, as data: `[model.calls]`, `[value.<name>]`, `[turnup]`, and how a field is spelt on
//! the wire. A request is a method and a path; in a path stand `{id}` (the platform's id of the record), `{env.name}` (a
//! var of the environment) and `{field}` (a value of the record), each percent-encoded when it is filled in.

mod check;
mod parse;

pub(super) use check::check;
pub(super) use parse::{calls, turnup, values, wire};

use super::Platform;
use std::collections::{BTreeMap, BTreeSet};

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Makes, or does.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

/// A request: `{ post = "/v1/customers" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Method.
    pub verb: Verb,
    /// Path with its placeholders.
    pub path: String,
}

/// A request for a list: `{ get = "/v1/customers?number={number}", records = "/items", next = "/next" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCall {
    /// Path with its placeholders.
    pub path: String,
    /// JSON pointer of the list in the answer; empty: the answer is the list.
    pub records: String,
    /// JSON pointer of the next page's address in the answer; empty: there is one page.
    pub next: String,
}

/// `[model.calls]`: the requests of a record type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// JSON pointer of the platform's id in a record.
    pub id: String,
    /// Reads a record by the platform's id.
    pub by_id: Option<Call>,
    /// Finds a record by our key.
    pub by_key: Option<ListCall>,
    /// Finds candidates for `steps`.
    pub search: Option<ListCall>,
    /// `match`: lists of fields that must be equal, tried in turn until exactly one candidate is.
    pub steps: Vec<Vec<String>>,
    /// Makes a record.
    pub create: Option<Call>,
    /// Changes the record of an id.
    pub update: Option<Call>,
    /// Makes or changes, as the platform finds it.
    pub save: Option<Call>,
    /// Takes a record away.
    pub delete: Option<Call>,
    /// Turns a record into one of another type by the platform's own call.
    pub convert: Option<Convert>,
}

/// `convert = { post = "/v1/people/{id}/convert", field = "type", from = ["prospect"], to = "member" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convert {
    /// The request.
    pub call: Call,
    /// The field that tells the type.
    pub field: String,
    /// Its values before.
    pub from: Vec<String>,
    /// Its value after.
    pub to: String,
}

/// `[value.<name>]`: values that a field refers to by the platform's id of them, such as lead sources or staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueList {
    /// Lists them.
    pub list: ListCall,
    /// JSON pointer of the text they are known by.
    pub name: String,
    /// JSON pointer of the platform's id.
    pub id: String,
    /// Makes one that is missing; without it they are only looked up.
    pub create: Option<Call>,
    /// Those that the practice platform has from the start.
    pub practice: Vec<String>,
}

/// How a field stands in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Its name, or a JSON pointer; `None`: as the field is called; empty: it is not sent.
    pub name: Option<String>,
    /// When matching, only its digits are compared.
    pub digits: bool,
    /// The list its value is in; on the wire stands the platform's id of it.
    pub value: Option<String>,
    /// Of a reference, the platform's id of the record stands there instead of our key.
    pub by_id: bool,
}

/// `[turnup]`: what a new client is asked for, and the reads that prove it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turnup {
    /// Reads the client, by `{env.client}`.
    pub client: Option<Proof>,
    /// Reads one club, by `{club}`.
    pub club: Option<Proof>,
    /// Options: name → default.
    pub options: BTreeMap<String, String>,
    /// Clients that the practice platform knows, with their clubs.
    pub practice: BTreeMap<String, Vec<String>>,
}

/// A read that proves something: where, and the JSON pointer of its name in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Path.
    pub get: String,
    /// JSON pointer of the name.
    pub is: String,
}

impl Wire {
    /// The JSON pointer of a field; `None` when it is not sent.
    pub fn pointer(&self, field: &str) -> Option<String> {
        match self.name.as_deref() {
            Some("") => None,
            Some(name) if name.starts_with('/') => Some(name.to_owned()),
            name => Some(format!("/{}", name.unwrap_or(field).replace('~', "~0").replace('/', "~1"))),
        }
    }
}

impl Platform {
    /// The vars of an environment that stand in its paths.
    pub fn vars(&self) -> BTreeSet<String> {
        let calls = self.models.iter().filter_map(|m| m.calls.as_deref());
        let lists = self.values.values().flat_map(|v| {
            std::iter::once(v.list.path.as_str()).chain(v.create.iter().map(|c| c.path.as_str()))
        });
        let account = self.account.iter().map(|a| a.get.as_str());
        let paths = calls.flat_map(Calls::paths).chain(lists).chain(account);
        let var = |p| match p {
            Piece::Place(name) => name.strip_prefix("env.").map(str::to_owned),
            Piece::Text(_) => None,
        };
        paths.flat_map(pieces).filter_map(var).collect()
    }
}

impl Calls {
    /// All its paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let calls = [&self.by_id, &self.create, &self.update, &self.save, &self.delete];
        let lists = [&self.by_key, &self.search].into_iter().flatten().map(|l| l.path.as_str());
        let calls = calls.into_iter().flatten().chain(self.convert.iter().map(|c| &c.call));
        calls.map(|c| c.path.as_str()).chain(lists)
    }
}

/// A piece of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// What stands between braces.
    Place(&'a str),
}

/// The pieces of a path. A brace without its fellow is text.
pub fn pieces(path: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), path);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        found.push(Piece::Place(name));
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

#[cfg(test)]
#[path = "upsert_tests.rs"]
mod mistakes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_places() {
        let found = pieces("/a/{env.client}/b/{id}?x={n}");
        let places: Vec<_> = found.iter().filter(|p| matches!(p, Piece::Place(_))).collect();
        assert_eq!(places, [&Piece::Place("env.client"), &Piece::Place("id"), &Piece::Place("n")]);
        assert_eq!(pieces("/a{b"), [Piece::Text("/a{b")]);
    }

    #[test]
    fn a_field_may_stand_deeper_or_not_at_all() {
        let of = |name: Option<&str>| Wire { name: name.map(str::to_owned), ..Wire::default() }.pointer("f");
        assert_eq!(of(None).as_deref(), Some("/f"));
        assert_eq!(of(Some("first name")).as_deref(), Some("/first name"));
        assert_eq!(of(Some("/name/first")).as_deref(), Some("/name/first"));
        assert_eq!(of(Some("")), None);
    }
}
