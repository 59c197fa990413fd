//! Raw rows → mapped records: views, lookups, stops, values, checks, duplicates. Whatever cannot be sent is in
//! `mapped._refused` with its reason and its cell; nothing is dropped silently. Runs SQL only; no row passes here.

mod checks;
mod record;
mod source;

use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::mapping::Mapping;
use crate::source::Loaded;
use crate::sql::map;
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
}

/// Maps what was loaded.
///
/// # Errors
/// E330 for a column that no file has, E329 for a lookup with two answers, E325 for a check with `else = "stop"`, E901.
pub fn run(db: &Db, mapping: &Mapping, loaded: &[Loaded]) -> Result<Mapped> {
    let mut mapped = Mapped::default();
    crate::expr::register_runners(db, &mapping.functions)?;
    columns_are_there(mapping, loaded)?;
    parts_lack(mapping, loaded, &mut mapped);
    for plan in &mapping.sources {
        let Some(source) = loaded.iter().find(|l| l.name == plan.name) else { continue };
        let stops = source::views(db, plan, source)?;
        mapped.stops.insert(plan.name.clone(), stops);
    }
    lookups(db, mapping)?;
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
            let at = Location::file(files.first().copied().unwrap_or_default());
            all.push(Diagnostic::error(Code::COLUMN_MISSING, message).at(at).help(help));
        }
    }
    all.finish(()).map(|_| ())
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

/// Makes the lookups.
fn lookups(db: &Db, mapping: &Mapping) -> Result<()> {
    let mut all = Collector::default();
    for plan in &mapping.lookups {
        let source = plan.source.as_ref().map(|(s, k, g)| (s.as_str(), k, g));
        db.run(&map::lookup(&plan.name, &plan.table, source))?;
        let conflicts = db.rows(&map::lookup_conflicts(&plan.name), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?))
        })?;
        for (key, a, b) in conflicts {
            let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
            let message = format!("lookup {} gives both \"{a}\" and \"{b}\" for \"{key}\"", plan.name);
            all.push(Diagnostic::error(Code::LOOKUP_DUPLICATE, message).help("Keep one row for each key."));
        }
    }
    all.finish(()).map(|_| ())
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
        if db.count(&map::count_duplicates(&records))? > 0 {
            let sources: Vec<(&str, &str)> =
                mapping.records_of(model).map(|r| (r.name.as_str(), r.source.as_str())).collect();
            let single = mapping.records_of(model).any(|r| r.set.single);
            db.run(&map::refuse_duplicates(&sources, single))?;
        }
    }
    Ok(())
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
