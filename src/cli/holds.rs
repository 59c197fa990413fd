use super::Outcome;
use super::output::Output;
use super::status::At;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::env::Env;
use crate::report::escape;
use crate::sql::ledger;

/// What is not sent and why: held by decision, refused three times, of unknown outcome; each with what settles it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only of this mapping.
    mapping: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    arguments.at.read(env, output, |db, _| {
        if !told(db, arguments.mapping.as_deref(), output)? {
            output.line("Nothing is held.");
        }
        Ok(())
    })?;
    Ok(0)
}

struct Held {
    record: String,
    key: String,
    mapping: String,
    words: String,
}

fn told(db: &Db, mapping: Option<&str>, output: &Output) -> Result<bool> {
    let of = |h: &Held| mapping.is_none_or(|m| m == h.mapping);
    let decided: Vec<Held> = db
        .rows(&ledger::decided_query(), [], |row| {
            let (at, who) = (row.get::<_, String>(4)?, row.get::<_, String>(5)?);
            let why = row.get::<_, Option<String>>(6)?.filter(|w| !w.is_empty());
            let why = why.map(|w| format!(": {w}")).unwrap_or_default();
            let words = format!("by {who}, {}{why}", at.get(..10).unwrap_or_default());
            Ok(Held { record: row.get(0)?, key: row.get(2)?, mapping: row.get(7)?, words })
        })?
        .into_iter()
        .filter(of)
        .collect();
    section("Held by decision, until released or other values are proposed", "release", "", &decided, output);
    let past = db.rows(&ledger::past_query(), [], |row| {
        let (times, since) = (row.get::<_, i64>(6)?, row.get::<_, String>(8)?);
        let said = row.get::<_, Option<String>>(5)?.map(|m| format!(": {m}")).unwrap_or_default();
        let unknown = row.get::<_, String>(3)? == "unknown";
        let words = if unknown {
            format!("sent {since}{said}")
        } else {
            format!("{times} times since {since}{said}")
        };
        Ok((unknown, times, Held { record: row.get(0)?, key: row.get(2)?, mapping: row.get(9)?, words }))
    })?;
    let mut unknown = Vec::new();
    let (mut thrice, mut fewer) = (Vec::new(), Vec::new());
    for (is_unknown, times, held) in past.into_iter().filter(|(_, _, h)| of(h)) {
        match (is_unknown, times >= i64::from(ledger::REFUSALS)) {
            (true, _) => unknown.push(held),
            (false, true) => thrice.push(held),
            (false, false) => fewer.push(held),
        }
    }
    section("Refused three times with the same data, not sent again by itself", "retry", "", &thrice, output);
    section("Refused last time, in the next plan again", "", "", &fewer, output);
    section(
        "Unknown: sent, and nobody can say whether it arrived",
        "resolve",
        " --arrived (or --not-arrived)",
        &unknown,
        output,
    );
    Ok(![decided, thrice, fewer, unknown].iter().all(Vec::is_empty))
}

fn section(title: &str, command: &str, ending: &str, all: &[Held], output: &Output) {
    let Some(first) = all.first() else { return };
    output.line(&format!("{title}: {}", all.len()));
    for held in all {
        output.line(&format!("  {} {}  {}", held.record, escape::key(&held.key), escape::line(&held.words)));
    }
    if !command.is_empty() {
        let key = escape::key(&first.key);
        output.line(&format!("    crosswalk {command} {} {} {key}{ending}", first.mapping, first.record));
    }
}
