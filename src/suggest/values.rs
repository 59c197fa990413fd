//! The values of a column against a field's closed list: which value is which entry, for a lookup in place.

use super::fold::fold;
use super::synonyms::Synonyms;
use super::table::Column;
use crate::spec::platform::Field;

/// Values at most that a lookup in place is written for.
const LISTED: usize = 30;

/// What became of a column's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Translation {
    /// Value → entry, in order of frequency.
    pub pairs: Vec<(String, String)>,
    /// Values that are no entry.
    pub unmatched: Vec<String>,
    /// Whether every value is spelt as its entry.
    pub same: bool,
}

/// The share of the rows whose value is an entry of the list.
#[allow(clippy::cast_precision_loss)]
pub(super) fn share(field: &Field, column: &Column, synonyms: &Synonyms) -> f64 {
    let all: u64 = column.facts.values.iter().map(|(_, n)| n).sum();
    let entry = |v: &str| entry(field, v, synonyms, false).is_some();
    let good: u64 = column.facts.values.iter().filter(|(v, _)| entry(v)).map(|(_, n)| n).sum();
    if all == 0 { 0.0 } else { good as f64 / all as f64 }
}

/// The lookup for a column's values. With `payable`, of entries that differ in AR and AP the one of a supplier's.
pub(super) fn translate(field: &Field, column: &Column, synonyms: &Synonyms, payable: bool) -> Translation {
    let mut found = Translation { same: true, ..Translation::default() };
    let real = column.facts.values.iter().filter(|(v, _)| !synonyms.is("null", v));
    for (value, _) in real.take(LISTED) {
        match entry(field, value, synonyms, payable) {
            Some(entry) => {
                found.same &= entry == *value;
                found.pairs.push((value.clone(), entry));
            }
            None => {
                found.same = false;
                found.unmatched.push(value.clone());
            }
        }
    }
    found
}

/// The entry that the name of a list means, and whether it differs in AR and AP only.
pub(super) fn entry_of(
    field: &Field,
    concept: &str,
    synonyms: &Synonyms,
    payable: bool,
) -> Option<(String, bool)> {
    let found = entry(field, concept, synonyms, payable)?;
    let ledger = found.starts_with("AR ") || found.starts_with("AP ");
    Some((found, ledger))
}

/// The entry a value stands for: spelt alike, or by what it means.
fn entry(field: &Field, value: &str, synonyms: &Synonyms, payable: bool) -> Option<String> {
    let folded = fold(value).whole;
    if let Some(same) = field.one_of.iter().find(|e| fold(e).whole == folded && !folded.is_empty()) {
        return Some(same.clone());
    }
    let mut meant: Vec<String> = synonyms.value(value).iter().map(|m| fold(m).whole).collect();
    meant.push(folded);
    // `AR Invoice` is the invoice of a customer, `AP Invoice` that of a supplier.
    let ledger = if payable { "AP " } else { "AR " };
    let bare = |e: &str| fold(e.strip_prefix(ledger).unwrap_or(e)).whole;
    field.one_of.iter().find(|e| meant.contains(&bare(e))).cloned()
}
