//! Where a command works: the workspace, the environment, the mapping, the platform.

use crate::diagnostic::{Code, Diagnostic, Location, Result, did_you_mean};
use crate::env::Env;
use crate::spec::mapping::{self, MappingFile};
use crate::spec::platform::{self, Platform, Resend};
use crate::spec::workspace::{self, Environment, REHEARSAL, Workspace};
use crate::state::{self, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the workspace file.
pub(super) const WORKSPACE: &str = "crosswalk.toml";

/// A workspace with the world around it.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The world.
    pub env: Env,
    /// Folder of `crosswalk.toml`.
    pub root: PathBuf,
    /// The file.
    pub workspace: Workspace,
}

/// A mapping in an environment.
#[derive(Clone, Debug)]
pub struct Context {
    /// The world.
    pub env: Env,
    /// Folder of `crosswalk.toml`.
    pub root: PathBuf,
    /// The environment.
    pub environment: Environment,
    /// `--var` overrides.
    pub overrides: BTreeMap<String, String>,
    /// The mapping file, as far as it could be read.
    pub file: MappingFile,
    /// What is wrong with its shape; `check` tells it with everything else.
    pub shape: Vec<Diagnostic>,
    /// The platform.
    pub platform: Arc<Platform>,
    /// The environment's folder.
    pub place: Place,
}

