//! Queries of `history`, over the attached state.

use super::literal;
use super::state::{ALIAS, table};

/// What became of each change of a run: its last pass.
fn last(run: &str) -> String {
    format!(
        "SELECT run, change, arg_max(record, pass) AS record, arg_max(key, pass) AS key, arg_max(outcome, pass) AS outcome, \
         arg_max(message, pass) AS message FROM {} WHERE {run} GROUP BY run, change",
        table(ALIAS, "outcome")
    )
}

/// Runs, newest first: `run, mapping, number, start, end, why, outcomes`.
pub fn runs(mapping: Option<&str>, run: Option<i64>, limit: u32) -> String {
    let of = mapping.map_or(String::new(), |m| format!(" AND s.mapping = {}", literal(m)));
    let one = run.map_or(String::new(), |r| format!(" AND s.run = {r}"));
    format!(
        "WITH s AS (SELECT * FROM {t} s WHERE s.event = 'start'{of}{one} ORDER BY s.run DESC LIMIT {limit}), \
         c AS (SELECT run, outcome, count(*) AS n FROM ({last}) GROUP BY run, outcome), \
         o AS (SELECT run, string_agg(n || ' ' || CASE outcome WHEN 'inferred' THEN 'accepted (inferred)' WHEN 'absent' THEN 'noted as absent' \
         ELSE outcome END, ', ' ORDER BY n DESC, outcome) AS outcomes FROM c GROUP BY run) \
         SELECT s.run, s.mapping, s.number, s.moment, coalesce(e.moment, ''), coalesce(e.why, 'open'), o.outcomes FROM s LEFT JOIN {t} e ON \
         e.run = s.run AND e.event = 'end' LEFT JOIN o ON o.run = s.run ORDER BY s.run DESC",
        t = table(ALIAS, "run"),
        last = last("run IN (SELECT run FROM s)"),
    )
}

/// Of one run: `record, outcome, count`.
pub fn by_record(run: i64) -> String {
    format!(
        "SELECT record, outcome, count(*) FROM ({}) GROUP BY 1, 2 ORDER BY 1, 2",
        last(&format!("run = {run}"))
    )
}

/// The batches of a run: `batch, moment, records, remote, end`.
pub fn batches(run: i64) -> String {
    format!(
        "SELECT i.batch, i.moment, i.records, coalesce((SELECT max(b.remote) FROM {t} b WHERE b.run = i.run AND b.batch = i.batch), ''), \
         coalesce((SELECT max(coalesce(b.why, 'over')) FROM {t} b WHERE b.run = i.run AND b.batch = i.batch AND b.event = 'over'), 'open') FROM {t} i \
         WHERE i.run = {run} AND i.event = 'intent' ORDER BY i.batch",
        t = table(ALIAS, "batch")
    )
}

/// The first requests of a run: `batch, moment, request, status, bytes, why`.
pub fn requests(run: i64, limit: u64) -> String {
    format!(
        "SELECT batch, moment, request, status, bytes, why FROM {} WHERE run = {run} ORDER BY batch, attempt, moment LIMIT {limit}",
        table(ALIAS, "request")
    )
}

/// How many requests a run made.
pub fn count_requests(run: i64) -> String {
    format!("SELECT count(*) FROM {} WHERE run = {run}", table(ALIAS, "request"))
}

/// What was not accepted in a run: `outcome, record, key, message`.
pub fn exceptions(run: i64) -> String {
    format!(
        "SELECT outcome, record, key, coalesce(message, '') FROM ({}) WHERE outcome IN ('rejected', 'unknown', 'held', 'not sent') \
         ORDER BY outcome, change",
        last(&format!("run = {run}"))
    )
}
