//! Text from files and answers, made safe for a page and for a terminal: nothing that moves the cursor, changes a colour, sets a
//! title, rings, hides or reorders reaches the screen; it is shown as a visible escape instead.

use std::borrow::Cow;

/// `text` for one line of a terminal: line ends are shown as `\n`.
pub fn line(text: &str) -> Cow<'_, str> {
    replace(text, |c| is_unsafe(c) || c == '\n' || c == '\t')
}

/// `text` for a terminal, keeping its line ends and tabs.
pub fn block(text: &str) -> Cow<'_, str> {
    replace(text, is_unsafe)
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

/// `text` with every unsafe character replaced by one of the same number of bytes, so that byte spans still hold.
pub fn same_length(text: &str) -> String {
    text.chars()
        .flat_map(|c| match (is_unsafe(c), c, c.len_utf8()) {
            (false, ..) => [Some(c), None],
            (true, '\r', _) => [Some(' '), None],
            (true, _, 1) => [Some('?'), None],
            (true, _, 2) => [Some('\u{bf}'), None],
            (true, _, 3) => [Some('\u{fffd}'), None],
            (true, ..) => [Some('\u{fffd}'), Some('?')],
        })
        .flatten()
        .collect()
}

fn replace(text: &str, hit: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hit) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hit(c) { escape(c, &mut out) } else { out.push(c) }
    }
    Cow::Owned(out)
}

fn escape(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{1b}' => out.push_str("\\e"),
        c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
    }
}

/// Whether a character could change what the reader sees elsewhere: controls, bidi, invisible ones, tags.
pub fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_act() {
        let nasty = "a\x1b[31mb\x1b]8;;http://x\x07c\rd\u{202e}e\u{9b}1mf\u{200b}\ng\x08";
        assert_eq!(line(nasty), r"a\e[31mb\e]8;;http://x\u{7}c\rd\u{202e}e\u{9b}1mf\u{200b}\ng\u{8}");
        assert!(block(nasty).chars().all(|c| c == '\n' || !is_unsafe(c)));
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        assert!(matches!(line("Müller & Söhne, 株式会社 €"), Cow::Borrowed(_)));
    }

    #[test]
    fn keeps_byte_lengths() {
        let nasty = "\x1b \u{9b} \u{202e} \u{e0041} ü\r\n";
        let safe = same_length(nasty);
        assert_eq!(safe.len(), nasty.len());
        assert!(!safe.contains(is_unsafe));
    }
}
