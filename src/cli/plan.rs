use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::diff::{Adopt, Wanted};
use crate::env::Env;
use crate::job::{self, Planned};
use crate::plan::Head;

/// Loads, maps, validates and compares; shows what would be sent, and writes the plan
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Ends with 10 when there are changes.
    #[arg(long)]
    exit_code: bool,
    /// Asks the platform for what is new here: equal there is taken for accepted; =trust takes all of it without asking.
    #[arg(long, value_name = "HOW", value_parser = ["read", "trust"], num_args = 0..=1, require_equals = true, default_missing_value = "read")]
    adopt: Option<String>,
    /// Takes what only the mapping changed for accepted without sending it.
    #[arg(long)]
    rebaseline: bool,
    /// With --adopt and --rebaseline: only these records.
    #[arg(long, value_name = "RECORD")]
    only: Vec<String>,
    /// Sends records again though nothing differs: all of a record, or one key of it.
    #[arg(long, value_name = "RECORD[=KEY]")]
    resend: Vec<String>,
}

impl Arguments {
    fn wanted(&self) -> Wanted {
        let one = |text: &String| match text.split_once('=') {
            Some((record, key)) => (record.to_owned(), Some(key.to_owned())),
            None => (text.clone(), None),
        };
        Wanted {
            adopt: match self.adopt.as_deref() {
                None => Adopt::No,
                Some("trust") => Adopt::Trust,
                Some(_) => Adopt::Read,
            },
            rebaseline: self.rebaseline,
            resend: self.resend.iter().map(one).collect(),
            only: self.only.clone(),
        }
    }
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let context = arguments.target.context(env)?;
    let told = Told::new(output);
    let planned = job::plan(&context, &arguments.wanted(), &told)?;
    told.done();
    output.diagnostics(&planned.notes);
    let mut next = next(&planned, &page(&planned, env)?);
    next.extend(approval(&context, &planned));
    output.plan(&planned.head, &planned.db, planned.number, &next)?;
    let changes = planned.head.models.iter().any(|m| m.changes > 0);
    Ok(if arguments.exit_code && changes { 10 } else { 0 })
}

/// Writes the plan's report as a page beside it; gives where, from the current folder.
pub(super) fn page(planned: &Planned, env: &Env) -> Result<String, crate::diagnostic::Diagnostics> {
    let to = planned.path.with_extension("html");
    super::show::write_page(&planned.db, &planned.head, planned.number, &to)?;
    let here = env.folder.canonicalize().unwrap_or_else(|_| env.folder.clone());
    Ok(to.strip_prefix(here).unwrap_or(&to).display().to_string())
}

/// What to look at and to type next.
fn next(planned: &Planned, page: &str) -> Vec<String> {
    let apply = apply_line(planned);
    let wide = page.len().max(apply.len());
    vec![format!("{page:wide$}    the same as a page"), format!("{apply:wide$}    sends exactly this")]
}

/// What must be done before a plan is sent, where the mapping asks for approvals.
pub(super) fn approval(context: &job::Context, planned: &Planned) -> Option<String> {
    let needed = job::approvals_needed(context);
    let people = if needed == 1 { "person approves".to_owned() } else { "people approve".to_owned() };
    let command = format!("crosswalk approve {} {}", planned.head.mapping, planned.number);
    job::waits_for_approval(context, &planned.head, &[])
        .then(|| format!("It is sent once {needed} {people} it: {command} --comment \"…\""))
}

/// The command that applies a plan, with the guards' numbers that must be named.
pub(super) fn apply_line(planned: &Planned) -> String {
    apply_with(&planned.head, planned.number)
}

/// As [`apply_line`], for a plan that is not at hand.
pub(super) fn apply_with(head: &Head, number: u32) -> String {
    let tripped = head.guards.iter().filter(|g| g.tripped);
    let allow: String = tripped.map(|g| format!(" --allow {}.{}={}", g.record, g.figure, g.value)).collect();
    format!("crosswalk apply {} {number}{allow}", head.mapping)
}
