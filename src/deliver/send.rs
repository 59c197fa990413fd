//! Waves and batches: intent, upload, end. Each step is committed before the next begins; what came of it is written by
//! [`super::outcome`].

use super::batch::Ready;
use super::bisect::{self, Tries};
use super::breaker::Breaker;
use super::outcome::{all, event, there, verdicts};
use super::series::{self, Place};
use super::{Delivery, flight, items, ledger};
use crate::diagnostic::Result;
use crate::platform::{LONGEST_REST, Polled, Sent};
use crate::spec::platform::{BodyFormat, Clear};
use crate::sql::deliver;
use crate::sql::state;

/// Why sending ended before its end, in words, if it did. The run stays open: the next call sends what is left, as it was
/// approved.
pub(super) type Stopped = Option<String>;

/// What is said when the user asked to stop.
pub(super) const BY_THE_USER: &str = "stopped by the user";

/// What sending remembers from batch to batch.
#[derive(Default)]
pub(super) struct Sending {
    breaker: Breaker,
}

impl Sending {
    /// The platform answered.
    pub(super) fn reached(&mut self) {
        self.breaker.reached();
    }
}

/// Sends all waves. Gives why it stopped, when it did.
pub(super) fn waves(d: &Delivery<'_>) -> Result<Stopped> {
    let (mut done, mut sending) = (0, Sending::default());
    for wave in d.db.rows(&deliver::waves(), [], |row| row.get::<_, i64>(0))? {
        hold(d, wave)?;
        // Anew for each wave: what is held now is not sent.
        let total = done + d.db.count(&deliver::count_coming())?;
        let batches = assign(d, wave)?;
        let mut told = |records: i64| {
            done += u64::try_from(records).unwrap_or(0);
            (d.progress)(done.min(total), total);
        };
        // A series is tied together by the id of its first upload, so they go one by one.
        let stop = if d.platform.transport.parallel > 1 && d.platform.transport.series.is_none() {
            flight::fly(d, &batches, &mut sending, &mut told)?
        } else {
            in_turn(d, wave, &batches, &mut sending, &mut told)?
        };
        if stop.is_some() {
            return Ok(stop);
        }
        // What refers to these records must not go before them.
        if let Some(why) = sending.breaker.left_behind() {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Sends the batches of a wave one after the other.
fn in_turn(
    d: &Delivery<'_>,
    wave: i64,
    batches: &[(i64, i64)],
    sending: &mut Sending,
    told: &mut dyn FnMut(i64),
) -> Result<Stopped> {
    let mut places = series::places(d, wave, batches.len())?.into_iter();
    for (batch, records) in batches {
        if d.env.cancel.asked() {
            return Ok(Some(BY_THE_USER.to_owned()));
        }
        let place = places.next();
        let in_series = place.is_some();
        if let Some(stop) = one(d, *batch, *records, place, sending)? {
            return Ok(Some(stop));
        }
        told(*records);
        // Those after the first say its id: it goes before them.
        if let (true, Some(why)) = (in_series, sending.breaker.left_behind())
            && series::parent(d, wave)?.is_none()
        {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Puts the items of a wave into batches: number and records.
fn assign(d: &Delivery<'_>, wave: i64) -> Result<Vec<(i64, i64)>> {
    let last = i64::try_from(d.db.count(&state::last_batch(d.run))?).unwrap_or(0);
    let limits = &d.platform.transport;
    let whole: Vec<&str> = d.platform.models.iter().filter(|m| m.whole).map(|m| m.name.as_str()).collect();
    let (records, bytes) = (limits.records_max.max(1), limits.bytes_max.max(1));
    let mixed = limits.format == BodyFormat::Jsonl;
    d.db.run(&deliver::assign(wave, last, records, bytes, &whole, mixed))?;
    d.db.rows(&deliver::batches(wave), [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
}

/// Records that refer to one that was not accepted are held; second passes without a target are not sent; what the platform
/// cannot be told is refused.
fn hold(d: &Delivery<'_>, wave: i64) -> Result<()> {
    d.db.run(&deliver::drop_second(d.run, wave))?;
    for head in &d.head.models {
        let Some(model) = d.model(&head.model) else { continue };
        let columns = d.columns(&head.model);
        if d.platform.transport.clear == Clear::Impossible {
            let columns: Vec<_> = columns.iter().collect();
            d.commit(&deliver::reject_cleared(d.run, wave, &model.name, &columns))?;
            d.db.run(&deliver::drop_held(d.run))?;
        }
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
fn one(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    place: Option<Place>,
    sending: &mut Sending,
) -> Result<Stopped> {
    let ready = intent(d, number, records, place)?;
    let stop = upload(d, &ready, sending, &mut Tries::of(records));
    ledger::requests(d, number)?;
    stop
}

/// Commits that a batch is about to be sent, and its place.
pub(super) fn intent(d: &Delivery<'_>, number: i64, records: i64, place: Option<Place>) -> Result<Ready> {
    let mut ready = Ready::make(d, number, records)?;
    ready.place = place.map(|p| p.with_parent(d)).transpose()?;
    let place = ready.place.as_ref().map(Place::told).unwrap_or_default();
    d.db.transaction(|| {
        d.db.run(&event(d, number, "intent", &ready.digest, records, "", &place))?;
        d.db.run(&deliver::members(d.run, number))
    })?;
    there(d, number, "intent")?;
    Ok(ready)
}

/// Uploads and follows to the end.
pub(super) fn upload(
    d: &Delivery<'_>,
    ready: &Ready,
    sending: &mut Sending,
    tries: &mut Tries,
) -> Result<Stopped> {
    let sent = d.transport.send(&ready.batch_here(d));
    after(d, ready, sent, sending, tries)
}

/// What follows from what became of an upload.
pub(super) fn after(
    d: &Delivery<'_>,
    ready: &Ready,
    sent: Sent,
    sending: &mut Sending,
    tries: &mut Tries,
) -> Result<Stopped> {
    let (number, records, digest) = (ready.number, ready.records, ready.digest.as_str());
    if !matches!(sent, Sent::Transient { .. }) {
        sending.breaker.reached();
    }
    match sent {
        Sent::Accepted { id } => {
            tries.taken();
            accepted(d, ready, &id)?;
            follow(d, number, records, digest, &id)
        }
        Sent::Answered { answer } => {
            tries.taken();
            verdicts(d, number, records, digest, "", &answer)
        }
        Sent::Refused { status, text } if bisect::speaks_of_records(status) => {
            bisect::refused(d, ready, status, &text, sending, tries)
        }
        Sent::Refused { status, text } => {
            let why = refusal(status, &text);
            d.commit(&event(d, number, "over", digest, records, "", &format!("not taken: {why}")))?;
            there(d, number, "over")?;
            Ok(Some(why))
        }
        Sent::Transient { why, retry_after } => {
            // Over without outcomes: surely not taken, so the next call sends it as if for the first time.
            d.commit(&event(d, number, "over", digest, records, "", &format!("not taken: {why}")))?;
            there(d, number, "over")?;
            let rest = retry_after.filter(|t| *t > LONGEST_REST);
            Ok(sending.breaker.exhausted(&why, rest))
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

/// A refusal that is about the way of sending, not about records, with what to look at.
fn refusal(status: u16, text: &str) -> String {
    match status {
        0 => format!("the upload could not be sent: {text}"),
        401 | 403 => {
            format!(
                "the platform refused the credentials ({text}): look at the environment's secret in crosswalk.toml"
            )
        }
        300..=399 => {
            format!(
                "the platform sent us elsewhere ({text}), which is not followed: look at the environment's `at` in crosswalk.toml"
            )
        }
        _ => format!("the platform refused the upload ({text})"),
    }
}

/// Commits the platform's id of an upload, before its end is asked for.
pub(super) fn accepted(d: &Delivery<'_>, ready: &Ready, id: &str) -> Result<()> {
    d.commit(&event(d, ready.number, "sent", &ready.digest, ready.records, id, ""))?;
    there(d, ready.number, "sent")
}

/// Polls an upload to its end and records the outcomes.
pub(super) fn follow(d: &Delivery<'_>, number: i64, records: i64, digest: &str, id: &str) -> Result<Stopped> {
    let polled = d.transport.poll(id, &d.env.cancel);
    ended(d, number, records, digest, id, polled)
}

/// Records how an upload ended.
pub(super) fn ended(
    d: &Delivery<'_>,
    number: i64,
    records: i64,
    digest: &str,
    id: &str,
    polled: Polled,
) -> Result<Stopped> {
    match polled {
        Polled::Final(answer) => verdicts(d, number, records, digest, id, &answer),
        Polled::StillRunning => {
            if d.env.cancel.aborted() {
                // Whether that helped is found out by the next call, which polls.
                let _ = d.transport.cancel(id);
                return Ok(Some(format!(
                    "the wait for upload {id} was broken off; it is settled by the next call"
                )));
            }
            Ok(Some(format!("upload {id} has not ended in time; it is settled by the next call")))
        }
        Polled::Gone => {
            all(d, number, records, digest, "unknown", &format!("the platform no longer knows upload {id}"))?;
            Ok(None)
        }
        Polled::Lost { why } => {
            Ok(Some(format!("upload {id} could not be followed: {why}; it is settled by the next call")))
        }
    }
}
