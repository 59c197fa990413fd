//! A workspace in a folder of its own, and the program run in it with nothing from outside.

use crate::store::Store;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The clock of every call that does not say otherwise.
pub const NOW: &str = "2026-10-02T18:00:00Z";

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub struct Workspace {
    folder: tempfile::TempDir,
}

/// What a call came to.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Workspace {
    /// With the project's mappings, samples and fixtures.
    pub fn new() -> Self {
        let new = Self::empty();
        for name in ["crosswalk.toml", "mappings", "samples", "tests/fixtures"] {
            copy(&root().join(name), &new.path(name));
        }
        new
    }

    /// With the samples, and not even the workspace file.
    pub fn bare() -> Self {
        let new = Self { folder: tempfile::Builder::new().prefix("crosswalk-it-").tempdir().unwrap() };
        copy(&root().join("samples"), &new.path("samples"));
        new
    }

    /// With nothing but the workspace file.
    pub fn empty() -> Self {
        let new = Self { folder: tempfile::Builder::new().prefix("crosswalk-it-").tempdir().unwrap() };
        new.write("crosswalk.toml", "[env.rehearsal]\n");
        new
    }

    /// With everything another one holds, its state included.
    pub fn copy_of(other: &Self) -> Self {
        let new = Self::empty();
        copy(other.folder.path(), new.folder.path());
        new
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the rehearsal.
    pub fn place(&self) -> PathBuf {
        self.path(".crosswalk/rehearsal-lockstep")
    }

    pub fn plan(&self, mapping: &str, number: u32) -> PathBuf {
        self.place().join(format!("plans/{mapping}-{number:04}.plan"))
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a text that stands in a file exactly once.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{name} does not hold {from:?} once");
        self.write(name, &text.replace(from, to));
    }

    /// The program, about to be called here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crosswalk"));
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("CROSSWALK_NOW", NOW)
            // A few rows are read by one thread in any case; a second one only turns round in wait for work, which costs a
            // third of the time. Several threads: `plan_bytes` (R9), `shapes`, and the unit tests.
            .env("CROSSWALK_THREADS", "1")
            .env("COLUMNS", "100")
            .env("HOME", self.folder())
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    #[must_use = "its exit code is part of what it says"]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Changes what the practice platform holds, behind everybody's back.
    pub fn store_change(&self, sql: &str) {
        let folders = vec![self.place()];
        let limits = crosswalk::db::Limits { memory_mib: 500, threads: 1, spill: None, folders };
        let db = crosswalk::db::Db::file(&self.place().join("platform.duckdb"), &limits).unwrap();
        db.run(sql).unwrap();
        db.close().unwrap();
    }

    /// What the practice platform and the state hold.
    pub fn store(&self) -> Store {
        Store::open(&self.place())
    }
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().expect("ended by a signal"),
        }
    }

    /// Fails unless it ended with this code; gives what it printed.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n── stdout ──\n{}\n── stderr ──\n{}", self.out, self.err);
        self
    }

    /// Fails unless one of the two streams holds this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "{text:?} is not in\n── stdout ──\n{}\n── stderr ──\n{}",
            self.out,
            self.err
        );
        self
    }
}

/// Copies a file, or a folder with all it holds.
pub fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}
