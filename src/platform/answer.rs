//! A polled answer read by the platform file's pointers and patterns: state, counts and lists per record type.

use crate::spec::platform::{Platform, around_star};
use serde_json::Value;

/// A key with what the platform said about it.
pub type Named = (String, Vec<String>);

/// A record that was surely taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Its key.
    pub key: String,
    /// The platform's own id of it, if it tells.
    pub remote: Option<String>,
    /// What the reader should know all the same, such as a field that was left out.
    pub notes: Vec<String>,
}

/// The answer to an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its state, as the platform spells it.
    pub state: String,
    /// What it says per record type.
    pub models: Vec<ModelAnswer>,
    /// Whether there are details at all.
    pub has_details: bool,
    /// Whether it names every record by itself, whatever the platform file says of lists and states: the transport
    /// asked about each, or put each there.
    pub each: bool,
    /// Why the details cannot be trusted, when they have another shape than the platform file says.
    pub fault: Option<String>,
}

/// What an answer says of one record type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelAnswer {
    /// Our name of it; the platform's own where none of ours fits.
    pub model: String,
    /// The counts named in the platform file, in its order; a missing one is 0.
    pub counts: Vec<(String, u64)>,
    /// Keys refused, with messages.
    pub errors: Vec<Named>,
    /// Keys skipped, with messages.
    pub skips: Vec<Named>,
    /// Keys taken, where the platform lists every record.
    pub accepted: Vec<Taken>,
    /// Keys of which nobody can say what became, with the reason: one answer of many was lost.
    pub unknown: Vec<Named>,
    /// Keys surely not taken, with the reason; later they may be.
    pub unsent: Vec<Named>,
}

impl Answer {
    /// Reads an answer.
    pub fn read(json: &Value, platform: &Platform) -> Self {
        let state = json.pointer(&platform.transport.state).and_then(Value::as_str).unwrap_or_default();
        let mut answer = Self { state: state.to_owned(), ..Self::default() };
        let Some((before, errors)) = around_star(&platform.answer.errors) else { return answer };
        let skips = around_star(&platform.answer.skips).map_or("", |(_, after)| after);
        match json.pointer(before) {
            None | Some(Value::Null) => {}
            Some(Value::Object(details)) => {
                answer.has_details = true;
                for (name, details) in details {
                    let read = model_answer(name, details, platform, errors, skips);
                    let read = read.and_then(|m| accepted(m, name, details, platform));
                    match read {
                        Ok(model) => answer.add(model),
                        Err(fault) => answer.fault = Some(fault),
                    }
                }
            }
            Some(_) => answer.fault = Some(format!("`{before}` is no object")),
        }
        answer
    }

    /// The part of a record type.
    pub fn model(&self, name: &str) -> Option<&ModelAnswer> {
        self.models.iter().find(|m| m.model == name)
    }

    fn add(&mut self, model: ModelAnswer) {
        if self.model(&model.model).is_some() {
            self.fault = Some(format!("two parts of the details are about {}", model.model));
        }
        self.models.push(model);
    }
}

fn model_answer(
    name: &str,
    details: &Value,
    platform: &Platform,
    errors: &str,
    skips: &str,
) -> Result<ModelAnswer, String> {
    let model = platform.model_called(name).map_or(name, |m| m.name.as_str());
    if !details.is_object() {
        return Err(format!("the details about {name} are no object"));
    }
    let beside = errors.rsplit_once('/').map_or("", |(parent, _)| parent);
    let beside = details.pointer(beside).unwrap_or(&Value::Null);
    let counts: Result<_, String> = platform.answer.counts.iter().map(|c| count(c, beside, name)).collect();
    Ok(ModelAnswer {
        model: model.to_owned(),
        counts: counts?,
        errors: named(details.pointer(errors), name)?,
        skips: if skips.is_empty() { Vec::new() } else { named(details.pointer(skips), name)? },
        ..ModelAnswer::default()
    })
}

