//! `notified.json`: what each channel was told last, by mapping. It decides who is told something now.

use super::{Happening, State};
use crate::diagnostic::{Code, Diagnostic};
use crate::env::Env;
use crate::spec::notify::Event;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

const FILE: &str = "notified.json";

/// The file. One that cannot be read counts as empty: then something is told twice rather than never.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// Mapping → channel → what it was told.
    last: BTreeMap<String, BTreeMap<String, Line>>,
    /// What this process adds: mapping, channel, line.
    #[serde(skip)]
    new: Vec<(String, String, Line)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    state: State,
    at: String,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// This is told.
    Tell(Event),
    /// Nothing is told, but the trouble told before is over.
    Forget,
}

/// What is due to a channel that was told `last` and wants to hear `on`: each trouble once, and the recovery from one
/// that was told. A trouble that it does not want to hear of leaves everything as it was.
pub(super) fn due(last: Option<State>, now: State, on: &[Event]) -> Option<Due> {
    match (last.and_then(State::trouble), now.trouble()) {
        (None, None) => None,
        (Some(_), None) if on.contains(&Event::Recovered) => Some(Due::Tell(Event::Recovered)),
        (Some(_), None) => Some(Due::Forget),
        (before, Some(event)) => (before != Some(event) && on.contains(&event)).then_some(Due::Tell(event)),
    }
}

impl Told {
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read(folder.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub fn last(&self, mapping: &str, channel: &str) -> Option<State> {
        self.last.get(mapping)?.get(channel).map(|line| line.state)
    }

    pub fn note(&mut self, happening: &Happening, channel: &str, env: &Env) {
        let line = Line { state: happening.state, at: env.now().to_string() };
        self.new.push((happening.mapping.clone(), channel.to_owned(), line));
    }

    /// Adds what is new to the file, as it is by now, if something is: whole or not at all.
    ///
    /// Gives a warning E902 when it cannot be written.
    pub fn write(self, folder: &Path) -> Option<Diagnostic> {
        if self.new.is_empty() {
            return None;
        }
        // Another mapping's run may have ended while ours was told.
        let mut now = Self::read(folder);
        for (mapping, channel, line) in self.new {
            now.last.entry(mapping).or_default().insert(channel, line);
        }
        let path = folder.join(FILE);
        let part = folder.join(format!("{FILE}.{}.part", std::process::id()));
        let text = serde_json::to_vec_pretty(&now).unwrap_or_default();
        private(&part)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&part, &path))
            .err()
            .map(|e| Diagnostic::warning(Code::IO, format!("{}: {e}", path.display())))
    }
}

/// A new file that its owner alone can read.
fn private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Event::{Failed, Guard, Recovered, Rejected};

    #[test]
    fn each_trouble_once_and_the_recovery() {
        let all = [Failed, Rejected, Guard, Recovered];
        let mut last = None;
        let mut told = Vec::new();
        for now in [
            State::Fine,
            State::Failed,
            State::Failed,
            State::Failed,
            State::Rejected,
            State::Rejected,
            State::Fine,
            State::Fine,
            State::Guard,
            State::Failed,
            State::Fine,
        ] {
            if let Some(Due::Tell(event)) = due(last, now, &all) {
                told.push(event.word());
                last = Some(now);
            }
        }
        assert_eq!(told, ["failed", "rejected", "recovered", "guard", "failed", "recovered"]);
    }

    #[test]
    fn who_was_not_told_of_a_trouble_hears_of_no_recovery() {
        assert_eq!(due(None, State::Rejected, &[Failed, Recovered]), None);
        assert_eq!(due(None, State::Fine, &[Failed, Recovered]), None);
        // The trouble that was told goes on under another name, then ends.
        assert_eq!(due(Some(State::Failed), State::Rejected, &[Failed, Recovered]), None);
        assert_eq!(due(Some(State::Failed), State::Fine, &[Failed, Recovered]), Some(Due::Tell(Recovered)));
        assert_eq!(due(Some(State::Failed), State::Fine, &[Failed]), Some(Due::Forget));
    }

    #[test]
    fn the_file_is_private_whole_and_survives_damage() {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::new(BTreeMap::new(), folder.path().to_path_buf());
        let happening = Happening {
            command: "run",
            mapping: "acme".into(),
            environment: "oslo".into(),
            plan: None,
            state: State::Guard,
            counts: Vec::new(),
            codes: Vec::new(),
            next: Vec::new(),
        };
        let mut told = Told::read(folder.path());
        told.note(&happening, "team", &env);
        assert_eq!(told.write(folder.path()), None);
        let again = Told::read(folder.path());
        assert_eq!(again.last("acme", "team"), Some(State::Guard));
        assert_eq!((again.last("acme", "other"), again.last("other", "team")), (None, None));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(folder.path().join(FILE), "{\"last\": [").unwrap();
        assert_eq!(Told::read(folder.path()).last("acme", "team"), None);
    }
}
