mod steps;

use super::output::Output;
use super::{Outcome, Target};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result, did_you_mean};
use crate::env::Env;
use crate::job::{self, Context};
use crate::report::escape;
use crate::sql::state as sql;
use crate::state::{self, Reader, Running};
use duckdb::types::Value;

/// One record from cell to platform: where each field comes from, what is planned, what was sent and answered
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Record of the mapping.
    record: String,
    /// Its key.
    key: String,
    /// One field alone.
    field: Option<String>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let checked = job::check(&context, true)?;
    let known = checked.mapping.records.iter().map(|r| r.name.as_str());
    let Some(record) = checked.mapping.record(&arguments.record) else {
        let help = did_you_mean(&arguments.record, known);
        let message = format!("{} has no record `{}`", checked.mapping.name, arguments.record);
        return Diagnostic::error(Code::UNKNOWN_RECORD, message).help_if(help).alone();
    };
    if let Some(field) = &arguments.field {
        let fields = record.fields.iter().map(|f| f.name.as_str());
        if fields.clone().all(|f| f != field) {
            let message = format!("record {} has no field `{field}`", record.name);
            return Diagnostic::error(Code::UNKNOWN_FIELD, message)
                .help_if(did_you_mean(field, fields))
                .alone();
        }
    }
    let key = readable(&arguments.key, &record.key, record.set.single)?;
    let arguments = &Arguments { key, ..arguments.clone() };
    output.line(&format!("{} {} ({})", record.name, escape::key(&arguments.key), record.model));
    let planned = job::trace(&context, &record.name, &arguments.key, arguments.field.as_deref())?;
    source(&planned, arguments, output);
    let db = state::database(&context.place)?;
    let view = state::look(&db, &context.place, env)?;
    view.running.iter().flat_map(Running::lines).for_each(|line| output.line(&line));
    let Some(reader) = view.reader else {
        if planned.place.is_some() {
            fields(&planned, &[], arguments, output);
        }
        output.line("Never sent.");
        return Ok(0);
    };
    let stored = stored(&db, &reader, &context, &record.model, &arguments.key)?;
    if planned.place.is_some() || !stored.is_empty() {
        fields(&planned, &stored, arguments, output);
    }
    events(&db, &record.model, &arguments.key, output)?;
    reader.close()?;
    Ok(0)
}

/// The key as it is kept: the parts of one of several fields are typed as they are shown, with ` / ` between them; of a
/// record type of exactly one record anything will do.
fn readable(typed: &str, fields: &[String], single: bool) -> Result<String> {
    if single {
        return Ok(String::new());
    }
    if fields.len() < 2 || typed.contains('\u{1f}') {
        return Ok(typed.to_owned());
    }
    let parts: Vec<&str> = typed.split(" / ").collect();
    if parts.len() == fields.len() {
        return Ok(parts.join("\u{1f}"));
    }
    let message = format!("the key has {} parts: {}", fields.len(), fields.join(", "));
    let help = format!("Type it as \"{}\".", fields.join(" / "));
    Diagnostic::error(Code::BAD_REFERENCE, message).help(help).alone()
}

/// The raw row.
fn source(trace: &job::Trace, arguments: &Arguments, output: &Output) {
    match &trace.place {
        Some(place) => output.line(&format!("Read from {}", escape::line(place))),
        None => output.line("Not in today's files."),
    }
    if arguments.field.is_none() {
        for (column, cell) in &trace.cells {
            output.line(&format!("    {} = {}", escape::line(column), escape::line(cell)));
        }
    }
    for (field, value, reason) in &trace.refused {
        output.line(&format!("  refused: {} \"{}\" {}", field, escape::line(value), escape::line(reason)));
    }
}

fn fields(trace: &job::Trace, stored: &[(String, Option<String>)], arguments: &Arguments, output: &Output) {
    let old = |field: &str| stored.iter().find(|(n, _)| n == field).and_then(|(_, v)| v.clone());
    if let Some(wanted) = &arguments.field {
        let field = trace.fields.iter().find(|(name, ..)| name == wanted);
        return field.into_iter().for_each(|f| {
            steps::print(trace, f, old(wanted).as_deref(), !stored.is_empty(), output);
        });
    }
    output.line("Field: from -> mapped | last accepted");
    for (field, from, value) in &trace.fields {
        let from = if from.is_empty() { "worked out, from no column" } else { from };
        output.line(&format!(
            "  {field}: {} -> {} | {}",
            escape::line(from),
            escape::line(value.as_deref().unwrap_or("(empty)")),
            escape::line(old(field).as_deref().unwrap_or("(empty)"))
        ));
        if let Some((_, why)) = trace.slow.iter().find(|(name, _)| name == field) {
            output.line(&format!("    runs row by row: {why}"));
        }
    }
}

fn stored(
    db: &Db,
    reader: &Reader<'_>,
    context: &Context,
    model: &str,
    key: &str,
) -> Result<Vec<(String, Option<String>)>> {
    let Some((_, names)) = reader.stored()?.remove(model) else { return Ok(Vec::new()) };
    let platform = context.platform.model(model);
    let fields: Vec<(String, String)> =
        names.iter().filter_map(|n| Some((n.clone(), platform?.field(n)?.ty.sql()))).collect();
    let rows = db.rows(&sql::stored_fields(model, key, &fields), [], |row| row.get::<_, Value>(0))?;
    let Some(Value::List(values)) = rows.into_iter().next() else { return Ok(Vec::new()) };
    let text = |v: &Value| if let Value::Text(t) = v { Some(t.clone()) } else { None };
    Ok(fields.into_iter().map(|(n, _)| n).zip(values.iter().map(text)).collect())
}

fn events(db: &Db, model: &str, key: &str, output: &Output) -> Result<()> {
    let lines = db.rows(&sql::events_of(model, key), [], |row| {
        let remote = row.get::<_, String>(5)?;
        let remote = if remote.is_empty() { remote } else { format!(" (upload {remote})") };
        Ok(format!(
            "  run {} {}: {} {} {}{remote}",
            row.get::<_, i64>(0)?,
            row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            row.get::<_, String>(2)?,
            super::apply::word(&row.get::<_, String>(3)?),
            row.get::<_, String>(4)?
        ))
    })?;
    output.line(if lines.is_empty() { "Never sent." } else { "Sent and answered" });
    lines.iter().for_each(|line| output.line(&escape::line(line)));
    Ok(())
}
