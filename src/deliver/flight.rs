//! Several uploads of a wave under way at once (`limits = { parallel = 4 }`). Only the requests run beside each other; the
//! ledger is written here, on one thread, in the same order for each batch: intent, the platform's id, end.

use super::batch::Ready;
use super::bisect::Tries;
use super::send::{self, BY_THE_USER, Sending, Stopped};
use super::{Delivery, ledger};
use crate::diagnostic::Result;
use crate::env::Cancel;
use crate::platform::{Polled, Sent, Transport};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// What a request came to.
enum News {
    /// It was sent.
    Sent(Sent),
    /// It ended.
    Ended(Polled),
}

/// A batch under way.
struct Flying {
    ready: Arc<Ready>,
    /// The platform's id, once it is known.
    id: String,
    /// Told to go on and poll, once the id is in the ledger.
    go: Sender<String>,
}

/// What the threads are given.
#[derive(Clone, Copy)]
struct Way<'a> {
    transport: &'a dyn Transport,
    cancel: &'a Cancel,
    plan: &'a str,
    run: i64,
}

/// Sends batches, so many at once. After a reason to stop nothing new begins, and what is under way is followed to its end.
pub(super) fn fly(
    d: &Delivery<'_>,
    batches: &[(i64, i64)],
    sending: &mut Sending,
    told: &mut dyn FnMut(i64),
) -> Result<Stopped> {
    let way = Way { transport: d.transport, cancel: &d.env.cancel, plan: d.plan, run: d.run };
    let most = d.platform.transport.parallel as usize;
    let (mut waiting, mut stop) = (batches.iter(), None);
    let (news, heard) = channel();
    std::thread::scope(|scope| {
        // In here: a thread that waits to be told to go on must not do so for ever when the ledger cannot be written, and the
        // scope waits for the threads. Dropped first, this ends their waiting.
        let mut flying = BTreeMap::new();
        loop {
            while stop.is_none() && flying.len() < most {
                let Some((number, records)) = waiting.next() else { break };
                if d.env.cancel.asked() {
                    stop = Some(BY_THE_USER.to_owned());
                    break;
                }
                let ready = Arc::new(send::intent(d, *number, *records, None)?);
                let (go, gone) = channel();
                let (carried, tell) = (ready.clone(), news.clone());
                scope.spawn(move || carry(way, &carried, &tell, &gone));
                flying.insert(*number, Flying { ready, id: String::new(), go });
            }
            if flying.is_empty() {
                return Ok(stop);
            }
            let Ok((number, what)) = heard.recv() else { return Ok(stop) };
            let Some(mut batch) = flying.remove(&number) else { continue };
            let ended = match what {
                News::Sent(Sent::Accepted { id }) => {
                    sending.reached();
                    send::accepted(d, &batch.ready, &id)?;
                    batch.id.clone_from(&id);
                    if batch.go.send(id).is_ok() {
                        flying.insert(number, batch);
                        continue;
                    }
                    None
                }
                News::Sent(sent) => {
                    let mut tries = Tries::of(batch.ready.records);
                    send::after(d, &batch.ready, sent, sending, &mut tries)?
                }
                News::Ended(polled) => {
                    let ready = &batch.ready;
                    send::ended(d, number, ready.records, &ready.digest, &batch.id, polled)?
                }
            };
            ledger::requests(d, number)?;
            told(batch.ready.records);
            // The first reason is the one to tell.
            stop = stop.or(ended);
        }
    })
}

/// Sends a batch; polls it once it is told to.
fn carry(way: Way<'_>, ready: &Ready, news: &Sender<(i64, News)>, go: &Receiver<String>) {
    let sent = way.transport.send(&ready.batch(way.plan, way.run));
    let polls = matches!(sent, Sent::Accepted { .. });
    if news.send((ready.number, News::Sent(sent))).is_err() || !polls {
        return;
    }
    // Nobody tells it to go on when writing the ledger failed: the next call settles it.
    if let Ok(id) = go.recv() {
        let _ = news.send((ready.number, News::Ended(way.transport.poll(&id, way.cancel))));
    }
}
