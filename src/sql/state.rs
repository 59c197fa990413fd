//! Statements of the state file, attached as `state`: its tables, its shape, reading it, folding a run into it.
//!
//! Event tables only grow: `run`, `batch`, `member`, `request`, `outcome`, `reject`, `hold`, `source_rows`. They hold
//! keys and digests, never field values. `current_<model>` is what the platform holds of ours, as far as we know.

use super::diff::{Column, OLD_COLUMNS};
use super::{Table, ident, literal, plan};

/// Name under which the state is attached.
pub const ALIAS: &str = "state";

/// A table of the attached state (or of another alias).
pub fn table(alias: &str, name: &str) -> Table {
    Table::new(format!("{alias}.main"), name)
}

/// `current_<model>` of the attached state.
pub fn current(alias: &str, model: &str) -> Table {
    table(alias, &format!("current_{model}"))
}

/// The event tables: name and columns.
pub const EVENTS: &[(&str, &str)] = &[
    ("meta", "key VARCHAR, value VARCHAR"),
    (
        "run",
        "run BIGINT, event VARCHAR, moment VARCHAR, mapping VARCHAR, plan VARCHAR, number BIGINT, records BIGINT, why VARCHAR",
    ),
    (
        "batch",
        "run BIGINT, batch BIGINT, event VARCHAR, moment VARCHAR, digest VARCHAR, records BIGINT, remote VARCHAR, why VARCHAR",
    ),
    ("member", "run BIGINT, batch BIGINT, change BIGINT, pass BIGINT"),
    (
        "outcome",
        // `basis`: digest of what was proposed and by which rules; `remote`: the platform's id of the record.
        "run BIGINT, batch BIGINT, change BIGINT, pass BIGINT, record VARCHAR, model VARCHAR, key VARCHAR, kind VARCHAR, outcome VARCHAR, message VARCHAR, \
         basis VARCHAR, remote VARCHAR",
    ),
    (
        "request",
        "run BIGINT, batch BIGINT, attempt BIGINT, moment VARCHAR, request VARCHAR, status BIGINT, bytes BIGINT, why VARCHAR",
    ),
    (
        // `event`: `hold` and `release` by decision, `retry` of what was refused.
        "hold",
        "event VARCHAR, moment VARCHAR, who VARCHAR, mapping VARCHAR, record VARCHAR, model VARCHAR, key VARCHAR, basis VARCHAR, run BIGINT, why VARCHAR",
    ),
    (
        "reject",
        "run BIGINT, mapping VARCHAR, record VARCHAR, key VARCHAR, field VARCHAR, code VARCHAR, digest VARCHAR",
    ),
    ("source_rows", "run BIGINT, mapping VARCHAR, source VARCHAR, n BIGINT"),
];

/// The columns of `outcome` that are written with an outcome, in order.
pub const OUTCOME: &str =
    "run, batch, change, pass, record, model, key, kind, outcome, message, basis, remote";

/// Creates an event table.
pub fn create_events(alias: &str, name: &str, columns: &str) -> String {
    format!("CREATE TABLE {}({columns})", table(alias, name))
}

/// Creates `current_<model>` with these fields.
pub fn create_current(alias: &str, model: &str, fields: &[(String, String)]) -> String {
    let mut columns: Vec<String> = OLD_COLUMNS.iter().map(|(n, t)| format!("{n} {t}")).collect();
    columns.extend(fields.iter().map(|(n, t)| format!("{} {t}", ident(n))));
    format!("CREATE TABLE {}({})", current(alias, model), columns.join(", "))
}

/// All tables of an attached file with their columns: `table, column, type`, in order.
pub fn columns(alias: &str) -> String {
    format!(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = {} AND schema_name = 'main' \
         AND NOT internal ORDER BY table_name, column_index",
        literal(alias)
    )
}

/// Copies a table between attached files, by the columns both have; a column whose type differs is cast.
pub fn copy(from: &str, to: &str, name: &str, columns: &[(String, String)]) -> String {
    let names: Vec<String> = columns.iter().map(|(n, _)| ident(n)).collect();
    let values: Vec<String> = columns.iter().map(|(n, t)| format!("CAST({} AS {t})", ident(n))).collect();
    format!(
        "INSERT INTO {} ({}) SELECT {} FROM {}",
        table(to, name),
        names.join(", "),
        values.join(", "),
        table(from, name)
    )
}

