//! Statements of `deliver`: what is sent when, in which batch, and what became of it. Schema `deliver` in memory.
//!
//! `deliver.item(change, model, record, key, kind, pass, wave, depth, fieldset, bytes, batch, basis)`: one row a sending; a
//! record that refers to one not yet accepted there is sent twice, first (pass 1) without that field, then (pass 2)
//! with it. `batch` is NULL until assigned; 0 when it is not to be sent.

mod assign;
mod body;

pub use assign::assign;
pub use body::{Asked, Member, Nothing, body, keys, lines, owner, requests, sample, sent_values};

use super::diff::Column;
use super::read::canonical;
use super::state::{ALIAS, OUTCOME, current, table};
use super::{Expr, Table, ident, literal, plan};

/// Creates the schema and the tables.
pub fn setup() -> String {
    "CREATE SCHEMA IF NOT EXISTS deliver; CREATE OR REPLACE TABLE deliver.item(change BIGINT, model VARCHAR, record VARCHAR, \
     key VARCHAR, kind VARCHAR, pass BIGINT, wave BIGINT, depth BIGINT, fieldset VARCHAR, bytes BIGINT, batch BIGINT, basis VARCHAR); \
     CREATE OR REPLACE TABLE deliver.named(model VARCHAR, key VARCHAR, outcome VARCHAR, message VARCHAR, remote VARCHAR)"
        .to_owned()
}

/// A field that is sent later.
pub struct Later<'a> {
    /// Field.
    pub field: &'a str,
    /// Model it refers to.
    pub model: &'a str,
    /// Whether a table of that model is in the state.
    pub stored: bool,
}

/// What making a model's items needs.
pub struct Items<'a> {
    /// Model.
    pub model: &'a str,
    /// Run that may have sent some already.
    pub run: i64,
    /// Its wave (twice its level).
    pub wave: u32,
    /// Wave of the second pass.
    pub second: u32,
    /// Fields.
    pub columns: &'a [Column],
    /// Fields sent later.
    pub later: &'a [Later<'a>],
    /// Field that refers to the model itself.
    pub own: Option<&'a str>,
    /// Sent complete: unchanged records too, with all fields; what is removed is left out of the file.
    pub whole: bool,
    /// A changed record carries what changed, not all that is ours.
    pub changed_only: bool,
    /// The name of each field stands beside its value.
    pub named: bool,
    /// Print of the rules and digest of the platform file: part of what a refusal was about.
    pub ground: &'a str,
}

/// What a change proposes, as a digest: its kind and values. A hold by decision binds it.
pub fn proposed(kind: &str, print: &str) -> String {
    format!("md5({kind} || ':' || coalesce(CAST({print} AS VARCHAR), ''))")
}

/// What a refusal was about: the proposal, the rules and the platform file (`ground`).
pub fn basis(kind: &str, print: &str, ground: &str) -> String {
    format!("md5({} || {})", proposed(kind, print), literal(ground))
}

