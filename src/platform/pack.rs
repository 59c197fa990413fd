//! The bytes of an upload: files into a ZIP, equal files into equal bytes.

use crate::diagnostic::{Code, Diagnostic, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use zip::write::SimpleFileOptions;

/// One file of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Its name in the archive.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Packs files into a ZIP in the order given; equal files give equal bytes.
///
/// # Errors
/// E505 when a name is used twice.
pub fn pack(files: &[Body]) -> Result<Vec<u8>> {
    let broken = |e: &dyn std::fmt::Display| {
        Diagnostic::error(Code::PACKING, format!("the upload cannot be packed: {e}"))
    };
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(6))
        .unix_permissions(0o644)
        .last_modified_time(zip::DateTime::default());
    for file in files {
        zip.start_file(file.name.as_str(), options).map_err(|e| broken(&e))?;
        zip.write_all(&file.bytes).map_err(|e| broken(&e))?;
    }
    Ok(zip.finish().map_err(|e| broken(&e))?.into_inner())
}

/// SHA-256 over names and bytes, hexadecimal: equal for equal files whatever packs them.
pub fn digest(files: &[&Body]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.name.as_bytes(), &file.bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(name: &str, text: &str) -> Body {
        Body { name: name.into(), bytes: text.into() }
    }

    #[test]
    fn equal_files_give_equal_bytes() {
        let files = [body("b.csv", "x\n1\n"), body("a.csv", "y\n")];
        let zip = pack(&files).unwrap();
        assert_eq!(zip, pack(&files).unwrap());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        let first = archive.by_index(0).unwrap();
        assert_eq!(first.name().unwrap(), "b.csv");
        assert_eq!(first.last_modified().unwrap().year(), 1980);
    }

    #[test]
    fn a_name_twice_is_refused() {
        assert!(pack(&[body("a", "1"), body("a", "2")]).is_err());
    }

    #[test]
    fn the_digest_knows_names_and_borders() {
        assert_ne!(digest(&[&body("a", "bc")]), digest(&[&body("ab", "c")]));
        assert_eq!(digest(&[&body("a", "b")]), digest(&[&body("a", "b")]));
    }
}
