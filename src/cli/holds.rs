use super::Outcome;
use super::output::Output;
use super::status::At;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::env::Env;
use crate::job;
use crate::report::escape;
use crate::sql::ledger;
use crate::state::{Place, Reader};

/// What is not sent and why: held by decision, refused three times, of unknown outcome; each with what settles it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only of this mapping.
    mapping: Option<String>,
    #[command(flatten)]
    at: At,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    let ending = arguments.at.named();
    let mapping = arguments.mapping.as_deref();
    for spot in arguments.at.spots(env)? {
        let mut stands = Vec::new();
        At::read_one(&spot, env, output, |db, reader, spot| {
            stands = standing(&spot.place, Some(reader), mapping)?;
            let held = told(db, mapping, spot.sends_again, &ending, output)?;
            if !left(db, mapping, output)? && !held && stands.is_empty() {
                output.line("Nothing is held.");
            }
            Ok(())
        })?;
        if !spot.place.state().exists() {
            stands = standing(&spot.place, None, mapping)?;
        }
        section(
            "Held by decision of a plan that is not applied, in later plans too",
            "release",
            &ending,
            &stands,
            output,
        );
    }
    Ok(0)
}

/// What is held by decisions about plans that were not applied.
fn standing(place: &Place, reader: Option<&Reader<'_>>, mapping: Option<&str>) -> Result<Vec<Held>> {
    let all = job::standing(place, reader)?.into_iter();
    let held = all.filter(|s| mapping.is_none_or(|m| m == s.mapping)).map(|s| {
        let (d, number) =
            (s.decision, s.plan.file_stem().and_then(|n| n.to_str()).unwrap_or_default().to_owned());
        let why = if d.why.is_empty() { String::new() } else { format!(": {}", d.why) };
        let words = format!("by {}, {}, plan {number}{why}", d.who(), d.at.get(..10).unwrap_or_default());
        Held { record: d.record.clone(), key: d.key.clone(), mapping: s.mapping, words }
    });
    Ok(held.collect())
}

struct Held {
    record: String,
    key: String,
    mapping: String,
    words: String,
}

fn told(db: &Db, mapping: Option<&str>, sends_again: bool, env: &str, output: &Output) -> Result<bool> {
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
    section(
        "Held by decision, until released or other values are proposed",
        "release",
        env,
        &decided,
        output,
    );
    let past = db.rows(&ledger::past_query(), [], |row| {
        let (times, since) = (row.get::<_, i64>(6)?, row.get::<_, String>(8)?);
        let said = row.get::<_, Option<String>>(5)?.map(|m| format!(": {m}")).unwrap_or_default();
        let unknown = row.get::<_, String>(3)? == "unknown";
        let words = if unknown {
            format!("sent {since}{said}")
        } else {
            format!(
                "{} since {since}{said}",
                if times == 1 { "once".to_owned() } else { format!("{times} times") }
            )
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
    section(
        "Refused three times with the same data, not sent again by itself",
        "retry",
        env,
        &thrice,
        output,
    );
    section("Refused last time, in the next plan again", "", "", &fewer, output);
    let title = "Unknown: sent, and nobody can say whether it arrived";
    if sends_again {
        // Nothing to decide: the same again does no harm there.
        let title = format!("{title}; the next run sends these again, as the files have them then");
        section(&title, "", "", &unknown, output);
    } else {
        section(title, "resolve", &format!(" --arrived (or --not-arrived){env}"), &unknown, output);
    }
    Ok(![decided, thrice, fewer, unknown].iter().all(Vec::is_empty))
}

/// What the last run of each mapping did not send, beside that: rejected in its files, or waiting for a record that was refused.
fn left(db: &Db, mapping: Option<&str>, output: &Output) -> Result<bool> {
    let rows = db.rows(&ledger::left_query(), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let mut any = false;
    for (name, plan, rejected, waiting) in rows {
        if mapping.is_some_and(|m| m != name) {
            continue;
        }
        let parts =
            [(rejected, "rejected in its files"), (waiting, "not sent, as something they refer to was not")];
        let parts: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
        output.line(&format!(
            "Left out by the last run of {name}, tried again with each plan: {}",
            parts.join(", ")
        ));
        output.line(&format!("    crosswalk show {plan}    names each with its reason"));
        any = true;
    }
    Ok(any)
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
