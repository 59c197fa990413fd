//! Lookups: rows in the mapping, in a source, or in a file of their own (which is then a source too); and their use in
//! a value.

use super::scope::SourceView;
use super::typed::{Cell, Reading};
use super::value::{Place, Wrong};
use super::{LookupPlan, LookupRows};
use crate::diagnostic::{Code, Location, TomlSource, did_you_mean};
use crate::expr::{ColumnArg, Fail, Lowered, Type};
use crate::spec::mapping::{LookupFrom, LookupSpec, LookupUse, Matching, Miss, Origin, ValueSpec};
use crate::spec::platform::Field;
use crate::spec::walk::Spot;
use crate::sql::{self, Expr, lookup as statements, read};
use std::ops::Range;
use std::sync::Arc;

/// A lookup that values may name.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// Name.
    pub name: String,
    /// How a key is found.
    pub matching: Matching,
    /// Its key columns; empty: not known, as it has mistakes of its own, which are told.
    pub keys: Vec<String>,
    /// How what it gives is read: with a file of its own and a `locale` there, the number marks, and whether all its cells are
    /// text.
    locale: Option<(read::Locale, bool)>,
    /// Date patterns of its own file.
    dates: Vec<String>,
}

impl Known {
    /// Of a lookup as written.
    pub fn of(spec: &LookupSpec) -> Self {
        let keys = match spec.from {
            LookupFrom::Table(_) => vec!["key".to_owned()],
            _ => spec.key.iter().map(|k| k.value.clone()).collect(),
        };
        let (mut locale, mut dates) = (None, Vec::new());
        if let LookupFrom::File(file) = &spec.from {
            let texts =
                file.file.as_ref().is_some_and(|f| f.value.ends_with(".csv") || f.value.ends_with(".txt"));
            locale = file.locale.as_ref().and_then(|l| read::locale(&l.value)).map(|l| (l, texts));
            dates = file.dates.iter().map(|d| d.value.clone()).collect();
        }
        Self { name: spec.name.value.clone(), matching: spec.matching, keys, locale, dates }
    }

    /// Of one that could not be read.
    pub fn broken(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            matching: Matching::Equal,
            keys: Vec::new(),
            locale: None,
            dates: Vec::new(),
        }
    }
}

/// How a value's text is read: as the source's cells, or, where it was looked up, as its file says. (What is not found and kept
/// is the source's.)
pub(super) fn reading(spec: &ValueSpec, place: &Place<'_>) -> Reading {
    let mut reading = place.source.reading.clone();
    let Some(LookupUse::Named(name)) = &spec.lookup else { return reading };
    let Some(known) = place.lookups.iter().find(|l| l.name == name.value) else { return reading };
    if spec.miss == Miss::Keep {
        return reading;
    }
    if let Some((locale, texts)) = known.locale {
        (reading.locale, reading.texts) = (Some(locale), texts);
    }
    if !known.dates.is_empty() {
        reading.dates.clone_from(&known.dates);
    }
    reading
}

/// Name of the source that a lookup's own file is read as.
pub fn source_name(lookup: &str) -> String {
    format!("lookup.{lookup}")
}

/// Resolves a lookup's columns.
pub(super) fn lookup(
    spec: &LookupSpec,
    sources: &[SourceView],
    toml: &Arc<TomlSource>,
) -> Result<LookupPlan, Vec<Wrong>> {
    let name = spec.name.value.clone();
    let (table, source) = match &spec.from {
        LookupFrom::Table(pairs) => (pairs.clone(), None),
        LookupFrom::Source(source) => (Vec::new(), Some(view(&source.value, source, sources)?)),
        LookupFrom::File(_) => (Vec::new(), Some(view(&source_name(&name), &spec.name, sources)?)),
    };
    let keys = if source.is_some() { spec.key.len() } else { 1 };
    let last = statements::last_key(keys);
    let read = match source {
        Some(view) => view.reading.sortable(&last),
        None => table_reading(spec)?.sortable(&last),
    };
    let rows = source.map(|view| rows(spec, view, toml)).transpose()?;
    Ok(LookupPlan { name, table, rows, matching: spec.matching, keys, read })
}

