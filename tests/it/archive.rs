//! A ZIP written anew with right checksums, something in it changed.

use std::io::{Cursor, Read as _, Write as _};

/// Passes each entry's name and bytes through `change`.
pub fn rewritten(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for n in 0..old.len() {
        let mut entry = old.by_index(n).unwrap();
        let (name, mut data) = (entry.name().unwrap().into_owned(), Vec::new());
        entry.read_to_end(&mut data).unwrap();
        new.start_file(name.as_str(), options).unwrap();
        new.write_all(&change(&name, data)).unwrap();
    }
    new.finish().unwrap().into_inner()
}
