//! What came against what was expected, all differences of a case.

use super::Failure;
use super::bench::{Made, Outcome, Refused};
use super::toml::key;
use crate::diagnostic::{Code, Diagnostic, Location, TomlSource};
use crate::mapping::case::{CasePlan, CaseRow, Expected, ExpectedRecord};
use crate::mapping::{Mapping, RecordPlan};
use crate::spec::mapping::RejectSpec;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The differences, in the order of the test's text: records, then refusals.
pub(super) fn compare(
    mapping: &Mapping,
    case: &CasePlan,
    outcome: &Outcome,
    toml: &Arc<TomlSource>,
) -> Vec<Failure> {
    let mut compare = Compare { mapping, case, outcome, toml, failures: Vec::new() };
    for expected in &case.expect {
        compare.records(expected);
    }
    compare.refused();
    compare.not_refused();
    compare.failures
}

struct Compare<'a> {
    mapping: &'a Mapping,
    case: &'a CasePlan,
    outcome: &'a Outcome,
    toml: &'a Arc<TomlSource>,
    failures: Vec<Failure>,
}

impl Compare<'_> {
    fn fail(&mut self, code: Code, span: &Range<usize>, record: &str, message: String) -> &mut Failure {
        let message = format!("test \"{}\": {message}", self.case.name);
        let told = Diagnostic::error(code, message).at(Location::toml(self.toml, span.clone()));
        let record = record.to_owned();
        self.failures.push(Failure { told, record, key: None, field: None, expected: None, got: None });
        let last = self.failures.len() - 1;
        &mut self.failures[last]
    }

    fn records(&mut self, expected: &Expected) {
        let outcome = self.outcome;
        let made = outcome.records.iter().find(|(r, _)| *r == expected.record);
        let made = made.map(|(_, m)| m.as_slice()).unwrap_or_default();
        let plan = self.mapping.record(&expected.record);
        let (pairs, missing, extra) =
            pair(expected, made, plan.map(|p| p.key.as_slice()).unwrap_or_default());
        for (wanted, made) in pairs {
            self.fields(&expected.record, wanted, made);
        }
        for wanted in missing {
            self.missing(expected, wanted);
        }
        for made in extra {
            let record = &expected.record;
            let message = format!("{record} {} comes, which is not expected", shown_key(&made.key));
            let fail = self.fail(Code::CASE_RECORD_EXTRA, &expected.span, record, message);
            fail.key = Some(made.key.clone());
            let help = match expected.rows.is_empty() {
                true => format!("The test expects no {record}."),
                false => format!("The test expects {} of {record}.", expected.rows.len()),
            };
            fail.told.help = Some(help);
        }
    }

    fn fields(&mut self, record: &str, wanted: &ExpectedRecord, made: &Made) {
        for field in &wanted.fields {
            let got = made.fields.iter().find(|(n, _)| *n == field.name).and_then(|(_, v)| v.clone());
            if got == field.text {
                continue;
            }
            let (is, should) = (quoted(got.as_deref()), quoted(field.text.as_deref()));
            let message =
                format!("{record} {}: {} is {is}, expected {should}", shown_key(&made.key), field.name);
            let fail = self.fail(Code::CASE_FIELD, &field.span, record, message);
            fail.told.label = Some(format!("got {is}"));
            fail.key = Some(made.key.clone());
            fail.field = Some(field.name.clone());
            (fail.expected, fail.got) = (field.text.clone(), got);
        }
    }

    /// A record that does not come. Where it is refused, the refusal says more and is told instead.
    fn missing(&mut self, expected: &Expected, wanted: &ExpectedRecord) {
        let refused: Vec<&Refused> =
            self.outcome.refused.iter().filter(|r| r.record == expected.record).collect();
        if refused.iter().any(|r| !r.held && !self.expects(r)) {
            return;
        }
        let held = refused.iter().find(|r| r.held).map(|r| r.reason.clone());
        let message = format!("{} is expected, but does not come", expected.record);
        let fail = self.fail(Code::CASE_RECORD_MISSING, &wanted.span, &expected.record, message);
        fail.told.label = held.map(|reason| format!("held: {reason}"));
        fail.told.help = Some("Look at `where` of the record, and at the rows given.".to_owned());
        if fail.told.label.is_some() {
            fail.told.help = None;
        }
    }

    /// Refusals that nobody expects; what a row lacks of the required is told at once.
    fn refused(&mut self) {
        let outcome = self.outcome;
        let mut lacking: BTreeMap<(usize, String), Vec<&Refused>> = BTreeMap::new();
        let unexpected: Vec<&Refused> =
            outcome.refused.iter().filter(|r| !r.held && !self.expects(r)).collect();
        for refused in unexpected {
            if refused.code == Code::REQUIRED.0 && self.columns_of(refused).next().is_some() {
                lacking.entry((refused.row, refused.record.clone())).or_default().push(refused);
            } else {
                self.one_refused(refused);
            }
        }
        for all in lacking.into_values() {
            self.lacking(&all);
        }
    }

    fn one_refused(&mut self, refused: &Refused) {
        let span = self.cell(refused);
        let field = if refused.field.is_empty() { String::new() } else { format!(" {}:", refused.field) };
        let value = refused.value.as_deref().map(|v| format!(" \"{v}\"")).unwrap_or_default();
        let column = self.column(refused).map(|c| format!(" (column \"{c}\")")).unwrap_or_default();
        let message = format!(
            "row {} gives no {}:{field}{value} {}{column}",
            refused.row, refused.record, refused.reason
        );
        let help = format!(
            "If that is right, expect it: `expect.reject = [{{ record = \"{}\", {}code = \"{}\" }}]`.",
            refused.record,
            if refused.field.is_empty() { String::new() } else { format!("field = \"{}\", ", refused.field) },
            refused.code
        );
        let code = refused.code.clone();
        let fail = self.fail(Code::CASE_REFUSED, &span, &refused.record, message);
        fail.told.label = Some(format!("refused with {code}"));
        fail.told.help = Some(help);
        fail.key = Some(refused.key.clone()).filter(|k| !k.is_empty());
        fail.field = Some(refused.field.clone()).filter(|f| !f.is_empty());
        fail.got = refused.value.clone();
    }

    /// A half row: the required fields it leaves empty, and the line to paste.
    fn lacking(&mut self, all: &[&Refused]) {
        let Some(first) = all.first() else { return };
        let mut columns: Vec<String> = Vec::new();
        for column in all.iter().flat_map(|r| self.columns_of(r).collect::<Vec<_>>()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let fields: Vec<&str> = all.iter().map(|r| r.field.as_str()).collect();
        let line: Vec<String> = columns.iter().map(|c| format!("{} = \"…\"", key(c))).collect();
        let span = self.row(first).map_or_else(|| self.case.span.clone(), |r| r.span.clone());
        let message = format!(
            "row {} of source {} gives no {}: the platform requires {}",
            first.row,
            first.source,
            first.record,
            fields.join(", ")
        );
        let fail = self.fail(Code::CASE_REFUSED, &span, &first.record, message);
        fail.told.label = Some("this row lacks it".to_owned());
        fail.told.help = Some(format!("Paste into the row and fill in: {}", line.join(", ")));
        fail.field = Some(fields.join(", "));
    }

    /// Columns that a refused field comes from and that its row leaves empty.
    fn columns_of<'r>(&'r self, refused: &'r Refused) -> impl Iterator<Item = String> + 'r {
        let field = self.plan(refused).and_then(|p| p.fields.iter().find(|f| f.name == refused.field));
        let source = self.mapping.source(&refused.source);
        let row = self.row(refused);
        let empty = move |column: &&String| {
            let index = source.and_then(|s| s.columns.iter().position(|c| c == *column));
            index.is_some_and(|n| {
                row.is_none_or(|r| !r.cells.iter().any(|c| c.column == n && !c.text.trim().is_empty()))
            })
        };
        field.into_iter().flat_map(|f| &f.from).filter(empty).cloned()
    }

    fn not_refused(&mut self) {
        for wanted in &self.case.rejects {
            if self.outcome.refused.iter().any(|r| !r.held && fits(wanted, r)) {
                continue;
            }
            let record = wanted.record.as_ref().map_or("", |r| r.value.as_str());
            let near =
                self.outcome.refused.iter().find(|r| !r.held && (record.is_empty() || r.record == record));
            let help = near.map(|r| {
                let field = if r.field.is_empty() { String::new() } else { format!("field {}, ", r.field) };
                format!("What is refused: {} with {field}code {}: {}", r.record, r.code, r.reason)
            });
            let message = "this refusal is expected, but does not come".to_owned();
            let fail = self.fail(Code::CASE_NOT_REFUSED, &wanted.span, record, message);
            fail.told.help = help.or_else(|| Some("Nothing is refused.".to_owned()));
        }
    }

    fn expects(&self, refused: &Refused) -> bool {
        self.case.rejects.iter().any(|wanted| fits(wanted, refused))
    }

    fn plan(&self, refused: &Refused) -> Option<&RecordPlan> {
        self.mapping.record(&refused.record)
    }

    fn row(&self, refused: &Refused) -> Option<&CaseRow> {
        let source = self.case.given.iter().find(|s| s.source == refused.source)?;
        source.rows.get(refused.row.checked_sub(1)?)
    }

    fn column(&self, refused: &Refused) -> Option<&String> {
        self.mapping.source(&refused.source)?.columns.get(refused.column?)
    }

    /// Where the refused cell is given, else its row, else the test.
    fn cell(&self, refused: &Refused) -> Range<usize> {
        let row = self.row(refused);
        let cell = row.and_then(|r| r.cells.iter().find(|c| Some(c.column) == refused.column));
        let span = cell.map(|c| &c.span).or(row.map(|r| &r.span)).unwrap_or(&self.case.span);
        span.clone()
    }
}

