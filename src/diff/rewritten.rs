//! Cells that are written otherwise than the last accepted value and mean the same.

use super::columns;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::Mapping;
use crate::sql::diff::Column;
use crate::sql::rewritten::{self, Rewritten};

/// Makes `plan.rewritten`; gives how many cells there are of each way in which they differ.
///
/// # Errors
/// E901.
pub fn run(db: &Db, mapping: &Mapping) -> Result<Vec<(String, u64)>> {
    let models: Vec<(&str, Vec<Column>)> = mapping
        .models()
        .into_iter()
        .filter_map(|m| Some((m, columns(mapping, mapping.platform.model(m)?))))
        .collect();
    let mut records = Vec::new();
    for record in mapping.records.iter().filter(|r| r.group.is_empty()) {
        let plain = mapping.source(&record.source).is_some_and(|s| s.query.is_none() && s.unpivot.is_none());
        let Some((_, columns)) = models.iter().find(|(m, _)| *m == record.model).filter(|_| plain) else {
            continue;
        };
        let field = |c: &'_ Column| record.fields.iter().find(|f| f.name == c.name)?.column.as_deref();
        let fields: Vec<(&Column, &str)> = columns.iter().filter_map(|c| Some((c, field(c)?))).collect();
        if fields.is_empty() {
            continue;
        }
        let (model, record_name, source) = (&record.model, &record.name, &record.source);
        records.push(Rewritten { model, record: record_name, mapping: &mapping.name, source, fields });
    }
    db.run(&rewritten::all(&records))?;
    db.rows(&rewritten::ways(), [], |row| {
        Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)))
    })
}
