//! Holds of plans that were not applied. A hold binds the values that it was decided about (design 6), so that every later plan
//! that proposes them holds them too; once its plan is applied it stands in the ledger instead.

use crate::diagnostic::Result;
use crate::plan::decisions::{self, Decision};
use crate::state::{Place, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One hold in force.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The plan it was decided about.
    pub plan: PathBuf,
    /// That plan's mapping.
    pub mapping: String,
    /// What was decided.
    pub decision: Decision,
}

/// The holds in force of an environment's plans that the state, where there is one, does not know as applied: in order of
/// mapping, record and key. Of several plans the last word counts.
///
/// # Errors
/// E402 when a line is no decision, E901, E902.
pub fn standing(place: &Place, reader: Option<&Reader<'_>>) -> Result<Vec<Standing>> {
    let applied = match reader {
        Some(reader) => reader.plans_begun()?,
        None => BTreeSet::new(),
    };
    let mut last: BTreeMap<(String, String, String), Standing> = BTreeMap::new();
    for (mapping, plan) in decided(place) {
        let words = decisions::read_all(&plan)?.into_iter();
        for decision in words.filter(|d| ["hold", "apply"].contains(&d.decision.as_str())) {
            let key = (mapping.clone(), decision.record.clone(), decision.key.clone());
            if !applied.contains(&decision.plan) {
                last.insert(key, Standing { plan: plan.clone(), mapping: mapping.clone(), decision });
            }
        }
    }
    let holds = |s: &Standing| s.decision.decision == "hold" && !s.decision.basis.is_empty();
    Ok(last.into_values().filter(holds).collect())
}

/// Plans with decisions beside them: mapping and the plan's path, by number.
fn decided(place: &Place) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(place.plans()).into_iter().flatten().flatten();
    let mut found: Vec<(u32, String, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let plan = name.strip_suffix(decisions::ENDING)?;
            let (mapping, number) = plan.rsplit_once('-')?;
            Some((number.parse().ok()?, mapping.to_owned(), place.plans().join(format!("{plan}.plan"))))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, mapping, plan)| (mapping, plan)).collect()
}
