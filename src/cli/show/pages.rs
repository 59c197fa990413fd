//! A plan on the terminal: whole, some of its record types, or one record in full.

use super::Shown;
use crate::cli::output::Output;
use crate::diagnostic::{Code, Diagnostic, Result, did_you_mean};
use crate::env::Env;
use crate::report::{Look, record, terminal};
use crate::sql::export as sql;

/// Kinds by which a record type can be narrowed.
const KINDS: [&str; 10] = [
    "new",
    "changed",
    "removed",
    "returned",
    "absent",
    "along",
    "adopted",
    "rebaselined",
    "rejected",
    "held",
];
/// Changes of a record type listed where it was asked for by name.
const ASKED: usize = 50_000;

/// What to show.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// Only this record type, or only one kind of it (`invoice.changed`); every one of them is listed.
    #[arg(long, value_name = "RECORD[.KIND]", conflicts_with_all = ["html", "csv", "rejects", "json", "markdown"])]
    only: Vec<String>,
    /// One record in full, with its unchanged fields and why it is not sent; with --only RECORD of that type alone.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["html", "csv", "rejects", "json", "markdown"])]
    key: Option<String>,
    /// Prints a report longer than the screen without a pager ($PAGER, else `less -FRX`).
    #[arg(long)]
    no_pager: bool,
}

impl Choice {
    /// Prints it.
    pub(super) fn show(&self, shown: &Shown<'_>, env: &Env, output: &Output) -> Result<()> {
        let only = self.wanted(shown)?;
        let look = output.look(shown.number);
        let text = match &self.key {
            Some(key) => one(shown, &look, key, only.first().map(|(record, _)| *record))?,
            None => {
                if !only.is_empty() {
                    shown.db.run(&sql::only(&only))?;
                }
                // Who asks again has time: what needs care is listed whole, what was asked for by name, too.
                let limit = if only.is_empty() { look.limit } else { ASKED };
                let look = Look { care: u64::try_from(ASKED).unwrap_or(u64::MAX), limit, ..look };
                terminal::render(shown.head, shown.db, &look, &[])?
            }
        };
        if self.no_pager {
            output.text(&text);
        } else {
            output.long(&text, env);
        }
        Ok(())
    }

    /// The record types and kinds asked for.
    fn wanted<'a>(&'a self, shown: &Shown<'_>) -> Result<Vec<(&'a str, Option<&'a str>)>> {
        self.only.iter().map(|text| wanted(text, shown)).collect()
    }
}

fn wanted<'a>(text: &'a str, shown: &Shown<'_>) -> Result<(&'a str, Option<&'a str>)> {
    let known = || shown.head.records.iter().map(|r| r.record.as_str());
    let (record, kind) = match text.rsplit_once('.') {
        Some((record, kind)) if !known().any(|r| r == text) => (record, Some(kind)),
        _ => (text, None),
    };
    if !known().any(|r| r == record) {
        let message = format!("plan {} has no record `{record}`", shown.number);
        return Diagnostic::error(Code::UNKNOWN_RECORD, message)
            .help_if(did_you_mean(record, known()))
            .alone();
    }
    match kind.filter(|k| !KINDS.contains(k)) {
        None => Ok((record, kind)),
        Some(kind) => {
            let message = format!("`{kind}` is no kind of change: they are {}", KINDS.join(", "));
            Diagnostic::error(Code::UNKNOWN_RECORD, message).help_if(did_you_mean(kind, KINDS)).alone()
        }
    }
}

fn one(shown: &Shown<'_>, look: &Look, key: &str, record: Option<&str>) -> Result<String> {
    if let Some(text) = record::render(shown.head, shown.db, look, key, record)? {
        return Ok(text);
    }
    let mapping = &shown.head.mapping;
    let of = record.unwrap_or("RECORD");
    let message = format!(
        "plan {} changes no {}record of key \"{key}\"",
        shown.number,
        record.map_or(String::new(), |r| format!("{r} "))
    );
    let help =
        format!("An unchanged record is in no plan: `crosswalk explain {mapping} {of} \"{key}\"` shows it.");
    Diagnostic::error(Code::NO_SUCH_KEY, message).help(help).alone()
}
