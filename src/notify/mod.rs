//! Tells people what became of a run: a signed webhook, Slack, mail. Once per change of state, and once when it works
//! again.
//!
//! In: what happened (counts and codes, never a field's value), the channels of `crosswalk.toml`, their secrets.
//! Out: what could not be told, as warnings; the run's own outcome is no business of this module. What was told last
//! is kept in `notified.json` beside the state.

mod mail;
mod message;
mod told;
mod webhook;

pub use message::Message;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Location, Result, TomlSource};
use crate::env::Env;
use crate::platform::Secret;
use crate::platform::network::Settings;
use crate::spec::notify::{Channel, Event, Kind};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest time to connect, and for one notification in all its attempts.
const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(20);

/// How a mapping stands in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Everything was sent, or there was nothing to send.
    Fine,
    /// Some records were rejected, or their outcome is unknown.
    Rejected,
    /// A guard stands in the way.
    Guard,
    /// The run did not come to its end.
    Failed,
}

impl State {
    /// What it is an event of, unless it is fine.
    fn trouble(self) -> Option<Event> {
        match self {
            State::Fine => None,
            State::Rejected => Some(Event::Rejected),
            State::Guard => Some(Event::Guard),
            State::Failed => Some(Event::Failed),
        }
    }
}

/// What became of a run. Holds no field's value.
#[derive(Clone, Debug)]
pub struct Happening {
    /// `run` or `apply`.
    pub command: &'static str,
    /// The mapping.
    pub mapping: String,
    /// The environment.
    pub environment: String,
    /// Number of the plan, once there is one.
    pub plan: Option<u32>,
    /// How the mapping stands now.
    pub state: State,
    /// Outcomes, or kinds of changes when nothing was sent, each with its number of records.
    pub counts: Vec<(String, u64)>,
    /// What went wrong.
    pub codes: Vec<Code>,
    /// What to do next, a sentence or a command each.
    pub next: Vec<String>,
}

/// What a channel needs to be used.
#[derive(Debug)]
pub struct Ready {
    /// Proxy and certificates.
    pub settings: Settings,
    /// Its secrets by name.
    pub secrets: BTreeMap<String, Secret>,
}

impl Ready {
    fn secret(&self, name: &str) -> std::result::Result<&Secret, String> {
        self.secrets.get(name).ok_or_else(|| format!("it has no secret `{name}`"))
    }
}

/// What [`after`] works with.
pub struct Desk<'a> {
    /// The world.
    pub env: &'a Env,
    /// The environment's folder.
    pub folder: &'a Path,
    /// The workspace file.
    pub toml: &'a Arc<TomlSource>,
    /// Finds a channel's secrets and its way.
    pub ready: &'a dyn Fn(&Channel) -> Result<Ready>,
}

/// Tells every channel that wants to hear of it; gives warnings for those that could not be told. They are told after
/// the next run.
pub fn after(channels: &[Channel], happening: &Happening, desk: &Desk<'_>) -> Vec<Diagnostic> {
    let mut told = told::Told::read(desk.folder);
    let mut warnings = Vec::new();
    for channel in channels.iter().filter(|c| wants(c, happening)) {
        let last = told.last(&happening.mapping, &channel.name.value);
        let Some(event) = told::due(last, happening.state, &channel.on) else { continue };
        let done = match event {
            told::Due::Tell(event) => send(channel, &Message::of(event.word(), happening, desk.env), desk),
            told::Due::Forget => Ok(()),
        };
        match done {
            Ok(()) => told.note(happening, &channel.name.value, desk.env),
            Err(errors) => warnings.extend(as_warnings(&errors)),
        }
    }
    warnings.extend(told.write(desk.folder));
    warnings
}

fn wants(channel: &Channel, happening: &Happening) -> bool {
    let named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    named(&channel.mappings, &happening.mapping) && named(&channel.environments, &happening.environment)
}

/// A notification that fails is never an error of the run.
fn as_warnings(errors: &Diagnostics) -> Vec<Diagnostic> {
    let warning = |d: &Diagnostic| Diagnostic { severity: crate::diagnostic::Severity::Warning, ..d.clone() };
    errors.list().iter().map(warning).collect()
}

/// Sends one message by one channel.
///
/// # Errors
/// E523, with the channel's place; E510 and the like for its secrets.
pub fn send(channel: &Channel, message: &Message, desk: &Desk<'_>) -> Result<()> {
    let mut ready = (desk.ready)(channel)?;
    ready.settings = ready.settings.within(CONNECT, TOTAL);
    let sent = match &channel.kind {
        Kind::Webhook { url } => webhook::signed(url, &ready, message),
        Kind::Slack => webhook::slack(&ready, message),
        Kind::Smtp(mail) => mail::send(mail, &ready, message),
    };
    sent.map_err(|why| {
        let text = format!("the notification `{}` could not be sent: {why}", channel.name.value);
        let at = Location::toml(desk.toml, channel.name.span.clone());
        Diagnostic::error(Code::NOT_NOTIFIED, text).at(at).into()
    })
}
