//! A spreadsheet's formula as an expression: what the author of it most likely meant.

use super::words::{WORDS, Word};
use crate::expr::place;

/// The text written in the language; the same text where nothing in it is a spreadsheet's.
pub fn rewrite(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix('=').filter(|t| !t.starts_with('=')).unwrap_or(text);
    sequence(text, !text.contains(';'))
}

/// One run of tokens. Where arguments are parted by `;`, a comma between digits is a decimal one.
fn sequence(text: &str, commas_part: bool) -> String {
    let (mut out, mut at, mut depth) = (String::new(), 0, 0_usize);
    while at < text.len() {
        let token = place::token(text, at);
        let end = token.end.max(at + text.get(at..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
        let word = text.get(at..end).unwrap_or_default();
        if let Some((written, next)) = call(text, word, end, commas_part) {
            out.push_str(&written);
            at = next;
            continue;
        }
        match word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let decimal = word == ","
            && digit(out.chars().next_back())
            && digit(text.get(end..).and_then(|t| t.chars().next()))
            && (!commas_part || depth == 0);
        out.push_str(&if decimal { ".".to_owned() } else { sign(word) });
        at = end;
    }
    out
}

/// A sign or a literal as the language writes it.
fn sign(word: &str) -> String {
    match word {
        "=" => "==".to_owned(),
        "<>" => "!=".to_owned(),
        "=<" => "<=".to_owned(),
        "=>" => ">=".to_owned(),
        "&" => "+".to_owned(),
        ";" => ",".to_owned(),
        "“" | "”" | "„" | "«" | "»" => "\"".to_owned(),
        "WAHR" | "TRUE" | "VRAI" | "VERDADERO" => "true".to_owned(),
        "FALSCH" | "FALSE" | "FAUX" | "FALSO" => "false".to_owned(),
        quoted if quoted.starts_with('\'') && quoted.len() > 1 => {
            format!("\"{}\"", quoted.trim_matches('\'').replace('"', "\\\""))
        }
        other => other.to_owned(),
    }
}

/// A call of a spreadsheet's function, with where it ends.
fn call(text: &str, name: &str, end: usize, commas_part: bool) -> Option<(String, usize)> {
    let open = text.get(end..)?.trim_start();
    if !open.starts_with('(') || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let known = known(name)?;
    let start = text.len() - open.len() + 1;
    let (arguments, next) = arguments(text, start, if commas_part { ',' } else { ';' })?;
    let arguments: Vec<String> = arguments.into_iter().map(|a| sequence(a.trim(), commas_part)).collect();
    Some((fill(known.write, &arguments)?, next))
}

/// A function of spreadsheets, unless the name as written is one of ours.
fn known(name: &str) -> Option<&'static Word> {
    let lower = name.to_lowercase();
    let ours = lower == name
        && (crate::expr::functions::find(name).is_some() || ["text", "date", "sum", "count"].contains(&name));
    WORDS.iter().find(|w| !ours && !w.write.is_empty() && w.names.contains(&lower.as_str()))
}

/// The arguments behind an open bracket, and where the call ends.
fn arguments(text: &str, start: usize, separator: char) -> Option<(Vec<&str>, usize)> {
    let (mut found, mut from, mut at, mut depth) = (Vec::new(), start, start, 0_usize);
    while at < text.len() {
        let end = place::token(text, at).end.max(at + 1);
        match text.get(at..end).unwrap_or_default() {
            "(" | "[" | "{" => depth += 1,
            ")" if depth == 0 => {
                found.push(text.get(from..at)?);
                let none = found.len() == 1 && found.iter().all(|a| a.trim().is_empty());
                return Some((if none { Vec::new() } else { found }, end));
            }
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            sign if depth == 0 && sign.starts_with(separator) => {
                found.push(text.get(from..at)?);
                from = end;
            }
            _ => {}
        }
        at = end;
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// The pattern with its arguments; `None` where one lacks.
fn fill(pattern: &str, arguments: &[String]) -> Option<String> {
    let pattern = match (pattern, arguments.len()) {
        ("if {1} { {2} } else { {3} }", 2) => "if {1} { {2} }",
        ("left({1}, {2})", 1) => "left({1}, 1)",
        ("right({1}, {2})", 1) => "right({1}, 1)",
        _ => pattern,
    };
    // Numbers first: an argument may hold braces of its own.
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((key, tail)) = after.split_once('}').filter(|(key, _)| !key.contains([' ', '{'])) else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(&value(key, arguments)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

fn value(key: &str, arguments: &[String]) -> Option<String> {
    let from = |n: usize| arguments.get(n..).filter(|a| !a.is_empty());
    match key {
        "*" => Some(from(0)?.join(", ")),
        "3*" => Some(from(2)?.join(", ")),
        "&&" | "||" => Some(from(0)?.join(&format!(" {key} "))),
        number => arguments.get(number.parse::<usize>().ok()?.checked_sub(1)?).cloned(),
    }
}
