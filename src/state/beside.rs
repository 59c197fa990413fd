//! Reading beside a running apply. It holds the state, so what is read is the copy made at its start, with how far it is.

use super::{Holder, Lock, Place, Progress, Reader, files, lock, progress};
use crate::db::Db;
use crate::diagnostic::{Code, Result};
use crate::env::Env;
use crate::sql::state;
use std::time::{Duration, Instant};

/// What can be read now.
pub struct View<'a> {
    /// The state; `None` when nothing has been applied yet.
    pub reader: Option<Reader<'a>>,
    /// Who is at work on it meanwhile.
    pub running: Option<Running>,
}

/// Somebody at work.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Who.
    pub holder: Holder,
    /// How far, once it sends; then what is read is the state before it.
    pub progress: Option<Progress>,
}

impl Running {
    /// For people: who is at work, how far, and what that makes of what is read.
    pub fn lines(&self) -> Vec<String> {
        let h = &self.holder;
        let mut lines = vec![format!(
            "`{}` of {} (process {} on {}) has been at work since {}.",
            h.command, h.user, h.pid, h.host, h.since
        )];
        let Some(p) = &self.progress else { return lines };
        let of = if p.total > 0 { format!(" of {}", p.total) } else { String::new() };
        let pace = match p.total.checked_sub(p.done) {
            Some(left) if p.per_second > 0.0 => {
                format!(", {:.0} a second, about {} left", p.per_second, duration(left as f64 / p.per_second))
            }
            _ => String::new(),
        };
        let sent = if p.total > 0 && p.done >= p.total { "all sent, being recorded" } else { "sent" };
        lines.push(format!(
            "  run {} of {} (plan {}): {}{of} records {sent}, {} uploads{pace}",
            p.run, p.mapping, p.plan, p.done, p.batches
        ));
        lines.push("What follows is the state before that run.".to_owned());
        lines
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

/// How long a reader waits for an apply that is just beginning or ending.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);

/// Attaches the state read-only, or, while an apply holds it, the copy made at its start.
///
/// # Errors
/// E403 when another process holds it for long, else as [`Reader::open`].
pub fn look<'a>(db: &'a Db, place: &Place, env: &Env) -> Result<View<'a>> {
    let since = Instant::now();
    loop {
        let holder = lock::living(place);
        let found = match &holder {
            None => alone(db, place, env),
            Some(holder) => beside(db, place, holder),
        };
        match found {
            Err(errors) if errors.list().iter().all(|d| d.code == Code::STATE_LOCKED) => {
                if since.elapsed() > PATIENCE {
                    return holder.map_or(Err(errors), |h| lock::held(&h).alone());
                }
            }
            other => return other,
        }
        std::thread::sleep(PAUSE);
    }
}

fn alone<'a>(db: &'a Db, place: &Place, env: &Env) -> Result<View<'a>> {
    if files::swap_unfinished(place) {
        let _lock = Lock::take(place, env, "status")?;
        files::restore_after_swap(place)?;
    }
    Ok(View { reader: Reader::open(db, place)?, running: None })
}

fn beside<'a>(db: &'a Db, place: &Place, holder: &Holder) -> Result<View<'a>> {
    let progress = progress::read(place);
    let running = Some(Running { holder: holder.clone(), progress: progress.clone() });
    let reader = match progress {
        // Not sending yet: the state is free but for moments.
        None if place.state().exists() => Reader::open(db, place)?,
        // Between the two renames of a swap: in a moment it is there.
        None if place.backup().exists() => return lock::held(holder).alone(),
        None => None,
        Some(p) if p.copy => {
            db.attach(&place.backup(), state::ALIAS, true)?;
            Some(Reader::of_any_format(db, place)?)
        }
        Some(_) => None,
    };
    Ok(View { reader, running })
}
