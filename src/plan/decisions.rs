//! What was decided about a plan, beside its file: `acme-0042.decisions.jsonl`, one JSON object a line, only appended to.
//! Each names the plan by its digest, so that a line about another plan of that name is left out.

use crate::diagnostic::{Code, Diagnostic, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// SHA-256 of the plan file.
    pub plan: String,
    /// When (UTC).
    pub at: String,
    /// User.
    pub user: String,
    /// Host.
    pub host: String,
    /// `hold`: the change is not sent. `apply`: it is, whatever was decided before. `comment`: neither, only a remark.
    /// `allow`: a guard's number is named. `approve`: the plan may be sent. `review`: a workbook was taken in.
    pub decision: String,
    /// Record in the mapping; of `allow` the guard's words, of `review` the file; empty for `approve`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// Key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Of `hold` the model of the change, and what it proposed, as a digest: as long as a later plan proposes the same, it is held.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// See `model`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
}

impl Decision {
    /// Who decided, for people.
    pub fn who(&self) -> &str {
        &self.user
    }
}

/// How the name of the file ends.
pub const ENDING: &str = ".decisions.jsonl";

/// The file beside a plan.
pub fn file(plan: &Path) -> PathBuf {
    plan.with_extension(&ENDING[1..])
}

/// Appends decisions, on disk before it returns.
///
/// # Errors
/// E902.
pub fn append(plan: &Path, decisions: &[Decision]) -> Result<()> {
    let path = file(plan);
    let failed = |e: &dyn std::fmt::Display| io(&path, e);
    let open = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let mut out = open.map_err(|e| failed(&e))?;
    let mut text = String::new();
    for decision in decisions {
        text.push_str(&serde_json::to_string(decision).map_err(|e| failed(&e))?);
        text.push('\n');
    }
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(|e| failed(&e))?;
    super::file::private(&path)
}

/// The decisions about the plan of this digest, in order.
///
/// # Errors
/// E402 when a line is no decision, E902.
pub fn read(plan: &Path, digest: &str) -> Result<Vec<Decision>> {
    let mut all = read_all(plan)?;
    all.retain(|d| d.plan == digest);
    Ok(all)
}

/// All decisions beside a plan, whichever file of that name they are about.
///
/// # Errors
/// E402 when a line is no decision, E902.
pub fn read_all(plan: &Path) -> Result<Vec<Decision>> {
    let path = file(plan);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return io(&path, &e).alone(),
    };
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let decision: Decision = serde_json::from_str(line).map_err(|e| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Diagnostic::error(Code::BAD_PLAN, format!("line {} of {name} is no decision: {e}", n + 1))
                .help("Nothing is sent while it cannot be read. Correct the line, or plan again.")
        })?;
        all.push(decision);
    }
    Ok(all)
}

/// The last word, `hold` or `apply`, on each record and key.
pub fn last_words(all: &[Decision]) -> BTreeMap<(&str, &str), &Decision> {
    let words = all.iter().filter(|d| ["hold", "apply"].contains(&d.decision.as_str()));
    words.map(|d| ((d.record.as_str(), d.key.as_str()), d)).collect()
}

/// The holds in force, by record and key.
pub fn held(all: &[Decision]) -> Vec<&Decision> {
    last_words(all).into_values().filter(|d| d.decision == "hold").collect()
}

/// The approvals in force, one a user, in order. Whoever approved a plan did not approve what was let go afterwards: an
/// `apply` that comes later ends them.
pub fn approvals(all: &[Decision]) -> Vec<&Decision> {
    let from = all.iter().rposition(|d| d.decision == "apply").map_or(0, |n| n + 1);
    let mut found: Vec<&Decision> = Vec::new();
    for one in all.iter().skip(from).filter(|d| d.decision == "approve") {
        if found.iter().all(|f| f.user != one.user) {
            found.push(one);
        }
    }
    found
}

fn io(path: &Path, e: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(plan: &str, decision: &str, key: &str) -> Decision {
        Decision {
            plan: plan.into(),
            decision: decision.into(),
            record: "invoice".into(),
            key: key.into(),
            ..Decision::default()
        }
    }

    #[test]
    fn the_last_word_on_a_key_counts_and_other_plans_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("acme-0001.plan");
        assert_eq!(read(&plan, "a").unwrap(), []);
        append(&plan, &[decision("a", "hold", "1"), decision("a", "hold", "2")]).unwrap();
        append(&plan, &[decision("b", "hold", "3"), decision("a", "apply", "1")]).unwrap();
        let all = read(&plan, "a").unwrap();
        assert_eq!(held(&all).iter().map(|d| d.key.as_str()).collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn approvals_are_of_different_people_and_end_with_what_is_let_go() {
        let by = |word: &str, user: &str| Decision { user: user.into(), ..decision("a", word, "1") };
        let mut all =
            vec![by("approve", "ada"), by("hold", "ada"), by("approve", "ada"), by("approve", "bob")];
        let users = |all: &[Decision]| approvals(all).iter().map(|d| d.user.clone()).collect::<Vec<_>>();
        assert_eq!(users(&all), ["ada", "bob"]);
        all.push(by("apply", "bob"));
        assert_eq!(users(&all), Vec::<String>::new());
        assert_eq!(held(&all), Vec::<&Decision>::new());
        all.push(by("approve", "bob"));
        assert_eq!(users(&all), ["bob"]);
    }

    #[test]
    fn a_line_that_cannot_be_read_stops() {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("acme-0001.plan");
        std::fs::write(file(&plan), "{\"plan\":\"a\"\n").unwrap();
        let said = read(&plan, "a").unwrap_err().to_string();
        assert!(said.contains("line 1 of acme-0001.decisions.jsonl"), "{said}");
    }
}
