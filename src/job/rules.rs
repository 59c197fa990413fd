//! The rules' print: the mapping's meaning and the contents of its lookup files.

use super::{Context, limits};
use crate::db::Db;
use crate::diagnostic::{Location, Result};
use crate::mapping::{Mapping, lookup_file};
use crate::source;
use crate::sql::lookup;
use sha2::{Digest, Sha256};

/// SHA-256 over the mapping's print, its vars and the rows of its lookup files.
///
/// # Errors
/// E1xx when a lookup file cannot be read, E901.
pub fn print(context: &Context, mapping: &Mapping) -> Result<String> {
    let mut text = mapping.rules.clone();
    for (name, value) in &mapping.vars {
        text.push_str(&format!("\n{name}={value}"));
    }
    let scratch = context.place.scratch()?;
    for plan in &mapping.lookups {
        let Some(rows) = plan.rows.as_ref().filter(|r| r.source == lookup_file(&plan.name)) else { continue };
        let Some(source) = mapping.source(&rows.source) else { continue };
        let db = Db::in_memory(&limits(context, scratch.path(), Vec::new()))?;
        let loaded = source::read(&db, std::slice::from_ref(&source.request), &|_, _| ())?;
        let columns = loaded.first().map(|l| l.columns.as_slice()).unwrap_or_default();
        let place = |(name, _): &(String, Location)| {
            columns.iter().position(|c| c.name == *name).map_or(1, |n| n + 1)
        };
        let columns: Vec<usize> = rows.columns.iter().map(place).collect();
        let digest = db.one(&lookup::digest(&rows.source, &columns), [], |row| row.get::<_, String>(0))?;
        text.push_str(&format!("\n{}={digest}", rows.source));
    }
    Ok(Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect())
}
