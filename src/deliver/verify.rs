//! `verify`: of an upload whose records are inferred accepted, a few are read back by key. One that is not there, or is
//! there with another value, makes the rest of the upload unknown: something in what the platform says is not so.

use super::{Delivery, batch};
use crate::diagnostic::Result;
use crate::platform::judge::{Rest, Verdict};
use crate::platform::{Record, differs};
use crate::spec::platform::Model;
use crate::sql::deliver;
use crate::sql::diff::Column;
use std::collections::BTreeMap;
use std::time::Duration;

/// Pauses before asking again for what is not there yet: reading lags behind writing on many platforms.
const PAUSES_MS: [u64; 5] = [100, 300, 900, 2000, 4000];

/// A record as it was sent: its key and canonical texts by field.
type Sent = (String, BTreeMap<String, Option<String>>);

/// Reads a few records of a batch back; a verdict that does not hold becomes unknown.
pub(super) fn read_back(d: &Delivery<'_>, number: i64, digest: &str, verdicts: &mut [Verdict]) -> Result<()> {
    let n = d.platform.answer.verify;
    if n == 0 || !verdicts.iter().any(|v| v.rest == Rest::Accepted) {
        return Ok(());
    }
    let sample = d.db.rows(&deliver::sample(number, digest, n), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut by_model: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (model, key) in sample {
        by_model.entry(model).or_default().push(key);
    }
    for (model, keys) in &by_model {
        let Some(model) = d.model(model).filter(|m| m.read.is_some()) else { continue };
        let Some(why) = doubt(d, number, model, keys)? else { continue };
        for v in verdicts.iter_mut().filter(|v| v.rest == Rest::Accepted) {
            v.rest = Rest::Unknown(why.clone());
        }
        return Ok(());
    }
    Ok(())
}

/// Why these records are not what was sent, if they are not, after waiting for them a bounded time.
fn doubt(d: &Delivery<'_>, number: i64, model: &Model, keys: &[String]) -> Result<Option<String>> {
    let columns = d.columns(&model.name);
    let columns: Vec<&Column> = columns.iter().filter(|c| !c.ignore).collect();
    let mut open = sent(d, number, model, &columns, keys)?;
    for pause in PAUSES_MS.iter().map(Some).chain([None]) {
        let asked: Vec<&str> = open.iter().map(|(key, _)| key.as_str()).collect();
        let found = match d.transport.look_up(model, &asked) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            // Reading is not sending: that it fails says nothing of what was taken.
            Err(e) => {
                (d.say)(&format!("Records of {} could not be read back: {e}", model.name));
                return Ok(None);
            }
        };
        open.retain(|record| wrong(model, record, &found).is_some());
        let Some(first) = open.first() else { return Ok(None) };
        match pause {
            Some(ms) if !d.env.cancel.asked() => std::thread::sleep(Duration::from_millis(*ms)),
            _ => return Ok(wrong(model, first, &found)),
        }
    }
    Ok(None)
}

fn sent(
    d: &Delivery<'_>,
    number: i64,
    model: &Model,
    columns: &[&Column],
    keys: &[String],
) -> Result<Vec<Sent>> {
    let sql = deliver::sent_values(number, &model.name, columns, &batch::utc(model), keys);
    let rows = d.db.rows(&sql, [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let record = |(key, fieldset, texts): (String, String, String)| {
        let texts: Vec<Option<String>> = serde_json::from_str(&texts).unwrap_or_default();
        let sent = |name: &str| fieldset.split(',').any(|f| f == name);
        let fields = columns.iter().map(|c| c.name.clone()).zip(texts).filter(|(name, _)| sent(name));
        (key, fields.collect())
    };
    Ok(rows.into_iter().map(record).collect())
}

/// What is wrong with a record there, if anything.
fn wrong(model: &Model, (key, fields): &Sent, found: &[Record]) -> Option<String> {
    let Some(record) = found.iter().find(|r| r.key == *key) else {
        return Some(format!("read back, {key} of {} is not there", model.name));
    };
    let differing = fields.iter().find(|(name, sent)| {
        let there = record.fields.get(*name).map(|v| &**v);
        model.field(name).is_some_and(|f| differs(f, sent.as_deref(), there))
    });
    differing.map(|(name, _)| {
        format!("read back, {key} of {} is there with another `{name}` than the one sent", model.name)
    })
}
