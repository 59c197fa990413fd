//! Statements of `state check`, of the copies and of what a state tells of itself.

use super::state::{ALIAS, current, table};
use super::{ident, literal};

/// The outcomes that move what the platform holds of ours.
const MOVED: &str = "('accepted', 'inferred', 'absent', 'rebaselined', 'adopted')";

/// Removes a value of `meta` from a file that is being written.
pub fn forget_meta(alias: &str, key: &str) -> String {
    format!("DELETE FROM {} WHERE key = {}", table(alias, "meta"), literal(key))
}

/// The tables of an attached file, in order.
pub fn tables(alias: &str) -> String {
    format!(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = {} AND schema_name = 'main' AND NOT internal ORDER BY 1",
        literal(alias)
    )
}

/// Rows of a table and a print of every value, whatever the order.
pub fn print(alias: &str, name: &str) -> String {
    format!("SELECT count(*) || ' ' || coalesce(bit_xor(hash(t)), 0) FROM {} t", table(alias, name))
}

/// The version of DuckDB's own format that an attached file has.
pub fn storage(alias: &str) -> String {
    format!(
        "SELECT coalesce(tags['storage_version'], '') FROM duckdb_databases() WHERE database_name = {}",
        literal(alias)
    )
}

/// Names and runs of mappings with how many runs changed a record: `mapping, serial, last run, its start`.
pub fn serials() -> String {
    format!(
        "SELECT mapping, count(*) FILTER (WHERE event = 'end' AND records > 0), max(run), max(moment) FROM {} GROUP BY 1 ORDER BY 1",
        table(ALIAS, "run")
    )
}

/// The last run and when it began, for people.
pub fn last_run() -> String {
    format!(
        "SELECT coalesce(max(run), 0), coalesce(max(moment), '') FROM {} WHERE event = 'start'",
        table(ALIAS, "run")
    )
}

/// Keys that stand twice in a model's table.
pub fn key_twice(model: &str) -> String {
    format!(
        "SELECT {} || ' ' || _key || ' stands ' || count(*) || ' times' FROM {} GROUP BY _key HAVING count(*) > 1 ORDER BY _key",
        literal(model),
        current(ALIAS, model)
    )
}

/// Records of a model that no accepted outcome of their run stands for.
pub fn record_without_outcome(model: &str) -> String {
    format!(
        "SELECT {m} || ' ' || _key || ' is of run ' || coalesce(_run, 0) || ', which did not bring it' FROM {} c WHERE NOT EXISTS (SELECT 1 FROM {} o \
         WHERE o.run = c._run AND o.model = {m} AND o.key = c._key AND o.outcome IN {MOVED}) ORDER BY _key",
        current(ALIAS, model),
        table(ALIAS, "outcome"),
        m = literal(model)
    )
}

/// Keys of a model accepted last, in a run that has ended, and not in its table.
pub fn outcome_without_record(model: &str) -> String {
    format!(
        "SELECT {m} || ' ' || key || ' was accepted in run ' || run || ' and is not there' FROM (SELECT o.key, o.run, o.kind, row_number() OVER \
         (PARTITION BY o.key ORDER BY o.run DESC, o.pass DESC) AS n FROM {} o WHERE o.model = {m} AND o.outcome IN {MOVED} AND o.run IN (SELECT run FROM {} \
         WHERE event = 'end')) WHERE n = 1 AND kind <> 'removed' AND key NOT IN (SELECT _key FROM {}) ORDER BY key",
        table(ALIAS, "outcome"),
        table(ALIAS, "run"),
        current(ALIAS, model),
        m = literal(model)
    )
}

/// Batches with outcomes that were never begun.
pub fn outcome_without_batch() -> String {
    format!(
        "SELECT DISTINCT 'batch ' || batch || ' of run ' || run FROM {} o WHERE batch > 0 AND NOT EXISTS (SELECT 1 FROM {} b WHERE b.run = o.run AND \
         b.batch = o.batch AND b.event = 'intent') ORDER BY 1",
        table(ALIAS, "outcome"),
        table(ALIAS, "batch")
    )
}

/// Batches begun and not over although their run has ended.
pub fn batch_without_end() -> String {
    format!(
        "SELECT 'batch ' || i.batch || ' of run ' || i.run || ', begun ' || i.moment FROM {b} i WHERE i.event = 'intent' AND NOT EXISTS (SELECT 1 FROM {b} o \
         WHERE o.run = i.run AND o.batch = i.batch AND o.event = 'over') AND i.run IN (SELECT run FROM {} WHERE event = 'end') ORDER BY i.run, i.batch",
        table(ALIAS, "run"),
        b = table(ALIAS, "batch")
    )
}

/// Batches whose members are not as many as they were begun with, or whose members have no outcome although it is over. (One
/// that was not taken at all is over without outcomes: its records are sent by another, or noted as not sent at the run's end.)
pub fn counts_differ() -> String {
    format!(
        "WITH m AS (SELECT m.run, m.batch, count(*) AS n, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM {o} o WHERE o.run = m.run AND o.change = m.change \
         AND (o.pass = m.pass OR o.outcome = 'not sent'))) AS without FROM {} m GROUP BY ALL) SELECT 'batch ' || i.batch || ' of run ' || i.run || ': ' || i.records || ' records sent, ' || \
         coalesce(m.n, 0) || ' noted, ' || coalesce(m.without, 0) || ' without outcome' FROM {b} i LEFT JOIN m ON m.run = i.run AND m.batch = i.batch \
         WHERE i.event = 'intent' AND (i.records <> coalesce(m.n, 0) OR (m.without > 0 AND EXISTS (SELECT 1 FROM {b} e WHERE e.run = i.run AND \
         e.batch = i.batch AND e.event = 'over' AND NOT starts_with(coalesce(e.why, ''), 'not taken: ') AND NOT \
         starts_with(coalesce(e.why, ''), 'refused as a whole')))) ORDER BY i.run, i.batch",
        table(ALIAS, "member"),
        o = table(ALIAS, "outcome"),
        b = table(ALIAS, "batch")
    )
}

/// Rows of a table, named.
pub fn count(name: &str) -> String {
    format!("SELECT count(*) FROM {ALIAS}.main.{}", ident(name))
}
