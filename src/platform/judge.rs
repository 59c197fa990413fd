//! The `[answer]` rule (rules 4): what an answer proves about the records sent. A pure function.
//!
//! An answer that lists exceptions only lets the rest be *inferred* accepted, and only when everything in it adds
//! up. Whatever does not is unknown: unknown is not failed, and nothing is guessed.

use super::answer::{Answer, ModelAnswer, Named, Taken};
use crate::spec::platform::{Answer as Rule, Lists};
use std::collections::BTreeSet;

/// What became of the records of a type that no list names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Accepted, inferred from the exceptions.
    #[default]
    Accepted,
    /// Not known, with the reason.
    Unknown(String),
}

/// The verdict on the records of one type in one upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The record type.
    pub model: String,
    /// All records named below apart. When unknown, the lists below are empty: nothing in the answer is relied on.
    pub rest: Rest,
    /// Refused by the platform.
    pub rejected: Vec<Named>,
    /// Skipped by the platform: accepted, because it is there and equal.
    pub skipped: Vec<Named>,
    /// Named as taken, with the platform's id where it tells.
    pub accepted: Vec<Taken>,
    /// Of which nobody can say what became, each with its reason.
    pub unknown: Vec<Named>,
    /// Surely not taken; later they may be.
    pub unsent: Vec<Named>,
    /// What an answer that is not relied on said, for the reader.
    pub said: Vec<Named>,
}

/// Judges an answer. `sent`: per record type the keys of its records in the upload.
pub fn judge(answer: &Answer, sent: &[(String, Vec<String>)], rule: &Rule) -> Vec<Verdict> {
    let foreign = foreign(answer, sent);
    let whole = answer.fault.clone().or(foreign);
    sent.iter().map(|(model, keys)| verdict(answer, model, keys, rule, whole.as_deref())).collect()
}

fn verdict(answer: &Answer, model: &str, keys: &[String], rule: &Rule, whole: Option<&str>) -> Verdict {
    let part = answer.model(model);
    let doubt = whole
        .map(str::to_owned)
        .or_else(|| state(answer, part, rule).filter(|_| !answer.each))
        .or_else(|| part.and_then(|p| lists(p, keys)))
        .or_else(|| counts(part, keys.len(), rule).filter(|_| !answer.each));
    let mut made = Verdict { model: model.to_owned(), ..Verdict::default() };
    let part = part.cloned().unwrap_or_default();
    let (errors, skips) = (part.errors, part.skips);
    if let Some(reason) = doubt {
        made.rest = Rest::Unknown(reason);
        made.said = errors.into_iter().chain(skips).collect();
        return made;
    }
    made.rejected = errors;
    if rule.skip_is_accepted {
        made.skipped = skips;
    } else {
        made.rejected.extend(skips);
    }
    (made.accepted, made.unknown, made.unsent) = (part.accepted, part.unknown, part.unsent);
    if (answer.each || rule.lists == Lists::All) && made.named() < keys.len() {
        made.rest = Rest::Unknown("the answer does not name every record".to_owned());
    }
    made
}

impl Verdict {
    /// Records that some list names.
    fn named(&self) -> usize {
        let single = self.rejected.len() + self.skipped.len() + self.accepted.len();
        single + self.unknown.len() + self.unsent.len()
    }
}

/// The end state allows the rest to be inferred: it is in `infer_after`, or final with details for the type.
fn state(answer: &Answer, part: Option<&ModelAnswer>, rule: &Rule) -> Option<String> {
    if rule.infer_after.contains(&answer.state) {
        return None;
    }
    match (rule.final_states.contains(&answer.state), part) {
        (true, Some(_)) => None,
        (true, None) => Some(format!("the platform says \"{}\" and gives no details", answer.state)),
        (false, _) => Some(format!("the platform has not finished: \"{}\"", answer.state)),
    }
}

/// Every key named was sent and stands in one list.
fn lists(part: &ModelAnswer, keys: &[String]) -> Option<String> {
    let sent: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    let named =
        [&part.errors, &part.skips, &part.unknown, &part.unsent].into_iter().flatten().map(|(k, _)| k);
    for key in named.chain(part.accepted.iter().map(|t| &t.key)) {
        if !sent.contains(key.as_str()) {
            return Some(format!("the answer names \"{key}\", which was not sent"));
        }
        if !seen.insert(key.as_str()) {
            return Some(format!("the answer names \"{key}\" in two lists"));
        }
    }
    None
}

/// The counts sum to the records sent, or to no more where equal ones are not counted; errors are as many as keys.
fn counts(part: Option<&ModelAnswer>, sent: usize, rule: &Rule) -> Option<String> {
    if rule.counts.is_empty() {
        return None;
    }
    let counted: u64 =
        part.map_or(0, |p| p.counts.iter().map(|(_, n)| n).fold(0, |a, n| a.saturating_add(*n)));
    let sent = sent as u64;
    if counted > sent || (counted < sent && !rule.equal_uncounted) {
        return Some(format!("the answer counts {counted} of {sent} records sent"));
    }
    let part = part?;
    let (named, errors) = (part.errors.len() as u64, part.counts.last().map_or(0, |(_, n)| *n));
    (named != errors).then(|| format!("the answer counts {errors} errors and names {named}"))
}

/// A part about records that were not sent makes the whole answer doubtful; empty parts do not.
fn foreign(answer: &Answer, sent: &[(String, Vec<String>)]) -> Option<String> {
    let ours = |name: &str| sent.iter().any(|(model, _)| model == name);
    let empty =
        |m: &ModelAnswer| m.errors.is_empty() && m.skips.is_empty() && m.counts.iter().all(|(_, n)| *n == 0);
    let other = answer.models.iter().find(|m| !ours(&m.model) && !empty(m))?;
    Some(format!("the answer is about {}, of which nothing was sent", other.model))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
