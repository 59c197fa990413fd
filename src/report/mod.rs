//! Reports: read-only views of a plan, one file a format. Rows come out of the database in bounded batches and every
//! text from outside goes through [`escape`].

pub mod csv;
mod diffing;
pub mod escape;
pub mod html;
pub mod json;
pub mod markdown;
mod number;
pub mod record;
mod row;
mod spreadsheet;
mod summary;
mod telling;
pub mod terminal;
mod whole;
pub mod workbook;
mod writer;

pub use summary::guard;
pub use terminal::Look;

use crate::db::Db;
use crate::diagnostic::Result;
use std::collections::BTreeMap;

/// Changes by section, each with record, kind and number.
type Counts = BTreeMap<String, Vec<(String, String, u64)>>;

fn counts(db: &Db) -> Result<Counts> {
    let rows = db.rows(&crate::sql::report::totals(), [], |row| {
        let n = u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0);
        Ok((row.get::<_, String>("section")?, row.get("record")?, row.get("kind")?, n))
    })?;
    let mut counts = Counts::new();
    for (section, record, kind, n) in rows {
        counts.entry(section).or_default().push((record, kind, n));
    }
    Ok(counts)
}

#[cfg(test)]
mod fixture;
