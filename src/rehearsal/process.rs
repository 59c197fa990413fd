//! Processing an upload: its rows into staging tables, then checks, true tables, history and result in one
//! transaction, all in SQL.

use super::Options;
use super::body::{self, Form, Wrong};
use super::store::{Store, Taken, now_text};
use crate::db::{ColumnKind, TableShape};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::rehearsal::{self as sql, Applied, Checks};
use std::collections::{BTreeMap, BTreeSet};

/// The record types of an upload by their place in the platform file, each with the fields that are in it by theirs.
type Present = BTreeMap<usize, BTreeSet<usize>>;

/// Processes upload `n` to its end.
pub(super) fn run(store: &Store, n: i64) -> Result<()> {
    let taken = store.taken(n)?;
    let bytes: Vec<u8> = store.db().one(sql::PENDING, [n], |r| r.get(0))?;
    let models = match taken.form {
        Form::Request => Present::new(),
        form => stage(store, form, &bytes)?,
    };
    drop(bytes);
    let order = super::shape::order(&store.platform);
    store.db().transaction(|| {
        for (model, fields) in order.iter().filter_map(|m| models.get_key_value(m)) {
            if let Some(shape) = store.shapes.get(*model) {
                apply(store, &taken, &shape.of(fields))?;
            }
        }
        let failures: i64 = store.db().one(sql::FAILURES, [n], |r| r.get(0))?;
        let state = if failures > 0 { store.options.state_on_errors } else { "Success" };
        store.db().change(sql::END, duckdb::params![state, now_text(), failures, None::<String>, n])?;
        store.db().change(sql::DROP_PENDING, [n])?;
        Ok(())
    })
}

/// Checks and applies one record type.
fn apply(store: &Store, taken: &Taken, shape: &sql::Shape) -> Result<()> {
    let Options { on_unknown, missing, .. } = *store.options;
    let n = taken.upload.n;
    store.db().run(&sql::check(shape, &Checks { on_unknown, missing, refuse: taken.mark.refuse }))?;
    if taken.mark.lag > 0 {
        store.db().run(&sql::keep_before(shape, n))?;
    }
    let series = (taken.about.batch, taken.about.total);
    let applied = Applied { upload: n, series, parent: taken.about.parent.as_deref() };
    store.db().run(&sql::apply(shape, &applied))?;
    store.db().run(&sql::drop_staging(shape))
}

/// Fills the staging tables; gives what was in the upload.
fn stage(store: &Store, form: Form, bytes: &[u8]) -> Result<Present> {
    let mut present = Present::new();
    body::each_row(form, bytes, &store.platform, &store.options, &mut |model, cells| {
        present.entry(model).or_default().extend(cells.iter().map(|(field, _)| *field));
        Ok(())
    })
    .map_err(unreadable)?;
    let models: Vec<usize> = present.keys().copied().collect();
    let mut tables = Vec::new();
    for shape in models.iter().filter_map(|m| store.shapes.get(*m)) {
        store.db().run(&sql::create_staging(shape))?;
        let mut columns = vec![("_row".to_owned(), ColumnKind::Int)];
        columns.extend(shape.columns.iter().map(|c| (c.name.clone(), ColumnKind::Text)));
        tables.push(TableShape { schema: sql::STAGING.to_owned(), name: shape.name.clone(), columns });
    }
    let (platform, options) = (&store.platform, &store.options);
    store.db().load(&tables, |sinks| {
        let mut row = 0;
        let mut failed = Ok(());
        let read = body::each_row(form, bytes, platform, options, &mut |model, cells| {
            let Some(table) = models.iter().position(|m| *m == model) else { return Ok(()) };
            let buffer = sinks.table(table);
            row += 1;
            buffer.int(0, row);
            for (field, text) in cells {
                buffer.text(field + 1, text);
            }
            if let Err(errors) = buffer.end_row() {
                failed = Err(errors);
                return Err(Default::default());
            }
            Ok(())
        });
        failed?;
        read.map_err(unreadable)?;
        Ok(())
    })?;
    Ok(present)
}

fn unreadable((place, message): Wrong) -> Diagnostic {
    Diagnostic::error(Code::REHEARSAL, format!("{place}: {message}"))
}
