//! Files of the state: copies that are complete before they have their name, swaps by renames that survive a power cut,
//! and what the next start does with one that was cut short.

use super::Place;
use crate::diagnostic::{Code, Diagnostic, Result};
use std::path::{Path, PathBuf};

/// The write-ahead log of a database file.
pub(super) fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".wal");
    PathBuf::from(name)
}

/// Lets only the owner read a file.
pub(super) fn private(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|e| io(path, &e))?;
    }
    Ok(())
}

/// Copies a closed file: on disk and private before it has its name.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    let part = to.with_extension("part");
    let copied = std::fs::copy(from, &part).and_then(|_| std::fs::File::open(&part)?.sync_all());
    if let Err(e) = copied {
        // Half a copy is of no use; the error is what counts.
        drop(std::fs::remove_file(&part));
        return io(&part, &e).alone();
    }
    private(&part)?;
    rename(&part, to)
}

/// Puts the rewritten file in the place of the state, which becomes the backup.
pub(super) fn swap(place: &Place) -> Result<()> {
    rename(&place.state(), &place.backup())?;
    rename(&place.fresh(), &place.state())
}

/// Puts a verified copy (`state.restored.duckdb`) in the place of the state, which is kept aside with its log. Begun
/// anew after a kill, it ends the same.
pub(super) fn put_back(place: &Place, aside: &Path) -> Result<()> {
    for (from, to) in [(wal(&place.state()), wal(aside)), (place.state(), aside.to_path_buf())] {
        if from.exists() {
            rename(&from, &to)?;
        }
    }
    rename(&place.restored(), &place.state())
}

/// Whether a process ended in the middle of a swap or of a restore.
pub fn swap_unfinished(place: &Place) -> bool {
    place.restored().exists() || (!place.state().exists() && place.fresh().exists())
}

/// Finishes what a process left in the middle: a restore, whose copy is complete when it has its name, or a swap: the
/// new file is complete, and the old one has been renamed already. The caller holds the lock.
///
/// # Errors
/// E902.
pub fn restore_after_swap(place: &Place) -> Result<()> {
    if place.restored().exists() {
        return put_back(place, &place.aside("interrupted"));
    }
    if swap_unfinished(place) {
        return rename(&place.fresh(), &place.state());
    }
    Ok(())
}

/// Refuses when the state is gone and its copy is still there: going on would take everything for new.
///
/// # Errors
/// E404 with the copy's name.
pub(super) fn refuse_lost(place: &Place) -> Result<()> {
    if place.state().exists() || !place.backup().exists() {
        return Ok(());
    }
    let message = format!("{} is gone", place.state().display());
    let help = format!(
        "The copy made before the last apply is {}: `crosswalk state restore` puts it back.",
        place.backup().display()
    );
    Diagnostic::error(Code::STATE_DAMAGED, message).help(help).alone()
}

pub(super) fn remove(path: &Path) -> Result<()> {
    for path in [path.to_path_buf(), wal(path)] {
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return io(&path, &e).alone(),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    crate::env::step("before a rename of the state");
    std::fs::rename(from, to).map_err(|e| io(to, &e))?;
    crate::env::step("after a rename of the state");
    sync_folder(to)
}

/// Has a file's new name, too, survive a power cut.
///
/// # Errors
/// E902.
pub fn sync_folder(of: &Path) -> Result<()> {
    if let Some(folder) = of.parent() {
        std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| io(folder, &e))?;
    }
    Ok(())
}

pub(super) fn io(path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}
