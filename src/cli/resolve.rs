use super::decide::{About, list, records};
use super::output::Output;
use super::{Outcome, Target};
use crate::env::Env;
use crate::job;

/// Says what became of records whose outcome is unknown, after a look at the platform
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("fate").required(true)))]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    about: About,
    /// They are there, as they were sent.
    #[arg(long, group = "fate")]
    arrived: bool,
    /// They are not there: the next plan includes them.
    #[arg(long, group = "fate")]
    not_arrived: bool,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let (all, without) = job::resolve(&context, &arguments.about.decide("resolve"), arguments.arrived)?;
    let what = if arguments.arrived {
        "noted as arrived"
    } else {
        "noted as not arrived; the next plan includes what differs"
    };
    output.line(&format!("{}: {what}.", records(all.len())));
    list(&all, output);
    if without > 0 {
        output.line("The plan they were sent by is gone, so their values are not known: the next plan sends them whole.");
    }
    Ok(0)
}
