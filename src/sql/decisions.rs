//! Statements about what people decide: changes of a plan that are held, holds released, refusals retried, unknown outcomes
//! resolved.

use super::deliver::proposed;
use super::state::{ALIAS, OUTCOME, current, table};
use super::{ident, ledger, literal, plan};

/// `plan.decided(record, key, who, why, moment)`: what is held of the open plan, empty.
pub fn setup() -> String {
    "CREATE OR REPLACE TABLE plan.decided(record VARCHAR, key VARCHAR, who VARCHAR, why VARCHAR)".to_owned()
}

/// Adds holds to `plan.decided`, each with record, key, who and why; at least one.
pub fn decide(holds: &[[&str; 4]]) -> String {
    let one = |hold: &[&str; 4]| format!("({})", hold.map(literal).join(", "));
    format!("INSERT INTO plan.decided VALUES {}", holds.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// A field by which changes of a model refer to those of another.
pub struct Refers<'a> {
    /// Model of the changes.
    pub model: &'a str,
    /// Their field.
    pub field: &'a str,
    /// Model it names a key of.
    pub target: &'a str,
}

/// `plan.waiting(id, record, model, key, kind)`: what is held, to be joined by what waits for it.
pub fn waiting() -> &'static str {
    "CREATE OR REPLACE TABLE plan.waiting AS SELECT id, record, model, key, kind FROM plan.held"
}

/// Adds the changes that refer to a new record that waits; `deliver` will hold them.
pub fn wait(r: &Refers<'_>) -> String {
    format!(
        "INSERT INTO plan.waiting SELECT c.id, c.record, {}, c.key, c.kind FROM {} c WHERE c.kind IN ('new', 'changed', 'returned') AND c.id NOT IN \
         (SELECT id FROM plan.waiting) AND struct_extract(c.new, {}) IN (SELECT key FROM plan.waiting WHERE model = {} AND kind = 'new')",
        literal(r.model),
        plan::changes(r.model),
        literal(r.field),
        literal(r.target)
    )
}

/// How many changes are held or wait.
pub fn count_waiting() -> &'static str {
    "SELECT count(*) FROM plan.waiting"
}

/// What waits without being held itself: `record, key`.
pub fn waiting_along() -> &'static str {
    "SELECT record, key FROM plan.waiting WHERE id NOT IN (SELECT id FROM plan.held) ORDER BY id"
}

/// `plan.held`: the changes of these models that are held, with all of their units: a header and its lines go together.
pub fn units(models: &[&str]) -> String {
    let all: Vec<String> = models
        .iter()
        .map(|m| {
            format!(
                "SELECT id, record, {} AS model, key, parent, kind, print FROM {}",
                literal(m),
                plan::changes(m)
            )
        })
        .collect();
    if all.is_empty() {
        return "CREATE OR REPLACE TABLE plan.held(id BIGINT, record VARCHAR, model VARCHAR, key VARCHAR, kind VARCHAR, print UUID, who VARCHAR, \
                why VARCHAR)"
            .to_owned();
    }
    let all = all.join(" UNION ALL ");
    format!(
        "CREATE OR REPLACE TABLE plan.held AS WITH RECURSIVE c AS (SELECT * FROM ({all})), h(id) AS (SELECT c.id FROM c JOIN plan.decided d ON \
         d.record = c.record AND d.key = c.key UNION SELECT n.id FROM c n, h, c b WHERE b.id = h.id AND (n.parent = b.id OR n.id = b.parent)) \
         SELECT c.id, c.record, c.model, c.key, c.kind, c.print, d.who, d.why FROM c JOIN h ON h.id = c.id LEFT JOIN plan.decided d ON \
         d.record = c.record AND d.key = c.key ORDER BY c.id"
    )
}

/// The units that a hold takes along: `record, key`, decided ones apart.
pub fn taken_along() -> String {
    "SELECT record, key FROM plan.held WHERE who IS NULL ORDER BY id".to_owned()
}

/// What is held by decision, and what it proposes: `record, key, model, basis`.
pub fn bound() -> String {
    format!(
        "SELECT record, key, model, {} FROM plan.held WHERE who IS NOT NULL ORDER BY id",
        proposed("kind", "print")
    )
}

/// How many changes of the plan have this record and key.
pub fn count_change(models: &[&str], record: &str, key: &str) -> String {
    let one = |m: &&str| {
        format!(
            "SELECT count(*) AS n FROM {} WHERE record = {} AND key = {}",
            plan::changes(m),
            literal(record),
            literal(key)
        )
    };
    let all: Vec<String> = models.iter().map(one).collect();
    if all.is_empty() {
        return "SELECT 0".to_owned();
    }
    format!("SELECT CAST(sum(n) AS BIGINT) FROM ({})", all.join(" UNION ALL "))
}

