//! Spreadsheet habits: what a text that does not parse probably means, and the functions people know.

mod rewrite;
mod words;

pub use rewrite::rewrite;

use super::compiled::Mistake;
use super::place;
use crate::diagnostic::Code;

/// Words of programs, with advice.
const WORDS: &[(&str, &str)] = &[
    ("let", "put it into [source.….let], where it has a name for every expression on that source"),
    ("const", "put it into [source.….let], where it has a name for every expression on that source"),
    ("fn", "there are no functions of one's own; give parts a name with a let of the source"),
    ("for", "rows are gone through by the program; use an aggregate such as `sum(num(\"…\"))`"),
    ("while", "rows are gone through by the program; use an aggregate such as `sum(num(\"…\"))`"),
    ("loop", "rows are gone through by the program; use an aggregate such as `sum(num(\"…\"))`"),
    ("do", "rows are gone through by the program; use an aggregate such as `sum(num(\"…\"))`"),
    ("return", "the value of the expression is what it says; use `if`"),
    ("throw", "a check with `else = \"reject\"` refuses a row"),
    ("try", "a failing value rejects its row; use `??` for empty ones"),
    ("import", "nothing can be brought in from outside"),
    ("eval", "no text can be run as an expression"),
    ("call", "there are no functions of one's own; give parts a name with a let of the source"),
    ("Fn", "there are no functions of one's own; give parts a name with a let of the source"),
    ("curry", "there are no functions of one's own; give parts a name with a let of the source"),
    ("this", "name the column, as in `text(\"Name\")`"),
    ("is_def_var", "there are no variables; `blank(x)` asks for empty"),
    ("is_shared", "there are no variables; `blank(x)` asks for empty"),
    ("print", "nothing is printed from an expression; try `crosswalk explain`"),
    ("debug", "nothing is printed from an expression; try `crosswalk explain`"),
];

/// What to write instead of a function of spreadsheets, or one of ours in capitals.
pub fn function(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    if lower != name
        && (super::functions::find(&lower).is_some()
            || ["sum", "count", "min", "max"].contains(&lower.as_str()))
    {
        return Some(format!("functions are written small: `{lower}`"));
    }
    let word = words::WORDS.iter().find(|w| w.names.contains(&lower.as_str()))?;
    if !word.help.is_empty() {
        return Some(word.help.to_owned());
    }
    let plain = ["a", "b", "c"]
        .iter()
        .zip(1..)
        .fold(word.write.to_owned(), |t, (name, n)| t.replace(&format!("{{{n}}}"), name));
    Some(format!("write `{plain}`"))
}

/// Adds the whole expression as it should be written to the first habit, where it can be read then. `reads` says so.
pub fn with_whole(text: &str, mistakes: &mut [Mistake], reads: impl Fn(&str) -> bool) {
    let Some(first) = mistakes.iter_mut().find(|m| m.code == Code::SPREADSHEET_HABIT) else { return };
    let whole = rewrite(text);
    if whole == text.trim() || !reads(&whole) {
        return;
    }
    let advice = format!("the whole: {whole}");
    first.help = Some(first.help.take().map_or(advice.clone(), |help| format!("{help}; {advice}")));
}

/// Habits in a text that Rhai could not read, each with its place.
pub fn find(text: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut open: Vec<char> = Vec::new();
    while at < text.len() {
        let span = place::token(text, at);
        let end = span.end.max(at + 1);
        let word = text.get(at..end).unwrap_or(" ");
        match word {
            "(" | "[" | "{" => open.extend(word.chars()),
            ")" | "]" | "}" => drop(open.pop()),
            _ => {}
        }
        if let Some(mistake) = sign(text, word, at, open.last().copied()).or_else(|| program(text, word, at))
        {
            found.push(mistake);
        }
        at = next(text, end);
    }
    found
}

fn next(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn sign(text: &str, word: &str, at: usize, within: Option<char>) -> Option<Mistake> {
    let before = text.get(..at)?.trim_end();
    let after = text.get(at + word.len()..)?.trim_start();
    let digits = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let (message, help) = match word {
        "=" if before.is_empty() => ("the expression begins with a second `=`", "one `=` is enough"),
        "=" => ("`=` does not compare", "write `==`"),
        "<>" => ("`<>` is a spreadsheet's \"not equal\"", "write `!=`"),
        "=<" => ("`=<` is no comparison", "write `<=`"),
        "=>" if !text.contains("switch") => ("`=>` is no comparison", "write `>=`"),
        "&" => ("`&` does not join texts", "write `+`, or a template: `${a} ${b}` in backticks"),
        ";" if matches!(within, Some('(' | '[')) => {
            ("arguments are separated by a comma", "write `,` instead of `;`")
        }
        "," if within.is_none() && digits(before.chars().next_back()) && digits(after.chars().next()) => {
            ("a number has a decimal point, whatever the locale of the file", "write `.` instead of `,`")
        }
        quoted if quoted.starts_with('\'') => ("text stands in double quotes", "write \"…\" instead of '…'"),
        quoted if quoted.starts_with(['“', '”', '„', '«', '»', '‘', '’']) => {
            ("typographic quotes are no quotes here", "write \"…\"")
        }
        _ => return None,
    };
    Some(mistake(Code::SPREADSHEET_HABIT, at, word.len(), message.to_owned(), help))
}

fn program(text: &str, word: &str, at: usize) -> Option<Mistake> {
    let called = text.get(at + word.len()..)?.trim_start().starts_with('(');
    if called
        && word.starts_with(char::is_uppercase)
        && let Some(help) = function(word)
    {
        return Some(mistake(
            Code::SPREADSHEET_HABIT,
            at,
            word.len(),
            format!("`{word}` is a spreadsheet's function"),
            &help,
        ));
    }
    let (word, help) = WORDS.iter().find(|(w, _)| *w == word)?;
    if text.get(..at)?.trim_end().ends_with('.') {
        return None;
    }
    Some(mistake(
        Code::NOT_IN_LANGUAGE,
        at,
        word.len(),
        format!("`{word}` is not part of the language"),
        help,
    ))
}

fn mistake(code: Code, at: usize, length: usize, message: String, help: &str) -> Mistake {
    Mistake { code, span: at..at + length, message, label: None, help: Some(help.to_owned()) }
}
