use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job::{self, Count, Shown};
use crate::report::escape;
use crate::report::terminal::text::{fit, left, right, width, wrap};

/// Source cells beside mapped fields, for the first records; refused ones say why. Plans and keeps nothing
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Record of the mapping; without it, the records that exist with their counts.
    record: Option<String>,
    /// How many records.
    #[arg(long, default_value_t = 5, value_name = "N")]
    rows: u64,
    /// The record of this key alone.
    #[arg(long, requires = "record")]
    key: Option<String>,
    /// Only refused or held records.
    #[arg(long, requires = "record", conflicts_with = "key")]
    bad: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let told = Told::new(output);
    let Some(record) = &arguments.record else {
        let counts = job::counts(&context, &told)?;
        told.done();
        output.text(&table(&counts));
        return Ok(0);
    };
    let wanted = job::Preview {
        record: record.clone(),
        rows: arguments.rows,
        key: arguments.key.clone(),
        bad: arguments.bad,
    };
    let shown = job::preview(&context, &wanted, &told)?;
    told.done();
    if shown.is_empty() {
        let what = if arguments.bad { "is refused or held" } else { "is made from today's files" };
        output.line(&format!("No {record} {what}."));
    }
    for one in &shown {
        output.text(&page(record, one, output.width()));
    }
    Ok(0)
}

/// The records with their counts.
fn table(counts: &[Count]) -> String {
    let rows: Vec<[String; 6]> = counts
        .iter()
        .map(|c| {
            let filtered = c.all.saturating_sub(c.kept);
            let ok = c.kept.saturating_sub(c.rejected).saturating_sub(c.held);
            [
                c.record.clone(),
                c.source.clone(),
                ok.to_string(),
                c.rejected.to_string(),
                c.held.to_string(),
                filtered.to_string(),
            ]
        })
        .collect();
    let head = ["record", "source", "good", "refused", "held", "filtered"].map(str::to_owned);
    let all: Vec<&[String; 6]> = std::iter::once(&head).chain(&rows).collect();
    let widths: Vec<usize> =
        (0..6).map(|n| all.iter().filter_map(|r| r.get(n)).map(|c| width(c)).max().unwrap_or(0)).collect();
    all.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(n, (c, w))| if n < 2 { left(c, *w) } else { right(c, *w) });
            format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        })
        .collect()
}

/// A record: a line a field, refusals below theirs.
fn page(record: &str, shown: &Shown, columns: usize) -> String {
    let key = if shown.key.is_empty() { "(no key)".to_owned() } else { escape::key(&shown.key) };
    let more = if shown.rows > 1 { format!(" and {} more rows", shown.rows - 1) } else { String::new() };
    let filtered = if shown.kept { "" } else { "  left out by `where`" };
    let mut out = format!("{record} {key}  {}{more}{filtered}\n", escape::line(&shown.place));
    let lines: Vec<[String; 4]> = shown
        .fields
        .iter()
        .map(|f| {
            let value = match (&f.value, f.refused.is_empty()) {
                (_, false) => "REFUSED".to_owned(),
                (Some(v), _) => escape::line(v).into_owned(),
                (None, _) => "(empty)".to_owned(),
            };
            [f.name.clone(), escape::line(&f.from).into_owned(), escape::line(&f.cells).into_owned(), value]
        })
        .collect();
    let head = ["field", "from", "cell as read", "mapped"].map(str::to_owned);
    let widths = widths(std::iter::once(&head).chain(&lines), columns.saturating_sub(2));
    out.push_str(&line(&head, &widths));
    for (cells, field) in lines.iter().zip(&shown.fields) {
        out.push_str(&line(cells, &widths));
        for reason in &field.refused {
            wrap(&escape::line(reason), "      ", columns)
                .iter()
                .for_each(|l| out.push_str(&format!("{l}\n")));
        }
    }
    for reason in &shown.refused {
        let text = format!("REFUSED: {}", escape::line(reason));
        wrap(&text, "  ", columns).iter().for_each(|l| out.push_str(&format!("{l}\n")));
    }
    out.push('\n');
    out
}

fn line(cells: &[String; 4], widths: &[usize; 4]) -> String {
    let cells: Vec<String> = cells.iter().zip(widths).map(|(c, w)| left(&fit(c, *w), *w)).collect();
    format!("  {}\n", cells.join("  ").trim_end())
}

/// Widths that fit into `room`: the widest column gives way first, down to 12.
fn widths<'a>(lines: impl Iterator<Item = &'a [String; 4]>, room: usize) -> [usize; 4] {
    let mut widths = [0; 4];
    for line in lines {
        for (w, cell) in widths.iter_mut().zip(line) {
            *w = width(cell).max(*w);
        }
    }
    while widths.iter().sum::<usize>() + 6 > room {
        let Some(widest) = widths.iter_mut().max().filter(|w| **w > 12) else { break };
        *widest -= 1;
    }
    widths
}
