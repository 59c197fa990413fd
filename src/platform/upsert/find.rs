//! Look-ups: a record by the platform's id, by our key, by matching; lists page by page.

use super::super::client::{Ask, Failure, Reply};
use super::super::look::not_understood;
use super::super::retry::Outcome;
use super::super::transport::{Member, Record};
use super::matching::{chosen, meant, most};
use super::outgoing::{Outgoing, constant};
use super::{Halt, Step, Upsert};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::spec::platform::{ListCall, Members, Model, Piece, Proof, at, items, pieces, text_of};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Pages of a list that are read, and records on them together: more is another list than the one that was meant.
const PAGES_MAX: usize = 200;
const LISTED_MAX: usize = 100_000;

/// A record that is there.
#[derive(Debug)]
pub(super) struct There {
    pub(super) id: Option<String>,
    pub(super) record: Box<RawValue>,
}

/// What a look-up by key, or by matching, says.
pub(super) enum Looked {
    One(There),
    None,
    Several(usize),
    /// The platform file has no way to ask, or what this record could be found by is empty.
    Unasked,
}

impl Upsert {
    /// The record of an id, if it is there and the platform file says how to ask.
    pub(super) fn by_id(&self, o: &Outgoing<'_>, id: &str) -> Step<Option<Box<RawValue>>> {
        let Some(call) = &o.calls.by_id else { return Ok(None) };
        let path = o.path(&call.path, Some(id), &self.vars).map_err(unaskable)?;
        let reply = self.read(&Ask { shown: Some(&call.path), ..Ask::get(&path) }).map_err(own)?;
        if matches!(reply.status, 404 | 410) {
            return Ok(None);
        }
        json(&reply).map(Some)
    }

    /// The record of our key.
    pub(super) fn by_key(&self, o: &Outgoing<'_>) -> Step<Looked> {
        let Some(call) = &o.calls.by_key else { return Ok(Looked::Unasked) };
        let path = o.path(&call.path, None, &self.vars).map_err(unaskable)?;
        let mut found = self.list(call, path).map_err(own)?;
        // A platform that does not know the filter gives everything.
        found.retain(|record| o.has_our_key(record) == Some(true));
        match (found.len(), found.pop()) {
            (1, Some(record)) => Ok(Looked::One(There { id: o.id_of(&record), record })),
            (0, _) => Ok(Looked::None),
            (n, _) => Ok(Looked::Several(n)),
        }
    }

    /// The one record that the steps of `match` find.
    pub(super) fn matched(&self, o: &Outgoing<'_>) -> Step<Looked> {
        let Some(call) = o.calls.search.as_ref().filter(|_| meant(o)) else { return Ok(Looked::Unasked) };
        // What is searched by is empty: nobody can be meant by it.
        let Ok(path) = o.path(&call.path, None, &self.vars) else { return Ok(Looked::Unasked) };
        let mut candidates = self.list(call, path).map_err(own)?;
        candidates.retain(|record| o.has_our_key(record) != Some(false) && !self.is_anothers(o, record));
        // Those of earlier runs: asked of the state only where anybody is meant at all.
        while let Some(record) = chosen(o, &candidates) {
            let Some(id) = o.id_of(&record).filter(|id| !anothers(o, id).unwrap_or(true)) else {
                candidates.retain(|c| o.id_of(c) != o.id_of(&record));
                continue;
            };
            return Ok(Looked::One(There { id: Some(id), record }));
        }
        let several = most(o, &candidates);
        Ok(if several > 1 { Looked::Several(several) } else { Looked::None })
    }

    fn is_anothers(&self, o: &Outgoing<'_>, record: &RawValue) -> bool {
        let Some(id) = o.id_of(record) else { return false };
        let claimed = self.claimed.lock();
        let owner = claimed.as_ref().ok().and_then(|c| c.get(&(o.model.name.clone(), id)));
        owner.is_some_and(|key| *key != o.member.key)
    }

    /// A list, page by page, never leaving the platform's address.
    pub(super) fn list(&self, call: &ListCall, path: String) -> Step<Vec<Box<RawValue>>> {
        let (mut found, mut path) = (Vec::new(), path);
        let own = pieces(call.path.split('?').next().unwrap_or_default()).iter().any(is_field);
        for _ in 0..PAGES_MAX {
            let reply = self.read(&Ask { shown: Some(&call.path), ..Ask::get(&path) })?;
            // One record by its own path that is not there is no mistake; a list that is not there is.
            if own && matches!(reply.status, 404 | 410) {
                return Ok(found);
            }
            if !reply.fine() {
                return Err(refused_question(&reply));
            }
            let page = json(&reply)?;
            match items(&page, &call.records) {
                Some(more) => found.extend(more),
                None if own && page.get().starts_with('{') => found.push(page.clone()),
                None => return Err(unsent(format!("the answer to {} holds no list", call.path))),
            }
            let next = (!call.next.is_empty()).then(|| at(&page, &call.next)).flatten();
            let Some(next) = next.and_then(|n| text_of(&n)).filter(|n| !n.is_empty()) else {
                return Ok(found);
            };
            path = self.caller.client.follow(&next).ok_or_else(|| {
                unsent(format!("the next page of {} is elsewhere than the platform", call.path))
            })?;
            if found.len() > LISTED_MAX {
                break;
            }
        }
        Err(unsent(format!("{} lists more than is read", call.path)))
    }

