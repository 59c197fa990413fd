//! A batch as bytes: one CSV a model, as rules 1 writes it.

use super::Delivery;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::platform::Body;
use crate::spec::platform::{BodyFormat, HeaderCase, Model};
use crate::sql::deliver;
use crate::sql::diff::Column;
use duckdb::arrow::array::{Array as _, AsArray};

/// The files of a batch.
pub(super) fn bodies(d: &Delivery<'_>, batch: i64) -> Result<Vec<Body>> {
    let files = d
        .db
        .rows(&deliver::files(batch), [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut bodies = Vec::new();
    for (name, fieldset) in files {
        let Some(model) = d.model(&name) else { continue };
        let all = d.columns(&name);
        let fields: Vec<&str> = fieldset.split(',').collect();
        let wanted = |c: &&Column| fields.contains(&c.name.as_str()) || model.key.contains(&c.name);
        let columns: Vec<&Column> = all.iter().filter(wanted).collect();
        bodies.push(Body { name: model.file.clone(), bytes: csv(d, batch, model, &columns)? });
    }
    Ok(bodies)
}

fn csv(d: &Delivery<'_>, batch: i64, model: &Model, columns: &[&Column]) -> Result<Vec<u8>> {
    if d.platform.transport.format != BodyFormat::Csv {
        return Diagnostic::error(Code::PACKING, "only CSV can be sent so far").alone();
    }
    let failed = |e: csv::Error| Diagnostic::error(Code::PACKING, format!("{}: {e}", model.file));
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    out.write_record(columns.iter().map(|c| spelt(&c.name, d.platform.transport.header))).map_err(failed)?;
    let utc: Vec<&str> = model.fields.iter().filter(|f| f.utc).map(|f| f.name.as_str()).collect();
    d.db.stream(&deliver::body(batch, &model.name, columns, &utc, model.whole), |rows| {
        let texts: Vec<_> = rows.columns().iter().map(AsArray::as_string::<i32>).collect();
        for row in 0..rows.num_rows() {
            let cells = texts.iter().map(|t| if t.is_null(row) { "" } else { t.value(row) });
            out.write_record(cells).map_err(failed)?;
        }
        Ok(())
    })?;
    out.into_inner().map_err(|e| Diagnostic::error(Code::PACKING, format!("{}: {e}", model.file)).into())
}

fn spelt(name: &str, case: HeaderCase) -> String {
    match case {
        HeaderCase::AsIs => name.to_owned(),
        HeaderCase::Pascal => {
            let mut letters = name.chars();
            letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
        }
    }
}

/// The keys of a batch by model, in the order sent.
pub(super) fn keys(d: &Delivery<'_>, batch: i64) -> Result<Vec<(String, Vec<String>)>> {
    let files = d.db.rows(&deliver::files(batch), [], |row| row.get::<_, String>(0))?;
    let mut all = Vec::new();
    for model in files {
        let whole = d.model(&model).is_some_and(|m| m.whole);
        let keys = d.db.rows(&deliver::keys(batch, &model, whole), [], |row| row.get::<_, String>(0))?;
        all.push((model, keys));
    }
    Ok(all)
}
