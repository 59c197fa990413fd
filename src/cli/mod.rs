//! One file a command: its arguments (the doc comment is the help) and its output. All printing and exit codes are here.

mod apply;
mod approve;
mod check;
mod coverage;
mod decide;
mod explain;
mod expressions;
mod functions;
mod help;
mod history;
mod hold;
mod holds;
mod inspect;
mod new;
mod notify;
mod output;
mod pager;
mod plan;
mod preview;
mod progress;
mod record_types;
mod rehearse;
mod release;
mod resolve;
mod retry;
mod run;
mod schema;
mod show;
mod state;
mod status;
mod test;
mod turnup;

use crate::diagnostic::{Code, Collector, Diagnostic, Diagnostics, did_you_mean};
use crate::env::Env;
use clap::{Parser, Subcommand};
use output::Output;
use std::process::ExitCode;

/// Exports from an ERP in, reviewed changes to a platform out.
#[derive(Debug, Parser)]
#[command(name = "crosswalk", version, about, after_help = AFTER, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "Begin with `crosswalk run acme` in the sample workspace: it needs no account and cannot hurt anybody.\n\
Exit codes: 0 fine, 1 failed, 2 usage or mapping error, 3 some records rejected or unknown, 4 guard tripped or\n\
approval missing, 5 stale plan or state held, 10 changes present (plan --exit-code).";

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(inspect::Arguments),
    New(new::Arguments),
    Check(check::Arguments),
    Test(test::Arguments),
    Preview(preview::Arguments),
    Plan(plan::Arguments),
    Show(show::Arguments),
    Approve(approve::Arguments),
    Apply(apply::Arguments),
    Run(run::Arguments),
    Status(status::Arguments),
    History(history::Arguments),
    Holds(holds::Arguments),
    Hold(hold::Arguments),
    Release(release::Arguments),
    Retry(retry::Arguments),
    Resolve(resolve::Arguments),
    Explain(explain::Arguments),
    Notify(notify::Arguments),
    Functions(functions::Arguments),
    Rehearse(rehearse::Arguments),
    Turnup(turnup::Arguments),
    Schema(schema::Arguments),
    Help(help::Arguments),
    State(state::Arguments),
    /// Opens a state file and ends: called by ourselves where a damaged file might end the process.
    #[command(name = crate::state::OPEN_STATE, hide = true)]
    OpenState {
        /// The file.
        path: std::path::PathBuf,
        /// Changes nothing, reads every value.
        #[arg(long)]
        read_only: bool,
    },
}

impl Command {
    /// Whether all files it makes are below `.crosswalk`, which nobody else may read. The others write mappings and
    /// pages for a team, with the usual rights.
    fn writes_only_ours(&self) -> bool {
        matches!(
            self,
            Self::Plan(_)
                | Self::Apply(_)
                | Self::Run(_)
                | Self::Status(_)
                | Self::Explain(_)
                | Self::Rehearse(_)
                | Self::Check(_)
                | Self::Preview(_)
                | Self::OpenState { .. }
        )
    }
}

/// What a command comes to.
type Outcome = Result<u8, Diagnostics>;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be told when even this cannot be printed.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let env = match Env::real() {
        Ok(env) => env,
        Err(error) => {
            Output::plain().error_line(&format!("the current folder cannot be read: {error}"));
            return ExitCode::from(1);
        }
    };
    let output = Output::new(&env);
    crate::env::watch_interrupts(&env.cancel);
    if arguments.command.writes_only_ours() {
        crate::env::keep_files_private();
    }
    match dispatch(arguments.command, &env, &output) {
        // Stopped in good order: the ledger knows what was done.
        Ok(_) if env.cancel.asked() => ExitCode::from(crate::env::INTERRUPTED),
        Ok(code) => ExitCode::from(code),
        Err(errors) => {
            output.diagnostics(errors.list());
            ExitCode::from(exit_code(&errors))
        }
    }
}

fn dispatch(command: Command, env: &Env, output: &Output) -> Outcome {
    match command {
        Command::Inspect(arguments) => inspect::command(&arguments, env, output),
        Command::New(arguments) => new::command(&arguments, env, output),
        Command::Check(arguments) => check::command(&arguments, env, output),
        Command::Test(arguments) => test::command(&arguments, env, output),
        Command::Preview(arguments) => preview::command(&arguments, env, output),
        Command::Plan(arguments) => plan::command(&arguments, env, output),
        Command::Show(arguments) => show::command(&arguments, env, output),
        Command::Approve(arguments) => approve::command(&arguments, env, output),
        Command::Apply(arguments) => apply::command(&arguments, env, output),
        Command::Run(arguments) => run::command(&arguments, env, output),
        Command::Status(arguments) => status::command(&arguments, env, output),
        Command::History(arguments) => history::command(&arguments, env, output),
        Command::Holds(arguments) => holds::command(&arguments, env, output),
        Command::Hold(arguments) => hold::command(&arguments, env, output),
        Command::Release(arguments) => release::command(&arguments, env, output),
        Command::Retry(arguments) => retry::command(&arguments, env, output),
        Command::Resolve(arguments) => resolve::command(&arguments, env, output),
        Command::Explain(arguments) => explain::command(&arguments, env, output),
        Command::Notify(arguments) => notify::command(&arguments, env, output),
        Command::Schema(arguments) => schema::command(&arguments, env, output),
        Command::Functions(arguments) => functions::command(&arguments, output),
        Command::Rehearse(arguments) => rehearse::command(&arguments, env, output),
        Command::Turnup(arguments) => turnup::command(&arguments, env, output),
        Command::Help(arguments) => help::command(&arguments, env, output),
        Command::State(arguments) => state::command(&arguments, env, output),
        Command::OpenState { path, read_only } => state::trial(&path, read_only, output),
    }
}

