//! An upload as the platform tells of it: by the pointers and patterns of the platform file.

use super::reply::put;
use crate::diagnostic::Result;
use crate::rehearsal::Options;
use crate::rehearsal::store::{Counts, Problem, Store, Upload};
use crate::spec::platform::{Platform, around_star};
use serde_json::{Map, Value, json};

/// What the counts of the platform file are, in its order, when it has none.
const COUNTS: [&str; 4] = ["insertCount", "updateCount", "skipCount", "errorCount"];

/// The answer, with details only when asked for and only after the end.
pub(super) fn of(
    store: &Store,
    upload: &Upload,
    details: bool,
    platform: &Platform,
    options: &Options,
) -> Result<Value> {
    let mut answer = json!({
        "operationTypeName": "Read",
        "operationType": 0,
        "runFullSync": false,
        "failureCount": upload.failures,
        "created": upload.created,
        "modified": upload.modified,
        "currentBatch": 1,
        "totalBatches": 1,
    });
    put(&mut answer, &platform.transport.id, json!(upload.id));
    put(&mut answer, &platform.transport.state, json!(upload.state));
    if let Some(message) = &upload.message {
        put(&mut answer, "/processResultMessage", json!(message));
    }
    let ended = platform.answer.final_states.contains(&upload.state);
    if let (true, true, None, Some((before, _))) =
        (details, ended, &upload.message, around_star(&platform.answer.errors))
    {
        let problems = store.problems(upload.n)?;
        let mut entities = Map::new();
        for counts in store.results(upload.n)? {
            let name = spelling(&counts.model, platform, options);
            entities.insert(name, entity(&counts, &problems, platform));
        }
        put(&mut answer, before, Value::Object(entities));
    }
    Ok(answer)
}

fn spelling(model: &str, platform: &Platform, options: &Options) -> String {
    let names = platform.model(model).map(|m| m.answers.as_slice()).unwrap_or_default();
    names.get(options.spelling).or_else(|| names.first()).cloned().unwrap_or_else(|| model.to_owned())
}

fn entity(counts: &Counts, problems: &[Problem], platform: &Platform) -> Value {
    let mut value = Value::Object(Map::new());
    let errors = around_star(&platform.answer.errors).map_or("/errors", |(_, after)| after);
    let skips = around_star(&platform.answer.skips).map_or("/skips", |(_, after)| after);
    let beside = errors.rsplit_once('/').map_or("", |(parent, _)| parent);
    let [inserted, updated, skipped, failed, deleted] = counts.counts;
    for (n, count) in [inserted, updated, skipped, failed].into_iter().enumerate() {
        let name =
            platform.answer.counts.get(n).map(String::as_str).or(COUNTS.get(n).copied()).unwrap_or_default();
        put(&mut value, &format!("{beside}/{name}"), json!(count));
    }
    put(&mut value, &format!("{beside}/deleteCount"), json!(deleted));
    for (pointer, error) in [(errors, true), (skips, false)] {
        let mut list = Map::new();
        for problem in problems.iter().filter(|p| p.model == counts.model && p.error == error) {
            list.insert(problem.key.clone(), json!(problem.messages));
        }
        if !list.is_empty() {
            put(&mut value, pointer, Value::Object(list));
        }
    }
    value
}
