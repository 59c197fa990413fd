use super::Outcome;
use super::output::Output;
use super::status::At;
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use crate::report::escape;
use crate::sql::history as sql;

/// The runs so far and what became of their records; of one run its uploads and what was refused
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only of this mapping.
    mapping: Option<String>,
    /// One run, with all that is known of it.
    #[arg(long, value_name = "N")]
    run: Option<i64>,
    /// So many runs at most.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    at: At,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let found = arguments.at.read(env, output, |db, _, _| match arguments.run {
        Some(run) => one(db, run, output),
        None => runs(db, arguments, output).map(|()| true),
    })?;
    match arguments.run {
        Some(run) if !found.contains(&true) => {
            let message = format!("there is no run {run}");
            Diagnostic::error(Code::NOT_UNSETTLED, message).help("The runs: crosswalk history").alone()
        }
        _ => Ok(0),
    }
}

fn runs(db: &Db, arguments: &Arguments, output: &Output) -> Result<()> {
    let lines = db.rows(&sql::runs(arguments.mapping.as_deref(), None, arguments.limit), [], line)?;
    if lines.is_empty() {
        output.line("No runs.");
    }
    lines.iter().for_each(|line| output.line(line));
    Ok(())
}

fn line(row: &duckdb::Row<'_>) -> duckdb::Result<String> {
    let (run, mapping, number) = (row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?);
    let (start, why) = (row.get::<_, String>(3)?, row.get::<_, String>(5)?);
    let none = if why == "open" { "no record has its outcome yet" } else { "nothing to send" };
    let outcomes = row.get::<_, Option<String>>(6)?.unwrap_or_else(|| none.to_owned());
    let why = if why == "finished" { String::new() } else { format!("  ({})", escape::line(&why)) };
    Ok(format!("{run:>5}  {start}  {} plan {number}  {outcomes}{why}", escape::line(&mapping)))
}

/// Requests of a run that are listed.
const REQUESTS: u64 = 200;

/// Tells of one run; gives whether there is one.
fn one(db: &Db, run: i64, output: &Output) -> Result<bool> {
    let lines = db.rows(&sql::runs(None, Some(run), 1), [], line)?;
    let Some(head) = lines.first() else {
        output.line(&format!("No run {run}."));
        return Ok(false);
    };
    output.line(head);
    section("By record", &db.rows(&sql::by_record(run), [], by_record)?, output);
    section("Uploads", &db.rows(&sql::batches(run), [], upload)?, output);
    let mut requests = db.rows(&sql::requests(run, REQUESTS), [], request)?;
    let more = db.count(&sql::count_requests(run))?.saturating_sub(REQUESTS);
    if more > 0 {
        requests.push(format!("… and {more} more"));
    }
    section("Requests", &requests, output);
    section("Refused, unknown, held, not sent", &db.rows(&sql::exceptions(run), [], exception)?, output);
    Ok(true)
}

fn by_record(row: &duckdb::Row<'_>) -> duckdb::Result<String> {
    let (record, outcome) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    Ok(format!("{record} {outcome}: {}", row.get::<_, i64>(2)?))
}

fn upload(row: &duckdb::Row<'_>) -> duckdb::Result<String> {
    let (batch, moment, records) = (row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?);
    let (remote, end) = (row.get::<_, String>(3)?, row.get::<_, String>(4)?);
    Ok(format!("{batch:>4}  {moment}  {records} records  {}  {}", escape::line(&remote), escape::line(&end)))
}

fn request(row: &duckdb::Row<'_>) -> duckdb::Result<String> {
    let (batch, moment) = (row.get::<_, i64>(0)?, row.get::<_, String>(1)?);
    let asked = escape::line(&row.get::<_, String>(2)?).into_owned();
    let status = row.get::<_, Option<i64>>(3)?.map_or_else(|| "no answer".to_owned(), |s| s.to_string());
    let (bytes, why) = (row.get::<_, i64>(4)?, row.get::<_, Option<String>>(5)?.unwrap_or_default());
    Ok(format!("{batch:>4}  {moment}  {asked}  {status}  {bytes} bytes  {}", escape::line(&why)))
}

fn exception(row: &duckdb::Row<'_>) -> duckdb::Result<String> {
    let (outcome, record) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    let (key, why) = (row.get::<_, String>(2)?, row.get::<_, String>(3)?);
    Ok(format!("{outcome}  {record} {}  {}", escape::key(&key), escape::line(&why)))
}

fn section(title: &str, lines: &[String], output: &Output) {
    if lines.is_empty() {
        return;
    }
    output.line(title);
    lines.iter().for_each(|line| output.line(&format!("  {}", line.trim_end())));
}