/// Rows of a table.
pub fn count(alias: &str, name: &str) -> String {
    format!("SELECT count(*) FROM {}", table(alias, name))
}

/// A value of `meta`.
pub fn meta(key: &str) -> String {
    format!("SELECT max(value) FROM {} WHERE key = {}", table(ALIAS, "meta"), literal(key))
}

/// Sets a value of `meta`, which must be new.
pub fn set_meta(alias: &str, key: &str, value: &str) -> String {
    format!("INSERT INTO {} VALUES ({}, {})", table(alias, "meta"), literal(key), literal(value))
}

/// How many runs of a mapping changed a record.
pub fn serial(mapping: &str) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE event = 'end' AND records > 0 AND mapping = {}",
        table(ALIAS, "run"),
        literal(mapping)
    )
}

/// The open run, if any: `run, mapping, plan, number`.
pub fn open_run() -> String {
    format!(
        "SELECT r.run, r.mapping, r.plan, r.number FROM {0} r WHERE r.event = 'start' AND r.run NOT IN \
         (SELECT run FROM {0} WHERE event = 'end') ORDER BY r.run",
        table(ALIAS, "run")
    )
}

/// Whether a run has ended.
pub fn run_ended(run: i64) -> String {
    format!("SELECT count(*) FROM {} WHERE event = 'end' AND run = {run}", table(ALIAS, "run"))
}

/// How many runs of the plan of this digest have begun.
pub fn runs_of(digest: &str) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE event = 'start' AND plan = {}",
        table(ALIAS, "run"),
        literal(digest)
    )
}

/// Digests of all plans of which a run has begun: `plan`.
pub fn plans_begun() -> String {
    format!("SELECT DISTINCT plan FROM {} WHERE event = 'start' ORDER BY plan", table(ALIAS, "run"))
}

/// The last run of a plan that changed a record; 0: none. (A plan with nothing to send may be the same file as another.)
pub fn run_of(digest: &str) -> String {
    format!(
        "SELECT coalesce(max(s.run), 0) FROM {0} s JOIN {0} e ON e.run = s.run AND e.event = 'end' AND e.records > 0 WHERE s.event = 'start' AND s.plan = {1}",
        table(ALIAS, "run"),
        literal(digest)
    )
}

/// The highest run.
pub fn last_run() -> String {
    format!("SELECT coalesce(max(run), 0) FROM {}", table(ALIAS, "run"))
}

/// Rows per source in the last run of a mapping.
pub fn last_rows(mapping: &str) -> String {
    format!(
        "SELECT source, n FROM {0} WHERE mapping = {1} AND run = (SELECT max(run) FROM {0} WHERE mapping = {1}) ORDER BY source",
        table(ALIAS, "source_rows"),
        literal(mapping)
    )
}

/// `diff.known`: the rejects of the last run of a mapping that read its sources: what `resolve` writes down is a run too.
pub fn known_rejects(mapping: &str) -> String {
    format!(
        "CREATE OR REPLACE TABLE diff.known AS SELECT * FROM {} WHERE mapping = {m} AND run = (SELECT max(run) FROM {} WHERE mapping = {m})",
        table(ALIAS, "reject"),
        table(ALIAS, "source_rows"),
        m = literal(mapping)
    )
}

/// A run's event.
pub struct RunEvent<'a> {
    /// Run.
    pub run: i64,
    /// `start` or `end`.
    pub event: &'a str,
    /// When.
    pub at: &'a str,
    /// Mapping.
    pub mapping: &'a str,
    /// Digest of the plan.
    pub plan: &'a str,
    /// Plan number.
    pub number: i64,
    /// Records changed.
    pub records: i64,
    /// Why it ended.
    pub why: &'a str,
}

/// Appends a run's event.
pub fn run_event(e: &RunEvent<'_>) -> String {
    format!(
        "INSERT INTO {} VALUES ({}, {}, {}, {}, {}, {}, {}, {})",
        table(ALIAS, "run"),
        e.run,
        literal(e.event),
        literal(e.at),
        literal(e.mapping),
        literal(e.plan),
        e.number,
        e.records,
        literal(e.why)
    )
}

