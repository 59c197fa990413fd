//! New: a first mapping from files. Reads them, asks `suggest` for a draft, and writes `mappings/<name>.toml`; in a
//! folder that is no workspace yet also `crosswalk.toml`. Overwrites a mapping only when told to.

use super::Workplace;
use super::context::WORKSPACE;
use crate::diagnostic::{Code, Collector, Diagnostic, Diagnostics, Location, Result, did_you_mean};
use crate::env::Env;
use crate::source::{self, FileRef};
use crate::spec::mapping::Pick;
use crate::spec::platform::{self, Platform};
use crate::spec::workspace::REHEARSAL;
use crate::suggest::{self, Draft, Export};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// The mapping's name.
    pub name: String,
    /// The platform's.
    pub platform: String,
    /// Files or patterns of files.
    pub from: Vec<String>,
    /// Files whose record type is said: record type, file.
    pub records: Vec<(String, String)>,
    /// Whether an existing mapping is overwritten.
    pub force: bool,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Created {
    /// The draft.
    pub draft: Draft,
    /// The mapping's file, below the workspace.
    pub file: String,
    /// Whether the workspace's file was written as well.
    pub workspace: bool,
    /// The folder that `${inbox}` stands for, where it was set.
    pub inbox: Option<String>,
    /// Whether an existing mapping was overwritten.
    pub replaced: bool,
}

/// Writes a first mapping.
///
/// # Errors
/// E101 to E112 for files, E217 for the platform, E235, E275 to E279, E902: all at once where they do not follow from
/// each other.
pub fn new(env: &Env, asked: &New) -> Result<Created> {
    let found = env.folder.ancestors().any(|f| f.join(WORKSPACE).is_file());
    let (root, vars) = match found {
        true => {
            let place = Workplace::find(env)?;
            let vars = place.environment(Some(REHEARSAL)).map(|e| e.vars).unwrap_or_default();
            (place.root, vars)
        }
        false => (env.folder.clone(), BTreeMap::new()),
    };
    let mut all = Collector::default();
    all.keep(named(asked));
    let file = format!("mappings/{}.toml", asked.name);
    let replaced = root.join(&file).is_file();
    if replaced && !asked.force {
        let help =
            "Choose another name, or add --force to write it anew; what you changed in it is lost then.";
        all.push(Diagnostic::error(Code::MAPPING_EXISTS, format!("{file} is there already")).help(help));
    }
    let platform = all.keep(platform::load(&root, &asked.platform));
    let groups = groups(env, asked, platform.as_ref(), &mut all);
    let inbox = (!found).then(|| common_folder(&root, &groups)).flatten();
    let vars = match &inbox {
        Some(inbox) => BTreeMap::from([("inbox".to_owned(), inbox.clone())]),
        None => vars,
    };
    let exports: Vec<Export> = groups.iter().filter_map(|g| all.keep(export(&root, g, &vars))).collect();
    let (platform, _) = all.finish(platform)?;
    let Some(platform) = platform else {
        return Diagnostic::error(Code::UNKNOWN_PLATFORM, "no platform").alone();
    };
    let draft = suggest::draft(&asked.name, &platform, &exports);
    if draft.records.is_empty() {
        return nothing_fits(&platform, &draft).alone();
    }
    if !found {
        write(&root.join(WORKSPACE), &workspace(inbox.as_deref()))?;
    }
    write(&root.join(&file), &draft.text)?;
    Ok(Created { draft, file, workspace: !found, inbox, replaced })
}

fn named(asked: &New) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !asked.name.is_empty() && asked.name.chars().all(plain) {
        return Ok(());
    }
    let message = format!("a mapping cannot be called \"{}\"", asked.name);
    let help = "Use letters, digits, - and _, without blanks, such as `acme`.";
    Diagnostic::error(Code::BAD_MAPPING_NAME, message).help(help).alone()
}

fn nothing_fits(platform: &Platform, draft: &Draft) -> Diagnostic {
    let message = format!("no record type of {} fits {}", platform.name, draft.left.join(", "));
    let known = suggest::short_names(platform).join(", ");
    let help = format!("Say what a file holds: --record company=FILE. There are: {known}.");
    Diagnostic::error(Code::NO_RECORD_FITS, message).help(help)
}

/// Files of one kind: those whose names differ only in their date.
struct Group {
    pattern: Option<String>,
    folder: PathBuf,
    files: Vec<FileRef>,
    model: Option<usize>,
}

fn groups(env: &Env, asked: &New, platform: Option<&Platform>, all: &mut Collector) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let said = asked.records.iter().map(|(record, file)| (file, Some(record)));
    for (file, record) in asked.from.iter().map(|f| (f, None)).chain(said) {
        let model = record.zip(platform).and_then(|(record, platform)| all.keep(model(platform, record)));
        let found = source::find(&env.folder, None, file, Pick::All).map_err(|e| not_there(env, file, e));
        let Some(found) = all.keep(found) else { continue };
        for one in found {
            add(&mut groups, one, model);
        }
    }
    groups
}

