//! A workspace with an environment `there` that is not the rehearsal: somebody else's address, with a secret.

use crate::generated::little;
use crate::workspace::{Ran, Workspace};
use std::io::{BufRead as _, BufReader};
use std::process::Child;

pub struct There {
    pub w: Workspace,
}

/// The practice platform as a process of its own; ended with the value.
pub struct Practice {
    pub address: String,
    child: Child,
}

/// An address where nobody listens.
pub const NOBODY: &str = "http://127.0.0.1:1";

/// The mapping `little`, which may send its first load at once, with the environment `there` at an address. The secret
/// `api_key` is in PRACTICE_KEY; `# more` marks a place in the environment's section.
pub fn little_at(address: &str) -> There {
    let w = little(3);
    w.write(
        "crosswalk.toml",
        &format!(
            "[env.rehearsal]\nvars = {{ region = \"Nord\" }}\n\n[env.there]\nplatform = \"lockstep\"\nat = \"{address}\"\n\
             secret = {{ api_key = \"PRACTICE_KEY\" }}\n# more\nvars = {{ region = \"Nord\" }}\n"
        ),
    );
    let mapping = std::fs::read_to_string(w.path("mappings/little.toml")).unwrap();
    w.write("mappings/little.toml", &format!("{mapping}\n[guard]\nfloor = 1000\n"));
    // What is lost on purpose is settled soon, not after a quarter of an hour.
    w.edit("mappings/platforms/lockstep.toml", "over_after = \"15 min\"", "over_after = \"1 s\"");
    w.edit(
        "mappings/platforms/lockstep.toml",
        "every = \"2 s\", for = \"30 min\"",
        "every = \"50 ms\", for = \"5 s\"",
    );
    There { w }
}

impl There {
    /// The program with variables.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        Ran::of(self.w.command(arguments).envs(variables.iter().copied()))
    }

    /// Gives the environment another address.
    pub fn goes_to(&self, address: &str) {
        let toml = std::fs::read_to_string(self.w.path("crosswalk.toml")).unwrap();
        let line =
            |l: &str| if l.starts_with("at = ") { format!("at = \"{address}\"\n") } else { format!("{l}\n") };
        self.w.write("crosswalk.toml", &toml.lines().map(line).collect::<String>());
    }

    /// The practice platform on a free port.
    pub fn serve(&self, options: &[&str]) -> Practice {
        let mut words = vec!["rehearse", "lockstep", "--port", "0"];
        words.extend(options);
        let mut child = self.w.command(&words).spawn().unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        let address = first.split_whitespace().find(|w| w.starts_with("http://"));
        let address =
            address.unwrap_or_else(|| panic!("{words:?} says {first:?}")).trim_end_matches('.').to_owned();
        // Read on, so that it never waits for us.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Practice { address, child }
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