/// Adds the items of a model: sendings that have no outcome in this run yet. The passes of a record end one by one: a
/// run that goes on after its first pass still owes the second.
pub fn items(i: &Items<'_>) -> String {
    let changes = plan::changes(i.model);
    let pending: Vec<String> = i.later.iter().map(pending).collect();
    let two = if pending.is_empty() { "FALSE".to_owned() } else { pending.join(" OR ") };
    let omitted = Expr::text(&format!(",{},", i.later.iter().map(|l| l.field).collect::<Vec<_>>().join(",")));
    let names: Vec<String> = i.columns.iter().map(|c| literal(&c.name)).collect();
    let fieldset = |omit: bool| {
        if i.whole {
            return literal(&i.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(","));
        }
        let out = if omit { format!(" AND NOT contains({omitted}, ',' || x || ',')") } else { String::new() };
        format!(
            "array_to_string(list_filter([{}], lambda x: ({}contains(',' || c.ours || ',', ',' || x || ',') OR list_contains(c.fields, x)){out}), ',')",
            names.join(", "),
            if i.changed_only { "c.kind <> 'changed' AND " } else { "" },
        )
    };
    let bytes: Vec<String> = i
        .columns
        .iter()
        .map(|c| format!("coalesce(strlen({}), 0)", canonical(&Expr::of("c", "new").member(&c.name), &c.ty)))
        .collect();
    let bytes = if bytes.is_empty() { "0".to_owned() } else { bytes.join(" + ") };
    let done = |passes: &str| {
        format!(
            "id IN (SELECT change FROM {} WHERE run = {} AND pass {passes})",
            table(ALIAS, "outcome"),
            i.run
        )
    };
    let depth = depth(i);
    // Removals go after everything else; lines before their headers.
    format!(
        "INSERT INTO deliver.item WITH {depth}, q AS (SELECT c.*, ({two}) AS two, coalesce(dd.depth, 0) AS depth, {bytes} + {around} AS bytes FROM {changes} c \
         LEFT JOIN dd ON dd.id = c.id WHERE c.kind IN ('new', 'changed', 'returned', 'removed', 'along')) \
         SELECT id, {model}, record, key, kind, CASE WHEN two THEN 1 ELSE 0 END, CASE WHEN kind = 'removed' THEN {removal} ELSE {wave} END, depth, \
         CASE WHEN two THEN {without} ELSE {with} END, bytes, NULL, {basis} FROM q c WHERE NOT {first} \
         UNION ALL SELECT id, {model}, record, key, kind, 2, {second}, depth, {with}, bytes, NULL, {basis} FROM q c WHERE two AND NOT {second_done}",
        basis = basis("kind", "print", i.ground),
        removal = if i.whole { i.wave } else { 1000_u32.saturating_sub(i.wave) },
        first = done("< 2"),
        second_done = done("= 2"),
        around = around(i),
        model = literal(i.model),
        wave = i.wave,
        second = i.second,
        without = fieldset(true),
        with = fieldset(false),
    )
}

/// Bytes of a record besides its values: quotes and separators, and the names where they stand beside them.
fn around(i: &Items<'_>) -> usize {
    let name = |c: &Column| if i.named { c.name.len() + 6 } else { 3 };
    i.columns.iter().map(name).sum::<usize>() + if i.named { 3 } else { 0 }
}

/// Whether the target of a later field is not accepted there yet: then the record goes without it first, and once more
/// with it if the target arrives.
fn pending(l: &Later<'_>) -> String {
    let value = format!("c.new.{}", ident(l.field));
    let stored = if l.stored {
        format!(" AND {value} NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL)", current(ALIAS, l.model))
    } else {
        String::new()
    };
    format!("({value} IS NOT NULL{stored})")
}

fn depth(i: &Items<'_>) -> String {
    let changes = plan::changes(i.model);
    match i.own {
        None => {
            "dd AS (SELECT CAST(NULL AS BIGINT) AS id, CAST(NULL AS BIGINT) AS depth WHERE FALSE)".to_owned()
        }
        Some(field) => format!(
            "RECURSIVE d AS (SELECT id, key, 0 AS depth FROM {changes} UNION ALL SELECT c.id, c.key, d.depth + 1 FROM {changes} c \
             JOIN d ON c.new.{} = d.key WHERE d.depth < 50 AND c.key <> d.key), dd AS (SELECT id, max(depth) AS depth FROM d GROUP BY id)",
            ident(field)
        ),
    }
}

/// Waves that have unassigned items, in order.
pub fn waves() -> String {
    "SELECT DISTINCT wave FROM deliver.item WHERE batch IS NULL ORDER BY wave".to_owned()
}

/// Whether a second pass may still be sent: items of pass 2 whose pass 1 was not accepted are dropped.
pub fn drop_second(run: i64, wave: i64) -> String {
    format!(
        "UPDATE deliver.item SET batch = 0 WHERE wave = {wave} AND pass = 2 AND change NOT IN (SELECT change FROM {} WHERE run = {run} AND pass = 1 \
         AND outcome IN ('accepted', 'inferred'))",
        table(ALIAS, "outcome")
    )
}