/// A batch's event.
pub struct BatchEvent<'a> {
    /// Run.
    pub run: i64,
    /// Batch.
    pub batch: i64,
    /// `intent`, `sent`, `over`.
    pub event: &'a str,
    /// When.
    pub at: &'a str,
    /// Digest of the body.
    pub digest: &'a str,
    /// Records.
    pub records: i64,
    /// The platform's id.
    pub remote: &'a str,
    /// What happened.
    pub why: &'a str,
}

/// Appends a batch's event.
pub fn batch_event(e: &BatchEvent<'_>) -> String {
    format!(
        "INSERT INTO {} VALUES ({}, {}, {}, {}, {}, {}, nullif({}, ''), nullif({}, ''))",
        table(ALIAS, "batch"),
        e.run,
        e.batch,
        literal(e.event),
        literal(e.at),
        literal(e.digest),
        e.records,
        literal(e.remote),
        literal(e.why)
    )
}

/// Whether an event stands there.
pub fn batch_event_there(run: i64, batch: i64, event: &str) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE run = {run} AND batch = {batch} AND event = {}",
        table(ALIAS, "batch"),
        literal(event)
    )
}

/// Batches of a run that are not over: `batch, moment, digest, records, remote`.
pub fn open_batches(run: i64) -> String {
    format!(
        "SELECT i.batch, i.moment, i.digest, i.records, (SELECT max(s.remote) FROM {t} s WHERE s.run = i.run AND s.batch = i.batch \
         AND s.event = 'sent') FROM {t} i WHERE i.run = {run} AND i.event = 'intent' AND i.batch NOT IN (SELECT batch FROM {t} WHERE \
         run = {run} AND event = 'over') ORDER BY i.batch",
        t = table(ALIAS, "batch")
    )
}

/// When a batch's intent was committed.
pub fn intent_moment(run: i64, batch: i64) -> String {
    format!(
        "SELECT min(moment) FROM {} WHERE run = {run} AND batch = {batch} AND event = 'intent'",
        table(ALIAS, "batch")
    )
}

/// How many records of a run were accepted so far.
pub fn count_accepted(run: i64) -> String {
    format!(
        "SELECT count(DISTINCT change) FROM {} WHERE run = {run} AND outcome IN ('accepted', 'inferred')",
        table(ALIAS, "outcome")
    )
}

/// The platform's ids of all uploads so far.
pub fn remotes() -> String {
    format!("SELECT DISTINCT remote FROM {} WHERE remote IS NOT NULL ORDER BY 1", table(ALIAS, "batch"))
}

/// The highest batch of a run.
pub fn last_batch(run: i64) -> String {
    format!("SELECT coalesce(max(batch), 0) FROM {} WHERE run = {run}", table(ALIAS, "batch"))
}

/// How a model's changes are folded.
pub struct Fold<'a> {
    /// Run.
    pub run: i64,
    /// Model.
    pub model: &'a str,
    /// Mapping.
    pub mapping: &'a str,
    /// Print of the rules.
    pub rules: &'a str,
    /// Date of the run.
    pub date: &'a str,
    /// How a removal ends: `deactivated` or `deleted`.
    pub gone: &'a str,
    /// Fields.
    pub columns: &'a [Column],
    /// Fields sent in a second pass.
    pub later: &'a [String],
    /// Fields of the stored table that the plan does not have: of an earlier mapping, kept as they are.
    pub others: &'a [String],
}

