//! Appending: a parsing thread fills Arrow batches of text and integer columns, this thread hands them to DuckDB's
//! appender. Batches are bounded, so memory does not grow with the file.

use super::{Db, refused};
use crate::diagnostic::{Code, Diagnostic, Result};
use duckdb::arrow::array::{ArrayRef, Int64Builder, StringBuilder};
use duckdb::arrow::datatypes::{DataType, Field, Schema};
use duckdb::arrow::record_batch::RecordBatch;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Rows of a batch; measured best (dependencies 2).
const BATCH_ROWS: usize = 16_384;
/// Bytes of text after which a batch goes earlier.
const BATCH_BYTES: usize = 8 << 20;

/// The kind of an appended column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// VARCHAR.
    Text,
    /// BIGINT.
    Int,
}

impl ColumnKind {
    /// Its SQL type.
    pub fn sql(self) -> &'static str {
        match self {
            ColumnKind::Text => "VARCHAR",
            ColumnKind::Int => "BIGINT",
        }
    }
}

/// A table to append to: it exists, with exactly these columns in this order.
#[derive(Clone, Debug)]
pub struct TableShape {
    /// Schema of the work database.
    pub schema: String,
    /// Table name.
    pub name: String,
    /// Columns.
    pub columns: Vec<(String, ColumnKind)>,
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
}

/// Collects rows of one table. Fill the columns of a row in any order, then [`RowBuffer::end_row`]; a column not
/// filled is NULL.
pub struct RowBuffer {
    table: usize,
    schema: Arc<Schema>,
    builders: Vec<Builder>,
    filled: Vec<bool>,
    rows: usize,
    bytes: usize,
    /// Per column, whether every text so far is NFC without white space at its ends.
    plain: Vec<bool>,
    out: SyncSender<(usize, RecordBatch)>,
}

impl RowBuffer {
    fn new(table: usize, shape: &TableShape, out: SyncSender<(usize, RecordBatch)>) -> Self {
        let field = |(name, kind): &(String, ColumnKind)| {
            let ty = if *kind == ColumnKind::Text { DataType::Utf8 } else { DataType::Int64 };
            Field::new(name, ty, true)
        };
        let builders = shape
            .columns
            .iter()
            .map(|(_, kind)| match kind {
                ColumnKind::Text => Builder::Text(StringBuilder::new()),
                ColumnKind::Int => Builder::Int(Int64Builder::new()),
            })
            .collect();
        Self {
            table,
            schema: Arc::new(Schema::new(shape.columns.iter().map(field).collect::<Vec<_>>())),
            builders,
            filled: vec![false; shape.columns.len()],
            rows: 0,
            bytes: 0,
            plain: vec![true; shape.columns.len()],
            out,
        }
    }

    /// Sets a text column of the row at hand. A second value for a column of one row is a fault of ours and ignored.
    pub fn text(&mut self, column: usize, value: &str) {
        if let (Some(Builder::Text(b)), Some(false)) =
            (self.builders.get_mut(column), self.filled.get(column).copied())
        {
            b.append_value(value);
            self.bytes += value.len();
            self.filled[column] = true;
            self.plain[column] &= is_plain(value);
        }
    }

    /// Sets an integer column of the row at hand.
    pub fn int(&mut self, column: usize, value: i64) {
        if let (Some(Builder::Int(b)), Some(false)) =
            (self.builders.get_mut(column), self.filled.get(column).copied())
        {
            b.append_value(value);
            self.filled[column] = true;
        }
    }

    /// Ends the row; columns not set are NULL.
    ///
    /// # Errors
    /// E901 when the receiving side has failed.
    pub fn end_row(&mut self) -> Result<()> {
        for (builder, filled) in self.builders.iter_mut().zip(&mut self.filled) {
            match (std::mem::take(filled), builder) {
                (true, _) => {}
                (false, Builder::Text(b)) => b.append_null(),
                (false, Builder::Int(b)) => b.append_null(),
            }
        }
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let arrays: Vec<ArrayRef> = self
            .builders
            .iter_mut()
            .map(|b| match b {
                Builder::Text(b) => Arc::new(b.finish()) as ArrayRef,
                Builder::Int(b) => Arc::new(b.finish()) as ArrayRef,
            })
            .collect();
        (self.rows, self.bytes) = (0, 0);
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(|e| Diagnostic::error(Code::DATABASE, format!("a batch does not fit its table: {e}")))?;
        let gone = |_| Diagnostic::error(Code::DATABASE, "the database stopped taking rows");
        self.out.send((self.table, batch)).map_err(gone)?;
        Ok(())
    }
}

