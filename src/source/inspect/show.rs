//! An inspection as text for a terminal.

use super::{ColumnSeen, Inspection, NodeSeen, TableSeen};
use crate::source::Format;
use std::fmt;

/// Width of the column of names.
const NAME: usize = 32;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.format {
            Format::Csv => "CSV",
            Format::Excel => "Excel",
            Format::Xml => "XML",
            Format::Json => "JSON",
            Format::Ndjson => "JSON, one value a line",
            Format::Sql => "SQL",
        };
        write!(f, "{}  {format}", clean(&self.file))?;
        if let Some(inside) = &self.inside {
            write!(f, " (inside: {})", clean(inside))?;
        }
        write!(f, ", {} bytes", self.bytes)?;
        if let Some(encoding) = &self.encoding {
            write!(f, ", {encoding}")?;
        }
        if let Some(delimiter) = self.delimiter {
            let shown = if delimiter == '\t' { "tab".to_owned() } else { format!("`{delimiter}`") };
            write!(f, ", fields separated by {shown}")?;
        }
        writeln!(f)?;
        self.tables.iter().try_for_each(|t| table(f, t))?;
        tree(f, &self.nodes)?;
        if self.sampled {
            writeln!(f, "\nA sample: the forms and examples are of the first rows only.")?;
        }
        Ok(())
    }
}

fn table(f: &mut fmt::Formatter<'_>, table: &TableSeen) -> fmt::Result {
    writeln!(f)?;
    if let Some(sheet) = &table.sheet {
        write!(f, "sheet \"{}\"{}: ", clean(sheet), if table.hidden { " (hidden)" } else { "" })?;
    }
    let columns = table.columns.len();
    let (row_s, column_s) = (if table.rows == 1 { "" } else { "s" }, if columns == 1 { "" } else { "s" });
    write!(f, "{} row{row_s}, {columns} column{column_s}", table.rows)?;
    match table.header_rows.as_slice() {
        [] => writeln!(f, ", no header row")?,
        [one] => writeln!(f, ", header in row {one}")?,
        rows => writeln!(f, ", header in rows {rows:?}")?,
    }
    table.columns.iter().try_for_each(|c| column(f, c, ""))?;
    for odd in &table.odd {
        writeln!(f, "  ! row {}: {}", odd.row, clean(&odd.what))?;
    }
    let more = table.odd_count.saturating_sub(table.odd.len() as u64);
    if more > 0 { writeln!(f, "  ! and {more} more odd rows") } else { Ok(()) }
}

fn column(f: &mut fmt::Formatter<'_>, column: &ColumnSeen, indent: &str) -> fmt::Result {
    let forms: Vec<String> = match column.forms.as_slice() {
        [(one, _)] => vec![one.words().to_owned()],
        several => several.iter().take(3).map(|(form, n)| format!("{} {n}", form.words())).collect(),
    };
    let examples: Vec<String> = column.examples.iter().map(|e| clean(e)).collect();
    let name = clean(&column.name);
    write!(f, "  {indent}{name:NAME$} {:>7} filled", column.filled)?;
    if !forms.is_empty() {
        write!(f, "  {}", forms.join(", "))?;
    }
    if !examples.is_empty() {
        write!(f, "  e.g. {}", examples.join(" · "))?;
    }
    writeln!(f)
}

fn tree(f: &mut fmt::Formatter<'_>, nodes: &[NodeSeen]) -> fmt::Result {
    if nodes.is_empty() {
        return Ok(());
    }
    let each: Vec<&NodeSeen> = nodes.iter().filter(|n| n.repeating).collect();
    if !each.is_empty() {
        writeln!(f, "\nlikely rows (`each`)")?;
        for node in each {
            writeln!(f, "  {:6}×  {}", node.count, clean(&node.path))?;
        }
    }
    writeln!(f, "\nall paths")?;
    for node in nodes {
        let forms: Vec<&str> = node.values.forms.iter().take(2).map(|(form, _)| form.words()).collect();
        let example = node.values.examples.first().map_or(String::new(), |e| format!("  e.g. {}", clean(e)));
        writeln!(f, "  {:6}×  {}  {}{example}", node.count, clean(&node.path), forms.join(", "))?;
    }
    Ok(())
}

/// Control characters, also those that turn text round, would take over a terminal.
fn clean(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if odd(c) { ' ' } else { c }).collect()
}
