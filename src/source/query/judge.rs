//! What a statement may do, judged over DuckDB's own tree of it: one SELECT over the relations it was given, whose result
//! depends on nothing else.

use super::mistake::{Mistake, is_relation};
use super::{Input, origin};
use crate::db::Db;
use crate::diagnostic::{Code, did_you_mean};
use crate::sql::query::{self, Written};
use serde_json::Value;
use std::collections::BTreeSet;

/// Table functions that only make rows of their arguments.
const TABLE_FUNCTIONS: [&str; 3] = ["unnest", "range", "generate_series"];

/// Functions whose result depends on more than their arguments, or that do something: DuckDB 2.0's volatile ones and those
/// that ask for the clock, the session or its settings (`duckdb_functions()`, stability). Names of whole families below.
const FUNCTIONS: [&str; 44] = [
    "age",
    "ago",
    "create_sort_key",
    "currval",
    "error",
    "gen_random_uuid",
    "get_block_size",
    "get_current_time",
    "get_current_timestamp",
    "getenv",
    "getvariable",
    "in_search_path",
    "json_execute_serialized_sql",
    "json_serialize_sql",
    "json_deserialize_sql",
    "json_serialize_plan",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "obj_description",
    "shobj_description",
    "col_description",
    "format_type",
    "random",
    "reservoir_quantile",
    "session_user",
    "setseed",
    "setval",
    "sleep_ms",
    "sql_auto_complete",
    "stats",
    "today",
    "transaction_timestamp",
    "txid_current",
    "user",
    "uuid",
    "uuidv4",
    "uuidv7",
    "vector_type",
    "version",
    "write_log",
    "write_blob",
    "read_text",
];
const FAMILIES: [&str; 7] = ["current_", "duckdb_", "has_", "inet_", "pg_", "read_", "pragma_"];

/// What is known of a statement that may run.
pub(super) struct Judged {
    /// Whether it says its own order.
    pub ordered: bool,
    /// Its words, when it reads no column without naming it.
    pub words: Option<BTreeSet<String>>,
}

/// Judges a statement.
pub(super) fn judge(db: &Db, written: &Written, inputs: &[Input]) -> Result<Judged, Vec<Mistake>> {
    let text = db.one(&query::tree(&written.sql), [], |row| row.get::<_, String>(0));
    let text = text.map_err(|e| vec![Mistake::ours(&e)])?;
    let tree: Value = serde_json::from_str(&text).unwrap_or_default();
    let node = only(&tree, &text, written, inputs)?;
    let mut judge = Judge { written, inputs, names: BTreeSet::new(), found: Vec::new() };
    judge.common(node);
    judge.walk(node);
    let ordered =
        node["modifiers"].as_array().is_some_and(|m| m.iter().any(|m| m["type"] == "ORDER_MODIFIER"));
    if judge.found.is_empty() {
        Ok(Judged { ordered, words: super::named::words(node) })
    } else {
        Err(judge.found)
    }
}

/// The one statement.
fn only<'a>(
    tree: &'a Value,
    text: &str,
    written: &Written,
    inputs: &[Input],
) -> Result<&'a Value, Vec<Mistake>> {
    const ONE: &str =
        "A source is made by exactly one SELECT; it cannot change, attach, copy or set anything.";
    if tree["error"] == true {
        if tree["error_type"] == "parser" {
            return Err(vec![Mistake::of(super::mistake::told(text), written, inputs)]);
        }
        return Err(vec![Mistake::whole(Code::QUERY_REFUSED, "this is not a SELECT", ONE)]);
    }
    match tree["statements"].as_array().map(Vec::as_slice) {
        Some([one]) => Ok(&one["node"]),
        Some([]) | None => Err(vec![Mistake::whole(Code::BAD_QUERY, "there is no statement here", ONE)]),
        Some(many) => {
            let message = format!("there are {} statements here where one is expected", many.len());
            Err(vec![Mistake::whole(Code::QUERY_REFUSED, message, ONE)])
        }
    }
}

struct Judge<'a> {
    written: &'a Written,
    inputs: &'a [Input],
    /// Names given by WITH.
    names: BTreeSet<String>,
    found: Vec<Mistake>,
}

