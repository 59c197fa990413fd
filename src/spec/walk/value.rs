//! A value being read: conversions that note E211 with a caret when the type is another.

use super::{Spot, Table, Walk};
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::units;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A value of the file with its key.
#[derive(Clone, Debug)]
pub struct Value<'w> {
    walk: &'w Walk,
    node: &'w Spanned<DeValue<'w>>,
    key_span: Range<usize>,
    path: String,
}

impl<'w> Value<'w> {
    pub(super) fn new(
        walk: &'w Walk,
        node: &'w Spanned<DeValue<'w>>,
        key_span: Range<usize>,
        path: String,
    ) -> Self {
        Self { walk, node, key_span, path }
    }

    /// The reading it belongs to.
    pub fn walk(&self) -> &'w Walk {
        self.walk
    }

    /// Where it stands.
    pub fn span(&self) -> Range<usize> {
        self.walk.global(&self.node.span())
    }

    /// Where its key stands.
    pub fn key_span(&self) -> &Range<usize> {
        &self.key_span
    }

    /// Its dotted name, such as `source.items.file`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The bare value, to branch on its type.
    pub fn raw(&self) -> &'w DeValue<'w> {
        self.node.get_ref()
    }

    /// Notes an error at this value.
    pub fn error(&self, code: Code, message: impl Into<String>, help: Option<String>) {
        self.walk.error(code, &self.span(), message, help);
    }

    /// Notes that something else was expected here, such as "a text".
    pub fn wrong<T>(&self, expected: &str) -> Option<T> {
        let message = format!("`{}` must be {expected}, not {}", self.path, kind(self.raw()));
        self.error(Code::WRONG_TYPE, message, self.quotes(expected));
        None
    }

    /// Advice where only the quotes are wrong.
    fn quotes(&self, expected: &str) -> Option<String> {
        let written = self.walk.source().text.get(self.span()).unwrap_or_default();
        match self.raw() {
            DeValue::String(text) if expected.starts_with("true or false") => {
                let word = match text.trim().to_lowercase().as_str() {
                    "true" | "yes" | "ja" | "oui" | "1" => "true",
                    "false" | "no" | "nein" | "non" | "0" => "false",
                    _ => return Some("Write `true` or `false`, without quotes.".to_owned()),
                };
                Some(format!("Write `{word}`, without quotes."))
            }
            DeValue::String(text) if expected.contains("integer") || expected.contains("number") => {
                let digits = !text.is_empty() && text.trim().bytes().all(|b| b.is_ascii_digit());
                digits.then(|| format!("Numbers stand without quotes: {}.", text.trim()))
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_)
                if expected.contains("text") =>
            {
                Some(format!("Text stands between quotes: \"{written}\"."))
            }
            DeValue::String(_) | DeValue::Integer(_) if expected.starts_with("a list") => {
                Some(format!("Put it into brackets: [{written}]."))
            }
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self) -> Option<Spot<String>> {
        match self.raw() {
            DeValue::String(text) => Some(self.spot(text.to_string())),
            _ => self.wrong("a text"),
        }
    }

    /// A path: a text without control characters, which a backslash between double quotes makes (`"C:\temp"`).
    pub fn file_path(&self) -> Option<Spot<String>> {
        let text = self.text()?;
        if text.value.chars().any(char::is_control) {
            let help =
                "Write the path between single quotes, or with / in place of the backslash.".to_owned();
            self.error(
                Code::BAD_TOML,
                format!("the path `{}` holds a control character", self.path),
                Some(help),
            );
            return None;
        }
        Some(text)
    }

    /// A boolean.
    pub fn boolean(&self) -> Option<Spot<bool>> {
        match self.raw() {
            DeValue::Boolean(yes) => Some(self.spot(*yes)),
            _ => self.wrong("true or false"),
        }
    }

    /// An integer of 64 bits.
    pub fn integer(&self) -> Option<Spot<i64>> {
        match self.raw() {
            DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => Some(self.spot(n)),
                Err(_) => self.wrong("an integer of at most 18 digits"),
            },
            _ => self.wrong("an integer"),
        }
    }

    /// An integer of 0 or more.
    pub fn unsigned(&self) -> Option<Spot<u64>> {
        let n = self.integer()?;
        match u64::try_from(n.value) {
            Ok(value) => Some(Spot::new(value, n.span)),
            Err(_) => self.wrong("an integer of 0 or more"),
        }
    }

    /// The value as text by the digits written: text as it is, numbers by their digits, `true`/`false`, dates as
    /// ISO text. Lists and tables are mistakes.
    pub fn scalar(&self) -> Option<Spot<String>> {
        match self.raw() {
            DeValue::String(text) => Some(self.spot(text.to_string())),
            DeValue::Integer(n) if n.radix() == 10 => Some(self.spot(n.as_str().to_owned())),
            DeValue::Integer(_) => self.integer().map(|n| n.map(|n| n.to_string())),
            DeValue::Float(n) => Some(self.spot(n.as_str().to_owned())),
            DeValue::Boolean(yes) => Some(self.spot(yes.to_string())),
            DeValue::Datetime(time) => Some(self.spot(time.to_string())),
            _ => self.wrong("one value"),
        }
    }

    /// A table.
    pub fn table(&self) -> Option<Table<'w>> {
        match self.raw() {
            DeValue::Table(entries) => Some(Table::new(self.walk, entries, self.span(), self.path.clone())),
            _ => self.wrong("a table"),
        }
    }

    /// The values of a list.
    pub fn list(&self) -> Option<Vec<Value<'w>>> {
        match self.raw() {
            DeValue::Array(items) => Some(items.iter().enumerate().map(|(n, v)| self.item(n, v)).collect()),
            _ => self.wrong("a list"),
        }
    }

    /// The tables of a list of tables; one table counts as a list of one.
    pub fn tables(&self) -> Vec<Table<'w>> {
        match self.raw() {
            DeValue::Table(_) => self.table().into_iter().collect(),
            DeValue::Array(_) => self.list().unwrap_or_default().iter().filter_map(Value::table).collect(),
            _ => self.wrong::<Vec<Table<'w>>>("a table or a list of tables").unwrap_or_default(),
        }
    }

    /// A text, or a list of texts; wrong items are noted and left out.
    pub fn texts(&self) -> Option<Vec<Spot<String>>> {
        match self.raw() {
            DeValue::String(_) => self.text().map(|t| vec![t]),
            DeValue::Array(_) => Some(self.list()?.iter().filter_map(Value::text).collect()),
            _ => self.wrong("a text or a list of texts"),
        }
    }

    /// One of a closed list of words.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<Spot<T>> {
        let text = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Spot::new(*value, text.span));
        }
        let all: Vec<String> = words.iter().map(|(w, _)| format!("\"{w}\"")).collect();
        let message = format!("`{}` cannot be \"{}\"", self.path, text.value);
        let help = did_you_mean(&text.value, words.iter().map(|(w, _)| *w));
        let help = help.unwrap_or_else(|| format!("One of {}.", all.join(", ")));
        self.error(Code::NOT_ONE_OF, message, Some(help));
        None
    }

    /// A duration such as `"2 s"`, in milliseconds.
    pub fn duration_ms(&self) -> Option<Spot<u64>> {
        let text = self.text()?;
        match units::duration_ms(&text.value) {
            Some(ms) => Some(Spot::new(ms, text.span)),
            None => self.wrong("a duration such as \"2 s\", \"250 ms\", \"30 min\", \"1 h\" or \"3 days\""),
        }
    }

    /// A size such as `"20 MB"`, in bytes.
    pub fn bytes(&self) -> Option<Spot<u64>> {
        let text = self.text()?;
        match units::bytes(&text.value) {
            Some(bytes) => Some(Spot::new(bytes, text.span)),
            None => self.wrong("a size such as \"20 MB\" or \"512 KB\""),
        }
    }

    fn spot<T>(&self, value: T) -> Spot<T> {
        Spot::new(value, self.span())
    }

    fn item(&self, n: usize, node: &'w Spanned<DeValue<'w>>) -> Value<'w> {
        Value::new(self.walk, node, self.key_span.clone(), format!("{}[{}]", self.path, n + 1))
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
