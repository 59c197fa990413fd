//! What became of a batch whose end is not known: the platform's id is polled; without one, whatever runs there is
//! awaited and the same bytes are sent again where that does no harm; else its records are unknown.

use super::batch::Ready;
use super::bisect::{self, Tries};
use super::outcome::{all, verdicts};
use super::send::{self, Sending};
use super::{Delivery, finish, items, ledger, series};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::platform::{Found, Polled, Sent};
use crate::spec::platform::Resend;
use crate::sql::{deliver, state};
use std::time::{Duration, Instant};

/// Settles the open batches of a run and, unless the run goes on, ends it and folds what was accepted.
///
/// # Errors
/// E508 when a batch cannot be settled now (nothing may be sent before it is), E5xx, E901.
pub fn settle(d: &Delivery<'_>, goes_on: bool) -> Result<()> {
    // All items, also those with an outcome: the bytes of an open batch are made anew from them.
    items::make(d)?;
    let open = d.db.rows(&state::open_batches(d.run), [], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(2)?,
            row.get::<_, i64>(3)?,
            row.get::<_, Option<String>>(4)?,
        ))
    })?;
    for (number, digest, records, remote) in open {
        d.db.run(&deliver::recall(d.run, number))?;
        let settled = match remote {
            Some(id) => send::follow(d, number, records, &digest, &id)?,
            None => {
                let mut ready = Ready::make(d, number, records)?;
                ready.place = series::again(d, number)?;
                same_bytes(d, number, &digest, &ready.digest)?;
                match lost(d, &ready, "the program was ended")? {
                    true => None,
                    false => Some("the fate of an upload is not known yet".to_owned()),
                }
            }
        };
        ledger::requests(d, number)?;
        if let Some(why) = settled {
            return Diagnostic::error(Code::UNSETTLED, format!("batch {number} of run {}: {why}", d.run))
                .help("Nothing new is sent before its outcome is known. Call again later.")
                .alone();
        }
    }
    if goes_on { Ok(()) } else { finish::finish(d, Some("ended by the next run".to_owned())).map(|_| ()) }
}

fn same_bytes(d: &Delivery<'_>, batch: i64, then: &str, now: &str) -> Result<()> {
    if then == now {
        return Ok(());
    }
    if d.head.platform_print != d.platform.digest {
        let message = format!(
            "upload {batch} of run {} may be at the platform, and the platform file has changed since it was sent",
            d.run
        );
        let help = format!(
            "Put mappings/platforms/{}.toml back as it was until this is settled (crosswalk apply {} {} --resume); change it then.",
            d.platform.name, d.head.mapping, d.number
        );
        return Diagnostic::error(Code::UNSETTLED, message).help(help).alone();
    }
    let message = format!("batch {batch} made anew from its plan differs from the one sent");
    Diagnostic::error(Code::STATE_DAMAGED, message)
        .help(
            "It is not sent again. Is `way` of the environment another than it was? Else put the backup of the state back, or ask \
             whoever looks after this program.",
        )
        .alone()
}

/// When the intent of a batch was committed; an upload that may be it is no older.
fn intent_at(d: &Delivery<'_>, batch: i64) -> Result<jiff::Timestamp> {
    let at: String = d.db.one(&state::intent_moment(d.run, batch), [], |row| row.get(0))?;
    Ok(at.parse().unwrap_or_else(|_| d.env.now()))
}

