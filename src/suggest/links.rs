//! References between records: the column that holds another record's key, zeros that a spreadsheet ate, and names
//! looked up where only the key stands.

use super::Line;
use super::fold::fold;
use super::lines::{World, percent, quoted};
use super::records::Record;
use super::score::SURE;
use super::table::{Column, Reach, Table};
use crate::spec::platform::{Field, FieldType, Model};

/// A lookup in another source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub source: String,
    pub key: String,
    pub give: String,
}

/// The records of a model with their tables and the column of their key.
fn targets<'a>(world: &World<'a>, model: &str) -> Vec<(&'a Record, &'a Table, &'a Column)> {
    let key = |r: &'a Record| {
        let (table, m) = (world.tables.get(r.table)?, world.platform.models.get(r.model)?);
        let pick = r.picks.iter().find(|p| is_key(m, p.field) && p.rating.score >= SURE)?;
        Some((r, table, table.columns.get(pick.column)?))
    };
    let of = |r: &&Record| world.platform.models.get(r.model).is_some_and(|m| m.name == model);
    world.records.iter().filter(of).filter_map(key).collect()
}

fn is_key(model: &Model, field: usize) -> bool {
    model.fields.get(field).is_some_and(|f| model.key.contains(&f.name))
}

/// A reference without a column by its meaning takes the one named like the key it refers to.
pub(super) fn by_key(world: &World<'_>, record: &Record, field: &Field) -> Option<Line> {
    let table = world.tables.get(record.table)?;
    let refers = field.refers.as_ref()?;
    for (target, _, key) in targets(world, &refers.model) {
        let same = |c: &&Column| c.reach == Reach::Own && !c.node && c.tail.whole == key.tail.whole;
        if target.model == record.model {
            continue;
        }
        if let Some(column) = table.columns.iter().find(same) {
            return Some(Line {
                field: field.name.clone(),
                value: quoted(&column.name),
                confidence: 85,
                reason: format!("named like the key of {}", target.name),
                active: true,
                columns: vec![column.name.clone()],
            });
        }
    }
    None
}

/// The zeros that keys have and this column's values lack are put back.
pub(super) fn padded(world: &World<'_>, field: &Field, line: Line, column: &Column) -> Line {
    let Some(refers) = &field.refers else { return line };
    for (target, _, key) in targets(world, &refers.model) {
        let known: Vec<&str> = key.facts.values.iter().map(|(v, _)| v.as_str()).collect();
        let width = known.first().map_or(0, |k| k.chars().count());
        let zeros =
            known.iter().all(|k| k.chars().count() == width) && known.iter().any(|k| k.starts_with('0'));
        let seen: Vec<&str> = column.facts.values.iter().map(|(v, _)| v.as_str()).collect();
        let found = |pad: bool| {
            seen.iter()
                .filter(|v| {
                    known.contains(&if pad { format!("{v:0>width$}") } else { (**v).to_owned() }.as_str())
                })
                .count()
        };
        if zeros && found(true) > found(false) {
            let value = format!("{{ from = {}, pad_left = [{width}, \"0\"] }}", quoted(&column.name));
            let reason =
                super::score::with(&line.reason, &format!("the keys of {} begin with zeros", target.name));
            return Line { value, reason, ..line };
        }
    }
    line
}

/// A name that stands only in the record referred to, by a lookup there.
pub(super) fn by_name(world: &World<'_>, record: &Record, field: &Field) -> Option<(Line, Named)> {
    if field.ty != FieldType::Text || !field.one_of.is_empty() {
        return None;
    }
    let (table, model) = (world.tables.get(record.table)?, world.platform.models.get(record.model)?);
    let wanted = world.synonyms.of_field(&model.name, &field.name);
    for reference in model.fields.iter().filter(|f| f.refers.is_some()) {
        let refers = reference.refers.as_ref()?;
        let n = model.fields.iter().position(|f| f.name == reference.name)?;
        let Some(from) = record.picks.iter().find(|p| p.field == n && p.rating.score >= SURE) else {
            continue;
        };
        let from = table.columns.get(from.column)?;
        for (target, other, key) in targets(world, &refers.model) {
            let means = |c: &Column| c.meanings.iter().flatten().any(|m| wanted.contains(&m.concept));
            let give = target
                .picks
                .iter()
                .filter_map(|p| other.columns.get(p.column))
                .find(|c| means(c) && c.name != key.name);
            if let Some(give) = give {
                let name = fold(&field.name).words.join("_");
                let value = format!("{{ from = {}, lookup = {} }}", quoted(&from.name), quoted(&name));
                let reason = format!("looked up in {}", other.source);
                let columns = vec![from.name.clone()];
                let line = Line {
                    field: field.name.clone(),
                    value,
                    confidence: percent(0.8),
                    reason,
                    active: true,
                    columns,
                };
                let named = Named {
                    name,
                    source: other.source.clone(),
                    key: key.name.clone(),
                    give: give.name.clone(),
                };
                return Some((line, named));
            }
        }
    }
    None
}
