//! Taking gzip and ZIP off a file, streaming and guarded, and the digest of what is on disk.

use super::fault::{fault, unreadable};
use super::guard::{self, Limited};
use super::{FileRef, Format};
use crate::diagnostic::{Code, Result};
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use zip::{CompressionMethod, ZipArchive};

/// Bytes read from disk at once.
const BLOCK: usize = 256 << 10;

/// A stream of the bytes inside.
pub(super) type Stream = Box<dyn Read + Send>;

/// An opened file: the bytes inside, and the digest of the bytes on disk for when all is read.
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) digest: Digest,
}

/// The name without `.gz` or `.zip`.
pub(super) fn inner_name(name: &str) -> &str {
    packed_as(name).map_or(name, |(stem, _)| stem)
}

fn packed_as(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.rsplit_once('.')?;
    ["gz", "zip"].into_iter().find(|e| extension.eq_ignore_ascii_case(e)).map(|e| (stem, e))
}

/// The name of the member of a ZIP file; `None` for other files.
pub(super) fn member_name(file: &FileRef) -> Result<Option<String>> {
    match packed_as(&file.name) {
        Some((_, "zip")) => {
            let found = File::open(&file.path).and_then(|f| member(f).map(|m| m.name));
            found.map(Some).map_err(|e| unreadable(&file.name, &e).into())
        }
        _ => Ok(None),
    }
}

/// Opens a file and takes off its packing.
///
/// # Errors
/// E102, E105, E106.
pub(super) fn open(file: &FileRef) -> Result<Opened> {
    open_raw(file).map_err(|e| unreadable(&file.name, &e).into())
}

fn open_raw(file: &FileRef) -> io::Result<Opened> {
    let disk = File::open(&file.path)?;
    let size = disk.metadata()?.len();
    let digest = Digest { path: file.path.clone(), state: Arc::default() };
    let hashing = Hashing { inner: disk, state: digest.state.clone() };
    let stream: Stream = match packed_as(&file.name) {
        Some((_, "gz")) => {
            let named = Named(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, hashing)));
            Box::new(Limited::new(named, size))
        }
        Some(_) => member_stream(&file.path)?,
        None => Box::new(hashing),
    };
    Ok(Opened { stream, digest })
}

/// Says "broken archive" where the decompressor says so.
struct Named<R>(R);

impl<R: Read> Read for Named<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf).map_err(|e| match e.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                fault(Code::BAD_ARCHIVE, format!("is cut off or damaged: {e}"))
            }
            _ => e,
        })
    }
}

struct Member {
    name: String,
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    method: CompressionMethod,
}

/// The one relevant member of an archive.
fn member(mut disk: File) -> io::Result<Member> {
    let mut archive = ZipArchive::new(BufReader::new(&disk)).map_err(guard::broken)?;
    guard::directory(&mut archive)?;
    let mut found: Option<Member> = None;
    for n in 0..archive.len() {
        let entry = archive.by_index_raw(n).map_err(guard::broken)?;
        let name = entry.name().map_err(guard::broken)?.into_owned();
        if entry.is_dir() || Format::of_name(&name).is_none() || name.starts_with("__MACOSX/") {
            continue;
        }
        if let Some(first) = &found {
            let what = format!("holds several exports: \"{}\", \"{name}\"; one is expected", first.name);
            return Err(fault(Code::BAD_ARCHIVE, what));
        }
        found = Some(Member {
            name,
            start: entry.data_start().unwrap_or(0),
            packed: entry.compressed_size(),
            size: entry.size(),
            crc: entry.crc32(),
            method: entry.compression(),
        });
    }
    disk.rewind()?;
    found.ok_or_else(|| fault(Code::BAD_ARCHIVE, "holds no file of a format read here"))
}

fn member_stream(path: &Path) -> io::Result<Stream> {
    let mut disk = File::open(path)?;
    let member = member(disk.try_clone()?)?;
    disk.seek(SeekFrom::Start(member.start))?;
    let packed = BufReader::with_capacity(BLOCK, disk.take(member.packed));
    let plain: Stream = match member.method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        other => return Err(fault(Code::BAD_ARCHIVE, format!("is packed with {other}, which is not read"))),
    };
    let checked =
        Checked { inner: plain, crc: flate2::Crc::new(), want: member.crc, size: member.size, out: 0 };
    Ok(Box::new(Limited::new(Named(checked), member.packed)))
}

/// Compares size and checksum at the end: a member cut short must not pass as a shorter export.
struct Checked<R> {
    inner: R,
    crc: flate2::Crc,
    want: u32,
    size: u64,
    out: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.crc.update(buf.get(..n).unwrap_or_default());
        self.out += n as u64;
        if n == 0 && !buf.is_empty() && (self.crc.sum() != self.want || self.out != self.size) {
            return Err(fault(Code::BAD_ARCHIVE, "is damaged: its checksum does not fit"));
        }
        Ok(n)
    }
}

#[derive(Default)]
struct HashState {
    sha: Sha256,
    bytes: u64,
}

struct Hashing {
    inner: File,
    state: Arc<Mutex<HashState>>,
}

impl Read for Hashing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        if let (Ok(mut state), Some(chunk)) = (self.state.lock(), buf.get(..n)) {
            state.sha.update(chunk);
            state.bytes += n as u64;
        }
        Ok(n)
    }
}

/// The digest of a file on disk, taken while it is read.
pub(super) struct Digest {
    path: PathBuf,
    state: Arc<Mutex<HashState>>,
}

impl Digest {
    /// Size and SHA-256. What was not read in passing (archives) is read now.
    pub(super) fn finish(self) -> io::Result<(u64, String)> {
        let size = std::fs::metadata(&self.path)?.len();
        match self.state.lock() {
            Ok(state) if state.bytes == size => Ok((size, hex(&state.sha.clone().finalize()))),
            _ => of_path(&self.path),
        }
    }
}

/// Size and SHA-256 of a file.
pub(super) fn of_path(path: &Path) -> io::Result<(u64, String)> {
    let mut reader = Hashing { inner: File::open(path)?, state: Arc::default() };
    let bytes = io::copy(&mut BufReader::with_capacity(BLOCK, &mut reader), &mut io::sink())?;
    let state = reader.state.lock().map_err(|_| io::Error::other("a digest was abandoned"))?;
    Ok((bytes, hex(&state.sha.clone().finalize())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
