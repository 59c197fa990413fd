//! Sending one record: update, create, save, delete, and what a lost answer leads to.

use super::super::client::{Ask, Failure, Method, Payload, Reply};
use super::find::{Looked, There, unsent};
use super::outgoing::Outgoing;
use super::{Fate, Halt, Step, Upsert};
use crate::spec::platform::{Call, Update, Verb};
use serde_json::value::RawValue;

/// How often a record is sent whose answers are lost, each time after a look-up that did not find it.
const ATTEMPTS: u32 = 3;

/// What came of a request with an effect.
enum Done {
    /// Taken, with this answer if it is JSON.
    Fine(Option<Box<RawValue>>),
    /// There is no such record.
    Gone(String),
    /// In conflict with what is there.
    Conflict(String),
    /// Refused for what it holds.
    Refused(String),
    /// Perhaps taken.
    Lost(String),
}

impl Upsert {
    /// Sends a record; `again`: it may have been sent already, and the lag of reads has passed since.
    pub(super) fn one(&self, o: &mut Outgoing<'_>, again: bool) -> Step<Fate> {
        if let Some(refusal) = self.resolve(o)? {
            return Ok(Fate::Rejected(refusal));
        }
        let removes = o.member.kind == "removed" && o.model.deactivate.is_none();
        match (o.member.remote.clone(), &o.calls.delete) {
            (id, Some(call)) if removes => self.remove(o, call, id),
            (Some(id), _) => self.known(o, &id, again),
            (None, _) => self.fresh(o, again),
        }
    }

    /// One whose id we know.
    fn known(&self, o: &Outgoing<'_>, id: &str, again: bool) -> Step<Fate> {
        let there = if again { self.by_id(o, id)? } else { None };
        match there {
            Some(there) if o.equals(&there) => Ok(taken(Some(id.to_owned()))),
            _ => self.change(o, id),
        }
    }

    /// One that has no id yet: ours by key, or by matching, or new.
    fn fresh(&self, o: &Outgoing<'_>, again: bool) -> Step<Fate> {
        match self.find(o, again)? {
            Ok(Some(there)) => self.adopt(o, there),
            Ok(None) => self.create(o),
            Err(refusal) => Ok(refusal),
        }
    }

    /// Looks a record up without its id. `doubtful`: it may have been made already, so that several that fit leave open
    /// whether it was; else several are none (facts 3.2).
    fn find(&self, o: &Outgoing<'_>, doubtful: bool) -> Step<Result<Option<There>, Fate>> {
        let by_key = match self.by_key(o)? {
            Looked::One(there) => return Ok(Ok(Some(there))),
            Looked::Several(n) => {
                return Ok(Err(Fate::Rejected(format!("the platform holds {n} records of this key"))));
            }
            Looked::None => true,
            Looked::Unasked => false,
        };
        let undecided = |why: String| match doubtful && !by_key {
            true => Err(Fate::Unknown(format!("it may have been made already: {why}"))),
            false => Ok(None),
        };
        Ok(match self.matched(o)? {
            Looked::One(there) => Ok(Some(there)),
            Looked::Several(n) => undecided(format!("{n} records there fit")),
            Looked::Unasked => undecided("what it could be found by is empty".to_owned()),
            Looked::None => Ok(None),
        })
    }

    /// One that was found there: changed if it differs.
    fn adopt(&self, o: &Outgoing<'_>, there: There) -> Step<Fate> {
        match there.id {
            Some(id) if o.equals(&there.record) => Ok(taken(Some(id))),
            Some(id) => self.change(o, &id),
            None => Ok(Fate::Rejected("the platform holds it and gives no id of it".to_owned())),
        }
    }

