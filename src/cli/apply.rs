use super::notify::{self, Facts};
use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::deliver::{Summary, finish};
use crate::env::Env;
use crate::job::{self, Applied, Apply, Workplace};
use crate::report::escape;
use crate::spec::workspace::REHEARSAL;

/// Sends exactly one plan, nothing else
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Number of the plan; the last one of the mapping when left out.
    plan: Option<u32>,
    /// Names a guard's number: invoice.removed=57.
    #[arg(long, value_name = "RECORD.FIGURE=N")]
    allow: Vec<String>,
    /// Goes on with the open run of that plan; refused when there is none.
    #[arg(long)]
    resume: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let mut facts = Facts::default();
    let outcome = run(arguments, env, output, &mut facts);
    notify::after("apply", &arguments.target, &facts, &outcome, env, output);
    outcome
}

fn run(arguments: &Arguments, env: &Env, output: &Output, facts: &mut Facts) -> Outcome {
    let place = Workplace::find(env)?;
    let number = match arguments.plan {
        Some(number) => number,
        None => job::latest_plan(&place, &arguments.target.mapping)?,
    };
    let (mapping, path) = job::find_plan(&place, number)?;
    if mapping != arguments.target.mapping {
        let message = format!("plan {number} is of {mapping}, not {}", arguments.target.mapping);
        let help = format!(
            "Call crosswalk apply {mapping} {number}, or see crosswalk status for the plans there are."
        );
        return crate::diagnostic::Diagnostic::error(crate::diagnostic::Code::NO_PLAN, message)
            .help(help)
            .alone();
    }
    let head = crate::plan::file::head(&path)?;
    let vars = head.overrides.clone().into_iter().chain(arguments.target.vars.iter().cloned()).collect();
    let environment = arguments.target.env.as_deref().unwrap_or(&head.environment);
    facts.environment = Some(environment.to_owned());
    (facts.plan, facts.head) = (Some(number), Some(head.clone()));
    let context = place.context(&mapping, Some(environment), &vars)?;
    output.diagnostics(job::open_env_file(&context.root, &context.environment.secrets).as_slice());
    let declared = place.environment(Some(environment))?.vars;
    arguments.target.refuse_unknown_vars(&context.file.toml.text, declared.keys().map(String::as_str))?;
    let told = Told::new(output);
    let what =
        Apply { path: &path, number, allow: &arguments.allow, command: "apply", resume: arguments.resume };
    let applied = job::apply(&context, &what, &told)?;
    told.done();
    facts.summary = Some(applied.summary.clone());
    output.text(&report(&applied));
    Ok(exit_code(&applied.summary, 0))
}

/// What became of a plan, destination first and last.
fn report(applied: &Applied) -> String {
    let destination = &applied.head.destination;
    format!("{destination}\n{}{destination}\n", outcome(applied))
}

/// The outcomes in the order they are told.
const OUTCOMES: [&str; 11] = [
    "accepted",
    "inferred",
    "adopted",
    "rebaselined",
    "absent",
    "rejected",
    "unknown",
    "held",
    "not sent",
    finish::IN_FLIGHT,
    finish::LEFT,
];

/// What became of a plan.
pub(super) fn outcome(applied: &Applied) -> String {
    let summary = &applied.summary;
    let mut text = String::new();
    if applied.settled > 0 {
        text.push_str("An earlier run had been interrupted; what it left open has been settled.\n");
    }
    let some = OUTCOMES.iter().filter_map(|o| Some((o, summary.outcomes.get(*o).filter(|n| **n > 0)?)));
    let parts: Vec<String> = some.map(|(o, n)| format!("{n} {}", word(o))).collect();
    let parts = if parts.is_empty() { "nothing to send".to_owned() } else { parts.join(", ") };
    text.push_str(&format!("Applied {}: {parts}.\n", applied.head.mapping));
    for (record, key, outcome, message) in &summary.exceptions {
        let message = escape::line(message);
        text.push_str(&format!("  {outcome}  {record} {}  {message}\n", escape::key(key)));
    }
    if let Some(why) = &summary.stopped {
        text.push_str(&format!("Stopped early: {}\n", escape::line(why)));
        let environment = match applied.head.environment.as_str() {
            REHEARSAL => String::new(),
            name => format!(" --env {name}"),
        };
        text.push_str(&format!(
            "crosswalk apply {} {}{environment} --resume    sends the rest\n",
            applied.head.mapping, applied.number
        ));
    }
    text
}

fn word(outcome: &str) -> &str {
    match outcome {
        "inferred" => "accepted (inferred)",
        "absent" => "noted as absent",
        finish::IN_FLIGHT => "sent, outcome not known yet (the next call settles them)",
        other => other,
    }
}

/// 3 when something was refused or is unknown, 1 when it stopped early.
pub(super) fn exit_code(summary: &Summary, new_rejects: u64) -> u8 {
    if summary.stopped.is_some() {
        1
    } else if new_rejects > 0 || summary.count(&["rejected", "unknown", "not sent"]) > 0 {
        3
    } else {
        0
    }
}
