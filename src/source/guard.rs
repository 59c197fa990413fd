//! Limits that hold before a format sees a byte: counted on what really comes out, since declared sizes are input.

use super::fault::fault;
use crate::diagnostic::Code;
use std::io::{self, Read, Seek};
use zip::ZipArchive;

/// Entries of an archive.
const ENTRIES: usize = 10_000;
/// Bytes of all entries.
const TOTAL: u64 = 4 << 30;
/// Bytes of one entry.
const PART: u64 = 1 << 30;
/// Compression beyond which a stream above [`RATIO_FROM`] bytes is refused.
const RATIO: u64 = 100;
const RATIO_FROM: u64 = 16 << 20;
/// Bytes of a workbook part without a `<`: one text or tag.
const MARKUP: usize = 16 << 20;

/// Counts what comes out of a decompressor and stops it at the limits.
pub(super) struct Limited<R> {
    inner: R,
    compressed: u64,
    most: u64,
    out: u64,
}

impl<R: Read> Limited<R> {
    /// A stream of which `compressed` bytes are on disk.
    pub(super) fn new(inner: R, compressed: u64) -> Self {
        Self { inner, compressed, most: TOTAL, out: 0 }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.out += n as u64;
        if self.out > self.most {
            return Err(fault(Code::OVER_LIMIT, format!("unpacks to more than {} GiB", self.most >> 30)));
        }
        if self.out > RATIO_FROM && self.out / RATIO > self.compressed {
            return Err(fault(Code::OVER_LIMIT, "unpacks to more than 100 times its size"));
        }
        Ok(n)
    }
}

/// Checks the directory of an archive: number of entries, overlaps, nested archives, encryption, links.
pub(super) fn directory<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<()> {
    if archive.len() > ENTRIES {
        return Err(fault(
            Code::OVER_LIMIT,
            format!("holds {} entries; {ENTRIES} are allowed", archive.len()),
        ));
    }
    if archive.has_overlapping_files().map_err(broken)? {
        return Err(fault(Code::OVER_LIMIT, "holds entries that overlap each other"));
    }
    for n in 0..archive.len() {
        let entry = archive.by_index_raw(n).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if entry.encrypted() {
            return Err(fault(Code::BAD_ARCHIVE, format!("is protected by a password (entry \"{name}\")")));
        }
        if entry.is_symlink() {
            return Err(fault(Code::BAD_ARCHIVE, format!("holds a link (entry \"{name}\")")));
        }
        let lower = name.to_ascii_lowercase();
        if [".zip", ".gz", ".7z", ".rar", ".tar"].iter().any(|e| lower.ends_with(e)) {
            return Err(fault(Code::OVER_LIMIT, format!("holds another archive (entry \"{name}\")")));
        }
    }
    Ok(())
}

/// Checks a workbook before a reader opens it: its directory, then every part as it really unpacks.
pub(super) fn workbook<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<()> {
    directory(archive)?;
    let mut total = 0;
    for n in 0..archive.len() {
        let (name, packed) = {
            let entry = archive.by_index_raw(n).map_err(broken)?;
            (entry.name().map_err(broken)?.into_owned(), entry.compressed_size())
        };
        let entry = archive.by_index(n).map_err(broken)?;
        let markup = name.ends_with(".xml") || name.ends_with(".rels");
        let stream = Limited { inner: entry, compressed: packed, most: PART, out: 0 };
        total += part(stream, &name, markup)?;
        if total > TOTAL {
            return Err(fault(Code::OVER_LIMIT, "unpacks to more than 4 GiB"));
        }
    }
    Ok(())
}

/// Runs through one part; gives its true size.
fn part(mut stream: impl Read, name: &str, markup: bool) -> io::Result<u64> {
    let mut buffer = vec![0_u8; 256 << 10];
    let (mut size, mut quiet, mut declared) = (0_u64, 0_usize, 0_u64);
    loop {
        let n = stream.read(&mut buffer).map_err(|e| {
            let kept = super::fault::is_fault(&e);
            if kept { e } else { fault(Code::BAD_ARCHIVE, format!("is damaged in its part \"{name}\": {e}")) }
        })?;
        if n == 0 {
            break;
        }
        let chunk = buffer.get(..n).unwrap_or_default();
        if size == 0 && name.ends_with("sharedStrings.xml") {
            declared = declared_count(chunk);
        }
        size += n as u64;
        quiet = memchr::memrchr(b'<', chunk).map_or(quiet + n, |at| n - at);
        if markup && quiet > MARKUP {
            return Err(fault(Code::OVER_LIMIT, format!("has a text over 16 MiB in its part \"{name}\"")));
        }
    }
    // `<si/>` is the shortest string there is; a larger count only makes a reader reserve memory.
    if declared > size / 5 {
        return Err(fault(
            Code::OVER_LIMIT,
            format!("declares {declared} strings in a part of {size} bytes"),
        ));
    }
    Ok(size)
}

/// The larger of `count` and `uniqueCount` at the head of the shared strings.
fn declared_count(head: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(head.get(..head.len().min(4096)).unwrap_or_default());
    let value = text.split("uniqueCount=").nth(1).map(|rest| {
        let digits = rest.trim_start_matches(['"', '\'', ' ']).chars().take_while(char::is_ascii_digit);
        digits.collect::<String>()
    });
    value.map_or(0, |digits| if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) })
}

/// An archive that cannot be read as one.
pub(super) fn broken(error: zip::result::ZipError) -> io::Error {
    match error {
        zip::result::ZipError::Io(e) if e.kind() != io::ErrorKind::InvalidData => e,
        // Its words ("could not find EOCD") are for those who read ZIP archives by hand.
        _ => fault(Code::BAD_ARCHIVE, "is cut off, or no ZIP archive".to_owned()),
    }
}
