//! The order of the stages, one function a job: check, plan, apply, run. No arguments, no output; starts the practice
//! platform where the environment is the rehearsal.

mod adopt;
mod apply;
mod approve;
mod bound;
mod check;
mod connect;
mod context;
mod coverage;
mod decide;
mod dotenv;
mod drift;
mod files;
pub mod lock;
mod new;
mod notify;
mod numbers;
mod plan;
mod preview;
mod queries;
mod resolve;
mod review;
mod rules;
mod run;
pub mod schema;
mod secret;
mod stale;
mod standing;
pub mod state;
mod test;
mod trace;
mod turnup;
mod way;

pub use apply::{Applied, Apply, apply};
pub use approve::{Approved, approve, needed as approvals_needed, waits as waits_for_approval};
pub use check::{Checked, check};
pub use connect::{practice, refuse_if_serving};
pub use context::{Context, Workplace};
pub use coverage::{Coverage, Missed, RecordCoverage, SourceCoverage, UnsetField, Unused, coverage};
pub use decide::{Decide, Held, Named, hold, undo};
pub use new::{Created, New, new};
pub use notify::{notify, try_channels};
pub use numbers::{find as find_plan, latest as latest_plan};
pub use plan::{Planned, plan};
pub use preview::{Count, Preview, Shown, ShownField, counts, preview};
pub use resolve::resolve;
pub use review::{Review, review};
pub use run::{Ran, run};
pub use secret::open_env_file;
pub use standing::{Standing, standing};
pub use test::{Capture, Captured, Case, Failure, Tested, capture, test};
pub use trace::{Steps, Trace, trace};
pub use turnup::{Proven, Turned, Turnup, turnup};

use crate::db::Limits;
use std::path::PathBuf;

/// What a job tells while it works.
pub trait Progress: Sync {
    /// A stage begins.
    fn stage(&self, what: &str);
    /// So many done, of so many where known.
    fn count(&self, what: &str, done: u64, of: Option<u64>);
}

/// A progress that tells nothing.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str) {}
    fn count(&self, _: &str, _: u64, _: Option<u64>) {}
}

/// Limits of the work database: about 1 GiB for the whole process (dependencies 1).
fn limits(context: &Context, spill: &std::path::Path, folders: Vec<PathBuf>) -> Limits {
    let number = |name: &str| context.env.var(name).and_then(|v| v.parse::<u64>().ok());
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Limits {
        memory_mib: number("CROSSWALK_MEMORY_MIB").unwrap_or(1000),
        threads: number("CROSSWALK_THREADS").and_then(|n| usize::try_from(n).ok()).unwrap_or(cores),
        spill: Some(spill.to_path_buf()),
        folders,
    }
}
