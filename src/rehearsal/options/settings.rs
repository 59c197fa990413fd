//! The settings by name, as in `rehearse lockstep --set delay=500`: one row each.

use super::{Header, Missing, OnUnknown, Options, UnknownRecords};

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it can be; the first is the default.
    pub values: &'static str,
    /// What it does.
    pub doc: &'static str,
    set: fn(&mut Options, &str) -> Option<()>,
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "delay",
        values: "0 | milliseconds",
        doc: "how long an upload stays in each state",
        set: |o, v| v.parse().ok().map(|n| o.delay_ms = n),
    },
    Setting {
        name: "states",
        values: "short | connector",
        doc: "whether Connector stands between Ready and In Progress",
        set: |o, v| flag(&mut o.connector, v, "short", "connector"),
    },
    Setting {
        name: "on-errors",
        values: "Success | Failed",
        doc: "state of an upload in which some records failed",
        set: |o, v| choose(&mut o.state_on_errors, v, &[("Success", "Success"), ("Failed", "Failed")]),
    },
    Setting {
        name: "unknown-reference",
        values: "error | skip | accept",
        doc: "what a reference to a record that is not there leads to",
        set: |o, v| {
            let all = [("error", OnUnknown::Error), ("skip", OnUnknown::Skip), ("accept", OnUnknown::Accept)];
            choose(&mut o.on_unknown, v, &all)
        },
    },
    Setting {
        name: "missing-number",
        values: "reject | default | refuse",
        doc: "a required number or flag that is missing: the record fails, is 0 or false, or the whole JSON upload is refused",
        set: |o, v| {
            let all =
                [("reject", Missing::Reject), ("default", Missing::Default), ("refuse", Missing::Refuse)];
            choose(&mut o.missing, v, &all)
        },
    },
    Setting {
        name: "unknown-records",
        values: "refuse | ignore",
        doc: "records in a JSON array that belongs to no record type: the whole upload is refused, or they are left alone",
        set: |o, v| {
            let all = [("refuse", UnknownRecords::Refuse), ("ignore", UnknownRecords::Ignore)];
            choose(&mut o.unknown_records, v, &all)
        },
    },
    Setting {
        name: "spelling",
        values: "0 | 1 | 2",
        doc: "which of a record type's `answers` stands in details",
        set: |o, v| choose(&mut o.spelling, v, &[("0", 0), ("1", 1), ("2", 2)]),
    },
    Setting {
        name: "part",
        values: "any | file | files | File",
        doc: "name of the part that holds the archive",
        set: |o, v| {
            o.part = (v != "any").then(|| v.to_owned());
            Some(())
        },
    },
    Setting {
        name: "header",
        values: "any | as-is | pascal",
        doc: "spelling of the header names of a CSV file",
        set: |o, v| {
            let all = [("any", Header::Any), ("as-is", Header::AsIs), ("pascal", Header::Pascal)];
            choose(&mut o.header, v, &all)
        },
    },
    Setting {
        name: "entries",
        values: "any | plain",
        doc: "plain: entries of an archive may not lie in folders",
        set: |o, v| flag(&mut o.entry_folders, v, "plain", "any"),
    },
    Setting {
        name: "records-max",
        values: "none | number",
        doc: "most records of an upload",
        set: |o, v| number(&mut o.records_max, v),
    },
    Setting {
        name: "too-many",
        values: "413 | 400",
        doc: "status of an upload with more",
        set: |o, v| choose(&mut o.too_many, v, &[("413", 413), ("400", 400)]),
    },
    Setting {
        name: "per-second",
        values: "none | number",
        doc: "most requests in a second, more are answered with 429",
        set: |o, v| number(&mut o.per_second, v),
    },
    Setting {
        name: "retry-after",
        values: "yes | no",
        doc: "whether that 429 says when to come again",
        set: |o, v| flag(&mut o.retry_after, v, "no", "yes"),
    },
    Setting {
        name: "auth",
        values: "open | required",
        doc: "required: requests without credentials are answered with 401",
        set: |o, v| flag(&mut o.require_auth, v, "open", "required"),
    },
    Setting {
        name: "key",
        values: "any | text",
        doc: "the only key taken; it makes credentials required",
        set: |o, v| {
            o.key = (v != "any").then(|| v.to_owned());
            o.require_auth |= o.key.is_some();
            Some(())
        },
    },
    Setting {
        name: "401",
        values: "empty | problem",
        doc: "body of a 401",
        set: |o, v| flag(&mut o.problem_401, v, "empty", "problem"),
    },
    Setting {
        name: "404",
        values: "problem | empty",
        doc: "body of the 404 for an unknown upload",
        set: |o, v| flag(&mut o.empty_404, v, "problem", "empty"),
    },
    Setting {
        name: "times",
        values: "short | long",
        doc: "times read back: two digits of a second and no zone, or seven and Z",
        set: |o, v| flag(&mut o.short_times, v, "long", "short"),
    },
    Setting {
        name: "nulls",
        values: "omit | write",
        doc: "members without a value",
        set: |o, v| flag(&mut o.nulls, v, "omit", "write"),
    },
    Setting {
        name: "cancel",
        values: "unchanged | refuse",
        doc: "a cancellation without effect: 200 and the state, or 400",
        set: |o, v| flag(&mut o.refuse_cancel, v, "unchanged", "refuse"),
    },
    Setting {
        name: "account",
        values: "Rehearsal | text",
        doc: "name of the account",
        set: |o, v| {
            v.clone_into(&mut o.account);
            (!v.is_empty()).then_some(())
        },
    },
];

