//! Plan: read, map, compare, freeze.

use super::bound::Bound;
use super::standing::standing;
use super::{Context, Progress, check, limits, numbers, rules};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::diff::{self, Ledger, Wanted};
use crate::mapping::Mapping;
use crate::plan::{Head, file, freeze};
use crate::source::{self, Loaded};
use crate::spec::platform::Resend;
use crate::sql::Table;
use crate::state::{self, Lock, OpenRun, Reader, Scratch};
use crate::transform::{self, Mapped};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A plan just made, its tables still in the database.
pub struct Planned {
    /// The database with the plan's relations.
    pub db: Db,
    /// Its head.
    pub head: Head,
    /// Its number.
    pub number: u32,
    /// Its file.
    pub path: PathBuf,
    /// Digest of the file.
    pub digest: String,
    /// Warnings and notes of the check.
    pub notes: Vec<Diagnostic>,
    /// Where the database may spill; removed with it.
    pub scratch: Scratch,
}

/// What the state says, read in one go.
#[derive(Default)]
struct Known {
    lineage: Option<String>,
    bound: Bound,
    serial: u64,
    rows: BTreeMap<String, u64>,
    rejects: Option<Table>,
    /// Records of unknown outcome that are in no file today.
    unread: u64,
    /// What is absent since earlier runs, in words.
    absent: Vec<String>,
    /// Runs of this mapping that are open.
    open: Vec<OpenRun>,
    /// The copy that is read in place of a state of an older format: as long as that is attached.
    copy: Option<Scratch>,
}

impl Planned {
    /// How many rejects the last run did not know.
    ///
    /// # Errors
    /// E901.
    pub fn new_rejects(&self) -> Result<u64> {
        self.db
            .one(&crate::sql::plan::refused_counts(), [], |row| row.get::<_, i64>(1))
            .map(|n| u64::try_from(n).unwrap_or(0))
    }
}

/// What was read and mapped, in a database of its own.
pub(super) struct Stage {
    pub mapping: Mapping,
    pub notes: Vec<Diagnostic>,
    pub scratch: Scratch,
    pub db: Db,
    pub loaded: Vec<Loaded>,
    pub mapped: Mapped,
}

/// Reads and maps.
pub(super) fn map(context: &Context, progress: &dyn Progress) -> Result<Stage> {
    let checked = check::check(context, false)?;
    let mapping = checked.mapping;
    let scratch = context.place.scratch()?;
    let db = Db::in_memory(&limits(context, scratch.path(), vec![context.place.folder().to_path_buf()]))?;
    crate::expr::install(&db)?;
    freeze::setup(&db)?;
    progress.stage("Reading");
    let loaded = read(&db, &mapping, progress)?;
    progress.stage("Mapping");
    let mapped = transform::run(&db, &mapping, &loaded)?;
    let loaded = mapped.loaded.clone();
    Ok(Stage { mapping, notes: checked.notes, scratch, db, loaded, mapped })
}

/// Makes a plan and writes its file.
///
/// # Errors
/// All mistakes of the mapping, files that cannot be read, failed checks with `else = "stop"`, E403 while an apply runs.
pub fn plan(context: &Context, wanted: &Wanted, progress: &dyn Progress) -> Result<Planned> {
    Lock::refuse_if_held(&context.place)?;
    if state::swap_unfinished(&context.place) {
        let _lock = Lock::take(&context.place, &context.env, "plan")?;
        state::restore_after_swap(&context.place)?;
    }
    let Stage { mapping, notes, scratch, db, loaded, mapped } = map(context, progress)?;
    known_records(&mapping, wanted)?;
    progress.stage("Comparing");
    let rules = rules::print(context, &mapping)?;
    let nothing_removed = nothing_removed(&db, &mapping, &mapped, &loaded)?;
    let mut head = head(context, &mapping, &mapped, &rules);
    let (mut found, known) = compare(&db, context, &mapping, &rules, &nothing_removed, wanted)?;
    if wanted.adopt == diff::Adopt::Read {
        progress.stage("Asking the platform what it has");
        super::adopt::read(&db, context, &mapping, wanted, &known.bound, progress)?;
        found = diff::found(&db, &mapping)?;
    }
    let whys: BTreeSet<String> = nothing_removed.into_values().collect();
    head.nothing_removed = whys.into_iter().collect();
    tell_known(&mut head, context, &known);
    let attached = known.rejects.is_some();
    progress.stage("Writing the plan");
    let head = freeze::freeze(
        &db,
        freeze::Input {
            mapping: &mapping,
            loaded: &loaded,
            stops: &mapped.stops,
            turns: &mapped.turns,
            found: &found,
            last_rows: &known.rows,
            known: known.rejects,
            head,
            rehearsal: context.rehearsal(),
        },
    )?;
    forget(&db, &mapping)?;
    let number = numbers::claim(context.place.kept())?;
    let path = context.place.plans().join(numbers::file_name(&head.mapping, number));
    let digest = file::write(&db, &head, scratch.path(), &path)?;
    numbers::seal(context.place.kept(), number, &digest)?;
    if attached {
        // The plan's relations are tables by now. A state left open here would stand in the way of this very process:
        // `run` applies next, and a file opened twice loses its lock when either closes.
        db.detach(crate::sql::state::ALIAS)?;
    }
    drop(known.copy);
    Ok(Planned { db, head, number, path, digest, notes, scratch })
}

