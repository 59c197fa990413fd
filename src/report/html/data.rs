//! The changes as blocks of JSON, which the script parses when they are scrolled to. Nothing in them can end the block or
//! act on the screen: `<` and the like are escapes of JSON, controls and the like are spelt out.

use super::line::{self, Names, inert, safe};
use super::{EMBEDDED, Page, look};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::{FileHead, RecordHead, SourceHead};
use crate::report::row;
use crate::sql::report as sql;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows of one block.
const BLOCK: usize = 500;
/// Fields told with how many records change them: the chart has the first, what is seldom stands below it.
const TOUCHED: u64 = 200;

impl Page<'_> {
    /// What the script needs to know, the rows, and the script itself.
    pub(super) fn data(&mut self, db: &Db) -> Result<()> {
        let names = Names::of(self.head);
        let about = inert(&self.about(db, &names)?)?;
        self.sink.put(&format!("<script type=\"application/json\" id=\"about\">{about}</script>\n"))?;
        // The script stands behind the first block: the grid has rows before the browser has read the others.
        let script = format!("<script>{}</script>\n", look::SCRIPT.as_str());
        let mut blocks = Blocks { script: Some(script), ..Blocks::default() };
        row::changes(db, &sql::listed(EMBEDDED), |change| {
            blocks
                .add(inert(&line::line(change, &names))?, change.depth)
                .map_or(Ok(()), |b| self.sink.put(&b))
        })?;
        row::refused(db, &sql::refused_rows(EMBEDDED), |one| {
            blocks.add(inert(&line::reason(one))?, 0).map_or(Ok(()), |b| self.sink.put(&b))
        })?;
        self.sink.put(&blocks.end())
    }

    fn about(&self, db: &Db, names: &Names<'_>) -> Result<Value> {
        let touched = db.rows(&sql::touched(TOUCHED), [], |row| {
            Ok(json!([safe(&row.get::<_, String>(0)?), row.get::<_, i64>(1)?]))
        })?;
        let counts: Vec<Value> = self
            .summary
            .rows
            .iter()
            .map(|(record, _, counts)| {
                let kinds =
                    self.summary.columns.iter().zip(counts).filter(|(k, _)| super::frame::LOUD.contains(*k));
                json!([safe(record), kinds.collect::<BTreeMap<_, _>>()])
            })
            .collect();
        let head = self.head;
        Ok(json!({
            "block": BLOCK, "rows": self.changes.min(EMBEDDED) + self.reasons.min(EMBEDDED), "names": names.list.iter().map(|n| safe(n)).collect::<Vec<_>>(),
            "records": head.records.iter().map(record).collect::<Vec<_>>(),
            "sources": head.sources.iter().map(source).collect::<Vec<_>>(), "counts": counts, "touched": touched,
        }))
    }
}

/// Rows gathered into blocks; the depth of each stands apart, so that the script knows what to show before it parses them.
#[derive(Default)]
struct Blocks {
    rows: String,
    depths: String,
    script: Option<String>,
}

impl Blocks {
    fn add(&mut self, row: String, depth: usize) -> Option<String> {
        self.rows.push_str(if self.depths.is_empty() { "" } else { ",\n" });
        self.rows.push_str(&row);
        self.depths.push(char::from_digit(u32::try_from(depth).unwrap_or(0).min(9), 10).unwrap_or('0'));
        (self.depths.len() == BLOCK).then(|| self.block())
    }

    fn block(&mut self) -> String {
        let (rows, depths) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.depths));
        let script = self.script.take().unwrap_or_default();
        format!(
            "<script type=\"application/json\" class=\"rows\" data-depths=\"{depths}\">[{rows}]</script>\n{script}"
        )
    }

    fn end(mut self) -> String {
        if self.depths.is_empty() { self.script.unwrap_or_default() } else { self.block() }
    }
}

fn record(record: &RecordHead) -> Value {
    let from: BTreeMap<String, Vec<String>> =
        record.fields.iter().map(|f| (safe(&f.field), f.from.iter().map(|c| safe(c)).collect())).collect();
    let totals: Vec<Value> = record
        .totals
        .iter()
        .map(|t| {
            json!([
                safe(&t.field),
                t.currency.as_deref().map(safe),
                t.old.as_deref().map(safe),
                t.new.as_deref().map(safe)
            ])
        })
        .collect();
    json!({ "name": safe(&record.record), "parent": record.parent.as_deref().map(safe), "source": safe(&record.source), "from": from,
            "totals": totals })
}

fn source(source: &SourceHead) -> Value {
    let file = |f: &FileHead| json!([safe(&f.file), f.part.as_deref().map(safe), f.places]);
    json!({ "name": safe(&source.name), "columns": source.columns.iter().map(|c| safe(c)).collect::<Vec<_>>(),
            "files": source.files.iter().map(file).collect::<Vec<_>>() })
}
