//! `crosswalk.toml`: the environments (design 5).

use super::notify::{self, Channel};
use super::secret::{self, Secrets};
use super::walk::{self, Spot, Table};
use crate::diagnostic::{Code, Diagnostic, Location, Result, TomlSource};
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
    /// `[notify.*]`, in order of their names.
    pub channels: Vec<Channel>,
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
    /// Secrets by name: where each value is found.
    pub secrets: Secrets,
    /// A proxy between here and the platform; else HTTPS_PROXY of the environment holds.
    pub proxy: Option<Spot<String>>,
    /// A file of certificates to trust beside those of the system.
    pub ca: Option<Spot<String>>,
    /// The file it stands in, for carets.
    pub toml: Arc<TomlSource>,
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
    let ((mut environments, state, channels), _) = walk::read(name, text, |root| {
        let environments = root.table("env").map(|all| environments(&all)).unwrap_or_default();
        let state = root.text("state").map(|s| s.value);
        let channels = notify::read(root);
        root.done();
        (environments, state, channels)
    })?;
    let toml = Arc::new(TomlSource::new(name, text));
    environments.iter_mut().for_each(|e| e.toml = toml.clone());
    Ok(Workspace { toml, state, environments, channels })
}

fn environments(all: &Table<'_>) -> Vec<Environment> {
    all.entries().filter_map(|(name, v)| Some(environment(name, &v.table()?))).collect()
}

fn environment(name: Spot<String>, t: &Table<'_>) -> Environment {
    // The name is that of a folder, and the rehearsal's folders begin with its own.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.value.chars().all(plain) || name.value.starts_with("rehearsal-") || name.value.is_empty() {
        let message = format!("an environment cannot be called \"{}\"", name.value);
        let help = "Use letters, digits, - and _, not beginning with `rehearsal-`.".to_owned();
        t.walk().error(Code::BAD_WORKSPACE, &name.span, message, Some(help));
    }
    let environment = Environment {
        name: name.value,
        platform: t.text("platform").map(|p| p.value),
        way: t.text("way").map(|w| w.value),
        at: at(t),
        secrets: secret::read(t),
        proxy: t.text("proxy"),
        ca: t.file_path("ca"),
        vars: vars(t),
        toml: Arc::default(),
    };
    t.done();
    environment
}

fn vars(t: &Table<'_>) -> BTreeMap<String, String> {
    let table = t.table("vars");
    let entries = table.iter().flat_map(|t| t.entries().collect::<Vec<_>>());
    entries.filter_map(|(k, v)| Some((k.value, v.scalar()?.value))).collect()
}

/// An address with a name or password in it is refused, and its line not shown: it would stand in plans and reports.
fn at(t: &Table<'_>) -> Option<String> {
    let at = t.text("at")?.value;
    let host = at.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if !host.is_some_and(|h| h.contains('@')) {
        return Some(at);
    }
    let place = format!("{}.at", t.path());
    let at = Location { path: Some(place.clone()), ..Location::file(&t.walk().source().name) };
    let message = format!("`{place}` holds a name or a password");
    let help = "Leave it out of the address, and write with `secret = { … }` where the secret is found.";
    t.walk().push(Diagnostic::error(Code::BAD_WORKSPACE, message).at(at).help(help));
    None
}
