//! The keys of a mapping file as values: name, kind, default, doc. The reference page and the editor's schema are made from
//! them, and a test holds them against what the reading of a mapping really takes.
//!
//! Nothing here reads a file; `spec::mapping` does. A key is added there and here.

mod check;
mod record;
mod reference;
mod root;
mod source;
mod value;

pub use reference::reference;

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text or a list of texts.
    Texts,
    /// A list of texts, also of one.
    List,
    /// A number of 0 or more.
    Number,
    /// A number, or a list of them.
    Numbers,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a number.
    WordOrNumber(&'static [&'static str]),
    /// `true` or a number.
    FlagOrNumber,
    /// A share such as `"2%"` or a whole number.
    Share,
    /// An expression, without `=`.
    Expression,
    /// A text, number, yes/no or date.
    Constant,
    /// A list of constants.
    Constants,
    /// `[width, "character"]`.
    Pad,
    /// A value: a column, `=expression`, a constant, or a table of the keys of a value.
    Value,
    /// A table of free names to texts or numbers.
    Pairs,
    /// The name of a lookup, or a table of free names.
    Lookup,
    /// `[low, high]` or a table with `min` and `max`.
    Range,
    /// A record type of the platform.
    Model,
    /// The name of a source of this mapping.
    Source,
    /// The name of a record of this mapping.
    Record,
    /// A field of the record's type, or a list of them.
    Fields,
    /// A column of a source.
    Column,
    /// A column of a source, or a list of them.
    Columns,
    /// A table of its own with these keys.
    Table(&'static Section),
    /// Tables of free names, each with these keys.
    Named(&'static Section),
    /// Repeated tables `[[…]]` with these keys.
    Repeated(&'static Section),
    /// A table from free names to values.
    Values,
    /// A list of tables from columns or fields to constants.
    Rows,
    /// A table from record names to lists of rows.
    Expected,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What holds without it, in words or as the value.
    pub default: Option<&'static str>,
    /// What it does.
    pub doc: &'static str,
    /// How it is written; empty where the kind tells it.
    pub example: &'static str,
}

/// A table of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// Its header, such as `[source.<name>]`.
    pub header: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys, in the order of the page.
    pub keys: &'static [Key],
}

impl Key {
    const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, required: false, default: None, doc, example: "" }
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    const fn example(mut self, text: &'static str) -> Self {
        self.example = text;
        self
    }
}

/// The whole file; the other tables hang below it.
pub fn root() -> &'static Section {
    &root::ROOT
}

/// The tables in the order of the page, each once.
pub fn sections() -> Vec<&'static Section> {
    let mut found = Vec::new();
    collect(root(), &mut found);
    found
}

fn collect(section: &'static Section, found: &mut Vec<&'static Section>) {
    if found.contains(&section) {
        return;
    }
    found.push(section);
    for key in section.keys {
        match key.kind {
            Kind::Table(below) | Kind::Named(below) | Kind::Repeated(below) => collect(below, found),
            Kind::Value | Kind::Values => collect(&value::VALUE, found),
            _ => {}
        }
    }
}

/// The keys of a value written as a table.
pub fn value() -> &'static Section {
    &value::VALUE
}

#[cfg(test)]
mod tests;
