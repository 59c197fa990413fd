//! The order of record types: one goes after those it refers to, and after those that it names in `after`. References
//! with `when = "later"` and those to the own type do not count.

use super::{Model, Platform};
use crate::diagnostic::Code;
use crate::spec::walk::Table;
use std::collections::BTreeMap;

impl Platform {
    /// The level of each record type by name: 0 refers to nothing earlier, others are one above the highest they
    /// refer to. Types in a circle (refused by the parser) are missing.
    pub fn levels(&self) -> BTreeMap<&str, usize> {
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        loop {
            let before = levels.len();
            for model in &self.models {
                if levels.contains_key(model.name.as_str()) {
                    continue;
                }
                let below: Option<Vec<usize>> = earlier(model).map(|m| levels.get(m).copied()).collect();
                if let Some(below) = below {
                    levels.insert(&model.name, below.iter().max().map_or(0, |n| n + 1));
                }
            }
            if levels.len() == before {
                return levels;
            }
        }
    }
}

fn earlier(model: &Model) -> impl Iterator<Item = &str> {
    let references = model.fields.iter().filter_map(|f| f.refers.as_ref());
    let referred = references.filter(|r| !r.later && r.model != model.name).map(|r| r.model.as_str());
    referred.chain(model.after.iter().map(String::as_str))
}

/// Notes E216 when record types refer to each other in a circle.
pub(super) fn check(root: &Table<'_>, platform: &Platform) {
    if root.walk().failed() {
        return;
    }
    let levels = platform.levels();
    let lost = platform.models.iter().filter(|m| !levels.contains_key(m.name.as_str()));
    let lost: Vec<&str> = lost.map(|m| m.name.as_str()).collect();
    if !lost.is_empty() {
        let message = format!("{} refer to each other in a circle, or to one that does", lost.join(", "));
        let help = "Mark one reference with when = \"later\": it is sent in a second pass.".to_owned();
        root.error(Code::BAD_PLATFORM, message, Some(help));
    }
}
