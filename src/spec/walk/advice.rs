//! What a place that is no TOML probably means: the traps that people who know spreadsheets fall into.

use std::ops::Range;

/// What is wrong there, where exactly, and what to write.
pub(super) struct Advice {
    pub message: String,
    pub span: Range<usize>,
    pub help: String,
}

/// Advice on a syntax error at `span`; `None` when nothing is recognised.
pub(super) fn advice(text: &str, span: &Range<usize>, message: &str) -> Option<Advice> {
    let line = line_at(text, span.start);
    let code = text.get(line.clone())?;
    twice(text, span, message)
        .or_else(|| odd_character(code, line.start))
        .or_else(|| backslash(code, &line, message))
        .or_else(|| no_equals(code, &line))
        .or_else(|| bare_value(code, &line))
        .or_else(|| unclosed(code, &line))
}

/// The line that holds the byte, without its line break.
pub(super) fn line_at(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    let rest = text.get(start..).unwrap_or_default();
    let end = start + rest.find('\n').unwrap_or(rest.len());
    let end = end - usize::from(text.get(start..end).is_some_and(|l| l.ends_with('\r')));
    start..end
}

/// A key or a table that stands twice: where it stood before.
fn twice(text: &str, span: &Range<usize>, message: &str) -> Option<Advice> {
    if !message.contains("duplicate") {
        return None;
    }
    let line = line_at(text, span.start);
    let code = text.get(line.clone())?.trim();
    let table = code.starts_with('[');
    let name = if table { code.split(']').next()? } else { code.split('=').next()?.trim() };
    let header = |l: &str| l.trim_start().starts_with('[');
    let same = |l: &str| {
        let l = l.trim();
        if table {
            l.split(']').next() == Some(name)
        } else {
            l.split('=').next().map(str::trim) == Some(name)
        }
    };
    let before: Vec<&str> = text.get(..line.start)?.lines().collect();
    let from = if table { 0 } else { before.iter().rposition(|l| header(l)).map_or(0, |n| n + 1) };
    let first = before.iter().enumerate().skip(from).find(|(_, l)| same(l)).map(|(n, _)| n + 1);
    let shown = if table { format!("{name}]") } else { format!("`{name}`") };
    let where_ = first.map_or_else(String::new, |n| format!(", first in line {n}"));
    let help = match (table, first) {
        (true, Some(n)) => format!("A table has one header: move the lines below this one up to line {n}."),
        (true, None) => "A table has one header: put all its lines below one of them.".to_owned(),
        (false, _) => "Keep one of the two.".to_owned(),
    };
    Some(Advice { message: format!("{shown} stands twice{where_}"), span: span.clone(), help })
}

/// Curved quotes and invisible characters outside of quoted text.
fn odd_character(code: &str, start: usize) -> Option<Advice> {
    let (at, c) = outside_quotes(code).find(|(_, c)| {
        matches!(
            c,
            '“' | '”' | '„' | '«' | '»' | '‘' | '’' | '‚' | '\u{a0}' | '\u{202f}' | '\u{200b}' | '\u{feff}'
        )
    })?;
    let span = start + at..start + at + c.len_utf8();
    let (message, help) = match c {
        '\u{a0}' | '\u{202f}' | '\u{200b}' | '\u{feff}' => (
            "an invisible character stands here that is no ordinary blank",
            "It came along when the text was copied from a web page or a document. Delete it and type a blank.",
        ),
        _ => (
            "typographic quotes are no quotes in TOML",
            "Write straight ones: \"…\" or '…'. Word processors turn them; a plain text editor does not.",
        ),
    };
    Some(Advice { message: message.to_owned(), span, help: help.to_owned() })
}

/// The characters of a line that stand neither in quotes nor in a comment.
fn outside_quotes(code: &str) -> impl Iterator<Item = (usize, char)> {
    let mut open: Option<char> = None;
    let mut comment = false;
    let mut escaped = false;
    code.char_indices().filter(move |(_, c)| {
        let plain = open.is_none() && !comment;
        match open {
            Some(quote) if *c == quote && !escaped => open = None,
            None if !comment && matches!(c, '"' | '\'') => open = Some(*c),
            None if *c == '#' => comment = true,
            _ => {}
        }
        escaped = open == Some('"') && *c == '\\' && !escaped;
        plain
    })
}

