use super::Outcome;
use super::output::Output;
use crate::diagnostic::{Code, Diagnostic};
use crate::env::{self, Env};
use crate::job::{self, Workplace};
use crate::rehearsal::{FaultPlan, Mode, Options, SETTINGS, Setting};
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
    /// Misbehaves: WORD[:every=N][:seed=N][:times=N][:after=N][:on=uploads|reads|all][:lag=N].
    #[arg(long, value_name = "FAULT", long_help = fault_help())]
    fault: Option<FaultPlan>,
    /// Sets what is publicly unknown about the platform: NAME=VALUE, several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting, long_help = set_help())]
    settings: Vec<String>,
    /// Refuses requests without credentials, as the real platform does; any value of them will do.
    #[arg(long)]
    require_auth: bool,
}

fn fault_help() -> String {
    let words: Vec<&str> = Mode::WORDS.iter().map(|(word, _)| *word).collect();
    format!(
        "Misbehaves: WORD[:every=N][:seed=N][:times=N][:after=N][:on=uploads|reads|all][:lag=N]\n\n\
         Every N-th request of those it is on (uploads, unless told otherwise), shifted by the seed, at most so many \
         times, after so many that pass. With lag=N, N look-ups more do not show what such a request did.\n\nThe words: {}.\n\nSome take a number of their own: partial:share=PERCENT, \
         throttled:wait=SECONDS, reply-late:delay=MS, lookup-lags:reads=N, reply-huge:mb=N, \
         mixed:share=PERCENT[:of=WORD+WORD].\n\n\
         On a platform of one request a record, outcome-missing answers a request without the record's id; reordered and \
         outcome-extra have no meaning there, as each answer is about one record, and are not played.\n\n\
         A rehearsal inside plan, apply or run plays what the environment variable {} says in this form, with the \
         settings of {}, separated by commas.",
        words.join(", "),
        env::FAULT,
        env::REHEARSAL,
    )
}

fn set_help() -> String {
    let row = |s: &Setting| format!("  {}={}\n      {}", s.name, s.values, s.doc);
    let rows: Vec<String> = SETTINGS.iter().map(row).collect();
    format!(
        "Sets what is publicly unknown about the platform, several times; the first value is the default\n\n{}",
        rows.join("\n")
    )
}

fn setting(text: &str) -> Result<String, String> {
    Options::default().set(text).map(|()| text.to_owned())
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
    let fault = arguments.fault.clone().unwrap_or_default();
    let (port, reset, require_auth) = (arguments.port, arguments.reset, arguments.require_auth);
    let mut options = Options { port, reset, require_auth, fault, ..Options::default() };
    for text in &arguments.settings {
        // It was tried when the arguments were read.
        options.set(text).map_err(|e| Diagnostic::error(Code::REHEARSAL, e))?;
    }
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
