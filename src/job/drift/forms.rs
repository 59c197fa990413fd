//! Values that are written another way than before.

use crate::source::{Class, Kind, Sight, Survey};
use crate::spec::lock::{ColumnLock, Filled, SourceLock};
use std::collections::BTreeSet;

/// The forms that say something of a column: where texts of any kind stand, codes and words among them do not.
pub(in crate::job) fn telling(forms: &BTreeSet<Kind>) -> Vec<Kind> {
    let text = forms.contains(&Kind::Text);
    let says = |k: &&Kind| !text || **k == Kind::Text || !matches!(k.class(), Class::Text | Class::Flag);
    forms.iter().filter(says).copied().collect()
}

/// Each column's change of form, per column the first file that shows one.
pub(super) fn compare(lock: &SourceLock, seen: &[Survey]) -> Vec<String> {
    let mut told = Vec::new();
    for column in &lock.columns {
        let sights = seen.iter().filter_map(|s| Some((s, s.columns.iter().find(|c| c.name == column.name)?)));
        let changes =
            sights.filter_map(|(survey, sight)| Some((survey, change(column, sight, survey.whole)?)));
        if let Some((survey, change)) = changes.into_iter().next() {
            let place = if seen.len() > 1 { format!(" in {}", name(survey)) } else { String::new() };
            told.push(format!("`{}`{place} {change}", column.name));
        }
    }
    told
}

fn name(survey: &Survey) -> &str {
    survey.sheet.as_deref().unwrap_or(&survey.file)
}

/// What is different about one column.
fn change(lock: &ColumnLock, now: &Sight, whole: bool) -> Option<String> {
    let old: Vec<Kind> = lock.forms.iter().map(|f| Kind::of_word(f)).collect();
    if lock.filled == Filled::Always && now.filled == 0 && now.cells > 0 && !old.is_empty() {
        let rows = if whole { String::new() } else { format!(" (in the first {} rows)", now.cells) };
        return Some(format!("was always filled and is now empty{rows}"));
    }
    if old.is_empty() || old.contains(&Kind::Text) || now.forms.is_empty() {
        return None;
    }
    let new: Vec<Kind> = now.forms.iter().map(|(k, _)| *k).filter(|k| !old.contains(k)).collect();
    decimals(&old, &new)
        .or_else(|| dates(&old, &new))
        .or_else(|| zeros(&old, now))
        .or_else(|| other(&old, &new, now))
}

const COMMAS: [Kind; 3] = [Kind::Comma, Kind::PointComma, Kind::BlankComma];
const POINTS: [Kind; 2] = [Kind::Point, Kind::CommaPoint];

/// The decimal mark is another one.
fn decimals(old: &[Kind], new: &[Kind]) -> Option<String> {
    let any = |of: &[Kind], marks: &[Kind]| marks.iter().any(|m| of.contains(m));
    if any(new, &POINTS) && any(old, &COMMAS) && !any(old, &POINTS) {
        return Some("has numbers with a decimal point where they had a comma".to_owned());
    }
    if any(new, &COMMAS) && any(old, &POINTS) && !any(old, &COMMAS) {
        return Some("has numbers with a decimal comma where they had a point".to_owned());
    }
    let text = new.iter().find(|k| COMMAS.contains(k) || POINTS.contains(k));
    text.filter(|_| old == [Kind::Number])
        .map(|k| format!("has numbers as text ({}) where they were numbers of their own", k.word()))
}

/// Dates are written another way.
fn dates(old: &[Kind], new: &[Kind]) -> Option<String> {
    let dates: Vec<&str> = old.iter().filter(|k| k.class() == Class::Date).map(|k| k.word()).collect();
    let now = new.iter().find(|k| k.class() == Class::Date && **k != Kind::Slash)?;
    let was = match dates.as_slice() {
        [] => return None,
        ["date"] => "dates of their own".to_owned(),
        words => words.join(" or "),
    };
    let now = if *now == Kind::Date { "as dates of their own" } else { now.word() };
    Some(format!("has dates {now} (they were {was})"))
}

/// Identifiers that began with 0 no longer do.
fn zeros(old: &[Kind], now: &Sight) -> Option<String> {
    let has = |k: Kind| now.forms.iter().any(|(f, _)| *f == k);
    let gone = old.contains(&Kind::LeadingZero) && !has(Kind::LeadingZero);
    let number = has(Kind::Number) && !old.contains(&Kind::Number);
    let plain = has(Kind::Integer) && !old.contains(&Kind::Integer);
    (gone && (number || plain))
        .then(|| "has lost its leading zeros: saved by a spreadsheet program?".to_owned())
}

/// Another kind of value altogether, in more than half of the cells; or error cells, in any.
fn other(old: &[Kind], new: &[Kind], now: &Sight) -> Option<String> {
    if new.contains(&Kind::Error) {
        return Some("has error cells, such as #N/A".to_owned());
    }
    let classes: Vec<Class> = old.iter().map(|k| k.class()).collect();
    // Codes and addresses are texts of one form: any other text is another kind.
    let strange = |k: &Kind| !old.contains(k) && (!classes.contains(&k.class()) || k.class() == Class::Text);
    let count: u64 = now.forms.iter().filter(|(k, _)| strange(k)).map(|(_, n)| n).sum();
    let most = now.forms.iter().filter(|(k, _)| strange(k)).max_by_key(|(_, n)| *n)?;
    let was: Vec<&str> = old.iter().map(|k| k.word()).collect();
    (count * 2 > now.filled).then(|| format!("has {} where it had {}", most.0.word(), was.join(" or ")))
}
