//! The sheets with decisions: one a record type, a row a change, each field before and after.

use super::cell::Writer;
use super::layout::{COMMENT, DECISION, ID, KEY, Sheets, WORDS, shown_key};
use super::pages::{Column, Layout, Pages};
use super::style::Side;
use super::{Making, Reviewed, failed};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::decisions::{Decision, last_words};
use crate::plan::{ColumnHead, Head, RecordHead};
use crate::report::row::{number64, text};
use crate::sql::{diff, workbook as sql};
use duckdb::arrow::record_batch::RecordBatch;
use rust_xlsxwriter::DataValidation;
use std::collections::BTreeMap;

/// Kinds of changes.
const KINDS: [&str; 8] =
    ["new", "changed", "removed", "returned", "absent", "adopted", "rebaselined", "along"];

/// Columns before those of the fields: title and width.
const FIXED: [(&str, f64); 10] = [
    (KEY, 22.0),
    (DECISION, 11.0),
    (COMMENT, 28.0),
    ("kind", 11.0),
    ("changed fields", 24.0),
    ("belongs to", 18.0),
    ("file", 26.0),
    ("sheet", 14.0),
    ("cell", 10.0),
    ("why", 18.0),
];

/// The columns of [`FIXED`] that hold texts of the plan, by the name of the query's column.
const TEXTS: [(u16, &str); 6] =
    [(3, "kind"), (4, "changed"), (6, "file"), (7, "sheet"), (8, "cell"), (9, "why")];

/// A field of a record.
struct Field {
    column: diff::Column,
    /// How its values are written.
    writer: Writer,
    /// Whether it differs in any row: it then has two columns, before and after, else one.
    changes: bool,
}

/// What the rows of one record are made of.
struct Record<'a> {
    head: &'a RecordHead,
    /// Fields in the mapping's order.
    fields: Vec<Field>,
    text: Writer,
}

impl Making {
    /// The sheets of all record types that have changes; gives which sheet is of which record.
    pub(super) fn changes(&mut self, db: &Db, plan: &Reviewed<'_>) -> Result<Sheets> {
        let words = last_words(plan.decided);
        let mut sheets = Sheets::new();
        for record in crate::report::summary::below_parents(plan.head) {
            let count = |kind: &str| record.counts.get(kind).copied().unwrap_or(0);
            if KINDS.iter().all(|k| count(k) == 0) {
                continue;
            }
            let text = Writer::text(&self.styles);
            let fields = self.fields(db, plan.head, record)?;
            let record = Record { head: record, fields, text };
            let names = self.record(db, &record, &words)?;
            sheets.extend(names.into_iter().map(|n| (n, record.head.record.clone())));
        }
        Ok(sheets)
    }

    /// The fields that the mapping sets, as far as the plan has them.
    fn fields(&self, db: &Db, head: &Head, record: &RecordHead) -> Result<Vec<Field>> {
        let changing: Vec<String> =
            db.rows(&sql::changing(&record.model, &record.record), [], |row| row.get(0))?;
        let model = head.models.iter().find(|m| m.model == record.model);
        let columns = model.map(|m| m.columns.as_slice()).unwrap_or_default();
        let named = record.fields.iter().filter_map(|f| columns.iter().find(|c| c.name == f.field));
        // What the program sets itself, such as the mark of a removal, has no line in the mapping.
        let set =
            |c: &&ColumnHead| record.fields.iter().all(|f| f.field != c.name) && changing.contains(&c.name);
        let made = |c: &ColumnHead| {
            let (name, ty) = (c.name.clone(), c.sql_type.clone());
            let (writer, changes) = (Writer::new(&self.styles, &ty), changing.contains(&name));
            Field {
                column: diff::Column { name, ty, ignore: !c.compared, always: false, like: Vec::new() },
                writer,
                changes,
            }
        };
        Ok(named.chain(columns.iter().filter(set)).map(made).collect())
    }

