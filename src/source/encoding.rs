//! Any encoding → UTF-8 bytes, streaming. What cannot be decoded becomes the byte 0xFF, which no UTF-8 text holds: the
//! reader above refuses just that line, and asks here for the place in the file.

use super::container::Stream;
use super::fault::fault;
use crate::diagnostic::Code;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::collections::VecDeque;
use std::io::{self, Read};

/// Bytes decoded at once.
const BLOCK: usize = 64 << 10;

/// How the encoding of a file is told.
#[derive(Clone, Copy)]
pub(super) enum Declared<'a> {
    /// By its byte order mark, else UTF-8.
    Nothing,
    /// By a label such as `windows-1252`; a byte order mark is stronger.
    Label(&'a str),
    /// By its byte order mark, else its XML declaration, else UTF-8.
    Xml,
}

/// The encoding that the first bytes of a file are likely in: by the byte order mark, else UTF-16 by its zeros, UTF-8,
/// windows-1252 for what is neither; `None` for ASCII alone.
pub(super) fn guess(head: &[u8]) -> Option<&'static str> {
    match Encoding::for_bom(head) {
        Some((found, _)) if found == UTF_8 => return Some("utf-8"),
        Some((found, _)) if found == encoding_rs::UTF_16LE => return Some("utf-16le"),
        Some(_) => return Some("utf-16be"),
        None => {}
    }
    let nul = |first: usize| head.iter().skip(first).step_by(2).take(500).filter(|b| **b == 0).count() > 100;
    match std::str::from_utf8(head) {
        _ if nul(1) => Some("utf-16le"),
        _ if nul(0) => Some("utf-16be"),
        Err(e) if e.error_len().is_some() => Some("windows-1252"),
        _ if head.is_ascii() => None,
        _ => Some("utf-8"),
    }
}

/// A file as UTF-8 bytes without a byte order mark.
pub(super) struct Utf8 {
    input: Stream,
    head: io::Cursor<Vec<u8>>,
    decoder: Option<Decoder>,
    encoding: &'static Encoding,
    source: Vec<u8>,
    at: usize,
    ended: bool,
    finished: bool,
    bytes_in: u64,
    bytes_out: u64,
    faults: VecDeque<(u64, u64)>,
}

impl Utf8 {
    /// Finds the encoding from the first bytes and the declaration.
    pub(super) fn open(mut input: Stream, declared: Declared<'_>) -> io::Result<Self> {
        let mut head = Vec::with_capacity(4096);
        input.by_ref().take(4096).read_to_end(&mut head)?;
        let (encoding, mark) = match (Encoding::for_bom(&head), declared) {
            (Some(found), _) => found,
            (None, Declared::Label(label)) => (labelled(label)?, 0),
            (None, Declared::Xml) => (declared_in(&head)?, 0),
            (None, Declared::Nothing) => (unmarked(&head)?, 0),
        };
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        let mut head = io::Cursor::new(head);
        head.set_position(mark as u64);
        Ok(Self {
            input,
            head,
            decoder,
            encoding,
            source: Vec::new(),
            at: 0,
            ended: false,
            finished: false,
            bytes_in: mark as u64,
            bytes_out: 0,
            faults: VecDeque::new(),
        })
    }

    /// The encoding found.
    pub(super) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// Where in the file a byte of the UTF-8 text comes from, for a byte that is not text; of what lies before only
    /// in UTF-8 itself.
    pub(super) fn origin(&mut self, out: u64) -> u64 {
        if self.decoder.is_none() {
            return out + (self.bytes_in - self.bytes_out);
        }
        while self.faults.front().is_some_and(|(at, _)| *at < out) {
            self.faults.pop_front();
        }
        self.faults.front().map_or(self.bytes_in, |(_, origin)| *origin)
    }

    fn raw(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buf)? {
            0 => self.input.read(buf),
            n => Ok(n),
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut source = std::mem::take(&mut self.source);
        source.resize(BLOCK, 0);
        let n = self.raw(&mut source)?;
        source.truncate(n);
        (self.source, self.at, self.ended) = (source, 0, n == 0);
        Ok(())
    }
}

impl Read for Utf8 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.decoder.take() else {
            let n = self.raw(buf)?;
            self.bytes_in += n as u64;
            self.bytes_out += n as u64;
            return Ok(n);
        };
        let mut written = 0;
        // One byte is kept free for the mark of a fault.
        while !self.finished && written + 1 < buf.len() {
            if self.at == self.source.len() && !self.ended {
                if written > 0 {
                    break;
                }
                self.refill()?;
            }
            let room = buf.len() - 1;
            let (from, to) = (self.source.get(self.at..).unwrap_or_default(), buf.get_mut(written..room));
            let (result, read, wrote) =
                decoder.decode_to_utf8_without_replacement(from, to.unwrap_or_default(), self.ended);
            self.at += read;
            self.bytes_in += read as u64;
            written += wrote;
            match result {
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(bad, after) => {
                    let place = self.bytes_in.saturating_sub(u64::from(bad) + u64::from(after));
                    self.faults.push_back((self.bytes_out + written as u64, place));
                    if let Some(mark) = buf.get_mut(written) {
                        *mark = 0xFF;
                        written += 1;
                    }
                }
            }
        }
        self.decoder = Some(decoder);
        self.bytes_out += written as u64;
        Ok(written)
    }
}

fn labelled(label: &str) -> io::Result<&'static Encoding> {
    let name = if label.eq_ignore_ascii_case("latin-1") { "latin1" } else { label };
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        let known = "utf-8, windows-1252, iso-8859-15, utf-16le";
        fault(
            Code::BAD_ENCODING,
            format!("has the unknown encoding \"{label}\"; known are for example {known}"),
        )
    })
}

/// Two-byte text without a mark would pass as UTF-8 full of NUL bytes.
fn unmarked(head: &[u8]) -> io::Result<&'static Encoding> {
    let nul = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 4 > head.len();
    match (nul(1), nul(0)) {
        (true, _) => Err(fault(
            Code::BAD_ENCODING,
            "looks like utf-16le without a mark; declare `encoding = \"utf-16le\"`",
        )),
        (_, true) => Err(fault(
            Code::BAD_ENCODING,
            "looks like utf-16be without a mark; declare `encoding = \"utf-16be\"`",
        )),
        _ => Ok(UTF_8),
    }
}

fn declared_in(head: &[u8]) -> io::Result<&'static Encoding> {
    match head {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let text = String::from_utf8_lossy(head);
    let Some((declaration, _)) = text.strip_prefix("<?xml").and_then(|t| t.split_once("?>")) else {
        return Ok(UTF_8);
    };
    let Some((_, value)) = declaration.split_once("encoding") else { return Ok(UTF_8) };
    let value = value.trim_start().trim_start_matches('=').trim_start();
    let label: String = value.chars().skip(1).take_while(|c| !matches!(c, '"' | '\'')).collect();
    let found = labelled(&label)?;
    // The declaration was readable as single bytes, so a two-byte label cannot be true.
    Ok(if found == UTF_16LE || found == UTF_16BE { UTF_8 } else { found })
}
