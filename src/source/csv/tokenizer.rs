//! Bytes → records. Each record knows the physical line it starts on; a record that breaks RFC 4180 is refused, and
//! reading goes on at the next physical line that can be trusted.

use crate::diagnostic::Code;
use crate::source::encoding::Utf8;
use crate::source::table::Refusal;
use memchr::{memchr, memchr2, memmem};
use std::borrow::Cow;
use std::io::{self, Read};

/// The longest record.
const LONGEST: usize = 16 << 20;
/// Bytes read at once.
const BLOCK: usize = 256 << 10;

/// A field's bytes within its record, without its quotes.
#[derive(Clone, Copy, Debug)]
struct Field {
    from: usize,
    to: usize,
    doubled: bool,
}

/// What stands at a record's place.
pub(in crate::source) enum Item<'a> {
    /// A record and the line it starts on.
    Row(u64, Row<'a>),
    /// An empty line.
    Blank,
    /// A record that cannot be one.
    Refused(Refusal),
}

/// The fields of a record.
#[derive(Clone, Copy)]
pub(in crate::source) struct Row<'a> {
    text: &'a str,
    fields: &'a [Field],
}

impl<'a> Row<'a> {
    /// The record as it stands in the file.
    pub(in crate::source) fn text(&self) -> &'a str {
        self.text
    }

    /// Number of fields.
    pub(in crate::source) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The fields; only one with a doubled quote needs memory of its own.
    pub(in crate::source) fn fields(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let text = self.text;
        self.fields.iter().map(move |f| {
            let raw = text.get(f.from..f.to).unwrap_or_default();
            if f.doubled { Cow::Owned(raw.replace("\"\"", "\"")) } else { Cow::Borrowed(raw) }
        })
    }
}

/// Why a record with quotes cannot be one.
enum Bad {
    /// The quote opened there is never closed.
    Unclosed(usize),
    /// A quote stands there where none may.
    Stray(usize),
}

/// Reads records from UTF-8 bytes.
pub(in crate::source) struct Tokenizer {
    input: Utf8,
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes of text before `buf`.
    before: u64,
    ended: bool,
    line: u64,
    delimiter: Vec<u8>,
    fields: Vec<Field>,
    breaks: Breaks,
    items: u64,
}

impl Tokenizer {
    pub(in crate::source) fn new(input: Utf8) -> Self {
        Self {
            input,
            buf: Vec::new(),
            start: 0,
            end: 0,
            before: 0,
            ended: false,
            line: 1,
            delimiter: vec![b','],
            fields: Vec::new(),
            breaks: Breaks::default(),
            items: 0,
        }
    }

    /// Sets what stands between fields.
    pub(in crate::source) fn set_delimiter(&mut self, delimiter: char) {
        self.delimiter = delimiter.to_string().into_bytes();
    }

