//! kill -9 at random moments of `apply`, then `run`: what the platform holds is what the plan says, nothing twice.

use crate::generated::many;
use crate::workspace::{Ran, Workspace};
use std::time::{Duration, Instant};

/// Random numbers that are the same each time (splitmix64).
struct Random(u64);

impl Random {
    /// A number in 0..1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A workspace with plan 1 made and not applied.
struct Planned {
    workspace: Workspace,
    mapping: &'static str,
}

impl Planned {
    fn new(workspace: Workspace, mapping: &'static str) -> Self {
        workspace.run(&["plan", mapping]).exits(0);
        Self { workspace, mapping }
    }

    /// How long an apply takes that nobody kills: the shorter of two, as other tests may be at work.
    fn duration(&self) -> Duration {
        self.one_duration().min(self.one_duration())
    }

    fn one_duration(&self) -> Duration {
        let workspace = Workspace::copy_of(&self.workspace);
        let start = Instant::now();
        workspace.run(&["apply", self.mapping, "1"]).exits(0);
        let duration = start.elapsed();
        let store = workspace.store();
        assert_eq!(store.differences(&workspace.plan(self.mapping, 1)), [""; 0]);
        duration
    }

    /// Applies and kills after `delay`; gives the workspace and whether the process was still at work.
    fn kill_after(&self, delay: Duration) -> (Workspace, bool) {
        let workspace = Workspace::copy_of(&self.workspace);
        let mut child = workspace.command(&["apply", self.mapping, "1"]).spawn().unwrap();
        // The moment itself is what is tested, so there is no condition to wait for.
        std::thread::sleep(delay);
        let alive = child.try_wait().unwrap().is_none();
        if alive {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        (workspace, alive)
    }

    /// After `run`: everything there once, as planned, and nothing left to send.
    fn check(&self, workspace: &Workspace, what: &str) {
        self.arrived(workspace, what);
        let before = workspace.store().traffic();
        let again = workspace.run(&["run", self.mapping]).exits(0).says("nothing to send");
        assert_eq!(workspace.store().traffic(), before, "{what}: the run after that\n{}", again.out);
    }

    /// After `run`: everything there once, as planned, the state in order.
    fn arrived(&self, workspace: &Workspace, what: &str) {
        let ran = workspace.run(&["run", self.mapping]);
        assert_eq!(ran.code, 0, "{what}: run after it\n{}\n{}", ran.out, ran.err);
        let store = workspace.store();
        assert_eq!(store.differences(&workspace.plan(self.mapping, 1)), [""; 0], "{what}");
        assert_eq!(store.mishaps(), [""; 0], "{what}");
        assert_eq!(store.strays(), [""; 0], "{what}");
        let (started, ended) = store.runs();
        assert_eq!(started, ended, "{what}: a run is still open");
        assert!(!workspace.place().join("unclean").exists(), "{what}: still marked as unclean");
        assert_eq!(std::fs::read_dir(workspace.place().join("open")).unwrap().count(), 0, "{what}: open/");
    }
}

/// Kills so many applies; gives how many were still at work.
fn kill(planned: &Planned, kills: u32, seed: u64) -> u32 {
    let mut full = planned.duration();
    eprintln!("{}: an apply takes {full:?}; seed {seed}", planned.mapping);
    let mut random = Random(seed);
    let mut hits = 0;
    for n in 1..=kills {
        let delay = full.mul_f64(random.next());
        let (workspace, alive) = planned.kill_after(delay);
        hits += u32::from(alive);
        if !alive {
            // Measured while others were at work too.
            full = full.mul_f64(0.85);
        }
        let what = format!("{} seed {seed} kill {n} after {delay:?}, alive {alive}", planned.mapping);
        eprintln!("{what}");
        match n % 4 {
            1 => planned.check(&workspace, &what),
            // The same question at half the price: the next plan finds no change.
            3 => {
                planned.arrived(&workspace, &what);
                let next = workspace.run(&["plan", planned.mapping, "--exit-code"]);
                assert_eq!(next.code, 0, "{what}: the plan after that\n{}", next.out);
            }
            _ => planned.arrived(&workspace, &what),
        }
    }
    eprintln!("{}: {hits} of {kills} kills hit an apply at work", planned.mapping);
    hits
}

// Seventeen at each change, more than a thousand by night: an apply and the plan after it take seconds each.

#[test]
fn kills_of_many_batches_lose_and_double_nothing() {
    let planned = Planned::new(many(30), "little");
    assert!(kill(&planned, 13, 20_261_002) >= 9, "most kills came too late");
}

#[test]
fn kills_of_the_first_evening_lose_and_double_nothing() {
    let workspace = Workspace::new();
    workspace.edit("mappings/platforms/lockstep.toml", "records = 10000", "records = 10");
    let planned = Planned::new(workspace, "acme");
    assert!(kill(&planned, 4, 7) >= 3, "most kills came too late");
}

/// So many kills while twenty customers and their contacts are sent in this way, ten to an upload.
fn kill_by(way: &str, kills: u32, seed: u64) {
    let workspace = many(20);
    if !way.is_empty() {
        workspace.edit("crosswalk.toml", "[env.rehearsal]", &format!("[env.rehearsal]\nway = \"{way}\""));
    }
    let hits = kill(&Planned::new(workspace, "little"), kills, seed);
    assert!(hits * 3 >= kills * 2, "most kills came too late");
}

#[test]
#[ignore = "long; tests/run --nightly"]
fn five_hundred_kills_lose_and_double_nothing() {
    kill_by("", 500, 42);
}

#[test]
#[ignore = "long; tests/run --nightly"]
fn three_hundred_kills_by_json_lines_lose_and_double_nothing() {
    kill_by("jsonl", 300, 43);
}

#[test]
#[ignore = "long; tests/run --nightly"]
fn three_hundred_kills_by_batches_lose_and_double_nothing() {
    kill_by("batch", 300, 44);
}

#[test]
fn a_kill_while_the_run_after_it_settles_converges_too() {
    let planned = Planned::new(many(40), "little");
    let full = planned.duration();
    let mut random = Random(3);
    for n in 1..=3 {
        let (workspace, _) = planned.kill_after(full.mul_f64(0.3 + 0.5 * random.next()));
        for _ in 0..2 {
            let mut child = workspace.command(&["run", "little"]).spawn().unwrap();
            std::thread::sleep(full.mul_f64(random.next()));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        planned.check(&workspace, &format!("recovery {n}"));
    }
}

#[test]
fn applying_the_same_plan_again_after_a_kill_goes_on_with_it() {
    let planned = Planned::new(many(40), "little");
    let full = planned.duration();
    let (workspace, alive) = planned.kill_after(full.mul_f64(0.6));
    assert!(alive);
    let ran: Ran = workspace.run(&["apply", "little", "1"]).exits(0);
    let store = workspace.store();
    assert_eq!(store.differences(&workspace.plan("little", 1)), [""; 0], "{}", ran.out);
    assert_eq!(store.mishaps(), [""; 0]);
    assert_eq!(store.runs(), (1, 1));
}
