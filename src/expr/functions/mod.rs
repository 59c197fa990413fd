//! The functions of the language, each a value that documents and tests itself: signature, doc, examples with results,
//! its SQL, and the same in Rust for the fallback runner.

mod calendar;
mod date;
mod format;
mod hash;
mod number;
mod pieces;
mod plain;
mod reading;
pub mod reference;
pub mod regex;
mod rounding;
mod text;
mod valid;

pub use format::check as check_format;
pub use reading::check as check_date_pattern;
pub use regex::check as check_pattern;
#[cfg(test)]
pub use text::{capital, small};

use super::compiled::Type;
use super::value::{Failure, Value};
use crate::diagnostic::Code;
use crate::sql::Expr;

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A text.
    Text,
    /// A text that may be empty without making the result empty, such as a replacement.
    Part,
    /// A number.
    Number,
    /// A date, with or without time.
    Date,
    /// A date or a number.
    DateOrNumber,
    /// A value of any type.
    Any,
    /// Any value, taken as text.
    Shown,
    /// A whole number written out, within the bounds.
    Whole(i64, i64),
    /// A text written out.
    Literal,
    /// A regular expression written out.
    Pattern,
    /// A format pattern written out.
    Format,
    /// A single character written out.
    Char,
    /// A whole number but 0 written out, up to so many either way: a place from the front or from the end.
    Nth(i64),
    /// A number above 0 written out.
    Positive,
    /// The number of a group of the pattern, written out.
    Group,
    /// The pattern of a date to read, written out.
    DatePattern,
}

impl Param {
    /// What it takes, in words.
    pub fn words(self) -> String {
        match self {
            Param::Text | Param::Part => "a text".to_owned(),
            Param::Number => "a number".to_owned(),
            Param::Date => "a date".to_owned(),
            Param::DateOrNumber => "a date or a number".to_owned(),
            Param::Any | Param::Shown => "any value".to_owned(),
            Param::Whole(from, to) => format!("a whole number from {from} to {to}, written out"),
            Param::Literal => "a text, written out".to_owned(),
            Param::Pattern => "a regular expression, written out".to_owned(),
            Param::Format | Param::DatePattern => "a pattern, written out".to_owned(),
            Param::Char => "one character, written out".to_owned(),
            Param::Nth(to) => format!("a whole number from 1 to {to} or from -1 to -{to}, written out"),
            Param::Positive => "a number above 0, written out".to_owned(),
            Param::Group => "the number of a group of the pattern, written out".to_owned(),
        }
    }
}

/// An argument on its way to SQL.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Its SQL.
    pub expr: Expr,
    /// Its type.
    pub ty: Type,
    /// Its value where it is written out.
    pub literal: Option<Value>,
}

impl Arg {
    /// The text written out; `""` for none.
    pub fn text(&self) -> &str {
        self.literal.as_ref().map_or("", Value::str)
    }

    /// The whole number written out; 0 for none.
    pub fn whole(&self) -> i64 {
        self.literal.as_ref().map_or(0, whole)
    }
}

/// A function of the language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called, for help.
    pub signature: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// What each parameter is, in the order of the signature; may be left out where its type says all.
    pub about: &'static [&'static str],
    /// Calls and how their results print; `()` for empty.
    pub examples: &'static [(&'static str, &'static str)],
    /// What it takes.
    pub params: &'static [Param],
    /// How many of the last parameters may be left out.
    pub optional: usize,
    /// What it takes any further number of.
    pub rest: Option<Param>,
    /// What it gives.
    pub gives: Type,
    /// Whether an empty argument (but a [`Param::Part`]) makes the result empty.
    pub strict: bool,
    /// Its code and reason where no value comes from non-empty arguments.
    pub fails: Option<(Code, &'static str)>,
    /// Its SQL; `None` runs it in Rhai's engine.
    pub sql: Option<fn(&[Arg]) -> Expr>,
    /// Why it has none.
    pub no_sql: &'static str,
    /// The version of the program that first had it.
    pub since: &'static str,
    /// The same in Rust; arguments are not empty where it is strict.
    pub run: fn(&[Value]) -> Result<Value, Failure>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.signature)
    }
}

impl Function {
    /// A strict function of text to begin from.
    const BASE: Function = Function {
        name: "",
        signature: "",
        doc: "",
        about: &[],
        examples: &[],
        params: &[Param::Text],
        optional: 0,
        rest: None,
        gives: Type::Text,
        strict: true,
        fails: None,
        sql: None,
        no_sql: "",
        since: "0.1",
        run: |_| Ok(Value::Empty),
    };

