//! Which column each field takes: one to one by total score, then the few cases where a column serves twice.
//!
//! Pairs are taken greedily from the highest score down. Ties go to the required field, then to the field that the
//! platform lists first, then to the column that the file has first: the same files always give the same mapping.

use super::score::{FieldView, Rating, SURE};
use super::synonyms::Synonyms;
use super::table::{Reach, Table};

/// A field with the column it takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pick {
    /// Number of the field in its model.
    pub field: usize,
    /// Number of the column in its table.
    pub column: usize,
    /// How well they fit.
    pub rating: Rating,
}

/// A name this good may be read twice.
const TWICE: f64 = 0.75;

/// The picks of a table for a model's fields.
pub(super) fn assign(table: &Table, fields: &[FieldView<'_>], synonyms: &Synonyms) -> Vec<Pick> {
    let all = pairs(table, fields, synonyms);
    let mut picks: Vec<Pick> = Vec::new();
    let own = |p: &&Pick| reach(table, p) == Reach::Own;
    let good = |p: &&Pick| p.rating.score >= SURE;
    take(&mut picks, all.iter().filter(own).filter(good), false);
    base_amounts(table, fields, &mut picks);
    let again = |p: &&Pick| needed(fields, p) && p.rating.score >= TWICE;
    take(&mut picks, all.iter().filter(own).filter(again), true);
    let visible: Vec<Pick> =
        all.iter().filter(own).filter(|p| of_key(table, fields, &picks, p)).cloned().collect();
    take(&mut picks, visible.iter(), true);
    let linked = |p: &&Pick| fields.get(p.field).is_none_or(|f| f.field.refers.is_some() || f.is_key());
    let outer = |p: &&Pick| reach(table, p) != Reach::Own && !linked(p);
    let wanted = |p: &&Pick| match reach(table, p) {
        Reach::Above => p.rating.score >= TWICE,
        _ => needed(fields, p) && p.rating.score >= SURE,
    };
    take(&mut picks, all.iter().filter(outer).filter(wanted), true);
    let found = content(table, fields);
    take(&mut picks, found.iter(), false);
    take(&mut picks, all.iter().filter(own), false);
    picks.sort_by_key(|p| p.field);
    picks
}

fn reach(table: &Table, pick: &Pick) -> Reach {
    table.columns.get(pick.column).map_or(Reach::Own, |c| c.reach)
}

/// Every pair worth looking at, best first.
fn pairs(table: &Table, fields: &[FieldView<'_>], synonyms: &Synonyms) -> Vec<Pick> {
    let mut all = Vec::new();
    for (f, field) in fields.iter().enumerate() {
        for (c, column) in table.columns.iter().enumerate() {
            all.extend(field.rate(column, synonyms).map(|rating| Pick { field: f, column: c, rating }));
        }
    }
    sort(&mut all, fields);
    all
}

fn sort(all: &mut [Pick], fields: &[FieldView<'_>]) {
    let optional = |p: &Pick| !fields.get(p.field).is_some_and(|f| f.field.required);
    all.sort_by(|a, b| {
        let score = b.rating.score.total_cmp(&a.rating.score);
        score.then_with(|| (optional(a), a.field, a.column).cmp(&(optional(b), b.field, b.column)))
    });
}

/// Takes the pairs whose field is free and, unless `twice`, whose column is.
fn take<'a>(picks: &mut Vec<Pick>, pairs: impl Iterator<Item = &'a Pick>, twice: bool) {
    for pair in pairs {
        let taken = picks.iter().any(|p| p.field == pair.field || (!twice && p.column == pair.column));
        if !taken {
            picks.push(pair.clone());
        }
    }
}

/// Required fields and references: without a value the record cannot be sent, or not be linked.
fn needed(fields: &[FieldView<'_>], pick: &Pick) -> bool {
    fields.get(pick.field).is_some_and(|f| f.field.required || f.field.refers.is_some())
}

/// The number people see is often the key as well.
fn of_key(table: &Table, fields: &[FieldView<'_>], picks: &[Pick], pair: &Pick) -> bool {
    let key = |p: &&Pick| fields.get(p.field).is_some_and(FieldView::is_key) && p.column == pair.column;
    let unique = table.columns.get(pair.column).is_some_and(|c| c.facts.unique);
    pair.rating.score >= 0.85 && unique && picks.iter().any(|p| key(&p))
}

/// `baseCurrencyTotalAmount` takes what `totalAmount` takes, as long as one currency was seen; a required one also
/// where there are several, to be checked.
fn base_amounts(table: &Table, fields: &[FieldView<'_>], picks: &mut Vec<Pick>) {
    let mut currencies: Vec<&str> = table
        .columns
        .iter()
        .filter(|c| c.facts.currencies > 0.8 && c.reach == Reach::Own)
        .flat_map(|c| c.facts.values.iter().map(|(v, _)| v.as_str()))
        .collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut more = Vec::new();
    for (n, field) in fields.iter().enumerate().filter(|(n, _)| !picks.iter().any(|p| p.field == *n)) {
        let name = &field.field.name;
        let Some(plain) = name.strip_prefix("baseCurrency").or_else(|| name.strip_prefix("base")) else {
            continue;
        };
        let same = |p: &&Pick| {
            fields.get(p.field).is_some_and(|f| amount(f) && f.field.name.eq_ignore_ascii_case(plain))
        };
        let Some(pick) = picks.iter().find(same).filter(|_| currencies.len() < 2 || field.field.required)
        else {
            continue;
        };
        let of = fields.get(pick.field).map_or("", |f| f.field.name.as_str());
        let (share, reason) = match currencies.as_slice() {
            [] => (0.9, format!("as {of}: no column of currencies")),
            [one] => (0.9, format!("as {of}: all rows are in {one}")),
            _ => (0.0, format!("as {of}; there are several currencies: check")),
        };
        let rating = Rating { score: (pick.rating.score * share).max(SURE), reason, by_name: false };
        more.push(Pick { field: n, column: pick.column, rating });
    }
    picks.extend(more);
}

fn amount(field: &FieldView<'_>) -> bool {
    matches!(field.field.ty, crate::spec::platform::FieldType::Decimal(_))
}

/// What the values alone say of the columns, best first.
fn content(table: &Table, fields: &[FieldView<'_>]) -> Vec<Pick> {
    let mut all = Vec::new();
    for (f, field) in fields.iter().enumerate() {
        for (c, column) in table.columns.iter().enumerate().filter(|(_, c)| c.reach == Reach::Own) {
            let rating = field.by_content(column).or_else(|| field.by_date(column));
            all.extend(rating.map(|rating| Pick { field: f, column: c, rating }));
        }
    }
    sort(&mut all, fields);
    all
}
