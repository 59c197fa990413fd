use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target, apply};
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
    let context = arguments.target.context(env)?;
    let told = Told::new(output);
    let new_rejects = Cell::new(0);
    let ran = job::run(&context, &told, &mut |planned: &Planned| {
        told.done();
        output.diagnostics(&planned.notes);
        new_rejects.set(planned.new_rejects()?);
        output.plan(&planned.head, &planned.db, planned.number, &[])
    })?;
    let number = ran.planned.number;
    let Some(applied) = ran.applied else {
        output.line(&format!(
            "A guard stands in the way, so nothing was sent. The plan stays: crosswalk show {number}"
        ));
        return Ok(4);
    };
    output.text(&format!("\n{}", apply::report(&applied)));
    Ok(apply::exit_code(&applied.summary, new_rejects.get()))
}
