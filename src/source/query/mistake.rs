//! A mistake in a statement, in words, with its place; DuckDB's own messages among them.

use super::{Input, origin};
use crate::diagnostic::{Code, Diagnostics, did_you_mean};
use crate::sql::query::{Written, describe, relation};
use std::ops::Range;

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its code.
    pub code: Code,
    /// Where in the text; empty: the whole of it.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// What DuckDB says of an error, with `errors_as_json`.
#[derive(Default)]
pub(super) struct Told {
    pub message: String,
    pub position: Option<usize>,
    pub length: usize,
    pub name: Option<String>,
    pub subtype: String,
}

/// What to do where DuckDB only says where.
const SLIP: &str = "Look at the word there and the one before it: a misspelt word, a comma too many or too few, a bracket not closed.";

impl Mistake {
    /// One about the whole statement.
    pub(super) fn whole(code: Code, message: impl Into<String>, help: &str) -> Self {
        Self { code, at: 0..0, message: message.into(), help: Some(help.to_owned()) }
    }

    /// A fault of our own.
    pub(super) fn ours(errors: &Diagnostics) -> Self {
        Self { code: Code::DATABASE, at: 0..0, message: errors.to_string(), help: None }
    }

    /// What DuckDB said to the `DESCRIBE` of the statement written out.
    pub(super) fn of_duckdb(errors: &Diagnostics, written: &Written, inputs: &[Input]) -> Self {
        let text = errors.list().first().map(|d| d.message.clone()).unwrap_or_default();
        let mut told = told(&text);
        // The place is that in the whole of what was run.
        let before = describe("").len();
        told.position = told.position.map(|p| p.saturating_sub(before));
        Self::of(told, written, inputs)
    }

    pub(super) fn of(told: Told, written: &Written, inputs: &[Input]) -> Self {
        let at = told.position.map_or(0..0, |p| origin(written, p, told.length));
        let mut lines = told.message.lines();
        let message = lines.next().unwrap_or("the statement cannot be read").trim_end_matches(['!', '.']);
        let columns: Vec<&str> = inputs.iter().flat_map(|i| &i.columns).map(String::as_str).collect();
        let help = match (&told.name, told.subtype.as_str()) {
            (Some(name), "COLUMN_NOT_FOUND") => did_you_mean(name, columns.iter().copied()).or_else(|| {
                let names: Vec<String> = columns.iter().take(30).map(|c| format!("\"{c}\"")).collect();
                Some(format!("The columns are {}. A name with blanks stands in double quotes.", names.join(", ")))
            }),
            (_, "NO_MATCHING_FUNCTION") => Some(
                "Cells are texts here: read a number as num(\"column\"), a date as date(\"column\"), yes/no as flag(\"column\")."
                    .to_owned(),
            ),
            _ => Some(
                lines.next().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).unwrap_or_else(|| SLIP.to_owned()),
            ),
        };
        Self { code: Code::BAD_QUERY, at, message: format!("sql: {message}"), help }
    }
}

/// Reads DuckDB's message: a JSON object somewhere in it, or plain text.
pub(super) fn told(text: &str) -> Told {
    let json = text.find('{').and_then(|at| text.get(at..));
    let value = json.and_then(|j| serde_json::from_str::<serde_json::Value>(j).ok());
    let Some(value) = value else { return Told { message: text.to_owned(), ..Told::default() } };
    let field = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let (position, length) = place(field("location").as_deref(), field("position").as_deref());
    Told {
        message: field("exception_message").or_else(|| field("error_message")).unwrap_or_default(),
        position,
        length,
        name: field("name"),
        subtype: field("error_subtype").unwrap_or_default(),
    }
}

/// `location` is `[start,length]`, `position` the start alone.
fn place(location: Option<&str>, position: Option<&str>) -> (Option<usize>, usize) {
    let pair = location.and_then(|l| l.trim_matches(['[', ']']).split_once(','));
    let length = pair.and_then(|(_, n)| n.trim().parse().ok()).unwrap_or(1);
    let start = pair.map(|(s, _)| s).or(position).and_then(|p| p.trim().parse().ok());
    (start, length)
}

/// Whether a name is that of an input's relation.
pub(super) fn is_relation(name: &str, inputs: &[Input]) -> bool {
    inputs.iter().any(|i| relation(&i.source) == name)
}