/// Writes the outcomes of held changes at the start of a run, and the holds that later plans look at.
pub fn hold_decided(run: i64, at: &str, mapping: &str) -> String {
    format!(
        "INSERT INTO {}({OUTCOME}) SELECT {run}, 0, id, 0, record, model, key, kind, 'held', CASE WHEN who IS NULL THEN 'its unit is held by decision' \
         ELSE 'held by ' || who || coalesce(': ' || nullif(why, ''), '') END, NULL, NULL FROM plan.held ORDER BY id; \
         INSERT INTO {} SELECT 'hold', {}, who, {}, record, model, key, {}, {run}, why FROM plan.held WHERE who IS NOT NULL ORDER BY id",
        table(ALIAS, "outcome"),
        table(ALIAS, "hold"),
        literal(at),
        literal(mapping),
        proposed("kind", "print"),
    )
}

/// An event about the holds or refusals of keys.
pub struct Event<'a> {
    /// `release` or `retry`.
    pub event: &'a str,
    /// When.
    pub at: &'a str,
    /// User.
    pub who: &'a str,
    /// Mapping.
    pub mapping: &'a str,
    /// Record; `None`: all of the mapping.
    pub record: Option<&'a str>,
    /// Keys; empty: all of the record.
    pub keys: &'a [String],
}

/// Which keys an event is about: `record, key`, of those it can be about.
pub fn meant(e: &Event<'_>) -> String {
    format!("SELECT record, key FROM ({}) WHERE {} ORDER BY record, key", candidates(e.event), about(e))
}

/// Appends the events.
pub fn append(e: &Event<'_>) -> String {
    format!(
        "INSERT INTO {} SELECT {}, {}, {}, mapping, record, model, key, basis, (SELECT coalesce(max(run), 0) FROM {}), NULL FROM ({}) WHERE {} \
         ORDER BY record, key",
        table(ALIAS, "hold"),
        literal(e.event),
        literal(e.at),
        literal(e.who),
        table(ALIAS, "run"),
        candidates(e.event),
        about(e)
    )
}

fn candidates(event: &str) -> String {
    match event {
        "release" => ledger::decided_query(),
        _ => format!("SELECT * FROM ({}) WHERE outcome = 'rejected'", ledger::past_query()),
    }
}

fn about(e: &Event<'_>) -> String {
    let record = e.record.map_or(String::new(), |r| format!(" AND record = {}", literal(r)));
    let keys: Vec<String> = e.keys.iter().map(|k| literal(k)).collect();
    let keys = if keys.is_empty() { String::new() } else { format!(" AND key IN ({})", keys.join(", ")) };
    format!("mapping = {}{record}{keys}", literal(e.mapping))
}

/// The sendings of unknown outcome of a mapping: `run, number, plan, record, model, key`, by run.
pub fn unknown(mapping: &str, record: Option<&str>, keys: &[String]) -> String {
    let e = Event { event: "", at: "", who: "", mapping, record, keys };
    format!(
        "SELECT p.last_run, r.number, r.plan, p.record, p.model, p.key FROM (SELECT * FROM ({}) WHERE outcome = 'unknown' AND {}) p \
         JOIN {} r ON r.run = p.last_run AND r.event = 'start' ORDER BY p.last_run, p.model, p.key",
        ledger::past_query(),
        about(&e),
        table(ALIAS, "run"),
    )
}

/// Writes in `run` what became of sendings of an earlier run.
pub fn resolved(run: i64, earlier: i64, model: &str, keys: &[String], outcome: &str, why: &str) -> String {
    let keys: Vec<String> = keys.iter().map(|k| literal(k)).collect();
    let out = table(ALIAS, "outcome");
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, change, pass, record, model, key, kind, {}, {}, basis, remote FROM {out} WHERE run = {earlier} AND \
         model = {} AND key IN ({}) AND outcome = 'unknown' ORDER BY change, pass",
        literal(outcome),
        literal(why),
        literal(model),
        keys.join(", ")
    )
}

/// Notes that records are there whose values are not known (their plan is gone): the next plan sends them whole.
pub fn known_there(run: i64, model: &str, mapping: &str, fields: &[String]) -> String {
    let c = current(ALIAS, model);
    format!(
        "UPDATE {c} SET _print = NULL, _raw = NULL, _rules = NULL, _run = {run}{forgotten} WHERE _key IN (SELECT key FROM {out} WHERE run = {run} AND model = {m}); \
         INSERT INTO {c}(_key, _owner, _record, _ours, _origin, _run) SELECT key, {}, record, '', 'arrived', {run} FROM {out} WHERE run = {run} AND \
         model = {m} AND kind <> 'removed' AND key NOT IN (SELECT _key FROM {c}) ORDER BY key",
        literal(mapping),
        forgotten = fields.iter().map(|f| format!(", {} = NULL", ident(f))).collect::<String>(),
        out = table(ALIAS, "outcome"),
        m = literal(model),
    )
}