    /// The encoding the bytes come from.
    pub(in crate::source) fn encoding(&self) -> &'static str {
        self.input.encoding().name()
    }

    /// Number of the next line.
    pub(in crate::source) fn line(&self) -> u64 {
        self.line
    }

    /// Records, blank lines and refusals given so far.
    pub(in crate::source) fn items(&self) -> u64 {
        self.items
    }

    /// Whether, with all read, the lines given out are the lines counted apart from it.
    pub(in crate::source) fn lines_agree(&self) -> bool {
        self.line - 1 == self.breaks.lines()
    }

    /// The next physical line without its end, not taken; `None` at the end of the file.
    pub(in crate::source) fn peek(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(length) = self.line_length()? else {
            return Ok(self.buf.get(self.start..self.end.min(self.start + LONGEST)));
        };
        if length == 0 && self.start == self.end {
            return Ok(None);
        }
        Ok(self.buf.get(self.start..self.start + length))
    }

    /// Takes the next physical line unread.
    pub(in crate::source) fn skip_line(&mut self) -> io::Result<()> {
        match self.line_length()? {
            Some(n) => self.take_line(n).map(|_| ()),
            None => self.skip_long().map(|_| ()),
        }
    }

    /// The next record, blank line or refusal; `None` at the end.
    pub(in crate::source) fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        let line = self.line;
        let Some(length) = self.line_length()? else {
            self.items += 1;
            return self.long(line).map(|r| Some(Item::Refused(r)));
        };
        if length == 0 && self.start == self.end {
            return Ok(None);
        }
        self.items += 1;
        if length == 0 {
            self.take_line(0)?;
            return Ok(Some(Item::Blank));
        }
        let quotes = memchr(b'"', self.slice(0, length)).is_some();
        if !quotes {
            self.split(length);
            let from = self.take_line(length)?;
            return Ok(Some(self.row(line, from, length)));
        }
        match self.quoted()? {
            Ok(length) => {
                let from = self.take_lines(length)?;
                Ok(Some(self.row(line, from, length)))
            }
            Err(bad) => self.refuse(line, bad).map(|r| Some(Item::Refused(r))),
        }
    }

    /// The record at that place of the buffer, already taken.
    fn row(&mut self, line: u64, from: usize, length: usize) -> Item<'_> {
        let bytes = self.buf.get(from..from + length).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|e| e.valid_up_to());
        // A NUL is UTF-8 and no text: no ERP writes one on purpose, and no platform takes it.
        let text = memchr::memchr(0, bytes).map_or(text, Err);
        match text {
            Ok(text) => Item::Row(line, Row { text, fields: &self.fields }),
            Err(at) => {
                let place = self.before + (from + at) as u64;
                let text = String::from_utf8_lossy(bytes).into_owned();
                let origin = self.input.origin(place);
                let reason = format!("byte {} of the file is not {} text", origin + 1, self.encoding());
                Item::Refused(Refusal { code: Code::LINE_ENCODING, row: line, pos: None, reason, text })
            }
        }
    }

    fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.buf.get(self.start + from..self.start + to).unwrap_or_default()
    }

    /// The fields of a line without quotes.
    fn split(&mut self, length: usize) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        let line = self.slice(0, length);
        let mut from = 0;
        let mut push = |to: usize, next: usize| {
            fields.push(Field { from, to, doubled: false });
            from = next;
        };
        match self.delimiter.as_slice() {
            [one] => memchr::memchr_iter(*one, line).for_each(|to| push(to, to + 1)),
            more => memmem::find_iter(line, more).for_each(|to| push(to, to + more.len())),
        }
        push(length, length);
        self.fields = fields;
    }

    /// The fields of a record that holds quotes; gives its length without its end.
    fn quoted(&mut self) -> io::Result<Result<usize, Bad>> {
        self.fields.clear();
        let (mut at, mut over_lines) = (0, None);
        loop {
            if self.byte(at)? == Some(b'"') {
                let open = at;
                let Some((to, doubled)) = self.closing(open + 1)? else {
                    return Ok(Err(Bad::Unclosed(over_lines.unwrap_or(open))));
                };
                self.fields.push(Field { from: open + 1, to, doubled });
                if over_lines.is_none() && memchr2(b'\n', b'\r', self.slice(open, to)).is_some() {
                    over_lines = Some(open);
                }
                at = to + 1;
            } else {
                let to = self.plain_end(at)?;
                if let Some(n) = memchr(b'"', self.slice(at, to)) {
                    return Ok(Err(over_lines.map_or(Bad::Stray(at + n), Bad::Unclosed)));
                }
                self.fields.push(Field { from: at, to, doubled: false });
                at = to;
            }
            match self.byte(at)? {
                None | Some(b'\n' | b'\r') => return Ok(Ok(at)),
                Some(_) if self.delimiter_at(at)? => at += self.delimiter.len(),
                Some(_) => return Ok(Err(over_lines.map_or(Bad::Stray(at - 1), Bad::Unclosed))),
            }
        }
    }

    /// The closing quote of a field whose text starts at `at`, and whether a doubled quote is in it.
    fn closing(&mut self, mut at: usize) -> io::Result<Option<(usize, bool)>> {
        let mut doubled = false;
        loop {
            match memchr(b'"', self.slice(at, self.end - self.start)) {
                Some(n) if self.byte(at + n + 1)? == Some(b'"') => (at, doubled) = (at + n + 2, true),
                Some(n) => return Ok(Some((at + n, doubled))),
                None => {
                    at = self.end - self.start;
                    if at > LONGEST || !self.more()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The end of a field without quotes around it. Its line is in the buffer unless the record runs over lines.
    fn plain_end(&mut self, at: usize) -> io::Result<usize> {
        let mut seen = at;
        let stop = loop {
            match memchr2(b'\n', b'\r', self.slice(seen, self.end - self.start)) {
                Some(n) => break seen + n,
                None => {
                    seen = self.end - self.start;
                    if seen > 2 * LONGEST || !self.more()? {
                        break seen;
                    }
                }
            }
        };
        let line = self.slice(at, stop);
        let found = match self.delimiter.as_slice() {
            [one] => memchr(*one, line),
            more => memmem::find(line, more),
        };
        Ok(found.map_or(stop, |n| at + n))
    }

    fn delimiter_at(&mut self, at: usize) -> io::Result<bool> {
        let length = self.delimiter.len();
        self.byte(at + length - 1)?;
        Ok(self.slice(at, at + length) == self.delimiter.as_slice())
    }

    /// A byte of the record at hand, reading on as needed.
    fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.start + at >= self.end {
            if !self.more()? {
                return Ok(None);
            }
        }
        Ok(self.buf.get(self.start + at).copied())
    }

    /// Refuses the record at hand up to the end of the line that can no longer be trusted, and no further: what
    /// follows an unclosed quote is read as lines of their own.
    fn refuse(&mut self, line: u64, bad: Bad) -> io::Result<Refusal> {
        let (at, what) = match bad {
            Bad::Unclosed(at) => (at, "opens a field that is not properly closed"),
            Bad::Stray(at) => {
                (at, "stands where none may (inside a field it is written twice, in a field in quotes)")
            }
        };
        let length = self.plain_stop(at)?;
        let before = String::from_utf8_lossy(self.slice(0, at)).into_owned();
        let on = line + count_breaks(before.as_bytes());
        let column = before.rsplit(['\n', '\r']).next().unwrap_or_default().chars().count() + 1;
        let reason = format!("the quote at character {column} of line {on} {what}");
        let text = String::from_utf8_lossy(self.slice(0, length.min(LONGEST))).into_owned();
        self.take_lines(length)?;
        Ok(Refusal { code: Code::LINE_QUOTE, row: line, pos: None, reason, text })
    }

    /// The end of the physical line that holds `at`.
    fn plain_stop(&mut self, at: usize) -> io::Result<usize> {
        let mut seen = at;
        loop {
            if let Some(n) = memchr2(b'\n', b'\r', self.slice(seen, self.end - self.start)) {
                return Ok(seen + n);
            }
            seen = self.end - self.start;
            if !self.more()? {
                return Ok(seen);
            }
        }
    }

    fn long(&mut self, line: u64) -> io::Result<Refusal> {
        let text = String::from_utf8_lossy(self.slice(0, 4096)).into_owned();
        let length = self.skip_long()?;
        let reason = format!("the line has {length} bytes; {LONGEST} are allowed");
        Ok(Refusal { code: Code::LINE_LENGTH, row: line, pos: None, reason, text })
    }

    /// Takes a line too long for the buffer; gives its length.
    fn skip_long(&mut self) -> io::Result<u64> {
        let mut length = 0_u64;
        loop {
            let here = self.slice(0, self.end - self.start);
            if let Some(n) = memchr2(b'\n', b'\r', here) {
                self.take_line(n)?;
                return Ok(length + n as u64);
            }
            length += here.len() as u64;
            self.start = self.end;
            if !self.more()? {
                self.line += 1;
                return Ok(length);
            }
        }
    }

    /// Length of the physical line at hand, without its end; `None` when it is too long.
    fn line_length(&mut self) -> io::Result<Option<usize>> {
        let mut seen = 0;
        loop {
            if let Some(n) = memchr2(b'\n', b'\r', self.slice(seen, self.end - self.start)) {
                return Ok((seen + n <= LONGEST).then_some(seen + n));
            }
            seen = self.end - self.start;
            if seen > LONGEST {
                return Ok(None);
            }
            if !self.more()? {
                return Ok(Some(seen));
            }
        }
    }

    /// Takes `length` bytes without line ends and the line end after them; gives where they stand in the buffer.
    fn take_line(&mut self, length: usize) -> io::Result<usize> {
        let end = match self.byte(length)? {
            Some(b'\r') if self.byte(length + 1)? == Some(b'\n') => 2,
            Some(_) => 1,
            None => 0,
        };
        let from = self.start;
        self.start += length + end;
        self.line += 1;
        Ok(from)
    }

    /// The same for bytes that may hold line ends.
    fn take_lines(&mut self, length: usize) -> io::Result<usize> {
        self.line += count_breaks(self.slice(0, length));
        self.take_line(length)
    }

    /// Reads on, keeping what is from `start`; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.before += self.start as u64;
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buf.len() < self.end + BLOCK {
            self.buf.resize((self.end + BLOCK).max(self.buf.len() * 2).min(self.end + LONGEST), 0);
        }
        let n = self.input.read(self.buf.get_mut(self.end..).unwrap_or_default())?;
        self.breaks.see(self.buf.get(self.end..self.end + n).unwrap_or_default());
        self.end += n;
        self.ended = n == 0;
        Ok(n > 0)
    }
}

/// Line ends of all three kinds.
fn count_breaks(bytes: &[u8]) -> u64 {
    let mut breaks = Breaks::default();
    breaks.see(bytes);
    breaks.ends
}

/// Counts physical lines as the bytes come in: the count the records are held against.
#[derive(Default)]
struct Breaks {
    ends: u64,
    last: Option<u8>,
}

impl Breaks {
    fn see(&mut self, bytes: &[u8]) {
        let feeds = memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.ends += feeds;
        for at in memchr::memchr_iter(b'\r', bytes) {
            // A carriage return counts unless a line feed follows; one at the end counts until it does.
            if bytes.get(at + 1) != Some(&b'\n') {
                self.ends += 1;
            }
        }
        if self.last == Some(b'\r') && bytes.first() == Some(&b'\n') {
            self.ends -= 1;
        }
        self.last = bytes.last().copied().or(self.last);
    }

    /// Lines, with a last one that has no end.
    fn lines(&self) -> u64 {
        let open = self.last.is_some_and(|b| b != b'\n' && b != b'\r');
        self.ends + u64::from(open)
    }
}
