use super::output::Output;
use super::{Outcome, Target};
use crate::deliver::Summary;
use crate::diagnostic::{Code, Diagnostics};
use crate::env::Env;
use crate::job::{self, Workplace};
use crate::notify::{Happening, State};
use crate::plan::Head;
use std::collections::BTreeMap;

/// Who is told what became of a run: [notify] in crosswalk.toml
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Sends a test message
    Test {
        /// One notification; all when left out.
        name: Option<String>,
    },
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let What::Test { name } = &arguments.what;
    let workplace = Workplace::find(env)?;
    let mut failed = false;
    for channel in &workplace.workspace.channels {
        output.diagnostics(job::open_env_file(&workplace.root, &channel.secrets).as_slice());
    }
    for tried in job::try_channels(&workplace, name.as_deref())? {
        match tried.result {
            Ok(()) => output.line(&format!("{}: sent.", tried.name)),
            Err(errors) => {
                output.line(&format!("{}: not sent.", tried.name));
                output.diagnostics(errors.list());
                failed = true;
            }
        }
    }
    Ok(u8::from(failed))
}

/// What a command learns on its way, for those who are told.
#[derive(Default)]
pub(super) struct Facts {
    /// The environment, once it is known.
    pub environment: Option<String>,
    /// Number of the plan.
    pub plan: Option<u32>,
    /// Its head.
    pub head: Option<Head>,
    /// What became of its records.
    pub summary: Option<Summary>,
}

/// Tells what became of a run. What cannot be told is a warning; the outcome stays what it is.
pub(super) fn after(
    command: &'static str,
    target: &Target,
    facts: &Facts,
    outcome: &Outcome,
    env: &Env,
    output: &Output,
) {
    // Whoever stops a run by hand knows of it.
    if env.cancel.asked() {
        return;
    }
    let Ok(workplace) = Workplace::find(env) else { return };
    let named = facts.environment.as_deref().or(target.env.as_deref());
    let Ok(environment) = workplace.environment(named) else { return };
    let codes = outcome.as_ref().err().map(codes).unwrap_or_default();
    // Another process is at work: it tells its own end, and this one says nothing of how the mapping stands.
    if codes.contains(&Code::STATE_LOCKED) {
        return;
    }
    let mut happening = Happening {
        command,
        mapping: facts.head.as_ref().map_or(&target.mapping, |h| &h.mapping).clone(),
        environment: environment.name,
        plan: facts.plan,
        state: state(facts, outcome),
        counts: counts(facts),
        codes,
        next: Vec::new(),
    };
    happening.next = next(&happening, facts);
    output.diagnostics(&job::notify(&workplace, &happening));
}

fn state(facts: &Facts, outcome: &Outcome) -> State {
    let stopped = facts.summary.as_ref().is_some_and(|s| s.stopped.is_some());
    match outcome {
        Ok(4) => State::Guard,
        Err(errors) if super::exit_code(errors) == 4 => State::Guard,
        Err(_) => State::Failed,
        Ok(_) if stopped => State::Failed,
        Ok(_) => {
            let sent = facts.summary.as_ref().map_or(0, |s| s.count(&["rejected", "unknown", "not sent"]));
            // `run` ends with 0 when all rejects were known before; it has not recovered for that.
            if sent > 0 || planned(facts, "rejected") > 0 { State::Rejected } else { State::Fine }
        }
    }
}

/// Records of a kind in the plan.
fn planned(facts: &Facts, kind: &str) -> u64 {
    let records = facts.head.iter().flat_map(|h| &h.records);
    records.filter_map(|r| r.counts.get(kind)).sum()
}

/// Outcomes with what the plan rejected; without a sending, the changes that it holds.
fn counts(facts: &Facts) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let kinds: &[&str] = match &facts.summary {
        Some(summary) => {
            counts.extend(summary.outcomes.clone());
            &["rejected", "held"]
        }
        None => &["new", "changed", "removed", "rejected", "held"],
    };
    for kind in kinds {
        *counts.entry((*kind).to_owned()).or_default() += planned(facts, kind);
    }
    counts.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// Each code once, in the order found.
fn codes(errors: &Diagnostics) -> Vec<Code> {
    let mut found: Vec<Code> = Vec::new();
    for one in errors.list().iter().filter(|d| d.severity == crate::diagnostic::Severity::Error) {
        if !found.contains(&one.code) {
            found.push(one.code);
        }
    }
    found
}

fn next(happening: &Happening, facts: &Facts) -> Vec<String> {
    let Happening { mapping, environment, state, .. } = happening;
    let show = facts.plan.map(|n| format!("crosswalk show {n}"));
    let mut lines: Vec<String> = happening.codes.iter().map(|c| format!("crosswalk help {c}")).collect();
    match state {
        State::Fine => {}
        State::Failed => {
            lines.push(format!("crosswalk status --env {environment}"));
            lines.push(format!("crosswalk run {mapping} --env {environment}    tries again"));
        }
        State::Rejected => lines.extend(show.map(|s| format!("{s}    names each cell and its reason"))),
        State::Guard => {
            lines.extend(show.map(|s| format!("{s}    shows what would be sent")));
            if let (Some(head), Some(number)) = (&facts.head, facts.plan) {
                lines.push(format!("{}    if its numbers are right", super::plan::apply_with(head, number)));
            }
        }
    }
    lines
}
