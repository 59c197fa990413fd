//! The values of one file, driven into the engine. Items of an array are nodes of the array's name, one after another.

use super::tokens::{Token, Tokens, Wrong, bad};
use crate::diagnostic::{Code, Diagnostics, Result};
use crate::source::FileRef;
use crate::source::container::Stream;
use crate::source::csv::Tokenizer;
use crate::source::encoding::{Declared, Utf8};
use crate::source::fault::unreadable;
use crate::source::paths::{Leaf, Name, Nodes, Want};
use crate::source::place::error_at;
use crate::source::table::Refusal;
use std::io::Read;

/// Levels of objects and arrays.
const DEPTH: usize = 256;
/// Bytes of one value taken as JSON.
const VALUE: usize = 64 << 20;

/// Reads one document.
///
/// # Errors
/// E102, E106, E107, E112, with line and character.
pub(in crate::source) fn read(file: &FileRef, stream: Stream, nodes: &mut impl Nodes) -> Result<()> {
    let text = Utf8::open(stream, Declared::Nothing).map_err(|e| unreadable(&file.name, &e))?;
    let mut document = Document::new(Tokens::new(text), nodes);
    match document.whole(None) {
        Ok(()) => Ok(()),
        Err(Stop::Whole(errors)) => Err(errors),
        Err(Stop::Here(Wrong::Io(e))) => Err(unreadable(&file.name, &e).into()),
        Err(Stop::Here(Wrong::Text(code, what))) => {
            error_at(file, code, document.tokens.offset(), Declared::Nothing, &what).alone()
        }
    }
}

/// Reads one value a line; a line that is none is refused, the others go on.
///
/// # Errors
/// E102, E106, E107.
pub(in crate::source) fn read_lines(file: &FileRef, stream: Stream, nodes: &mut impl Nodes) -> Result<()> {
    let failed = |e: std::io::Error| unreadable(&file.name, &e);
    let mut lines = Tokenizer::new(Utf8::open(stream, Declared::Nothing).map_err(failed)?);
    let mut held = Vec::new();
    loop {
        let number = lines.line();
        let Some(line) = lines.peek().map_err(failed)? else { return Ok(()) };
        held.clear();
        held.extend_from_slice(line);
        lines.skip_line().map_err(failed)?;
        if held.trim_ascii().is_empty() {
            continue;
        }
        if let Some(reason) = no_value(&held) {
            let text = String::from_utf8_lossy(&held).into_owned();
            nodes.refuse(&Refusal { code: Code::LINE_JSON, row: number, pos: None, reason, text })?;
            continue;
        }
        match Document::new(Tokens::with_block(held.as_slice(), held.len()), nodes).whole(Some(number - 1)) {
            Ok(()) => {}
            Err(Stop::Whole(errors)) => return Err(errors),
            Err(Stop::Here(Wrong::Io(e))) => return Err(failed(e).into()),
            Err(Stop::Here(Wrong::Text(code, what))) => {
                let what = format!("line {number}: {what}");
                return error_at(file, code, u64::MAX, Declared::Nothing, &what).alone();
            }
        }
    }
}

/// Why a line is no JSON value. Found before anything of it reaches a table.
fn no_value(line: &[u8]) -> Option<String> {
    if line.len() >= 16 << 20 {
        return Some("the line is longer than 16 MiB".to_owned());
    }
    match std::str::from_utf8(line) {
        Err(e) => {
            Some(format!("byte {} of the line is not text in the file's encoding", e.valid_up_to() + 1))
        }
        Ok(text) => serde_json::from_str::<serde::de::IgnoredAny>(text).err().map(|e| {
            let what = e.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            format!("not JSON: {what} (character {})", e.column())
        }),
    }
}

/// Why reading stops: at the place at hand, or with errors that know their place.
enum Stop {
    Here(Wrong),
    Whole(Diagnostics),
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        Self::Here(wrong)
    }
}

impl From<Diagnostics> for Stop {
    fn from(errors: Diagnostics) -> Self {
        Self::Whole(errors)
    }
}

type Step<T = ()> = std::result::Result<T, Stop>;

struct Document<'a, N, R> {
    tokens: Tokens<R>,
    nodes: &'a mut N,
    depth: usize,
    /// Compact JSON of the values being taken whole, and how many are.
    taken: String,
    taking: usize,
}

impl<'a, N: Nodes, R: Read> Document<'a, N, R> {
    fn new(tokens: Tokens<R>, nodes: &'a mut N) -> Self {
        Self { tokens, nodes, depth: 0, taken: String::new(), taking: 0 }
    }

    fn next(&mut self) -> Step<Token> {
        let token = self.tokens.next()?;
        if self.taking > 0 {
            if self.taken.len() > VALUE {
                return Err(Wrong::Text(Code::OVER_LIMIT, "a value over 64 MiB".to_owned()).into());
            }
            self.taken.push_str(&self.tokens.raw);
        }
        Ok(token)
    }

