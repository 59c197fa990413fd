//! A source made by a statement over others: understood and judged before any run, in a database that holds nothing but
//! empty tables; run by `transform`, in one that holds nothing but the rows of the sources it names.

mod judge;
mod mistake;
mod named;

pub use mistake::Mistake;

use crate::db::{ColumnKind, Db, TableShape};
use crate::diagnostic::Code;
use crate::sql::query::{self, Placeholder, Written};
use std::collections::BTreeSet;

/// A statement understood.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Query {
    /// The statement with its placeholders written out.
    pub sql: String,
    /// Whether it says its own order.
    pub ordered: bool,
    /// The sources it reads.
    pub inputs: Vec<Input>,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A source that a statement reads.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Input {
    /// Its name.
    pub source: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Cells read otherwise than as text: reader and column.
    pub readings: Vec<(String, String)>,
    /// Which of its columns the statement does not name, by place: their cells need not be read as text.
    pub spared: Vec<usize>,
}

/// Columns that every relation has beside its own, unless one of its own has that name.
pub const OF_ROWS: [(&str, &str); 2] = [("row_file", "VARCHAR"), ("row_number", "BIGINT")];

impl Input {
    /// All columns of the relation: name and type.
    pub fn relation(&self) -> Vec<(String, String)> {
        let text = distinct(&self.columns).into_iter().map(|c| (c, "VARCHAR".to_owned()));
        let readings = self
            .readings
            .iter()
            .map(|(reader, column)| (query::reading(reader, column), reading_type(reader).to_owned()));
        let rows = self.of_rows().map(|(name, ty)| (name.to_owned(), ty.to_owned()));
        text.chain(readings).chain(rows).collect()
    }

    /// Notes which columns are not among the words of a statement.
    fn spare(&mut self, words: &BTreeSet<String>) {
        let names = distinct(&self.columns);
        let spared = |(_, name): &(usize, &String)| !words.contains(&name.to_lowercase());
        self.spared = names.iter().enumerate().filter(spared).map(|(n, _)| n).collect();
    }

    /// Which of [`OF_ROWS`] it has.
    pub fn of_rows(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        OF_ROWS.into_iter().filter(|(name, _)| !self.columns.iter().any(|c| c.eq_ignore_ascii_case(name)))
    }
}

/// Names that differ also without regard to case, as a relation needs them: a second `Name` is `Name (2)`.
fn distinct(names: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let free = |n: &String| !taken.iter().any(|t| t.to_lowercase() == n.to_lowercase());
        let numbered = (2..).map(|n| format!("{name} ({n})"));
        let found = std::iter::once(name.clone()).chain(numbered).find(free);
        taken.extend(found);
    }
    taken
}

fn reading_type(reader: &str) -> &'static str {
    match reader {
        "num" => crate::sql::NUMBER,
        "date" => "DATE",
        _ => "BOOLEAN",
    }
}

/// The sources a statement names, with their places, in order.
pub fn named(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let relation = |p: Placeholder| match p {
        Placeholder::Relation { name, at } => Some((name, at)),
        Placeholder::Reading { .. } => None,
    };
    query::placeholders(text).into_iter().filter_map(relation).collect()
}

