//! Copies of the state made and put back by hand. A copy is checked value by value in a process of its own before it has
//! its name, or before it takes the state's place; what was there before is kept.

use super::files::{self, io, remove, wal};
use super::{Lock, Place, Reader, attach, format, note, trial};
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::Env;
use crate::sql::{findings, state};
use sha2::{Digest, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where.
    pub path: PathBuf,
    /// SHA-256 of its bytes, which also stands in a file beside it.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
    /// The last run it knows.
    pub run: i64,
}

/// A copy that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The copy.
    pub from: PathBuf,
    /// Where what was there before is kept.
    pub aside: Option<PathBuf>,
    /// The last run it knows, and when that began.
    pub run: (i64, String),
    /// Whether it is of an older format, which the next apply rewrites.
    pub older: bool,
}

/// Copies the state, with everything its log holds, to `to` or to a name of its own in `backups/`.
///
/// # Errors
/// E403 while somebody is at work, E404 when the state cannot be opened, E422 when there is none, when `to` is there
/// already, or when the copy does not hold the same.
pub fn backup(place: &Place, env: &Env, to: Option<&Path>) -> Result<Backup> {
    let _lock = Lock::take(place, env, "state backup")?;
    files::restore_after_swap(place)?;
    if !place.state().exists() {
        files::refuse_lost(place)?;
        return unusable("there is no state yet", "Nothing has been applied in this environment.");
    }
    let to = target(place, env, to)?;
    trial::before_writing(place)?;
    let (run, _) = checkpoint(place)?;
    let before = trial::contents(&place.state())?;
    files::copy(&place.state(), &to)?;
    if trial::contents(&to)? != before {
        remove(&to)?;
        return unusable(
            &format!("{} does not hold what the state holds", to.display()),
            "Look at the disk, then call again.",
        );
    }
    let digest = digest(&to)?;
    let name = to.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = digest_file(&to);
    std::fs::write(&beside, format!("{digest}  {name}\n")).map_err(|e| io(&beside, &e))?;
    files::private(&beside)?;
    let bytes = std::fs::metadata(&to).map_err(|e| io(&to, &e))?.len();
    Ok(Backup { path: to, digest, bytes, run })
}

/// Puts a copy back as the state: `from`, or the one made before the last apply. What is there is kept aside.
///
/// # Errors
/// E403 while somebody is at work, E420 when a newer program wrote it, E422 when it cannot be opened, is not as its
/// digest says, or is of another environment.
pub fn restore(place: &Place, env: &Env, from: Option<&Path>) -> Result<Restored> {
    let _lock = Lock::take(place, env, "state restore")?;
    files::restore_after_swap(place)?;
    let from = from.map_or_else(|| place.backup(), |f| env.folder.join(f));
    if !from.is_file() {
        return unusable(
            &format!("there is no file {}", from.display()),
            "Name the copy to put back: crosswalk state restore FILE",
        );
    }
    same_digest(&from)?;
    let part = place.part();
    remove(&part)?;
    files::copy(&from, &part)?;
    if wal(&from).exists() {
        files::copy(&wal(&from), &wal(&part))?;
    }
    let known = verified(place, &part, &from);
    if known.is_err() {
        // What is left over would only be in the way; the first error is the one to tell.
        drop(remove(&part));
    }
    let (run, older) = known?;
    let moment = moment(env);
    let aside = place.state().exists().then(|| place.aside(&moment));
    files::rename(&part, &place.restored())?;
    files::put_back(place, &place.aside(&moment))?;
    forget_marker(place)?;
    note::add(place, env, &format!("restored from {}, as of run {}", from.display(), run.0))?;
    Ok(Restored { from, aside, run, older })
}

