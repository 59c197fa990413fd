//! Where platform files are: the workspace's `mappings/platforms/`, else the one embedded in the program.

use super::{Platform, parse};
use crate::diagnostic::{Code, Diagnostic, Location, Result, did_you_mean};
use std::path::Path;

const EMBEDDED: &[(&str, &str)] = &[("lockstep", include_str!("../../../mappings/platforms/lockstep.toml"))];

/// The text of the platform file that is part of the program.
pub fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// Loads a platform by name: `mappings/platforms/<name>.toml` below the workspace, else the embedded one.
///
/// # Errors
/// E217 when there is neither, E902 when the file cannot be read, and those of [`parse`].
pub fn load(workspace: &Path, name: &str) -> Result<Platform> {
    let folder = workspace.join("mappings").join("platforms");
    let safe = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if safe {
        let path = folder.join(format!("{name}.toml"));
        match std::fs::read_to_string(&path) {
            Ok(text) => return parse(name, &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                let message = format!("the platform file cannot be read: {e}");
                return Diagnostic::error(Code::IO, message)
                    .at(Location::file(path.display().to_string()))
                    .alone();
            }
        }
        if let Some(text) = embedded(name) {
            return parse(name, text);
        }
    }
    let known = names(workspace);
    let help = did_you_mean(name, known.iter().map(String::as_str))
        .unwrap_or_else(|| format!("There are: {}.", known.join(", ")));
    Diagnostic::error(Code::UNKNOWN_PLATFORM, format!("there is no platform \"{name}\"")).help(help).alone()
}

/// All names, those of the workspace and the embedded ones, sorted.
pub fn names(workspace: &Path) -> Vec<String> {
    let folder = workspace.join("mappings").join("platforms");
    let mut names: Vec<String> = EMBEDDED.iter().map(|(n, _)| (*n).to_owned()).collect();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if let (Some(stem), Some("toml")) =
            (path.file_stem().and_then(|s| s.to_str()), path.extension().and_then(|e| e.to_str()))
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}
