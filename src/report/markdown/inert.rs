//! Text from outside in Markdown: no markup, no HTML, no table cell, no link, no mention of a person or an issue.

use crate::diagnostic::escape;

/// At most `most` characters of a value, as a code span: nothing in one is markup, and nobody in it is notified.
pub(super) fn code(text: &str, most: usize) -> String {
    let text = cut(text, most);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank at both ends is taken away again; it keeps a backtick off the fence, and an empty value visible.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    // In a table even a code span ends at a bar. None stands in a table; a reader may put one into it.
    let text = text.replace('|', "\u{2502}");
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// At most `most` characters of words, as text: what could be markup is written as a character reference.
pub(super) fn plain(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in cut(text, most).chars() {
        match c {
            // A mention is looked for after the references are read: nothing may follow the sign at once.
            '@' | '#' => out.push_str(&format!("&#{};&#8203;", u32::from(c))),
            ' ' | ',' | '-' | '%' | '/' => out.push(c),
            '.' if !out.ends_with("www") => out.push(c),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
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
        assert_eq!(code("a|b\nc", 9), "`a\u{2502}b\\nc`");
        assert_eq!(code("abcdef", 3), "`abc…`");
    }

    #[test]
    fn plain_words_are_no_markup() {
        assert_eq!(plain("<b>*x*</b>", 99), "&#60;b&#62;&#42;x&#42;&#60;/b&#62;");
        assert_eq!(plain("@octocat #1", 99), "&#64;&#8203;octocat &#35;&#8203;1");
        assert_eq!(plain("https://x.y www.z.de", 99), "https&#58;//x.y www&#46;z.de");
        assert_eq!(plain("a|b `c` [d](e) \\", 99), "a&#124;b &#96;c&#96; &#91;d&#93;&#40;e&#41; &#92;");
    }
}
