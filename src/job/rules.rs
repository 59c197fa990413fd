//! The rules' print: the mapping's meaning and the contents of its lookup files.

use super::{Context, files, limits};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::Mapping;
use crate::source;
use crate::spec::mapping::LookupFrom;
use crate::sql::map;
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
    let (heads, _) = files::heads(context, true);
    for lookup in &context.file.lookups {
        let (LookupFrom::File(_), Some(key), Some(give)) = (&lookup.from, lookup.key.first(), &lookup.give)
        else {
            continue;
        };
        let name = format!("lookup.{}", lookup.name.value);
        let Some(head) = heads.iter().find(|h| h.source == name) else { continue };
        let db = Db::in_memory(&limits(context, scratch.path(), Vec::new()))?;
        let loaded = source::read(&db, std::slice::from_ref(&head.request), &|_, _| ())?;
        let place = |column: &str| {
            let columns = loaded.first().map(|l| l.columns.as_slice()).unwrap_or_default();
            columns.iter().position(|c| c.name == column).map_or(1, |n| n + 1)
        };
        let sql = map::pair_digest(&name, place(&key.value), place(&give.value));
        let digest = db.one(&sql, [], |row| row.get::<_, String>(0))?;
        text.push_str(&format!("\n{name}={digest}"));
    }
    Ok(Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect())
}
