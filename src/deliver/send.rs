//! Waves and batches: intent, upload, end, outcomes. Each step is committed before the next begins.

use super::batch::{self, Ready};
use super::{Delivery, items};
use crate::db::{ColumnKind, TableShape};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::platform::judge::{Rest, Verdict, judge};
use crate::platform::{Answer, Polled, Sent};
use crate::sql::deliver;
use crate::sql::state::{self, BatchEvent};

/// Why sending ended before its end, if it did.
pub(super) type Stopped = Option<String>;

/// Sends all waves. Gives why it stopped, when it did.
pub(super) fn waves(d: &Delivery<'_>) -> Result<Stopped> {
    let total = d.db.count(&deliver::count_items())?;
    let mut done = 0;
    for wave in d.db.rows(&deliver::waves(), [], |row| row.get::<_, i64>(0))? {
        hold(d, wave)?;
        let last = d.db.count(&state::last_batch(d.run))?;
        let limits = &d.platform.transport;
        let last = i64::try_from(last).unwrap_or(0);
        let whole: Vec<&str> =
            d.platform.models.iter().filter(|m| m.whole).map(|m| m.name.as_str()).collect();
        let (records, bytes) = (limits.records_max.max(1), limits.bytes_max.max(1));
        d.db.run(&deliver::assign(wave, last, records, bytes, &whole))?;
        let batches =
            d.db.rows(&deliver::batches(wave), [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        for (batch, records) in batches {
            if d.env.cancel.asked() {
                return Ok(Some("stopped by the user".to_owned()));
            }
            if let Some(why) = one(d, batch, records)? {
                return Ok(Some(why));
            }
            done += u64::try_from(records).unwrap_or(0);
            (d.progress)(done.min(total), total);
        }
    }
    Ok(None)
}

/// Records that refer to one that was not accepted are held; second passes without a target are not sent.
fn hold(d: &Delivery<'_>, wave: i64) -> Result<()> {
    d.db.run(&deliver::drop_second(d.run, wave))?;
    for head in &d.head.models {
        let Some(model) = d.model(&head.model) else { continue };
        let columns = d.columns(&head.model);
        let ours = |field: &str| columns.iter().any(|c| c.name == field);
        for field in model.fields.iter().filter(|f| ours(&f.name)) {
            let Some(refers) = field.refers.as_ref().filter(|r| !r.later) else { continue };
            let stored = d.stored(&refers.model)?;
            d.commit(&deliver::hold(d.run, wave, &model.name, &field.name, &refers.model, stored))?;
            d.db.run(&deliver::drop_held(d.run))?;
        }
        if model.whole {
            d.commit(&deliver::hold_whole(d.run, wave, &model.name))?;
            d.db.run(&deliver::drop_held(d.run))?;
        }
        let later = items::later_of(d, model, &columns)?;
        if !later.is_empty() {
            d.db.run(&deliver::drop_targetless(d.run, wave, &model.name, &later))?;
        }
    }
    Ok(())
}

/// One batch from intent to outcomes; gives why the run must stop, if it must.
fn one(d: &Delivery<'_>, number: i64, records: i64) -> Result<Stopped> {
    let ready = Ready::make(d, number, records)?;
    d.db.transaction(|| {
        d.db.run(&event(d, number, "intent", &ready.digest, records, "", ""))?;
        d.db.run(&deliver::members(d.run, number))
    })?;
    there(d, number, "intent")?;
    upload(d, &ready)
}

/// Uploads and follows to the end.
fn upload(d: &Delivery<'_>, ready: &Ready) -> Result<Stopped> {
    let (number, records, digest) = (ready.number, ready.records, ready.digest.as_str());
    match d.transport.send(&ready.batch(d)) {
        Sent::Accepted { id } => {
            d.commit(&event(d, number, "sent", digest, records, &id, ""))?;
            there(d, number, "sent")?;
            follow(d, number, records, digest, &id)
        }
        Sent::Answered { answer } => {
            verdicts(d, number, records, digest, "", &answer)?;
            Ok(None)
        }
        // Only these speak of what was sent; the others (401, 403, 404, 413, a redirect …) of the way it was sent.
        Sent::Refused { status: status @ (400 | 409 | 422), text } => {
            all(d, number, records, digest, "rejected", &format!("refused with {status}: {text}"))?;
            Ok(None)
        }
        Sent::Refused { status, text } => {
            all(d, number, records, digest, "not sent", &format!("refused with {status}"))?;
            Ok(Some(format!("the platform refused the upload with {status}: {text}")))
        }
        Sent::Transient { why, .. } => {
            all(d, number, records, digest, "not sent", &why)?;
            Ok(Some(format!("the platform takes nothing at the moment: {why}")))
        }
        Sent::Lost { why } => {
            // The batch stays open: settling it is the next thing anybody does.
            match super::settle::lost(d, ready, &why)? {
                true => Ok(None),
                false => Ok(Some(format!("the answer to an upload was lost: {why}"))),
            }
        }
    }
}

/// Polls an upload to its end and records the outcomes.
pub(super) fn follow(d: &Delivery<'_>, number: i64, records: i64, digest: &str, id: &str) -> Result<Stopped> {
    match d.transport.poll(id, &d.env.cancel) {
        Polled::Final(answer) => {
            verdicts(d, number, records, digest, id, &answer)?;
            Ok(None)
        }
        Polled::StillRunning => {
            Ok(Some(format!("upload {id} has not ended in time; it is settled by the next run")))
        }
        Polled::Gone => {
            all(d, number, records, digest, "unknown", &format!("the platform no longer knows upload {id}"))?;
            Ok(None)
        }
        Polled::Lost { why } => {
            Ok(Some(format!("upload {id} could not be followed: {why}; it is settled by the next run")))
        }
    }
}

/// Records what an answer proves.
pub(super) fn verdicts(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    digest: &str,
    id: &str,
    answer: &Answer,
) -> Result<()> {
    let sent = batch::keys(d, number)?;
    let verdicts = judge(answer, &sent, &d.platform.answer);
    d.db.run(&deliver::clear_named())?;
    name(d, &verdicts)?;
    d.db.transaction(|| {
        for v in &verdicts {
            let (rest, message) = match &v.rest {
                Rest::Accepted => ("inferred", ""),
                Rest::Unknown(why) => ("unknown", why.as_str()),
            };
            d.db.run(&deliver::outcomes(d.run, number, &v.model, rest, message))?;
        }
        d.db.run(&event(d, number, "over", digest, records, id, &answer.state))
    })?;
    there(d, number, "over")?;
    let written = d.db.count(&deliver::count_outcomes(d.run, number))?;
    if i64::try_from(written) == Ok(records) {
        return Ok(());
    }
    let message = format!("batch {number}: {records} records were sent and {written} outcomes written");
    Diagnostic::error(Code::STATE_DAMAGED, message).alone()
}

/// Fills `deliver.named` with what the platform said of single records.
fn name(d: &Delivery<'_>, verdicts: &[Verdict]) -> Result<()> {
    let table = deliver::named();
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let shape = TableShape {
        schema: table.schema,
        name: table.name,
        columns: vec![text("model"), text("key"), text("outcome"), text("message"), text("remote")],
    };
    d.db.load(&[shape], |sinks| {
        let rows = sinks.table(0);
        for v in verdicts {
            let rejected = v.rejected.iter().map(|n| ("rejected", n));
            let skipped = v.skipped.iter().map(|n| ("accepted", n));
            let unknown = v.unknown.iter().chain(&v.said).map(|n| ("unknown", n));
            let unsent = v.unsent.iter().map(|n| ("not sent", n));
            let taken: Vec<_> = v.accepted.iter().map(|t| (t.key.clone(), Vec::new())).collect();
            let taken = taken.iter().map(|n| ("accepted", n));
            for (outcome, (key, messages)) in
                rejected.chain(skipped).chain(unknown).chain(unsent).chain(taken)
            {
                rows.text(0, &v.model);
                rows.text(1, key);
                rows.text(2, outcome);
                rows.text(3, &messages.join("; "));
                rows.end_row()?;
            }
        }
        Ok(())
    })
}

/// One outcome for all records of a batch.
pub(super) fn all(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    digest: &str,
    outcome: &str,
    why: &str,
) -> Result<()> {
    d.db.run(&deliver::clear_named())?;
    let models: Vec<String> = batch::keys(d, number)?.into_iter().map(|(m, _)| m).collect();
    d.db.transaction(|| {
        for model in &models {
            d.db.run(&deliver::outcomes(d.run, number, model, outcome, why))?;
        }
        d.db.run(&event(d, number, "over", digest, records, "", why))
    })?;
    there(d, number, "over")
}

fn event(
    d: &Delivery<'_>,
    batch: i64,
    event: &str,
    digest: &str,
    records: i64,
    remote: &str,
    why: &str,
) -> String {
    let at = d.now();
    state::batch_event(&BatchEvent { run: d.run, batch, event, at: &at, digest, records, remote, why })
}

/// Reads one row back after a commit: DuckDB answers Ok to a commit that has rolled back (dependencies 0.4).
fn there(d: &Delivery<'_>, batch: i64, event: &str) -> Result<()> {
    if d.db.count(&state::batch_event_there(d.run, batch, event))? > 0 {
        return Ok(());
    }
    let message = format!("the {event} of batch {batch} was committed and is not there");
    Diagnostic::error(Code::STATE_DAMAGED, message).alone()
}
