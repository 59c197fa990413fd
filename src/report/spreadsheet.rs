//! Text from outside for a cell of a CSV file that a spreadsheet opens: nothing of it becomes a formula.
//!
//! A spreadsheet calculates a cell that begins with `= + - @`, a tab or a carriage return, and some take the full-width
//! or raised twins of those signs for them. An apostrophe in front makes it text. A reader who splits the file at another
//! sign than the comma (Excel does, by the language of Windows) begins cells in the middle of a text; so what follows
//! a separator within a text is treated as a beginning, too.

use std::borrow::Cow;

/// Whether the next character may be the first of a cell.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// Inside a cell.
    Inside,
    /// Behind a comma: only a sign at once is taken for a beginning, `Rabatt, -5 %` is a sentence.
    Comma,
    /// At a beginning; blanks and quotes may follow.
    Begin,
}

/// `text` as a cell that no spreadsheet calculates: unchanged, or with an apostrophe before what would begin a formula.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let (mut at, mut leading) = (At::Begin, true);
    let mut marks: Vec<usize> = Vec::new();
    for (place, c) in text.char_indices() {
        if place == 0 && matches!(c, '\t' | '\r' | '\n') {
            marks.push(0);
        }
        if at != At::Inside && begins_a_formula(c) {
            marks.extend(leading.then_some(0));
            marks.push(if marked_at_head(text.get(..place), leading) { 0 } else { place });
        }
        at = next(at, c);
        leading &= at != At::Inside;
    }
    marks.dedup();
    if marks.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(with_marks(text, &marks)) }
}

/// Whether one apostrophe at the head is enough: only blanks and quotes stand before the sign.
fn marked_at_head(before: Option<&str>, leading: bool) -> bool {
    leading && !before.unwrap_or_default().contains([',', ';', '|', '\t', '\r', '\n'])
}

fn next(at: At, c: char) -> At {
    match c {
        ';' | '|' | '\t' | '\r' | '\n' => At::Begin,
        ',' => {
            if at == At::Begin {
                At::Begin
            } else {
                At::Comma
            }
        }
        '"' | '\'' | '\u{2018}'..='\u{201f}' => at,
        c if c.is_whitespace() || c.is_control() || crate::diagnostic::escape::is_unsafe(c) => {
            if at == At::Begin { At::Begin } else { At::Inside }
        }
        _ => At::Inside,
    }
}

/// `= + - @` and what Unicode counts as forms of them.
fn begins_a_formula(c: char) -> bool {
    matches!(c,
        '=' | '+' | '-' | '@' | '\u{2212}' | '\u{207a}'..='\u{207c}' | '\u{208a}'..='\u{208c}' | '\u{fe62}' | '\u{fe63}'
        | '\u{fe66}' | '\u{fe6b}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff1d}' | '\u{ff20}')
}

fn with_marks(text: &str, marks: &[usize]) -> String {
    let mut out = String::with_capacity(text.len() + marks.len());
    let mut from = 0;
    for mark in marks {
        out.push_str(text.get(from..*mark).unwrap_or_default());
        out.push('\'');
        from = *mark;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_calculate_gets_an_apostrophe() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("+49 40 123", "'+49 40 123"),
            ("-2+3", "'-2+3"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t'=1"),
            ("\r1", "'\r1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            (" \u{a0}=1", "' \u{a0}=1"),
            ("\"=1", "'\"=1"),
            ("'=1", "''=1"),
            (";=1", "';'=1"),
            ("a;=1", "a;'=1"),
            ("a; \"=1", "a; \"'=1"),
            ("a,=1", "a,'=1"),
            ("a\n-1", "a\n'-1"),
        ] {
            assert_eq!(cell(text), safe, "{text:?}");
        }
    }

    #[test]
    fn what_is_harmless_stays() {
        for text in
            ["", "Müller & Söhne", "10-RE26-0132", "Rabatt, -5 %", "a=b", "12\"-Rohr", "a - b", "x@y.z"]
        {
            assert!(matches!(cell(text), Cow::Borrowed(_)), "{text:?}");
        }
    }
}
