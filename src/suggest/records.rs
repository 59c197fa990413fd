//! Which record each table feeds: by what it is called, by how many of its columns fit, by whether the required
//! fields can be met, and by the record of the table around it.

use super::assign::{Pick, assign};
use super::fold::fold;
use super::score::{FieldView, SURE};
use super::synonyms::Synonyms;
use super::table::{Reach, Table};
use crate::spec::platform::{Model, Platform};

/// Below this nothing is made of a table.
const ENOUGH: f64 = 0.5;

/// A record that a table feeds.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Its name in the mapping.
    pub name: String,
    /// Number of its table.
    pub table: usize,
    /// Number of its model in the platform.
    pub model: usize,
    /// Columns by field.
    pub picks: Vec<Pick>,
    /// Number of the record it belongs to, as a line to its header.
    pub parent: Option<usize>,
    /// The model that fits second best, when nearly as well.
    pub second: Option<String>,
}

/// The records of all tables, in the tables' order. `forced`: table → model.
pub(super) fn records(
    platform: &Platform,
    tables: &[Table],
    forced: &[Option<usize>],
    synonyms: &Synonyms,
) -> Vec<Record> {
    let views: Vec<Vec<FieldView<'_>>> =
        platform.models.iter().map(|m| FieldView::all(m, synonyms)).collect();
    let mut all: Vec<Record> = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        let parent = table.within.and_then(|w| all.iter().position(|r| r.table == w));
        let outer = parent.and_then(|p| all.get(p)).and_then(|r| platform.models.get(r.model));
        let mut fits: Vec<(f64, usize, Vec<Pick>)> = Vec::new();
        for (m, model) in platform.models.iter().enumerate() {
            let Some(fields) = views.get(m) else { continue };
            if forced.get(n).copied().flatten().is_some_and(|f| f != m) {
                continue;
            }
            let picks = assign(table, fields, synonyms);
            let refers = outer.is_some_and(|o| o.name != model.name && model.reference_to(&o.name).is_some());
            let linked = refers && (title(table, model, synonyms) > 0.0 || met(table, model, &picks) >= 0.4);
            // What stands inside another record and does not refer to it is mostly a part of it, as an address is.
            let inside = if linked { 0.3 } else { -0.2 };
            let score = fit(table, model, &picks, synonyms) + if outer.is_some() { inside } else { 0.0 };
            fits.push((score, m, picks));
        }
        fits.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let second = fits.get(1).filter(|s| s.0 >= ENOUGH && fits.first().is_some_and(|f| f.0 - s.0 < 0.15));
        let second = second.and_then(|s| platform.models.get(s.1)).map(|m| m.name.clone());
        let Some((score, model, picks)) = fits.into_iter().next() else { continue };
        let alone =
            outer.is_none() && platform.models.get(model).is_some_and(|m| by_columns(table, m, &picks));
        if score < ENOUGH && !alone && forced.get(n).copied().flatten().is_none() {
            continue;
        }
        let refers = |m: &Model| outer.is_some_and(|o| m.reference_to(&o.name).is_some_and(|f| f.required));
        let parent = parent.filter(|_| platform.models.get(model).is_some_and(refers));
        let name = name(platform, model, table, &all);
        all.push(Record { name, table: n, model, picks, parent, second });
    }
    all
}

/// The picks by name of columns in the row itself.
fn sure<'a>(table: &Table, picks: &'a [Pick]) -> Vec<&'a Pick> {
    let here = |p: &&Pick| table.columns.get(p.column).is_some_and(|c| c.reach == Reach::Own);
    picks.iter().filter(here).filter(|p| p.rating.score >= SURE && p.rating.by_name).collect()
}

/// The share of the required fields that are met.
#[allow(clippy::cast_precision_loss)]
fn met(table: &Table, model: &Model, picks: &[Pick]) -> f64 {
    let sure = sure(table, picks);
    let has = |n: usize| sure.iter().any(|p| p.field == n);
    let required = model.fields.iter().filter(|f| f.required).count().max(1);
    let filled = model.fields.iter().enumerate().filter(|(n, f)| f.required && has(*n)).count();
    filled as f64 / required as f64
}

/// How well a table fits a model, from 0 to about 1.1.
#[allow(clippy::cast_precision_loss)]
fn fit(table: &Table, model: &Model, picks: &[Pick], synonyms: &Synonyms) -> f64 {
    let sure = sure(table, picks);
    let own = table.columns.iter().enumerate().filter(|(_, c)| c.reach == Reach::Own && !c.node);
    let own: Vec<usize> = own.map(|(n, _)| n).collect();
    let used = own.iter().filter(|c| sure.iter().any(|p| p.column == **c)).count();
    let covered = used as f64 / own.len().max(1) as f64;
    // Two columns that fit by chance say little.
    let weight = (used as f64 / 3.0).min(1.0);
    0.5 * title(table, model, synonyms) + weight * 0.3 * (met(table, model, picks) + covered)
}

/// Whether the columns alone say what a table is, whatever it is called: its key, and half of what it has.
fn by_columns(table: &Table, model: &Model, picks: &[Pick]) -> bool {
    let sure = sure(table, picks);
    let named = |key: &String| sure.iter().any(|p| model.fields.get(p.field).is_some_and(|f| f.name == *key));
    let own = table.columns.iter().filter(|c| c.reach == Reach::Own && !c.node).count();
    !model.key.is_empty() && model.key.iter().all(named) && sure.len() >= 4 && sure.len() * 2 >= own
}

/// How well what the table is called names the model.
fn title(table: &Table, model: &Model, synonyms: &Synonyms) -> f64 {
    let own = fold(model.name.trim_end_matches("SyncModel")).whole;
    let mut best: f64 = 0.0;
    for (n, title) in table.titles.iter().enumerate() {
        let first = if n == 0 { 1.0 } else { 0.8 };
        if title.whole == own || title.whole == format!("{own}s") {
            best = best.max(1.02 * first);
        }
        let concepts = synonyms.of_model(&model.name);
        let meant =
            |name: &super::fold::Name| synonyms.meanings(name).iter().any(|m| concepts.contains(&m.concept));
        if meant(title) {
            best = best.max(first);
        } else if title.words.len() > 1 && title.words.iter().any(|w| meant(&fold(w))) {
            best = best.max(0.6 * first);
        }
    }
    best
}

/// The record's name: the model's, or the table's where that is taken.
fn name(platform: &Platform, model: usize, table: &Table, all: &[Record]) -> String {
    let model = platform.models.get(model).map_or("", |m| m.name.as_str());
    let short = model.trim_end_matches("SyncModel").to_lowercase();
    let taken = |name: &str| all.iter().any(|r| r.name == name);
    let mut name = short.clone();
    if taken(&name) {
        name.clone_from(&table.source);
    }
    let mut n = 1;
    while taken(&name) {
        n += 1;
        name = format!("{short}{n}");
    }
    name
}

/// Names of a record that are free to be said on the command line, for `--record NAME=FILE`.
pub(super) fn model_named(platform: &Platform, name: &str, synonyms: &Synonyms) -> Option<usize> {
    let wanted = fold(name);
    let meant = synonyms.meanings(&wanted);
    let is = |m: &Model| {
        let own = fold(m.name.trim_end_matches("SyncModel")).whole;
        own == wanted.whole
            || fold(&m.name).whole == wanted.whole
            || m.answers.iter().any(|a| fold(a).whole == wanted.whole)
    };
    let concept = |m: &Model| meant.iter().any(|x| synonyms.of_model(&m.name).contains(&x.concept));
    platform.models.iter().position(is).or_else(|| platform.models.iter().position(concept))
}
