use super::decide::reviewed;
use super::notify::{self, Facts};
use super::output::Output;
use super::progress::Told;
use super::{OfPlan, Outcome, Target};
use crate::deliver::{Summary, finish};
use crate::env::Env;
use crate::job::{self, Applied, Apply, Workplace};
use crate::report::escape;
use crate::spec::workspace::REHEARSAL;
use std::path::PathBuf;

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
    /// Takes the decisions of a workbook that `show --xlsx` wrote before it sends; all of them, or none and nothing is sent.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    decisions: Option<PathBuf>,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let mut facts = Facts::default();
    let outcome = run(arguments, env, output, &mut facts);
    notify::after("apply", &arguments.target, &facts, &outcome, env, output);
    outcome
}

fn run(arguments: &Arguments, env: &Env, output: &Output, facts: &mut Facts) -> Outcome {
    let place = Workplace::find(env)?;
    let OfPlan { number, path, head } = arguments.target.plan(&place, arguments.plan, "apply")?;
    facts.environment = Some(arguments.target.environment(&head).to_owned());
    (facts.plan, facts.head) = (Some(number), Some(head.clone()));
    let context = arguments.target.context_of(&place, &head)?;
    output.diagnostics(job::open_env_file(&context.root, &context.environment.secrets).as_slice());
    if let Some(book) = &arguments.decisions {
        let review = job::review(&context, &path, book, "apply")?;
        output.line(&head.destination);
        reviewed(&context.file.name.value, number, book, &review, output);
        output.line("");
    }
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
    if summary.exceptions.len() >= finish::EXCEPTIONS as usize {
        text.push_str(
            "  … these are the first 1,000; all of them: crosswalk history --run, with the run's number\n",
        );
    }
    for (record, key, n, message) in &summary.notes {
        let more = if *n > 1 { format!(" and {} more", n - 1) } else { String::new() };
        text.push_str(&format!("  note  {record} {}{more}  {}\n", escape::key(key), escape::line(message)));
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

/// An outcome in words.
pub(super) fn word(outcome: &str) -> &str {
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
