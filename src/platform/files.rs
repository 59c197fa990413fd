//! The transport `files`: each batch as files in a folder, with a manifest that names them. Nothing is overwritten; the
//! manifest comes last, so whoever finds one finds all its files whole.
//!
//! A batch is accepted when its files have been written and read back. After a kill the same batch is found by the
//! digests and not written again.

use super::answer::{Answer, ModelAnswer, Taken};
use super::transport::{Batch, Found, Part, Polled, Record, Request, Sent, Transport};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::{Cancel, Clock};
use crate::spec::platform::Model;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The transport into one folder.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    log: Mutex<Vec<Request>>,
}

impl Files {
    /// The transport into `folder`, which is made.
    ///
    /// # Errors
    /// E902.
    pub fn new(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| {
            Diagnostic::error(Code::IO, format!("the folder {} cannot be made: {e}", folder.display()))
        })?;
        Ok(Self { folder: folder.to_path_buf(), clock, log: Mutex::new(Vec::new()) })
    }

    /// Writes a batch's files and then its manifest.
    fn hand_over(&self, batch: &Batch<'_>) -> std::io::Result<()> {
        let name = |part: &Part| format!("{}.{}", batch.id, part.body.name);
        let files: Vec<_> = batch
            .parts
            .iter()
            .map(|part| {
                json!({
                    "name": name(part), "model": part.model, "records": part.members.len(),
                    "bytes": part.body.bytes.len(), "sha256": sha256(&part.body.bytes),
                })
            })
            .collect();
        for part in batch.parts {
            self.put(&name(part), &part.body.bytes)?;
        }
        let manifest = json!({
            "format": "crosswalk batch 1", "batch": batch.id, "run": batch.run, "number": batch.number,
            "plan": batch.plan, "files": files,
        });
        self.put(&format!("{}.manifest.json", batch.id), format!("{manifest:#}\n").as_bytes())
    }

    /// Puts a file there whole or not at all. One of the same bytes that is there already will do.
    fn put(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let path = self.folder.join(name);
        if !path.exists() {
            let mut part = part_in(&self.folder)?;
            part.write_all(bytes)?;
            part.as_file().sync_all()?;
            crate::env::step("before a file is handed over");
            part.persist_noclobber(&path).map_err(|e| e.error)?;
            std::fs::File::open(&self.folder)?.sync_all()?;
            crate::env::step("after a file is handed over");
            self.note(name, bytes.len());
        }
        if sha256(&std::fs::read(&path)?) == sha256(bytes) {
            return Ok(());
        }
        Err(std::io::Error::other(format!("{name} is there with other bytes, and nothing is overwritten")))
    }

    fn note(&self, name: &str, bytes: usize) {
        let Ok(mut log) = self.log.lock() else { return };
        log.push(Request {
            attempt: 1,
            at: self.clock.stamp(),
            method: "WRITE".to_owned(),
            path: name.to_owned(),
            status: None,
            bytes: bytes as u64,
            why: None,
        });
    }
}

impl Transport for Files {
    fn send(&self, batch: &Batch<'_>) -> Sent {
        match self.hand_over(batch) {
            Ok(()) => Sent::Answered { answer: all(batch.parts) },
            // Without its manifest nobody takes it up, and the next try goes on where this one ended.
            Err(e) => Sent::Refused { status: 0, text: format!("{}: {e}", self.folder.display()) },
        }
    }

    fn poll(&self, _: &str, _: &Cancel) -> Polled {
        Polled::Gone
    }

    fn find_since(&self, _: jiff::Timestamp) -> Result<Option<Vec<Found>>> {
        Ok(None)
    }

    fn account(&self) -> Result<Option<String>> {
        Ok(None)
    }

    fn look_up(&self, _: &Model, _: &[&str]) -> Result<Option<Vec<Record>>> {
        Ok(None)
    }

    fn cancel(&self, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn requests(&self) -> Vec<Request> {
        self.log.lock().map(|mut log| std::mem::take(&mut *log)).unwrap_or_default()
    }
}

/// A file to be renamed; others may read it as far as the user's own mask lets them, for it is handed over.
fn part_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".crosswalk-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Every record was put there.
fn all(parts: &[Part]) -> Answer {
    let taken =
        |part: &Part| part.members.iter().map(|m| Taken { key: m.key.clone(), ..Taken::default() }).collect();
    let models = parts
        .iter()
        .map(|part| ModelAnswer {
            model: part.model.clone(),
            accepted: taken(part),
            ..ModelAnswer::default()
        })
        .collect();
    Answer { state: "written".to_owned(), models, has_details: true, each: true, fault: None }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
