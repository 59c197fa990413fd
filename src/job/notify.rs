//! Notifications of a workspace: its channels with their secrets, after a run and for a trial.

use super::Workplace;
use super::secret::Finder;
use super::way::Way;
use crate::diagnostic::{Code, Diagnostic, Result, did_you_mean};
use crate::notify::{self, Desk, Happening, Message, Ready};
use crate::spec::notify::Channel;
use crate::spec::workspace::REHEARSAL;

/// Tells the channels of the workspace what became of a run; gives what could not be told, as warnings. Nothing is
/// told of a rehearsal: nothing leaves this machine there.
pub fn notify(workplace: &Workplace, happening: &Happening) -> Vec<Diagnostic> {
    let channels = &workplace.workspace.channels;
    if channels.is_empty() || happening.environment == REHEARSAL {
        return Vec::new();
    }
    let place = workplace.environment(Some(&happening.environment)).and_then(|e| workplace.place(&e, ""));
    match place {
        Ok(place) => with_desk(workplace, place.folder(), |desk| notify::after(channels, happening, desk)),
        Err(errors) => errors.list().to_vec(),
    }
}

/// A channel that was tried, and what became of it.
pub struct Tried {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub result: Result<()>,
}

/// Sends a test message by one channel, or by all.
///
/// # Errors
/// E235 when there is none, or none of that name.
pub fn try_channels(workplace: &Workplace, name: Option<&str>) -> Result<Vec<Tried>> {
    let all = &workplace.workspace.channels;
    let chosen: Vec<&Channel> = all.iter().filter(|c| name.is_none_or(|n| n == c.name.value)).collect();
    if chosen.is_empty() {
        let message = match name {
            Some(name) => format!("crosswalk.toml has no notification `{name}`"),
            None => "crosswalk.toml has no notification".to_owned(),
        };
        let known = all.iter().map(|c| c.name.value.as_str());
        let help = name.and_then(|n| did_you_mean(n, known)).unwrap_or_else(|| {
            "One is a section [notify.NAME] with `kind` and what that needs; docs/notifications.md has examples.".to_owned()
        });
        return Diagnostic::error(Code::BAD_WORKSPACE, message).help(help).alone();
    }
    Ok(with_desk(workplace, &workplace.root, |desk| {
        let tried = |c: &&Channel| {
            let result = notify::send(c, &Message::test(&c.name.value, desk.env), desk);
            Tried { name: c.name.value.clone(), result }
        };
        chosen.iter().map(tried).collect()
    }))
}

fn with_desk<T>(workplace: &Workplace, folder: &std::path::Path, work: impl FnOnce(&Desk<'_>) -> T) -> T {
    let toml = &workplace.workspace.toml;
    let finder = Finder { env: &workplace.env, root: &workplace.root, toml };
    let ready = |channel: &Channel| ready(channel, &finder);
    work(&Desk { env: &workplace.env, folder, toml, ready: &ready })
}

fn ready(channel: &Channel, finder: &Finder<'_>) -> Result<Ready> {
    let section = format!("notify.{}", channel.name.value);
    let way = Way {
        section: &section,
        proxy: channel.proxy.as_ref(),
        ca: channel.ca.as_ref(),
        secrets: &channel.secrets,
    };
    let settings = way.settings(finder)?;
    let found = |name: &String| Ok((name.clone(), finder.find(&section, name, &channel.secrets)?));
    let secrets = channel.secrets.keys().map(found).collect::<Result<_>>()?;
    Ok(Ready { settings, secrets })
}