    fn record(
        &mut self,
        db: &Db,
        record: &Record<'_>,
        words: &BTreeMap<(&str, &str), &Decision>,
    ) -> Result<Vec<String>> {
        let layout = self.layout(record)?;
        let input = self.styles.input.clone();
        let columns: Vec<diff::Column> = record.fields.iter().map(|f| f.column.clone()).collect();
        let mut pages = Pages::new(self, layout);
        db.stream(&sql::changes(&record.head.model, &record.head.record, &columns), |batch| {
            for n in 0..batch.num_rows() {
                row(&mut pages, record, &batch, n, (words, &input))?;
            }
            Ok(())
        })?;
        pages.finish()
    }

    fn layout(&self, record: &Record<'_>) -> Result<Layout> {
        let styles = &self.styles;
        let mut columns: Vec<Column> =
            FIXED.iter().map(|(title, width)| Column::new(title, *width, &styles.header)).collect();
        for column in columns.iter_mut().filter(|c| [DECISION, COMMENT].contains(&c.title.as_str())) {
            column.format = styles.header_input.clone();
        }
        for Field { column, changes, .. } in &record.fields {
            let titles = if *changes {
                vec![format!("{} before", column.name), format!("{} after", column.name)]
            } else {
                vec![column.name.clone()]
            };
            columns.extend(titles.iter().map(|t| Column::new(t, width(column), &styles.header)));
        }
        columns.push(Column { hidden: true, ..Column::new(ID, 10.0, &styles.header) });
        let rule = DataValidation::new()
            .allow_list_strings(&WORDS)
            .and_then(|r| r.set_error_title("decision"))
            .and_then(|r| r.set_error_message("apply or hold; empty decides nothing."))
            .map_err(failed)?;
        Ok(Layout { name: record.head.record.clone(), columns, frozen: 3, decide: Some((1, rule)) })
    }
}

fn width(field: &diff::Column) -> f64 {
    let least: f64 = if field.ty == "VARCHAR" { 16.0 } else { 13.0 };
    least.max(f64::from(u16::try_from(field.name.len()).unwrap_or(40).min(24)) + 3.0)
}

/// One change as a row.
fn row(
    pages: &mut Pages<'_>,
    record: &Record<'_>,
    batch: &RecordBatch,
    n: usize,
    (words, input): (&BTreeMap<(&str, &str), &Decision>, &rust_xlsxwriter::Format),
) -> Result<()> {
    let (sheet, at) = pages.next()?;
    let key = text(batch, "key", n)?.unwrap_or_default();
    let parent = text(batch, "parent_key", n)?.map(|k| shown_key(&k));
    let changed = text(batch, "changed", n)?.unwrap_or_default();
    let decided = words.get(&(record.head.record.as_str(), key.as_str()));
    let (word, why) = decided.map_or(("", ""), |d| (d.decision.as_str(), d.why.as_str()));
    record.text.write(sheet, (at, 0), Some(&shown_key(&key)), Side::Same)?;
    sheet.write_string_with_format(at, 1, word, input).map_err(failed)?;
    sheet.write_string_with_format(at, 2, super::cell::fitting(why), input).map_err(failed)?;
    for (column, name) in TEXTS {
        record.text.write(sheet, (at, column), text(batch, name, n)?.as_deref(), Side::Same)?;
    }
    record.text.write(sheet, (at, 5), parent.as_deref(), Side::Same)?;
    let mut column = u16::try_from(FIXED.len()).unwrap_or(10);
    for (number, field) in record.fields.iter().enumerate() {
        let differs = changed.split(", ").any(|c| c == field.column.name);
        let (before, after) = if differs { (Side::Before, Side::After) } else { (Side::Same, Side::Same) };
        let old = text(batch, &format!("old {number}"), n)?;
        let new = text(batch, &format!("new {number}"), n)?;
        if field.changes {
            field.writer.write(sheet, (at, column), old.as_deref(), before)?;
            field.writer.write(sheet, (at, column + 1), new.as_deref(), after)?;
            column += 2;
        } else {
            field.writer.write(sheet, (at, column), new.or(old).as_deref(), Side::Same)?;
            column += 1;
        }
    }
    let id = number64(batch, "id", n)?;
    // A plan's numbers are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    sheet.write_number(at, column, id as f64).map(drop).map_err(failed)
}
