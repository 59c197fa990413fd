//! One million rows: `crosswalk plan` against the hand-written SQL for the same job, each in a process of its own.
//!
//! `cargo bench --bench compare [-- ROWS]` prints time, processor time, peak memory and the ratio, for the first day
//! (all new) and for the second (1 % changed). The input is made by `generate.py` (needs python3).

#![allow(clippy::expect_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const BY_HAND: &str = "by-hand";

struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_mib: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if arguments.first().map(String::as_str) == Some(BY_HAND) {
        return by_hand(Path::new(&arguments[1]));
    }
    let rows = arguments.first().cloned().unwrap_or_else(|| "1000000".to_owned());
    let folder = tempfile::tempdir().expect("a folder for the benchmark");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let workspace = workspace(folder.path(), &here);
    for day in ["1", "2"] {
        let data = generate(folder.path(), &here, &rows, day);
        let hand = hand(&data, folder.path(), &here);
        let ours = ours(&workspace, &data, day);
        println!("day {day}, {rows} rows        wall s     cpu s  peak MiB");
        for (name, cost) in [("by hand", &hand), ("crosswalk plan", &ours)] {
            println!("  {name:<20} {:>8.2}  {:>8.2}  {:>8}", cost.wall_s, cost.cpu_s, cost.peak_mib);
        }
        println!(
            "  ratio {:.2} (wall), {:.2} (cpu); at most 3 is allowed",
            ours.wall_s / hand.wall_s,
            ours.cpu_s / hand.cpu_s
        );
    }
}

fn workspace(folder: &Path, here: &Path) -> PathBuf {
    let workspace = folder.join("workspace");
    std::fs::create_dir_all(workspace.join("mappings")).expect("a workspace");
    std::fs::copy(here.join("bench.toml"), workspace.join("mappings/bench.toml")).expect("the mapping");
    std::fs::write(workspace.join("crosswalk.toml"), "[env.rehearsal]\n").expect("the workspace file");
    workspace
}

fn generate(folder: &Path, here: &Path, rows: &str, day: &str) -> PathBuf {
    let data = folder.join(format!("day-{day}"));
    std::fs::create_dir_all(&data).expect("a folder for the data");
    let status = Command::new("python3")
        .arg(here.join("generate.py"))
        .args([data.as_os_str(), "--rows".as_ref(), rows.as_ref(), "--day".as_ref(), day.as_ref()])
        .status()
        .expect("python3 runs");
    assert!(status.success(), "generate.py failed");
    data
}

/// The hand-written SQL in the folder of the data, with the state of the day before.
fn hand(data: &Path, folder: &Path, here: &Path) -> Cost {
    let state = folder.join("state.duckdb");
    if state.exists() {
        std::fs::copy(&state, data.join("state.duckdb")).expect("yesterday's state");
    }
    let program = std::env::current_exe().expect("this program");
    let cost = measured(Command::new(program).arg(BY_HAND).arg(here.join("by-hand.sql")).current_dir(data));
    std::fs::copy(data.join("state.duckdb"), &state).expect("today's state");
    cost
}

fn by_hand(script: &Path) {
    let db = duckdb::Connection::open_in_memory().expect("DuckDB opens");
    db.execute_batch(&std::fs::read_to_string(script).expect("by-hand.sql")).expect("by-hand.sql runs");
}

/// Plans; the first day is then applied, outside the measured time.
fn ours(workspace: &Path, data: &Path, day: &str) -> Cost {
    let var = format!("data={}", data.display());
    let crosswalk = |command: &[&str]| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_crosswalk"));
        run.args(command).args(["--var", &var]).current_dir(workspace).stdout(std::process::Stdio::null());
        run
    };
    let cost = measured(&mut crosswalk(&["plan", "bench"]));
    if day == "1" {
        let applied = measured(&mut crosswalk(&["apply", "bench"]));
        println!(
            "day 1 applied to the practice platform in {:.1} s, {} MiB",
            applied.wall_s, applied.peak_mib
        );
    }
    cost
}

/// Runs a command to its end.
#[allow(unsafe_code, clippy::zombie_processes)]
fn measured(command: &mut Command) -> Cost {
    let start = Instant::now();
    let child = command.spawn().expect("the command starts");
    let pid = i32::try_from(child.id()).expect("a process id");
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: both pointers are to live values of the types wait4 writes; the child is ours and waited for once.
    let usage = unsafe {
        assert_eq!(libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()), pid, "waiting failed");
        usage.assume_init()
    };
    assert_eq!(status, 0, "the command failed");
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Cost {
        wall_s: start.elapsed().as_secs_f64(),
        cpu_s: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peak_mib: u64::try_from(usage.ru_maxrss).unwrap_or(0) / 1024,
    }
}
