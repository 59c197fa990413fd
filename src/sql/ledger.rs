//! Statements about what earlier runs left: refusals, unknown outcomes, holds by decision, and what is to be sent again.
//!
//! From the state, attached read-only: `diff.past(record, model, key, outcome, basis, message, times, last_run, since)`, one
//! row per key whose last outcome is a refusal or unknown, and `diff.decided(model, key, basis, moment, who, why)`, the holds
//! in force. Made by the diff: `diff.force(model, key, cause)`, keys sent even if nothing differs; `diff.stop(record, model,
//! key, code, reason)`, changes that are held; `diff.gone_held`, those of them of which no row was read.

use super::deliver::{basis, proposed};
use super::diff::{Column, changes_table, old};
use super::map::ok;
use super::state::{ALIAS, table};
use super::{Table, ident, literal};

/// So many refusals of the same data, and it is not sent again by itself (design 6).
pub const REFUSALS: u32 = 3;

/// The relations of the diff, empty.
pub fn setup() -> String {
    "CREATE OR REPLACE TABLE diff.force(model VARCHAR, key VARCHAR, cause VARCHAR); \
     CREATE OR REPLACE TABLE diff.stop(record VARCHAR, model VARCHAR, key VARCHAR, code VARCHAR, reason VARCHAR); \
     CREATE OR REPLACE TABLE diff.gone_held(record VARCHAR, model VARCHAR, key VARCHAR, code VARCHAR, reason VARCHAR)"
        .to_owned()
}

/// How many outcomes ask for [`past`], how many holds for [`decided`], and how many removals for [`taken_out`].
pub fn anything() -> String {
    format!(
        "SELECT count(*) FILTER (WHERE outcome IN ('rejected', 'unknown')), (SELECT count(*) FROM {} WHERE event = 'hold'), \
         count(*) FILTER (WHERE kind = 'removed') FROM {}",
        table(ALIAS, "hold"),
        table(ALIAS, "outcome")
    )
}

/// `diff.taken_out(model, key, run)`: the last run that removed a key at the platform.
pub fn taken_out() -> String {
    format!(
        "CREATE OR REPLACE TABLE diff.taken_out AS SELECT model, key, max(run) AS run FROM {} WHERE kind = 'removed' AND outcome IN \
         ('accepted', 'inferred') GROUP BY model, key",
        table(ALIAS, "outcome")
    )
}

/// Says of a record that is back in which run it was taken out.
pub fn tell_back(model: &str) -> String {
    format!(
        "UPDATE {} AS c SET cause = CASE c.kind WHEN 'new' THEN 'was deleted' ELSE 'was taken out' END || ' in run ' || t.run FROM diff.taken_out t \
         WHERE t.model = {} AND t.key = c.key AND c.kind IN ('new', 'returned')",
        changes_table(model),
        literal(model)
    )
}

/// `diff.past`.
pub fn past() -> String {
    format!("CREATE OR REPLACE TABLE diff.past AS {}", past_query())
}

/// The rows of `diff.past`: what one run made of a key is its last pass; runs that held it or did not send it do not count.
/// Refusals count back to the first of the same basis, or to `retry`.
pub fn past_query() -> String {
    format!(
        "WITH o AS (SELECT run, model, key, arg_max(record, pass) AS record, arg_max(outcome, pass) AS outcome, arg_max(basis, pass) AS basis, \
         arg_max(message, pass) AS message FROM {outcome} WHERE (model, key) IN (SELECT DISTINCT (model, key) FROM {outcome} WHERE outcome IN \
         ('rejected', 'unknown')) GROUP BY run, model, key), \
         r AS (SELECT *, row_number() OVER (PARTITION BY model, key ORDER BY run DESC) AS n FROM o WHERE outcome NOT IN ('held', 'not sent')), \
         l AS (SELECT * FROM r WHERE n = 1 AND outcome IN ('rejected', 'unknown')), \
         x AS (SELECT l.model, l.key, max(r.run) AS run FROM l JOIN r ON r.model = l.model AND r.key = l.key WHERE r.outcome <> l.outcome OR \
         r.basis IS DISTINCT FROM l.basis GROUP BY 1, 2), \
         t AS (SELECT model, key, max(run) AS run FROM {hold} WHERE event = 'retry' GROUP BY 1, 2), \
         s AS (SELECT l.record, l.model, l.key, l.outcome, l.basis, l.message, count(*) AS times, max(r.run) AS last_run, min(r.run) AS first_run \
         FROM l JOIN r ON r.model = l.model AND r.key = l.key LEFT JOIN x ON x.model = l.model AND x.key = l.key \
         LEFT JOIN t ON t.model = l.model AND t.key = l.key WHERE r.run > coalesce(x.run, -1) AND (l.outcome = 'unknown' OR r.run > coalesce(t.run, -1)) \
         GROUP BY ALL) \
         SELECT s.record, s.model, s.key, s.outcome, s.basis, s.message, s.times, s.last_run, \
         left(e.moment, 10) AS since, e.mapping FROM s JOIN {run} e ON e.run = s.first_run AND e.event = 'start' ORDER BY s.model, s.key",
        outcome = table(ALIAS, "outcome"),
        hold = table(ALIAS, "hold"),
        run = table(ALIAS, "run"),
    )
}

