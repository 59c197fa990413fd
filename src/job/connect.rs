//! The way to the platform: the practice platform in this process, or the real one with its secret.

use super::Context;
use super::secret::Finder;
use super::way::Way;
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::{self, Env, WallClock};
use crate::platform::network::Settings;
use crate::platform::{Backoff, Caller, Files, JsonBatch, Secret, Transport, Upsert, ZipUpload};
use crate::rehearsal::{Options, Rehearsal};
use crate::spec::platform::{Platform, TransportKind};
use crate::spec::workspace::Environment;
use crate::state::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A transport, and the practice platform behind it where there is one.
pub(super) struct Connection {
    pub transport: Box<dyn Transport>,
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
    if context.platform.transport.kind == TransportKind::Files {
        let folder = folder(context)?;
        let transport = Box::new(Files::new(&folder, Arc::new(WallClock::new(&context.env)))?);
        return Ok(Connection { transport, _rehearsal: None });
    }
    if context.rehearsal() {
        let (fault, set) = (context.env.var(env::FAULT), context.env.var(env::REHEARSAL));
        let options = Options::of_environment(fault, set)?;
        let rehearsal = practice(&context.platform, &context.place, options)?;
        let secret = context.platform.auth.as_ref().map(|_| Secret::new("rehearsal"));
        let transport = transport(context, &rehearsal.address(), secret.as_ref(), &Settings::default())?;
        return Ok(Connection { transport, _rehearsal: Some(rehearsal) });
    }
    let site = Site::of(context);
    let secret = secret(&site)?;
    let transport = transport(context, &address(&site)?, secret.as_ref(), &settings(&site)?)?;
    Ok(Connection { transport, _rehearsal: None })
}

/// The transport that the platform file names.
fn transport(
    context: &Context,
    address: &str,
    secret: Option<&Secret>,
    settings: &Settings,
) -> Result<Box<dyn Transport>> {
    let platform = &context.platform;
    let caller = || -> Result<Caller> {
        let clock = Arc::new(WallClock::new(&context.env));
        Ok(Caller::new(platform, address, secret, Backoff::random())?.over(settings)?.with_clock(clock))
    };
    match platform.transport.kind {
        TransportKind::ZipUpload => Ok(Box::new(ZipUpload::of(caller()?))),
        TransportKind::JsonBatch => Ok(Box::new(JsonBatch::of(caller()?))),
        TransportKind::Upsert => Ok(Box::new(Upsert::of(caller()?, &vars(context)?))),
        _ => {
            let message = format!("{} wants a transport that is not there yet", platform.name);
            Diagnostic::error(Code::PLATFORM_ADDRESS, message)
                .help("`zip-upload`, `json-batch`, `upsert` and `files` can send so far.")
                .alone()
        }
    }
}

/// What stands for `{env.…}` in the platform's paths: the environment's vars. A rehearsal needs no client of its own.
fn vars(context: &Context) -> Result<BTreeMap<String, String>> {
    let mut vars = context.environment.vars.clone();
    for name in context.platform.vars() {
        if context.rehearsal() {
            vars.entry(name.clone()).or_insert(name);
        } else if !vars.contains_key(&name) {
            let message = format!(
                "{} needs the var `{name}`, which environment {} does not set",
                context.platform.name, context.environment.name
            );
            return Diagnostic::error(Code::UNKNOWN_VAR, message)
                .help(format!(
                    "Add it to `vars` of [env.{}]: crosswalk turnup writes such an environment.",
                    context.environment.name
                ))
                .alone();
        }
    }
    Ok(vars)
}

/// Where batches are put as files: `at` of the environment, from the workspace; for a rehearsal a folder of its own.
fn folder(context: &Context) -> Result<PathBuf> {
    if context.rehearsal() {
        return Ok(context.place.folder().join("files"));
    }
    match &context.environment.at {
        Some(at) if !at.contains("://") => Ok(context.root.join(at)),
        _ => {
            let message = format!("environment {} does not say into which folder", context.environment.name);
            Diagnostic::error(Code::BAD_WORKSPACE, message)
                .help("Add `at = \"…\"`: a folder, from the workspace or from the root.")
                .alone()
        }
    }
}

/// What a way to a platform is made from, with a mapping or without one.
pub(super) struct Site<'a> {
    pub env: &'a Env,
    pub root: &'a Path,
    pub environment: &'a Environment,
    pub platform: &'a Platform,
}

impl<'a> Site<'a> {
    fn of(context: &'a Context) -> Self {
        let Context { env, root, environment, platform, .. } = context;
        Self { env, root, environment, platform }
    }
}

/// The address that an environment names.
pub(super) fn address(site: &Site<'_>) -> Result<String> {
    let (environment, platform) = (site.environment, site.platform);
    let Some(at) = &environment.at else {
        let known: Vec<&str> = platform.at.keys().map(String::as_str).collect();
        return Diagnostic::error(
            Code::BAD_WORKSPACE,
            format!("environment {} says not where it goes", environment.name),
        )
        .help(format!("Add `at = \"…\"`: one of {}, or an https:// address.", known.join(", ")))
        .alone();
    };
    match platform.at.get(at) {
        Some(address) => Ok(address.clone()),
        None if at.contains("://") => Ok(at.clone()),
        None => {
            let known = platform.at.keys().map(String::as_str);
            let help = crate::diagnostic::did_you_mean(at, known);
            let message = format!("{} has no address called \"{at}\"", platform.name);
            Diagnostic::error(Code::BAD_WORKSPACE, message).help_if(help).alone()
        }
    }
}

/// The section of the environment in the workspace file, for messages.
fn section(site: &Site<'_>) -> String {
    format!("env.{}", site.environment.name)
}

fn finder<'a>(site: &Site<'a>) -> Finder<'a> {
    Finder { env: site.env, root: site.root, toml: &site.environment.toml }
}

/// The secret that the platform file names, where it names one.
pub(super) fn secret(site: &Site<'_>) -> Result<Option<Secret>> {
    let Some(auth) = &site.platform.auth else { return Ok(None) };
    finder(site).find(&section(site), &auth.secret, &site.environment.secrets).map(Some)
}

/// Proxy and certificates of the environment.
pub(super) fn settings(site: &Site<'_>) -> Result<Settings> {
    let environment = site.environment;
    let way = Way {
        section: &section(site),
        proxy: environment.proxy.as_ref(),
        ca: environment.ca.as_ref(),
        secrets: &environment.secrets,
    };
    way.settings(&finder(site))
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
