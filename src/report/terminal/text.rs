//! Widths, padding, cutting and colours of terminal text.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` columns, cut with `…`.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        out.push(c);
    }
    out.push('…');
    out
}

/// `text` filled up to `columns` on the right.
pub(crate) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` filled up to `columns` on the left.
pub(crate) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` broken at spaces into lines of at most `columns`, each after `indent`, further ones two deeper.
pub(crate) fn wrap(text: &str, indent: &str, columns: usize) -> Vec<String> {
    let deeper = if indent.is_empty() { 0 } else { 2 };
    let room = columns.saturating_sub(width(indent) + deeper).max(20);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |l| width(l));
        match lines.last_mut() {
            Some(line) if used == 0 => line.push_str(word),
            Some(line) if used + 1 + width(word) <= room => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    let hang = |n: usize| if n > 0 && !indent.is_empty() { "  " } else { "" };
    lines.iter().enumerate().map(|(n, l)| format!("{indent}{}{l}", hang(n))).collect()
}

/// Colours, by what they say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    /// Headings.
    Bold,
    /// Places, unchanged context.
    Dim,
    /// New.
    Good,
    /// Changed, held, warnings.
    Care,
    /// Removed, rejected, tripped guards.
    Bad,
}

/// `text` in a tone, when colours are on.
pub(crate) fn tone(colour: bool, tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Bold => "1",
        Tone::Dim => "2",
        Tone::Good => "32",
        Tone::Care => "33",
        Tone::Bad => "31",
    };
    if colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_columns_not_characters() {
        assert_eq!(fit("株式会社サンプル", 9), "株式会社…");
        assert_eq!(fit("short", 9), "short");
        assert_eq!(width(&fit(&"x".repeat(50), 10)), 10);
        assert_eq!(left("株", 4), "株  ");
    }

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrap("one two three four five", "  ", 24), ["  one two three four", "    five"]);
    }
}
