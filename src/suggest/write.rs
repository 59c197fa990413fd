//! The drafted mapping as text: sections in the order of a mapping written by hand, values and comments aligned.

use super::lines::{self, Lines, World, quoted};
use super::links::Named;
use super::records::Record;
use super::settings::settings;
use super::table::{Reach, Table};
use super::{Draft, Drafted, Export, Line, Missing};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr as _;

/// Width up to which comments are aligned.
const VALUE: usize = 46;

/// Writes the mapping.
pub(super) fn draft(name: &str, world: &World<'_>, exports: &[Export]) -> Draft {
    let mut text = head(name, &world.platform.name);
    let mut drafted = Vec::new();
    let mut left = Vec::new();
    let mut lookups: BTreeSet<String> = BTreeSet::new();
    for (n, table) in world.tables.iter().enumerate() {
        let Some(export) = exports.get(table.export) else { continue };
        let record = world.records.iter().find(|r| r.table == n);
        let encloses = world
            .tables
            .iter()
            .enumerate()
            .any(|(i, t)| t.within == Some(n) && world.records.iter().any(|r| r.table == i));
        if record.is_none() && !encloses {
            left.push(place(table, export));
            continue;
        }
        text.push_str(&rule(&place(table, export)));
        let lines = record.map(|r| lines::lines(world, r));
        text.push_str(&source(world, table, export, record, lines.as_ref()));
        if let (Some(record), Some(lines)) = (record, lines) {
            for lookup in lines.lookups.iter().filter(|l| lookups.insert(l.name.clone())) {
                text.push_str(&lookup_text(lookup));
            }
            text.push_str(&record_text(world, record, table, &lines));
            drafted.push(of(world, record, table, export, lines));
        }
    }
    if !left.is_empty() {
        text.push_str("\n# Nothing was made of:\n");
        left.iter().for_each(|l| text.push_str(&format!("#   {l}\n")));
    }
    Draft { text, records: drafted, left }
}

fn of(world: &World<'_>, record: &Record, table: &Table, export: &Export, lines: Lines) -> Drafted {
    Drafted {
        name: record.name.clone(),
        model: world.platform.models.get(record.model).map_or_else(String::new, |m| m.name.clone()),
        source: table.source.clone(),
        place: place(table, export),
        lines: lines.lines,
        missing: lines.missing,
    }
}

fn head(name: &str, platform: &str) -> String {
    format!(
        "#:schema ./schema/{platform}.json\n\
         # A first draft by `crosswalk new`. Four ideas carry a mapping:\n\
         #   source   where rows come from: a file, a sheet, the repeating nodes of a document\n\
         #   record   what becomes of a row: a record type of the platform\n\
         #   field    what the platform calls it = the column it is read from\n\
         #   key      what a record is known by, every evening the same (here: erpKey)\n\
         # Behind each line: how sure the guess is, and why; `# name` means both are called the same. What begins with\n\
         # `#` and looks like a line is a suggestion: take the `#` away if it is right. Then `crosswalk check {name}`.\n\
         name     = {}\n\
         platform = {}\n",
        quoted(name),
        quoted(platform)
    )
}

/// A line across the page with what follows.
fn rule(title: &str) -> String {
    let dashes = 114_usize.saturating_sub(title.width()).max(3);
    format!("\n# ── {title} {}\n", "─".repeat(dashes))
}

/// File, sheet and node of a table, for people.
fn place(table: &Table, export: &Export) -> String {
    let file = &export.seen.file;
    match (&table.sheet, table.path.is_empty()) {
        (Some(sheet), _) => format!("{file}, sheet {sheet}"),
        (None, true) => file.clone(),
        (None, false) => format!("{file}, {}", table.path),
    }
}

fn source(
    world: &World<'_>,
    table: &Table,
    export: &Export,
    record: Option<&Record>,
    lines: Option<&Lines>,
) -> String {
    let all = settings(table, world.tables, export, world.platform, record, world.synonyms);
    let keys = all.iter().map(|s| s.key.len()).max().unwrap_or(0).max(4);
    let values = all.iter().map(|s| s.value.width()).filter(|w| *w <= VALUE).max().unwrap_or(0);
    let mut text = format!("\n[source.{}]\n", table.source);
    for one in &all {
        text.push_str(&row("", one.key, keys, &one.value, values, &one.comment));
    }
    let used: BTreeSet<&str> = lines
        .into_iter()
        .flat_map(|l| &l.lines)
        .filter(|l| l.active)
        .flat_map(|l| l.columns.iter().map(String::as_str))
        .collect();
    let unused: Vec<String> = table
        .columns
        .iter()
        .filter(|c| c.reach == Reach::Own && !c.node && !used.contains(c.name.as_str()))
        .map(|c| quoted(&c.name))
        .collect();
    if !unused.is_empty() {
        text.push_str(&wrapped(&unused));
    }
    text
}

