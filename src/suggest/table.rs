//! The tables that files offer: a CSV file, a sheet, each repeating node of a document, with their columns as a mapping
//! would name them.

use super::content::Facts;
use super::fold::{Name, fold};
use super::synonyms::{Meaning, Synonyms};
use super::{Export, tree};
use crate::source::{Format, TableSeen, TotalsSeen};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization as _;

/// Where a column stands, seen from the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// In the row.
    Own,
    /// In the node around it (`../x`).
    Above,
    /// Once in the document (`/a/b`).
    Document,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// As the mapping names it.
    pub name: String,
    /// Its whole name, folded.
    pub whole: Name,
    /// The last part of its name (below the header groups or nodes around it), folded.
    pub tail: Name,
    /// What the whole name means, then what its tail means.
    pub meanings: [Vec<Meaning>; 2],
    /// What the parts of its name before the tail mean.
    pub around: Vec<usize>,
    /// What its values are.
    pub facts: Facts,
    /// The forms of its values, for locale and dates.
    pub seen: crate::source::ColumnSeen,
    /// Where it stands.
    pub reach: Reach,
    /// A node with children: for a field of type object.
    pub node: bool,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The source's name in the mapping.
    pub source: String,
    /// Number of the export it is in.
    pub export: usize,
    /// Sheet, where the workbook has several.
    pub sheet: Option<String>,
    /// Repeating node, absolute or relative to `within`.
    pub each: Option<String>,
    /// Its absolute path, for documents.
    pub path: String,
    /// Number of the table whose rows enclose it.
    pub within: Option<usize>,
    /// Header rows, when not the first.
    pub header_rows: Vec<u32>,
    /// Row of sums.
    pub totals: Option<TotalsSeen>,
    /// What it is called, most telling first.
    pub titles: Vec<Name>,
    /// Rows.
    pub rows: u64,
    /// Columns, in the file's order.
    pub columns: Vec<Column>,
}

/// All tables of all exports, those around others first.
pub(super) fn tables(exports: &[Export], synonyms: &Synonyms) -> Vec<Table> {
    let mut all = Vec::new();
    for (n, export) in exports.iter().enumerate() {
        match export.seen.format {
            Format::Csv | Format::Excel => sheets(n, export, synonyms, &mut all),
            Format::Xml | Format::Json | Format::Ndjson => tree::nodes(n, export, synonyms, &mut all),
            // No file is one.
            Format::Sql => {}
        }
    }
    unique_names(&mut all);
    all.iter_mut().for_each(|t| settle_language(&mut t.columns, synonyms));
    all
}

fn sheets(n: usize, export: &Export, synonyms: &Synonyms, all: &mut Vec<Table>) {
    let several = export.seen.tables.len() > 1;
    for seen in export.seen.tables.iter().filter(|t| !t.hidden && t.columns.len() > 1 && t.rows > 0) {
        let sheet = seen.sheet.clone().filter(|_| several);
        let stem = fold(&without_dates(&export.stem));
        let mut titles: Vec<Name> = sheet.iter().map(|s| fold(s)).collect();
        titles.push(stem);
        // The only sheet of a workbook may be called by what it holds, beside a file name that says little.
        titles.extend(seen.sheet.as_deref().filter(|_| !several).map(fold));
        all.push(Table {
            source: name_of(sheet.as_deref().filter(|_| usable(export) > 1).unwrap_or(&export.stem)),
            export: n,
            sheet,
            each: None,
            path: String::new(),
            within: None,
            header_rows: seen.header_rows.clone(),
            totals: seen.totals.clone(),
            titles,
            rows: seen.rows,
            columns: columns(seen, synonyms),
        });
    }
}

/// Sheets with something in them.
fn usable(export: &Export) -> usize {
    export.seen.tables.iter().filter(|t| !t.hidden && t.columns.len() > 1 && t.rows > 2).count()
}

fn columns(seen: &TableSeen, synonyms: &Synonyms) -> Vec<Column> {
    let rows = seen.columns.iter().map(|c| c.filled).max().unwrap_or(0);
    let parts = |name: &str| name.split(" / ").map(str::to_owned).collect::<Vec<_>>();
    let new = |c: &crate::source::ColumnSeen| column(&c.name, &parts(&c.name), c, rows, synonyms, Reach::Own);
    seen.columns.iter().map(new).collect()
}

