//! Reading records back by key, and whether what is there is what was sent.

use super::caller::Caller;
use super::client::{Ask, Reply};
use super::look::not_understood;
use super::transport::Record;
use crate::diagnostic::Result;
use crate::spec::platform::{Field, FieldType, Model, Read, filled};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Keys asked for at once.
const KEYS_MAX: usize = 50;
/// Two instants nearer than this are the same: the platform rounds them (facts 1.8).
const NEAR_NS: i128 = 10_000_000;

type Fields = BTreeMap<String, Box<RawValue>>;

impl Caller {
    /// The records under these keys; `None` when the platform file does not say how they are read, or the key has several
    /// fields.
    ///
    /// # Errors
    /// E502 to E504.
    pub fn look_up(&self, model: &Model, keys: &[&str]) -> Result<Option<Vec<Record>>> {
        let (Some(read), [field]) = (&model.read, model.key.as_slice()) else { return Ok(None) };
        let at_once = if read.get.contains("{keys}") { KEYS_MAX } else { 1 };
        let mut found = Vec::new();
        for keys in keys.chunks(at_once) {
            // A key of dots cannot be asked for by a path of its own, so nothing can be said of any.
            let Ok(path) = path(&read.get, keys) else { return Ok(None) };
            let ask = Ask { shown: Some(&read.get), ..Ask::get(&path) };
            let records = self.records(&ask, read)?;
            found.extend(records.into_iter().filter_map(|fields| record(fields, field, read)));
        }
        Ok(Some(found))
    }

    fn records(&self, ask: &Ask<'_>, read: &Read) -> Result<Vec<Fields>> {
        // One record that is not there is no mistake, where it is asked for by its own path.
        let reply = self.call(ask);
        if read.get.contains("{key}") && reply.as_ref().is_ok_and(|r| matches!(r.status, 404 | 410)) {
            return Ok(Vec::new());
        }
        let reply = self.answered(ask, reply)?;
        Ok(listed(&reply, &read.records).map_err(|e| not_understood(&e))?)
    }
}

/// Puts the keys into the path, so that no key can say anything else there; `Err` when one cannot stand in it.
fn path(template: &str, keys: &[&str]) -> std::result::Result<String, String> {
    let quoted: Vec<String> = keys.iter().map(|k| format!("'{}'", k.replace('\'', "''"))).collect();
    filled(template, |place| match place {
        "keys" => Some(quoted.join(",")),
        _ => keys.first().map(|k| (*k).to_owned()),
    })
}

/// The records of an answer: a list at a pointer, or one record. Digits stay as they stand.
fn listed(reply: &Reply, pointer: &str) -> std::result::Result<Vec<Fields>, String> {
    let mut raw: Box<RawValue> = serde_json::from_slice(&reply.body).map_err(|e| e.to_string())?;
    for name in pointer.split('/').skip(1) {
        let mut object: Fields =
            serde_json::from_str(raw.get()).map_err(|_| format!("no `{pointer}` in it"))?;
        raw = object.remove(name).ok_or_else(|| format!("no `{pointer}` in it"))?;
    }
    if raw.get().starts_with('[') {
        serde_json::from_str(raw.get()).map_err(|e| e.to_string())
    } else {
        serde_json::from_str(raw.get()).map(|one| vec![one]).map_err(|e| e.to_string())
    }
}

fn record(fields: Fields, key: &str, read: &Read) -> Option<Record> {
    let key = fields.get(key).and_then(|v| text(v))?;
    let remote = read.id.strip_prefix('/').and_then(|id| fields.get(id)).and_then(|v| text(v));
    Some(Record { key, remote, fields })
}

/// A text, or the digits of a number.
fn text(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'0'..=b'9' | b'-' => Some(value.get().to_owned()),
        _ => None,
    }
}

