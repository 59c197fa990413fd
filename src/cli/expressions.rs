//! What `check -v` tells: where fields come from, and how each expression runs.

use super::output::Output;
use crate::mapping::{ExpressionPlan, Mapping};

/// Prints the origins of the fields, then the expressions.
pub(super) fn print(mapping: &Mapping, output: &Output) {
    origins(mapping).iter().for_each(|line| output.line(line));
    ways(&mapping.expressions).iter().for_each(|line| output.line(line));
}

/// Where the fields come from, record by record.
fn origins(mapping: &Mapping) -> Vec<String> {
    let mut lines = Vec::new();
    for record in &mapping.records {
        lines.push(format!("record {}", record.name));
        let widest = record.fields.iter().map(|f| f.name.chars().count()).max().unwrap_or(0);
        for field in &record.fields {
            let from = match field.from.is_empty() {
                true => "worked out, from no column".to_owned(),
                false => field.from.join(", "),
            };
            lines.push(format!("  {:<widest$}  <- {from}", field.name));
        }
    }
    lines
}

/// Longest text of an expression that is shown.
const SHOWN: usize = 90;

/// How each expression runs, table by table, and a sum.
fn ways(expressions: &[ExpressionPlan]) -> Vec<String> {
    let mut lines = vec![String::new(), "Expressions".to_owned()];
    let mut group = "";
    let widest = expressions.iter().map(|e| e.name.chars().count()).max().unwrap_or(0);
    for e in expressions {
        if e.group != group {
            group = &e.group;
            lines.push(group.to_owned());
        }
        let text: String = e.text.chars().take(SHOWN).collect();
        let more = if e.text.chars().count() > SHOWN { "…" } else { "" };
        let way = if e.fallback.is_some() { "row by row" } else { "SQL" };
        lines.push(format!("  {:<widest$}  {way:<10}  {text}{more}", e.name));
        if let Some(why) = &e.fallback {
            lines.push(format!("  {:widest$}  {:10}  why: {why}", "", ""));
        }
    }
    lines.push(String::new());
    lines.push(summed(expressions));
    lines
}

fn summed(expressions: &[ExpressionPlan]) -> String {
    let slow = expressions.iter().filter(|e| e.fallback.is_some()).count();
    match (expressions.len(), slow) {
        (0, _) => "No expressions.".to_owned(),
        (1, 0) => "The one expression runs as SQL.".to_owned(),
        (n, 0) => format!("All {n} expressions run as SQL."),
        (n, slow) => format!(
            "{} of {n} expressions run as SQL; {slow} row by row, several times slower, with the same results.",
            n - slow
        ),
    }
}
