//! Raw rows → mapped records: views, lookups, stops, values, checks, duplicates. Whatever cannot be sent is in
//! `mapped._refused` with its reason and its cell; nothing is dropped silently. Runs SQL only; no row passes here.

mod checks;
mod lookup;
mod query;
mod record;
mod source;
mod unpivot;

use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::mapping::{Mapping, SourcePlan};
use crate::source::{Loaded, Turns};
use crate::sql::{Table, map};
use std::collections::BTreeMap;

/// What the mapping gave, beside the tables.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Notes and warnings for the report.
    pub notes: Vec<String>,
    /// Records with how many rows have no readable key.
    pub unreadable: BTreeMap<String, u64>,
    /// Sources with a row that stopped a part: `(part, _id)`.
    pub stops: BTreeMap<String, Vec<(i64, i64)>>,
    /// What was loaded, with columns turned and sources made by sql among them.
    pub loaded: Vec<Loaded>,
    /// Sources with `unpivot`: by part, what became of its rows.
    pub turns: BTreeMap<String, BTreeMap<i64, Turns>>,
}

/// Maps what was loaded.
///
/// # Errors
/// E330 for a column that no file has, E329 for a lookup with two answers, E325 for a check with `else = "stop"`, E901.
pub fn run(db: &Db, mapping: &Mapping, loaded: &[Loaded]) -> Result<Mapped> {
    let mut mapped = Mapped::default();
    crate::expr::register_runners(db, &mapping.functions)?;
    let loaded = &turned(db, mapping, loaded, &mut mapped)?;
    columns_are_there(mapping, loaded)?;
    parts_lack(mapping, loaded, &mut mapped);
    // `stop_when` of the others may look something up; a lookup may have its rows from a statement, which reads sources.
    let serves =
        |s: &&SourcePlan| mapping.lookups.iter().any(|l| l.rows.as_ref().is_some_and(|r| r.source == s.name));
    let by_statement = mapping.sources.iter().filter(serves).any(|s| s.query.is_some());
    let (first, rest): (Vec<_>, Vec<_>) = mapping.sources.iter().partition(|s| by_statement || serves(s));
    all_views(db, &first, loaded, false, &mut mapped)?;
    let loaded =
        &if by_statement { query::run(db, mapping, loaded, false, &mut mapped)? } else { loaded.clone() };
    lookup::make(db, mapping)?;
    look_up(db, &first, loaded, &mapped)?;
    all_views(db, &rest, loaded, true, &mut mapped)?;
    let loaded =
        &if by_statement { loaded.clone() } else { query::run(db, mapping, loaded, true, &mut mapped)? };
    mapped.loaded.clone_from(loaded);
    let parts_refused = checks::sources(db, mapping, loaded, &mut mapped)?;
    for plan in &mapping.records {
        record::map(db, mapping, plan)?;
        mapped.unreadable.insert(plan.name.clone(), db.count(&map::count_unreadable(&plan.name))?);
        for part in parts_refused.iter().filter(|p| p.source == plan.source) {
            db.run(&part.refuse(plan))?;
        }
    }
    duplicates(db, mapping)?;
    units(db, mapping)?;
    checks::records(db, mapping, &mut mapped)?;
    lengths(db, mapping, &mut mapped)?;
    Ok(mapped)
}

/// The sources with their columns turned where the mapping says so.
fn turned(db: &Db, mapping: &Mapping, loaded: &[Loaded], mapped: &mut Mapped) -> Result<Vec<Loaded>> {
    let turn = |l: &Loaded| match mapping.source(&l.name) {
        Some(plan) => unpivot::turn(db, plan, l, mapped),
        None => Ok(l.clone()),
    };
    loaded.iter().map(turn).collect()
}

/// The views of those sources that are loaded.
fn all_views(
    db: &Db,
    plans: &[&SourcePlan],
    loaded: &[Loaded],
    lookups: bool,
    mapped: &mut Mapped,
) -> Result<()> {
    for (plan, source) in of(plans, loaded) {
        views(db, plan, source, lookups, mapped)?;
    }
    Ok(())
}

/// The view of a source, and the row that stops each part.
fn views(db: &Db, plan: &SourcePlan, source: &Loaded, lookups: bool, mapped: &mut Mapped) -> Result<()> {
    let stops = source::views(db, plan, source, lookups)?;
    unpivot::views(db, plan, &stops, mapped)?;
    mapped.stops.insert(plan.name.clone(), stops);
    Ok(())
}

/// What is looked up, in the views that had to be there before the lookups.
fn look_up(db: &Db, plans: &[&SourcePlan], loaded: &[Loaded], mapped: &Mapped) -> Result<()> {
    of(plans, loaded).try_for_each(|(plan, source)| {
        let stops = mapped.stops.get(&plan.name).map_or(&[][..], Vec::as_slice);
        source::look_up(db, plan, source, stops)
    })
}

/// The sources that are loaded.
fn of<'a>(
    plans: &'a [&SourcePlan],
    loaded: &'a [Loaded],
) -> impl Iterator<Item = (&'a SourcePlan, &'a Loaded)> {
    plans.iter().filter_map(|plan| Some((*plan, loaded.iter().find(|l| l.name == plan.name)?)))
}

