use super::output::Output;
use super::{OfPlan, Outcome, Target};
use crate::env::Env;
use crate::job::{self, Workplace};

/// Approves a plan in your name, where the mapping's guard asks for that before it is sent
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Number of the plan; the last one of the mapping when left out.
    plan: Option<u32>,
    /// What was looked at, for whoever asks later.
    #[arg(long, default_value = "")]
    comment: String,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let place = Workplace::find(env)?;
    let OfPlan { number, path, head } = arguments.target.plan(&place, arguments.plan, "approve")?;
    let context = arguments.target.context_of(&place, &head)?;
    let mapping = &context.file.name.value;
    let approved = job::approve(&context, &path, &arguments.comment)?;
    let users = approved.by.join(", ");
    let already = if approved.again { " already" } else { "" };
    output.line(&format!("Plan {number} of {mapping} is approved{already} by {users}."));
    let given = approved.by.len() as u64;
    output.line(&match approved.needed {
        0 => "Nothing asks for that: `approval` in the mapping's [guard] does.".to_owned(),
        needed if given < needed => {
            format!("{needed} approvals are asked for; {} more to go.", needed - given)
        }
        _ => format!("crosswalk apply {mapping} {number}    sends it"),
    });
    Ok(0)
}