/// Drops second passes whose target was not accepted: `note` says so in the outcome.
pub fn drop_targetless(run: i64, wave: i64, model: &str, fields: &[Later<'_>]) -> String {
    let accepted = |l: &Later<'_>| {
        let stored = if l.stored {
            format!(
                " OR c.new.{} IN (SELECT _key FROM {} WHERE _key IS NOT NULL)",
                ident(l.field),
                current(ALIAS, l.model)
            )
        } else {
            String::new()
        };
        format!(
            "(c.new.{f} IS NULL OR c.new.{f} IN (SELECT key FROM {out} WHERE run = {run} AND model = {t} AND outcome IN ('accepted', 'inferred')){stored})",
            f = ident(l.field),
            out = table(ALIAS, "outcome"),
            t = literal(l.model),
        )
    };
    let all: Vec<String> = fields.iter().map(accepted).collect();
    format!(
        "UPDATE deliver.item SET batch = 0 WHERE wave = {wave} AND pass = 2 AND model = {} AND change NOT IN (SELECT c.id FROM {} c WHERE {})",
        literal(model),
        plan::changes(model),
        all.join(" AND ")
    )
}

/// Holds items that refer to a record refused or unknown in this run and not known there before.
pub fn hold(run: i64, wave: i64, model: &str, field: &str, target: &str, stored: bool) -> String {
    let spare = if stored {
        format!(
            " AND c.new.{} NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL)",
            ident(field),
            current(ALIAS, target)
        )
    } else {
        String::new()
    };
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, i.change, i.pass, i.record, i.model, i.key, i.kind, 'held', 'refers to ' || c.new.{f} || ' of {target}, which was not accepted', NULL, NULL \
         FROM deliver.item i JOIN {changes} c ON c.id = i.change WHERE i.wave = {wave} AND i.model = {model} AND i.batch IS NULL AND c.new.{f} IN \
         (SELECT key FROM {out} WHERE run = {run} AND model = {t} AND outcome IN ('rejected', 'unknown', 'held', 'not sent')){spare} ORDER BY i.change",
        out = table(ALIAS, "outcome"),
        f = ident(field),
        changes = plan::changes(model),
        model = literal(model),
        t = literal(target),
    )
}

/// Rejects items of which a field was cleared, on a platform that cannot be told so: what would be sent would leave the old
/// value there.
pub fn reject_cleared(run: i64, wave: i64, model: &str, columns: &[&Column]) -> String {
    let cleared: Vec<String> = columns
        .iter()
        .map(|c| {
            format!(
                "CASE WHEN c.old.{n} IS NOT NULL AND c.new.{n} IS NULL AND contains(',' || i.fieldset || ',', {within}) THEN {name} END",
                n = ident(&c.name),
                within = literal(&format!(",{},", c.name)),
                name = literal(&format!("`{}`", c.name)),
            )
        })
        .collect();
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, change, pass, record, {model}, key, kind, 'rejected', gone || ' was cleared (' || file || ', ' || place || \
         '), and the platform cannot be told so', basis, NULL FROM (SELECT i.*, array_to_string(list_filter([{cleared}], lambda x: x IS NOT NULL), ', ') AS gone, \
         coalesce(c.file, 'no file') AS file, coalesce(c.pos, CASE WHEN c.sheet IS NOT NULL THEN c.sheet || '!A' || c.line END, 'line ' || c.line, '') AS place \
         FROM deliver.item i JOIN {changes} c ON c.id = i.change WHERE i.wave = {wave} AND i.model = {model} AND i.batch IS NULL AND i.kind <> 'removed') \
         WHERE gone <> '' ORDER BY change, pass",
        out = table(ALIAS, "outcome"),
        model = literal(model),
        cleared = cleared.join(", "),
        changes = plan::changes(model),
    )
}

