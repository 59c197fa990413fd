//! What was done to a state by hand, in `lineage.jsonl`: one line each, only ever appended. `state show` tells it.

use super::files::io;
use super::{Place, lock};
use crate::diagnostic::Result;
use crate::env::Env;
use serde::{Deserialize, Serialize};
use std::io::Write as _;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When (UTC).
    pub moment: String,
    /// Host.
    pub host: String,
    /// User.
    pub user: String,
    /// What.
    pub what: String,
}

/// Appends a line.
///
/// # Errors
/// E902.
pub fn add(place: &Place, env: &Env, what: &str) -> Result<()> {
    let note = Note {
        moment: env.now().to_string(),
        host: lock::host(),
        user: lock::user(env),
        what: what.to_owned(),
    };
    let path = place.notes();
    let line = serde_json::to_string(&note).unwrap_or_default();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut f| writeln!(f, "{line}").and_then(|()| f.sync_all())).map_err(|e| io(&path, &e).into())
}

/// All lines, oldest first; one that cannot be read is left out.
pub fn notes(place: &Place) -> Vec<Note> {
    let text = std::fs::read_to_string(place.notes()).unwrap_or_default();
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}