/// `diff.decided`.
pub fn decided() -> String {
    format!("CREATE OR REPLACE TABLE diff.decided AS {}", decided_query())
}

/// The holds in force: the last word on each key is `hold`. The table only grows, so its order is that of time.
pub fn decided_query() -> String {
    format!(
        "SELECT record, model, key, basis, moment, who, why, mapping FROM (SELECT *, row_number() OVER (PARTITION BY model, key ORDER BY rowid DESC) \
         AS n FROM {} WHERE event IN ('hold', 'release')) WHERE n = 1 AND event = 'hold' ORDER BY model, key",
        table(ALIAS, "hold")
    )
}

/// What was absent before today and still is, of a mapping: `record, how many, since when first, since when last`.
pub fn still_absent(model: &str, mapping: &str) -> String {
    format!(
        "SELECT _record, count(*), min(_absent), max(_absent) FROM {} WHERE _owner = {} AND _absent IS NOT NULL AND _gone IS NULL AND _key NOT IN \
         (SELECT _key FROM {} WHERE _key IS NOT NULL) GROUP BY _record ORDER BY _record",
        old(model),
        literal(mapping),
        super::diff::read_keys(model)
    )
}

/// Adds to `diff.decided` holds of plans that were not applied, each in place of any other of its key: record, model, key,
/// basis, moment, who, why; at least one.
pub fn stand(holds: &[[&str; 7]]) -> String {
    let one = |hold: &[&str; 7]| format!("({}, NULL)", hold.map(literal).join(", "));
    let rows: Vec<String> = holds.iter().map(one).collect();
    format!(
        "CREATE TABLE IF NOT EXISTS diff.decided(record VARCHAR, model VARCHAR, key VARCHAR, basis VARCHAR, moment VARCHAR, who VARCHAR, why VARCHAR, \
         mapping VARCHAR); CREATE OR REPLACE TABLE diff.standing AS FROM diff.decided LIMIT 0; INSERT INTO diff.standing VALUES {}; \
         DELETE FROM diff.decided WHERE (model, key) IN (SELECT (model, key) FROM diff.standing); INSERT INTO diff.decided FROM diff.standing",
        rows.join(", ")
    )
}

/// Records of unknown outcome are sent again where that does no harm, also if nothing differs from what was accepted before.
pub fn force_unknown() -> String {
    "INSERT INTO diff.force SELECT model, key, 'what became of it is unknown: sent again' FROM diff.past WHERE outcome = 'unknown'".to_owned()
}

/// Records that are to be sent again: all of a record, or some keys of it.
pub fn force_resent(model: &str, mapping: &str, record: &str, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|k| literal(k)).collect();
    let only = if keys.is_empty() { String::new() } else { format!(" AND _key IN ({})", keys.join(", ")) };
    format!(
        "INSERT INTO diff.force SELECT {}, _key, 'sent again as asked for' FROM {} WHERE _owner = {} AND _record = {} AND _gone IS NULL{only} \
         AND _key NOT IN (SELECT key FROM diff.force WHERE model = {0})",
        literal(model),
        old(model),
        literal(mapping),
        literal(record)
    )
}

/// Of the last ended run of each mapping that read its sources what it left out: `mapping, plan number, rejected, waiting`,
/// where there is anything.
pub fn left_query() -> String {
    format!(
        "SELECT * FROM (SELECT r.mapping, r.number, (SELECT count(DISTINCT coalesce(record, '') || chr(31) || coalesce(key, digest)) FROM {} j WHERE j.run = r.run) \
         AS rejected, (SELECT count(DISTINCT change) FROM {} o WHERE o.run = r.run AND o.outcome IN ('held', 'not sent')) AS waiting \
         FROM (SELECT mapping, max(run) AS run, arg_max(number, run) AS number FROM {} WHERE event = 'end' AND run IN \
         (SELECT run FROM {}) GROUP BY mapping) r) WHERE rejected > 0 OR waiting > 0 ORDER BY mapping",
        table(ALIAS, "reject"),
        table(ALIAS, "outcome"),
        table(ALIAS, "run"),
        table(ALIAS, "source_rows")
    )
}

