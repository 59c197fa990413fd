//! Apply: exactly one plan, under the lock, with a backup, to its end or to a state that the next call settles.

use super::bound::{self, Bound};
use super::connect::{Connection, connect};
use super::{Context, Progress, approve, decide, limits, numbers, stale};
use crate::db::Db;
use crate::deliver::{self, Delivery, Summary};
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::plan::decisions::{self, Decision};
use crate::plan::{Head, file};
use crate::sql::state as sql;
use crate::state::{self, Lock, Meter, OpenRun, Reader, Scratch, Shape};
use std::cell::OnceCell;
use std::path::Path;

/// What to apply.
pub struct Apply<'a> {
    /// The plan's file.
    pub path: &'a Path,
    /// Its number.
    pub number: u32,
    /// Guards named by number: `invoice.removed=57`.
    pub allow: &'a [String],
    /// The command, for the lock.
    pub command: &'a str,
    /// Only goes on with an open run of it.
    pub resume: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The plan's head.
    pub head: Head,
    /// Its number.
    pub number: u32,
    /// Outcomes.
    pub summary: Summary,
    /// Runs that were open and have been settled first.
    pub settled: usize,
}

/// Applies a plan.
///
/// # Errors
/// E401 stale, E403 held by another process, E405 guard tripped, E410 not approved, E5xx.
pub fn apply(context: &Context, what: &Apply<'_>, progress: &dyn Progress) -> Result<Applied> {
    let _lock = Lock::take(&context.place, &context.env, what.command)?;
    let session = Session::new(context)?;
    let head = file::head(what.path)?;
    let digest = file::digest(what.path)?;
    if numbers::sealed(context.place.kept(), what.number).is_some_and(|d| d != digest) {
        let message = format!("plan {} is not the file that was written", what.number);
        let help = format!("Plan again: crosswalk plan {}", head.mapping);
        return Diagnostic::error(Code::STALE_PLAN, message).help(help).alone();
    }
    let decided = decisions::read(what.path, &digest)?;
    // (The rest of an open run was let pass when it began.)
    if session.open_runs()?.iter().all(|run| run.plan != digest) {
        let mut barred = Collector::default();
        barred.keep(guards(&head, what.allow));
        barred.keep(approve::refuse_unapproved(context, &head, what.number, &decided));
        barred.finish(())?;
    }
    let connection = connect(context)?;
    let (settled, resumed) = settle_runs(&session, &connection, Some(&digest), progress)?;
    if what.resume && resumed.is_none() {
        let message = format!("no run of plan {} is open", what.number);
        let help = format!("What its last run came to: crosswalk history {}", head.mapping);
        return Diagnostic::error(Code::NO_PLAN, message).help(help).alone();
    }
    if let Some(run) = resumed {
        let summary = session.resume(&connection, &run, progress)?;
        return Ok(Applied { head, number: what.number, summary, settled });
    }
    refuse_sent(&session, &digest, what.number, &head)?;
    let db = session.database()?;
    let scratch = context.place.scratch()?;
    let head = file::open(&db, what.path, scratch.path())?.head;
    stale::refuse(&db, context, &head)?;
    drop(db);
    if let Some(bound) = session.bound()? {
        bound.refuse_another(context, &connection)?;
    }
    decide::note_allowed(context, what.path, &digest, what.allow)?;
    let open = context.place.open_plan(&digest);
    keep(what.path, &open)?;
    let summary = session.run(&connection, &open, &digest, what.number, &decided, progress)?;
    Ok(Applied { head, number: what.number, summary, settled })
}