    /// Whether it can be called with so many arguments.
    pub fn takes(&self, arguments: usize) -> bool {
        let least = self.params.len().saturating_sub(self.optional);
        arguments >= least && (self.rest.is_some() || arguments <= self.params.len())
    }

    /// Names of the parameters, from the signature.
    pub fn names(&self) -> Vec<&'static str> {
        let inside = self.signature.split_once('(').map_or("", |(_, rest)| rest).trim_end_matches(')');
        inside
            .split(", ")
            .map(|n| n.trim_matches(['[', ']']))
            .filter(|n| *n != "…" && !n.is_empty())
            .collect()
    }

    /// What the argument at this place must be.
    pub fn param(&self, index: usize) -> Option<Param> {
        self.params.get(index).copied().or(self.rest)
    }
}

/// The words that read, for the reference page: signature and doc.
pub const READERS: &[(&str, &str)] = &[
    ("text(\"Column\")", "The cell as text. Columns by name, or by position: text(1)."),
    ("num(\"Column\")", "The cell as a number, by the source's locale."),
    ("date(\"Column\")", "The cell as a date, by the source's date patterns."),
    ("flag(\"Column\")", "The cell as yes/no, by the source's words for it."),
    (
        "total(\"Column\")",
        "The number in the row that stopped the reading, in a check on a source with a totals row.",
    ),
];

/// The aggregates, for the reference page: signature and doc.
pub const AGGREGATES: &[(&str, &str)] = &[
    ("sum(x)", "The sum of the numbers that are there; empty when none is."),
    ("count()", "How many rows there are; in a check on a record count(line) for a child."),
    ("count(x)", "How many values are not empty."),
    ("min(x)", "The smallest value; empty when none is there."),
    ("max(x)", "The largest value; empty when none is there."),
    ("first(x)", "The first value that is not empty, in the order of the file."),
    ("last(x)", "The last value that is not empty, in the order of the file."),
    ("list(separator, x)", "The values that are not empty, put together in the order of the file."),
    ("distinct(x)", "How many different values there are, empties aside."),
];

/// Functions of one kind.
#[derive(Debug)]
pub struct Category {
    /// Heading.
    pub title: &'static str,
    /// Its files.
    pub files: &'static [&'static [Function]],
}

/// All functions by kind, in the order of the reference page.
pub const CATEGORIES: &[Category] = &[
    Category { title: "Text", files: &[text::FUNCTIONS, plain::FUNCTIONS] },
    Category { title: "Parts of a text", files: &[pieces::FUNCTIONS] },
    Category { title: "Regular expressions", files: &[regex::FUNCTIONS] },
    Category { title: "Numbers", files: &[number::FUNCTIONS, rounding::FUNCTIONS] },
    Category { title: "Dates", files: &[date::FUNCTIONS, calendar::FUNCTIONS] },
    Category { title: "Reading and writing", files: &[reading::FUNCTIONS, format::FUNCTIONS] },
    Category { title: "Validity", files: &[valid::FUNCTIONS] },
    Category { title: "Prints", files: &[hash::FUNCTIONS] },
];

impl Category {
    /// Its functions, in order.
    pub fn functions(&self) -> impl Iterator<Item = &'static Function> {
        self.files.iter().copied().flatten()
    }
}

/// All functions, in the order of the reference page.
pub fn all() -> impl Iterator<Item = &'static Function> {
    CATEGORIES.iter().flat_map(Category::functions)
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|f| f.name == name)
}

/// The SQL of one argument, by place.
fn sql(args: &[Arg], index: usize) -> Expr {
    args.get(index).map_or_else(|| Expr::null("VARCHAR"), |a| a.expr.clone())
}

/// One argument, by place.
fn arg(values: &[Value], index: usize) -> &Value {
    values.get(index).unwrap_or(&Value::Empty)
}

/// A whole number out of a value; 0 when it is none.
fn whole(value: &Value) -> i64 {
    value.number().and_then(super::number::Number::as_whole).unwrap_or(0)
}

/// A number out of a count.
fn counted(n: usize) -> Result<Value, Failure> {
    let number = i64::try_from(n).ok().and_then(super::number::Number::whole);
    number.map(Value::Number).ok_or_else(Failure::too_large)
}
