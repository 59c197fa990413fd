//! Collects what is seen of one column.

use super::ColumnSeen;
use super::form::{Form, form_of};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Examples kept of a column, and characters of each.
const EXAMPLES: usize = 3;
const EXAMPLE: usize = 60;
/// Different values kept with their counts.
pub(super) const VALUES: usize = 200;
/// Characters of each of these.
const VALUE: usize = 120;

/// A column being looked at.
#[derive(Default)]
pub(super) struct Profile {
    filled: u64,
    forms: BTreeMap<Form, u64>,
    examples: Vec<String>,
    values: BTreeMap<String, u64>,
    seen: BTreeSet<u64>,
}

impl Profile {
    /// Takes in a value with its native kind (`t` for text).
    pub(super) fn see(&mut self, kind: u8, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.filled += 1;
        *self.forms.entry(Form::of_kind(kind).unwrap_or_else(|| form_of(text))).or_default() += 1;
        let cut: String = text.chars().take(EXAMPLE).collect();
        if self.examples.len() < EXAMPLES && !self.examples.contains(&cut) {
            self.examples.push(cut);
        }
        let mut hash = DefaultHasher::new();
        text.trim().hash(&mut hash);
        self.seen.insert(hash.finish());
        let value: String = text.trim().chars().take(VALUE).collect();
        if self.values.len() < VALUES || self.values.contains_key(&value) {
            *self.values.entry(value).or_default() += 1;
        }
    }

    /// What was seen.
    pub(super) fn done(self, name: String) -> ColumnSeen {
        let mut forms: Vec<(Form, u64)> = self.forms.into_iter().collect();
        forms.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let mut values: Vec<(String, u64)> = self.values.into_iter().collect();
        values.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        ColumnSeen {
            name,
            filled: self.filled,
            forms,
            examples: self.examples,
            distinct: self.seen.len() as u64,
            values,
        }
    }
}