    /// A question that must be answered; 404 and 410 are answers.
    fn read(&self, ask: &Ask<'_>) -> Step<Reply> {
        self.answered(self.caller.call(ask))
    }

    fn answered(&self, outcome: Outcome) -> Step<Reply> {
        match outcome {
            Ok(reply) if reply.fine() || matches!(reply.status, 404 | 410) => Ok(reply),
            Ok(reply) if matches!(reply.status, 401 | 403) || (300..400).contains(&reply.status) => {
                Err(Halt::Refused { status: reply.status, text: reply.words() })
            }
            Ok(reply) => Err(refused_question(&reply)),
            Err(Failure::NotSent(why) | Failure::Lost(why)) => Err(unsent(why)),
        }
    }

    /// The name that a read gives for what it proves; `None` when the platform knows no such thing.
    ///
    /// # Errors
    /// E502, E503.
    pub fn prove(&self, proof: &Proof, places: &BTreeMap<String, String>) -> Result<Option<String>> {
        let places = self.vars.iter().chain(places).map(|(k, v)| (k.clone(), v.clone())).collect();
        let path =
            constant(&proof.get, &places).map_err(|name| told(unsent(format!("`{name}` is not set"))))?;
        let reply = self.read(&Ask { shown: Some(&proof.get), ..Ask::get(&path) }).map_err(told)?;
        if !reply.fine() {
            return Ok(None);
        }
        let answer = json(&reply).map_err(told)?;
        Ok(Some(at(&answer, &proof.is).and_then(|n| text_of(&n)).unwrap_or_default()))
    }

    /// For the delivery, which reads back what it has sent.
    pub(super) fn read_back(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>> {
        let Some(calls) = model.calls.as_deref().filter(|c| c.by_key.is_some()) else { return Ok(None) };
        let mut found = Vec::new();
        for key in keys {
            let parts = model.key.iter().zip(key.split('\u{1f}'));
            let line: serde_json::Map<String, serde_json::Value> =
                parts.map(|(name, part)| (name.clone(), part.into())).collect();
            let line = serde_json::Value::from(line).to_string();
            let member = Member { key: (*key).to_owned(), ..Member::default() };
            let o = Outgoing::read(model, calls, &member, line.as_bytes(), String::new());
            let o = o.map_err(|e| not_understood(&e))?;
            if let Looked::One(there) = self.by_key(&o).map_err(told)? {
                found.push(Record {
                    key: member.key.clone(),
                    remote: there.id,
                    fields: ours(model, &there.record),
                });
            }
        }
        Ok(Some(found))
    }
}

/// Whether the state holds the id under another key; an error counts as yes: then nothing is taken over.
fn anothers(o: &Outgoing<'_>, id: &str) -> Result<bool> {
    let owner = o.owners.map(|all| all.owner(&o.model.name, id)).transpose()?.flatten();
    Ok(owner.is_some_and(|key| key != o.member.key))
}

/// The members of a record by our names, without those that stand there by an id.
fn ours(model: &Model, record: &RawValue) -> Members {
    let plain = model.fields.iter().filter(|f| f.wire.value.is_none() && !f.wire.by_id);
    plain.filter_map(|f| Some((f.name.clone(), at(record, &f.wire.pointer(&f.name)?)?))).collect()
}

fn is_field(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Place(name) if !name.starts_with("env."))
}

fn json(reply: &Reply) -> Step<Box<RawValue>> {
    serde_json::from_slice(&reply.body)
        .map_err(|e| unsent(format!("the answer to a look-up is no JSON: {e}")))
}

/// A look-up that failed: the record it was for has not been sent.
pub(super) fn unsent(why: impl Into<String>) -> Halt {
    Halt::Unsent { why: why.into(), retry_after: None, status: None }
}

/// A record that cannot be asked for at all: its key does not fit into the path.
fn unaskable(why: String) -> Halt {
    Halt::Own { why, doubtful: false }
}

/// A question that the platform refuses for what it holds is the matter of the record that is asked for, and of no other.
fn own(halt: Halt) -> Halt {
    match halt {
        Halt::Unsent {
            why,
            status: Some(400..=403 | 406 | 407 | 409 | 411..=424 | 426..=428 | 430..=499),
            ..
        } => Halt::Own { why: format!("the look-up for it was refused with {why}"), doubtful: false },
        halt => halt,
    }
}

fn refused_question(reply: &Reply) -> Halt {
    Halt::Unsent { why: reply.words(), retry_after: reply.retry_after, status: Some(reply.status) }
}

fn told(halt: Halt) -> Diagnostic {
    match halt {
        Halt::Refused { text: why, .. } | Halt::Own { why, .. } => {
            Diagnostic::error(Code::PLATFORM_REFUSED, why)
        }
        Halt::Unsent { why, .. } | Halt::Lost(why) => Diagnostic::error(Code::PLATFORM_UNREACHABLE, why),
    }
}
