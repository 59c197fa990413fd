//! The order of sending: a model comes after those it refers to; a reference that is sent later does not count.

use crate::spec::platform::Platform;
use std::collections::BTreeMap;

/// The level of each model, from 1.
pub fn levels(platform: &Platform) -> BTreeMap<String, u32> {
    let mut levels: BTreeMap<String, u32> = platform.models.iter().map(|m| (m.name.clone(), 1)).collect();
    // A chain is at most as long as there are models; a circle of references (a mistake in the file) ends there too.
    for _ in 0..platform.models.len() {
        for model in &platform.models {
            let after = model
                .fields
                .iter()
                .filter_map(|f| f.refers.as_ref())
                .filter(|r| !r.later && r.model != model.name)
                .filter_map(|r| levels.get(&r.model))
                .max();
            let level = after.map_or(1, |l| l + 1).min(u32::try_from(platform.models.len()).unwrap_or(u32::MAX));
            levels.insert(model.name.clone(), level);
        }
    }
    levels
}