/// After an upload whose answer was lost. Gives whether the batch is over.
pub(super) fn lost(d: &Delivery<'_>, ready: &Ready, why: &str) -> Result<bool> {
    let (number, records, digest) = (ready.number, ready.records, ready.digest.as_str());
    // With its id in a header the platform takes it once, whatever became of the first.
    let harmless = match d.platform.transport.resend {
        Resend::Upsert => wait_until_over(d, intent_at(d, number)?)?,
        Resend::Header => true,
        Resend::LookUp => return look_up(d, ready, why),
        Resend::None => {
            all(d, number, records, digest, "unknown", why)?;
            return Ok(true);
        }
    };
    if !harmless {
        return Ok(false);
    }
    match d.transport.send(&ready.batch(d.plan, d.run)) {
        Sent::Accepted { id } => {
            let at = d.now();
            d.commit(&state::batch_event(&state::BatchEvent {
                run: d.run,
                batch: number,
                event: "sent",
                at: &at,
                digest,
                records,
                remote: &id,
                why: "sent again after a lost answer",
            }))?;
            Ok(send::follow(d, number, records, digest, &id)?.is_none())
        }
        Sent::Answered { answer } => {
            verdicts(d, number, records, digest, "", &answer)?;
            Ok(true)
        }
        // A conflict is about what is there now, and that may be the first one.
        Sent::Refused { status: 409, text } => {
            all(d, number, records, digest, "unknown", &format!("{why}; sent again, {text}"))?;
            Ok(true)
        }
        // These are about what was sent: had the first one been taken, the same again would be taken too.
        Sent::Refused { status, text } if bisect::speaks_of_records(status) => {
            let (mut sending, mut tries) = (Sending::default(), Tries::of(records));
            Ok(bisect::refused(d, ready, status, &text, &mut sending, &mut tries)?.is_none())
        }
        _ => Ok(false),
    }
}

/// Each record is looked up, and what is surely not there is sent again.
fn look_up(d: &Delivery<'_>, ready: &Ready, why: &str) -> Result<bool> {
    let (number, records, digest) = (ready.number, ready.records, ready.digest.as_str());
    match d.transport.settle(&ready.batch_here(d)) {
        Some(Sent::Answered { answer }) => {
            verdicts(d, number, records, digest, "", &answer)?;
            Ok(true)
        }
        Some(_) => Ok(false),
        None => {
            all(d, number, records, digest, "unknown", why)?;
            Ok(true)
        }
    }
}

/// The first pause between two looks at the platform's list; each next one is twice as long, up to `poll.every`.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause where the platform file has no `poll`.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Waits until no upload that may be the lost one is running. Without a list, until `over_after` has passed.
fn wait_until_over(d: &Delivery<'_>, sent: jiff::Timestamp) -> Result<bool> {
    let transport = &d.platform.transport;
    let passed = u64::try_from(d.env.now().duration_since(sent).as_secs()).unwrap_or(0);
    let wait = Duration::from_millis(transport.over_after_ms).saturating_sub(Duration::from_secs(passed));
    let until =
        Instant::now() + Duration::from_millis(transport.poll.as_ref().map_or(0, |p| p.for_ms)).max(wait);
    let since = Instant::now();
    if !wait.is_zero() {
        let time = match wait.as_secs() {
            seconds @ ..100 => format!("{seconds} s"),
            seconds => format!("{} min", seconds.div_ceil(60)),
        };
        (d.say)(&format!(
            "The answer to an upload was lost. Waiting {time} until it is surely over, then it is sent again; Ctrl-C leaves that to the next call"
        ));
    }
    let every = transport.poll.as_ref().map_or(PAUSE_MAX, |p| Duration::from_millis(p.every_ms));
    let mut pause = PAUSE.min(every);
    let known = d.db.rows(&state::remotes(), [], |row| row.get::<_, String>(0))?;
    loop {
        let listed = d.transport.find_since(sent)?;
        let running: Vec<&Found> = listed
            .iter()
            .flatten()
            .filter(|f| !d.platform.answer.final_states.contains(&f.state) && !known.contains(&f.id))
            .collect();
        if running.is_empty() && since.elapsed() >= wait {
            return Ok(true);
        }
        for found in running {
            if matches!(d.transport.poll(&found.id, &d.env.cancel), Polled::Lost { .. }) {
                return Ok(false);
            }
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        // The last look is when it is surely over, however long the pauses have become.
        let left = wait.saturating_sub(since.elapsed());
        if stopped_in(d, if left.is_zero() { pause } else { pause.min(left) }) {
            return Ok(false);
        }
        pause = (pause * 2).min(every);
    }
}

/// Waits; whether the user asked to stop meanwhile.
fn stopped_in(d: &Delivery<'_>, time: Duration) -> bool {
    let until = Instant::now() + time;
    while !d.env.cancel.asked() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
    true
}
