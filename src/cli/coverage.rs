//! What `check --coverage` prints.

use super::output::Output;
use crate::job::{Coverage, RecordCoverage, SourceCoverage};
use crate::report::escape;
use crate::report::terminal::text::{fit, left, width, wrap};

/// Most columns and fields listed of one source or record.
const MOST: usize = 40;

/// Prints the coverage: sources, then records.
pub(super) fn print(coverage: &Coverage, output: &Output) {
    for source in &coverage.sources {
        output.text(&of_source(source));
    }
    for record in &coverage.records {
        output.text(&of_record(record, output.width()));
    }
}

fn rows(n: u64) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}

fn of_source(source: &SourceCoverage) -> String {
    let name = &source.name;
    if source.unused.is_empty() {
        return format!("source {name}: {}; every column is used or ignored\n", rows(source.rows));
    }
    let mut out = format!(
        "source {name}: {}; {} of {} columns neither used nor ignored\n",
        rows(source.rows),
        source.unused.len(),
        source.columns
    );
    let lines: Vec<[String; 3]> = source
        .unused
        .iter()
        .take(MOST)
        .map(|u| {
            [format!("\"{}\"", escape::line(&u.column)), share(u.filled, source.rows), u.form.to_owned()]
        })
        .collect();
    out.push_str(&columns(&lines));
    out.push_str(&more(source.unused.len()));
    out
}

fn share(part: u64, of: u64) -> String {
    match (part, of) {
        (0, _) | (_, 0) => "empty".to_owned(),
        _ if part >= of => "always filled".to_owned(),
        _ => format!("{} % filled", (part * 100 / of).max(1)),
    }
}

fn of_record(record: &RecordCoverage, room: usize) -> String {
    let [all, kept, rejected, held] = record.counts;
    let good = kept.saturating_sub(rejected).saturating_sub(held);
    let filtered = all.saturating_sub(kept);
    let mut out = format!(
        "record {} ({}): {good} good, {rejected} refused, {held} held, {filtered} filtered\n",
        record.name, record.model
    );
    for (code, field, count) in &record.refusals {
        let field = if field.is_empty() { "the record" } else { field };
        out.push_str(&format!("  refused with {code} for {field}: {count}\n"));
    }
    misses(record, &mut out);
    for (field, values) in &record.unseen {
        let text = format!("{field} is never {}", escape::line(&values.join(", ")));
        wrap(&text, "  ", room).iter().for_each(|l| out.push_str(&format!("{l}\n")));
    }
    unset(record, room, &mut out);
    out
}

fn misses(record: &RecordCoverage, out: &mut String) {
    if record.misses.is_empty() {
        return;
    }
    out.push_str("  values that are in no lookup:\n");
    let lines: Vec<[String; 3]> = record
        .misses
        .iter()
        .map(|m| {
            let what = if m.refused { "refused" } else { "kept as it is, or emptied" };
            [format!("{} \"{}\"", m.field, escape::line(&m.value)), m.count.to_string(), what.to_owned()]
        })
        .collect();
    out.push_str(&columns(&lines));
}

fn unset(record: &RecordCoverage, room: usize, out: &mut String) {
    if record.unset.is_empty() {
        out.push_str("  every field of the platform is set\n");
        return;
    }
    out.push_str(&format!("  {} fields of the platform not set:\n", record.unset.len()));
    let lines: Vec<[String; 3]> = record
        .unset
        .iter()
        .take(MOST)
        .map(|f| {
            let ty = if f.required { format!("{}, required", f.ty) } else { f.ty.clone() };
            [f.name.clone(), ty, fit(&escape::line(&f.doc), room.saturating_sub(50).max(20))]
        })
        .collect();
    out.push_str(&columns(&lines));
    out.push_str(&more(record.unset.len()));
}

fn more(count: usize) -> String {
    if count > MOST { format!("    … and {} more\n", count - MOST) } else { String::new() }
}

/// Lines of three columns, aligned.
fn columns(lines: &[[String; 3]]) -> String {
    let wide = |n: usize| lines.iter().filter_map(|l| l.get(n)).map(|c| width(c)).max().unwrap_or(0);
    let (a, b) = (wide(0), wide(1));
    let line = |[x, y, z]: &[String; 3]| {
        format!("{}\n", format!("    {}  {}  {z}", left(x, a), left(y, b)).trim_end())
    };
    lines.iter().map(line).collect()
}
