//! `match`: which record there is meant by one of ours that has no id yet. The steps are tried in turn; the first that
//! finds exactly one decides, one that finds none or several hands on to the next (facts 3.2, Smart Match).

use super::outgoing::Outgoing;
use crate::spec::platform::{Field, at, text_of};
use serde_json::value::RawValue;

/// The one candidate that a step finds.
pub(super) fn chosen(o: &Outgoing<'_>, candidates: &[Box<RawValue>]) -> Option<Box<RawValue>> {
    let mut found = o.calls.steps.iter().map(|step| fitting(o, step, candidates));
    let one = found.find_map(|f| if let [one] = f.as_slice() { Some(*one) } else { None });
    one.map(RawValue::to_owned)
}

/// Whether any step has all it compares by: else nobody can be meant.
pub(super) fn meant(o: &Outgoing<'_>) -> bool {
    o.calls.steps.iter().any(|step| step.iter().all(|name| wanted(o, name).is_some()))
}

/// How many candidates a step finds at most.
pub(super) fn most(o: &Outgoing<'_>, candidates: &[Box<RawValue>]) -> usize {
    o.calls.steps.iter().map(|step| fitting(o, step, candidates).len()).max().unwrap_or(0)
}

/// The candidates that a step finds. One with an empty value says nothing of anybody.
fn fitting<'c>(o: &Outgoing<'_>, step: &[String], candidates: &'c [Box<RawValue>]) -> Vec<&'c RawValue> {
    let fields: Option<Vec<(&Field, String)>> = step.iter().map(|name| wanted(o, name)).collect();
    let Some(fields) = fields else { return Vec::new() };
    candidates.iter().map(|c| &**c).filter(|c| fields.iter().all(|(f, v)| is(c, f, v))).collect()
}

fn wanted<'a>(o: &Outgoing<'a>, name: &str) -> Option<(&'a Field, String)> {
    let field = o.model.field(name)?;
    let text = plain(field, &o.text(name)?);
    (!text.is_empty()).then_some((field, text))
}

fn is(candidate: &RawValue, field: &Field, wanted: &str) -> bool {
    let there = field.wire.pointer(&field.name).and_then(|p| at(candidate, &p)).and_then(|v| text_of(&v));
    there.is_some_and(|t| plain(field, &t) == wanted)
}

/// A text as it is compared: without letter case and double blanks, or its digits alone.
fn plain(field: &Field, text: &str) -> String {
    if field.wire.digits {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
