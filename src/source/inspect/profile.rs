//! Collects what is seen of one column.

use super::ColumnSeen;
use super::form::{Form, form_of};
use std::collections::BTreeMap;

/// Examples kept of a column, and characters of each.
const EXAMPLES: usize = 3;
const EXAMPLE: usize = 60;

/// A column being looked at.
#[derive(Default)]
pub(super) struct Profile {
    filled: u64,
    forms: BTreeMap<Form, u64>,
    examples: Vec<String>,
}

impl Profile {
    /// Takes in a value with its native kind (`t` for text).
    pub(super) fn see(&mut self, kind: u8, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.filled += 1;
        *self.forms.entry(Form::of_kind(kind).unwrap_or_else(|| form_of(text))).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            let cut: String = text.chars().take(EXAMPLE).collect();
            if !self.examples.contains(&cut) {
                self.examples.push(cut);
            }
        }
    }

    /// What was seen.
    pub(super) fn done(self, name: String) -> ColumnSeen {
        let mut forms: Vec<(Form, u64)> = self.forms.into_iter().collect();
        forms.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        ColumnSeen { name, filled: self.filled, forms, examples: self.examples }
    }
}