/// Folds the accepted changes of a run into `current_<model>`: statements for the caller's transaction.
pub fn fold(f: &Fold<'_>) -> [String; 3] {
    let current = current(ALIAS, f.model);
    let outcome = table(ALIAS, "outcome");
    let accepted = format!(
        "SELECT change, max(pass) AS pass, min(pass) AS first_pass, max(remote) AS remote FROM {outcome} WHERE run = {} AND model = {} AND outcome IN \
         ('accepted', 'inferred', 'absent', 'rebaselined', 'adopted') GROUP BY change",
        f.run,
        literal(f.model)
    );
    let changes = plan::changes(f.model);
    let before = format!(
        "CREATE OR REPLACE TEMP TABLE folded AS SELECT * FROM {current} WHERE _key IN (SELECT c.key FROM {changes} c JOIN ({accepted}) a \
         ON a.change = c.id WHERE c.kind <> 'new')"
    );
    let delete = format!(
        "DELETE FROM {current} WHERE _key IN (SELECT c.key FROM {changes} c JOIN ({accepted}) a ON a.change = c.id WHERE c.kind <> 'new')"
    );
    let value = |c: &Column| {
        let name = ident(&c.name);
        if f.later.contains(&c.name) {
            format!("CASE WHEN a.first_pass = 1 AND a.pass = 1 THEN c.old.{name} ELSE c.new.{name} END")
        } else {
            format!("c.new.{name}")
        }
    };
    let kept = f.others.iter().map(|n| format!("b.{}", ident(n)));
    let values: Vec<String> = f.columns.iter().map(value).chain(kept).collect();
    let names: Vec<String> =
        f.columns.iter().map(|c| ident(&c.name)).chain(f.others.iter().map(|n| ident(n))).collect();
    let fixed: Vec<&str> = OLD_COLUMNS.iter().map(|(n, _)| *n).collect();
    let insert = format!(
        "INSERT INTO {current} ({}{}) SELECT c.key, {mapping}, c.record, c.ours, CASE WHEN (a.first_pass = 1 AND a.pass = 1) OR c.kind = 'removed' THEN NULL \
         ELSE CAST(c.print AS UHUGEINT) END, CAST(c.raw AS UHUGEINT), {rules}, c.kind, {run}, \
         CASE WHEN c.kind = 'absent' THEN {date} END, CASE WHEN c.kind = 'removed' THEN {gone} END, coalesce(a.remote, b._remote){} \
         FROM {changes} c JOIN ({accepted}) a ON a.change = c.id LEFT JOIN folded b ON b._key = c.key WHERE NOT (c.kind = 'removed' AND {gone} = 'deleted') ORDER BY c.id",
        fixed.join(", "),
        names.iter().map(|n| format!(", {n}")).collect::<String>(),
        values.iter().map(|v| format!(", {v}")).collect::<String>(),
        mapping = literal(f.mapping),
        rules = literal(f.rules),
        run = f.run,
        date = literal(f.date),
        gone = literal(f.gone),
    );
    [before, delete, insert]
}

/// Names of the fields of `current_<model>`.
pub fn fields(model: &str) -> String {
    format!(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = {} AND table_name = {} AND NOT starts_with(column_name, '_') \
         ORDER BY column_index",
        literal(ALIAS),
        literal(&format!("current_{model}"))
    )
}

/// Whether there is a `current_<model>`: 1 or 0. (Asking for columns would bind every view, and read the plan's files for it.)
pub fn stored(model: &str) -> String {
    format!(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = {} AND table_name = {}",
        literal(ALIAS),
        literal(&format!("current_{model}"))
    )
}

/// Keys that stand twice in `current_<model>`: must be none, asserted in the fold's transaction.
pub fn doubled(model: &str) -> String {
    format!("SELECT count(*) - count(DISTINCT _key) FROM {}", current(ALIAS, model))
}

/// Appends the rejects and rows of a run.
pub fn record_rejects(run: i64, mapping: &str) -> String {
    format!(
        "INSERT INTO {} SELECT {run}, {}, record, key, field, code, md5(coalesce(value, '')) FROM plan.refused WHERE status = 'rejected' ORDER BY id",
        table(ALIAS, "reject"),
        literal(mapping)
    )
}

/// Appends how many rows a source had.
pub fn record_rows(run: i64, mapping: &str, source: &str, rows: u64) -> String {
    format!(
        "INSERT INTO {} VALUES ({run}, {}, {}, {rows})",
        table(ALIAS, "source_rows"),
        literal(mapping),
        literal(source)
    )
}

/// Outcomes of a run by kind of outcome: `outcome, count`.
pub fn outcomes(run: i64) -> String {
    format!(
        "SELECT outcome, count(*) FROM (SELECT change, arg_max(outcome, pass) AS outcome FROM {} WHERE run = {run} GROUP BY change) \
         GROUP BY 1 ORDER BY 1",
        table(ALIAS, "outcome")
    )
}