fn view<'a>(
    source: &str,
    at: &Spot<String>,
    sources: &'a [SourceView],
) -> Result<&'a SourceView, Vec<Wrong>> {
    sources.iter().find(|s| s.name == source).ok_or_else(|| {
        let help = did_you_mean(source, sources.iter().map(|s| s.name.as_str()));
        let message = format!("there is no source `{source}`");
        vec![Wrong::new(Code::UNKNOWN_SOURCE, &at.span, message, help)]
    })
}

/// How the keys of a table in the mapping are read.
fn table_reading(spec: &LookupSpec) -> Result<Reading, Vec<Wrong>> {
    let (dates, locale) = &spec.reading;
    let mut wrong = Vec::new();
    for pattern in dates.iter().filter(|p| read::date_pattern(&p.value).is_none()) {
        let message = format!("\"{}\" is not a date pattern", pattern.value);
        wrong.push(Wrong::new(Code::BAD_PATTERN, &pattern.span, message, None));
    }
    let marks = locale.as_ref().and_then(|l| read::locale(&l.value));
    if let (Some(tag), None) = (locale, marks) {
        let message = format!("\"{}\" is not a locale known here", tag.value);
        wrong.push(Wrong::new(Code::UNKNOWN_LOCALE, &tag.span, message, None));
    }
    let dates = dates.iter().map(|d| d.value.clone()).collect();
    if wrong.is_empty() { Ok(Reading { locale: marks, dates, ..Reading::default() }) } else { Err(wrong) }
}

fn rows(spec: &LookupSpec, view: &SourceView, toml: &Arc<TomlSource>) -> Result<LookupRows, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut text = |column: &Spot<String>| {
        let index = view.columns.index(&ColumnArg::Name(column.value.clone()), false);
        match index {
            Ok(column) => Some(view.reading.text(Cell { alias: "s", column }).value),
            Err(r) => {
                let message = format!("{} in the rows of lookup {}", r.message, spec.name.value);
                wrong.push(Wrong::new(Code::UNKNOWN_COLUMN, &column.span, message, r.help));
                None
            }
        }
    };
    let keys: Vec<Expr> = spec.key.iter().filter_map(&mut text).collect();
    let give = spec.give.as_ref().and_then(&mut text);
    let named = spec.key.iter().chain(&spec.give);
    let columns = named.map(|c| (c.value.clone(), Location::toml(toml, c.span.clone()))).collect();
    match give {
        Some(give) if wrong.is_empty() => Ok(LookupRows { source: view.name.clone(), keys, give, columns }),
        _ => Err(wrong),
    }
}

/// What cannot be said of a value's lookup: the number of its texts, and steps for one text where there are several.
pub(super) fn check(spec: &ValueSpec, place: &Place<'_>) -> Result<(), Vec<Wrong>> {
    let several = match &spec.origin {
        Origin::Parts(parts) => Some(parts),
        _ => None,
    };
    let whole = |parts: &[Spot<String>]| -> Range<usize> {
        let start = parts.first().map_or(0, |p| p.span.start);
        start..parts.last().map_or(start, |p| p.span.end)
    };
    let wrong = |span: &Range<usize>, message: String, help: &str| {
        Err(vec![Wrong::new(Code::LOOKUP_KEYS, span, message, Some(help.to_owned()))])
    };
    let Some(LookupUse::Named(name)) = &spec.lookup else {
        return match several {
            Some(parts) => wrong(
                &whole(parts),
                "several columns make one value only by way of a named lookup".to_owned(),
                "Add `lookup = \"…\"` with as many key columns, take the first that is not empty by `first_of`, or join \
                 them in an expression.",
            ),
            None => Ok(()),
        };
    };
    let Some(known) = place.lookups.iter().find(|l| l.name == name.value) else {
        let help = did_you_mean(&name.value, place.lookups.iter().map(|l| l.name.as_str()));
        let message = format!("there is no lookup `{}`", name.value);
        return Err(vec![Wrong::new(Code::UNKNOWN_LOOKUP, &name.span, message, help)]);
    };
    let given = several.map_or(1, Vec::len);
    if !known.keys.is_empty() && known.keys.len() != given {
        let span = several.map_or_else(|| name.span.clone(), |parts| whole(parts));
        let columns: Vec<String> = known.keys.iter().map(|k| format!("\"{k}\"")).collect();
        let message = format!(
            "lookup {} has {} ({}), the value gives {given}",
            name.value,
            if columns.len() == 1 {
                "one key column".to_owned()
            } else {
                format!("{} key columns", columns.len())
            },
            columns.join(", ")
        );
        let help = if columns.len() == 1 {
            "Give one column: from = \"…\".".to_owned()
        } else {
            format!(
                "Give a column of the source for each, in that order, such as from = [{}].",
                columns.join(", ")
            )
        };
        return wrong(&span, message, &help);
    }
    if several.is_none() {
        return Ok(());
    }
    if spec.extract.is_some() || spec.case.is_some() || spec.pad_left.is_some() {
        let help = "Write them into an expression of the list, such as from = [\"Mandant\", '=upper(text(\"Konto\"))'].";
        let message = "`extract`, `case` and `pad_left` work on one text, not on several columns".to_owned();
        return wrong(&spec.span, message, help);
    }
    if spec.miss == Miss::Keep {
        let help = "Use miss = \"null\" or \"reject\".";
        return wrong(&spec.span, "`miss = \"keep\"` cannot keep several columns".to_owned(), help);
    }
    Ok(())
}