/// Whether a text needs neither trimming (of Unicode white space) nor normalisation to NFC.
fn is_plain(text: &str) -> bool {
    let solid = |c: Option<char>| c.is_none_or(|c| !c.is_whitespace());
    let composed =
        || unicode_normalization::is_nfc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes;
    solid(text.chars().next()) && solid(text.chars().next_back()) && (text.is_ascii() || composed())
}

/// The tables a parser fills, by their index in the list given to [`Db::load`].
pub struct Sinks(Vec<RowBuffer>);

impl Sinks {
    /// The table of that index.
    #[allow(clippy::indexing_slicing)]
    pub fn table(&mut self, index: usize) -> &mut RowBuffer {
        &mut self.0[index]
    }
}

impl Db {
    /// Remembers which columns need no cleaning; a table loaded several times is as plain as its worst part.
    fn note_plain(&self, table: &TableShape, plain: &[bool]) {
        let columns = table.columns.iter().zip(plain).filter(|(_, p)| **p).map(|((name, _), _)| name.clone());
        let columns: BTreeSet<String> = columns.collect();
        let mut all = self.plain.borrow_mut();
        all.entry((table.schema.clone(), table.name.clone()))
            .and_modify(|c| c.retain(|n| columns.contains(n)))
            .or_insert(columns);
    }

    /// Columns of a loaded table in which every text is NFC without white space at its ends; none for a table that
    /// was not loaded directly.
    pub fn plain_columns(&self, schema: &str, table: &str) -> BTreeSet<String> {
        self.plain.borrow().get(&(schema.to_owned(), table.to_owned())).cloned().unwrap_or_default()
    }

    /// Says which columns of a table made from a loaded one need no cleaning.
    pub fn set_plain_columns(&self, schema: &str, table: &str, columns: BTreeSet<String>) {
        self.plain.borrow_mut().insert((schema.to_owned(), table.to_owned()), columns);
    }

    /// Appends the batches that `feed` hands over to a table with their columns.
    ///
    /// # Errors
    /// What `feed` gives, or E901.
    pub fn append(
        &self,
        schema: &str,
        table: &str,
        feed: impl FnOnce(&mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let mut appender = self.conn.appender_to_db(table, schema).map_err(refused)?;
        feed(&mut |batch| appender.append_record_batch(batch).map_err(|e| refused(e).into()))?;
        appender.flush().map_err(|e| refused(e).into())
    }

    /// Runs `parse` on a thread of its own, appending what it fills to the tables; gives what `parse` gives.
    ///
    /// # Errors
    /// What `parse` gives, or E901. Rows appended before a failure stay in the (disposable) tables.
    pub fn load<T: Send>(
        &self,
        tables: &[TableShape],
        parse: impl FnOnce(&mut Sinks) -> Result<T> + Send,
    ) -> Result<T> {
        let mut appenders = Vec::with_capacity(tables.len());
        for t in tables {
            appenders.push(self.conn.appender_to_db(&t.name, &t.schema).map_err(refused)?);
        }
        std::thread::scope(|scope| {
            let (out, batches) = sync_channel(4);
            let parser = std::thread::Builder::new().spawn_scoped(scope, move || {
                let buffers = tables.iter().enumerate().map(|(n, t)| RowBuffer::new(n, t, out.clone()));
                let mut sinks = Sinks(buffers.collect());
                drop(out);
                let value = parse(&mut sinks)?;
                sinks.0.iter_mut().try_for_each(RowBuffer::flush)?;
                let plain: Vec<Vec<bool>> = sinks.0.into_iter().map(|b| b.plain).collect();
                Ok((value, plain))
            });
            let parser = parser.map_err(|e| {
                Diagnostic::error(Code::DATABASE, format!("no thread can be started for reading: {e}"))
            })?;
            let mut appended: Result<()> = Ok(());
            for (table, batch) in batches {
                if let Some(appender) = appenders.get_mut(table) {
                    appended = appender.append_record_batch(batch).map_err(|e| refused(e).into());
                }
                if appended.is_err() {
                    break;
                }
            }
            let parsed = parser.join().unwrap_or_else(|_| {
                Diagnostic::error(
                    Code::DATABASE,
                    "a reader of ours broke down; this is a fault of the program",
                )
                .alone()
            });
            appended?;
            let (value, plain) = parsed?;
            tables.iter().zip(plain).for_each(|(t, plain)| self.note_plain(t, &plain));
            for appender in &mut appenders {
                appender.flush().map_err(refused)?;
            }
            Ok(value)
        })
    }
}
