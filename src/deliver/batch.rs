//! A batch made from the plan: a file a model, as rules 1 writes it, CSV or one JSON object a line.

use super::Delivery;
use super::series::Place;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::platform::{Batch, Body, Member, Part, Series, digest};
use crate::spec::platform::{BodyFormat, Clear, FieldType, HeaderCase, Model};
use crate::sql::deliver::{self, Nothing};
use crate::sql::diff::Column;
use duckdb::arrow::array::{Array as _, AsArray};

/// A batch made ready: its parts, and what it is known by.
pub(super) struct Ready {
    /// Its number in the run.
    pub number: i64,
    /// How many records it has.
    pub records: i64,
    /// Digest of its bytes.
    pub digest: String,
    /// Its id at the platform: the same for the same batch of the same plan.
    pub id: String,
    /// Its place in the series of its wave, where the platform knows series.
    pub place: Option<Place>,
    /// Its records.
    pub parts: Vec<Part>,
}

impl Ready {
    /// Makes a batch from the plan; the same each time.
    ///
    /// # Errors
    /// E505, E901.
    pub(super) fn make(d: &Delivery<'_>, number: i64, records: i64) -> Result<Self> {
        let parts = parts(d, number)?;
        let bodies: Vec<&Body> = parts.iter().map(|p| &p.body).collect();
        let digest = digest(&bodies);
        let short = |text: &str| text.chars().take(16).collect::<String>();
        let id = format!("{}-{number}-{}", short(d.plan), short(&digest));
        Ok(Self { number, records, digest, id, place: None, parts })
    }

    /// As the transport takes it.
    pub(super) fn batch<'a>(&'a self, plan: &'a str, run: i64) -> Batch<'a> {
        let series = |p: &'a Place| Series { current: p.number, total: p.of, parent: p.parent.as_deref() };
        Batch {
            id: &self.id,
            plan,
            run,
            number: self.number,
            series: self.place.as_ref().map(series),
            parts: &self.parts,
            owners: None,
        }
    }

    /// The same for this thread, which may ask the state.
    pub(super) fn batch_here<'a>(&'a self, d: &'a Delivery<'_>) -> Batch<'a> {
        Batch { owners: Some(d), ..self.batch(d.plan, d.run) }
    }
}

fn parts(d: &Delivery<'_>, batch: i64) -> Result<Vec<Part>> {
    let files = d
        .db
        .rows(&deliver::files(batch), [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut parts = Vec::new();
    for (name, fieldset) in files {
        let Some(model) = d.model(&name) else { continue };
        let all = d.columns(&name);
        let fields: Vec<&str> = fieldset.split(',').collect();
        let wanted = |c: &&Column| fields.contains(&c.name.as_str()) || model.key.contains(&c.name);
        let columns: Vec<&Column> = all.iter().filter(wanted).collect();
        let body = match d.platform.transport.format {
            BodyFormat::Csv => Body { name: model.file.clone(), bytes: csv(d, batch, model, &columns)? },
            BodyFormat::Jsonl => {
                Body { name: json_name(&model.file), bytes: jsonl(d, batch, model, &columns)? }
            }
        };
        parts.push(Part { members: members(d, batch, model)?, model: name, body });
    }
    Ok(parts)
}

/// `company.csv` → `company.jsonl`.
fn json_name(file: &str) -> String {
    let stem = file.strip_suffix(".csv").unwrap_or(file);
    if stem.ends_with(".jsonl") { stem.to_owned() } else { format!("{stem}.jsonl") }
}

fn members(d: &Delivery<'_>, batch: i64, model: &Model) -> Result<Vec<Member>> {
    d.db.rows(&deliver::keys(batch, &model.name, model.whole), [], |row| {
        Ok(Member { key: row.get(0)?, kind: row.get(1)?, remote: row.get(2)? })
    })
}

fn csv(d: &Delivery<'_>, batch: i64, model: &Model, columns: &[&Column]) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Diagnostic::error(Code::PACKING, format!("{}: {e}", model.file));
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    out.write_record(columns.iter().map(|c| spelt(&c.name, d.platform.transport.header))).map_err(failed)?;
    let utc = utc(model);
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

/// The lines come whole from the database.
fn jsonl(d: &Delivery<'_>, batch: i64, model: &Model, columns: &[&Column]) -> Result<Vec<u8>> {
    let utc = utc(model);
    let is_object = |name: &str| model.field(name).is_some_and(|f| f.ty == FieldType::Object);
    let member = |c: &&'_ Column| {
        let name = spelt(&c.name, d.platform.transport.header);
        (serde_json::Value::from(name).to_string(), model.key.contains(&c.name), is_object(&c.name))
    };
    let members: Vec<deliver::Member<'_>> = columns
        .iter()
        .map(|c| {
            let (name, key, json) = member(c);
            let by_id = by_id(d, model, &c.name)?;
            Ok(deliver::Member { column: c, name, key, utc: utc.contains(&c.name.as_str()), json, by_id })
        })
        .collect::<Result<_>>()?;
    let nothing = match d.platform.transport.clear {
        Clear::Null => Nothing::Null,
        Clear::Empty => Nothing::EmptyText,
        Clear::Impossible => Nothing::Omitted,
    };
    let mut out = Vec::new();
    d.db.stream(&deliver::lines(batch, &model.name, &members, nothing, model.whole), |rows| {
        for lines in rows.columns() {
            for line in lines.as_string::<i32>().iter().flatten() {
                out.extend_from_slice(line.as_bytes());
                out.push(b'\n');
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// The record type of a reference that stands on the wire by the platform's id. Its table is there: the plan has it, or it
/// was sent before; where it is not, nothing of it can be known either, and the key goes as it is.
fn by_id<'a>(d: &Delivery<'_>, model: &'a Model, field: &str) -> Result<Option<&'a str>> {
    let target = model.field(field).filter(|f| f.wire.by_id).and_then(|f| f.refers.as_ref());
    let Some(target) = target.map(|r| r.model.as_str()) else { return Ok(None) };
    Ok(d.stored(target)?.then_some(target))
}

/// The fields of a model whose times are in UTC.
pub(super) fn utc(model: &Model) -> Vec<&str> {
    model.fields.iter().filter(|f| f.utc).map(|f| f.name.as_str()).collect()
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
    let mut all = Vec::new();
    for name in d.db.rows(&deliver::models(batch), [], |row| row.get::<_, String>(0))? {
        let Some(model) = d.model(&name) else { continue };
        let keys = members(d, batch, model)?.into_iter().map(|m| m.key).collect();
        all.push((name, keys));
    }
    Ok(all)
}
