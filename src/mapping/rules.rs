//! The print of a mapping's rules.

use crate::diagnostic::TomlSource;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// SHA-256 over the mapping's meaning: tables and values without comments, order of keys, tests and guards; the same
/// whether it stands in one file or in several.
pub(super) fn rules_print(toml: &TomlSource) -> String {
    let mut table = crate::spec::mapping::tables(toml);
    for key in ["test", "guard"] {
        table.remove(key);
    }
    let digest = Sha256::digest(sorted(&toml::Value::Table(table)).as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

fn sorted(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let entries: BTreeMap<&String, String> = table.iter().map(|(k, v)| (k, sorted(v))).collect();
            let entries: Vec<String> = entries.into_iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
            format!("{{{}}}", entries.join(","))
        }
        toml::Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => format!("{other:?}"),
    }
}