/// Whether a copy opens, is a state of this environment, and holds what can be read. Gives its last run, and whether its
/// format is older.
fn verified(place: &Place, part: &Path, from: &Path) -> Result<((i64, String), bool)> {
    // Twice: with its log, which is then written into it, and what came of that.
    trial::in_child(part, false).and_then(|_| trial::in_child(part, true)).map_err(|why| {
        let message = format!("{} cannot be opened: {why}", from.display());
        Diagnostic::error(Code::BAD_COPY, message).help("The state is as it was.")
    })?;
    let db = small(part)?;
    db.attach(part, state::ALIAS, true)?;
    let older = format::older(&db, place);
    let known = older.and_then(|older| {
        let reader = Reader::over(&db);
        Ok((reader.meta("lineage")?, last_run(&db)?, older))
    });
    db.detach(state::ALIAS)?;
    let (lineage, run, older) = known?;
    if let Some(ours) = own_lineage(place).filter(|ours| Some(ours) != lineage.as_ref()) {
        let message = format!(
            "{} is of another environment: its lineage is {}, that of this one {ours}",
            from.display(),
            lineage.unwrap_or_else(|| "unknown".to_owned())
        );
        return unusable(
            &message,
            "Take a copy of this environment. If this one is right after all, move state.duckdb away by hand first.",
        );
    }
    Ok((run, older))
}

/// The lineage of the state that is there, if it can be read.
fn own_lineage(place: &Place) -> Option<String> {
    if !place.state().exists() || trial::in_child(&place.state(), true).is_err() {
        return None;
    }
    let db = small(&place.state()).ok()?;
    attach(&db, place, true).ok()?;
    Reader::over(&db).meta("lineage").ok().flatten()
}

fn small(file: &Path) -> Result<Db> {
    let folders = file.parent().map(Path::to_path_buf).into_iter().collect();
    Db::in_memory(&Limits { memory_mib: 512, threads: 1, spill: None, folders })
}

/// Writes what the state's log holds into its file; gives its last run.
fn checkpoint(place: &Place) -> Result<(i64, String)> {
    let db = super::database(place)?;
    attach(&db, place, false)?;
    let run = format::older(&db, place).and_then(|_| db.run("CHECKPOINT state")).and_then(|()| last_run(&db));
    db.detach(state::ALIAS)?;
    run
}

fn last_run(db: &Db) -> Result<(i64, String)> {
    db.one(&findings::last_run(), [], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn target(place: &Place, env: &Env, to: Option<&Path>) -> Result<PathBuf> {
    let to = match to {
        Some(to) => env.folder.join(to),
        None => {
            let folder = place.backups();
            std::fs::create_dir_all(&folder).map_err(|e| io(&folder, &e))?;
            folder.join(format!("state-{}.duckdb", moment(env)))
        }
    };
    if to.exists() {
        return unusable(
            &format!("{} is there already", to.display()),
            "Name another file: crosswalk state backup --to FILE",
        );
    }
    Ok(to)
}

/// The moment as part of a file's name: `20261002T180000Z`.
fn moment(env: &Env) -> String {
    env.now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The marker of an unclean end was of the state that is kept aside.
fn forget_marker(place: &Place) -> Result<()> {
    match std::fs::remove_file(place.unclean()) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => io(&place.unclean(), &e).alone(),
        _ => Ok(()),
    }
}

fn digest_file(of: &Path) -> PathBuf {
    let mut name = of.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// A copy with a digest beside it must have that digest.
fn same_digest(from: &Path) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(digest_file(from)) else { return Ok(()) };
    let wanted = text.split_whitespace().next().unwrap_or_default();
    if digest(from)? == wanted {
        return Ok(());
    }
    let message = format!("{} is not as it was when it was made", from.display());
    unusable(&message, "Its digest differs from the one in the file .sha256 beside it. Take another copy.")
}

fn digest(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        let n = file.read(&mut buffer).map_err(|e| io(path, &e))?;
        if n == 0 {
            return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect());
        }
        hash.update(buffer.get(..n).unwrap_or_default());
    }
}

fn unusable<T>(what: &str, help: &str) -> Result<T> {
    Diagnostic::error(Code::BAD_COPY, what).help(help).alone()
}
