//! The lookups: their tables, keys with two answers, and the macros that find a key by its beginning or by its order.

use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result};
use crate::mapping::{LookupPlan, Mapping};
use crate::spec::mapping::Matching;
use crate::sql::lookup::{self as statements, Form, Rows};

/// Makes `lookup.<name>` and its macro, for each lookup.
///
/// # Errors
/// E329 for a key with two answers, naming both rows; E901.
pub(super) fn make(db: &Db, mapping: &Mapping) -> Result<()> {
    let mut all = Collector::default();
    for plan in &mapping.lookups {
        let rows = match &plan.rows {
            Some(r) => {
                Rows::Source { from: super::rows_of(mapping, &r.source), keys: &r.keys, give: &r.give }
            }
            None => Rows::Pairs(&plan.table),
        };
        db.run(&statements::create(&plan.name, &rows, &plan.read.0, &plan.read.1))?;
        let form = match plan.matching {
            Matching::OnOrBefore => Some(form(db, plan)?),
            Matching::Equal | Matching::Prefix => None,
        };
        for conflict in conflicts(db, plan, form)? {
            all.push(conflict);
        }
        match (plan.matching, form) {
            (Matching::Prefix, _) => {
                let lengths = db.rows(&statements::lengths(&plan.name, plan.keys), [], |row| row.get(0))?;
                db.run(&statements::find_prefix(&plan.name, plan.keys, &lengths))?;
            }
            (_, Some(form)) => db.run(&statements::find_on_or_before(&plan.name, plan.keys, form))?,
            _ => {}
        }
    }
    all.finish(()).map(|_| ())
}

/// Dates when every last key is a date, numbers when every one is a number, else text.
fn form(db: &Db, plan: &LookupPlan) -> Result<Form> {
    let (rows, dates, numbers) = db.one(&statements::forms(&plan.name), [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    })?;
    Ok(if dates == rows {
        Form::Date
    } else if numbers == rows {
        Form::Number
    } else {
        Form::Text
    })
}

fn conflicts(db: &Db, plan: &LookupPlan, form: Option<Form>) -> Result<Vec<Diagnostic>> {
    let found = db.rows(&statements::conflicts(&plan.name, plan.keys, form), [], |row| {
        let text = |n: usize| row.get::<_, String>(n);
        Ok(((text(0)?, text(1)?, text(2)?), (row.get::<_, i64>(3)?, row.get::<_, i64>(4)?)))
    })?;
    let mut all = Vec::new();
    for ((key, a, b), (first, last)) in found {
        let mut message = format!("lookup {} gives both \"{a}\" and \"{b}\" for \"{key}\"", plan.name);
        let mut error = Diagnostic::error(Code::LOOKUP_DUPLICATE, "").help("Keep one row for each key.");
        if let Some(rows) = &plan.rows {
            message.push_str(&format!(", the first in {}", place(db, &rows.source, first)?));
            error = error.at(place(db, &rows.source, last)?);
        }
        error.message = message;
        all.push(error);
    }
    Ok(all)
}

fn place(db: &Db, source: &str, id: i64) -> Result<Location> {
    db.one(&statements::place(source, id), [], |row| {
        let (file, sheet) = (row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?);
        let (number, path) = (row.get::<_, i64>(2)?, row.get::<_, Option<String>>(3)?);
        let (tabular, text) = (sheet.is_some(), path.is_none());
        let cell = tabular.then(|| format!("row {number}"));
        let line = (!tabular && text).then_some(number.unsigned_abs());
        Ok(Location { file, sheet, cell, line, path, ..Location::default() })
    })
}
