//! The plan file: a stored ZIP of `plan.json` and ordered Parquet tables, byte-identical from equal input.

use super::{Head, freeze};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::{Table, plan};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Format number of plan files.
pub const FORMAT: u32 = 1;

/// A plan as read from its file: head, digest, and the folder its tables were unpacked into.
pub struct Opened {
    /// `plan.json`.
    pub head: Head,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
}

/// Writes the plan's tables and head into `path`; `scratch` is an existing folder DuckDB may write, where the tables
/// stay, read by the plan's relations from now on.
///
/// # Errors
/// E901, E902.
pub fn write(db: &Db, head: &Head, scratch: &Path, path: &Path) -> Result<String> {
    let mut entries: Vec<(String, PathBuf)> = Vec::new();
    for (name, table, order) in tables(head) {
        let file = scratch.join(&name);
        db.run(&plan::export(&table, order, &file.display().to_string()))?;
        entries.push((name, file));
    }
    // From here on the plan is what was written: reports read the very rows that delivery will.
    for (name, table, _) in tables(head) {
        let was_table = !table.name.starts_with("changes ");
        db.run(&plan::import(&table, &scratch.join(&name).display().to_string(), was_table))?;
    }
    entries.sort();
    let failed = |e: &dyn std::fmt::Display| io(path, e);
    let temporary = path.with_extension("plan.part");
    let file = std::fs::File::create(&temporary).map_err(|e| failed(&e))?;
    let mut zip = zip::ZipWriter::new(std::io::BufWriter::new(file));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o600)
        .large_file(true)
        .last_modified_time(zip::DateTime::default());
    for (name, file) in &entries {
        zip.start_file(name.as_str(), options).map_err(|e| failed(&e))?;
        let mut from = std::fs::File::open(file).map_err(|e| failed(&e))?;
        std::io::copy(&mut from, &mut zip).map_err(|e| failed(&e))?;
    }
    let json = serde_json::to_vec_pretty(head).map_err(|e| failed(&e))?;
    zip.start_file("plan.json", options).map_err(|e| failed(&e))?;
    zip.write_all(&json).map_err(|e| failed(&e))?;
    let file = zip.finish().map_err(|e| failed(&e))?.into_inner().map_err(|e| failed(&e))?;
    file.sync_all().map_err(|e| failed(&e))?;
    private(&temporary)?;
    std::fs::rename(&temporary, path).map_err(|e| failed(&e))?;
    digest(path)
}

/// The relations of a plan: file name, table, order.
fn tables(head: &Head) -> Vec<(String, Table, &'static str)> {
    let mut tables: Vec<(String, Table, &str)> = head
        .models
        .iter()
        .map(|m| (format!("changes.{}.parquet", m.model), plan::changes(&m.model), "id"))
        .collect();
    tables.push(("refused.parquet".to_owned(), Table::new("plan", "refused"), "id"));
    tables.push(("raw.parquet".to_owned(), Table::new("plan", "raw"), "record, id"));
    tables.push(("refs.parquet".to_owned(), Table::new("plan", "refs"), "model, key"));
    if !head.rewritten.is_empty() {
        tables.push(("rewritten.parquet".to_owned(), Table::new("plan", "rewritten"), "id"));
    }
    tables
}

/// Reads the head alone.
///
/// # Errors
/// E402 when it is no plan of ours.
pub fn head(path: &Path) -> Result<Head> {
    let file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|e| damaged(path, &e))?;
    let mut json = String::new();
    zip.by_name("plan.json")
        .map_err(|e| damaged(path, &e))?
        .read_to_string(&mut json)
        .map_err(|e| damaged(path, &e))?;
    let head: Head = serde_json::from_str(&json).map_err(|e| damaged(path, &e))?;
    if head.format != FORMAT {
        let message = format!("{} has plan format {}, this program reads {FORMAT}", name(path), head.format);
        return Diagnostic::error(Code::BAD_PLAN, message)
            .help("Make the plan again with this program.")
            .alone();
    }
    Ok(head)
}

/// Opens a plan: unpacks its tables into `scratch` and makes the views that delivery reads.
///
/// # Errors
/// E402 when the file is damaged, E901.
pub fn open(db: &Db, path: &Path, scratch: &Path) -> Result<Opened> {
    let head = head(path)?;
    let file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    let mut zip = zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|e| damaged(path, &e))?;
    db.run(&plan::schema())?;
    for (name, table, _) in tables(&head) {
        let to = scratch.join(&name);
        let mut entry = zip.by_name(&name).map_err(|e| damaged(path, &e))?;
        let mut out = std::fs::File::create(&to).map_err(|e| io(&to, &e))?;
        std::io::copy(&mut entry, &mut out).map_err(|e| damaged(path, &e))?;
        db.run(&plan::import(&table, &to.display().to_string(), false))?;
    }
    Ok(Opened { head, digest: digest(path)? })
}

/// The same, with `plan.shown` for reports.
///
/// # Errors
/// As [`open`].
pub fn open_to_show(db: &Db, path: &Path, scratch: &Path) -> Result<Opened> {
    let opened = open(db, path, scratch)?;
    freeze::show(db, &opened.head)?;
    Ok(opened)
}

/// SHA-256 of a file, hexadecimal.
///
/// # Errors
/// E902.
pub fn digest(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(|e| io(path, &e))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer).map_err(|e| io(path, &e))?;
        if n == 0 {
            return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect());
        }
        hash.update(buffer.get(..n).unwrap_or_default());
    }
}

/// Lets only the owner read a file.
///
/// # Errors
/// E902.
pub fn private(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|e| io(path, &e))?;
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn io(path: &Path, e: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::IO, format!("{}: {e}", path.display()))
}

fn damaged(path: &Path, e: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::BAD_PLAN, format!("{} is damaged or no plan: {e}", name(path)))
        .help("Make the plan again.")
}