/// What the platform refused or left open in a run: `record, key, outcome, message`.
pub fn exceptions(run: i64, limit: u32) -> String {
    format!(
        "SELECT record, key, outcome, coalesce(message, '') FROM {} WHERE run = {run} AND (outcome IN ('rejected', 'unknown', 'held') OR (outcome = 'not sent' AND message IS NOT NULL)) \
         ORDER BY change, pass LIMIT {limit}",
        table(ALIAS, "outcome")
    )
}

/// What the platform or the transport remarked on records that were accepted: `record, a key, how many, message`, the most
/// frequent first.
pub fn notes(run: i64, limit: u32) -> String {
    format!(
        "SELECT record, min(key), count(DISTINCT change), message FROM {} WHERE run = {run} AND outcome IN ('accepted', 'inferred') \
         AND coalesce(message, '') <> '' GROUP BY record, message ORDER BY 3 DESC, 1, 4 LIMIT {limit}",
        table(ALIAS, "outcome")
    )
}

/// How many events of runs and holds there are.
pub fn events() -> String {
    format!(
        "SELECT (SELECT count(*) FROM {}) + (SELECT count(*) FROM {})",
        table(ALIAS, "run"),
        table(ALIAS, "hold")
    )
}

/// The last runs: `run, mapping, number, start, end, records, why`.
pub fn history(limit: u32) -> String {
    format!(
        "SELECT s.run, s.mapping, s.number, s.moment, coalesce(e.moment, ''), coalesce(e.records, (SELECT count(DISTINCT change) FROM {1} o \
         WHERE o.run = s.run AND o.outcome IN ('accepted', 'inferred'))), coalesce(e.why, 'open') FROM {0} s \
         LEFT JOIN {0} e ON e.run = s.run AND e.event = 'end' WHERE s.event = 'start' ORDER BY s.run DESC LIMIT {limit}",
        table(ALIAS, "run"),
        table(ALIAS, "outcome")
    )
}

/// Records held at the platform by model and owner: `count, absent, gone`.
pub fn holdings(model: &str) -> String {
    format!(
        "SELECT count(*), count(*) FILTER (WHERE _absent IS NOT NULL), count(*) FILTER (WHERE _gone IS NOT NULL) FROM {}",
        current(ALIAS, model)
    )
}

/// Events of one key: `run, moment, kind, outcome, message, remote`.
pub fn events_of(model: &str, key: &str) -> String {
    format!(
        "SELECT o.run, (SELECT max(moment) FROM {run} r WHERE r.run = o.run AND r.event = 'start'), o.kind, o.outcome, coalesce(o.message, ''), \
         coalesce((SELECT max(b.remote) FROM {batch} b WHERE b.run = o.run AND b.batch = o.batch), '') FROM {outcome} o \
         WHERE o.model = {} AND o.key = {} ORDER BY o.run, o.pass",
        literal(model),
        literal(key),
        run = table(ALIAS, "run"),
        batch = table(ALIAS, "batch"),
        outcome = table(ALIAS, "outcome"),
    )
}

/// The stored fields of one key, as texts in the order of the columns given.
pub fn stored_fields(model: &str, key: &str, fields: &[(String, String)]) -> String {
    let list: Vec<String> =
        fields.iter().map(|(n, t)| super::read::canonical(&super::Expr::col(n), t).to_string()).collect();
    format!(
        "SELECT CAST([{}] AS VARCHAR[]) FROM {} WHERE _key = {}",
        list.join(", "),
        current(ALIAS, model),
        literal(key)
    )
}

/// Unsettled records: keys whose last outcome is unknown: `record, model, key, message`.
pub fn unknown() -> String {
    format!(
        "SELECT record, model, key, message FROM (SELECT record, model, key, message, outcome, row_number() OVER (PARTITION BY model, key \
         ORDER BY run DESC, pass DESC) AS n FROM {}) WHERE n = 1 AND outcome = 'unknown' ORDER BY model, key",
        table(ALIAS, "outcome")
    )
}
