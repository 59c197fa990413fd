//! A table being read: the getters by key, and the keys nobody asked for.

use super::{Spot, Value, Walk};
use crate::diagnostic::{Code, did_you_mean};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::DeTable;

/// A table of the file.
#[derive(Debug)]
pub struct Table<'w> {
    walk: &'w Walk,
    entries: &'w DeTable<'w>,
    span: Range<usize>,
    path: String,
    known: RefCell<BTreeSet<&'static str>>,
    lacking: RefCell<Vec<&'static str>>,
    free: Cell<bool>,
}

impl<'w> Table<'w> {
    pub(super) fn new(walk: &'w Walk, entries: &'w DeTable<'w>, span: Range<usize>, path: String) -> Self {
        Self {
            walk,
            entries,
            span,
            path,
            known: RefCell::default(),
            lacking: RefCell::default(),
            free: Cell::new(false),
        }
    }

    /// The reading this table belongs to.
    pub fn walk(&self) -> &'w Walk {
        self.walk
    }

    /// Its header, or its braces.
    pub fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Its dotted name, such as `source.items`; empty for the whole file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Notes an error at this table.
    pub fn error(&self, code: Code, message: impl Into<String>, help: Option<String>) {
        self.walk.error(code, &self.span, message, help);
    }

    /// The value of a key, which is a known one from here on.
    pub fn get(&self, key: &'static str) -> Option<Value<'w>> {
        self.known.borrow_mut().insert(key);
        self.entries.get_key_value(key).map(|(k, v)| self.value(k.get_ref(), k.span(), v))
    }

    /// As [`Table::get`], noting E212 when the key is missing, unless it stands there misspelt.
    pub fn need(&self, key: &'static str) -> Option<Value<'w>> {
        let value = self.get(key);
        if value.is_none() {
            self.lacking.borrow_mut().push(key);
        }
        value
    }

    /// Whether the key is there; makes it a known one.
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Option<Spot<String>> {
        self.get(key)?.text()
    }

    /// A text that must be there.
    pub fn need_text(&self, key: &'static str) -> Option<Spot<String>> {
        self.need(key)?.text()
    }

    /// A path; see [`Value::file_path`].
    pub fn file_path(&self, key: &'static str) -> Option<Spot<String>> {
        self.get(key)?.file_path()
    }

    /// A boolean.
    pub fn boolean(&self, key: &'static str) -> Option<Spot<bool>> {
        self.get(key)?.boolean()
    }

    /// An integer.
    pub fn integer(&self, key: &'static str) -> Option<Spot<i64>> {
        self.get(key)?.integer()
    }

    /// An integer of 0 or more.
    pub fn unsigned(&self, key: &'static str) -> Option<Spot<u64>> {
        self.get(key)?.unsigned()
    }

    /// A text, or a list of texts.
    pub fn texts(&self, key: &'static str) -> Option<Vec<Spot<String>>> {
        self.get(key)?.texts()
    }

    /// A table.
    pub fn table(&self, key: &'static str) -> Option<Table<'w>> {
        self.get(key)?.table()
    }

    /// The tables of `[[key]]` or of a list of inline tables; one table counts as a list of one.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'w>> {
        self.get(key).map(|v| v.tables()).unwrap_or_default()
    }

    /// One of a closed list of words.
    pub fn one_of<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<Spot<T>> {
        self.get(key)?.one_of(words)
    }

    /// A duration such as `"2 s"`, `"30 min"` or `"250 ms"`, in milliseconds.
    pub fn duration_ms(&self, key: &'static str) -> Option<Spot<u64>> {
        self.get(key)?.duration_ms()
    }

    /// A size such as `"20 MB"`, in bytes.
    pub fn bytes(&self, key: &'static str) -> Option<Spot<u64>> {
        self.get(key)?.bytes()
    }

    /// All entries in the order written, for a table whose keys are free names: from here on all are known.
    pub fn entries(&self) -> impl Iterator<Item = (Spot<String>, Value<'w>)> + use<'w, '_> {
        self.free.set(true);
        self.entries.iter().map(|(k, v)| {
            let key = Spot::new(k.get_ref().to_string(), self.walk.global(&k.span()));
            (key, self.value(k.get_ref(), k.span(), v))
        })
    }

    /// Notes E212 for what is missing.
    fn tell_lacking(&self) {
        for key in self.lacking.take() {
            let place = if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.path) };
            self.error(Code::MISSING_KEY, format!("{place} lacks `{key}`"), None);
        }
    }

    /// Leaves out what is only misspelt: the unknown key tells of it.
    fn forgive_misspelt(&self) {
        let known = self.known.borrow();
        let unknown: Vec<_> = self.entries.keys().filter(|k| !known.contains(k.get_ref().as_ref())).collect();
        self.lacking
            .borrow_mut()
            .retain(|lacking| !unknown.iter().any(|k| did_you_mean(k.get_ref(), [*lacking]).is_some()));
    }

    /// Notes E202 for every key never asked for. Call it once, after the last getter.
    pub fn done(&self) {
        if self.free.get() {
            return;
        }
        self.forgive_misspelt();
        self.tell_lacking();
        let known = self.known.borrow();
        for key in self.entries.keys().filter(|k| !known.contains(k.get_ref().as_ref())) {
            let unused = known.iter().copied().filter(|k| !self.entries.contains_key(*k));
            let help = did_you_mean(key.get_ref(), unused).or_else(|| {
                let all: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
                (!all.is_empty()).then(|| format!("Known here: {}.", all.join(", ")))
            });
            let place = if self.path.is_empty() { "here".to_owned() } else { format!("in `{}`", self.path) };
            let message = format!("`{}` is not a key {place}", key.get_ref());
            self.walk.error(Code::UNKNOWN_KEY, &self.walk.global(&key.span()), message, help);
        }
    }

    fn value(
        &self,
        key: &str,
        key_span: Range<usize>,
        value: &'w toml::Spanned<toml::de::DeValue<'w>>,
    ) -> Value<'w> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Value::new(self.walk, value, self.walk.global(&key_span), path)
    }
}

impl Drop for Table<'_> {
    /// A table whose reading ended early tells what it lacks all the same.
    fn drop(&mut self) {
        self.tell_lacking();
    }
}
