//! Text from outside in Markdown: no markup, no HTML, no table cell, no link, no mention of a person or an issue.

use crate::diagnostic::escape;

/// At most `most` characters of a value, as a code span: nothing in one is markup, and nobody in it is notified.
pub(super) fn code(text: &str, most: usize) -> String {
    let text = cut(text, most);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank at both ends is taken away again; it keeps a backtick off the fence, and an empty value visible.
    let pad =
        if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// At most `most` characters of words, as text: what could be markup is written as a character reference.
pub(super) fn plain(text: &str, most: usize) -> String {
    let text = cut(text, most);
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let acts = match c {
            // At the head of a line these begin a list.
            '-' | '+' => out.is_empty(),
            '0'..='9' => out.is_empty() && numbers_a_list(&text),
            // `https://` and `www.` become links by themselves.
            ':' => characters.peek() == Some(&'/'),
            '.' => out.to_ascii_lowercase().ends_with("www"),
            c => "\\`*_{}[]<>|~#@&$^=!".contains(c),
        };
        if acts {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
        // A mention is looked for after the references are read: nothing may follow the sign at once.
        if matches!(c, '@' | '#') {
            out.push_str("&#8203;");
        }
    }
    out
}

/// Whether it begins as the item of a numbered list.
fn numbers_a_list(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix(['.', ')']).is_some_and(|rest| rest.starts_with(' '))
}

/// The first characters, on one line, with what acts on a screen shown as an escape.
fn cut(text: &str, most: usize) -> String {
    let line = escape::line(text);
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_whatever_stands_in_it() {
        assert_eq!(code("a", 9), "`a`");
        assert_eq!(code("a`b``c", 9), "```a`b``c```");
        assert_eq!(code("`", 9), "`` ` ``");
        assert_eq!(code("", 9), "`  `");
        assert_eq!(code("a|b\nc", 9), "`a|b\\nc`");
        assert_eq!(code("abcdef", 3), "`abc…`");
    }

    #[test]
    fn plain_words_are_no_markup() {
        assert_eq!(plain("<b>*x*</b>", 99), "&#60;b&#62;&#42;x&#42;&#60;/b&#62;");
        assert_eq!(plain("@octocat #1", 99), "&#64;&#8203;octocat &#35;&#8203;1");
        assert_eq!(plain("https://x.y www.z.de 8:15", 99), "https&#58;//x.y www&#46;z.de 8:15");
        assert_eq!(plain("a|b `c` [d](e) \\", 99), "a&#124;b &#96;c&#96; &#91;d&#93;(e) &#92;");
        assert_eq!(plain("- 1. x", 99), "&#45; 1. x");
        assert_eq!(plain("1. x - y", 99), "&#49;. x - y");
        assert_eq!(plain("2026-10-02 8 h", 99), "2026-10-02 8 h");
    }
}