/// Settles whatever an earlier process left open. Gives how many runs, and the one of `digest`, which goes on.
pub(super) fn settle_runs(
    session: &Session<'_>,
    connection: &Connection,
    digest: Option<&str>,
    progress: &dyn Progress,
) -> Result<(usize, Option<OpenRun>)> {
    let mut settled = 0;
    let open = session.open_runs()?;
    if !open.is_empty() {
        state::upgrade(session.reading()?, &session.context.place, &session.context.env)?;
        bound::same_destination(session, connection, &open)?;
    }
    for run in open {
        let goes_on = digest == Some(run.plan.as_str());
        progress.stage("Settling what an earlier run left open");
        session.settle(connection, &run, goes_on, progress)?;
        settled += 1;
        if goes_on {
            return Ok((settled, Some(run)));
        }
    }
    Ok((settled, None))
}

/// One process's work on an environment, under the lock.
pub(super) struct Session<'a> {
    context: &'a Context,
    scratch: Scratch,
    /// What the state is read with between the deliveries: opening a database takes longer than asking it.
    reading: OnceCell<Db>,
}

impl<'a> Session<'a> {
    pub fn new(context: &'a Context) -> Result<Self> {
        state::restore_after_swap(&context.place)?;
        state::before_writing(&context.place)?;
        Ok(Self { context, scratch: context.place.scratch()?, reading: OnceCell::new() })
    }