/// The columns nobody wanted, as a list to be taken over.
fn wrapped(names: &[String]) -> String {
    let one = format!("# ignore = [{}]", names.join(", "));
    if one.width() <= 110 {
        return format!("{one:46} # columns not used; take the `#` away when none of them is wanted\n");
    }
    let mut text = String::from(
        "# ignore = [          # columns not used; take the `#`s away when none of them is wanted\n",
    );
    let mut line = String::new();
    for name in names {
        if line.width() + name.width() > 104 {
            text.push_str(&format!("#   {}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&format!("{name}, "));
    }
    text.push_str(&format!("#   {}\n# ]\n", line.trim_end()));
    text
}

fn lookup_text(lookup: &Named) -> String {
    format!(
        "\n[lookup.{}]\nsource = {}\nkey    = {}\ngive   = {}\n",
        lookup.name,
        quoted(&lookup.source),
        quoted(&lookup.key),
        quoted(&lookup.give)
    )
}

fn record_text(world: &World<'_>, record: &Record, table: &Table, lines: &Lines) -> String {
    let model = world.platform.models.get(record.model);
    let mut text = format!("\n[record.{}]\n", record.name);
    text.push_str(&format!("model  = {}\n", quoted(model.map_or("", |m| m.name.as_str()))));
    text.push_str(&format!("from   = {}\n", quoted(&table.source)));
    if let Some(parent) = record.parent.and_then(|p| world.records.get(p)) {
        let reference = world.platform.models.get(parent.model).and_then(|p| model?.reference_to(&p.name));
        let filled = reference.map(|f| format!("# one unit; {} is filled in", f.name)).unwrap_or_default();
        text.push_str(&format!("parent = {:24} {filled}\n", quoted(&parent.name)));
    }
    let composed =
        lines.lines.iter().any(|l| l.value.contains('`') && model.is_some_and(|m| m.key.contains(&l.field)));
    if !composed {
        text.push_str(&repeats(world, record, table));
    }
    if let Some(second) = &record.second {
        text.push_str(&format!(
            "# could also be {second}: `crosswalk new … --record {}=FILE` says so\n",
            second.trim_end_matches("SyncModel").to_lowercase()
        ));
    }
    text.push_str(&format!("\n[record.{}.fields]\n", record.name));
    text.push_str(&fields(lines));
    text
}

/// A key that comes in several rows: perhaps they are one record.
fn repeats(world: &World<'_>, record: &Record, table: &Table) -> String {
    let Some(model) = world.platform.models.get(record.model) else { return String::new() };
    let key =
        |p: &&super::assign::Pick| model.fields.get(p.field).is_some_and(|f| model.key.contains(&f.name));
    let column = record.picks.iter().find(key).and_then(|p| table.columns.get(p.column));
    match column
        .filter(|c| !c.facts.unique && c.facts.filled > 0 && record.parent.is_none() && model.key.len() == 1)
    {
        Some(column) => format!(
            "# group_by = [{}]     # its values repeat: if several rows make one record, sum(…) their amounts\n",
            quoted(&column.name)
        ),
        None => String::new(),
    }
}

fn fields(lines: &Lines) -> String {
    let keys = lines.lines.iter().filter(|l| l.active).map(|l| l.field.len()).max().unwrap_or(0).max(6);
    let active = lines.lines.iter().filter(|l| l.active);
    let values = active.map(|l| l.value.width()).filter(|w| *w <= VALUE).max().unwrap_or(0);
    let mut text = String::new();
    for line in &lines.lines {
        let mark = if line.active { "" } else { "# " };
        text.push_str(&row(mark, &line.field, keys - mark.len().min(keys), &line.value, values, &said(line)));
    }
    if !lines.missing.is_empty() {
        text.push_str("# Required and not found: take the `#` away and say where each comes from, a column or { const = \"…\" }.\n");
    }
    for one in &lines.missing {
        let suggested = lines.lines.iter().any(|l| l.field == one.field);
        let paste = if suggested { "…".to_owned() } else { one.paste.clone() };
        text.push_str(&format!("# {} = {paste}     # {}\n", one.field, wanted(one)));
    }
    text
}

fn said(line: &Line) -> String {
    match line.reason.is_empty() {
        true => "name".to_owned(),
        false => format!("{} %: {}", line.confidence, line.reason),
    }
}

fn wanted(one: &Missing) -> String {
    let mut parts = vec![one.kind.clone()];
    if !one.one_of.is_empty() {
        parts.push(format!("one of {}", one.one_of.join(", ")));
    }
    if let Some(model) = &one.refers {
        parts.push(format!("the key of a {model}"));
    }
    format!("{}: {}", parts.join("; "), one.doc)
}

/// A line with its comment.
fn row(mark: &str, key: &str, keys: usize, value: &str, values: usize, comment: &str) -> String {
    let line = format!("{mark}{key:keys$} = {value}");
    if comment.is_empty() {
        return format!("{line}\n");
    }
    let pad = values.saturating_sub(value.width());
    format!("{line}{}   # {comment}\n", " ".repeat(pad))
}
