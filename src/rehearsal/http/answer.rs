//! An upload as the platform tells of it: by the pointers and patterns of the platform file.

use super::reply::put;
use super::told;
use crate::diagnostic::Result;
use crate::rehearsal::Options;
use crate::rehearsal::store::{Counts, Problem, Store, Taken};
use crate::spec::platform::{Platform, around_star};
use serde_json::{Map, Value, json};

/// What the counts of the platform file are, in its order, when it has none.
const COUNTS: [&str; 4] = ["insertCount", "updateCount", "skipCount", "errorCount"];

/// Members that have no value here.
const EMPTY: [&str; 8] = [
    "groupKey",
    "processResultMessage",
    "appEnrollmentId",
    "modifiedUserId",
    "details",
    "parentSyncRequestId",
    "traceParent",
    "operationTypeName",
];

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    /// The outcomes too; they are there only after the end.
    pub(super) details: bool,
    /// It has just been made: its times have another form than when read back (facts 1.8).
    pub(super) fresh: bool,
}

/// The answer.
pub(super) fn of(
    store: &Store,
    taken: &Taken,
    ask: Ask,
    platform: &Platform,
    options: &Options,
) -> Result<Value> {
    let (upload, about) = (&taken.upload, &taken.about);
    let short = options.short_times && !ask.fresh;
    let time = |text: &str| if short { text.get(..22).unwrap_or(text).to_owned() } else { text.to_owned() };
    let mut answer = json!({
        "operationTypeName": "Read",
        "operationType": 0,
        "runFullSync": about.full,
        "failureCount": upload.failures,
        "created": time(&upload.created),
        "modified": time(&upload.modified),
        "currentBatch": about.batch,
        "totalBatches": about.total,
    });
    put(&mut answer, &platform.transport.id, json!(upload.id));
    put(&mut answer, &platform.transport.state, json!(upload.state));
    let texts = [
        ("/processResultMessage", &upload.message),
        ("/appEnrollmentId", &about.app),
        ("/parentSyncRequestId", &about.parent),
    ];
    for (pointer, text) in texts {
        if let Some(text) = text {
            put(&mut answer, pointer, json!(text));
        }
    }
    let ended = platform.answer.final_states.contains(&upload.state);
    if ask.details && ended && upload.message.is_none() {
        details(&mut answer, store, taken, platform, options)?;
    }
    if let (true, Some(members)) = (options.nulls, answer.as_object_mut()) {
        for name in EMPTY {
            members.entry(name).or_insert(Value::Null);
        }
    }
    Ok(answer)
}

fn details(
    answer: &mut Value,
    store: &Store,
    taken: &Taken,
    platform: &Platform,
    options: &Options,
) -> Result<()> {
    let Some((before, _)) = around_star(&platform.answer.errors) else { return Ok(()) };
    let (mut results, mut problems) = (store.results(taken.upload.n)?, store.problems(taken.upload.n)?);
    told::distort(taken.mark.told, &mut results, &mut problems);
    let mut entities = Map::new();
    for counts in results {
        let name = spelling(&counts.model, platform, options);
        entities.insert(name, entity(&counts, &problems, platform));
    }
    put(answer, before, Value::Object(entities));
    Ok(())
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