fn backslash(code: &str, line: &Range<usize>, message: &str) -> Option<Advice> {
    if !(code.contains('\\') && (message.contains("escape") || message.contains("hex"))) {
        return None;
    }
    let value = code.split_once('=').map_or(code, |(_, v)| v).trim();
    let value = value.strip_prefix('"').and_then(|v| v.split('"').next()).filter(|v| !v.contains('\''));
    let example = value.map_or_else(|| "'C:\\exports\\a.csv'".to_owned(), |v| format!("'{v}'"));
    let at = line.start + code.find('\\')?;
    Some(Advice {
        message: "between double quotes a backslash begins an escape".to_owned(),
        span: at..at + 1,
        help: format!("Write it between single quotes: {example}. In a path / does as well."),
    })
}

/// `key "value"` and `key: value`.
fn no_equals(code: &str, line: &Range<usize>) -> Option<Advice> {
    let trimmed = code.trim_start();
    let indent = code.len() - trimmed.len();
    let key: String =
        trimmed.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).collect();
    let behind = trimmed.get(key.len()..)?;
    let rest = behind.trim_start();
    let value = rest.strip_prefix([':']).map(str::trim_start);
    let value = value.or_else(|| (rest.len() < behind.len()).then_some(rest))?;
    let begins = value.starts_with(['"', '\'', '{', '[', '='])
        || value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if key.is_empty() || !begins || rest.starts_with('=') {
        return None;
    }
    let at = line.start + indent + key.len();
    Some(Advice {
        message: format!("there is no `=` between `{key}` and its value"),
        span: at..at + behind.chars().next().map_or(1, char::len_utf8),
        help: format!("Write `{key} = {}`.", value.trim_start_matches('=').trim()),
    })
}

/// A value without the quotes it needs, or as a spreadsheet writes it.
fn bare_value(code: &str, line: &Range<usize>) -> Option<Advice> {
    let (key, rest) = code.split_once('=')?;
    let begin = key.len() + 1 + (rest.len() - rest.trim_start().len());
    let value = rest.split(" #").next()?.trim();
    if value.is_empty() {
        let at = line.start + key.len();
        let help = format!(
            "Write a value behind the `=`, or leave the line out. Empty text is `{} = \"\"`.",
            key.trim()
        );
        return Some(Advice { message: format!("`{}` has no value", key.trim()), span: at..at + 1, help });
    }
    if value.starts_with(['"', '\'', '[', '{']) {
        return None;
    }
    let span = line.start + begin..line.start + begin + value.len();
    let (message, help) = written(value);
    Some(Advice { message, span, help })
}

fn written(value: &str) -> (String, String) {
    let small = value.to_lowercase();
    if let Some(date) = super::traps::iso_date(value) {
        return (format!("{value} is no date here"), format!("Dates are written year-month-day: {date}."));
    }
    if let Some(number) = super::traps::plain_number(value) {
        let help = format!(
            "Numbers have a decimal point and no thousands marks, whatever the file's locale: {number}."
        );
        return (format!("{value} is no number here"), help);
    }
    match small.as_str() {
        "true" | "yes" | "ja" | "wahr" | "oui" | "on" => {
            (format!("`{value}` is no word of TOML"), "Write `true`, small and without quotes.".to_owned())
        }
        "false" | "no" | "nein" | "falsch" | "non" | "off" => {
            (format!("`{value}` is no word of TOML"), "Write `false`, small and without quotes.".to_owned())
        }
        "null" | "none" | "nil" => (
            format!("`{value}` is no word of TOML"),
            "There is no word for nothing: leave the line out.".to_owned(),
        ),
        _ => (format!("{value} stands without quotes"), format!("Text stands between quotes: \"{value}\".")),
    }
}

/// A quote that is opened and not closed on its line.
fn unclosed(code: &str, line: &Range<usize>) -> Option<Advice> {
    let (key, rest) = code.split_once('=')?;
    let value = rest.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let at = line.start + key.len() + 1 + (rest.len() - rest.trim_start().len());
    let inside = value.get(1..)?;
    let Some(close) = inside.find(quote) else {
        let message = "the text is not closed".to_owned();
        return Some(Advice { message, span: at..at + 1, help: format!("Put {quote} at its end.") });
    };
    let behind = inside.get(close + 1..)?.trim_start();
    if behind.is_empty() || behind.starts_with('#') || quote != '\'' && behind.starts_with(quote) {
        return None;
    }
    let from = at + 1 + close;
    let help = format!(
        "A text ends at the next {quote}. Where it holds one itself, put the other kind of quote around it."
    );
    Some(Advice {
        message: "something stands behind the end of the text".to_owned(),
        span: from..from + 1,
        help,
    })
}
