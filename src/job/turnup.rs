//! Turn-up: an environment for a new client. What is asked for is tested against the platform by reads alone, then
//! `[env.<name>]` is written to `crosswalk.toml`, which is otherwise left as it is. One mapping then serves this client too.

use super::Workplace;
use super::connect::{Site, address, secret, settings};
use super::context::{WORKSPACE, write};
use crate::diagnostic::{Code, Collector, Diagnostic, Result, did_you_mean};
use crate::env::WallClock;
use crate::platform::{Backoff, Caller, Transport as _, Upsert};
use crate::spec::platform::Platform;
use crate::spec::workspace::{self, Environment, REHEARSAL};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Turnup {
    /// Name of the environment.
    pub name: String,
    /// Platform.
    pub platform: String,
    /// Which of its addresses, or one of its own.
    pub at: String,
    /// Client id, for a platform that has clients.
    pub client: Option<String>,
    /// Ids of its clubs.
    pub clubs: Vec<String>,
    /// Secrets: name and where the value is.
    pub secrets: BTreeMap<String, String>,
    /// Options of the client.
    pub options: BTreeMap<String, String>,
    /// Whether an environment of that name is replaced.
    pub replace: bool,
}

/// What the platform said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    /// The address asked.
    pub address: String,
    /// The account behind the credentials.
    pub account: Option<String>,
    /// Name of the client.
    pub client: Option<String>,
    /// Clubs: id and name.
    pub clubs: Vec<(String, String)>,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Turned {
    /// What the platform said before.
    pub proven: Proven,
    /// The text of the environment.
    pub block: String,
    /// Whether one of that name was there.
    pub replaced: bool,
}

/// Tests and writes an environment.
///
/// # Errors
/// E235 when it is there already or cannot be written, E510 for a secret that is not set, E502 to E504 when the platform
/// could not be asked, E503 when it does not know the client or a club. Nothing is written then.
pub fn turnup(place: &Workplace, asked: &Turnup) -> Result<Turned> {
    let platform = place.platform(&asked.platform)?;
    let path = place.root.join(WORKSPACE);
    let before = place.workspace.toml.text.clone();
    let there = place.workspace.environments.iter().any(|e| e.name == asked.name);
    if asked.name == REHEARSAL {
        let message = format!("{REHEARSAL} needs no client: it goes to the practice platform");
        return Diagnostic::error(Code::BAD_WORKSPACE, message).help("Give another name with --env.").alone();
    }
    if there && !asked.replace {
        let message = format!("{WORKSPACE} has an environment `{}` already", asked.name);
        let help = "Give another name with --env, or --replace to write it anew.";
        return Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).alone();
    }
    options(&platform, asked)?;
    let block = block(asked);
    let after = if there { replaced(&before, &asked.name, &block)? } else { appended(&before, &block) };
    let environment = written(&before, &after, asked)?;
    let proven = prove(place, &platform, &environment, asked)?;
    write(&path, &after)?;
    Ok(Turned { proven, block, replaced: there })
}

/// Options that the platform file does not know are misspelt.
fn options(platform: &Platform, asked: &Turnup) -> Result<()> {
    let mut all = Collector::default();
    for name in asked.options.keys().filter(|n| !platform.turnup.options.contains_key(*n)) {
        let help = did_you_mean(name, platform.turnup.options.keys().map(String::as_str));
        let message = format!("{} has no option `{name}`", platform.name);
        all.push(Diagnostic::error(Code::BAD_WORKSPACE, message).help_if(help));
    }
    all.finish(()).map(|_| ())
}

/// The environment as it is written. Of secrets only the places stand in it.
fn block(asked: &Turnup) -> String {
    let text = |t: &str| toml::Value::String(t.to_owned()).to_string();
    let table = |entries: &BTreeMap<String, String>| {
        let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{} = {}", key(k), text(v))).collect();
        format!("{{ {} }}", entries.join(", "))
    };
    let mut vars = asked.options.clone();
    if let Some(client) = &asked.client {
        vars.insert("client".to_owned(), client.clone());
    }
    if !asked.clubs.is_empty() {
        vars.insert("clubs".to_owned(), asked.clubs.join(","));
    }
    let mut block = format!(
        "[env.{}]\nplatform = {}\nat       = {}\n",
        asked.name,
        text(&asked.platform),
        text(&asked.at)
    );
    for (name, entries) in [("secret  ", &asked.secrets), ("vars    ", &vars)] {
        if !entries.is_empty() {
            block.push_str(&format!("{name} = {}\n", table(entries)));
        }
    }
    block
}

fn key(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if bare && !name.is_empty() { name.to_owned() } else { toml::Value::String(name.to_owned()).to_string() }
}

fn appended(before: &str, block: &str) -> String {
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let blank = if before.trim().is_empty() { "" } else { "\n" };
    format!("{before}{end}{blank}{block}")
}

