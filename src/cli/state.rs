use super::Outcome;
use super::output::Output;
use crate::diagnostic::Result;
use crate::env::Env;
use crate::job::Workplace;
use crate::job::state::{self as job, Told};
use crate::report::escape;
use crate::spec::platform::Resend;
use crate::spec::workspace::REHEARSAL;
use crate::state::{self, Place, Restored};
use std::path::{Path, PathBuf};

/// What the program remembers of an environment: is it in order, copies of it, what is in it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Environment; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME", global = true)]
    env: Option<String>,
    /// Platform of the rehearsal.
    #[arg(long, default_value = "lockstep", global = true)]
    platform: String,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Looks for everything that can be wrong, each with its repair; ends with 1 when something is. Changes nothing
    Check,
    /// Makes a copy that is checked value by value, with a digest beside it
    Backup {
        /// The copy; else one with the date in the environment's folder backups/.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Puts a copy back once it has been checked; the present file is kept
    Restore {
        /// The copy; the one made before the last apply when left out.
        file: Option<PathBuf>,
    },
    /// Tells what is in it: tables and rows, mappings, account, format
    Show,
    /// Takes the environment over when the machine that held it, or from which the folder came, is at work no more
    Here,
}

/// An environment's folder and what to call it.
struct Target {
    title: String,
    place: Place,
    resend: Resend,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let target = target(arguments, env)?;
    output.line(&target.title);
    match &arguments.action {
        Action::Check => check(&target, output),
        Action::Backup { to } => backup(&target, to.as_deref(), env, output),
        Action::Restore { file } => restore(&target, file.as_deref(), env, output),
        Action::Show => show(&target, env, output),
        Action::Here => here(&target, env, output),
    }
}

fn target(arguments: &Arguments, env: &Env) -> Result<Target> {
    let workplace = Workplace::find(env)?;
    let environment = workplace.environment(arguments.env.as_deref())?;
    let platform = environment.platform.clone().unwrap_or_else(|| arguments.platform.clone());
    let title = match environment.name.as_str() {
        REHEARSAL => format!("Rehearsal of {platform}"),
        name => format!("{name}: {platform} {}", environment.at.clone().unwrap_or_default()),
    };
    let resend = workplace.platform(&platform)?.transport.resend;
    Ok(Target { title, place: workplace.place(&environment, &platform)?, resend })
}

fn check(target: &Target, output: &Output) -> Outcome {
    let found = job::check(&target.place)?;
    for f in &found {
        output.line(&format!("  {}: {}", f.name, escape::line(&f.what)));
        output.line(&format!("      {}", f.repair));
    }
    match found.len() {
        0 => output.line("The state is in order."),
        1 => output.line("1 finding"),
        n => output.line(&format!("{n} findings")),
    }
    Ok(u8::from(!found.is_empty()))
}

fn backup(target: &Target, to: Option<&Path>, env: &Env, output: &Output) -> Outcome {
    let made = state::backup(&target.place, env, to)?;
    output.line(&format!("Wrote {} ({}), as of run {}", made.path.display(), size(made.bytes), made.run));
    output.line(&format!("SHA-256 {} (also in the file .sha256 beside it)", made.digest));
    output.line("It holds your customers' data: keep it where only those look who may.");
    Ok(0)
}

fn restore(target: &Target, file: Option<&Path>, env: &Env, output: &Output) -> Outcome {
    let done = state::restore(&target.place, env, file)?;
    restored(&done, target.resend).iter().for_each(|line| output.line(line));
    Ok(0)
}

/// What was done, and what that means.
fn restored(done: &Restored, resend: Resend) -> Vec<String> {
    let (run, moment) = &done.run;
    let mut lines = vec![format!("Put back {}, as of run {run} ({moment})", done.from.display())];
    if let Some(aside) = &done.aside {
        lines.push(format!("What was there is kept as {}", aside.display()));
    }
    if done.older {
        lines.push("It is of an older format, which the next apply rewrites.".to_owned());
    }
    lines.push(
        "What was sent after that run is not known any more: the next plan shows it as new or changed. Where the platform can be \
         read, crosswalk plan MAPPING --adopt takes what is there for accepted."
            .to_owned(),
    );
    lines.push(match resend {
        Resend::Upsert => {
            "Sending it again does no harm at this platform; what was removed there since may come back. Review that plan.".to_owned()
        }
        _ => {
            "Sending it again can double records at this platform: look there first, and do not apply that plan unseen.".to_owned()
        }
    });
    lines
}

fn show(target: &Target, env: &Env, output: &Output) -> Outcome {
    match job::show(&target.place, env)? {
        None => output.line("Nothing has been applied yet."),
        Some(told) => lines(&told).iter().for_each(|line| output.line(line)),
    }
    Ok(0)
}

fn lines(told: &Told) -> Vec<String> {
    let mut lines = vec![
        format!("  file     {} ({})", told.file.0.display(), size(told.file.1)),
        format!("  format   {} (DuckDB {})", told.format.0, told.format.1),
        format!("  lineage  {}", told.lineage),
        format!("  account  {}", escape::line(told.account.as_deref().unwrap_or("none yet"))),
    ];
    lines.push(match &told.backup {
        Some((path, bytes)) => {
            format!("  copy     {} ({}), made before the last apply", path.display(), size(*bytes))
        }
        None => "  copy     none yet".to_owned(),
    });
    lines.push("Mappings".to_owned());
    lines.extend(told.mappings.iter().map(|(name, serial, run, moment)| {
        format!(
            "  {name}: {} changed records; the last was run {run}, {moment}",
            if *serial == 1 { "1 run".to_owned() } else { format!("{serial} runs") }
        )
    }));
    lines.push("Tables".to_owned());
    lines.extend(told.tables.iter().map(|(name, rows)| format!("  {rows:>9}  {name}")));
    if !told.notes.is_empty() {
        lines.push("Done by hand".to_owned());
    }
    let note = |n: &state::Note| format!("  {} {} on {}: {}", n.moment, n.user, n.host, n.what);
    lines.extend(told.notes.iter().map(|n| escape::line(&note(n)).into_owned()));
    lines
}

fn here(target: &Target, env: &Env, output: &Output) -> Outcome {
    match job::here(&target.place, env)? {
        Some(h) => output.line(&format!(
            "Taken over from `{}` of {} (process {} on {}), which had held it since {}.",
            h.command, h.user, h.pid, h.host, h.since
        )),
        None => output.line("No other machine holds it: there is nothing to take over."),
    }
    Ok(0)
}

/// Opens a file and tells what it holds, or why it cannot be opened, for the process that asked.
pub(super) fn trial(path: &Path, read_only: bool, output: &Output) -> Outcome {
    match state::open_for_trial(path, read_only) {
        Ok(lines) => {
            lines.iter().for_each(|line| output.line(line));
            Ok(0)
        }
        Err(errors) => {
            output.line(&errors.to_string());
            Ok(1)
        }
    }
}

fn size(bytes: u64) -> String {
    if bytes < 10_000_000 {
        format!("{:.0} KB", bytes as f64 / 1e3)
    } else {
        format!("{:.0} MB", bytes as f64 / 1e6)
    }
}