    /// The whole document: its value, and nothing after it.
    fn whole(&mut self, line: Option<u64>) -> Step {
        self.nodes.open_document();
        match self.next()? {
            Token::ArrayStart if line.is_none() => {
                let mut index = 0;
                self.items(|document, token| {
                    document.root(token, Some(index))?;
                    index += 1;
                    Ok(())
                })?;
            }
            token => self.root(token, line)?,
        }
        if self.next()? != Token::End {
            return Ok(bad("more after the end of the document")?);
        }
        self.nodes.close_document()?;
        Ok(())
    }

    fn root(&mut self, token: Token, index: Option<u64>) -> Step {
        let want = self.nodes.open_root(index);
        self.value(token, want, false)
    }

    /// The items of an array whose bracket has been read.
    fn items(&mut self, mut each: impl FnMut(&mut Self, Token) -> Step) -> Step {
        self.deeper()?;
        let mut token = self.next()?;
        if token != Token::ArrayEnd {
            loop {
                each(self, token)?;
                match self.next()? {
                    Token::Comma => token = self.next()?,
                    Token::ArrayEnd => break,
                    _ => return Ok(bad("a comma or ] is missing")?),
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn deeper(&mut self) -> Step {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(
                Wrong::Text(Code::OVER_LIMIT, format!("values are nested more than {DEPTH} deep")).into()
            );
        }
        Ok(())
    }

    /// A value whose first token has been read, for a node that is open; closes the node, which is `below` the root or is it.
    fn value(&mut self, token: Token, want: Want, below: bool) -> Step {
        let container = matches!(token, Token::ObjectStart | Token::ArrayStart);
        let from = if self.taking > 0 { self.taken.len() - self.tokens.raw.len() } else { self.taken.len() };
        let take = container && (want.text || want.json);
        if take {
            if self.taking == 0 {
                self.taken.push_str(&self.tokens.raw);
            }
            self.taking += 1;
        }
        match token {
            Token::ObjectStart => self.members()?,
            Token::ArrayStart => self.items(Self::blind)?,
            Token::String | Token::Number | Token::True | Token::False | Token::Null => {}
            _ => return Ok(bad("a value is missing")?),
        }
        let leaf = if container {
            let json = take.then(|| self.taken.get(from..).unwrap_or_default());
            Leaf { kind: b'o', text: json, json }
        } else {
            scalar(token, &self.tokens.text, &self.tokens.raw)
        };
        if below {
            self.nodes.close(&leaf)?;
        } else {
            self.nodes.close_root(&leaf)?;
        }
        if take {
            self.taking -= 1;
            if self.taking == 0 {
                self.taken.clear();
            }
        }
        Ok(())
    }

    /// The members of an object whose brace has been read.
    fn members(&mut self) -> Step {
        self.deeper()?;
        let mut token = self.next()?;
        while token != Token::ObjectEnd {
            if token != Token::String {
                return Ok(bad("a name in quotes is missing")?);
            }
            let name = std::mem::take(&mut self.tokens.text);
            if self.next()? != Token::Colon {
                return Ok(bad("a colon is missing")?);
            }
            self.member(&name)?;
            token = match self.next()? {
                Token::Comma => match self.next()? {
                    Token::ObjectEnd => return Ok(bad("a comma before }")?),
                    next => next,
                },
                Token::ObjectEnd => Token::ObjectEnd,
                _ => return Ok(bad("a comma or } is missing")?),
            };
        }
        self.depth -= 1;
        Ok(())
    }

    fn member(&mut self, name: &str) -> Step {
        match self.next()? {
            Token::ArrayStart => {
                let mut index = 0;
                self.items(|document, token| {
                    document.node(name, token, Some(index))?;
                    index += 1;
                    Ok(())
                })
            }
            token => self.node(name, token, None),
        }
    }

    fn node(&mut self, name: &str, token: Token, index: Option<u64>) -> Step {
        let want = self.nodes.open(Name { local: name, space: None }, &[], index);
        self.value(token, want, true)
    }

    /// A value inside an array inside an array: part of the JSON around it, no node of its own.
    fn blind(&mut self, token: Token) -> Step {
        match token {
            Token::ArrayStart => self.items(Self::blind),
            Token::ObjectStart => {
                self.deeper()?;
                let mut token = self.next()?;
                while token != Token::ObjectEnd {
                    let named = token == Token::String && self.next()? == Token::Colon;
                    if !named {
                        return Ok(bad("a name in quotes and a colon are missing")?);
                    }
                    let value = self.next()?;
                    self.blind(value)?;
                    token = match self.next()? {
                        Token::Comma => self.next()?,
                        Token::ObjectEnd => Token::ObjectEnd,
                        _ => return Ok(bad("a comma or } is missing")?),
                    };
                }
                self.depth -= 1;
                Ok(())
            }
            Token::String | Token::Number | Token::True | Token::False | Token::Null => Ok(()),
            _ => Ok(bad("a value is missing")?),
        }
    }
}

fn scalar<'a>(token: Token, text: &'a str, raw: &'a str) -> Leaf<'a> {
    match token {
        Token::String => Leaf { kind: b't', text: Some(text), json: Some(raw) },
        Token::Number => Leaf { kind: b'n', text: Some(text), json: Some(raw) },
        Token::True | Token::False => Leaf { kind: b'b', text: Some(raw), json: Some(raw) },
        _ => Leaf { kind: b' ', text: None, json: None },
    }
}
