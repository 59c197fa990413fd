//! What can be wrong with a state, each with a name that never changes and how to repair it.

use super::{Place, Reader, files, format, lock, trial};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::sql::findings as sql;
use std::path::Path;

/// Name and repair of every finding.
pub const FINDINGS: &[(&str, &str)] = &[
    (
        "cannot-open",
        "crosswalk state restore puts the copy back that was made before the last apply; what is there is kept.",
    ),
    ("gone", "crosswalk state restore puts the copy back that was made before the last apply."),
    ("newer-format", "Use the program that wrote it, or a newer one."),
    ("older-format", "Nothing: it is read as it is, and the next apply rewrites it."),
    ("key-twice", "crosswalk state restore, then plan again; keep the file that is put aside and report it."),
    (
        "outcome-without-batch",
        "crosswalk state restore, then plan again; keep the file that is put aside and report it.",
    ),
    (
        "batch-without-end",
        "Look these records up at the platform; then crosswalk state restore and plan again.",
    ),
    (
        "record-without-outcome",
        "crosswalk state restore, then plan again; keep the file that is put aside and report it.",
    ),
    (
        "outcome-without-record",
        "crosswalk state restore, then plan again; keep the file that is put aside and report it.",
    ),
    (
        "counts-differ",
        "crosswalk state restore, then plan again; keep the file that is put aside and report it.",
    ),
    ("run-open", "crosswalk run (or apply) of its mapping goes on with it."),
    ("unclean-end", "crosswalk run (or apply) settles what was in flight and clears this."),
    (
        "swap-unfinished",
        "crosswalk plan (of any mapping of this environment) puts the complete file in place.",
    ),
    ("plan-missing", "crosswalk run of its mapping says what is to be done with the run."),
    ("plan-left-over", "Nothing: the next apply removes it."),
    ("dead-lock", "Nothing: the next apply takes it over."),
    ("foreign-lock", "If nothing runs on that machine any more: crosswalk state here"),
    ("not-private", "chmod 600 the file (700 the folder): it holds your customers' data."),
    ("no-backup", "crosswalk state backup makes a copy; the next apply makes its own."),
    ("other-lineage", "It is no copy of this state: move it away; crosswalk state backup makes one."),
];

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name in [`FINDINGS`].
    pub name: &'static str,
    /// What exactly, the first few of many.
    pub what: String,
    /// What to do.
    pub repair: &'static str,
}

fn finding(name: &'static str, what: impl Into<String>) -> Finding {
    let repair = FINDINGS.iter().find(|(n, _)| *n == name).map_or("", |(_, repair)| repair);
    Finding { name, what: what.into(), repair }
}

/// Looks at everything; changes nothing.
///
/// # Errors
/// E901, E902 when it cannot even look.
pub fn find(db: &Db, place: &Place) -> Result<Vec<Finding>> {
    let mut found = around(place);
    if !place.state().exists() {
        if files::swap_unfinished(place) {
            found.push(finding("swap-unfinished", "the program was ended between two renames"));
        } else if place.backup().exists() {
            found.push(finding("gone", place.state().display().to_string()));
        }
        return Ok(found);
    }
    // Every value is read, in a process of its own: a damaged file may end the one that reads it.
    if let Err(why) = trial::in_child(&place.state(), true) {
        let why = why.lines().next().unwrap_or_default().to_owned();
        found.push(finding("cannot-open", format!("{}: {why}", place.state().display())));
        return Ok(found);
    }
    super::attach(db, place, true)?;
    match format::older(db, place) {
        Ok(_) => {}
        Err(errors) => {
            db.detach(crate::sql::state::ALIAS)?;
            let newer = errors.list().iter().any(|d| d.code == crate::diagnostic::Code::STATE_NEWER);
            found.push(finding(if newer { "newer-format" } else { "cannot-open" }, errors.to_string()));
            return Ok(found);
        }
    }
    let reader = Reader::of_any_format(db, place)?;
    if reader.is_copy() {
        found.push(finding("older-format", format!("it is older than format {}", format::FORMAT)));
    }
    inside(db, &reader, &mut found)?;
    runs(&reader, place, &mut found)?;
    let lineage = reader.meta("lineage")?;
    reader.close()?;
    copies(db, place, lineage.as_ref(), &mut found)?;
    found.sort_by_key(|f| FINDINGS.iter().position(|(n, _)| *n == f.name));
    Ok(found)
}