/// The list of what was taken: keys, or keys with the platform's ids.
fn accepted(
    mut made: ModelAnswer,
    name: &str,
    details: &Value,
    platform: &Platform,
) -> Result<ModelAnswer, String> {
    let Some((_, pointer)) = around_star(&platform.answer.accepted) else { return Ok(made) };
    let id = |v: &Value| match v {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    made.accepted = match details.pointer(pointer) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(keys)) => {
            keys.iter().map(|(k, v)| Taken { key: k.clone(), remote: id(v), ..Taken::default() }).collect()
        }
        Some(Value::Array(keys)) => {
            let keys: Option<Vec<String>> = keys.iter().map(id).collect();
            let keys = keys.ok_or_else(|| format!("a list about {name} is not one of keys"))?;
            keys.into_iter().map(|key| Taken { key, ..Taken::default() }).collect()
        }
        Some(_) => return Err(format!("a list about {name} is not one of keys")),
    };
    Ok(made)
}

fn count(wanted: &str, counts: &Value, model: &str) -> Result<(String, u64), String> {
    let n = match counts.get(wanted) {
        None | Some(Value::Null) => 0,
        Some(n) => n.as_u64().ok_or_else(|| format!("`{wanted}` of {model} is no count"))?,
    };
    Ok((wanted.to_owned(), n))
}

/// An object of key → message or messages.
fn named(list: Option<&Value>, model: &str) -> Result<Vec<Named>, String> {
    match list {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(keys)) => Ok(keys.iter().map(|(k, v)| (k.clone(), messages(v))).collect()),
        Some(_) => Err(format!("a list about {model} is not one of keys")),
    }
}

fn messages(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(messages).collect(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::platform::{embedded, parse};

    fn read(json: &str) -> Answer {
        let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        Answer::read(&serde_json::from_str(json).unwrap(), &platform)
    }

    #[test]
    fn names_are_compared_without_case_and_messages_in_any_form() {
        let answer = read(
            r#"{"statusCode":"Success","details":{"COMPANIES":{"insertCount":2,"errorCount":2,
                "errors":{"A":["x","y"],"B":"z"},"skips":null}}}"#,
        );
        let part = answer.model("CompanySyncModel").unwrap();
        assert_eq!(part.counts.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 0, 0, 2]);
        assert_eq!(part.errors[0], ("A".to_owned(), vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(part.errors[1].1, ["z"]);
        assert!(answer.has_details && answer.fault.is_none());
    }

    #[test]
    fn what_was_taken_is_read_with_the_ids_of_the_platform() {
        let mut platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
        platform.answer.accepted = "/details/*/accepted".into();
        let taken = |list: &str| {
            let json = format!(r#"{{"statusCode":"Success","details":{{"Company":{{"accepted":{list}}}}}}}"#);
            let answer = Answer::read(&serde_json::from_str(&json).unwrap(), &platform);
            (answer.fault.clone(), answer.model("CompanySyncModel").map(|m| m.accepted.clone()))
        };
        let ids = taken(r#"{"A":"id-1","B":7,"C":null}"#).1.unwrap();
        assert_eq!(ids[0], Taken { key: "A".into(), remote: Some("id-1".into()), ..Taken::default() });
        assert_eq!((ids[1].remote.as_deref(), ids[2].remote.as_deref()), (Some("7"), None));
        assert_eq!(taken(r#"["A","B"]"#).1.unwrap().len(), 2);
        assert!(taken(r#"[{}]"#).0.is_some() && taken("7").0.is_some());
    }

    #[test]
    fn another_shape_is_a_fault() {
        for details in [
            r#"[]"#,
            r#"{"Company":3}"#,
            r#"{"Company":{"errors":["A"]}}"#,
            r#"{"Company":{"insertCount":-1}}"#,
            r#"{"Company":{},"companies":{}}"#,
        ] {
            let answer = read(&format!(r#"{{"statusCode":"Success","details":{details}}}"#));
            assert!(answer.fault.is_some(), "{details}");
        }
    }
}