    /// Updates the record of an id. The same values twice do no harm, so a lost answer is cheap to settle.
    fn change(&self, o: &Outgoing<'_>, id: &str) -> Step<Fate> {
        let id = match self.converted(o, id)? {
            Ok(id) => id,
            Err(fate) => return Ok(fate),
        };
        let Some(call) = o.calls.update.as_ref().or(o.calls.save.as_ref()) else {
            return Ok(Fate::Rejected(
                "it is there, and the platform file has no way to change it".to_owned(),
            ));
        };
        let named = o.calls.update.is_none().then_some(id.as_str());
        let mut lost = String::new();
        for _ in 0..ATTEMPTS {
            match self.effect(o, call, Some(&id), &o.body(named))? {
                Done::Fine(answer) => {
                    let told = answer.and_then(|a| o.id_of(&a));
                    return Ok(taken(told.or(Some(id))));
                }
                Done::Gone(why) => return self.gone(o, &id, &why),
                Done::Conflict(why) => return self.conflict(o, Some(&id), why),
                Done::Refused(why) => return Ok(Fate::Rejected(why)),
                Done::Lost(why) => lost = why,
            }
            let there = self.by_id(o, &id).map_err(|halt| in_doubt(&lost, halt))?;
            if there.is_some_and(|there| o.equals(&there)) {
                return Ok(taken(Some(id)));
            }
        }
        Ok(Fate::Unknown(format!("sent {ATTEMPTS} times without an answer: {lost}")))
    }

    /// The id we stored finds nothing: it is looked for as if it had none, and made anew if it is whole.
    fn gone(&self, o: &Outgoing<'_>, id: &str, why: &str) -> Step<Fate> {
        match self.find(o, false)? {
            Err(refusal) => Ok(refusal),
            Ok(Some(there)) if there.id.as_deref() != Some(id) => self.adopt(o, there),
            Ok(_) if o.member.kind == "removed" => Ok(taken(None)),
            Ok(_) if self.caller.platform.transport.update == Update::Whole || o.member.kind != "changed" => {
                self.create(o)
            }
            Ok(_) => Ok(Fate::Rejected(format!(
                "the platform no longer has it, and not all of it would be sent: {why}"
            ))),
        }
    }

    /// A conflict is looked up: what is there and equal was taken before.
    fn conflict(&self, o: &Outgoing<'_>, id: Option<&str>, why: String) -> Step<Fate> {
        let there = match id {
            Some(id) => self.by_id(o, id)?.map(|record| There { id: Some(id.to_owned()), record }),
            None => match self.find(o, true)? {
                Ok(there) => there,
                Err(refusal) => return Ok(refusal),
            },
        };
        match there {
            Some(there) if o.equals(&there.record) => Ok(taken(there.id)),
            Some(There { id: Some(found), .. }) if id.is_none() => self.change(o, &found),
            _ => Ok(Fate::Rejected(why)),
        }
    }

    /// Makes a record that a look-up did not find.
    fn create(&self, o: &Outgoing<'_>) -> Step<Fate> {
        let Some(call) = o.calls.create.as_ref().or(o.calls.save.as_ref()) else {
            return Ok(Fate::Rejected(
                "the platform does not have it, and is never told to make one".to_owned(),
            ));
        };
        let mut lost = String::new();
        for _ in 0..ATTEMPTS {
            let nameless = match self.effect(o, call, None, &o.body(None))? {
                Done::Fine(Some(answer)) => match o.id_of(&answer) {
                    Some(id) => return Ok(taken(Some(id))),
                    None => Some("the platform took it and gave no id of it".to_owned()),
                },
                Done::Fine(None) => Some("the platform took it and said nothing of it".to_owned()),
                Done::Conflict(why) => return self.conflict(o, None, why),
                Done::Gone(why) | Done::Refused(why) => return Ok(Fate::Rejected(why)),
                Done::Lost(why) => {
                    lost = why;
                    None
                }
            };
            if o.calls.by_key.is_none() && o.calls.search.is_none() {
                return Ok(Fate::Unknown(nameless.unwrap_or(lost)));
            }
            match (self.look_twice(o).map_err(|halt| in_doubt(&lost, halt))?, nameless) {
                (Err(refusal), _) => return Ok(refusal),
                (Ok(Some(there)), _) => return self.adopt(o, there).map_err(|halt| in_doubt(&lost, halt)),
                (Ok(None), Some(why)) => {
                    return Ok(Fate::Unknown(format!("{why}, and it is not found there")));
                }
                (Ok(None), None) => {}
            }
        }
        // Each time it was proven not to be there.
        Err(unsent(format!("sent {ATTEMPTS} times and never there: {lost}")))
    }