/// What the ledger and the tables say against each other.
fn inside(db: &Db, reader: &Reader<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let mut ask = |name: &'static str, statement: &str| -> Result<()> {
        let rows = db.rows(statement, [], |row| row.get::<_, String>(0))?;
        if let Some(what) = some_of(&rows) {
            found.push(finding(name, what));
        }
        Ok(())
    };
    for model in reader.stored()?.keys() {
        ask("key-twice", &sql::key_twice(model))?;
        ask("record-without-outcome", &sql::record_without_outcome(model))?;
        ask("outcome-without-record", &sql::outcome_without_record(model))?;
    }
    ask("outcome-without-batch", &sql::outcome_without_batch())?;
    ask("batch-without-end", &sql::batch_without_end())?;
    ask("counts-differ", &sql::counts_differ())
}

/// The first of many, and how many more.
fn some_of(rows: &[String]) -> Option<String> {
    let shown: Vec<String> = rows.iter().take(3).map(|r| r.replace('\u{1f}', " / ")).collect();
    let more = rows.len().saturating_sub(shown.len());
    let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!rows.is_empty()).then(|| format!("{}{tail}", shown.join("; ")))
}

/// Open runs, and the plans they go by.
fn runs(reader: &Reader<'_>, place: &Place, found: &mut Vec<Finding>) -> Result<()> {
    let open = reader.open_runs()?;
    for run in &open {
        let what = format!("run {} of {} (plan {})", run.run, run.mapping, run.number);
        if !place.open_plan(&run.plan).exists() {
            found.push(finding("plan-missing", format!("{what}: {}", place.open_plan(&run.plan).display())));
        }
        found.push(finding("run-open", what));
    }
    let wanted: Vec<_> = open.iter().map(|r| place.open_plan(&r.plan)).collect();
    for file in names(&place.open()).into_iter().map(|n| place.open().join(n)).filter(|p| !wanted.contains(p))
    {
        found.push(finding("plan-left-over", file.display().to_string()));
    }
    Ok(())
}

/// The copy made before the last apply.
fn copies(db: &Db, place: &Place, lineage: Option<&String>, found: &mut Vec<Finding>) -> Result<()> {
    let backup = place.backup();
    if !backup.exists() {
        // The first apply has nothing to copy.
        super::attach(db, place, true)?;
        let runs = db.count(&crate::sql::state::last_run());
        db.detach(crate::sql::state::ALIAS)?;
        if runs? > 1 {
            found.push(finding("no-backup", format!("{} is not there", backup.display())));
        }
        return Ok(());
    }
    if let Err(why) = trial::in_child(&backup, true) {
        let why = why.lines().next().unwrap_or_default().to_owned();
        found.push(finding("no-backup", format!("{} cannot be opened: {why}", backup.display())));
        return Ok(());
    }
    db.attach(&backup, crate::sql::state::ALIAS, true)?;
    let theirs = Reader::over(db).meta("lineage");
    db.detach(crate::sql::state::ALIAS)?;
    if theirs?.as_ref() != lineage {
        found.push(finding("other-lineage", backup.display().to_string()));
    }
    Ok(())
}

/// What the files around the state tell.
fn around(place: &Place) -> Vec<Finding> {
    let mut found = Vec::new();
    if place.unclean().exists() {
        found.push(finding("unclean-end", "the program was ended while it sent"));
    }
    if let Some(h) = lock::holder(place) {
        let who =
            format!("`{}` of {} (process {} on {}) since {}", h.command, h.user, h.pid, h.host, h.since);
        let name = if h.host == lock::host() { "dead-lock" } else { "foreign-lock" };
        found.push(finding(name, who));
    }
    for (file, mode) in
        [(place.folder().to_path_buf(), 0o700), (place.state(), 0o600), (place.backup(), 0o600)]
    {
        if let Some(open) = open_to_others(&file, mode) {
            found.push(finding("not-private", open));
        }
    }
    found
}

#[cfg(unix)]
fn open_to_others(file: &Path, mode: u32) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let now = std::fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (now & !mode != 0).then(|| format!("{} has mode {now:o}", file.display()))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path, _: u32) -> Option<String> {
    None
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
    names.sort();
    names
}