/// Takes out what was held, or refused before it was sent.
pub fn drop_held(run: i64) -> String {
    format!(
        "UPDATE deliver.item SET batch = 0 WHERE batch IS NULL AND change IN (SELECT change FROM {} WHERE run = {run} AND (outcome = 'held' \
         OR (outcome = 'rejected' AND batch = 0)))",
        table(ALIAS, "outcome")
    )
}

/// The batches of a wave: `batch, records`.
pub fn batches(wave: i64) -> String {
    format!(
        "SELECT batch, count(*) FROM deliver.item WHERE wave = {wave} AND batch > 0 GROUP BY 1 ORDER BY 1"
    )
}

/// How many sendings are still to come: those of no batch yet that were not dropped, second passes included.
pub fn count_coming() -> String {
    "SELECT count(*) FROM deliver.item WHERE batch IS NULL".to_owned()
}

/// Appends the members of a batch to the ledger.
pub fn members(run: i64, batch: i64) -> String {
    format!(
        "INSERT INTO {} SELECT {run}, {batch}, change, pass FROM deliver.item WHERE batch = {batch} ORDER BY change, pass",
        table(ALIAS, "member")
    )
}

/// Puts the members of a batch of an earlier process back: `deliver.item` rows with that batch.
pub fn recall(run: i64, batch: i64) -> String {
    format!(
        "UPDATE deliver.item SET batch = {batch} FROM {m} m WHERE m.run = {run} AND m.batch = {batch} AND deliver.item.change = m.change AND deliver.item.pass = m.pass",
        m = table(ALIAS, "member")
    )
}

/// The batches of a run that say with their intent which they are of a series: `batch, why, remote, outcomes`, in order.
pub fn series(run: i64) -> String {
    format!(
        "SELECT i.batch, i.why, (SELECT max(s.remote) FROM {b} s WHERE s.run = i.run AND s.batch = i.batch AND s.event = 'sent'), \
         (SELECT count(*) FROM {o} o WHERE o.run = i.run AND o.batch = i.batch) FROM {b} i WHERE i.run = {run} AND i.event = 'intent' \
         AND i.why IS NOT NULL ORDER BY i.batch",
        b = table(ALIAS, "batch"),
        o = table(ALIAS, "outcome"),
    )
}

/// The files of a batch: `model, fieldset` (of its records together; a field may stand there more than once).
pub fn files(batch: i64) -> String {
    format!(
        "SELECT model, string_agg(DISTINCT fieldset, ',' ORDER BY fieldset) FROM deliver.item WHERE batch = {batch} GROUP BY 1 ORDER BY 1"
    )
}

/// The record types of a batch: `model`.
pub fn models(batch: i64) -> String {
    format!("SELECT DISTINCT model FROM deliver.item WHERE batch = {batch} ORDER BY 1")
}

/// Splits a batch in two, in the order it was sent.
pub fn halve(batch: i64, first: i64, second: i64) -> String {
    format!(
        "UPDATE deliver.item SET batch = CASE WHEN h.n * 2 <= h.total THEN {first} ELSE {second} END FROM (SELECT change, pass, \
         row_number() OVER (ORDER BY model, depth, change) AS n, count(*) OVER () AS total FROM deliver.item WHERE batch = {batch}) h \
         WHERE deliver.item.batch = {batch} AND deliver.item.change = h.change AND deliver.item.pass = h.pass"
    )
}

/// Records of a batch: `count`.
pub fn size(batch: i64) -> String {
    format!("SELECT count(*) FROM deliver.item WHERE batch = {batch}")
}

/// The highest number of a batch that is planned.
pub fn last_planned() -> String {
    "SELECT coalesce(max(batch), 0) FROM deliver.item".to_owned()
}