    /// Where it works.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    pub fn database(&self) -> Result<Db> {
        Db::in_memory(&limits(
            self.context,
            self.scratch.path(),
            vec![self.context.place.folder().to_path_buf()],
        ))
    }

    /// A database in which nothing is attached nor kept.
    fn reading(&self) -> Result<&Db> {
        if let Some(db) = self.reading.get() {
            return Ok(db);
        }
        let db = self.database()?;
        Ok(self.reading.get_or_init(|| db))
    }

    /// To whom the environment is bound; `None` without a state.
    pub(super) fn bound(&self) -> Result<Option<Bound>> {
        let Some(reader) = Reader::open(self.reading()?, &self.context.place)? else { return Ok(None) };
        let bound = Bound::read(&reader);
        reader.close()?;
        bound.map(Some)
    }

    pub fn open_runs(&self) -> Result<Vec<OpenRun>> {
        let Some(reader) = Reader::open(self.reading()?, &self.context.place)? else { return Ok(Vec::new()) };
        let runs = reader.open_runs()?;
        reader.close()?;
        Ok(runs)
    }

    /// Finds out what became of a run's batches in flight; ends it unless it goes on.
    fn settle(
        &self,
        connection: &Connection,
        run: &OpenRun,
        goes_on: bool,
        progress: &dyn Progress,
    ) -> Result<()> {
        let silent = |_, _| ();
        self.deliver(
            connection,
            &self.context.place.open_plan(&run.plan),
            run,
            &Tell { told: &silent, say: &|what| progress.stage(what) },
            // What was decided stands in the ledger since the run's start.
            &[],
            |delivery| deliver::settle(delivery, goes_on),
        )?;
        if goes_on { Ok(()) } else { self.clean_up() }
    }

    /// Sends what an open, settled run still owes.
    pub fn resume(&self, connection: &Connection, run: &OpenRun, progress: &dyn Progress) -> Result<Summary> {
        progress.stage("Going on with the open run");
        let meter = self.meter(run, self.context.place.backup().exists())?;
        let told = |done, of| {
            meter.batch(done, of);
            progress.count("sent", done, Some(of));
        };
        let open = self.context.place.open_plan(&run.plan);
        let tell = Tell { told: &told, say: &|what| progress.stage(what) };
        let summary = self.deliver(connection, &open, run, &tell, &[], send)?;
        self.end(run, summary)
    }

    fn run(
        &self,
        connection: &Connection,
        open: &Path,
        digest: &str,
        number: u32,
        decided: &[Decision],
        progress: &dyn Progress,
    ) -> Result<Summary> {
        let head = file::head(open)?;
        let before = self.context.place.state().exists();
        state::prepare(self.reading()?, &self.context.place, &shape(&head), &self.context.env)?;
        mark_unclean(self.context)?;
        let run = OpenRun {
            run: self.next_run()?,
            mapping: head.mapping.clone(),
            plan: digest.to_owned(),
            number: i64::from(number),
        };
        progress.stage("Sending");
        let meter = self.meter(&run, before)?;
        let told = |done, of| {
            meter.batch(done, of);
            progress.count("sent", done, Some(of));
        };
        let tell = Tell { told: &told, say: &|what| progress.stage(what) };
        let summary = self.deliver(connection, open, &run, &tell, decided, |delivery| {
            bound::bind(self.context, delivery, connection)?;
            delivery.start()?;
            delivery.send()
        })?;
        self.end(&run, summary)
    }

    /// Tells others how far it is; `copy` says whether the backup is the state before it.
    fn meter(&self, run: &OpenRun, copy: bool) -> Result<Meter> {
        Meter::start(&self.context.place, &self.context.env, run, copy)
    }

    pub fn next_run(&self) -> Result<i64> {
        let db = self.reading()?;
        let Some(reader) = Reader::open(db, &self.context.place)? else { return Ok(1) };
        let last = db.count(&sql::last_run())?;
        reader.close()?;
        Ok(i64::try_from(last).unwrap_or(0) + 1)
    }

    fn end(&self, run: &OpenRun, summary: Summary) -> Result<Summary> {
        if self.open_runs()?.iter().all(|r| r.run != run.run) {
            self.clean_up()?;
        }
        Ok(summary)
    }

    /// Removes what an ended run needed, once the fold is committed, and what a process left that was killed before its
    /// run began: every plan in `open/` that no open run goes by.
    fn clean_up(&self) -> Result<()> {
        let open = self.open_runs()?;
        let wanted: Vec<_> = open.iter().map(|r| self.context.place.open_plan(&r.plan)).collect();
        let folder = self.context.place.folder().join("open");
        let there = std::fs::read_dir(&folder).map_err(|e| io(&folder, &e))?.flatten().map(|e| e.path());
        for path in there.filter(|p| !wanted.contains(p)).chain([self.context.place.unclean()]) {
            crate::env::step("before a file of the run is removed");
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return io(&path, &e).alone(),
                _ => {}
            }
        }
        Ok(())
    }

    /// The plan of an open run lies in `open/`; should it be gone, the one in `plans/` does, if it is the same.
    fn find_plan(&self, open: &Path, run: &OpenRun) -> Result<()> {
        if open.exists() {
            return Ok(());
        }
        let number = u32::try_from(run.number).unwrap_or(0);
        let made = self.context.place.plans().join(numbers::file_name(&run.mapping, number));
        if file::digest(&made).is_ok_and(|digest| digest == run.plan) {
            return keep(&made, open);
        }
        let message =
            format!("plan {number}, by which run {} of {} was sending, is gone", run.run, run.mapping);
        let help = format!(
            "Put {} back from a copy of yours, as it was: the run goes on then. Without it nobody can say what is still to be \
             sent; `crosswalk state restore` gives up what the run did, and `plan --adopt` finds what of it is there.",
            made.display()
        );
        Diagnostic::error(Code::BAD_PLAN, message).help(help).alone()
    }

    /// Opens the plan and the state, and lets `work` deliver.
    fn deliver<T>(
        &self,
        connection: &Connection,
        open: &Path,
        run: &OpenRun,
        tell: &Tell<'_>,
        decided: &[Decision],
        work: impl FnOnce(&Delivery<'_>) -> Result<T>,
    ) -> Result<T> {
        let db = self.database()?;
        let scratch = self.context.place.scratch()?;
        self.find_plan(open, run)?;
        let opened = file::open(&db, open, scratch.path())?;
        if opened.digest != run.plan {
            let message = "the plan of the open run is not the one it began with";
            return Diagnostic::error(Code::BAD_PLAN, message).alone();
        }
        decide::apply_decisions(&db, &opened.head, decided)?;
        let place = &self.context.place;
        mark_unclean(self.context)?;
        state::attach(&db, place, false)?;
        self.context.env.cancel.sending(true);
        let result = work(&Delivery {
            db: &db,
            platform: &self.context.platform,
            transport: &*connection.transport,
            head: &opened.head,
            env: &self.context.env,
            run: run.run,
            plan: &run.plan,
            number: run.number,
            progress: tell.told,
            say: tell.say,
        });
        self.context.env.cancel.sending(false);
        // Closed whatever happened; the first error is the one to tell.
        let closed = db.detach(sql::ALIAS);
        if closed.is_ok() {
            // Closed in good order, whatever came of the sending: the next one need not fear to open it.
            state::clean(place);
        }
        let value = result?;
        closed?;
        Ok(value)
    }
}