impl Workplace {
    /// Finds the workspace from the current folder upwards.
    ///
    /// # Errors
    /// E235 when there is none or it is wrong.
    pub fn find(env: &Env) -> Result<Self> {
        let root = env.folder.ancestors().find(|f| f.join(WORKSPACE).is_file());
        let Some(root) = root else {
            let message = format!("there is no {WORKSPACE} here or in a folder above");
            let help = "Go to the folder of your workspace, or begin one: a file crosswalk.toml with the line [env.rehearsal]";
            return Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).alone();
        };
        let text = read(&root.join(WORKSPACE))?;
        let workspace = workspace::parse(WORKSPACE, &text)?;
        Ok(Self { env: env.clone(), root: root.to_path_buf(), workspace })
    }

    /// The environment of that name; without a name the rehearsal, as long as no other exists.
    ///
    /// # Errors
    /// E235 when it does not exist, or when one must be named.
    pub fn environment(&self, name: Option<&str>) -> Result<Environment> {
        let all = &self.workspace.environments;
        let others: Vec<&str> = all.iter().map(|e| e.name.as_str()).filter(|n| *n != REHEARSAL).collect();
        let rehearsal = || Environment { name: REHEARSAL.to_owned(), ..Environment::default() };
        match name {
            Some(name) => match all.iter().find(|e| e.name == name) {
                Some(found) => Ok(found.clone()),
                None if name == REHEARSAL => Ok(rehearsal()),
                None => {
                    let mut known: Vec<&str> = others.clone();
                    known.push(REHEARSAL);
                    let help = did_you_mean(name, known.iter().copied())
                        .unwrap_or_else(|| format!("There are: {}.", known.join(", ")));
                    let message = format!("{WORKSPACE} has no environment `{name}`");
                    Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).alone()
                }
            },
            None if others.is_empty() => {
                Ok(all.iter().find(|e| e.name == REHEARSAL).cloned().unwrap_or_else(rehearsal))
            }
            None => {
                let message = "several environments exist; say which one is meant";
                let help = format!("Add --env {} or --env {REHEARSAL}.", others.join(" or --env "));
                Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).alone()
            }
        }
    }

    /// Where the program keeps what it keeps: `.crosswalk`, or the folder that `state` names.
    pub fn kept(&self) -> PathBuf {
        self.root.join(self.workspace.state.as_deref().unwrap_or(".crosswalk"))
    }

    /// The folder of an environment for a platform.
    ///
    /// # Errors
    /// E421 on a network or in a synchronised folder, E902.
    pub fn place(&self, environment: &Environment, platform: &str) -> Result<Place> {
        let name = match environment.name.as_str() {
            REHEARSAL => format!("{REHEARSAL}-{platform}"),
            name => name.to_owned(),
        };
        let kept = self.kept();
        state::refuse_unsafe(&kept, &self.env)?;
        Place::new(&kept, &name)
    }

    /// The platforms of which something was rehearsed, by name; before that the one that is built in.
    pub fn rehearsed(&self) -> Vec<String> {
        let kept = self.kept();
        let of = |folder: String| {
            let platform = folder.strip_prefix(REHEARSAL)?.strip_prefix('-')?.to_owned();
            let place = Place::new(&kept, &folder).ok()?;
            (place.state().exists() || place.backup().exists()).then_some(platform)
        };
        let all: Vec<String> = super::numbers::names(&kept).into_iter().filter_map(of).collect();
        if all.is_empty() { vec!["lockstep".to_owned()] } else { all }
    }

    /// Loads a platform file.
    ///
    /// # Errors
    /// E2xx.
    pub fn platform(&self, name: &str) -> Result<Platform> {
        platform::load(&self.root, name)
    }

    /// What an environment's platform says of uploads whose answer was lost; `None` when its file cannot be read.
    pub fn resend(&self, environment: &Environment, platform: &str) -> Option<Resend> {
        let platform = by_way(self.platform(platform).ok()?, environment).ok()?;
        Some(platform.transport.resend)
    }

    /// The mapping `name` (or a path to one) in an environment.
    ///
    /// # Errors
    /// E2xx: everything wrong with the files.
    pub fn context(
        &self,
        name: &str,
        environment: Option<&str>,
        vars: &BTreeMap<String, String>,
    ) -> Result<Context> {
        let mut environment = self.environment(environment)?;
        environment.vars.extend(vars.clone());
        let path = self.mapping_path(name)?;
        let shown = path.strip_prefix(&self.root).unwrap_or(&path).display().to_string();
        let (file, mut shape) = mapping::load(&self.root, &path)?;
        // Records belong to a mapping by its name: a copy that kept the old name would take over (and remove) the first's.
        if path.file_stem().is_none_or(|stem| stem.to_string_lossy() != file.name.value) {
            let message = format!("the mapping is called `{}`, its file {shown}", file.name.value);
            let at = Location::toml(&file.toml, file.name.span.clone());
            let help = "Call both the same: records belong to a mapping by its name.";
            shape.push(Diagnostic::error(Code::NAME_DIFFERS, message).at(at).help(help));
        }
        if environment.platform.as_ref().is_some_and(|p| *p != file.platform.value) {
            let message = format!(
                "environment {} is for {}, the mapping for {}",
                environment.name,
                environment.platform.clone().unwrap_or_default(),
                file.platform.value
            );
            let at = Location::toml(&file.toml, file.platform.span.clone());
            let help = "Call it with --env and an environment of that platform, or correct `platform` in one of the two.";
            return Diagnostic::error(Code::BAD_WORKSPACE, message).at(at).help(help).alone();
        }
        let mut platform = by_way(self.platform(&file.platform.value)?, &environment)?;
        if environment.name == REHEARSAL {
            // On loopback: no need to spare it, and it commits before it answers (rules 4).
            (platform.transport.per_second, platform.transport.over_after_ms) = (1000, 0);
            platform.transport.look_up_lag_ms = 0;
        }
        let place = self.place(&environment, &platform.name)?;
        Ok(Context {
            env: self.env.clone(),
            root: self.root.clone(),
            environment,
            overrides: vars.clone(),
            file,
            shape,
            platform: Arc::new(platform),
            place,
        })
    }

    /// The mapping `name`, as far as it could be read: only its shape, without an environment.
    ///
    /// # Errors
    /// E234 when there is none, E201 or E212 when it is no mapping.
    pub fn mapping_file(&self, name: &str) -> Result<MappingFile> {
        let path = self.mapping_path(name)?;
        let shown = path.strip_prefix(&self.root).unwrap_or(&path).display().to_string();
        mapping::parse(&shown, &read(&path)?).map(|(file, _)| file)
    }

    fn mapping_path(&self, name: &str) -> Result<PathBuf> {
        let given = self.env.folder.join(name);
        let own = self.root.join("mappings").join(format!("{name}.toml"));
        if own.is_file() {
            return Ok(own);
        }
        if name.ends_with(".toml") && given.is_file() {
            return Ok(given);
        }
        let known = self.mappings();
        let help = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| {
            if known.is_empty() {
                return "There is none yet: `crosswalk new` drafts one from your files.".to_owned();
            }
            format!("There are: {}.", known.join(", "))
        });
        Diagnostic::error(Code::NO_MAPPING, format!("there is no mapping `{name}`")).help(help).alone()
    }

    /// As [`Self::mappings`], which must be some.
    ///
    /// # Errors
    /// E234 when the workspace has no mapping.
    pub fn some_mappings(&self) -> Result<Vec<String>> {
        let all = self.mappings();
        if all.is_empty() {
            let help = "A mapping is a file mappings/<name>.toml below the folder of crosswalk.toml.";
            return Diagnostic::error(Code::NO_MAPPING, "the workspace has no mapping").help(help).alone();
        }
        Ok(all)
    }

    /// Names of the workspace's mappings, in order. A file without `name` is only used by others.
    pub fn mappings(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join("mappings")).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|n| !n.ends_with(".lock.toml"))
            .filter_map(|n| n.strip_suffix(".toml").map(str::to_owned))
            .filter(|n| !self.only_used(n))
            .collect();
        names.sort();
        names
    }
}

