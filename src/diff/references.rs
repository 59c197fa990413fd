//! References, units and owners: what a refused record takes along, until nothing more follows.

use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::{Mapping, RecordPlan};
use crate::spec::mapping::Missing;
use crate::sql::refuse;

/// Settles which records are rejected or held because of others.
pub(super) fn settle(db: &Db, mapping: &Mapping, keep_all: &[String]) -> Result<()> {
    for record in &mapping.records {
        if let Some(parent) = record.link.parent() {
            db.run(&refuse::filter_with_parent(&record.name, parent))?;
            db.run(&refuse::refuse_orphans(&record.name, parent))?;
        }
        db.run(&refuse::refuse_owned(&record.name, &record.model, &mapping.name))?;
        // Where nothing may be called gone, no line is missing either.
        if !keep_all.contains(&record.name) {
            missing_lines(db, mapping, record)?;
        }
    }
    for record in mapping.records.iter().filter(|r| r.set.whole) {
        let other: String =
            db.one(&refuse::other_owner(&record.model, &mapping.name), [], |row| row.get(0))?;
        if keep_all.contains(&record.name) {
            let reason = "its record type is sent complete each time, and not all of it could be read";
            db.run(&refuse::hold_whole(&record.name, reason))?;
        } else if !other.is_empty() {
            let reason =
                format!("its record type is sent complete each time, and the mapping {other} sends it too");
            db.run(&refuse::hold_whole(&record.name, &reason))?;
        }
    }
    loop {
        let before = db.count(&refuse::count_refused())?;
        for record in &mapping.records {
            if let (Some(parent), true) = (record.link.parent(), db.count(&refuse::count_refused())? > 0) {
                db.run(&refuse::hold_children(&record.name, parent))?;
                db.run(&refuse::hold_parent(&record.name, parent))?;
            }
            references(db, mapping, record)?;
            whole(db, mapping, record)?;
        }
        if db.count(&refuse::count_refused())? == before {
            return Ok(());
        }
    }
}

/// One record refused holds all of a type that is sent complete: left out, it would be gone there.
fn whole(db: &Db, mapping: &Mapping, record: &RecordPlan) -> Result<()> {
    if !record.set.whole {
        return Ok(());
    }
    let all: Vec<&str> = mapping.records_of(&record.model).map(|r| r.name.as_str()).collect();
    if db.count(&refuse::count_refused_of(&all))? > 0 {
        let reason = "its record type is sent complete each time, and another record of it is not sent";
        db.run(&refuse::hold_whole(&record.name, reason))?;
    }
    Ok(())
}

fn missing_lines(db: &Db, mapping: &Mapping, record: &RecordPlan) -> Result<()> {
    let parent = record.link.parent().and_then(|p| mapping.record(p));
    let (Some(parent), Missing::Reject, Some(model)) =
        (parent, record.missing, mapping.platform.model(&record.model))
    else {
        return Ok(());
    };
    let Some(reference) = model.reference_to(&parent.model).map(|f| f.name.as_str()) else { return Ok(()) };
    db.run(&refuse::refuse_missing_lines(&record.name, &model.name, &mapping.name, reference, &parent.name))
}

fn references(db: &Db, mapping: &Mapping, record: &RecordPlan) -> Result<()> {
    let Some(model) = mapping.platform.model(&record.model) else { return Ok(()) };
    for field in &record.fields {
        let Some(refers) = model.field(&field.name).and_then(|f| f.refers.as_ref()) else { continue };
        if db.count(&refuse::count_references(&record.name, &field.name, &refers.model))? > 0 {
            db.run(&refuse::refuse_references(&record.name, &field.name, &refers.model, refers.later))?;
        }
    }
    Ok(())
}
