//! Records as arrays in one JSON object, facts 1.6: read record by record, whatever the letter case of its members.
//!
//! The array of a record type is its `array`, or else the last spelling in its `answers`. Members that nobody knows are
//! left alone, as the contract allows (facts 1.9). Records in an array that nobody knows are refused with it, since
//! `Success` would call them taken; the contract does not tell (facts 1.6), so that is a setting. A value of the wrong JSON type is refused as the platform's reader of
//! JSON does, with the place in the form `$.invoices[0].isVoided` (facts 1.8). Texts for numbers are taken, as that
//! reader does for the web; what stands in a text is checked later, record by record.

use super::body::{self, About, Names, OnRow, Wrong};
use super::options::UnknownRecords;
use super::{Missing, Options};
use crate::spec::platform::{Field, FieldType, Model, Platform};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The one record type whose schema allows no other members, facts 1.9.
const CLOSED: &str = "InvoiceWorkflowStatusSyncModel";

/// What the object says about itself, in small letters.
const ABOUT: [&str; 6] =
    ["appenrollmentid", "isfullsync", "runfullsync", "currentbatch", "totalbatches", "parentsyncrequestid"];

/// Reads every record; gives what the object says about itself.
pub(super) fn each_row(
    json: &[u8],
    platform: &Platform,
    options: &Options,
    on_row: OnRow<'_>,
) -> Result<About, Wrong> {
    let fields = platform.models.iter().map(body::names).collect();
    let mut reading = Reading { platform, fields, options, on_row, about: About::default(), wrong: None };
    let mut json = serde_json::Deserializer::from_slice(json);
    let read = (&mut reading).deserialize(&mut json).and_then(|()| json.end());
    match (reading.wrong, read) {
        (Some(wrong), _) => Err(wrong),
        (None, Err(error)) => Err(("$".to_owned(), format!("The JSON cannot be read: {error}"))),
        (None, Ok(())) => reading.about.check().map(|()| reading.about),
    }
}

struct Reading<'a> {
    platform: &'a Platform,
    fields: Vec<Names>,
    options: &'a Options,
    on_row: OnRow<'a>,
    about: About,
    /// What ended the reading; the error of the reader only carries it out.
    wrong: Option<Wrong>,
}

impl Reading<'_> {
    fn fail<E: serde::de::Error>(&mut self, wrong: Wrong) -> E {
        self.wrong = Some(wrong);
        E::custom("refused")
    }

    fn array(&self, name: &str) -> Option<usize> {
        let lower = name.to_lowercase();
        let models = &self.platform.models;
        let answers_to = |m: &Model| m.answers.last().is_some_and(|a| a.to_lowercase() == lower);
        let named = models.iter().position(|m| m.array.to_lowercase() == lower);
        named.or_else(|| models.iter().position(answers_to))
    }

    /// A member that is no array of a record type.
    fn other(&mut self, name: &str, value: &RawValue) -> Result<(), Wrong> {
        if ABOUT.contains(&name.to_lowercase().as_str()) {
            return self.about.note(name, value.get()).map_err(|(place, why)| (format!("$.{place}"), why));
        }
        if self.options.unknown_records == UnknownRecords::Refuse && holds_records(value) {
            return Err((format!("$.{name}"), format!("The array '{name}' belongs to no record type.")));
        }
        Ok(())
    }

    fn record(&mut self, model: usize, place: &Place<'_>, raw: &RawValue) -> Result<(), Wrong> {
        let Some(shape) = self.platform.models.get(model) else { return Ok(()) };
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| unconvertible(&place.of(None), &shape.name))?;
        let mut cells = Vec::with_capacity(members.len());
        for (member, value) in &members {
            match self.fields.get(model).and_then(|names| names.get(&member.to_lowercase())).copied() {
                Some(n) => {
                    let field = shape.fields.get(n);
                    let text = field.map_or_else(|| Ok(String::new()), |f| text(f, value.get()));
                    let text = text.map_err(|ty| unconvertible(&place.of(Some(member)), ty))?;
                    cells.push((n, text));
                }
                None if shape.name == CLOSED => {
                    let message = format!("The member '{member}' is in no data definition of {CLOSED}.");
                    return Err((place.of(Some(member)), message));
                }
                None => {}
            }
        }
        if self.options.missing == Missing::Refuse {
            required(shape, &cells, place)?;
        }
        let cells: Vec<(usize, &str)> = cells.iter().map(|(n, text)| (*n, text.as_str())).collect();
        (self.on_row)(model, &cells)
    }
}

