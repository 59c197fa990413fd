//! `crosswalk.toml`: the environments (design 5).

use super::walk::{self, Spot, Table};
use crate::diagnostic::{Result, TomlSource};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The workspace file.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The file, for carets.
    pub toml: Arc<TomlSource>,
    /// `state`: the folder on a local disk that takes the place of `.crosswalk`.
    pub state: Option<String>,
    /// `[env.*]`, in order.
    pub environments: Vec<Environment>,
}

/// An environment: a destination and a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Platform; the mapping's when empty (rehearsal).
    pub platform: Option<String>,
    /// Which of the platform's addresses, or an address of its own (`https://…`).
    pub at: Option<String>,
    /// Which of the platform's ways of sending (`[way.*]` of its file); its first when empty.
    pub way: Option<String>,
    /// Secrets by name: where each value is found (`NAME` of an environment variable).
    pub secrets: BTreeMap<String, String>,
    /// Vars.
    pub vars: BTreeMap<String, String>,
}

/// The environment that every workspace has.
pub const REHEARSAL: &str = "rehearsal";

/// Reads the workspace file.
///
/// # Errors
/// E2xx: every mistake, each at its place.
pub fn parse(name: &str, text: &str) -> Result<Workspace> {
    let ((environments, state), _) = walk::read(name, text, |root| {
        let environments = root.table("env").map(|all| environments(&all)).unwrap_or_default();
        let state = root.text("state").map(|s| s.value);
        root.done();
        (environments, state)
    })?;
    let toml = Arc::new(TomlSource::new(name, text));
    Ok(Workspace { toml, state, environments })
}

fn environments(all: &Table<'_>) -> Vec<Environment> {
    all.entries().filter_map(|(name, v)| Some(environment(name, &v.table()?))).collect()
}

fn environment(name: Spot<String>, t: &Table<'_>) -> Environment {
    let texts = |key: &'static str| {
        let table = t.table(key);
        table
            .iter()
            .flat_map(|t| t.entries().collect::<Vec<_>>())
            .filter_map(|(k, v)| Some((k.value, v.scalar()?.value)))
            .collect()
    };
    // The name is that of a folder, and the rehearsal's folders begin with its own.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.value.chars().all(plain) || name.value.starts_with("rehearsal-") || name.value.is_empty() {
        let message = format!("an environment cannot be called \"{}\"", name.value);
        let help = "Use letters, digits, - and _, not beginning with `rehearsal-`.".to_owned();
        t.walk().error(crate::diagnostic::Code::BAD_WORKSPACE, &name.span, message, Some(help));
    }
    let environment = Environment {
        name: name.value,
        platform: t.text("platform").map(|p| p.value),
        at: t.text("at").map(|a| a.value),
        way: t.text("way").map(|w| w.value),
        secrets: texts("secret"),
        vars: texts("vars"),
    };
    t.done();
    environment
}