/// The text with another table in place of `[env.<name>]`; comments and all else stay where they are.
fn replaced(before: &str, name: &str, block: &str) -> Result<String> {
    let head = |line: &str| line.split('#').next().unwrap_or_default().trim().replace([' ', '"', '\''], "");
    let (own, below) = (format!("[env.{name}]"), format!("[env.{name}."));
    let (mut after, mut within, mut found) = (String::new(), false, false);
    // Comments and blank lines before the next table belong to that table.
    let mut kept = String::new();
    for line in before.split_inclusive('\n') {
        let table = head(line);
        if table == own || table.starts_with(&below) {
            if !found {
                after.push_str(block);
            }
            (within, found) = (true, true);
            kept.clear();
        } else if table.starts_with('[') && within {
            within = false;
            after.push_str(&std::mem::take(&mut kept));
            after.push_str(line);
        } else if within && table.is_empty() {
            kept.push_str(line);
        } else if within {
            kept.clear();
        } else {
            after.push_str(line);
        }
    }
    after.push_str(&kept);
    if found {
        return Ok(after);
    }
    Diagnostic::error(
        Code::BAD_WORKSPACE,
        format!("environment `{name}` is not written as a table [env.{name}]"),
    )
    .help("Change it by hand, or give another name with --env.")
    .alone()
}

/// Reads the new text: it must hold the environment that is meant, and all others as they were.
fn written(before: &str, after: &str, asked: &Turnup) -> Result<Environment> {
    let new = workspace::parse(WORKSPACE, after)?;
    // By meaning: the places of all that follows have moved.
    let others = |text: &str| {
        let mut all: toml::Table = text.parse().unwrap_or_default();
        if let Some(environments) = all.get_mut("env").and_then(|e| e.as_table_mut()) {
            environments.remove(&asked.name);
        }
        // A file without environments and one whose only environment is this one say the same.
        all.retain(|name, value| name != "env" || value.as_table().is_none_or(|t| !t.is_empty()));
        all
    };
    let found = new.environments.iter().find(|e| e.name == asked.name);
    match found {
        Some(found) if others(before) == others(after) => Ok(found.clone()),
        _ => {
            let message = format!("{WORKSPACE} cannot be changed without touching what else is in it");
            Diagnostic::error(Code::BAD_WORKSPACE, message).help("Add the environment by hand.").alone()
        }
    }
}

/// Asks the platform whose account this is, and whether it knows the client and its clubs. Only reads.
fn prove(
    place: &Workplace,
    platform: &Platform,
    environment: &Environment,
    asked: &Turnup,
) -> Result<Proven> {
    let site = Site { env: &place.env, root: &place.root, environment, platform };
    let address = address(&site)?;
    let clock = Arc::new(WallClock::new(&place.env));
    let caller = Caller::new(platform, &address, secret(&site)?.as_ref(), Backoff::random())?;
    let transport = Upsert::of(caller.over(&settings(&site)?)?.with_clock(clock), &environment.vars);
    let mut proven = Proven { account: transport.account()?, address, ..Proven::default() };
    let unknown = |what: String, option: &str| {
        let help = format!(
            "Nothing was written. Compare it with the id that the platform shows (its secret may also be that of another client), then call again \
             with {option}."
        );
        Diagnostic::error(Code::PLATFORM_REFUSED, format!("{} knows no {what}", platform.name)).help(help)
    };
    let mut all = Collector::default();
    if let Some((proof, client)) = platform.turnup.client.as_ref().zip(asked.client.as_ref()) {
        match transport.prove(proof, &BTreeMap::new())? {
            Some(name) => proven.client = Some(name),
            None => return Err(unknown(format!("client {client}"), "--client").into()),
        }
    }
    for club in &asked.clubs {
        let Some(proof) = &platform.turnup.club else { break };
        match transport.prove(proof, &BTreeMap::from([("club".to_owned(), club.clone())]))? {
            Some(name) => proven.clubs.push((club.clone(), name)),
            None => all.push(unknown(format!("club {club} of this client"), "--club")),
        }
    }
    all.finish(()).map(|_| ())?;
    Ok(proven)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[env.a]\nplatform = \"x\"   # here\nvars = { n = \"1\" }\n\n# the next\n[env.b]\nat = \"y\"\n";

    #[test]
    fn a_table_is_replaced_and_all_else_stays() {
        let after = replaced(FILE, "a", "[env.a]\nat = \"z\"\n").unwrap();
        assert_eq!(after, "# ours\n[env.a]\nat = \"z\"\n\n# the next\n[env.b]\nat = \"y\"\n");
        let last = replaced(FILE, "b", "[env.b]\nat = \"z\"\n").unwrap();
        assert!(
            last.starts_with(&FILE[..FILE.len() - 9]) && last.ends_with("[env.b]\nat = \"z\"\n"),
            "{last}"
        );
        assert!(replaced("env = { a = {} }", "a", "").is_err());
    }

    #[test]
    fn what_is_asked_for_is_quoted() {
        let asked = Turnup {
            name: "oslo".into(),
            platform: "p".into(),
            at: "sandbox".into(),
            client: Some("C\"1\\".into()),
            clubs: vec!["1".into(), "2".into()],
            secrets: BTreeMap::from([("token".into(), "OSLO_TOKEN".into())]),
            options: BTreeMap::from([("with blank".into(), "ä\n".into())]),
            replace: false,
        };
        let text = appended("# c", &block(&asked));
        let environment = written("# c", &text, &asked).unwrap();
        assert_eq!(environment.vars["client"], "C\"1\\");
        assert_eq!(
            (environment.vars["clubs"].as_str(), environment.vars["with blank"].as_str()),
            ("1,2", "ä\n")
        );
        assert!(text.contains("OSLO_TOKEN") && environment.secrets.contains_key("token"));
        assert!(text.starts_with("# c\n\n[env.oslo]\n"), "{text}");
    }
}