/// What the state says, in the head.
fn tell_known(head: &mut Head, context: &Context, known: &Known) {
    head.lineage = known.lineage.clone().unwrap_or_else(|| "none".to_owned());
    head.serial = known.serial;
    head.destination = context.destination(known.bound.account());
    head.account = known.bound.account().map(str::to_owned);
    if known.unread > 0 {
        let (n, are) = (known.unread, if known.unread == 1 { "record is" } else { "records are" });
        head.notes.push(format!(
            "{n} {are} in no file today, and whether the platform took the last upload is unknown: crosswalk resolve {}",
            head.mapping
        ));
    }
    head.notes.extend(known.absent.iter().cloned());
    let open = known.open.iter().map(|run| {
        format!(
            "run {} of plan {} is open, and what it has sent is not counted here: crosswalk apply {} {} --resume sends its rest. This \
             plan will be stale then",
            run.run, run.number, run.mapping, run.number
        )
    });
    head.notes.splice(0..0, open);
}

/// What was read and mapped is not needed any more: the plan is in relations of its own.
fn forget(db: &Db, mapping: &Mapping) -> Result<()> {
    let sources: Vec<&str> = mapping.sources.iter().map(|s| s.name.as_str()).collect();
    let grouped = |r: &crate::mapping::RecordPlan| !r.group.is_empty();
    let records: Vec<(&str, bool)> = mapping.records.iter().map(|r| (r.name.as_str(), grouped(r))).collect();
    db.run(&crate::sql::map::forget(&sources, &records))
}

fn read(db: &Db, mapping: &Mapping, progress: &dyn Progress) -> Result<Vec<Loaded>> {
    let requests: Vec<source::Request> = mapping.sources.iter().map(|s| s.request.clone()).collect();
    source::read(db, &requests, &|source, rows| progress.count(source, rows, None))
}

/// Per record, why none of it may be called gone.
fn nothing_removed(
    db: &Db,
    mapping: &Mapping,
    mapped: &Mapped,
    loaded: &[Loaded],
) -> Result<BTreeMap<String, String>> {
    let mut why = BTreeMap::new();
    for model in mapping.models() {
        for record in mapping.records_of(model) {
            let Some(source) = loaded.iter().find(|l| l.name == record.source) else { continue };
            let unreadable = mapped.unreadable.get(&record.name).copied().unwrap_or(0);
            let reason = match incomplete(db, source, unreadable)? {
                Some(reason) => Some(reason),
                None => inputs_incomplete(db, mapping, mapped, loaded, &record.source)?,
            };
            let Some(reason) = reason else { continue };
            // Records of one model share their keys, so a key that is not read may be any of theirs.
            let together: Vec<_> = mapping.records_of(model).map(|r| r.name.clone()).collect();
            let reason = format!("{}: {reason}, so nothing is taken as removed", together.join(", "));
            for name in together {
                why.entry(name).or_insert_with(|| reason.clone());
            }
        }
    }
    Ok(why)
}

/// The same of the sources that a statement reads, however far down.
fn inputs_incomplete(
    db: &Db,
    mapping: &Mapping,
    mapped: &Mapped,
    loaded: &[Loaded],
    source: &str,
) -> Result<Option<String>> {
    let keys = |source: &str| -> u64 {
        let records = mapping.records.iter().filter(|r| r.source == source);
        records.filter_map(|r| mapped.unreadable.get(&r.name)).sum()
    };
    for input in mapping.read_by(source) {
        let Some(found) = loaded.iter().find(|l| l.name == input) else { continue };
        if let Some(reason) = incomplete(db, found, keys(input))? {
            return Ok(Some(format!("{reason}, and {source} is made from it")));
        }
    }
    Ok(None)
}

/// Why a source may not hold all that is there: a part without rows (before its stop), lines or keys that could not be
/// read.
fn incomplete(db: &Db, source: &Loaded, unreadable: u64) -> Result<Option<String>> {
    let name = &source.name;
    let empty = db.rows(&crate::sql::map::empty_parts(name), [], |row| row.get::<_, String>(0))?;
    if let Some(part) = empty.first() {
        return Ok(Some(format!("{part} of source {name} has no rows")));
    }
    let refused: u64 = source.parts.iter().map(|p| p.refused).sum();
    Ok(match (refused, unreadable) {
        (0, 0) => None,
        (0, 1) => Some(format!("1 row of {name} has no readable key")),
        (0, n) => Some(format!("{n} rows of {name} have no readable key")),
        (1, _) => Some(format!("1 line of {name} could not be read")),
        (n, _) => Some(format!("{n} lines of {name} could not be read")),
    })
}