/// A file that is not there, with those that are.
fn not_there(env: &Env, file: &str, errors: Diagnostics) -> Diagnostics {
    if errors.list().iter().any(|d| d.code != Code::FILE_NOT_FOUND) {
        return errors;
    }
    let (folder, name) = file.rsplit_once('/').map_or(("", file), |(f, n)| (f, n));
    let entries = std::fs::read_dir(env.folder.join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort_by(|a, b| source::natural(a, b));
    let shown = if folder.is_empty() { "this folder" } else { folder };
    let there = match names.as_slice() {
        [] => format!("{shown} is empty or not there."),
        names => {
            format!("In {shown} there is: {}.", names.iter().take(10).cloned().collect::<Vec<_>>().join(", "))
        }
    };
    let help = did_you_mean(name, names.iter().map(String::as_str)).unwrap_or(there);
    Diagnostic::error(Code::FILE_NOT_FOUND, format!("there is no file \"{file}\"")).help(help).into()
}

fn model(platform: &Platform, record: &str) -> Result<usize> {
    if let Some(model) = suggest::model_named(platform, record) {
        return Ok(model);
    }
    let known = suggest::short_names(platform);
    let help = did_you_mean(record, known.iter().map(String::as_str))
        .unwrap_or_else(|| format!("There are: {}.", known.join(", ")));
    let message = format!("{} has no record type `{record}`", platform.name);
    Diagnostic::error(Code::UNKNOWN_RECORD_TYPE, message).help(help).alone()
}

fn add(groups: &mut Vec<Group>, file: FileRef, model: Option<usize>) {
    let folder = file.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = file.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let pattern = suggest::pattern(&name);
    let same = |g: &&mut Group| g.folder == folder && g.pattern.is_some() && g.pattern == pattern;
    let file = FileRef { name, ..file };
    if let Some(group) = groups.iter_mut().find(|g| g.files.contains(&file)) {
        group.model = model.or(group.model);
        return;
    }
    match groups.iter_mut().find(same) {
        Some(group) => {
            group.files.push(file);
            group.model = model.or(group.model);
        }
        None => groups.push(Group { pattern, folder, files: vec![file], model }),
    }
}

/// The last file of a group, looked into, with the path the mapping writes.
fn export(root: &Path, group: &Group, vars: &BTreeMap<String, String>) -> Result<Export> {
    let mut files = group.files.clone();
    files.sort_by(|a, b| source::natural(&a.name, &b.name));
    let Some(file) = files.pop() else { return Diagnostic::error(Code::FILE_NOT_FOUND, "no file").alone() };
    let seen = source::inspect(&file.path)?;
    if !suggest::has_columns(&seen) {
        let help = "A table needs a row with the names of its columns and a row below it; a document needs nodes that repeat.";
        let message = format!("\"{}\" holds no table with a header and rows", file.name);
        return Diagnostic::error(Code::NO_TABLE, message).at(Location::file(&file.name)).help(help).alone();
    }
    let shown = group.pattern.clone().unwrap_or_else(|| file.name.clone());
    let last = !files.is_empty()
        || group.pattern.as_ref().is_some_and(|p| {
            source::find(root, Some(&group.folder.to_string_lossy()), p, Pick::All).is_ok_and(|f| f.len() > 1)
        });
    let (pattern, mut note) = written(root, &group.folder, &shown, vars);
    if group.pattern.is_some() && !last {
        note = "* is the date; where old ones stay in the folder add pick = \"last\"".to_owned();
    }
    let stem = seen.inside.clone().unwrap_or_else(|| file.name.clone());
    let stem = stem.rsplit_once('.').map_or(stem.as_str(), |(stem, _)| stem).to_owned();
    Ok(Export { seen, stem, pattern, note, last, model: group.model })
}

/// A path as the mapping writes it: by a var of the environment where one fits, else from the workspace.
fn written(root: &Path, folder: &Path, name: &str, vars: &BTreeMap<String, String>) -> (String, String) {
    for (var, value) in vars {
        if tidy(&root.join(value)) == tidy(folder) {
            return (format!("${{{var}}}/{name}"), format!("${{{var}}} is set in crosswalk.toml"));
        }
    }
    let below = below(root, folder);
    let path = if below.is_empty() || below == "." { name.to_owned() } else { format!("{below}/{name}") };
    (path, String::new())
}

/// A folder as seen from the workspace, with `/`.
fn below(root: &Path, folder: &Path) -> String {
    let (root, folder) = (tidy(root), tidy(folder));
    folder.strip_prefix(&root).unwrap_or(&folder).to_string_lossy().replace('\\', "/")
}

/// Without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// The folder all files are in.
fn common_folder(root: &Path, groups: &[Group]) -> Option<String> {
    let first = &groups.first()?.folder;
    let all = groups.iter().all(|g| tidy(&g.folder) == tidy(first));
    let below = below(root, first);
    all.then(|| if below.is_empty() { ".".to_owned() } else { below })
}

fn workspace(inbox: Option<&str>) -> String {
    let vars = inbox.map(|i| format!("vars = {{ inbox = \"{i}\" }}\n")).unwrap_or_default();
    format!(
        "# Marks the workspace: every command looks for this file from its folder upwards.\n\n\
         # The practice platform: nothing leaves this machine. The default until another environment stands below.\n\
         [{}.{REHEARSAL}]\n{vars}",
        "env"
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| Diagnostic::error(Code::IO, format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(|e| failed(e).into())
}