/// Whether the value there differs from the one sent (its canonical text, `None` for empty). A member that is not in the
/// answer proves nothing: the platform leaves out what is empty, and reading knows other names than sending.
pub fn differs(field: &Field, sent: Option<&str>, there: Option<&RawValue>) -> bool {
    let Some(there) = there else { return false };
    let there = there.get();
    let Some(sent) = sent else { return !matches!(there, "null" | "\"\"") };
    let plain: Option<String> = serde_json::from_str(there).ok();
    let plain = plain.as_deref().unwrap_or(there);
    match field.ty {
        FieldType::Decimal(_) | FieldType::Integer => decimal(plain) != decimal(sent),
        FieldType::Date | FieldType::DateTime => !same_instant(plain, sent),
        FieldType::Uuid => !plain.eq_ignore_ascii_case(sent),
        FieldType::Object => json(there) != json(sent) && json(plain) != json(sent),
        FieldType::Text | FieldType::Boolean => plain != sent,
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

fn same_instant(a: &str, b: &str) -> bool {
    match (nanoseconds(a), nanoseconds(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= NEAR_NS,
        _ => a == b,
    }
}

/// A date or time as nanoseconds; without a zone as if of UTC.
fn nanoseconds(text: &str) -> Option<i128> {
    let instant = text.parse::<jiff::Timestamp>().ok();
    let civil = || {
        let date =
            text.parse::<jiff::civil::Date>().ok().map(|d| d.to_datetime(jiff::civil::Time::midnight()));
        let time = text.parse::<jiff::civil::DateTime>().ok().or(date)?;
        time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp())
    };
    instant.or_else(civil).map(jiff::Timestamp::as_nanosecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::platform::{embedded, parse};

    fn differs_in(field: &str, sent: Option<&str>, there: &str) -> bool {
        let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        let field = platform.model("InvoiceSyncModel").unwrap().field(field).unwrap().clone();
        let there: Box<RawValue> = serde_json::from_str(there).unwrap();
        differs(&field, sent, Some(&there))
    }

    #[test]
    fn values_are_compared_by_what_they_mean() {
        for (field, sent, there) in [
            ("totalAmount", Some("1190.50"), "1190.5"),
            ("totalAmount", Some("1190.50"), "1.1905e3"),
            ("totalAmount", Some("9007199254740993.01"), "9007199254740993.01"),
            ("invoiceDate", Some("2026-10-02T00:00:00"), "\"2026-10-02T00:00:00.0012345Z\""),
            ("isVoided", Some("true"), "true"),
            ("referenceCode", Some("007"), "\"007\""),
            ("referenceCode", None, "null"),
        ] {
            assert!(!differs_in(field, sent, there), "{field} {sent:?} {there}");
        }
        for (field, sent, there) in [
            ("totalAmount", Some("9007199254740993.01"), "9007199254740993.02"),
            ("totalAmount", Some("1.00"), "\"x\""),
            ("invoiceDate", Some("2026-10-02T00:00:00"), "\"2026-10-03T00:00:00\""),
            ("isVoided", Some("true"), "false"),
            ("referenceCode", Some("007"), "7"),
            ("referenceCode", Some("a"), "null"),
            ("referenceCode", None, "\"old\""),
        ] {
            assert!(differs_in(field, sent, there), "{field} {sent:?} {there}");
        }
    }

    #[test]
    fn a_key_cannot_leave_its_place_in_the_path() {
        let filter = "/q?filter=k%20in%20({keys})";
        assert_eq!(
            path(filter, &["a'b", "c&d"]).unwrap(),
            "/q?filter=k%20in%20(%27a%27%27b%27%2C%27c%26d%27)"
        );
        assert_eq!(path("/q/{key}", &["../x"]).unwrap(), "/q/%2E%2E%2Fx");
        assert!(path("/q/{key}", &[".."]).is_err());
    }

    #[test]
    fn lists_and_single_records_are_read() {
        let reply = |body: &str| Reply { status: 200, retry_after: None, body: body.into() };
        assert_eq!(listed(&reply(r#"{"records":[{"k":1.10},{}]}"#), "/records").unwrap().len(), 2);
        assert_eq!(listed(&reply(r#"{"k":1.10}"#), "").unwrap()[0]["k"].get(), "1.10");
        assert!(listed(&reply("{}"), "/records").is_err() && listed(&reply("7"), "").is_err());
    }
}