/// What a table in place gives to a field with a closed list must be in it: seen here, not only when a row comes.
pub(super) fn gives_what_fits(spec: &ValueSpec, field: &Field) -> Result<(), Vec<Wrong>> {
    let Some(LookupUse::Inline(pairs)) = &spec.lookup else { return Ok(()) };
    let known = |given: &String| given.is_empty() || field.one_of.contains(given);
    let strange = pairs.iter().filter(|(_, given)| !field.one_of.is_empty() && !known(given));
    let wrong: Vec<Wrong> = strange
        .map(|(key, given)| {
            let help = did_you_mean(given, field.one_of.iter().map(String::as_str))
                .unwrap_or_else(|| format!("One of {}.", field.one_of.join(", ")));
            let message =
                format!("`{}` cannot be \"{given}\", which the lookup gives for \"{key}\"", field.name);
            Wrong::new(Code::BAD_CONSTANT, &spec.span, message, Some(help))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Looks texts up; [`check`] has been passed.
pub(super) fn look_up(used: &LookupUse, miss: Miss, texts: Vec<Lowered>, place: &Place<'_>) -> Lowered {
    let keys: Vec<Expr> = texts.iter().map(|t| t.value.clone()).collect();
    let last = keys.last().cloned().unwrap_or_else(|| Expr::null("VARCHAR"));
    let (found, name) = match used {
        LookupUse::Inline(pairs) => (sql::steps::inline(&last, pairs), "this table".to_owned()),
        LookupUse::Named(name) => {
            let known = place.lookups.iter().find(|l| l.name == name.value);
            let found = match known.map(|l| l.matching).unwrap_or_default() {
                Matching::Equal => statements::equal(&keys, &name.value),
                Matching::Prefix => statements::prefix(&keys, &name.value),
                Matching::OnOrBefore => {
                    let (date, number) = place.source.reading.sortable(&last);
                    statements::on_or_before(&keys, date, number, &name.value)
                }
            };
            (place.source.reading.looked_up(found), format!("lookup {}", name.value))
        }
    };
    let fails: Vec<Fail> = texts.into_iter().flat_map(|t| t.fails).collect();
    let column = fails.first().and_then(|f| f.column.clone());
    match miss {
        Miss::Keep => Lowered { ty: Type::Text, value: found.or_else(last), fails },
        Miss::Null => Lowered { ty: Type::Text, value: found, fails },
        Miss::Reject => {
            let given = keys.iter().map(|k| k.clone().is_not_null());
            let when = Expr::all(given.chain([found.clone().is_null()]));
            let shown = match keys.as_slice() {
                [one] => one.clone(),
                _ => Expr::call("concat_ws", [Expr::text(" / ")].into_iter().chain(keys.iter().cloned())),
            };
            let miss = Fail {
                when,
                code: Code::LOOKUP_MISS,
                reason: Expr::text(&format!("is not in {name}")),
                value: Some(shown),
                column,
            };
            Lowered { ty: Type::Text, value: found, fails: fails.into_iter().chain([miss]).collect() }
        }
    }
}
