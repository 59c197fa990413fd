//! Lookups: rows in the mapping, in a source, or in a file of their own (which is then a source too).

use super::LookupPlan;
use super::scope::SourceView;
use super::typed::Cell;
use super::value::Wrong;
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::ColumnArg;
use crate::spec::mapping::{LookupFrom, LookupSpec};
use crate::spec::walk::Spot;
use crate::sql::Expr;

/// Name of the source that a lookup's own file is read as.
pub fn source_name(lookup: &str) -> String {
    format!("lookup.{lookup}")
}

/// Resolves a lookup's columns.
pub(super) fn lookup(spec: &LookupSpec, sources: &[SourceView]) -> Result<LookupPlan, Vec<Wrong>> {
    let name = spec.name.value.clone();
    let (table, source) = match &spec.from {
        LookupFrom::Table(pairs) => (pairs.clone(), None),
        LookupFrom::Source(source) => (Vec::new(), Some(columns(spec, &source.value, source, sources)?)),
        LookupFrom::File(_) => (Vec::new(), Some(columns(spec, &source_name(&name), &spec.name, sources)?)),
    };
    Ok(LookupPlan { name, table, source, matching: spec.matching })
}

fn columns(
    spec: &LookupSpec,
    source: &str,
    at: &Spot<String>,
    sources: &[SourceView],
) -> Result<(String, Expr, Expr), Vec<Wrong>> {
    let Some(view) = sources.iter().find(|s| s.name == source) else {
        let help = did_you_mean(source, sources.iter().map(|s| s.name.as_str()));
        return Err(vec![Wrong::new(
            Code::UNKNOWN_SOURCE,
            &at.span,
            format!("there is no source `{source}`"),
            help,
        )]);
    };
    let (Some([key]), Some(give)) = (spec.key.get(..), &spec.give) else {
        let message =
            format!("lookup {} has {} key columns; one is possible so far", spec.name.value, spec.key.len());
        let help =
            "Join the columns in the file, or use a `let` of a source and look up its text.".to_owned();
        return Err(vec![Wrong::new(Code::UNKNOWN_LOOKUP, &spec.name.span, message, Some(help))]);
    };
    let text = |column: &Spot<String>| {
        let index = view.columns.index(&ColumnArg::Name(column.value.clone()), false);
        index.map(|column| view.reading.text(Cell { alias: "s", column }).value).map_err(|r| {
            vec![Wrong::new(
                Code::UNKNOWN_COLUMN,
                &column.span,
                format!("{} in lookup {}", r.message, spec.name.value),
                r.help,
            )]
        })
    };
    Ok((source.to_owned(), text(key)?, text(give)?))
}
