//! The files of an environment: `.crosswalk/<env>/`.

use crate::diagnostic::{Code, Diagnostic, Result};
use std::path::{Path, PathBuf};

/// The folder of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The environment's folder inside `kept`, which is the workspace's `.crosswalk` or what its `state` names; created,
    /// readable by its owner alone.
    ///
    /// # Errors
    /// E902.
    pub fn new(kept: &Path, environment: &str) -> Result<Self> {
        let folder = kept.join(environment);
        for sub in ["plans", "open", "work"] {
            let path = folder.join(sub);
            std::fs::create_dir_all(&path)
                .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())))?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let only_owner = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&folder, only_owner)
                .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", folder.display())))?;
        }
        let folder = folder.canonicalize().unwrap_or(folder);
        Ok(Self { folder })
    }

    /// The folder of all environments.
    pub fn kept(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `state.duckdb`.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state.duckdb")
    }

    /// The copy made before the last apply.
    pub fn backup(&self) -> PathBuf {
        self.folder.join("state.backup.duckdb")
    }

    /// The state rewritten in a new shape: complete, about to be swapped in.
    pub fn fresh(&self) -> PathBuf {
        self.folder.join("state.new.duckdb")
    }

    /// The state being written in a new shape, not complete yet.
    pub fn part(&self) -> PathBuf {
        self.folder.join("state.part.duckdb")
    }

    /// A verified copy, about to be put back as the state.
    pub fn restored(&self) -> PathBuf {
        self.folder.join("state.restored.duckdb")
    }

    /// Where the state is kept that a copy has taken the place of.
    pub fn aside(&self, moment: &str) -> PathBuf {
        self.folder.join(format!("state.aside-{moment}.duckdb"))
    }

    /// Copies made by hand.
    pub fn backups(&self) -> PathBuf {
        self.folder.join("backups")
    }

    /// How far a running apply is.
    pub fn progress(&self) -> PathBuf {
        self.folder.join("progress.json")
    }

    /// What was done to the state by hand: restored, taken over.
    pub fn notes(&self) -> PathBuf {
        self.folder.join("lineage.jsonl")
    }

    /// `open/`.
    pub fn open(&self) -> PathBuf {
        self.folder.join("open")
    }

    /// `lock.json`.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock.json")
    }

    /// There while an apply runs, and after one that was killed.
    pub fn unclean(&self) -> PathBuf {
        self.folder.join("unclean")
    }

    /// `plans/`.
    pub fn plans(&self) -> PathBuf {
        self.folder.join("plans")
    }

    /// The plan of an open run.
    pub fn open_plan(&self, digest: &str) -> PathBuf {
        self.open().join(format!("{digest}.plan"))
    }

    /// A scratch folder of this process, removed by [`Scratch`]'s drop; those of dead processes are removed first.
    ///
    /// # Errors
    /// E902.
    pub fn scratch(&self) -> Result<Scratch> {
        let work = self.folder.join("work");
        if let Ok(entries) = std::fs::read_dir(&work) {
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let pid = name.split('-').next().and_then(|p| p.parse::<u32>().ok());
                if pid.is_some_and(|p| p != std::process::id() && !super::lock::alive(p)) {
                    // An orphan that cannot be removed is tried again next time.
                    drop(std::fs::remove_dir_all(entry.path()));
                }
            }
        }
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = work.join(format!("{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())))?;
        Ok(Scratch(path))
    }
}

/// A scratch folder, removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over is removed by the next start.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