/// A column by its name and the parts of it.
pub(super) fn column(
    name: &str,
    parts: &[String],
    seen: &crate::source::ColumnSeen,
    rows: u64,
    synonyms: &Synonyms,
    reach: Reach,
) -> Column {
    // `DebitAmount/Amount` is the debit: the last word says nothing that the one before does not.
    let said =
        |last: &String| ["amount", "value", "text", "betrag", "wert"].contains(&fold(last).whole.as_str());
    let parts = match parts.split_last() {
        Some((last, before)) if !before.is_empty() && said(last) => before,
        _ => parts,
    };
    let whole = fold(&parts.join(" "));
    let tail = fold(parts.last().map_or(name, String::as_str));
    let around = parts.iter().rev().skip(1).flat_map(|p| synonyms.meanings(&fold(p))).map(|m| m.concept);
    Column {
        name: name.to_owned(),
        around: around.collect(),
        meanings: [synonyms.meanings(&whole), synonyms.meanings(&tail)],
        whole,
        tail,
        facts: Facts::of(seen, rows, synonyms),
        seen: seen.clone(),
        reach,
        node: false,
    }
}

/// Dates in names of files: 2026-10-01, 20261001_1805, 2026-10, 01.10.2026.
const DATE: &str = r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?(?:[T_-]?\d{4,6})?|(?:0[1-9]|[12]\d|3[01])[-_.](?:0[1-9]|1[0-2])[-_.](?:19|20)\d\d";

/// A name with `*` for the date in it; `None` without a date.
pub fn pattern(name: &str) -> Option<String> {
    let date = regex::Regex::new(DATE).ok()?;
    let found = date.find(name)?;
    Some(format!("{}*{}", name.get(..found.start())?, name.get(found.end()..)?))
}

/// A file's stem without its date and what joins it: `OPOS_2026-10-01` → `OPOS`.
pub(super) fn without_dates(stem: &str) -> String {
    let cut = pattern(stem).map(|p| p.trim_matches(|c: char| !c.is_alphanumeric()).replace('*', ""));
    cut.filter(|c| c.len() > 1).unwrap_or_else(|| stem.to_owned())
}

/// A name that can stand in a table's head and in an expression.
pub(super) fn name_of(title: &str) -> String {
    const LETTERS: [(&str, &str); 7] =
        [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("å", "aa"), ("ø", "oe"), ("æ", "ae")];
    let lower = without_dates(title).nfc().collect::<String>().to_lowercase();
    let spelt = LETTERS.iter().fold(lower, |name, (from, to)| name.replace(from, to));
    let plain = spelt.nfd().filter(char::is_ascii);
    let joined: String = plain.map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let parts: Vec<&str> = joined.split('_').filter(|p| !p.is_empty()).collect();
    let name = parts.join("_");
    // Words that mean something in expressions.
    if ["out", "parent", "env", "run", "row", "text", "num", "date", "flag", "let", "if", "else", "in"]
        .contains(&name.as_str())
    {
        return format!("{name}_list");
    }
    match name.chars().next() {
        None => "items".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("s{name}"),
        Some(_) => name,
    }
}

/// A word of several languages is taken for the one that most of the table's columns are in.
fn settle_language(columns: &mut [Column], synonyms: &Synonyms) {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for column in columns.iter().filter(|c| c.reach == Reach::Own) {
        for language in synonyms.languages(&column.tail) {
            *votes.entry(language).or_default() += 1;
        }
    }
    let Some(most) = votes.into_iter().max_by_key(|(_, n)| *n).map(|(l, _)| l) else { return };
    for column in columns {
        let known = [synonyms.languages(&column.whole), synonyms.languages(&column.tail)];
        for (meanings, languages) in column.meanings.iter_mut().zip(known) {
            if let Some(language) = languages.into_iter().find(|l| *l == most) {
                meanings.iter_mut().for_each(|m| m.language = language);
            }
        }
    }
}

fn unique_names(all: &mut [Table]) {
    let mut taken: Vec<String> = Vec::new();
    for table in all.iter_mut() {
        let base = table.source.clone();
        let mut n = 1;
        while taken.contains(&table.source) {
            n += 1;
            table.source = format!("{base}_{n}");
        }
        taken.push(table.source.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::{name_of, pattern, without_dates};

    #[test]
    fn tomorrows_file_fits_the_pattern() {
        for (name, wanted) in [
            ("OPOS_2026-10-01.xlsx", Some("OPOS_*.xlsx")),
            ("20261001_1805_kunden.csv", Some("*_kunden.csv")),
            ("Rechnungen 01.10.2026.csv", Some("Rechnungen *.csv")),
            ("umsatz-2026-10.csv", Some("umsatz-*.csv")),
            ("financial_888888888.xml", None),
            ("MANDANTEN.csv", None),
        ] {
            assert_eq!(pattern(name).as_deref(), wanted, "{name}");
        }
        assert_eq!(without_dates("OPOS_2026-10-01"), "OPOS");
    }

    #[test]
    fn names_stand_in_heads_and_expressions() {
        for (title, name) in [
            ("Offene Posten", "offene_posten"),
            ("Kontoer", "kontoer"),
            ("Leverandører", "leverandoerer"),
            ("Übersicht (alt)", "uebersicht_alt"),
            ("2026", "s2026"),
            ("—", "items"),
        ] {
            assert_eq!(name_of(title), name);
        }
    }
}