/// The exit code of design 8 for what went wrong.
fn exit_code(errors: &Diagnostics) -> u8 {
    let any = |codes: &[Code]| errors.list().iter().any(|d| codes.contains(&d.code));
    if any(&[Code::STALE_PLAN, Code::STATE_LOCKED]) {
        5
    } else if any(&[Code::GUARD_TRIPPED, Code::NOT_APPROVED]) {
        4
    } else if errors.list().iter().any(|d| d.code.0.starts_with("E2")) {
        2
    } else {
        1
    }
}

/// Arguments shared by the commands that work on a mapping.
#[derive(Clone, Debug, clap::Args)]
struct Target {
    /// Mapping: mappings/<NAME>.toml.
    mapping: String,
    /// Environment of crosswalk.toml; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Sets a var for this call.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
}

/// A plan that a command is about.
struct OfPlan {
    number: u32,
    path: std::path::PathBuf,
    head: crate::plan::Head,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

impl Target {
    fn context(&self, env: &Env) -> Result<crate::job::Context, Diagnostics> {
        let vars = self.vars.iter().cloned().collect();
        let place = crate::job::Workplace::find(env)?;
        let context = place.context(&self.mapping, self.env.as_deref(), &vars)?;
        let declared = place.environment(self.env.as_deref())?.vars;
        self.refuse_unknown_vars(&context.file.toml.text, declared.keys().map(String::as_str))?;
        Ok(context)
    }

    /// A plan of the mapping: this one, or its last; `command` is what was called.
    fn plan(
        &self,
        place: &crate::job::Workplace,
        number: Option<u32>,
        command: &str,
    ) -> Result<OfPlan, Diagnostics> {
        let number = number.map_or_else(|| crate::job::latest_plan(place, &self.mapping), Ok)?;
        let (mapping, path) = crate::job::find_plan(place, number)?;
        if mapping != self.mapping {
            let message = format!("plan {number} is of {mapping}, not {}", self.mapping);
            let help = format!(
                "Call crosswalk {command} {mapping} {number}, or see crosswalk status for the plans there are."
            );
            return Diagnostic::error(Code::NO_PLAN, message).help(help).alone();
        }
        let head = crate::plan::file::head(&path)?;
        Ok(OfPlan { number, path, head })
    }

    /// The environment named, or that of the plan.
    fn environment<'a>(&'a self, head: &'a crate::plan::Head) -> &'a str {
        self.env.as_deref().unwrap_or(&head.environment)
    }

    /// The mapping in the environment of a plan, with the vars it was made with.
    fn context_of(
        &self,
        place: &crate::job::Workplace,
        head: &crate::plan::Head,
    ) -> Result<crate::job::Context, Diagnostics> {
        let vars = head.overrides.clone().into_iter().chain(self.vars.iter().cloned()).collect();
        let environment = self.environment(head);
        let context = place.context(&self.mapping, Some(environment), &vars)?;
        let declared = place.environment(Some(environment))?.vars;
        self.refuse_unknown_vars(&context.file.toml.text, declared.keys().map(String::as_str))?;
        Ok(context)
    }

    /// A var that neither the environment sets nor the mapping's text names is misspelt: without this, `--var inbx=…`
    /// would be taken in silence and the environment's own files would be read.
    fn refuse_unknown_vars<'a>(
        &self,
        text: &str,
        declared: impl Iterator<Item = &'a str>,
    ) -> Result<(), Diagnostics> {
        let declared: Vec<&str> = declared.collect();
        let mut all = Collector::default();
        for (name, _) in &self.vars {
            let named = text.contains(&format!("${{{name}}}")) || text.contains(&format!("env.{name}"));
            if !named && !declared.contains(&name.as_str()) {
                let message = format!("{} uses no var `{name}`", self.mapping);
                let help = did_you_mean(name, declared.iter().copied());
                all.push(Diagnostic::error(Code::UNKNOWN_VAR, message).help_if(help));
            }
        }
        all.finish(()).map(|_| ())
    }
}
