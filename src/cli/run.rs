use super::notify::{self, Facts};
use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target, apply, plan};
use crate::env::Env;
use crate::job::{self, Planned};
use std::cell::Cell;

/// Plan, guards and apply in one call, for unattended use
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let mut facts = Facts::default();
    let outcome = run(arguments, env, output, &mut facts);
    notify::after("run", &arguments.target, &facts, &outcome, env, output);
    outcome
}

fn run(arguments: &Arguments, env: &Env, output: &Output, facts: &mut Facts) -> Outcome {
    let context = arguments.target.context(env)?;
    facts.environment = Some(context.environment.name.clone());
    output.diagnostics(job::open_env_file(&context.root, &context.environment.secrets).as_slice());
    let told = Told::new(output);
    let new_rejects = Cell::new(0);
    let ran = job::run(
        &context,
        &told,
        &mut |went_on| {
            told.done();
            output.text(&apply::outcome(went_on));
        },
        &mut |planned: &Planned| {
            told.done();
            output.diagnostics(&planned.notes);
            new_rejects.set(planned.new_rejects()?);
            (facts.plan, facts.head) = (Some(planned.number), Some(planned.head.clone()));
            let page = plan::page(planned, env)?;
            let mut next = next(planned, &page);
            next.extend(plan::approval(&context, planned));
            output.plan(&planned.head, &planned.db, planned.number, &next)
        },
    )?;
    let parts = ran.resumed.iter().chain(&ran.applied);
    facts.summary = parts.map(|a| a.summary.clone()).reduce(|first, second| first.and(&second));
    // What the rest of an open run had refused in its files nobody was told by an exit code yet.
    let refused = ran.resumed.iter().flat_map(|r| &r.head.records).filter_map(|r| r.counts.get("rejected"));
    new_rejects.set(new_rejects.get() + refused.sum::<u64>());
    let Some(summary) = &facts.summary else { return Ok(4) };
    let code = apply::exit_code(summary, new_rejects.get());
    let Some(applied) = ran.applied else {
        return Ok(if ran.planned.is_some() { 4 } else { code });
    };
    // The plan's report has just ended with the destination, which is not said twice in a row.
    output.text(&format!("\n{}{}\n", apply::outcome(&applied), applied.head.destination));
    Ok(code)
}

/// Where the page is, and what to type when a guard stands in the way.
fn next(planned: &Planned, page: &str) -> Vec<String> {
    let mut lines = vec![format!("{page}    the same as a page")];
    if planned.head.guards.iter().any(|g| g.tripped) {
        lines.push("Nothing has been sent: a guard stands in the way. If its numbers are right:".to_owned());
        lines.push(plan::apply_line(planned));
    }
    lines
}
