//! How a source is to be read, as seen: encoding, delimiter, header rows, locale, dates, words for nothing, yes and no.

use super::Export;
use super::lines::{has_form, literal, quoted};
use super::records::Record;
use super::synonyms::Synonyms;
use super::table::{Column, Reach, Table};
use crate::source::Form;
use crate::spec::platform::{FieldType, Platform};
use std::collections::BTreeMap;

/// A key of a source with its value and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub key: &'static str,
    pub value: String,
    pub comment: String,
}

fn set(key: &'static str, value: String, comment: &str) -> Setting {
    Setting { key, value, comment: comment.to_owned() }
}

/// The settings of a table's source, in the order they are written.
pub(super) fn settings(
    table: &Table,
    tables: &[Table],
    export: &Export,
    platform: &Platform,
    record: Option<&Record>,
    synonyms: &Synonyms,
) -> Vec<Setting> {
    let mut all = place(table, tables, export);
    if let Some(totals) = &table.totals {
        let stop = match &totals.label {
            Some((column, text)) => {
                let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or(text);
                Some(format!("starts_with(text({column}), {})", literal(word)))
            }
            None => full(table)
                .find(|c| totals.empty.contains(&c.name))
                .map(|c| format!("blank(text({}))", literal(&c.name))),
        };
        if let Some(stop) = stop {
            let said = format!("row {} holds sums; what stands below it is dropped", totals.row);
            all.push(set("stop_when", format!("'{stop}'"), &said));
            all.push(set("totals_row", "true".to_owned(), "total(\"…\") of a column can be used in checks"));
        }
    }
    let tabular = table.path.is_empty();
    if let Some(locale) = locale(table).filter(|_| tabular || comma(table)) {
        all.push(set("locale", quoted(locale), "how numbers typed as text are written here"));
    }
    let dates = dates(table);
    if !dates.is_empty() {
        let said = if dates.iter().any(|d| d.contains('/')) {
            "check which of the two is the month"
        } else {
            "ISO dates are understood as well"
        };
        all.push(set("dates", list(&dates), said));
    }
    let nulls = words(own(table), |v| synonyms.is("null", v));
    if !nulls.is_empty() {
        let nulls: Vec<String> = std::iter::once(String::new()).chain(nulls).collect();
        all.push(set("nulls", list(&nulls), "how \"nothing\" is written here"));
    }
    let flags = || flags(table, platform, record);
    for (key, flag) in [("yes", "yes"), ("no", "no")] {
        let found = words(flags(), |v| synonyms.is(flag, v));
        let plain = found.iter().all(|w| ["true", "false"].contains(&w.to_lowercase().as_str()));
        if !found.is_empty() && !plain {
            all.push(set(key, list(&found), ""));
        }
    }
    all
}

/// Where it is in the file, and how the file is written.
fn place(table: &Table, tables: &[Table], export: &Export) -> Vec<Setting> {
    let mut all = Vec::new();
    match table.within.and_then(|w| tables.get(w)) {
        Some(outer) => all.push(set(
            "within",
            quoted(&outer.source),
            "\"../\" reaches the row around, \"/…\" the document",
        )),
        None => {
            all.push(set("file", quoted(&export.pattern), &export.note));
            if export.last {
                all.push(set(
                    "pick",
                    quoted("last"),
                    "of several the last by name; \"exactly-one\" would stop, \"all\" would stack",
                ));
            }
        }
    }
    if let Some(each) = &table.each {
        all.push(set("each", quoted(each), &format!("one row a node: {} in this file", table.rows)));
    }
    if let Some(sheet) = &table.sheet {
        all.push(set("sheet", quoted(sheet), ""));
    }
    let several = "\"Group\" over \"Name\" is the column \"Group / Name\"";
    match table.header_rows.as_slice() {
        [] | [1] => {}
        [one] => all.push(set("header_rows", format!("[{one}]"), "the row that holds the columns' names")),
        rows => all.push(set("header_rows", format!("{rows:?}"), several)),
    }
    if let Some(encoding) = export.seen.encoding.as_deref().filter(|e| *e != "utf-8" && table.path.is_empty())
    {
        all.push(set("encoding", quoted(encoding), ""));
    }
    if let Some(delimiter) = export.seen.delimiter.filter(|d| *d != ',') {
        let shown = if delimiter == '\t' { "\"\\t\"".to_owned() } else { quoted(&delimiter.to_string()) };
        all.push(set("delimiter", shown, ""));
    }
    all
}

