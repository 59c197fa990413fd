//! What can be set on a practice platform: everything about the real one that no public document tells (facts 6).

mod settings;

pub use settings::{SETTINGS, Setting};

use super::fault::FaultPlan;
use crate::diagnostic::Result;
pub use crate::sql::rehearsal::{Missing, OnUnknown};

/// Which spelling of the header names of a CSV file is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// Any letter case.
    #[default]
    Any,
    /// As the platform file spells them.
    AsIs,
    /// With a capital first letter.
    Pascal,
}

/// What records in a JSON array that belongs to no record type lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownRecords {
    /// The upload is refused as a whole, before it is taken.
    #[default]
    Refuse,
    /// They are left alone.
    Ignore,
}

/// The settings; `Default` is the likeliest platform, without faults.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0: any free one.
    pub port: u16,
    /// How long an upload stays in each state before the next, in milliseconds.
    pub delay_ms: u64,
    /// How it misbehaves.
    pub fault: FaultPlan,
    /// Empties the store at the start.
    pub reset: bool,
    /// Refuses requests without credentials with 401; any value of them will do.
    pub require_auth: bool,
    /// The only credentials taken, if `require_auth`; `None`: any.
    pub key: Option<String>,
    /// 401 with a problem in its body; else empty.
    pub problem_401: bool,
    /// 404 for an unknown upload with an empty body; else with a problem.
    pub empty_404: bool,
    /// What a reference to a record that is not there leads to.
    pub on_unknown: OnUnknown,
    /// What a required number or flag that is missing leads to.
    pub missing: Missing,
    /// What records in an array that belongs to no record type lead to.
    pub unknown_records: UnknownRecords,
    /// State of an upload in which some records failed: `Success`, or `Failed`.
    pub state_on_errors: &'static str,
    /// An upload is in state `Connector` between `Ready` and `In Progress`.
    pub connector: bool,
    /// Which spelling of a record type's `answers` is used in details, from 0.
    pub spelling: usize,
    /// The only name taken for the part that holds the archive; `None`: any that SDKs use.
    pub part: Option<String>,
    /// Which spelling of header names is taken.
    pub header: Header,
    /// Entries of an archive may lie in folders.
    pub entry_folders: bool,
    /// Most records of an upload.
    pub records_max: Option<u64>,
    /// The status that answers an upload of more: 413 or 400.
    pub too_many: u16,
    /// Most requests in a second; more are answered with 429.
    pub per_second: Option<u32>,
    /// Whether that 429 says when to come again.
    pub retry_after: bool,
    /// Times read back have two digits of a second and no zone; else always seven and `Z`.
    pub short_times: bool,
    /// Members without a value are null; else they are left out.
    pub nulls: bool,
    /// A cancellation that has no effect is answered with 400; else with 200 and the unchanged state.
    pub refuse_cancel: bool,
    /// Names of `[value.<name>]` lists that are answered with 501.
    pub unsupported: Vec<String>,
    /// How long a read does not show a record that was made, in milliseconds.
    pub look_up_lag_ms: u64,
    /// Name of the account.
    pub account: String,
    /// DuckDB's memory limit in MiB.
    pub memory_mib: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            delay_ms: 0,
            fault: FaultPlan::default(),
            reset: false,
            require_auth: false,
            key: None,
            problem_401: false,
            empty_404: false,
            on_unknown: OnUnknown::Error,
            missing: Missing::Reject,
            unknown_records: UnknownRecords::Refuse,
            state_on_errors: "Success",
            connector: false,
            spelling: 0,
            part: None,
            header: Header::Any,
            entry_folders: true,
            records_max: None,
            too_many: 413,
            per_second: None,
            retry_after: true,
            short_times: true,
            nulls: false,
            refuse_cancel: false,
            unsupported: Vec::new(),
            look_up_lag_ms: 0,
            account: "Rehearsal".to_owned(),
            memory_mib: 512,
        }
    }
}

impl Options {
    /// The likeliest platform with what two environment variables say: `fault` as after `--fault`, `settings` as
    /// after `--set`, several separated by commas. For rehearsals in the process that sends.
    ///
    /// # Errors
    /// E506 naming what cannot be understood.
    pub fn of_environment(fault: Option<&str>, settings: Option<&str>) -> Result<Self> {
        let mut made = Self::default();
        let wrong = |why: String| super::cannot(&why);
        if let Some(text) = fault.filter(|t| !t.is_empty()) {
            made.fault = text.parse().map_err(|e| wrong(format!("CROSSWALK_FAULT: {e}")))?;
        }
        for text in settings.unwrap_or_default().split(',').filter(|t| !t.trim().is_empty()) {
            made.set(text.trim()).map_err(|e| wrong(format!("CROSSWALK_REHEARSAL: {e}")))?;
        }
        Ok(made)
    }
}