/// A column the mapping uses and no part has stops the run; an optional path may be missing.
fn columns_are_there(mapping: &Mapping, loaded: &[Loaded]) -> Result<()> {
    let mut all = Collector::default();
    for plan in &mapping.sources {
        let Some(source) = loaded.iter().find(|l| l.name == plan.name) else { continue };
        let rows: u64 = source.parts.iter().map(|p| p.rows).sum();
        for column in plan.used.iter().filter_map(|n| source.columns.get(*n)) {
            if column.found || rows == 0 || plan.optional.contains(&column.name) {
                continue;
            }
            let files: Vec<&str> = source.parts.iter().map(|p| p.file.as_str()).collect();
            let message = format!("source {} has no \"{}\" anywhere", plan.name, column.name);
            let help = format!(
                "Correct the name, or add it to `optional = […]` of source {} if a whole file may lack it.",
                plan.name
            );
            let at = asked(mapping, &plan.name, &column.name);
            let at = at.unwrap_or_else(|| Location::file(files.first().copied().unwrap_or_default()));
            all.push(Diagnostic::error(Code::COLUMN_MISSING, message).at(at).help(help));
        }
    }
    all.finish(()).map(|_| ())
}

/// Where the mapping names a column of a lookup.
fn asked(mapping: &Mapping, source: &str, column: &str) -> Option<Location> {
    let rows = mapping.lookups.iter().filter_map(|l| l.rows.as_ref()).filter(|r| r.source == source);
    rows.flat_map(|r| &r.columns).find(|(name, _)| name == column).map(|(_, at)| at.clone())
}

/// A column that some part has and another lacks is empty in that one: said, as it empties fields. So is a path format
/// without a single node.
fn parts_lack(mapping: &Mapping, loaded: &[Loaded], mapped: &mut Mapped) {
    for plan in &mapping.sources {
        let Some(source) = loaded.iter().find(|l| l.name == plan.name) else { continue };
        if !plan.request.each.is_empty() && source.parts.iter().all(|p| p.rows == 0) {
            let each = plan.request.each.join(", ");
            mapped.notes.push(format!("source {}: no node fits `each` = {each}", plan.name));
        }
        let tabular = plan.request.each.is_empty();
        for part in source.parts.iter().filter(|_| tabular && source.parts.len() > 1) {
            let lacks = |n: &&usize| part.places.get(**n).is_some_and(Option::is_none);
            let names: Vec<&str> = plan
                .used
                .iter()
                .filter(lacks)
                .filter_map(|n| plan.columns.get(*n))
                .map(String::as_str)
                .collect();
            if !names.is_empty() {
                let place = part.sheet.as_deref().unwrap_or(&part.file);
                mapped.notes.push(format!("{place} lacks {}: empty in its records", names.join(", ")));
            }
        }
    }
}

/// The rows of a source for lookups, checks and statements: without the empty cells that `unpivot` drops.
fn rows_of(mapping: &Mapping, source: &str) -> Table {
    match mapping.source(source) {
        Some(plan) if plan.unpivot.is_some() => crate::sql::unpivot::filled(source),
        _ => Table::new("src", source),
    }
}

fn duplicates(db: &Db, mapping: &Mapping) -> Result<()> {
    use crate::spec::mapping::SameKey;
    for plan in &mapping.records {
        if mapping.source(&plan.source).is_some_and(|s| s.same_key == SameKey::Last) {
            db.run(&map::keep_last_part(&plan.name))?;
        }
    }
    for model in mapping.models() {
        let records: Vec<&str> = mapping.records_of(model).map(|r| r.name.as_str()).collect();
        if db.count(&map::count_duplicates(&records, mapping.apart))? > 0 {
            let sources: Vec<(&str, &str)> =
                mapping.records_of(model).map(|r| (r.name.as_str(), r.source.as_str())).collect();
            let single = mapping.records_of(model).any(|r| r.set.single);
            db.run(&map::refuse_duplicates(&sources, single, mapping.apart))?;
        }
    }
    Ok(())
}

/// Lines of a refused header are held, and headers of a refused line, over all levels: what the comparison does in a
/// plan, for those who have nothing to compare with.
///
/// # Errors
/// E901.
pub fn hold_units(db: &Db, mapping: &Mapping) -> Result<()> {
    let units: Vec<(&str, &str)> =
        mapping.records.iter().filter_map(|r| Some((r.name.as_str(), r.link.parent()?))).collect();
    for (child, parent) in units.iter().rev() {
        db.run(&crate::sql::refuse::hold_parent(child, parent))?;
    }
    units.iter().try_for_each(|(child, parent)| db.run(&crate::sql::refuse::hold_children(child, parent)))
}

/// A header with a refused line is held before its checks run over the lines that are left.
fn units(db: &Db, mapping: &Mapping) -> Result<()> {
    for record in &mapping.records {
        if let Some(parent) = record.link.parent() {
            db.run(&crate::sql::refuse::filter_with_parent(&record.name, parent))?;
            db.run(&crate::sql::refuse::hold_parent(&record.name, parent))?;
        }
    }
    Ok(())
}

/// Lengths the platform file is not sure of only warn.
fn lengths(db: &Db, mapping: &Mapping, mapped: &mut Mapped) -> Result<()> {
    for plan in &mapping.records {
        for (field, length) in plan.fields.iter().filter_map(|f| Some((f, f.unsure_length?))) {
            let count = db.count(&map::count_longer(&plan.name, &field.name, length))?;
            if count > 0 {
                mapped.notes.push(format!(
                    "{}.{}: {count} longer than {length} characters, which the platform may refuse",
                    plan.name, field.name
                ));
            }
        }
    }
    Ok(())
}
