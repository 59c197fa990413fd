//! Bytes → JSON tokens.

use crate::diagnostic::Code;
use std::io::{self, Read};

/// Bytes read at once.
const BLOCK: usize = 256 << 10;
/// Bytes of one string or number.
const LONGEST: usize = 16 << 20;

/// A token; strings and numbers are in [`Tokens::text`] and [`Tokens::raw`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Comma,
    Colon,
    String,
    Number,
    True,
    False,
    Null,
    End,
}

/// What is wrong, at the byte the tokenizer stands at.
#[derive(Debug)]
pub(super) enum Wrong {
    /// Not JSON, or over a limit.
    Text(Code, String),
    /// Not readable.
    Io(io::Error),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(super) fn bad<T>(what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Text(Code::BAD_JSON, what.into()))
}

/// Reads tokens from UTF-8 bytes.
pub(super) struct Tokens<R> {
    input: R,
    buf: Vec<u8>,
    at: usize,
    end: usize,
    before: u64,
    mark: u64,
    /// Text of the last string (decoded) or number.
    pub(super) text: String,
    /// The last token as it stands in the file.
    pub(super) raw: String,
    bytes: Vec<u8>,
}

impl<R: Read> Tokens<R> {
    pub(super) fn new(input: R) -> Self {
        Self::with_block(input, BLOCK)
    }

    /// Reads that many bytes at once.
    pub(super) fn with_block(input: R, block: usize) -> Self {
        let (text, raw) = (String::new(), String::new());
        Self {
            input,
            buf: vec![0; block.max(1)],
            at: 0,
            end: 0,
            before: 0,
            mark: 0,
            text,
            raw,
            bytes: Vec::new(),
        }
    }

    /// The byte the last token starts at.
    pub(super) fn offset(&self) -> u64 {
        self.mark
    }

    fn more(&mut self) -> io::Result<bool> {
        self.before += self.end as u64;
        (self.at, self.end) = (0, self.input.read(&mut self.buf)?);
        Ok(self.end > 0)
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at >= self.end && !self.more()? {
            return Ok(None);
        }
        Ok(self.buf.get(self.at).copied())
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token, Wrong> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek()? {
            self.at += 1;
        }
        self.raw.clear();
        self.mark = self.before + self.at as u64;
        let Some(byte) = self.peek()? else { return Ok(Token::End) };
        let mark = match byte {
            b'{' => Token::ObjectStart,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b',' => Token::Comma,
            b':' => Token::Colon,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            b't' => return self.word("true", Token::True),
            b'f' => return self.word("false", Token::False),
            b'n' => return self.word("null", Token::Null),
            other => return bad(format!("{} cannot stand here", shown(other))),
        };
        self.at += 1;
        self.raw.push(char::from(byte));
        Ok(mark)
    }

    fn word(&mut self, word: &str, token: Token) -> Result<Token, Wrong> {
        for want in word.bytes() {
            if self.peek()? != Some(want) {
                return bad(format!("an unquoted word; \"{word}\" was begun"));
            }
            self.at += 1;
        }
        self.raw.push_str(word);
        Ok(token)
    }

    fn number(&mut self) -> Result<Token, Wrong> {
        self.bytes.clear();
        while let Some(byte @ (b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) = self.peek()? {
            self.bytes.push(byte);
            self.at += 1;
            if self.bytes.len() > LONGEST {
                return Err(Wrong::Text(Code::OVER_LIMIT, "a number over 16 MiB".to_owned()));
            }
        }
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        if !is_number(text) {
            return bad(format!("\"{text}\" is no number"));
        }
        self.text.clear();
        self.text.push_str(text);
        self.raw.push_str(text);
        Ok(Token::Number)
    }

    fn string(&mut self) -> Result<Token, Wrong> {
        self.at += 1;
        self.bytes.clear();
        self.bytes.push(b'"');
        let mut escaped = false;
        loop {
            if self.at >= self.end && !self.more()? {
                return bad("a string is not closed: is the file cut off?");
            }
            let here = self.buf.get(self.at..self.end).unwrap_or_default();
            let stop = here.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F)).unwrap_or(here.len());
            self.bytes.extend_from_slice(here.get(..stop).unwrap_or_default());
            self.at += stop;
            if self.bytes.len() > LONGEST {
                return Err(Wrong::Text(Code::OVER_LIMIT, "a string over 16 MiB".to_owned()));
            }
            match self.buf.get(self.at..self.end).and_then(|rest| rest.first()) {
                None => {}
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    let Some(after) = self.peek()? else { continue };
                    self.bytes.extend([b'\\', after]);
                    self.at += 1;
                }
                Some(control) => return bad(format!("{} inside a string", shown(*control))),
            }
        }
        self.at += 1;
        self.bytes.push(b'"');
        self.decode(escaped)
    }

    fn decode(&mut self, escaped: bool) -> Result<Token, Wrong> {
        let Ok(raw) = std::str::from_utf8(&self.bytes) else {
            return Err(Wrong::Text(
                Code::BAD_ENCODING,
                "a string holds bytes that are not text in the file's encoding".to_owned(),
            ));
        };
        self.raw.push_str(raw);
        self.text.clear();
        if escaped {
            match serde_json::from_str::<String>(raw) {
                Ok(text) => self.text = text,
                Err(_) => return bad("an escape in a string that JSON does not have"),
            }
        } else {
            self.text.push_str(raw.get(1..raw.len() - 1).unwrap_or_default());
        }
        Ok(Token::String)
    }
}

fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        format!("\"{}\"", char::from(byte))
    } else {
        format!("the byte 0x{byte:02X}")
    }
}

/// JSON's grammar of numbers.
fn is_number(text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, Some(e.strip_prefix(['+', '-']).unwrap_or(e))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((w, f)) => (w, Some(f)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