/// The platform with the way of sending that the environment names.
fn by_way(platform: Platform, environment: &Environment) -> Result<Platform> {
    let Some(way) = &environment.way else { return Ok(platform) };
    let (name, ways) = (platform.name.clone(), platform.ways.keys().cloned().collect::<Vec<_>>());
    platform.by(way).ok_or_else(|| {
        let message =
            format!("environment {} wants the way \"{way}\", which {name} does not have", environment.name);
        let help = did_you_mean(way, ways.iter().map(String::as_str))
            .unwrap_or_else(|| format!("It has: {}.", ways.join(", ")));
        Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).into()
    })
}

impl Workplace {
    fn only_used(&self, name: &str) -> bool {
        let text = read(&self.root.join("mappings").join(format!("{name}.toml"))).unwrap_or_default();
        text.parse::<toml::Table>().is_ok_and(|table| !table.contains_key("name"))
    }
}

/// What precedes the account in a destination.
const ACCOUNT: &str = ", account ";

fn without_account(destination: &str) -> &str {
    destination.split_once(ACCOUNT).map_or(destination, |(rest, _)| rest)
}

impl Context {
    /// Whether this is the practice platform.
    pub fn rehearsal(&self) -> bool {
        self.environment.name == REHEARSAL
    }

    /// Where it goes, for people.
    pub fn destination(&self, account: Option<&str>) -> String {
        if self.rehearsal() {
            return "Rehearsal. Nothing leaves this machine.".to_owned();
        }
        let at = self.environment.at.clone().unwrap_or_default();
        let client = self.client();
        let client = if client.is_empty() { client } else { format!(", {client}") };
        let account = account.map(|a| format!("{ACCOUNT}{a}")).unwrap_or_default();
        format!("{}: {} {at}{client}{account}", self.environment.name, self.platform.name)
    }

    /// Whose data it is at the platform: the vars that stand in its paths, as `client C1, club 7`; empty where there are none.
    pub fn client(&self) -> String {
        if self.rehearsal() {
            return String::new();
        }
        let named = self.platform.vars().into_iter();
        let vars = named.filter_map(|name| Some(format!("{name} {}", self.environment.vars.get(&name)?)));
        vars.collect::<Vec<_>>().join(", ")
    }

    /// Whether a destination, as [`Context::destination`] wrote it, is where this goes; of its account it says nothing.
    pub fn goes_to(&self, destination: &str) -> bool {
        without_account(destination) == self.destination(None)
    }

    /// Whether a destination is of the same client, wherever it is.
    pub fn same_client(&self, destination: &str) -> bool {
        let client = without_account(destination).split_once(", ").map_or("", |(_, client)| client);
        client == self.client()
    }

    /// Replaces `${var}` in a path; a relative value given by `--var` starts at the current folder.
    ///
    /// # Errors
    /// E233 for a var that is not set.
    pub fn path(&self, text: &str, at: Location) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest.get(start..).and_then(|r| r.find('}')) else { break };
            let name = rest.get(start + 2..start + end).unwrap_or_default();
            out.push_str(rest.get(..start).unwrap_or_default());
            let Some(value) = self.environment.vars.get(name) else {
                let known = self.environment.vars.keys().map(String::as_str);
                let bare = name.strip_prefix("var.").filter(|n| self.environment.vars.contains_key(*n));
                let bare = bare.map(|n| format!("Write ${{{n}}}: a var is named without `var.` here."));
                let help = bare.or_else(|| did_you_mean(name, known)).unwrap_or_else(|| {
                    format!(
                        "Set it in crosswalk.toml under [env.{}] vars, or call with --var {name}=…",
                        self.environment.name
                    )
                });
                let message = format!("the var `{name}` is not set in environment {}", self.environment.name);
                return Diagnostic::error(Code::UNKNOWN_VAR, message).at(at).help(help).alone();
            };
            let given = self.overrides.contains_key(name) && start == 0 && Path::new(value).is_relative();
            if given {
                out.push_str(&self.env.folder.join(value).display().to_string());
            } else {
                out.push_str(value);
            }
            rest = rest.get(start + end + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Writes a file of the workspace, with its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())).into())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|e| Diagnostic::error(Code::IO, format!("{}: {e}", path.display())).into())
}
