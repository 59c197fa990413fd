//! What the statement of a source takes from the sources it reads: their cells as text, and those it reads as numbers,
//! dates or yes/no, by the same readings as everything else.

use super::scope::SourceView;
use super::typed::Cell;
use crate::diagnostic::Location;
use crate::expr::{ColumnArg, Fail, Lowered};
use crate::source::Query;
use crate::source::query::Input;
use crate::sql::Expr;

/// A statement ready to run.
#[derive(Clone, Debug)]
pub struct QueryPlan {
    /// The statement, its placeholders written out.
    pub sql: String,
    /// Whether it says its own order.
    pub ordered: bool,
    /// What it reads.
    pub inputs: Vec<QueryInput>,
    /// Where it stands in the mapping.
    pub at: Location,
}

/// A source it reads.
#[derive(Clone, Debug)]
pub struct QueryInput {
    /// The source.
    pub source: String,
    /// Its relation.
    pub relation: Input,
    /// The values of the relation's columns over `s`, in their order.
    pub values: Vec<Expr>,
    /// What can fail.
    pub readings: Vec<QueryReading>,
}

/// A cell read by the statement that may not be what it is read as.
#[derive(Clone, Debug)]
pub struct QueryReading {
    /// As the user wrote it: `num("Betrag")`.
    pub text: String,
    /// Raw column.
    pub column: String,
    /// The ways to fail.
    pub fails: Vec<Fail>,
}

/// Resolves a statement over the sources; `None` when one of them has mistakes of its own.
pub(super) fn plan(query: &Query, views: &[SourceView], at: Location) -> Option<QueryPlan> {
    let inputs = query.inputs.iter().map(|i| input(i, query, views)).collect::<Option<Vec<_>>>()?;
    Some(QueryPlan { sql: query.sql.clone(), ordered: query.ordered, inputs, at })
}

fn input(input: &Input, query: &Query, views: &[SourceView]) -> Option<QueryInput> {
    let view = views.iter().find(|v| v.name == input.source)?;
    let (mut values, mut readings) = (Vec::new(), Vec::new());
    for (column, name) in input.columns.iter().enumerate() {
        let read = view.reading.text(Cell { alias: "s", column });
        if query.sql.contains(name.as_str()) {
            // A name may stand twice; then neither counts as used.
            let _marked = view.columns.index(&ColumnArg::Name(name.clone()), false);
            readings.push(reading(format!("\"{name}\""), column, &read));
        }
        values.push(if input.spared.contains(&column) { Expr::null("VARCHAR") } else { read.value });
    }
    for (reader, name) in &input.readings {
        let column = input.columns.iter().position(|c| c == name)?;
        let cell = Cell { alias: "s", column };
        let read = match reader.as_str() {
            "num" => view.reading.number(cell, false),
            "date" => view.reading.date(cell),
            _ => view.reading.flag(cell),
        };
        readings.push(reading(format!("{reader}(\"{name}\")"), column, &read));
        values.push(read.value);
    }
    values.extend(
        input.of_rows().map(|(name, _)| Expr::of("s", if name == "row_file" { "_file" } else { "_row" })),
    );
    readings.retain(|r| !r.fails.is_empty());
    Some(QueryInput { source: input.source.clone(), relation: input.clone(), values, readings })
}

fn reading(text: String, column: usize, read: &Lowered) -> QueryReading {
    QueryReading { text, column: format!("c{}", column + 1), fails: read.fails.clone() }
}