/// Understands a statement: one SELECT over the sources it names and nothing else. `inputs` are those sources with their
/// columns; `db` is a database of its own, locked.
///
/// # Errors
/// Every mistake found, with its place in the text.
pub fn understand(db: &Db, text: &str, mut inputs: Vec<Input>) -> std::result::Result<Query, Vec<Mistake>> {
    let (text, found) = (ended(text), query::placeholders(text));
    let wrong = readings(&found, &mut inputs);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let has = |column: &str| inputs.iter().any(|i| i.columns.iter().any(|c| c == column));
    let written = query::write(text, &found, |_, column| has(column));
    let judged = judge::judge(db, &written, &inputs)?;
    if let Some(words) = &judged.words {
        inputs.iter_mut().for_each(|i| i.spare(words));
    }
    relations(db, &inputs).map_err(|e| vec![Mistake::ours(&e)])?;
    let columns = db
        .rows(&query::describe(&written.sql), [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(|e| vec![Mistake::of_duckdb(&e, &written, &inputs)])?;
    let columns = result(&columns)?;
    Ok(Query { sql: written.sql, ordered: judged.ordered, inputs, columns })
}

/// The statement without the semicolon at its end.
fn ended(text: &str) -> &str {
    let text = text.trim_end();
    text.strip_suffix(';').map_or(text, str::trim_end)
}

/// Notes which cells are read by a reader; `num` and `flag` over a column that no input has are mistakes, `date` may be
/// DuckDB's own.
fn readings(found: &[Placeholder], inputs: &mut [Input]) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    for one in found {
        let Placeholder::Reading { reader, column, at, .. } = one else { continue };
        let mut known = false;
        for input in inputs.iter_mut().filter(|i| i.columns.iter().any(|c| c == column)) {
            known = true;
            let reading = (reader.clone(), column.clone());
            if !input.readings.contains(&reading) {
                input.readings.push(reading);
            }
        }
        if !known && reader != "date" {
            let names: Vec<&str> = inputs.iter().flat_map(|i| &i.columns).map(String::as_str).collect();
            let help = crate::diagnostic::did_you_mean(column, names).unwrap_or_else(|| {
                format!("{reader}(…) reads a cell of a source: `{reader}(\"column\")`, where FROM names that source.")
            });
            let message = format!("no source of this statement has a column \"{column}\"");
            wrong.push(Mistake { code: Code::UNKNOWN_COLUMN, at: at.clone(), message, help: Some(help) });
        }
    }
    wrong
}

/// Creates the empty relations of the inputs.
///
/// # Errors
/// E901.
pub fn relations(db: &Db, inputs: &[Input]) -> crate::diagnostic::Result<()> {
    for (n, input) in inputs.iter().enumerate() {
        let shape = shape(n, input);
        db.run(&query::create_input(&shape))?;
        db.run(&query::input_view(&input.source, &shape.name, &input.relation()))?;
    }
    Ok(())
}

/// The table that takes the rows of the n-th input.
pub fn shape(n: usize, input: &Input) -> TableShape {
    let columns = (1..=input.relation().len()).map(|k| (format!("k{k}"), ColumnKind::Text)).collect();
    TableShape { schema: "main".to_owned(), name: format!("input {}", n + 1), columns }
}

/// The raw table of a source made by a statement.
pub fn raw_shape(source: &str, cells: usize) -> TableShape {
    super::table::shape(source, &[], cells)
}

/// Why DuckDB stopped, in its own words without the rest.
pub fn reason(text: &str) -> String {
    let told = mistake::told(text);
    told.message.lines().next().unwrap_or_default().to_owned()
}

/// The columns of a result: each with a name of its own and a type that cells have.
fn result(columns: &[(String, String)]) -> std::result::Result<Vec<String>, Vec<Mistake>> {
    let mut wrong = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (name, ty) in columns {
        if names.contains(name) {
            let message = format!("two columns of the result are called \"{name}\"");
            wrong.push(Mistake::whole(Code::BAD_QUERY, message, "Give one of them another name with `as`."));
        }
        if let Some(help) = unfit(ty) {
            let message = format!("the column \"{name}\" of the result is {ty}, which no cell can be");
            wrong.push(Mistake::whole(Code::BAD_QUERY, message, help));
        }
        names.push(name.clone());
    }
    if wrong.is_empty() { Ok(names) } else { Err(wrong) }
}

fn unfit(ty: &str) -> Option<&'static str> {
    const WHOLE: [&str; 10] = [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
    ];
    match ty {
        "VARCHAR" | "DATE" | "TIMESTAMP" | "BOOLEAN" => None,
        "DOUBLE" | "FLOAT" => {
            Some("Such numbers are not exact. Write how exact it shall be: `cast(… as decimal(18, 2))`.")
        }
        _ if WHOLE.contains(&ty) || ty.starts_with("DECIMAL(") => None,
        _ => Some("Make it a text, a number, a date or yes/no, for instance with `cast(… as varchar)`."),
    }
}

/// Where a mistake of DuckDB's stands in the text as the user wrote it.
pub(super) fn origin(written: &Written, position: usize, length: usize) -> std::ops::Range<usize> {
    let start = written.origin(position);
    start..written.origin(position + length.max(1)).max(start + 1)
}
