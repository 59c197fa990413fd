//! What a power cut, a bad disk, a full disk or too little memory leave: the state opens at a commit, or is refused with
//! its copy's name. The process that somebody waits for is never ended by it, and no count is silently wrong.

use crate::generated::{customers_of, many};
use crate::locking::kill_while_sending;
use crate::workspace::{Ran, Workspace};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Random numbers that are the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// A killed apply: the state's file, its log with what was committed since, and a copy from before.
struct Killed {
    workspace: Workspace,
    file: Vec<u8>,
    log: Vec<u8>,
    /// What the state can hold: after each of its commits.
    commits: BTreeSet<String>,
}

static KILLED: LazyLock<Killed> = LazyLock::new(|| {
    let workspace = many(40);
    let _ = workspace.run(&["run", "little"]).exits(0);
    let _ = workspace.run(&["run", "little"]).exits(0);
    std::fs::rename(workspace.place().join("state.duckdb"), workspace.path("kept")).unwrap();
    std::fs::copy(workspace.path("kept"), workspace.place().join("state.duckdb")).unwrap();
    customers_of(&workspace, 40, "AG");
    let _ = workspace.run(&["plan", "little"]).exits(0);
    let mut killed = Killed { workspace, file: Vec::new(), log: Vec::new(), commits: BTreeSet::new() };
    let mut child =
        killed.workspace.command(&["apply", "little", "3", "--allow=company.changed=40"]).spawn().unwrap();
    // Seven events of batches make a log worth cutting.
    while log_of(&killed.workspace).metadata().map_or(0, |m| m.len()) < 6000 {
        assert!(child.try_wait().unwrap().is_none(), "the apply ended before it was killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    killed.file = std::fs::read(killed.workspace.place().join("state.duckdb")).unwrap();
    killed.log = std::fs::read(log_of(&killed.workspace)).unwrap();
    // The log as of each length that ends a commit: a cut between two of them shows the earlier one.
    for length in (0..=killed.log.len()).step_by(64).chain([killed.log.len()]) {
        if let Ok(holds) = killed.opened(&killed.file, &killed.log[..length]) {
            killed.commits.insert(holds);
        }
    }
    killed
});

fn log_of(w: &Workspace) -> PathBuf {
    w.place().join("state.duckdb.wal")
}

impl Killed {
    /// The workspace with these bytes in place of the state and its log.
    fn with(&self, file: &[u8], log: &[u8]) -> Workspace {
        let w = Workspace::copy_of(&self.workspace);
        std::fs::write(w.place().join("state.duckdb"), file).unwrap();
        std::fs::write(log_of(&w), log).unwrap();
        w
    }

    /// What a file with this log holds, or what the program says of it.
    fn opened(&self, file: &[u8], log: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.duckdb");
        std::fs::write(&path, file).unwrap();
        std::fs::write(folder.path().join("state.duckdb.wal"), log).unwrap();
        let ran = self.workspace.run(&["internal-open-state", path.to_str().unwrap(), "--read-only"]);
        if ran.code == 0 { Ok(ran.out) } else { Err(format!("{}{}", ran.out, ran.err)) }
    }

    /// One damage: it opens at a commit or is refused; gives whether it opened.
    fn damaged(&self, what: &str, file: &[u8], log: &[u8]) -> bool {
        match self.opened(file, log) {
            Ok(holds) => {
                assert!(
                    self.commits.contains(&holds),
                    "{what}: opens, and holds what was never committed\n{holds}"
                );
                true
            }
            Err(said) => {
                assert!(!said.contains("panicked"), "{what}: {said}");
                false
            }
        }
    }

    /// The same through the commands that people call.
    fn told(&self, what: &str, file: &[u8], log: &[u8]) {
        let w = self.with(file, log);
        for command in [&["status"][..], &["plan", "little"], &["state", "check"]] {
            let ran: Ran = w.run(command);
            assert!([0, 1].contains(&ran.code), "{what}: {command:?} ended with {}\n{}", ran.code, ran.err);
            assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
            if command[0] != "state" && ran.code == 1 {
                assert!(
                    ran.err.contains("E404") && ran.err.contains("state.backup.duckdb"),
                    "{what}: {}",
                    ran.err
                );
            }
        }
    }

    /// Cuts the log at so many places of its last quarter, flips so many bits of the log and of the file; tells every
    /// `every`-th to the commands.
    fn all(&self, cuts: usize, flips: usize, every: usize) {
        let (mut random, mut opened, mut n) = (Random(7), 0, 0);
        let mut one = |what: String, file: &[u8], log: &[u8]| {
            opened += u32::from(self.damaged(&what, file, log));
            if n % every == 0 {
                self.told(&what, file, log);
            }
            n += 1;
        };
        let last = self.log.len() * 3 / 4;
        for n in 0..cuts {
            let at = last + n * (self.log.len() - last) / cuts;
            one(format!("log cut at {at} of {}", self.log.len()), &self.file, &self.log[..at]);
        }
        for _ in 0..flips {
            let (at, bit) = (random.below(self.log.len()), random.below(8));
            let mut log = self.log.clone();
            log[at] ^= 1 << bit;
            one(format!("bit {bit} of byte {at} of the log"), &self.file, &log);
            // Half of them in the first blocks, which say where everything is.
            let reach = if random.below(2) == 0 { 3 * 4096 } else { self.file.len() };
            let (at, bit) = (random.below(reach), random.below(8));
            let mut file = self.file.clone();
            file[at] ^= 1 << bit;
            one(format!("bit {bit} of byte {at} of the file"), &file, &self.log);
        }
        for at in [0, 1, 4096, 8192, 12_288, self.file.len() / 2, self.file.len() - 1] {
            one(format!("file cut at {at} of {}", self.file.len()), &self.file[..at], &self.log);
        }
        eprintln!("{opened} of {n} opened at one of {} commits, the others were refused", self.commits.len());
        assert!(self.commits.len() > 3, "a log of several commits");
        assert!(opened > 0 && opened < n as u32, "some open and some do not");
    }
}

#[test]
fn a_damaged_state_opens_at_a_commit_or_is_refused() {
    KILLED.all(10, 12, 12);
}

#[test]
#[ignore = "ten minutes; tests/run --nightly"]
fn every_cut_of_the_log_and_four_hundred_flips_open_at_a_commit_or_are_refused() {
    KILLED.all(KILLED.log.len() / 4, 200, 20);
}

#[test]
fn a_cut_log_is_settled_by_the_next_run() {
    // What the log lost the platform may have: it is sent again, which does no harm there.
    for part in [3, 5, 7] {
        let w = KILLED.with(&KILLED.file, &KILLED.log[..KILLED.log.len() * part / 8]);
        let _ = w.run(&["run", "little"]).exits(0);
        assert_eq!(w.store().record("CompanySyncModel", "000039")["companyName"], "Customer 39 AG");
        assert_eq!(w.store().strays(), [""; 0]);
        let _ = w.run(&["state", "check"]).exits(0);
    }
}

/// The program with limits of the shell.
fn limited(w: &Workspace, limit: &str, arguments: &[&str]) -> Ran {
    limited_call(w, &w.command(arguments), limit)
}

/// A call with limits of the shell.
pub fn limited_call(w: &Workspace, inner: &Command, limit: &str) -> Ran {
    let mut command = Command::new("bash");
    // Too large a file is an error like a full disk, not a signal.
    command.arg("-c").arg(format!("trap '' XFSZ; ulimit {limit}; exec \"$@\"")).arg("bash");
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(w.folder()).env_clear();
    command.envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("PATH", "/usr/bin:/bin");
    Ran::of(&mut command)
}

/// The next run goes on with what was begun. Where nothing was, it plans, and the guard's words let that plan pass.
#[track_caller]
fn put_right(w: &Workspace, what: &str) {
    let next = w.run(&["run", "little"]);
    if next.code == 0 {
        return;
    }
    assert_eq!(next.code, 4, "{what}: the run after it\n{}\n{}", next.out, next.err);
    let words = next.out.lines().find_map(|l| l.strip_prefix("crosswalk apply ")).unwrap();
    let arguments: Vec<&str> = std::iter::once("apply").chain(words.split(' ')).collect();
    let applied = w.run(&arguments);
    assert_eq!(applied.code, 0, "{what}: {arguments:?}\n{}\n{}", applied.out, applied.err);
}

/// Whatever happened, it was told, and the next run puts it right.
#[track_caller]
fn told_and_put_right(w: &Workspace, ran: &Ran, what: &str) -> bool {
    assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
    if ran.code != 0 {
        assert!(
            ran.err.contains("error[E"),
            "{what}: ended with {} and no code\n{}\n{}",
            ran.code,
            ran.out,
            ran.err
        );
    }
    put_right(w, what);
    let store = w.store();
    assert_eq!(store.record("CompanySyncModel", "000019")["companyName"], "Customer 19 AG", "{what}");
    assert_eq!(store.strays(), [""; 0], "{what}");
    drop(store);
    let _ = w.run(&["state", "check"]).exits(0);
    ran.code != 0
}

/// Twenty customers are there, and a plan that changes them all.
static CHANGED: LazyLock<Workspace> = LazyLock::new(|| {
    let w = many(20);
    let _ = w.run(&["run", "little"]).exits(0);
    customers_of(&w, 20, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    w
});

const APPLY: &[&str] = &["apply", "little", "2", "--allow=company.changed=20"];

fn files_no_larger_than(kilobytes: &[u32]) {
    let mut failed = 0;
    for size in kilobytes {
        let w = Workspace::copy_of(&CHANGED);
        let ran = limited(&w, &format!("-f {size}"), APPLY);
        failed += u32::from(told_and_put_right(&w, &ran, &format!("files of at most {size} KB")));
    }
    eprintln!("{failed} of {} applies failed", kilobytes.len());
    assert!(failed > 0, "one of them must not have had enough");
}

#[test]
fn files_that_cannot_grow_are_told_and_put_right() {
    files_no_larger_than(&[16, 1000, 2600]);
}

#[test]
#[ignore = "five minutes; tests/run --nightly"]
fn files_that_cannot_grow_at_forty_sizes_are_told_and_put_right() {
    let sizes: Vec<u32> = (0..40).map(|n| 4 + n * 90).collect();
    files_no_larger_than(&sizes);
}

/// A small disk of its own at `kept`, which is the workspace's state folder.
struct SmallDisk(Workspace);

impl SmallDisk {
    fn new(kilobytes: u32) -> Self {
        let w = Workspace::copy_of(&CHANGED);
        let config = std::fs::read_to_string(w.path("crosswalk.toml")).unwrap();
        w.write("crosswalk.toml", &format!("state = \"kept\"\n{config}"));
        std::fs::create_dir(w.path("kept")).unwrap();
        let disk = Self(w);
        disk.mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"]);
        crate::workspace::copy(&disk.0.path(".crosswalk"), &disk.0.path("kept"));
        std::fs::remove_dir_all(disk.0.path(".crosswalk")).unwrap();
        std::os::unix::fs::symlink("kept", disk.0.path(".crosswalk")).unwrap();
        disk
    }

    fn mount(&self, arguments: &[&str]) {
        let status = Command::new("mount").args(arguments).arg(self.0.path("kept")).status().unwrap();
        assert!(status.success(), "this test mounts a small disk, for which it must be root");
    }

    fn enlarge(&self) {
        self.mount(&["-o", "remount,size=100m"]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0.path("kept")).status());
    }
}

#[test]
#[ignore = "mounts small disks, for which it must be root; tests/run --nightly"]
fn a_full_disk_is_told_and_put_right() {
    let full: u64 = walk(&CHANGED.path(".crosswalk"));
    let mut failed = 0;
    for spare in (0..40).map(|n| 20 + n * 150) {
        let disk = SmallDisk::new(u32::try_from(full / 1024).unwrap() + spare);
        let ran = disk.0.run(APPLY);
        disk.enlarge();
        failed += u32::from(told_and_put_right(&disk.0, &ran, &format!("a disk with {spare} KB to spare")));
    }
    eprintln!("{failed} of 40 applies failed");
    assert!((5..40).contains(&failed), "some must fit and some not: {failed}");
}

/// Bytes below a folder.
fn walk(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|e| {
            if e.path().is_dir() {
                8192 + walk(&e.path())
            } else {
                e.metadata().unwrap().len().next_multiple_of(4096)
            }
        })
        .sum()
}

/// With too little memory it may end at any point; the state is put right by the next run all the same.
fn memory_of_at_most(megabytes: &[u32]) {
    let (mut failed, mut untold) = (0, 0);
    for size in megabytes {
        let w = Workspace::copy_of(&CHANGED);
        let ran = killed_or_ran(&w, &format!("-v {}", size * 1024), APPLY);
        assert!(!ran.err.contains("panicked"), "{size} MB: {}", ran.err);
        assert_ne!(ran.code, 124, "{size} MB: it hangs");
        failed += u32::from(ran.code != 0);
        untold += u32::from(ran.code != 0 && !ran.err.contains("error[E"));
        put_right(&w, &format!("{size} MB"));
        assert_eq!(w.store().record("CompanySyncModel", "000019")["companyName"], "Customer 19 AG");
        let _ = w.run(&["state", "check"]).exits(0);
    }
    eprintln!("{failed} of {} applies failed, {untold} of them without a message of ours", megabytes.len());
}

/// As [`limited`], also when a signal ends it.
fn killed_or_ran(w: &Workspace, limit: &str, arguments: &[&str]) -> Ran {
    let inner = w.command(arguments);
    let mut command = Command::new("bash");
    // Not replaced by the program, so that a signal becomes a code, and one that hangs ends with 124.
    command.arg("-c").arg(format!("ulimit {limit}; timeout 60 \"$@\"; exit $?")).arg("bash");
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(w.folder()).env_clear();
    command.envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("PATH", "/usr/bin:/bin");
    Ran::of(&mut command)
}

#[test]
fn too_little_memory_leaves_the_state_in_order() {
    memory_of_at_most(&[300, 700]);
}

#[test]
#[ignore = "three minutes; tests/run --nightly"]
fn too_little_memory_at_thirty_sizes_leaves_the_state_in_order() {
    let sizes: Vec<u32> = (0..30).map(|n| 150 + n * 50).collect();
    memory_of_at_most(&sizes);
}

#[test]
fn a_kill_is_told_with_its_marker_and_its_open_run() {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    kill_while_sending(&w);
    // The log is gone, as after a cut that took the file system with it: the file alone is a commit too.
    drop(std::fs::remove_file(log_of(&w)));
    let ran = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().strays(), [""; 0], "{}", ran.out);
}