/// Attaches the state, on which the comparison's views rest until the plan is written.
fn compare(
    db: &Db,
    context: &Context,
    mapping: &Mapping,
    rules: &str,
    nothing_removed: &BTreeMap<String, String>,
    wanted: &Wanted,
) -> Result<(diff::Found, Known)> {
    let keep_all: Vec<String> = nothing_removed.keys().cloned().collect();
    let ground = crate::plan::ground(rules, &context.platform.digest);
    // Where the same bytes again do no harm, a record of unknown outcome is simply sent again.
    let harmless = context.platform.transport.resend == Resend::Upsert;
    let mut ledger =
        Ledger { past: false, decided: false, taken_out: false, ground: &ground, harmless, wanted };
    let rests_on = crate::plan::rules(rules, &context.platform.digest, env!("CARGO_PKG_VERSION"));
    let compared = |stored: &diff::Stored, ledger: Ledger<'_>| {
        diff::run(db, &diff::Input { mapping, stored, rules: &rests_on, keep_all: &keep_all, ledger })
    };
    let Some(reader) = Reader::open(db, &context.place)? else {
        ledger.decided = stand(db, context, None)?;
        return Ok((compared(&diff::Stored::new(), ledger)?, Known::default()));
    };
    let stored = reader.stored()?;
    [ledger.past, ledger.decided, ledger.taken_out] = reader.past()?;
    ledger.decided |= stand(db, context, Some(&reader))?;
    let found = compared(&stored, ledger.clone())?;
    let known = Known {
        lineage: reader.meta("lineage")?,
        bound: Bound::read(&reader)?,
        serial: reader.serial(&mapping.name)?,
        rows: reader.last_rows(&mapping.name)?,
        rejects: Some(reader.known_rejects(&mapping.name)?),
        open: reader.open_runs()?.into_iter().filter(|r| r.mapping == mapping.name).collect(),
        unread: if ledger.past { unread(db, mapping)? } else { 0 },
        absent: absent(db, mapping)?,
        copy: reader.keep(),
    };
    Ok((found, known))
}

/// What earlier runs noted as absent and no file has today either: shown as changes then, a line a record type since.
fn absent(db: &Db, mapping: &Mapping) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for model in mapping.models() {
        let lines = db.rows(&crate::sql::ledger::still_absent(model, &mapping.name), [], |row| {
            let (record, n): (String, i64) = (row.get(0)?, row.get(1)?);
            let (first, last): (String, String) = (row.get(2)?, row.get(3)?);
            let since = if first == last { first } else { format!("{first}, the last since {last}") };
            Ok(format!("{record}: {n} absent since {since}: in no file, kept at the platform"))
        })?;
        all.extend(lines);
    }
    Ok(all)
}

/// Adds what is held of plans that were not applied. Whether there is anything.
fn stand(db: &Db, context: &Context, reader: Option<&Reader<'_>>) -> Result<bool> {
    let all = standing(&context.place, reader)?;
    let ours = all.iter().filter(|s| s.mapping == context.file.name.value).map(|s| &s.decision);
    let holds: Vec<[&str; 7]> =
        ours.map(|d| [d.record.as_str(), &d.model, &d.key, &d.basis, &d.at, d.who(), &d.why]).collect();
    holds.chunks(1000).try_for_each(|some| db.run(&crate::sql::ledger::stand(some)))?;
    Ok(!holds.is_empty())
}

fn unread(db: &Db, mapping: &Mapping) -> Result<u64> {
    mapping.models().iter().map(|m| db.count(&crate::sql::ledger::count_unknown_unread(m))).sum()
}

/// What is asked for must name records of the mapping.
fn known_records(mapping: &Mapping, wanted: &Wanted) -> Result<()> {
    let mut all = crate::diagnostic::Collector::default();
    for name in wanted.resend.iter().map(|(r, _)| r).chain(&wanted.only) {
        if mapping.record(name).is_none() {
            all.push(unknown_record(mapping, name));
        }
    }
    all.finish(()).map(|_| ())
}

/// A record that the mapping does not have.
pub(super) fn unknown_record(mapping: &Mapping, name: &str) -> Diagnostic {
    let known: Vec<&str> = mapping.records.iter().map(|r| r.name.as_str()).collect();
    let help = crate::diagnostic::did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("Its records: {}.", known.join(", ")));
    Diagnostic::error(Code::UNKNOWN_RECORD, format!("{} has no record `{name}`", mapping.name)).help(help)
}

fn head(context: &Context, mapping: &Mapping, mapped: &Mapped, rules: &str) -> Head {
    Head {
        format: file::FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        mapping: mapping.name.clone(),
        platform: context.platform.name.clone(),
        environment: context.environment.name.clone(),
        platform_print: context.platform.digest.clone(),
        rules_print: rules.to_owned(),
        vars: mapping.vars.clone(),
        overrides: context.overrides.clone(),
        run_date: context.env.today(),
        created: context.env.now().to_string(),
        notes: mapped.notes.clone(),
        ..Head::default()
    }
}
