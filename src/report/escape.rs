//! Text from outside, made safe for each sink: a terminal, HTML.

pub use crate::diagnostic::escape::{block, line};

use crate::diagnostic::escape::is_unsafe;
use std::borrow::Cow;

/// A key for a line of a terminal; the parts of a compound key (joined by U+001F) are shown with ` / ` between.
pub fn key(key: &str) -> String {
    line(&key.replace('\u{1f}', " / ")).into_owned()
}

/// A key for HTML text and attributes.
pub fn html_key(key: &str) -> String {
    html(&key.replace('\u{1f}', " / ")).into_owned()
}

/// Text for HTML elements and quoted attributes: markup is inert; controls and bidi are shown as escapes.
pub fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| matches!(c, '&' | '<' | '>' | '"' | '\'' | '`') || is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c if is_unsafe(c) => out.push_str(&line(c.encode_utf8(&mut [0; 4]))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_inert() {
        assert_eq!(html(r#"<b a="x" b='y'>&`"#), "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&#96;");
        assert_eq!(html("a\u{202e}b\0"), r"a\u{202e}b\u{0}");
    }

    #[test]
    fn compound_keys_have_a_slash() {
        assert_eq!(key("10\u{1f}47\x1b11"), r"10 / 47\e11");
    }
}