impl Judge<'_> {
    /// Collects the names that WITH gives.
    fn common(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let map = fields.get("cte_map").and_then(|m| m["map"].as_array());
                let keys = map.into_iter().flatten().filter_map(|e| e["key"].as_str());
                self.names.extend(keys.map(str::to_lowercase));
                fields.values().for_each(|v| self.common(v));
            }
            Value::Array(items) => items.iter().for_each(|v| self.common(v)),
            _ => {}
        }
    }

    fn walk(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                self.node(value);
                // The function of a table function has been judged with it, its arguments have not.
                let own = value["type"] == "TABLE_FUNCTION";
                fields
                    .iter()
                    .for_each(|(k, v)| self.walk(if own && k == "function" { &v["arguments"] } else { v }));
            }
            Value::Array(items) => items.iter().for_each(|v| self.walk(v)),
            _ => {}
        }
    }

    fn node(&mut self, node: &Value) {
        let text = |key: &str| node[key].as_str().unwrap_or_default();
        match (text("class"), text("type")) {
            ("", "BASE_TABLE") => self.table(node),
            ("", "TABLE_FUNCTION") => {
                let name = node["function"]["function_name"].as_str().unwrap_or_default().to_lowercase();
                if !TABLE_FUNCTIONS.contains(&name.as_str()) {
                    let help = "It reads sources alone, named like {items}.";
                    self.refuse(node, format!("{name}(…) is not possible in the sql of a source"), help);
                }
            }
            ("", "SHOW_REF") => {
                self.refuse(node, "DESCRIBE, SHOW and SUMMARIZE are no rows of a source", "Write a SELECT.");
            }
            ("FUNCTION" | "WINDOW", _) => self.function(node, text("function_name")),
            ("COLUMN_REF", _) => {
                let names = node["column_names"].as_array().map(Vec::as_slice).unwrap_or_default();
                if let [one] = names {
                    self.bare(node, one.as_str().unwrap_or_default());
                }
            }
            ("PARAMETER", _) => {
                let help = "Write the value itself, or put it into a source.";
                self.refuse(node, "there are no parameters here", help);
            }
            _ => {}
        }
        if node.get("sample").is_some_and(|s| !s.is_null()) {
            let help = "The same input must give the same rows: choose them by a condition.";
            self.refuse(node, "a sample differs from run to run", help);
        }
    }

    fn table(&mut self, node: &Value) {
        let name = node["table_name"].as_str().unwrap_or_default();
        let plain =
            ["schema_name", "catalog_name"].iter().all(|k| node[*k].as_str().is_none_or(str::is_empty));
        if plain && (is_relation(name, self.inputs) || self.names.contains(&name.to_lowercase())) {
            return;
        }
        let sources: Vec<String> = self.inputs.iter().map(|i| query::relation(&i.source)).collect();
        // Only sources in braces are known here, so a bare name may well be one.
        let help = did_you_mean(&query::relation(name), sources.iter().map(String::as_str))
            .unwrap_or_else(|| format!("Sources stand in curly braces: write {{{name}}} if it is one."));
        self.refuse(node, format!("\"{name}\" is no source"), &help);
    }

    fn function(&mut self, node: &Value, name: &str) {
        let name = name.to_lowercase();
        let one_argument = node["arguments"].as_array().is_some_and(|a| a.len() == 1);
        if name == "age" && !one_argument {
            return;
        }
        if FUNCTIONS.contains(&name.as_str()) || FAMILIES.iter().any(|f| name.starts_with(f)) {
            let help = "The same input must give the same rows, and nothing but the sources is read. The run's date is \
                        `run.date`, in the expressions of the mapping.";
            self.refuse(node, format!("{name}(…) is not possible in the sql of a source"), help);
        }
    }

    /// `current_date` and the like need no brackets; a column of that name is a column.
    fn bare(&mut self, node: &Value, name: &str) {
        let lower = name.to_lowercase();
        let column = self.inputs.iter().flat_map(|i| &i.columns).any(|c| c.eq_ignore_ascii_case(name));
        let special = lower.starts_with("current_")
            || ["user", "session_user", "localtime", "localtimestamp"].contains(&lower.as_str());
        if special && !column {
            self.function(node, &lower);
        }
    }

    fn refuse(&mut self, node: &Value, message: impl Into<String>, help: &str) {
        let number = |key: &str| node[key].as_u64().and_then(|n| usize::try_from(n).ok());
        let position = number("query_location").filter(|n| *n < self.written.sql.len());
        let length = number("query_location_length").unwrap_or(1);
        let at = position.map_or(0..0, |p| origin(self.written, p, length));
        let (code, message) = (Code::QUERY_REFUSED, message.into());
        self.found.push(Mistake { code, at, message, help: Some(help.to_owned()) });
    }
}
