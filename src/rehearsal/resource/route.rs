//! Which request of the platform file a request is, and what stands in its places.

use super::Told;
use crate::rehearsal::fault::Mark;
use crate::spec::platform::{Calls, Convert, ListCall, Model, Platform, Proof, Tree, ValueList, Verb};
use std::collections::BTreeMap;

/// A request as it arrives.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked {
    pub(in super::super) method: String,
    /// Decoded segment by segment.
    pub(in super::super) path: Vec<String>,
    /// As it stood.
    pub(in super::super) raw_path: String,
    pub(in super::super) query: BTreeMap<String, String>,
    pub(in super::super) body: Vec<u8>,
    /// Its key against doubles.
    pub(in super::super) once: Option<String>,
    /// The word of the fault that befalls it.
    pub(in super::super) fault: &'static str,
    /// What that fault does to what it changes and to later look-ups.
    pub(in super::super) mark: Mark,
}

impl Asked {
    /// The page of a list, from 1.
    pub(super) fn page(&self) -> u64 {
        self.query.get("page").and_then(|p| p.parse().ok()).unwrap_or(1).clamp(1, 1 << 32)
    }

    /// Where the next page is.
    pub(super) fn next_page(&self) -> String {
        let mut query = self.query.clone();
        query.insert("page".to_owned(), (self.page() + 1).to_string());
        let coded =
            |text: &str| {
                text.bytes()
                    .map(|b| {
                        if b.is_ascii_alphanumeric() {
                            char::from(b).to_string()
                        } else {
                            format!("%{b:02X}")
                        }
                    })
                    .collect::<String>()
            };
        let query: Vec<String> = query.iter().map(|(k, v)| format!("{}={}", coded(k), coded(v))).collect();
        format!("{}?{}", self.raw_path, query.join("&"))
    }
}

/// What a request is.
pub(super) enum What<'a> {
    ById(&'a Model),
    List(&'a Model, &'a ListCall),
    Values(&'a str, &'a ValueList),
    MakeValue(&'a str, &'a ValueList),
    Create(&'a Model),
    Update(&'a Model),
    Save(&'a Model),
    Delete(&'a Model),
    Convert(&'a Model, &'a Convert),
    Client(&'a Proof),
    Club(&'a Proof),
}

/// A request of the platform file with its places filled.
pub(super) struct Route<'a> {
    pub(super) what: What<'a>,
    pub(super) places: BTreeMap<String, String>,
}

/// The request of the platform file that this one is: of several, the one with the most of its path as it stands.
pub(super) fn find<'a>(platform: &'a Platform, asked: &Asked) -> Option<Route<'a>> {
    let mut found: Option<(usize, Route<'a>)> = None;
    for (method, path, what) in all(platform) {
        if method != asked.method {
            continue;
        }
        let Some((fixed, places)) = fits(path, asked) else { continue };
        if found.as_ref().is_none_or(|(most, _)| fixed > *most) {
            found = Some((fixed, Route { what, places }));
        }
    }
    found.map(|(_, route)| route)
}

fn all(platform: &Platform) -> Vec<(&'static str, &str, What<'_>)> {
    let of_models = platform.models.iter().filter_map(|m| Some((m, m.calls.as_deref()?)));
    let mut found: Vec<(&'static str, &str, What<'_>)> =
        of_models.flat_map(|(m, c)| of_model(m, c)).collect();
    for (name, list) in &platform.values {
        found.push(("GET", &list.list.path, What::Values(name, list)));
        found
            .extend(list.create.iter().map(|c| (verb(c.verb), c.path.as_str(), What::MakeValue(name, list))));
    }
    found.extend(platform.turnup.client.iter().map(|p| ("GET", p.get.as_str(), What::Client(p))));
    found.extend(platform.turnup.club.iter().map(|p| ("GET", p.get.as_str(), What::Club(p))));
    found
}

fn of_model<'a>(model: &'a Model, calls: &'a Calls) -> Vec<(&'static str, &'a str, What<'a>)> {
    let calls_of = [
        (&calls.by_id, What::ById(model)),
        (&calls.create, What::Create(model)),
        (&calls.update, What::Update(model)),
        (&calls.save, What::Save(model)),
        (&calls.delete, What::Delete(model)),
    ];
    let calls_of = calls_of.into_iter().filter_map(|(call, what)| call.as_ref().map(|c| (c, what)));
    let convert = calls.convert.iter().map(|c| (&c.call, What::Convert(model, c)));
    let lists = [&calls.by_key, &calls.search].into_iter().flatten();
    let lists = lists.map(|l| ("GET", l.path.as_str(), What::List(model, l)));
    calls_of.chain(convert).map(|(c, what)| (verb(c.verb), c.path.as_str(), what)).chain(lists).collect()
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
    }
}

/// Whether a path is this one: how many of its segments stand as they are, and what fills its places.
fn fits(template: &str, asked: &Asked) -> Option<(usize, BTreeMap<String, String>)> {
    let (path, query) = template.split_once('?').unwrap_or((template, ""));
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if segments.len() != asked.path.len() {
        return None;
    }
    let (mut fixed, mut places) = (0, BTreeMap::new());
    for (segment, there) in segments.iter().zip(&asked.path) {
        match place(segment) {
            Some(name) => drop(places.insert(name.to_owned(), there.clone())),
            None if *segment == there => fixed += 1,
            None => return None,
        }
    }
    for (name, value) in query.split('&').filter_map(|p| p.split_once('=')) {
        let there = asked.query.get(name)?;
        fixed += 1;
        if let Some(name) = place(value) {
            places.insert(name.to_owned(), there.clone());
        }
    }
    Some((fixed, places))
}

fn place(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// A client, or a club of it, if the practice platform knows it.
pub(super) fn client(
    platform: &Platform,
    proof: &Proof,
    places: &BTreeMap<String, String>,
    club: Option<&String>,
) -> Told {
    let known = places.get("env.client").and_then(|c| platform.turnup.practice.get(c));
    let (Some(clubs), Some(client)) = (known, places.get("env.client")) else {
        return Told::problem(404, "There is no such client.");
    };
    let mut tree = Tree::default();
    match club {
        None => tree.put_text(&proof.is, &format!("Client {client}")),
        Some(club) if clubs.contains(club) => tree.put_text(&proof.is, &format!("Club {club}")),
        Some(_) => return Told::problem(404, "There is no such club."),
    }
    Told::fine(tree.json())
}
