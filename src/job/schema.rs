//! The editor's schema of a platform's mappings, from the platform file and the mappings of the workspace.

use super::Workplace;
use crate::diagnostic::Result;
use crate::spec::mapping;
use crate::spec::schema::{self, Known};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A schema that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its file, below the workspace.
    pub path: PathBuf,
    /// Whether it differs from what stood there.
    pub changed: bool,
}

/// Writes `mappings/schema/<platform>.json` for each platform named.
///
/// # Errors
/// E217 for a platform that is not there, E902.
pub fn write(place: &Workplace, platforms: &[String]) -> Result<Vec<Written>> {
    let mut written = Vec::new();
    for name in platforms {
        let text = text(place, name)?;
        let path = PathBuf::from("mappings/schema").join(format!("{name}.json"));
        let full = place.root.join(&path);
        let changed = std::fs::read_to_string(&full).ok().is_none_or(|old| old != text);
        if changed {
            super::context::write(&full, &text)?;
        }
        written.push(Written { path, changed });
    }
    Ok(written)
}

/// The platforms that the workspace's mappings name, in order, each once.
pub fn platforms(place: &Workplace) -> Vec<String> {
    let mut all: Vec<String> = files(place).into_iter().map(|f| f.platform.value).collect();
    all.sort();
    all.dedup();
    all
}

/// The schema of one platform, with what is known of the workspace's mappings for it.
///
/// # Errors
/// E217, E2xx of the platform file.
pub fn text(place: &Workplace, platform: &str) -> Result<String> {
    let platform = place.platform(platform)?;
    let known: Vec<Known> =
        files(place).iter().filter(|f| f.platform.value == platform.name).map(|f| known(place, f)).collect();
    Ok(schema::schema(&platform, &known))
}

/// The mappings that can be read; one with mistakes of shape still says what it can.
fn files(place: &Workplace) -> Vec<mapping::MappingFile> {
    place.mappings().iter().filter_map(|name| place.mapping_file(name).ok()).collect()
}

fn known(place: &Workplace, file: &mapping::MappingFile) -> Known {
    let record =
        |r: &mapping::RecordSpec| (r.name.value.clone(), r.model.value.clone(), r.from.value.clone());
    Known {
        mapping: file.name.value.clone(),
        records: file.records.iter().map(record).collect(),
        columns: columns(place, file),
    }
}

/// The columns and paths that the mapping's lock holds; none without a lock.
fn columns(place: &Workplace, file: &mapping::MappingFile) -> BTreeMap<String, Vec<String>> {
    let lock = super::lock::beside(&place.root, file).unwrap_or_default().unwrap_or_default();
    lock.sources.iter().map(|s| (s.name.clone(), s.names())).collect()
}