/// Expected records with those that came: first by key where all key fields are named, the rest in file order.
fn pair<'a>(
    expected: &'a Expected,
    made: &'a [Made],
    keys: &[String],
) -> (Vec<(&'a ExpectedRecord, &'a Made)>, Vec<&'a ExpectedRecord>, Vec<&'a Made>) {
    let mut free: Vec<&Made> = made.iter().collect();
    let mut found: Vec<Option<&Made>> = Vec::new();
    for wanted in &expected.rows {
        let key = key_of(wanted, keys);
        let at = key.and_then(|key| free.iter().position(|m| m.key == key));
        found.push(at.map(|n| free.remove(n)));
    }
    let mut rest = free.into_iter();
    let (mut pairs, mut missing) = (Vec::new(), Vec::new());
    for (wanted, found) in expected.rows.iter().zip(found) {
        match found.or_else(|| rest.next()) {
            Some(made) => pairs.push((wanted, made)),
            None => missing.push(wanted),
        }
    }
    (pairs, missing, rest.collect())
}

fn key_of(wanted: &ExpectedRecord, keys: &[String]) -> Option<String> {
    let parts: Option<Vec<String>> =
        keys.iter().map(|k| wanted.fields.iter().find(|f| f.name == *k)?.text.clone()).collect();
    parts.filter(|p| !p.is_empty()).map(|p| p.join("\u{1f}"))
}

fn fits(wanted: &RejectSpec, refused: &Refused) -> bool {
    let is = |wanted: &Option<crate::spec::walk::Spot<String>>, got: &str| {
        wanted.as_ref().is_none_or(|w| w.value == got)
    };
    is(&wanted.record, &refused.record)
        && is(&wanted.key, &refused.key.replace('\u{1f}', " / "))
        && is(&wanted.field, &refused.field)
        && is(&wanted.code, &refused.code)
        && is(&wanted.value, refused.value.as_deref().unwrap_or_default())
        && wanted
            .reason
            .as_ref()
            .is_none_or(|w| refused.reason.to_lowercase().contains(&w.value.to_lowercase()))
}

fn shown_key(key: &str) -> String {
    if key.is_empty() { "(no key)".to_owned() } else { key.replace('\u{1f}', " / ") }
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "empty".to_owned(), |t| format!("\"{t}\""))
}
