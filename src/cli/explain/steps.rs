//! One field step by step: cell, reading, lookup, rule, value, what was accepted, what the next plan does.

use crate::cli::output::Output;
use crate::job::{Steps, Trace};
use crate::report::escape;

/// Prints the way of a field (name, columns, canonical value); `old` is what was last accepted, `known` whether the platform
/// has the record from us.
pub(super) fn print(
    trace: &Trace,
    (name, from, value): &(String, String, Option<String>),
    old: Option<&str>,
    known: bool,
    output: &Output,
) {
    output.line(&format!("{}, step by step", escape::line(name)));
    let line = |step: &str, text: &str| {
        let mut lines = text.lines();
        output.line(&format!("  {step:<14}{}", escape::line(lines.next().unwrap_or_default())));
        lines.for_each(|l| output.line(&format!("  {:<14}{}", "", escape::line(l))));
    };
    if let Some(steps) = &trace.steps {
        readings(steps, from, line);
        if steps.in_place {
            line(
                "looked up",
                &format!("{} (in the table of the rule)", value.as_deref().unwrap_or("(empty)")),
            );
        }
    }
    let refused = trace.refused.iter().find(|(field, ..)| field == name);
    match refused {
        Some((_, _, reason)) => line("value", &format!("refused: {reason}")),
        None => line("value", value.as_deref().unwrap_or("(empty)")),
    }
    let slow = trace.slow.iter().find(|(field, _)| field == name);
    line("runs", &slow.map_or_else(|| "as SQL".to_owned(), |(_, why)| format!("row by row: {why}")));
    line(
        "last accepted",
        if known { old.unwrap_or("(empty)") } else { "nothing: the record is not there from us" },
    );
    let next = match (trace.refused.is_empty(), known, value.as_deref() == old) {
        (false, ..) => "the record is not sent while it is refused",
        (true, false, _) => "would be sent, with the new record",
        (true, true, true) => "equal: nothing to send",
        (true, true, false) => "would be sent: it differs",
    };
    line("next plan", next);
}

fn readings(steps: &Steps, from: &str, line: impl Fn(&str, &str)) {
    for (column, cells) in &steps.cells {
        let cells: Vec<String> = cells.iter().map(|c| format!("\"{c}\"")).collect();
        line("cell", &format!("{column} = {}{}", cells.join(", "), more(steps)));
    }
    if steps.cells.is_empty() {
        line("cell", if from.is_empty() { "none: it comes from no column" } else { from });
    }
    for (column, kind, values) in &steps.read {
        line("read as", &format!("{kind} {} ({column})", joined(values)));
    }
    for (lookup, values) in &steps.looked_up {
        line("looked up", &format!("{} ({lookup})", joined(values)));
    }
    if let Some((place, rule)) = &steps.rule {
        line("rule", &format!("{rule}\n({place})"));
    }
}

fn joined(values: &[Option<String>]) -> String {
    let shown = |v: &Option<String>| v.clone().unwrap_or_else(|| "(empty)".to_owned());
    values.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn more(steps: &Steps) -> String {
    if steps.more == 0 { String::new() } else { format!(" and {} more rows", steps.more) }
}