/// Where a record stands.
struct Place<'a> {
    array: &'a str,
    n: usize,
}

impl Place<'_> {
    /// As the reader of JSON writes it.
    fn of(&self, member: Option<&str>) -> String {
        let member = member.map(|m| format!(".{m}")).unwrap_or_default();
        format!("$.{}[{}]{member}", self.array, self.n)
    }
}

fn unconvertible(place: &str, ty: &str) -> Wrong {
    (place.to_owned(), format!("The JSON value could not be converted to {ty}. Path: {place}."))
}

/// A missing required member refuses the whole, in the form of the model's validation: `Invoices[0].ErpKey`.
fn required(shape: &Model, cells: &[(usize, String)], place: &Place<'_>) -> Result<(), Wrong> {
    let given = |n: usize| cells.iter().any(|(at, text)| *at == n && !text.is_empty());
    let lacking = shape.fields.iter().enumerate().find(|(n, f)| f.required && !given(*n));
    let Some((_, field)) = lacking else { return Ok(()) };
    let name = capital(&field.name);
    Err((format!("{}[{}].{name}", capital(place.array), place.n), format!("The {name} field is required.")))
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A value as a cell: a number by its digits, null as empty, an object as it stands. The error is the type that
/// cannot be made of it.
fn text(field: &Field, raw: &str) -> Result<String, &'static str> {
    let first = raw.as_bytes().first().copied().unwrap_or_default();
    let string = || serde_json::from_str::<String>(raw).map_err(|_| "System.String");
    let number = matches!(first, b'-' | b'0'..=b'9');
    match field.ty {
        _ if raw == "null" => Ok(String::new()),
        FieldType::Object => Ok(raw.to_owned()),
        FieldType::Boolean if matches!(raw, "true" | "false") => Ok(raw.to_owned()),
        FieldType::Boolean => Err("System.Boolean"),
        FieldType::Integer | FieldType::Decimal(_) if number => Ok(digits(raw)),
        FieldType::Integer | FieldType::Decimal(_) if first == b'"' => string(),
        FieldType::Integer => Err("System.Int32"),
        FieldType::Decimal(_) => Err("System.Decimal"),
        _ if first == b'"' => string(),
        FieldType::Date | FieldType::DateTime => Err("System.DateTime"),
        FieldType::Uuid => Err("System.Guid"),
        FieldType::Text => Err("System.String"),
    }
}

/// Whether a value is an array with an object in it.
fn holds_records(value: &RawValue) -> bool {
    let items: Option<Vec<&RawValue>> = serde_json::from_str(value.get()).ok();
    items.is_some_and(|items| items.iter().any(|item| item.get().starts_with('{')))
}

/// A number without exponent, as Python writes small and large ones with it.
fn digits(raw: &str) -> String {
    if !raw.contains(['e', 'E']) {
        return raw.to_owned();
    }
    rust_decimal::Decimal::from_scientific(raw).map_or_else(|_| raw.to_owned(), |n| n.normalize().to_string())
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if let Some(model) = self.array(&name) {
                map.next_value_seed(Records { reading: self, model, array: &name })?;
                continue;
            }
            let value = map.next_value::<&RawValue>()?;
            if let Err(wrong) = self.other(&name, value) {
                return Err(self.fail(wrong));
            }
        }
        Ok(())
    }
}

/// The array of one record type.
struct Records<'a, 'b> {
    reading: &'a mut Reading<'b>,
    model: usize,
    array: &'a str,
}

