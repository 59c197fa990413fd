//! From an offset in a TOML string's value to its offset in the file: carets inside expression strings.

use std::ops::Range;

/// The place in the file of `inner`, a byte range of the value of the string that stands at `outer` (with its quotes).
pub fn inside(text: &str, outer: &Range<usize>, inner: &Range<usize>) -> Range<usize> {
    let raw = text.get(outer.clone()).unwrap_or_default();
    let start = offset(raw, inner.start);
    let end = offset(raw, inner.end).max(start + 1).min(raw.len().max(start + 1));
    outer.start + start..outer.start + end
}

/// Offset in the string as written of the value's byte `wanted`.
fn offset(raw: &str, wanted: usize) -> usize {
    let (open, escapes) = opening(raw);
    let mut value = 0;
    let mut rest = raw.get(open..).unwrap_or_default();
    let mut at = open;
    while value < wanted {
        let (taken, given) = if escapes && rest.starts_with('\\') { escape(rest) } else { plain(rest) };
        if taken == 0 {
            break;
        }
        value += given;
        at += taken;
        rest = rest.get(taken..).unwrap_or_default();
    }
    at
}

/// Length of the opening quotes (with the line break that follows three of them), and whether escapes are read.
fn opening(raw: &str) -> (usize, bool) {
    for (quotes, escapes) in [("\"\"\"", true), ("'''", false)] {
        if let Some(rest) = raw.strip_prefix(quotes) {
            let line_break = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            return (3 + line_break, escapes);
        }
    }
    (usize::from(raw.starts_with(['"', '\''])), raw.starts_with('"'))
}

fn plain(rest: &str) -> (usize, usize) {
    rest.chars().next().map_or((0, 0), |c| (c.len_utf8(), c.len_utf8()))
}

fn escape(rest: &str) -> (usize, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).and_then(|h| u32::from_str_radix(h, 16).ok());
        (2 + digits, code.and_then(char::from_u32).map_or(1, char::len_utf8))
    };
    match rest.chars().nth(1) {
        Some('u') => hex(4),
        Some('U') => hex(8),
        Some(c) => (1 + c.len_utf8(), 1),
        None => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_all_string_forms() {
        for (text, find) in [
            ("a = '=x + y'", "y"),
            ("a = \"=\\\"é\\\" + y\"", "y"),
            ("a = '''\n=x +\n y'''", "y"),
            ("a = \"\"\"\\u00e9 + y\"\"\"", "y"),
        ] {
            let table: toml::Table = text.parse().unwrap();
            let value = table["a"].as_str().unwrap();
            let inner = value.find(find).unwrap();
            let got = inside(text, &(4..text.len()), &(inner..inner + 1));
            assert_eq!(&text[got], find, "{text}");
        }
    }
}
