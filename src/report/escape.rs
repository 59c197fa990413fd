//! Text from outside, made safe for each sink: a terminal, HTML.

pub use crate::diagnostic::escape::{block, html, line};

/// A key for a line of a terminal; the parts of a compound key (joined by U+001F) are shown with ` / ` between.
pub fn key(key: &str) -> String {
    line(&key.replace('\u{1f}', " / ")).into_owned()
}

/// A key for HTML text and attributes.
pub fn html_key(key: &str) -> String {
    html(&key.replace('\u{1f}', " / ")).into_owned()
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
