//! Where things stand: Rhai's positions (line, character, start only) as byte spans into the expression's text.

use rhai::Position;
use std::ops::Range;

/// The byte offset of a position; the end of the text when it has none.
pub fn offset(text: &str, at: Position) -> usize {
    let Some(line) = at.line() else { return text.len() };
    let start = nth_line(text, line);
    let column = at.position().unwrap_or(1).saturating_sub(1);
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(n, _)| n)
}

fn nth_line(text: &str, line: usize) -> usize {
    if line <= 1 {
        return 0;
    }
    text.match_indices('\n').nth(line - 2).map_or(text.len(), |(n, _)| n + 1)
}

/// The span of the word, literal or sign that starts at `start`.
pub fn token(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let first = rest.chars().next();
    let length = match first {
        None => 0,
        Some('"' | '\'' | '`') => quoted(rest),
        Some(c) if c.is_alphanumeric() || c == '_' => {
            let number = c.is_ascii_digit();
            let word = |c: char| c.is_alphanumeric() || c == '_' || (number && c == '.');
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        }
        Some(c) => {
            let sign = |c: char| "=<>!&|+-*/%?.".contains(c);
            if sign(c) { rest.find(|c| !sign(c)).unwrap_or(rest.len()) } else { c.len_utf8() }
        }
    };
    start..start + length
}

/// Length of the quoted text at the start of `rest`, quotes included.
fn quoted(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let Some((_, quote)) = chars.next() else { return 0 };
    while let Some((n, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            return n + c.len_utf8();
        }
    }
    rest.len()
}

/// The end of a bracketed list whose last item ends at `from`: just behind the closing bracket.
pub fn closed(text: &str, from: usize, bracket: char) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let skipped = rest.trim_start_matches([' ', '\t', '\n', '\r', ',', '(']);
    if skipped.starts_with(bracket) { text.len() - skipped.len() + bracket.len_utf8() } else { from }
}
