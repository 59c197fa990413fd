//! `convert`: a record that has become one of another type (a prospect a member) is told so by the platform's own call,
//! before it is updated. What it is there decides, so that doing it twice does nothing.

use super::find::unsent;
use super::outgoing::Outgoing;
use super::{Fate, Halt, Step, Upsert};
use crate::spec::platform::{Convert, at, text_of};
use serde_json::value::RawValue;

impl Upsert {
    /// The id of the record, converted where that is due. Whether it keeps its id differs per platform.
    pub(super) fn converted(&self, o: &Outgoing<'_>, id: &str) -> Step<Result<String, Fate>> {
        let Some(convert) = o.calls.convert.as_ref().filter(|c| o.text(&c.field).as_ref() == Some(&c.to))
        else {
            return Ok(Ok(id.to_owned()));
        };
        let Some(there) = self.by_id(o, id)? else { return Ok(Ok(id.to_owned())) };
        if !due(o, convert, &there) {
            return Ok(Ok(id.to_owned()));
        }
        let path = match o.path(&convert.call.path, Some(id), &self.vars) {
            Ok(path) => path,
            Err(why) => return Ok(Err(Fate::Rejected(why))),
        };
        let once = format!("{}-c", o.once);
        match self.effect_at(&path, &convert.call.path, convert.call.verb, "{}", &once) {
            Ok(reply) if reply.fine() => {
                let answer: Option<Box<RawValue>> = serde_json::from_slice(&reply.body).ok();
                Ok(Ok(answer.and_then(|a| o.id_of(&a)).unwrap_or_else(|| id.to_owned())))
            }
            Ok(reply) if reply.status < 500 => {
                Ok(Err(Fate::Rejected(format!("refused with {}", reply.words()))))
            }
            Ok(reply) => self.after_loss(o, convert, id, reply.words()),
            Err(Halt::Lost(why)) => self.after_loss(o, convert, id, why),
            Err(halt) => Err(halt),
        }
    }

    /// The answer was lost: what it is now tells whether it was converted. One that is no longer there may live on under
    /// another id, which nobody has told us.
    fn after_loss(
        &self,
        o: &Outgoing<'_>,
        convert: &Convert,
        id: &str,
        why: String,
    ) -> Step<Result<String, Fate>> {
        match self.by_id(o, id) {
            Ok(Some(there)) if !due(o, convert, &there) => Ok(Ok(id.to_owned())),
            Ok(Some(_)) => Err(unsent(why)),
            Ok(None) => Ok(Err(Fate::Unknown(format!("the answer to its conversion was lost: {why}")))),
            Err(_) => Err(Halt::Lost(why)),
        }
    }
}

fn due(o: &Outgoing<'_>, convert: &Convert, there: &RawValue) -> bool {
    let pointer = o.model.field(&convert.field).and_then(|f| f.wire.pointer(&f.name));
    let now = pointer.and_then(|p| at(there, &p)).and_then(|v| text_of(&v));
    now.is_some_and(|now| convert.from.contains(&now))
}