fn own(table: &Table) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(|c| c.reach == Reach::Own && !c.node)
}

/// Columns filled in every row.
fn full(table: &Table) -> impl Iterator<Item = &Column> {
    let most = own(table).map(|c| c.facts.filled).max().unwrap_or(0);
    own(table).filter(move |c| c.facts.filled == most)
}

/// The columns that are yes or no by the fields they feed.
fn flags<'a>(
    table: &'a Table,
    platform: &'a Platform,
    record: Option<&'a Record>,
) -> impl Iterator<Item = &'a Column> {
    let model = record.and_then(|r| platform.models.get(r.model));
    let picks = record.into_iter().flat_map(|r| &r.picks);
    picks
        .filter(move |p| {
            model.and_then(|m| m.fields.get(p.field)).is_some_and(|f| f.ty == FieldType::Boolean)
        })
        .filter_map(|p| table.columns.get(p.column))
        .filter(|c| c.facts.flags >= 0.8)
}

fn words<'a>(columns: impl Iterator<Item = &'a Column>, test: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (value, _) in columns.flat_map(|c| &c.facts.values) {
        if test(value) && !found.contains(value) {
            found.push(value.clone());
        }
    }
    found.sort();
    found
}

fn comma(table: &Table) -> bool {
    own(table).any(|c| has_form(c, Form::DecimalComma))
}

/// The locale of numbers written as text: by the language of the columns' names.
fn locale(table: &Table) -> Option<&'static str> {
    let grouped = |c: &Column| c.facts.values.iter().any(|(v, _)| v.contains(',') && v.contains('.'));
    if !comma(table) {
        return own(table).any(|c| has_form(c, Form::DecimalPoint) && grouped(c)).then_some("en-US");
    }
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for meaning in own(table).flat_map(|c| c.meanings.iter().flatten()).filter(|m| m.language != "en") {
        *votes.entry(meaning.language).or_default() += 1;
    }
    let most = votes.into_iter().max_by_key(|(_, n)| *n).map(|(l, _)| l);
    Some(match most {
        Some("fr") => "fr-FR",
        Some("es") => "es-ES",
        Some("nl") => "nl-NL",
        Some("no") => "nb-NO",
        _ => "de-DE",
    })
}

/// Patterns of the dates that are not ISO.
fn dates(table: &Table) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for column in own(table).filter(|c| c.facts.dates > 0.3) {
        for (value, _) in &column.facts.values {
            let pattern = match crate::source::form_of(value) {
                Form::ShortDate => "dd.mm.yy",
                Form::DottedDate => "dd.mm.yyyy",
                Form::SlashedDate => slashed(column),
                _ => continue,
            };
            if !found.iter().any(|f| f == pattern) {
                found.push(pattern.to_owned());
            }
        }
    }
    found
}

/// Day or month first, by a number over 12 in either place.
fn slashed(column: &Column) -> &'static str {
    let part = |n: usize| {
        let over = |v: &str| {
            v.split('/').nth(n).and_then(|p| p.parse::<u32>().ok()).is_some_and(|p| p > 12 && p < 32)
        };
        column.facts.values.iter().any(|(v, _)| over(v))
    };
    let year_first =
        column.facts.values.iter().any(|(v, _)| v.split('/').next().is_some_and(|p| p.len() == 4));
    match (year_first, part(1)) {
        (true, _) => "yyyy/mm/dd",
        (_, true) => "mm/dd/yyyy",
        _ => "dd/mm/yyyy",
    }
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|i| quoted(i)).collect::<Vec<_>>().join(", "))
}
