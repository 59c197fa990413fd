//! What is true afterwards: the practice platform's tables and the state, read once no process holds them.

use crosswalk::db::{Db, Limits};
use crosswalk::plan::file;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

pub struct Store {
    db: Db,
    scratch: tempfile::TempDir,
}

/// The fields of a record that are not empty.
pub type Fields = BTreeMap<String, String>;

impl Store {
    /// Attaches what is in an environment's folder: `there` (the platform) and `state`.
    pub fn open(place: &Path) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let folders = vec![place.to_path_buf(), scratch.path().to_path_buf()];
        let db = Db::in_memory(&Limits { memory_mib: 500, threads: 1, spill: None, folders }).unwrap();
        for (file, name) in [("platform.duckdb", "there"), ("state.duckdb", "state")] {
            if place.join(file).exists() {
                db.attach(&place.join(file), name, true).unwrap();
            }
        }
        Self { db, scratch }
    }

    /// Record types that hold a record, with how many.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let tables = self.texts(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'there' AND starts_with(table_name, 'true_')",
        );
        tables
            .iter()
            .map(|t| {
                let model = t.trim_start_matches("true_").to_owned();
                (model, self.count(&format!("SELECT count(*) FROM there.main.\"{t}\"")))
            })
            .filter(|(_, n)| *n > 0)
            .collect()
    }

    /// The records of a type by key.
    pub fn records(&self, model: &str) -> BTreeMap<String, Fields> {
        let sql = format!("SELECT to_json(t)::VARCHAR FROM there.main.\"true_{model}\" t ORDER BY _key");
        let rows = self.texts(&sql);
        let fields = |text: &String| -> (String, Fields) {
            let Value::Object(all) = serde_json::from_str(text).unwrap() else { panic!("{text}") };
            let key = all.get("_key").and_then(Value::as_str).unwrap().to_owned();
            let shown = all.into_iter().filter(|(name, _)| !name.starts_with('_'));
            (key, shown.filter_map(|(n, v)| Some((n, v.as_str()?.to_owned()))).collect())
        };
        let all: BTreeMap<String, Fields> = rows.iter().map(fields).collect();
        assert_eq!(all.len(), rows.len(), "{model} holds a key twice");
        all
    }

    /// One record.
    #[track_caller]
    pub fn record(&self, model: &str, key: &str) -> Fields {
        self.records(model).remove(key).unwrap_or_else(|| panic!("{model} has no {key}"))
    }

    /// The sum of a field.
    pub fn sum(&self, model: &str, field: &str) -> String {
        let sql = format!(
            "SELECT coalesce(sum({field}::DECIMAL(18,2)), 0)::VARCHAR FROM there.main.\"true_{model}\""
        );
        self.texts(&sql).remove(0)
    }

    /// Uploads taken, and what was done with single records in them.
    pub fn traffic(&self) -> (u64, u64) {
        (
            self.count("SELECT count(*) FROM there.main.upload"),
            self.count("SELECT count(*) FROM there.main.history"),
        )
    }

    /// Faults that the platform played.
    pub fn played(&self) -> std::collections::BTreeMap<String, u64> {
        let modes = self.texts("SELECT DISTINCT mode FROM there.main.played");
        let times = |mode: &String| {
            self.count(&format!("SELECT count(*) FROM there.main.played WHERE mode = '{mode}'"))
        };
        modes.iter().map(|mode| (mode.clone(), times(mode))).collect()
    }

    /// How many keys the platform has refused.
    pub fn refused(&self) -> u64 {
        self.count("SELECT count(*) FROM there.main.problem WHERE kind = 'error'")
    }

    /// Keys inserted more than once, refused or skipped: none should be.
    pub fn mishaps(&self) -> Vec<String> {
        self.texts(
            "SELECT concat_ws(' ', model, key, action, count(*)) FROM there.main.history \
             WHERE action IN ('insert', 'error', 'skip') GROUP BY model, key, action \
             HAVING count(*) > 1 OR action <> 'insert' ORDER BY ALL",
        )
    }

    /// Keys that were inserted more than once.
    pub fn doubles(&self) -> Vec<String> {
        self.texts(
            "SELECT concat_ws(' ', model, key, 'inserted', count(*)) FROM there.main.history WHERE action = 'insert' \
             GROUP BY model, key HAVING count(*) > 1 ORDER BY ALL",
        )
    }

    /// Where the ledger is not honest: keys called accepted that are not there, and keys that are there of which it says
    /// that they were refused, held, not sent, or nothing at all. (When an upload whose answer was lost is sent again and the
    /// platform now refuses what it took then, its last word is what the ledger has, and the next plan sends the record again.)
    pub fn ledger_faults(&self) -> Vec<String> {
        if self.count("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'state'") == 0 {
            return Vec::new();
        }
        let models = self.counts();
        let mut there: Vec<String> = models
            .keys()
            .map(|m| format!("SELECT '{m}' AS model, _key AS key FROM there.main.\"true_{m}\""))
            .collect();
        there.push("SELECT '' AS model, '' AS key WHERE FALSE".to_owned());
        self.texts(&format!(
            "WITH t AS ({}), o AS (SELECT model, key, arg_max(outcome, run * 10 + pass) AS outcome, \
             bool_or(outcome IN ('accepted', 'inferred')) AS ever, bool_or(outcome = 'unknown') AS doubt FROM state.main.outcome GROUP BY 1, 2), \
             b AS (SELECT DISTINCT m.change FROM state.main.member m JOIN state.main.batch i ON i.run = m.run AND i.batch = m.batch WHERE \
             (i.run, i.batch) NOT IN (SELECT (run, batch) FROM state.main.batch WHERE event = 'over')), \
             h AS (SELECT model, key, arg_max(action, upload) AS last FROM there.main.history GROUP BY 1, 2) \
             SELECT concat_ws(' ', coalesce(o.model, t.model), coalesce(o.key, t.key), 'outcome', coalesce(o.outcome, 'none'), \
             CASE WHEN t.key IS NULL THEN 'but not there' ELSE 'but there' END) FROM o FULL JOIN t ON t.model = o.model AND t.key = o.key \
             LEFT JOIN h ON h.model = o.model AND h.key = o.key WHERE (t.key IS NULL AND o.outcome IN ('accepted', 'inferred')) OR \
             (o.key IS NULL AND (SELECT count(*) FROM b) = 0) OR (t.key IS NOT NULL AND NOT o.ever AND NOT o.doubt AND \
             NOT (o.outcome = 'rejected' AND coalesce(h.last, '') = 'error') AND (SELECT count(*) FROM b) = 0) ORDER BY ALL",
            there.join(" UNION ALL ")
        ))
    }

    /// Where the platform's tables differ from a plan that found nothing there: every key and every field, both ways.
    /// The true tables hold text; it is read by the plan's types.
    pub fn differences(&self, plan: &Path) -> Vec<String> {
        let head = file::open(&self.db, plan, self.scratch.path()).unwrap().head;
        let mut found = Vec::new();
        for model in &head.models {
            let truth = format!("there.main.\"true_{}\"", model.model);
            let typed = model.columns.iter().map(|c| {
                format!("('{0}', p.new.\"{0}\" IS DISTINCT FROM CAST(t.\"{0}\" AS {1}), p.new.\"{0}\"::VARCHAR, t.\"{0}\")", c.name, c.sql_type)
            });
            let sql = format!(
                "SELECT concat_ws(' ', '{0}', coalesce(p.key, t._key), v.field, 'planned', coalesce(v.planned, 'nothing'), \
                 'there', coalesce(v.there, 'nothing')) FROM plan.\"changes {0}\" p FULL JOIN {truth} t ON t._key = p.key, \
                 LATERAL (VALUES {1}) v(field, differs, planned, there) \
                 WHERE p.key IS NULL OR t._key IS NULL OR v.differs ORDER BY ALL",
                model.model,
                typed.collect::<Vec<_>>().join(", ")
            );
            found.extend(self.texts(&sql));
            found.extend(self.strangers(model));
        }
        found
    }

    /// Values in fields that are not in the plan.
    fn strangers(&self, model: &crosswalk::plan::ModelHead) -> Vec<String> {
        let ours: Vec<&str> = model.columns.iter().map(|c| c.name.as_str()).collect();
        let stranger = |(key, fields): (String, Fields)| {
            fields
                .into_keys()
                .filter(|f| !ours.contains(&f.as_str()))
                .map(|f| format!("{} {key} {f} is there and not in the plan", model.model))
                .collect::<Vec<_>>()
        };
        self.records(&model.model).into_iter().flat_map(stranger).collect()
    }

    /// Keys in the state that the platform does not hold, and the reverse.
    pub fn strays(&self) -> Vec<String> {
        let models = self.counts();
        let stray = |model: &String| {
            self.texts(&format!(
                "SELECT concat_ws(' ', '{model}', coalesce(s._key, t._key)) FROM state.main.\"current_{model}\" s \
                 FULL JOIN there.main.\"true_{model}\" t ON t._key = s._key WHERE s._key IS NULL OR t._key IS NULL"
            ))
        };
        models.keys().flat_map(stray).collect()
    }

    /// Runs in the state, and those of them that have ended.
    pub fn runs(&self) -> (u64, u64) {
        let ended = "SELECT count(*) FROM state.main.run WHERE event = ";
        (self.count(&format!("{ended}'start'")), self.count(&format!("{ended}'end'")))
    }

    fn count(&self, sql: &str) -> u64 {
        self.db.count(sql).unwrap()
    }

    pub fn texts(&self, sql: &str) -> Vec<String> {
        self.db.rows(sql, [], |row| row.get(0)).unwrap()
    }
}