/// Those of these keys of a model that are not forced, in order.
pub fn not_forced(model: &str, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|k| literal(k)).collect();
    format!(
        "SELECT key FROM (SELECT unnest(CAST([{}] AS VARCHAR[])) AS key) WHERE key NOT IN (SELECT key FROM diff.force WHERE model = {}) ORDER BY key",
        keys.join(", "),
        literal(model)
    )
}

/// How many keys are forced.
pub fn count_forced() -> String {
    "SELECT count(*) FROM diff.force".to_owned()
}

/// Changes of unknown outcome: nothing goes out for them where sending twice might double them.
pub fn stop_unknown(model: &str) -> String {
    stop(
        model,
        "E508",
        "'the outcome of the last upload is unknown, and sending it again might double it'",
        "JOIN diff.past p ON p.model = {m} AND p.key = c.key",
        "p.outcome = 'unknown'",
    )
}

/// A reference of a model: its field and the model it points to.
pub type Reference<'a> = (&'a str, &'a str);

/// Changes that the platform has refused [`REFUSALS`] times with the same data, by the same rules; not those that refer to a
/// record which is sent today or has changed there since.
pub fn stop_refused(model: &str, ground: &str, references: &[Reference<'_>]) -> String {
    let moved: Vec<String> = references
        .iter()
        .map(|(field, target)| {
            let f = format!("c.new.{}", ident(field));
            format!(
                " AND NOT EXISTS (SELECT 1 FROM {} t WHERE t.key = {f} AND t.kind IN ('new', 'changed', 'returned')) \
                 AND NOT EXISTS (SELECT 1 FROM {} t WHERE t._key = {f} AND t._run > p.last_run)",
                changes_table(target),
                old(target)
            )
        })
        .collect();
    stop(
        model,
        "E511",
        "'refused ' || p.times || CASE p.times WHEN 1 THEN ' time' ELSE ' times' END || ' with the same data since ' || p.since || coalesce(': ' || p.message, '')",
        "JOIN diff.past p ON p.model = {m} AND p.key = c.key",
        &format!(
            "p.outcome = 'rejected' AND p.times >= {REFUSALS} AND p.basis = {}{}",
            basis("c.kind", "CAST(c.print AS UUID)", ground),
            moved.concat()
        ),
    )
}

/// Changes that somebody has held, as long as they propose the same.
pub fn stop_decided(model: &str) -> String {
    stop(
        model,
        "E512",
        "'held by ' || p.who || ' since ' || left(p.moment, 10) || coalesce(': ' || nullif(p.why, ''), '')",
        "JOIN diff.decided p ON p.model = {m} AND p.key = c.key",
        &format!("p.basis = {}", proposed("c.kind", "CAST(c.print AS UUID)")),
    )
}

fn stop(model: &str, code: &str, reason: &str, join: &str, when: &str) -> String {
    let m = literal(model);
    format!(
        "INSERT INTO diff.stop SELECT c.record, {m}, c.key, '{code}', {reason} FROM {} c {} WHERE c.kind IN ('new', 'changed', 'returned', 'removed') \
         AND {when} AND (c.record, c.key) NOT IN (SELECT (record, key) FROM diff.stop WHERE model = {m}) ORDER BY c.record, c.key",
        changes_table(model),
        join.replace("{m}", &m),
    )
}

/// How many changes are to be held.
pub fn count_stopped() -> String {
    "SELECT count(*) FROM diff.stop".to_owned()
}

/// Holds what is to be held of a record: its rows, and removals, of which there are none.
pub fn hold_stopped(record: &str, model: &str) -> String {
    let (r, m) = (literal(record), literal(model));
    format!(
        "INSERT INTO mapped._refused SELECT {r}, o._rec, o._rec, 'held', NULL, s.code, o._key, s.reason, NULL FROM {} o JOIN diff.stop s ON s.record = {r} \
         AND s.model = {m} AND s.key = o._key ORDER BY o._rec; \
         INSERT INTO diff.gone_held SELECT s.* FROM diff.stop s JOIN {c} c ON c.record = s.record AND c.key = s.key WHERE s.record = {r} AND s.model = {m} \
         AND c.kind = 'removed' AND (s.record, s.key) NOT IN (SELECT (record, key) FROM diff.gone_held) ORDER BY s.key",
        ok(record),
        c = changes_table(model),
    )
}

/// Takes held removals out of the changes.
pub fn drop_gone_held(model: &str) -> String {
    format!(
        "DELETE FROM {} WHERE kind = 'removed' AND (record, key) IN (SELECT (record, key) FROM diff.gone_held WHERE model = {})",
        changes_table(model),
        literal(model)
    )
}

/// How many removals of a record are held.
pub fn count_gone_held(record: &str) -> String {
    format!("SELECT count(*) FROM diff.gone_held WHERE record = {}", literal(record))
}

/// Says of a change that it was refused before, with the same data and rules.
pub fn tell_refused(model: &str, ground: &str) -> String {
    format!(
        "UPDATE {} AS c SET cause = concat_ws('; ', nullif(c.cause, ''), 'refused ' || CASE p.times WHEN 1 THEN 'once' ELSE p.times || ' times' END || \
         ' before with the same data, since ' || p.since) FROM diff.past p WHERE p.model = {} AND p.key = c.key AND p.outcome = 'rejected' AND p.basis = {}",
        changes_table(model),
        literal(model),
        basis("c.kind", "CAST(c.print AS UUID)", ground)
    )
}

/// Takes new records of a record for accepted: they are declared to be at the platform.
pub fn adopt(model: &str, record: &str) -> String {
    format!(
        "UPDATE {} SET kind = 'adopted', cause = 'declared to be there; not sent' WHERE kind = 'new' AND record = {}",
        changes_table(model),
        literal(record)
    )
}

/// `diff.there <model>`: what the platform was found to hold: key and fields as texts.
pub fn there(model: &str) -> Table {
    Table::new("diff", format!("there {model}"))
}

/// Creates `diff.there <model>`.
pub fn create_there(model: &str, columns: &[Column]) -> String {
    let fields: String = columns.iter().map(|c| format!(", {} VARCHAR", ident(&c.name))).collect();
    format!("CREATE OR REPLACE TABLE {}(_key VARCHAR{fields})", there(model))
}

/// The keys of a record's new changes, in order.
pub fn new_keys(model: &str, record: &str) -> String {
    format!(
        "SELECT key FROM {} WHERE kind = 'new' AND record = {} ORDER BY key",
        changes_table(model),
        literal(record)
    )
}

/// Compares new records with what was found there: equal ones are adopted, others are changes of what is there.
pub fn adopt_found(model: &str, columns: &[Column]) -> String {
    let found = |c: &Column| {
        let text = format!("t.{}", ident(&c.name));
        // The platform may tell a date with a time of day.
        let text = if c.ty == "DATE" { format!("left({text}, 10)") } else { text };
        format!("TRY_CAST(nullif({text}, '') AS {})", c.ty)
    };
    let differs = |c: &&Column| {
        format!(
            "CASE WHEN contains(',' || c.ours || ',', {}) AND c.new.{} IS DISTINCT FROM {} THEN {} END",
            literal(&format!(",{},", c.name)),
            ident(&c.name),
            found(c),
            literal(&c.name)
        )
    };
    let compared: Vec<String> = columns.iter().filter(|c| !c.ignore).map(|c| differs(&c)).collect();
    let olds: Vec<String> = columns.iter().map(|c| format!("{} := {}", ident(&c.name), found(c))).collect();
    format!(
        "UPDATE {changes} AS c SET kind = CASE WHEN len(f.fields) = 0 THEN 'adopted' ELSE 'changed' END, fields = f.fields, old = f.old, \
         cause = CASE WHEN len(f.fields) = 0 THEN 'found there, equal; not sent' ELSE 'found there, different' END FROM (\
         SELECT c.record, c.key, CAST(list_filter([{}], lambda x: x IS NOT NULL) AS VARCHAR[]) AS fields, struct_pack({}) AS old FROM {changes} c \
         JOIN {} t ON t._key = c.key WHERE c.kind = 'new') f WHERE f.record = c.record AND f.key = c.key AND c.kind = 'new'",
        compared.join(", "),
        olds.join(", "),
        there(model),
        changes = changes_table(model),
    )
}

/// Takes what only the rules changed for accepted.
pub fn rebaseline(model: &str, record: &str) -> String {
    format!(
        "UPDATE {} SET kind = 'rebaselined', cause = cause || '; not sent' WHERE kind = 'changed' AND ends_with(cause, {}) AND record = {}",
        changes_table(model),
        literal(super::causes::DATA_SAME),
        literal(record),
    )
}

/// How many keys of these models have an unknown outcome and are in no row read today.
pub fn count_unknown_unread(model: &str) -> String {
    format!(
        "SELECT count(*) FROM diff.past WHERE model = {} AND outcome = 'unknown' AND key NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL)",
        literal(model),
        super::diff::read_keys(model)
    )
}
