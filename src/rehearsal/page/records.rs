//! The last records of one record type on the page, with what was done with each.

use super::put;
use crate::diagnostic::Result;
use crate::diagnostic::escape::html as safe;
use crate::rehearsal::store::Store;
use crate::sql::rehearsal::{self as sql, Shape};
use serde_json::{Map, Value};

/// Records shown.
const RECORDS: i64 = 10;
/// Fields shown of a record, in the platform file's order.
const FIELDS: usize = 12;
/// Characters shown of a value.
const LETTERS: usize = 60;

struct Last {
    key: String,
    action: String,
    upload: i64,
    record: Option<String>,
}

/// A table of the last records that were sent.
pub(super) fn section(html: &mut String, store: &Store, shape: &Shape) -> Result<()> {
    let rows = store.db().rows(&sql::last_records(shape), [RECORDS], |r| {
        Ok(Last { key: r.get(0)?, action: r.get(1)?, upload: r.get(2)?, record: r.get(3)? })
    })?;
    let name = safe(&shape.name);
    put(html, &format!("<h3 id=\"{name}\">{name}: last sent</h3><div class=wide><table>"));
    put(html, "<tr><th>key<th>what was done<th class=n>upload<th>fields it has now");
    for row in &rows {
        put(html, &line(row, shape));
    }
    put(html, "</table></div>");
    Ok(())
}

fn line(row: &Last, shape: &Shape) -> String {
    let (word, class) = match row.action.as_str() {
        "insert" => ("new", ""),
        "update" => ("changed", ""),
        "equal" => ("equal", " class=quiet"),
        "delete" => ("deleted", " class=bad"),
        "skip" => ("skipped", " class=bad"),
        _ => ("refused", " class=bad"),
    };
    let key = cut(&row.key.replace('\u{1f}', " / "));
    let fields = match &row.record {
        Some(record) => fields(record, shape),
        None => "<span class=quiet>not there</span>".to_owned(),
    };
    format!("<tr><td>{}<td{class}>{word}<td class=n>{}<td>{fields}", safe(&key), row.upload)
}

/// The fields that hold something, as `name value`.
fn fields(record: &str, shape: &Shape) -> String {
    let values: Map<String, Value> = serde_json::from_str(record).unwrap_or_default();
    let filled = shape.columns.iter().filter_map(|c| Some((&c.name, values.get(&c.name)?.as_str()?)));
    let filled: Vec<(&String, &str)> = filled.collect();
    let mut shown: Vec<String> = filled
        .iter()
        .take(FIELDS)
        .map(|(name, value)| format!("<span class=quiet>{}</span> {}", safe(name), safe(&cut(value))))
        .collect();
    if filled.len() > FIELDS {
        shown.push(format!("<span class=quiet>and {} more</span>", filled.len() - FIELDS));
    }
    shown.join(" · ")
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(LETTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