impl Options {
    /// Sets `name=value`.
    ///
    /// # Errors
    /// What can be set, or the values that can.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not name=value"))?;
        let Some(setting) = SETTINGS.iter().find(|s| s.name == name) else {
            let known: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
            return Err(format!("`{name}` is no setting; they are {}", known.join(", ")));
        };
        (setting.set)(self, value).ok_or_else(|| format!("`{text}`: {name} is {}", setting.values))
    }
}

fn choose<T: Copy>(place: &mut T, word: &str, all: &[(&str, T)]) -> Option<()> {
    all.iter().find(|(w, _)| *w == word).map(|(_, value)| *place = *value)
}

fn flag(place: &mut bool, word: &str, no: &str, yes: &str) -> Option<()> {
    choose(place, word, &[(no, false), (yes, true)])
}

fn number<T: std::str::FromStr>(place: &mut Option<T>, word: &str) -> Option<()> {
    *place = if word == "none" { None } else { Some(word.parse().ok()?) };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_takes_its_first_value_and_refuses_nonsense_by_naming_what_fits() {
        for setting in SETTINGS {
            let first = setting.values.split(" | ").next().unwrap();
            Options::default().set(&format!("{}={first}", setting.name)).unwrap();
        }
        let said = |text: &str| Options::default().set(text).unwrap_err();
        assert!(said("delay=x").contains("milliseconds"));
        assert!(said("spelling=3").contains("0 | 1 | 2"));
        assert!(said("nonsense=1").contains("unknown-reference"));
        assert!(said("delay").contains("name=value"));
    }

    #[test]
    fn the_first_value_is_the_default() {
        let mut options = Options::default();
        for setting in SETTINGS {
            let first = setting.values.split(" | ").next().unwrap();
            options.set(&format!("{}={first}", setting.name)).unwrap();
        }
        assert_eq!(format!("{options:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn the_environment_sets_the_same() {
        let made = Options::of_environment(Some("twice:times=1"), Some("delay=5, key=k")).unwrap();
        assert_eq!((made.delay_ms, made.key.as_deref(), made.require_auth), (5, Some("k"), true));
        assert_eq!(made.fault.times, Some(1));
        let said = |fault, settings| Options::of_environment(fault, settings).unwrap_err().to_string();
        assert!(said(Some("x"), None).contains("CROSSWALK_FAULT"));
        assert!(said(None, Some("x=1")).contains("CROSSWALK_REHEARSAL"));
    }
}