impl<'de> DeserializeSeed<'de> for Records<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut n = 0;
        while let Some(raw) = list.next_element::<&RawValue>()? {
            let place = Place { array: self.array, n };
            if let Err(wrong) = self.reading.record(self.model, &place, raw) {
                return Err(self.reading.fail(wrong));
            }
            n += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::platform::{embedded, parse};

    fn rows_with(json: &str, options: &Options) -> Result<(Vec<String>, About), Wrong> {
        let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        let mut found = Vec::new();
        let about = each_row(json.as_bytes(), &platform, options, &mut |model, cells| {
            let model = &platform.models[model];
            let cell = |(n, text): &(usize, &str)| format!("{}={text}", model.fields[*n].name);
            let mut cells: Vec<String> = cells.iter().map(cell).collect();
            cells.sort();
            found.push(format!("{} {}", model.name, cells.join(" ")));
            Ok(())
        })?;
        Ok((found, about))
    }

    fn rows(json: &str) -> Result<(Vec<String>, About), Wrong> {
        rows_with(json, &Options::default())
    }

    #[test]
    fn both_spellings_are_read_and_what_nobody_knows_is_left_alone() {
        let (found, about) = rows(
            "{\"companies\":[{\"erpKey\":\"1\",\"isActive\":true,\"extra\":[1,{}]}],\"Invoices\":[{\"ErpKey\":\"I\",\
              \"TotalAmount\":1190.50,\"CurrencyRate\":1e-05,\"IsVoided\":null}],\"contacts\":null,\"company\":[1],\
              \"IsFullSync\":true,\"currentBatch\":1,\"totalBatches\":2}",
        )
        .unwrap();
        assert_eq!(
            found,
            [
                "CompanySyncModel erpKey=1 isActive=true",
                "InvoiceSyncModel currencyRate=0.00001 erpKey=I isVoided= totalAmount=1190.50"
            ]
        );
        assert!(about.full && about.total == 2);
    }

    #[test]
    fn the_array_of_the_platform_file_is_read_whatever_its_answers() {
        let text = embedded("lockstep").unwrap().replacen("array   = \"companies\"", "array = \"people\"", 1);
        let mut platform = parse("lockstep", &text).unwrap();
        platform.models[0].answers = vec!["CompanySyncModel".into()];
        let mut read = 0;
        let json = br#"{"People":[{"erpKey":"1"}]}"#;
        each_row(json, &platform, &Options::default(), &mut |_, _| {
            read += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(read, 1);
    }

    #[test]
    fn records_of_no_record_type_are_refused_unless_they_may_be_left_alone() {
        let json = "{\"companies\":[{\"erpKey\":\"1\"}],\"unheard\":[{\"erpKey\":\"2\"}]}";
        assert_eq!(rows(json).unwrap_err().0, "$.unheard");
        let mut options = Options::default();
        options.set("unknown-records=ignore").unwrap();
        assert_eq!(rows_with(json, &options).unwrap().0.len(), 1);
        assert!(rows("{\"unheard\":[],\"other\":[1,\"{\"],\"third\":{\"a\":[{}]}}").is_ok());
    }

    #[test]
    fn a_value_of_another_type_is_refused_with_its_place() {
        let place = |json: &str| rows(json).unwrap_err().0;
        assert_eq!(place("{\"companies\":[{},{\"isActive\":\"yes\"}]}"), "$.companies[1].isActive");
        assert_eq!(place("{\"companies\":[{\"erpKey\":5}]}"), "$.companies[0].erpKey");
        assert_eq!(place("{\"companies\":[7]}"), "$.companies[0]");
        assert_eq!(place("{\"invoices\":[{\"totalAmount\":true}]}"), "$.invoices[0].totalAmount");
        assert_eq!(place("{\"invoiceWorkflowStatuses\":[{\"x\":1}]}"), "$.invoiceWorkflowStatuses[0].x");
        assert_eq!(place("{\"companies\":{}}"), "$");
        assert_eq!(place("[]"), "$");
        assert_eq!(place("{\"companies\":[{\"erpKey\":"), "$");
        assert_eq!(place("{\"currentBatch\":2}"), "currentBatch");
        assert_eq!(place("{\"appEnrollmentId\":\"x\"}"), "$.appEnrollmentId");
        assert!(rows("{\"invoices\":[{\"totalAmount\":\"1.5\"}]}").is_ok());
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(rows(&deep).is_ok());
    }

    #[test]
    fn a_missing_required_member_can_refuse_the_whole() {
        let options = Options { missing: Missing::Refuse, ..Options::default() };
        let wrong = rows_with("{\"companies\":[{\"erpKey\":\"1\"}]}", &options).unwrap_err();
        assert_eq!(wrong.0, "Companies[0].CompanyName");
        assert!(rows("{\"companies\":[{\"erpKey\":\"1\"}]}").is_ok());
    }
}