/// Holds the rest of a model that is sent complete when a record of it is held.
pub fn hold_whole(run: i64, wave: i64, model: &str) -> String {
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, change, pass, record, model, key, kind, 'held', 'its record type is sent complete each time, and another \
         record of it is held', NULL, NULL FROM deliver.item WHERE wave = {wave} AND model = {model} AND batch IS NULL AND EXISTS (SELECT 1 FROM {out} WHERE \
         run = {run} AND model = {model} AND outcome = 'held') ORDER BY change",
        out = table(ALIAS, "outcome"),
        model = literal(model),
    )
}

/// `deliver.named`, emptied.
pub fn clear_named() -> String {
    "DELETE FROM deliver.named".to_owned()
}

/// The table of exceptions.
pub fn named() -> Table {
    Table::new("deliver", "named")
}

/// Appends the outcomes of a batch's file: those named, and the rest. What was not sent has none yet.
pub fn outcomes(run: i64, batch: i64, model: &str, rest: &str, message: &str) -> String {
    format!(
        "INSERT INTO {}({OUTCOME}) SELECT {run}, {batch}, i.change, i.pass, i.record, i.model, i.key, i.kind, coalesce(n.outcome, {}), \
         coalesce(n.message, nullif({}, '')), i.basis, n.remote FROM deliver.item i LEFT JOIN deliver.named n ON n.model = i.model AND n.key = i.key \
         WHERE i.batch = {batch} AND i.model = {} AND n.outcome IS DISTINCT FROM 'not sent' ORDER BY i.change",
        table(ALIAS, "outcome"),
        literal(rest),
        literal(message),
        literal(model)
    )
}

/// Outcomes of a batch: `count`.
pub fn count_outcomes(run: i64, batch: i64) -> String {
    format!("SELECT count(*) FROM {} WHERE run = {run} AND batch = {batch}", table(ALIAS, "outcome"))
}

/// Appends the outcomes of records that need no request: absent noted, rebaselined.
pub fn noted(run: i64, model: &str) -> String {
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, id, 0, record, {m}, key, kind, kind, NULL, NULL, NULL FROM {} WHERE kind IN ('absent', 'rebaselined', 'adopted') AND id NOT IN \
         (SELECT change FROM {out} WHERE run = {run}) ORDER BY id",
        plan::changes(model),
        out = table(ALIAS, "outcome"),
        m = literal(model)
    )
}

/// Appends «not sent» for the planned records of a model without outcome.
pub fn not_sent(run: i64, model: &str) -> String {
    format!(
        "INSERT INTO {out}({OUTCOME}) SELECT {run}, 0, id, 0, record, {m}, key, kind, 'not sent', NULL, NULL, NULL FROM {} WHERE id NOT IN \
         (SELECT change FROM {out} WHERE run = {run}) ORDER BY id",
        plan::changes(model),
        out = table(ALIAS, "outcome"),
        m = literal(model)
    )
}

/// How many planned records of a model have neither an outcome nor stand in a batch that is not over.
pub fn count_left(run: i64, model: &str) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE kind NOT IN ('absent', 'rebaselined', 'adopted') AND id NOT IN (SELECT change FROM {} WHERE run = {run}) AND id NOT \
         IN (SELECT m.change FROM {} m WHERE m.run = {run} AND m.batch NOT IN (SELECT batch FROM {} WHERE run = {run} AND event = 'over'))",
        plan::changes(model),
        table(ALIAS, "outcome"),
        table(ALIAS, "member"),
        table(ALIAS, "batch"),
    )
}

/// Records of a run whose baseline moved.
pub fn count_moved(run: i64) -> String {
    format!(
        "SELECT count(DISTINCT change) FROM {} WHERE run = {run} AND outcome IN ('accepted', 'inferred', 'adopted', 'rebaselined', 'absent')",
        table(ALIAS, "outcome")
    )
}

/// References of the plan that the state no longer meets: `model, key`.
pub fn unmet_references(model: &str, stored: bool) -> String {
    let met = if stored {
        format!(" AND key NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL)", current(ALIAS, model))
    } else {
        String::new()
    };
    format!("SELECT count(*) FROM plan.refs WHERE model = {}{met}", literal(model))
}
