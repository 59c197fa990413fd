//! Why records changed, as far as it is not their data.

use super::{Found, columns};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::Mapping;
use crate::sql::causes;

/// The causes of changes of every model: record, cause, how many.
///
/// # Errors
/// E901.
pub fn all(db: &Db, mapping: &Mapping) -> Result<Vec<(String, String, u64)>> {
    let mut all = Vec::new();
    for model in mapping.models() {
        all.extend(db.rows(&causes::causes(model), [], |row| {
            Ok((row.get(0)?, row.get(1)?, u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0)))
        })?);
    }
    Ok(all)
}

/// Fewer records than this under another key say nothing.
const FEW: u64 = 3;

/// A sentence for each record type of which most that is gone is new under another key.
///
/// # Errors
/// E901.
pub fn other_keys(db: &Db, mapping: &Mapping, found: &Found) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for record in &mapping.records {
        let count =
            |kind: &str| found.counts.get(&record.name).and_then(|c| c.get(kind)).copied().unwrap_or(0);
        let gone = count("removed") + count("absent");
        let Some(model) = mapping.platform.model(&record.model) else { continue };
        if gone < FEW || count("new") < FEW {
            continue;
        }
        let references = model.fields.iter().filter(|f| f.refers.is_some()).map(|f| f.name.as_str());
        let keys: Vec<&str> = record.key.iter().map(String::as_str).chain(references).collect();
        let sql = causes::other_key(&model.name, &record.name, &columns(mapping, model), &keys);
        let (n, old, new): (i64, String, String) =
            db.one(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let n = u64::try_from(n).unwrap_or(0);
        if n * 2 > gone {
            notes.push(format!(
                "{}: {n} of the {gone} records that are gone are new under another key, with the same values ({old} is now {new}). \
                 Has the rule for {} changed? Then nothing is really new or gone: put the rule back",
                record.name,
                record.key.join(", ")
            ));
        }
    }
    Ok(notes)
}
