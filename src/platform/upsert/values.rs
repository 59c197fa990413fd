//! `[value.<name>]`: values that a field refers to by the platform's id of them. Listed once; one that is missing is made
//! where the platform file says how, else the field is left out with a note, as it is where the list is not supported.

use super::find::unsent;
use super::outgoing::{Outgoing, constant};
use super::{Halt, Step, Upsert};
use crate::spec::platform::{Call, Tree, ValueList, at, text_of};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// How often a value is made whose answers are lost, each time after the list did not show it.
const ATTEMPTS: u32 = 3;

/// Statuses by which a platform says that it has no such list.
const UNSUPPORTED: [u16; 4] = [404, 405, 410, 501];

/// Ids by value, as it is compared; `None`: the list is not supported.
type Listed = Option<BTreeMap<String, Box<RawValue>>>;

/// What is known of the lists.
#[derive(Debug, Default)]
pub(super) struct Values(Mutex<BTreeMap<String, Listed>>);

impl Upsert {
    /// Puts the platform's ids in place of values. Gives why the record is refused, if it is.
    pub(super) fn resolve(&self, o: &mut Outgoing<'_>) -> Step<Option<String>> {
        let (mut kept, mut refusal) = (Vec::new(), None);
        for mut value in std::mem::take(&mut o.values) {
            let (Some(list), Some(text)) = (&value.field.wire.value, text_of(&value.json)) else {
                kept.push(value);
                continue;
            };
            match self.id_of_value(list, &text)? {
                Ok(id) => {
                    value.json = id;
                    kept.push(value);
                }
                Err(why) if value.field.required => refusal = Some(why),
                Err(why) => o.notes.push(format!("`{}` was left out: {why}", value.field.name)),
            }
        }
        o.values = kept;
        Ok(refusal)
    }

    fn id_of_value(&self, name: &str, text: &str) -> Step<Result<Box<RawValue>, String>> {
        let Some(list) = self.caller.platform.values.get(name) else {
            return Ok(Err(format!("there are no values `{name}`")));
        };
        let known = self.values.0.lock().ok().and_then(|all| all.get(name).cloned());
        let known = match known {
            Some(known) => known,
            None => self.list_values(name, list)?,
        };
        let Some(known) = known else {
            return Ok(Err(format!("the platform has no list of `{name}`")));
        };
        match (known.get(&plain(text)), &list.create) {
            (Some(id), _) => Ok(Ok(id.clone())),
            (None, None) => Ok(Err(format!("\"{text}\" is not among the platform's `{name}`"))),
            (None, Some(call)) => self.make_value(name, list, call, text),
        }
    }

    /// Reads a list and remembers it.
    fn list_values(&self, name: &str, list: &ValueList) -> Step<Listed> {
        let path = constant(&list.list.path, &self.vars).map_err(|p| unsent(format!("`{p}` is not set")))?;
        let listed = match self.list(&list.list, path) {
            Ok(items) => Some(items.iter().filter_map(|item| entry(list, item)).collect()),
            Err(Halt::Unsent { status: Some(status), .. }) if UNSUPPORTED.contains(&status) => None,
            Err(halt) => return Err(halt),
        };
        if let Ok(mut all) = self.values.0.lock() {
            all.insert(name.to_owned(), listed.clone());
        }
        Ok(listed)
    }

    /// Makes a value; after a lost answer the list tells whether it was made.
    fn make_value(
        &self,
        name: &str,
        list: &ValueList,
        call: &Call,
        text: &str,
    ) -> Step<Result<Box<RawValue>, String>> {
        let path = constant(&call.path, &self.vars).map_err(|p| unsent(format!("`{p}` is not set")))?;
        let mut body = Tree::default();
        body.put_text(&list.name, text);
        let once = format!("{name}-{}", plain(text).bytes().map(|b| format!("{b:02x}")).collect::<String>());
        let mut lost = String::new();
        for _ in 0..ATTEMPTS {
            match self.effect_at(&path, &call.path, call.verb, &body.json(), &once) {
                Ok(reply) if (400..500).contains(&reply.status) && reply.status != 409 => {
                    return Ok(Err(format!("\"{text}\" could not be made: {}", reply.words())));
                }
                Ok(reply) => lost = reply.words(),
                Err(Halt::Lost(why)) => lost = why,
                Err(halt) => return Err(halt),
            }
            // Also after a good answer: the list is what tells its id.
            for wait in [false, true] {
                if wait {
                    self.caller.clock.sleep(self.lag());
                }
                let listed = self.list_values(name, list)?;
                if let Some(id) = listed.and_then(|all| all.get(&plain(text)).cloned()) {
                    return Ok(Ok(id));
                }
            }
        }
        Err(unsent(format!("\"{text}\" could not be made a value of `{name}`: {lost}")))
    }
}

fn entry(list: &ValueList, item: &RawValue) -> Option<(String, Box<RawValue>)> {
    let name = at(item, &list.name).and_then(|v| text_of(&v))?;
    Some((plain(&name), at(item, &list.id)?))
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}
