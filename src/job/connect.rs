//! The way to the platform: the practice platform in this process, or the real one with its secret.

use super::Context;
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env;
use crate::platform::{Backoff, Secret, ZipUpload};
use crate::rehearsal::{Options, Rehearsal};
use crate::spec::platform::{Platform, TransportKind};
use crate::state::Place;

/// A transport, and the practice platform behind it where there is one.
pub(super) struct Connection {
    pub transport: ZipUpload,
    /// Kept running as long as the transport is used.
    pub _rehearsal: Option<Rehearsal>,
}

/// Starts the practice platform of an environment's folder.
///
/// # Errors
/// E407 when its store is gone but a state says what it should hold, E506.
pub fn practice(platform: &Platform, place: &Place, options: Options) -> Result<Rehearsal> {
    if place.state().exists() && !Rehearsal::has_store(place.folder()) && !options.reset {
        return Diagnostic::error(
            Code::NO_STORE,
            "the practice platform's store is gone, but the state is still there",
        )
        .help(format!("Empty both with: crosswalk rehearse {} --reset --only", platform.name))
        .alone();
    }
    Rehearsal::start(platform, place.folder(), options)
}

/// Connects to the environment's platform.
pub(super) fn connect(context: &Context) -> Result<Connection> {
    if context.platform.transport.kind != TransportKind::ZipUpload {
        let message = format!("{} wants a transport that is not there yet", context.platform.name);
        return Diagnostic::error(Code::PLATFORM_ADDRESS, message)
            .help("Only `zip-upload` can send so far.")
            .alone();
    }
    if context.rehearsal() {
        let (fault, settings) = (context.env.var(env::FAULT), context.env.var(env::REHEARSAL));
        let options = Options::of_environment(fault, settings)?;
        let rehearsal = practice(&context.platform, &context.place, options)?;
        let secret = context.platform.auth.as_ref().map(|_| Secret::new("rehearsal"));
        let transport =
            ZipUpload::new(&context.platform, &rehearsal.address(), secret.as_ref(), Backoff::random())?;
        return Ok(Connection { transport, _rehearsal: Some(rehearsal) });
    }
    let secret = secret(context)?;
    let transport =
        ZipUpload::new(&context.platform, &address(context)?, secret.as_ref(), Backoff::random())?;
    Ok(Connection { transport, _rehearsal: None })
}

fn address(context: &Context) -> Result<String> {
    let environment = &context.environment;
    let Some(at) = &environment.at else {
        let known: Vec<&str> = context.platform.at.keys().map(String::as_str).collect();
        return Diagnostic::error(
            Code::BAD_WORKSPACE,
            format!("environment {} says not where it goes", environment.name),
        )
        .help(format!("Add `at = \"…\"`: one of {}, or an https:// address.", known.join(", ")))
        .alone();
    };
    match context.platform.at.get(at) {
        Some(address) => Ok(address.clone()),
        None if at.contains("://") => Ok(at.clone()),
        None => {
            let known = context.platform.at.keys().map(String::as_str);
            let help = crate::diagnostic::did_you_mean(at, known);
            let message = format!("{} has no address called \"{at}\"", context.platform.name);
            Diagnostic::error(Code::BAD_WORKSPACE, message).help_if(help).alone()
        }
    }
}

/// The secret's value, from the environment variable or the line of `.env` that the workspace names.
fn secret(context: &Context) -> Result<Option<Secret>> {
    let Some(auth) = &context.platform.auth else { return Ok(None) };
    let missing =
        |message: String, help: String| Diagnostic::error(Code::NO_SECRET, message).help(help).alone();
    let Some(name) = context.environment.secrets.get(&auth.secret) else {
        return missing(
            format!(
                "environment {} does not say where the secret `{}` is",
                context.environment.name, auth.secret
            ),
            format!(
                "Add `secret = {{ {} = \"NAME_OF_A_VARIABLE\" }}` to [env.{}].",
                auth.secret, context.environment.name
            ),
        );
    };
    let value = context.env.var(name).map(str::to_owned).or_else(|| dotenv(context, name));
    match value.filter(|v| !v.trim().is_empty()) {
        Some(value) => Ok(Some(Secret::new(&value))),
        None => missing(
            format!("the secret `{}` is not set", auth.secret),
            format!(
                "Set the environment variable {name}, or write it into a file .env beside crosswalk.toml."
            ),
        ),
    }
}

fn dotenv(context: &Context, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(context.root.join(".env")).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.trim().split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

/// Refuses while a practice platform serves from the folder: its store may not be taken from under it.
///
/// # Errors
/// E403 naming the process.
pub fn refuse_if_serving(place: &Place) -> Result<()> {
    if !Rehearsal::has_store(place.folder()) {
        return Ok(());
    }
    let limits =
        Limits { memory_mib: 256, threads: 1, spill: None, folders: vec![place.folder().to_path_buf()] };
    let db = Db::in_memory(&limits)?;
    db.attach(&Rehearsal::store(place.folder()), "store", false)?;
    db.detach("store")
}
