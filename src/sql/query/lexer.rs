//! Finds the placeholders of a statement: outside of texts, quoted names and comments. What it finds only decides what is
//! written out; whether the statement may run is decided over DuckDB's own tree of what was written.

use super::READERS;
use std::ops::Range;

/// A placeholder of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{items}`.
    Relation {
        /// The source.
        name: String,
        /// Where it stands.
        at: Range<usize>,
    },
    /// `num(i."Betrag")`.
    Reading {
        /// `num`, `date` or `flag`.
        reader: String,
        /// What stands before the column's name: `i.`.
        prefix: String,
        /// The column.
        column: String,
        /// Where it stands.
        at: Range<usize>,
    },
}

/// The placeholders of a statement, in order.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let here = found.len();
        let taken = match rest.as_bytes() {
            [b'-', b'-', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |n| n + 2),
            [b'\'', ..] => quoted(rest, '\'').1,
            [b'"', ..] => quoted(rest, '"').1,
            [b'$', ..] => dollar(rest),
            [b'{', ..] => relation(rest, at, &mut found),
            _ => match word(rest) {
                0 => rest.chars().next().map_or(1, char::len_utf8),
                n => reading(rest, n, at, &mut found),
            },
        };
        debug_assert!(taken > 0 && found.len() <= here + 1);
        at += taken;
    }
    found
}

/// The content of a quoted piece, doubled quotes made one, and its length with the quotes.
fn quoted(rest: &str, quote: char) -> (String, usize) {
    let (mut content, mut at) = (String::new(), 1);
    while let Some(c) = rest.get(at..).and_then(|r| r.chars().next()) {
        at += c.len_utf8();
        if c == quote {
            if !rest.get(at..).is_some_and(|r| r.starts_with(quote)) {
                break;
            }
            at += 1;
        }
        content.push(c);
    }
    (content, at)
}

/// `$tag$ … $tag$`, or a lone `$`.
fn dollar(rest: &str) -> usize {
    let tag = rest.get(1..).map_or(0, word);
    let Some(open) = rest.get(..tag + 2).filter(|o| o.ends_with('$')) else { return 1 };
    rest.get(open.len()..).and_then(|r| r.find(open)).map_or(rest.len(), |n| open.len() + n + open.len())
}

/// Length of a word at the beginning; 0 when there is none.
fn word(rest: &str) -> usize {
    let first = rest.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let inside = |c: &char| c.is_alphanumeric() || *c == '_';
    if first { rest.chars().take_while(inside).map(char::len_utf8).sum() } else { 0 }
}

fn blanks(rest: &str) -> usize {
    rest.len() - rest.trim_start().len()
}

/// `{items}`; DuckDB's structs have a colon.
fn relation(rest: &str, at: usize, found: &mut Vec<Placeholder>) -> usize {
    let Some(end) = rest.find('}') else { return 1 };
    let name = rest.get(1..end).unwrap_or_default().trim();
    if name.is_empty() || name.contains([':', '{', '\n']) {
        return 1;
    }
    found.push(Placeholder::Relation { name: name.to_owned(), at: at..at + end + 1 });
    end + 1
}

/// A word that may be a reader with a column.
fn reading(rest: &str, word: usize, at: usize, found: &mut Vec<Placeholder>) -> usize {
    let reader = rest.get(..word).unwrap_or_default().to_lowercase();
    if !READERS.contains(&reader.as_str()) {
        return word;
    }
    let inside = rest.get(word..).unwrap_or_default();
    let open = blanks(inside);
    if !inside.get(open..).is_some_and(|r| r.starts_with('(')) {
        return word;
    }
    let Some((prefix, column, length)) = column(inside.get(open + 1..).unwrap_or_default()) else {
        return word;
    };
    let end = word + open + 1 + length;
    found.push(Placeholder::Reading { reader, prefix, column, at: at..at + end });
    end
}

/// `i."Betrag" )`: what stands before the name, the name, and the length with the bracket.
fn column(text: &str) -> Option<(String, String, usize)> {
    let mut at = blanks(text);
    let begin = at;
    loop {
        let rest = text.get(at..)?;
        let name_at = at;
        let (name, length) = match rest.as_bytes().first()? {
            b'"' => quoted(rest, '"'),
            _ => (rest.get(..word(rest))?.to_owned(), word(rest)),
        };
        if name.is_empty() {
            return None;
        }
        at += length;
        at += blanks(text.get(at..)?);
        match text.as_bytes().get(at)? {
            b'.' => at += 1,
            b')' => return Some((text.get(begin..name_at)?.to_owned(), name, at + 1)),
            _ => return None,
        }
        at += blanks(text.get(at..)?);
    }
}
