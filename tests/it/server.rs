//! The practice platform as a process beside, and the environment that goes there.

use crate::workspace::{Ran, Workspace};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};

/// What stands for the secret.
pub const KEY: &str = "practice-key";

pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Starts `rehearse …` on a free port and waits until it says where it is.
    pub fn start(w: &Workspace, arguments: &[&str]) -> Self {
        let mut all = arguments.to_vec();
        all.extend(["--port", "0"]);
        let mut child = w.command(&all).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.split_whitespace().find(|w| w.starts_with("http://"));
        let address = address
            .unwrap_or_else(|| panic!("{arguments:?} says {first:?}"))
            .trim_end_matches('.')
            .to_owned();
        Self { child, address }
    }

    /// Adds the environment `practice`, which goes there.
    pub fn environment(&self, w: &Workspace, more: &str) {
        let text = std::fs::read_to_string(w.path("crosswalk.toml")).unwrap();
        let own = format!(
            "\n[env.practice]\nplatform = \"lockstep\"\nat = \"{}\"\nsecret = {{ api_key = \"PRACTICE_KEY\" }}\n{more}\n",
            self.address
        );
        w.write("crosswalk.toml", &format!("{text}{own}"));
    }

    /// A call that knows the secret.
    pub fn command(&self, w: &Workspace, arguments: &[&str]) -> Command {
        let mut command = w.command(arguments);
        command.env("PRACTICE_KEY", KEY);
        command
    }

    #[must_use = "its exit code is part of what it says"]
    pub fn call(&self, w: &Workspace, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(w, arguments))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended by its id; it may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
