use super::Outcome;
use super::output::Output;
use crate::diagnostic::{Code, Diagnostic};
use crate::env::Env;
use crate::job::{self, Workplace};
use crate::rehearsal::{FaultPlan, Mode, Options};
use crate::spec::platform::Platform;
use crate::spec::workspace::REHEARSAL;
use crate::state::Lock;
use std::time::Duration;

/// A practice platform on loopback: the real contract, faults on demand
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Platform: mappings/platforms/<NAME>.toml.
    platform: String,
    /// Port on 127.0.0.1.
    #[arg(long, default_value_t = 8700)]
    port: u16,
    /// Empties the store and forgets the rehearsal's state first.
    #[arg(long)]
    reset: bool,
    /// With --reset: only empties, serves nothing.
    #[arg(long, requires = "reset")]
    only: bool,
    /// Refuses requests without credentials, as the real platform does; any value of them will do.
    #[arg(long)]
    require_auth: bool,
    /// Misbehaves so, each time.
    #[arg(long, value_name = "MODE", value_parser = mode)]
    fault: Option<Mode>,
    /// With --fault: only every n-th upload.
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: u64,
}

fn mode(word: &str) -> Result<Mode, String> {
    let known = || Mode::WORDS.iter().map(|(w, _)| *w).collect::<Vec<_>>().join(", ");
    Mode::WORDS.iter().find(|(w, _)| *w == word).map(|(_, m)| *m).ok_or_else(|| format!("one of {}", known()))
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let workplace = Workplace::find(env)?;
    let platform = workplace.platform(&arguments.platform)?;
    let environment = workplace.environment(Some(REHEARSAL))?;
    let place = workplace.place(&environment, &platform.name)?;
    if arguments.reset {
        let _lock = Lock::take(&place, env, "rehearse --reset")?;
        job::refuse_if_serving(&place)?;
        for path in [place.state(), place.backup(), place.unclean()] {
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Diagnostic::error(Code::IO, format!("{}: {e}", path.display())).alone();
                }
                _ => {}
            }
        }
    }
    let fault = arguments.fault.map(FaultPlan::always).unwrap_or_default();
    let fault = FaultPlan { every: arguments.every, ..fault };
    let (port, reset, require_auth) = (arguments.port, arguments.reset, arguments.require_auth);
    let options = Options { port, reset, require_auth, fault, ..Options::default() };
    let rehearsal = job::practice(&platform, &place, options)?;
    if arguments.only {
        output.line("The practice platform and the rehearsal's state are empty.");
        return Ok(0);
    }
    output.line(&format!(
        "Practising {} on {}. Nothing leaves this machine. Ctrl-C ends it.",
        platform.name,
        rehearsal.address()
    ));
    output.line("Open that address in a browser to see what has arrived. To send to it, add an environment:");
    output.line(&environment_for(&platform, &rehearsal.address()));
    env.cancel.sending(true);
    while !env.cancel.asked() {
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(rehearsal);
    Ok(0)
}

/// An environment for the workspace file that goes to the practice platform.
fn environment_for(platform: &Platform, address: &str) -> String {
    let mut text =
        format!("  [env.practice]\n  platform = \"{}\"\n  at       = \"{address}\"\n", platform.name);
    if let Some(auth) = &platform.auth {
        let key = &auth.secret;
        text.push_str(&format!(
            "  secret   = {{ {key} = \"PRACTICE_KEY\" }}    # any value does: export PRACTICE_KEY=practice\n"
        ));
    }
    text.push_str("  vars     = { }    # those of [env.rehearsal]");
    text
}
