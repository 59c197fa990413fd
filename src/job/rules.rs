//! The rules' print: the mapping's meaning, its vars and the contents of its lookup files, told apart so that a change can
//! name which of them it comes from.

use super::{Context, limits};
use crate::db::Db;
use crate::diagnostic::{Location, Result};
use crate::mapping::{Mapping, lookup_file};
use crate::source;
use crate::sql::lookup;
use sha2::{Digest, Sha256};

/// `<mapping>.<vars>.<lookups>`: half of the SHA-256 over each.
///
/// # Errors
/// E1xx when a lookup file cannot be read, E901.
pub fn print(context: &Context, mapping: &Mapping) -> Result<String> {
    let vars: String = mapping.vars.iter().map(|(name, value)| format!("\n{name}={value}")).collect();
    let mut rows_read = String::new();
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
        rows_read.push_str(&format!("\n{}={digest}", rows.source));
    }
    Ok([mapping.rules.as_str(), &vars, &rows_read].map(half).join("."))
}

fn half(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}