/// Who is told while something is sent.
struct Tell<'a> {
    told: &'a dyn Fn(u64, u64),
    say: &'a dyn Fn(&str),
}

/// The fields the plan needs in the state: all models of its changes, and those they refer to later.
fn shape(head: &Head) -> Shape {
    let fields = |m: &crate::plan::ModelHead| {
        m.columns.iter().map(|c| (c.name.clone(), c.sql_type.clone())).collect::<Vec<_>>()
    };
    head.models.iter().map(|m| (m.model.clone(), fields(m))).collect()
}

/// A plan is sent once.
fn refuse_sent(session: &Session<'_>, digest: &str, number: u32, head: &Head) -> Result<()> {
    let db = session.reading()?;
    let Some(reader) = Reader::open(db, &session.context.place)? else { return Ok(()) };
    let run = db.count(&sql::run_of(digest));
    reader.close()?;
    match run? {
        0 => Ok(()),
        run => {
            let message = format!("the plan is stale: plan {number} has been sent already, in run {run}");
            let help = format!(
                "What became of it: crosswalk history --run {run}. For what is to be sent now: crosswalk plan {}",
                head.mapping
            );
            Diagnostic::error(Code::STALE_PLAN, message).help(help).alone()
        }
    }
}

/// A guard that tripped must be named with its number.
fn guards(head: &Head, allow: &[String]) -> Result<()> {
    let mut all = Collector::default();
    for allowed in allow.iter().filter(|a| !head.guards.iter().any(|g| g.words() == **a)) {
        let message = format!("--allow {allowed} names no guard of this plan with its number");
        all.push(
            Diagnostic::error(Code::GUARD_TRIPPED, message).help("The plan's report gives the words to use."),
        );
    }
    for guard in head.guards.iter().filter(|g| g.tripped) {
        let words = guard.words();
        if !allow.contains(&words) {
            let message = format!("guard: {}", crate::report::guard(guard));
            let help = format!("If that is right, name it: --allow {words}");
            all.push(Diagnostic::error(Code::GUARD_TRIPPED, message).help(help));
        }
    }
    all.finish(()).map(|_| ())
}

/// Copies the plan to `open/`, on disk before anything is sent.
fn keep(from: &Path, to: &Path) -> Result<()> {
    let part = to.with_extension("part");
    std::fs::copy(from, &part).map_err(|e| io(&part, &e))?;
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| io(&part, &e))?;
    crate::env::step("before the plan is kept");
    std::fs::rename(&part, to).map_err(|e| io(to, &e))?;
    crate::env::step("after the plan is kept");
    state::sync_folder(to)
}

/// As long as the marker is there, a process that is found dead may have died while it wrote the state.
pub(super) fn mark_unclean(context: &Context) -> Result<()> {
    let path = context.place.unclean();
    if path.exists() {
        return Ok(());
    }
    crate::env::step("before the run is marked");
    std::fs::write(&path, "").map_err(|e| io(&path, &e).into())
}

fn io(path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}

fn send(delivery: &Delivery<'_>) -> Result<Summary> {
    delivery.send()
}