    /// Looks for a record that may just have been made: at once, and again when reads have had their time.
    fn look_twice(&self, o: &Outgoing<'_>) -> Step<Result<Option<There>, Fate>> {
        let first = self.find(o, true)?;
        if !matches!(first, Ok(None)) || self.lag().is_zero() {
            return Ok(first);
        }
        self.caller.clock.sleep(self.lag());
        self.find(o, true)
    }

    /// Takes a record away. What is not there is gone.
    fn remove(&self, o: &Outgoing<'_>, call: &Call, id: Option<String>) -> Step<Fate> {
        let id = match id {
            Some(id) => id,
            None => match self.find(o, true)? {
                Ok(Some(There { id: Some(id), .. })) => id,
                Ok(_) => return Ok(taken(None)),
                Err(refusal) => return Ok(refusal),
            },
        };
        let mut lost = String::new();
        for _ in 0..ATTEMPTS {
            match self.effect(o, call, Some(&id), "")? {
                Done::Fine(_) | Done::Gone(_) => return Ok(taken(Some(id))),
                Done::Conflict(why) | Done::Refused(why) => return Ok(Fate::Rejected(why)),
                Done::Lost(why) => lost = why,
            }
        }
        Err(Halt::Lost(lost))
    }

    /// Makes a request that has an effect.
    pub(super) fn effect_at(
        &self,
        path: &str,
        shown: &str,
        verb: Verb,
        body: &str,
        once: &str,
    ) -> Step<Reply> {
        let header = self.caller.platform.transport.idempotency.as_deref().map(|name| (name, once));
        let payload = if body.is_empty() { Payload::None } else { Payload::Json(body.as_bytes()) };
        let ask = Ask { header, shown: Some(shown), ..Ask::send(method(verb), path, payload) };
        match self.caller.call(&ask) {
            Ok(reply) if matches!(reply.status, 429 | 503) => {
                Err(Halt::Unsent { why: reply.words(), retry_after: reply.retry_after, status: None })
            }
            Ok(reply) if self.caller.transient(reply.status) => Err(Halt::Lost(reply.words())),
            Ok(reply) if matches!(reply.status, 401 | 403) || (300..400).contains(&reply.status) => {
                Err(Halt::Refused { status: reply.status, text: reply.words() })
            }
            Ok(reply) => Ok(reply),
            Err(Failure::NotSent(why)) => Err(unsent(why)),
            Err(Failure::Lost(why)) => Err(Halt::Lost(why)),
        }
    }

    fn effect(&self, o: &Outgoing<'_>, call: &Call, id: Option<&str>, body: &str) -> Step<Done> {
        let path = match o.path(&call.path, id, &self.vars) {
            Ok(path) => path,
            Err(why) => return Ok(Done::Refused(why)),
        };
        let once = format!("{}{}", o.once, if id.is_some() { "-u" } else { "" });
        let reply = match self.effect_at(&path, &call.path, call.verb, body, &once) {
            Err(Halt::Lost(why)) => return Ok(Done::Lost(why)),
            reply => reply?,
        };
        Ok(match reply.status {
            200..300 if reply.body.is_empty() => Done::Fine(None),
            200..300 => match serde_json::from_slice(&reply.body) {
                Ok(answer) => Done::Fine(Some(answer)),
                Err(e) => Done::Lost(format!("the answer is no JSON: {e}")),
            },
            404 | 410 => Done::Gone(refused(&reply)),
            409 => Done::Conflict(refused(&reply)),
            400..500 => Done::Refused(refused(&reply)),
            _ => Done::Lost(reply.words()),
        })
    }
}

fn taken(id: Option<String>) -> Fate {
    Fate::Taken { id }
}

/// A look-up after a lost answer failed: what it was for may have been taken.
fn in_doubt(lost: &str, halt: Halt) -> Halt {
    let told = |why: String| format!("{lost}; and it could not be looked up: {why}");
    match halt {
        Halt::Refused { text: why, .. } | Halt::Unsent { why, .. } | Halt::Lost(why) => Halt::Lost(told(why)),
        Halt::Own { why, .. } => Halt::Own { why: told(why), doubtful: true },
    }
}

fn refused(reply: &Reply) -> String {
    format!("refused with {}", reply.words())
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::Get,
        Verb::Post => Method::Post,
        Verb::Put => Method::Put,
        Verb::Patch => Method::Patch,
        Verb::Delete => Method::Delete,
    }
}
