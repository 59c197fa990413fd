//! The state's own safety: formats, copies, findings, and where it may lie.

use crate::generated::{customers_of, little, many};
use crate::workspace::{Ran, Workspace, root};
use crosswalk::db::{Db, Limits};
use crosswalk::env::Env;
use crosswalk::state::{FINDINGS, FORMAT, Lock, Place};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A state of an earlier format, as that program wrote it.
fn fixture(name: &str) -> Vec<u8> {
    let packed = std::fs::File::open(root().join("tests/fixtures/states").join(name)).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

fn state(w: &Workspace) -> PathBuf {
    w.place().join("state.duckdb")
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Runs statements on a state that nobody holds, attached as `s`.
pub fn tamper(file: &Path, sql: &str) {
    let folders = vec![file.parent().unwrap().to_path_buf()];
    let db = Db::in_memory(&Limits { memory_mib: 300, threads: 1, spill: None, folders }).unwrap();
    db.attach(file, "s", false).unwrap();
    db.run(sql).unwrap();
    db.run("CHECKPOINT s").unwrap();
    db.detach("s").unwrap();
}

fn format(file: &Path) -> String {
    let folders = vec![file.parent().unwrap().to_path_buf()];
    let db = Db::in_memory(&Limits { memory_mib: 300, threads: 1, spill: None, folders }).unwrap();
    db.attach(file, "s", true).unwrap();
    db.one("SELECT max(value) FROM s.main.meta WHERE key = 'format'", [], |row| row.get(0)).unwrap()
}

/// Puts a file in the place of the state, without what belongs to the present one.
fn replace(w: &Workspace, with: &[u8]) {
    drop(std::fs::remove_file(w.place().join("state.backup.duckdb")));
    std::fs::write(state(w), with).unwrap();
    private(&state(w));
}

#[cfg(unix)]
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn an_older_format_is_read_as_it_is_and_rewritten_by_apply() {
    let w = little(20);
    let _ = w.run(&["run", "little"]).exits(0);
    let old = fixture("format-1-little.duckdb.gz");
    replace(&w, &old);
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
    let _ = w.run(&["status"]).exits(0).says("20  CompanySyncModel");
    let _ = w.run(&["explain", "little", "company", "000003"]).exits(0).says("run 1").says("Customer 3 GmbH");
    let _ = w.run(&["state", "show"]).exits(0).says("older than");
    let found = w.run(&["state", "check"]).exits(1).says("1 finding");
    assert!(found.out.contains("older-format"), "{}", found.out);
    assert_eq!(bytes(&state(&w)), old, "only apply changes the state");

    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(10);
    let _ = w.run(&["apply", "little"]).exits(0).says("1 accepted");
    assert_eq!(bytes(&w.place().join("state.backup.duckdb")), old, "the old file is the copy");
    assert_eq!(format(&state(&w)), FORMAT.to_string());
    assert_eq!(w.store().record("CompanySyncModel", "000003")["companyName"], "Customer 3 AG");
    assert_eq!(w.store().strays(), [""; 0]);
    let _ = w.run(&["run", "little"]).exits(0).says("nothing to send");
    let _ = w.run(&["state", "check"]).exits(0).says("in order");
}

#[test]
fn an_older_format_of_all_kinds_of_fields_shows_no_change() {
    let w = Workspace::new();
    let _ = w.run(&["run", "acme"]).exits(0);
    replace(&w, &fixture("format-1-acme.duckdb.gz"));
    let _ = w.run(&["plan", "acme", "--exit-code"]).exits(0);
    let _ = w.run(&["run", "acme"]).exits(0).says("nothing to send");
    assert_eq!(format(&state(&w)), FORMAT.to_string());
    let _ = w.run(&["plan", "acme", "--exit-code"]).exits(0);
}

/// Makes a state of today one of format 1: without what came since.
fn downgrade(file: &Path) {
    let folders = vec![file.parent().unwrap().to_path_buf()];
    let db = Db::in_memory(&Limits { memory_mib: 300, threads: 1, spill: None, folders }).unwrap();
    db.attach(file, "s", true).unwrap();
    let tables = "SELECT table_name FROM duckdb_tables() WHERE database_name = 's' AND table_name LIKE 'current_%' ORDER BY 1";
    let tables: Vec<String> = db.rows(tables, [], |row| row.get(0)).unwrap();
    db.detach("s").unwrap();
    drop(db);
    let models: String =
        tables.iter().map(|t| format!("ALTER TABLE s.main.\"{t}\" DROP COLUMN _remote; ")).collect();
    tamper(
        file,
        &format!(
            "{models} ALTER TABLE s.main.outcome DROP COLUMN basis; ALTER TABLE s.main.outcome DROP COLUMN remote; \
             DROP TABLE s.main.request; DROP TABLE s.main.hold; UPDATE s.main.meta SET value = '1' WHERE key = 'format'"
        ),
    );
}

#[test]
fn an_open_run_of_an_older_format_is_finished() {
    let w = many(40);
    let _ = w.run(&["plan", "little"]).exits(0);
    crate::locking::kill_while_sending(&w);
    downgrade(&state(&w));
    let _ = w.run(&["run", "little"]).exits(0);
    let store = w.store();
    assert_eq!(store.differences(&w.plan("little", 1)), [""; 0]);
    assert_eq!((store.mishaps(), store.strays()), (vec![], vec![]));
    let (started, ended) = store.runs();
    assert_eq!(started, ended);
    drop(store);
    assert_eq!(format(&state(&w)), FORMAT.to_string());
    let _ = w.run(&["state", "check"]).exits(0);
}

#[test]
fn a_newer_format_is_refused_by_everybody() {
    let w = little(3);
    let _ = w.run(&["run", "little"]).exits(0);
    tamper(
        &state(&w),
        "UPDATE s.main.meta SET value = '99' WHERE key = 'format'; UPDATE s.main.meta SET value = '9.9.0' WHERE key = 'program'",
    );
    let before = bytes(&state(&w));
    for command in [
        &["plan", "little"][..],
        &["run", "little"],
        &["apply", "little", "1"],
        &["status"],
        &["explain", "little", "company", "000001"],
        &["state", "backup"],
    ] {
        let _ = w.run(command).exits(1).says("E420").says("crosswalk 9.9.0 or newer");
    }
    let _ = w.run(&["state", "check"]).exits(1).says("newer-format");
    assert_eq!(bytes(&state(&w)), before);
}

/// Three customers; two runs have ended, so that a copy is there.
static TWICE: LazyLock<Workspace> = LazyLock::new(|| {
    let w = little(3);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["state", "check"]).exits(0).says("in order");
    w
});

#[test]
fn every_finding_is_found_and_names_its_repair() {
    let sql = |text: &'static str| move |w: &Workspace| tamper(&state(w), text);
    type Harm = Box<dyn Fn(&Workspace)>;
    let cases: Vec<(&str, Harm)> = vec![
        ("cannot-open", Box::new(|w| std::fs::write(state(w), "no state").unwrap())),
        ("gone", Box::new(|w| std::fs::remove_file(state(w)).unwrap())),
        ("newer-format", Box::new(sql("UPDATE s.main.meta SET value = '99' WHERE key = 'format'"))),
        ("older-format", Box::new(|w| downgrade(&state(w)))),
        (
            "key-twice",
            Box::new(sql(
                "INSERT INTO s.main.\"current_CompanySyncModel\" SELECT * FROM s.main.\"current_CompanySyncModel\" LIMIT 1",
            )),
        ),
        ("outcome-without-batch", Box::new(sql("UPDATE s.main.outcome SET batch = 7 WHERE key = '000001'"))),
        ("batch-without-end", Box::new(sql("DELETE FROM s.main.batch WHERE event = 'over' AND batch = 1"))),
        (
            "record-without-outcome",
            Box::new(sql("UPDATE s.main.\"current_CompanySyncModel\" SET _run = 2 WHERE _key = '000002'")),
        ),
        (
            "outcome-without-record",
            Box::new(sql("DELETE FROM s.main.\"current_ContactSyncModel\" WHERE _key = 'P000001'")),
        ),
        (
            "counts-differ",
            Box::new(sql("DELETE FROM s.main.member WHERE change = (SELECT min(change) FROM s.main.member)")),
        ),
        ("run-open", Box::new(sql("DELETE FROM s.main.run WHERE event = 'end' AND run = 2"))),
        ("plan-missing", Box::new(sql("DELETE FROM s.main.run WHERE event = 'end' AND run = 2"))),
        ("unclean-end", Box::new(|w| std::fs::write(w.place().join("unclean"), "").unwrap())),
        (
            "swap-unfinished",
            Box::new(|w| std::fs::rename(state(w), w.place().join("state.new.duckdb")).unwrap()),
        ),
        ("plan-left-over", Box::new(|w| std::fs::write(w.place().join("open/0a.plan"), "").unwrap())),
        (
            "dead-lock",
            Box::new(|w| crate::locking::lock(w, &crate::locking::this_host(), crate::locking::dead())),
        ),
        ("foreign-lock", Box::new(|w| crate::locking::lock(w, "elsewhere", 7))),
        ("not-private", Box::new(|w| open_to_all(&state(w)))),
        ("no-backup", Box::new(|w| std::fs::remove_file(w.place().join("state.backup.duckdb")).unwrap())),
        (
            "other-lineage",
            Box::new(|w| {
                tamper(
                    &w.place().join("state.backup.duckdb"),
                    "UPDATE s.main.meta SET value = 'x' WHERE key = 'lineage'",
                );
            }),
        ),
    ];
    for (name, harm) in &cases {
        let w = Workspace::copy_of(&TWICE);
        harm(&w);
        let before = state(&w).exists().then(|| bytes(&state(&w)));
        let ran = w.run(&["state", "check"]).exits(1);
        let repair = FINDINGS.iter().find(|(n, _)| n == name).map(|(_, repair)| *repair).unwrap();
        assert!(
            ran.out.contains(&format!("  {name}: ")) && ran.out.contains(repair),
            "{name} was not found\n{}",
            ran.out
        );
        assert_eq!(state(&w).exists().then(|| bytes(&state(&w))), before, "{name}: check changed the state");
    }
    let tried: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let known: Vec<&str> = FINDINGS.iter().map(|(name, _)| *name).collect();
    let untried: Vec<&&str> = known.iter().filter(|n| !tried.contains(n)).collect();
    assert!(untried.is_empty(), "no case for {untried:?}");
}

#[cfg(unix)]
fn open_to_all(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn a_copy_is_made_checked_and_put_back() {
    let w = little(20);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["state", "backup", "--to", "copy.duckdb"]).exits(0).says("as of run 1").says("SHA-256");
    let sum = std::process::Command::new("sha256sum")
        .arg("-c")
        .arg("copy.duckdb.sha256")
        .current_dir(w.folder())
        .status();
    assert!(sum.unwrap().success());
    let _ = w.run(&["state", "backup", "--to", "copy.duckdb"]).exits(1).says("E422").says("there already");
    let _ = w.run(&["state", "backup"]).exits(0).says("backups/state-20261002T180000Z.duckdb");

    customers_of(&w, 20, "AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["apply", "little", "--allow", "company.changed=20"]).exits(0);
    let newest = bytes(&state(&w));
    let _ = w.run(&["state", "restore", "copy.duckdb"]).exits(0).says("as of run 1").says("does no harm");
    assert_eq!(
        bytes(&w.place().join("state.aside-20261002T180000Z.duckdb")),
        newest,
        "what was there is kept"
    );
    let _ = w
        .run(&["state", "show"])
        .exits(0)
        .says("the last was run 1")
        .says("Done by hand")
        .says("restored from");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(10);
    let _ = w.run(&["apply", "little", "--allow", "company.changed=20"]).exits(0);
    assert_eq!(w.store().record("CompanySyncModel", "000003")["companyName"], "Customer 3 AG");
    let _ = w.run(&["run", "little"]).exits(0).says("nothing to send");
    let _ = w.run(&["state", "check"]).exits(0);
}

#[test]
fn a_broken_state_is_put_right_by_its_copy_with_its_log_set_aside() {
    let w = Workspace::copy_of(&TWICE);
    std::fs::write(state(&w), "x".repeat(5000)).unwrap();
    std::fs::write(w.place().join("state.duckdb.wal"), "y".repeat(500)).unwrap();
    let _ = w
        .run(&["plan", "little"])
        .exits(1)
        .says("E404")
        .says("state.backup.duckdb")
        .says("crosswalk state restore");
    let _ = w.run(&["state", "restore"]).exits(0);
    assert!(!w.place().join("state.duckdb.wal").exists());
    assert_eq!(
        bytes(&w.place().join("state.aside-20261002T180000Z.duckdb.wal")),
        "y".repeat(500).into_bytes()
    );
    let _ = w.run(&["run", "little"]).exits(0).says("nothing to send");
}

#[test]
fn what_is_no_copy_of_this_state_is_not_put_back() {
    let w = Workspace::copy_of(&TWICE);
    let before = bytes(&state(&w));
    let refused = |arguments: &[&str], says: &str| {
        let _ = w.run(arguments).exits(1).says("E422").says(says);
        assert_eq!(bytes(&state(&w)), before, "{says}: the state is as it was");
        assert!(!w.place().join("state.part.duckdb").exists(), "{says}: nothing is left over");
    };
    refused(&["state", "restore", "nowhere.duckdb"], "there is no file");
    w.write("no.duckdb", "no state");
    refused(&["state", "restore", "no.duckdb"], "cannot be opened");
    let cut = &before[..before.len() - 200_000];
    std::fs::write(w.path("cut.duckdb"), cut).unwrap();
    refused(&["state", "restore", "cut.duckdb"], "cannot be opened");
    std::fs::write(w.path("other.duckdb"), &before).unwrap();
    tamper(&w.path("other.duckdb"), "UPDATE s.main.meta SET value = 'x' WHERE key = 'lineage'");
    refused(&["state", "restore", "other.duckdb"], "of another environment");
    std::fs::write(w.path("changed.duckdb"), &before).unwrap();
    w.write("changed.duckdb.sha256", "0000  changed.duckdb\n");
    refused(&["state", "restore", "changed.duckdb"], "not as it was");
    let place = Place::new(&w.path(".crosswalk"), "rehearsal-lockstep").unwrap();
    let env = Env::new(std::collections::BTreeMap::new(), w.folder().to_path_buf());
    let held = Lock::take(&place, &env, "test").unwrap();
    let _ = w.run(&["state", "restore"]).exits(5).says("E403");
    let _ = w.run(&["state", "backup"]).exits(5).says("E403");
    let _ = w.run(&["state", "check"]).exits(5).says("E403");
    drop(held);
}

#[test]
fn a_state_that_is_gone_is_not_taken_for_a_beginning() {
    let w = Workspace::copy_of(&TWICE);
    std::fs::remove_file(state(&w)).unwrap();
    for command in [&["plan", "little"][..], &["run", "little"], &["status"], &["state", "show"]] {
        let _ =
            w.run(command).exits(1).says("E404").says("state.backup.duckdb").says("crosswalk state restore");
    }
    let _ = w.run(&["state", "restore"]).exits(0);
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
}

#[test]
fn a_swap_or_a_restore_cut_short_is_finished_by_whoever_looks_next() {
    for command in [&["plan", "little"][..], &["status"], &["run", "little"]] {
        let w = Workspace::copy_of(&TWICE);
        std::fs::rename(state(&w), w.place().join("state.new.duckdb")).unwrap();
        let _ = w.run(command).exits(0);
        let _ = w.run(&["state", "check"]).exits(0);
    }
    let w = Workspace::copy_of(&TWICE);
    let right = bytes(&state(&w));
    std::fs::rename(state(&w), w.place().join("state.restored.duckdb")).unwrap();
    std::fs::write(w.place().join("state.duckdb.wal"), "of the broken one").unwrap();
    let _ = w.run(&["status"]).exits(0).says("3  CompanySyncModel");
    assert_eq!(bytes(&state(&w)), right);
    // Half of a new file has another name and is never taken for a state.
    let w = Workspace::copy_of(&TWICE);
    std::fs::write(w.place().join("state.part.duckdb"), "half").unwrap();
    std::fs::remove_file(state(&w)).unwrap();
    let _ = w.run(&["plan", "little"]).exits(1).says("E404");
}

#[test]
fn the_lock_of_a_machine_that_is_gone_is_taken_over_and_noted() {
    let w = Workspace::copy_of(&TWICE);
    let _ = w.run(&["state", "here"]).exits(0).says("nothing to take over");
    crate::locking::lock(&w, "elsewhere", 7);
    let _ = w.run(&["run", "little"]).exits(5).says("elsewhere").says("nothing runs there any more");
    let _ = w.run(&["state", "here"]).exits(0).says("Taken over from `apply` of eve");
    let _ = w.run(&["run", "little"]).exits(0);
    let _ =
        w.run(&["state", "show"]).exits(0).says("taken over from `apply` of eve (process 7 on elsewhere)");
}

#[test]
fn what_is_in_a_state_is_told() {
    let w = little(3);
    let _ = w.run(&["state", "show"]).exits(0).says("Nothing has been applied yet");
    let _ = w.run(&["state", "backup"]).exits(1).says("E422");
    let w = Workspace::copy_of(&TWICE);
    let shown = w.run(&["state", "show", "--env", "rehearsal"]).exits(0);
    for part in [
        "format   2",
        "lineage  ",
        "account  Rehearsal",
        "little: 1 run changed records; the last was run 2",
        "3  current_CompanySyncModel",
        "  outcome",
    ] {
        assert!(shown.out.contains(part), "{part:?} is not in\n{}", shown.out);
    }
}

#[test]
fn a_folder_on_a_network_or_synchronised_is_refused_and_another_can_be_named() {
    let w = little(3);
    w.write("mounts", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    let here = w.folder().canonicalize().unwrap();
    let run = |w: &Workspace, arguments: &[&str]| {
        crate::workspace::Ran::of(w.command(arguments).env("CROSSWALK_MOUNTS", w.path("mounts")))
    };
    let _ = run(&w, &["plan", "little"]).exits(0);
    std::fs::remove_dir_all(w.path(".crosswalk")).unwrap();
    for (kind, name) in [("nfs4", "NFS"), ("cifs", "SMB"), ("fuse.sshfs", "sshfs"), ("fuse.davfs2", "davfs2")]
    {
        w.write(
            "mounts",
            &format!(
                "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:9 / {} rw - {kind} x rw\n",
                here.display()
            ),
        );
        for command in [
            &["plan", "little"][..],
            &["run", "little"],
            &["status"],
            &["rehearse", "lockstep", "--reset", "--only"],
        ] {
            let _ = run(&w, command).exits(1).says("E421").says(name);
        }
    }
    assert!(!w.path(".crosswalk").exists(), "nothing was written there");
    // The mappings may stay; what is kept goes to a local disk.
    let local = tempfile::tempdir().unwrap();
    w.write(
        "crosswalk.toml",
        &format!("state = \"{}\"\n[env.rehearsal]\nvars = {{ region = \"Nord\" }}\n", local.path().display()),
    );
    let _ = run(&w, &["run", "little"]).exits(0);
    let _ = run(&w, &["plan", "little", "--exit-code"]).exits(0);
    let _ = run(&w, &["apply", "little", "2"]).exits(0).says("nothing to send");
    let _ = run(&w, &["show", "1"]).exits(0);
    assert!(
        local.path().join("rehearsal-lockstep/state.duckdb").exists()
            && local.path().join("numbers/0001").exists()
    );
    assert!(!w.path(".crosswalk").exists());
}

#[test]
fn what_a_synchronising_program_leaves_is_seen() {
    let w = little(3);
    std::fs::create_dir(w.path(".stfolder")).unwrap();
    let _ = w.run(&["plan", "little"]).exits(1).says("E421").says("Syncthing").says("state = ");
    std::fs::remove_dir(w.path(".stfolder")).unwrap();
    let _ = w.run(&["plan", "little"]).exits(0);
}

/// A platform that takes nothing for a while has not damaged the state, and the program was not ended.
#[test]
fn an_outage_leaves_nothing_that_check_calls_damage() {
    let w = many(8);
    let mut run = w.command(&["run", "little"]);
    let _ = Ran::of(run.env("CROSSWALK_FAULT", "throttled:wait=30:every=1:after=2")).exits(1);
    let found = w.run(&["state", "check"]);
    assert!(found.out.contains("run-open"), "{}", found.out);
    for wrong in ["counts-differ", "unclean-end", "restore"] {
        assert!(!found.out.contains(wrong), "{wrong}\n{}", found.out);
    }
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["state", "check"]).exits(0);
    assert_eq!(w.store().differences(&w.plan("little", 1)), [""; 0]);
}

/// The plan of an open run is gone from `open/`: the one in `plans/` does, if it is there and the same.
#[test]
fn an_open_run_whose_plan_is_gone_goes_on_by_the_one_that_was_made() {
    let w = many(8);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = Ran::of(w.command(&["apply", "little", "1"]).env("CROSSWALK_CRASH_AT", "30")).exits(137);
    let open = w.place().join("open");
    std::fs::remove_dir_all(&open).unwrap();
    std::fs::create_dir(&open).unwrap();
    let made = w.plan("little", 1);
    let aside = w.path("aside.plan");
    std::fs::rename(&made, &aside).unwrap();
    let gone = w.run(&["run", "little"]).exits(1).says("E402").says("little-0001.plan");
    assert!(gone.err.contains("is gone"), "{}", gone.err);
    std::fs::rename(&aside, &made).unwrap();
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().differences(&made), [""; 0]);
    assert_eq!(w.store().mishaps(), [""; 0]);
}
