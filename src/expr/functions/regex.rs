//! Regular expressions: RE2 in SQL, the `regex` crate with ASCII classes in the fallback runner.

use super::{Arg, Function, Param, arg, counted, sql, whole};
use crate::expr::compiled::Type;
use crate::expr::value::Value;
use crate::sql::{Expr, NUMBER};
use ::regex::Regex;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "extract",
        signature: "extract(text, pattern, [group])",
        doc: "The first match of the regular expression: the group of that number (0 is the whole match); without a \
              number its first group, or the whole match if it has no group. Empty without a match.",
        about: &["the text", "the regular expression, in backticks", "which of its groups"],
        optional: 1,
        examples: &[
            ("extract(\"10-4711\", `(\\d+)-(\\d+)`, 2)", "4711"),
            ("extract(\"Oslo 0238, NO\", `(\\d{4}),`)", "0238"),
            ("extract(\"x\", `\\d+`)", "()"),
        ],
        params: &[Param::Text, Param::Pattern, Param::Group],
        sql: Some(|a| {
            let first = i64::from(groups(a.get(1).map_or("", Arg::text)) > 0);
            let group = a.get(2).map_or(first, Arg::whole);
            Expr::call("regexp_extract", [sql(a, 0), sql(a, 1), Expr::int(group)]).empty_is_null()
        }),
        run: |v| {
            let group = v.get(2).map(|n| usize::try_from(whole(n)).unwrap_or(0));
            Ok(with(arg(v, 1).str(), |re| first(re, group, arg(v, 0).str())))
        },
        ..Function::BASE
    },
    Function {
        name: "extract_all",
        signature: "extract_all(text, pattern, separator)",
        doc: "All matches of the regular expression (of its first group, if it has one) put together with the separator; \
              empty matches are skipped.",
        about: &["the text", "the regular expression, in backticks", "what stands between the matches"],
        examples: &[
            ("extract_all(\"RE 12, RE 13\", `RE (\\d+)`, \"; \")", "12; 13"),
            ("extract_all(\"none\", `\\d+`, \",\")", "()"),
        ],
        params: &[Param::Text, Param::Pattern, Param::Literal],
        sql: Some(|a| {
            let separator = a.get(2).map_or("", Arg::text);
            Expr::call("array_to_string", [all_matches(a), Expr::text(separator)]).empty_is_null()
        }),
        run: |v| {
            let found = |re: &Regex| Value::text(matched(re, arg(v, 0).str()).join(arg(v, 2).str()));
            Ok(with(arg(v, 1).str(), found))
        },
        ..Function::BASE
    },
    Function {
        name: "re_count",
        signature: "re_count(text, pattern)",
        doc: "How many matches of the regular expression there are (of its first group, if it has one), empty ones aside.",
        about: &["the text", "the regular expression, in backticks"],
        examples: &[("re_count(\"a1b22\", `\\d+`)", "2"), ("re_count(\"abc\", `\\d`)", "0")],
        params: &[Param::Text, Param::Pattern],
        gives: Type::Number,
        sql: Some(|a| Expr::call("len", [all_matches(a)]).cast(NUMBER)),
        run: |v| {
            let count = |re: &Regex| counted(matched(re, arg(v, 0).str()).len()).unwrap_or(Value::Empty);
            Ok(with(arg(v, 1).str(), count))
        },
        ..Function::BASE
    },
    Function {
        name: "re_replace",
        signature: "re_replace(text, pattern, new)",
        doc: "The text with every match replaced; `$1` in the replacement is the first group. Without a match the text stays.",
        examples: &[
            ("re_replace(\"a1b22\", `\\d+`, \"#\")", "a#b#"),
            ("re_replace(\"7 Main\", `^(\\d+) (.+)$`, \"$2 $1\")", "Main 7"),
            ("re_replace(\"abc\", `x`, \"\")", "abc"),
        ],
        params: &[Param::Text, Param::Pattern, Param::Literal],
        sql: Some(|a| {
            let new = rewrite(a.get(2).map_or("", Arg::text), groups(a.get(1).map_or("", Arg::text)));
            let args = [sql(a, 0), sql(a, 1), Expr::text(&new), Expr::text("g")];
            Expr::call("regexp_replace", args).empty_is_null()
        }),
        run: |v| Ok(with(arg(v, 1).str(), |re| Value::text(replaced(re, arg(v, 0).str(), arg(v, 2).str())))),
        ..Function::BASE
    },
    Function {
        name: "matches",
        signature: "matches(text, pattern)",
        doc: "Whether the regular expression fits some part of the text; use `^` and `$` for all of it. False for empty.",
        examples: &[("matches(\"NO-1\", `^[A-Z]{2}-\\d$`)", "true"), ("matches(\"\", `x`)", "false")],
        params: &[Param::Text, Param::Pattern],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| Expr::call("regexp_matches", [sql(a, 0), sql(a, 1)]).or_else(Expr::flag(false))),
        run: |v| {
            let text = arg(v, 0);
            Ok(Value::Flag(
                !text.is_empty() && with(arg(v, 1).str(), |re| Value::Flag(re.is_match(text.str()))).holds(),
            ))
        },
        ..Function::BASE
    },
];

/// Why a pattern (or the replacement for it) is not one, in a sentence; the crate refuses what RE2 refuses, nearly.
///
/// # Errors
/// The reason.
pub fn check(pattern: &str) -> Result<usize, String> {
    if let Some(times) = repeated(pattern).filter(|n| *n > REPEAT_MAX) {
        return Err(format!("{times} repetitions are too many, at most {REPEAT_MAX} are possible"));
    }
    if let Some(why) = foreign(pattern) {
        return Err(why.to_owned());
    }
    match Regex::new(&ascii(pattern)) {
        Ok(re) => Ok(re.captures_len() - 1),
        Err(e) => {
            let text = e.to_string();
            let last = text.lines().last().unwrap_or_default();
            Err(last.trim_start_matches("error: ").to_owned())
        }
    }
}

/// A pattern ready to be asked, with the meaning it has in expressions.
///
/// # Errors
/// The reason why it is none.
pub fn pattern(pattern: &str) -> Result<Regex, String> {
    check(pattern)?;
    Regex::new(&ascii(pattern)).map_err(|e| e.to_string())
}

fn groups(pattern: &str) -> usize {
    check(pattern).unwrap_or(0)
}

fn first(re: &Regex, group: Option<usize>, text: &str) -> Value {
    let found = re.captures(text);
    let group = found.and_then(|c| c.get(group.unwrap_or(usize::from(re.captures_len() > 1))));
    group.map_or(Value::Empty, |m| Value::text(m.as_str()))
}

/// The matches that are not empty, as a list.
fn all_matches(args: &[Arg]) -> Expr {
    let group = i64::from(groups(args.get(1).map_or("", Arg::text)) > 0);
    Expr::call("regexp_extract_all", [sql(args, 0), sql(args, 1), Expr::int(group)]).items_not_blank()
}

fn matched<'a>(re: &Regex, text: &'a str) -> Vec<&'a str> {
    let group = usize::from(re.captures_len() > 1);
    let all = re.captures_iter(text).filter_map(|c| c.get(group).map(|m| m.as_str()));
    all.filter(|m| !m.is_empty()).collect()
}

fn replaced(re: &Regex, text: &str, new: &str) -> String {
    let parts = parts(new, re.captures_len() - 1);
    let with = |c: &::regex::Captures<'_>| {
        let one = |p: &Part| match p {
            Part::Text(t) => t.clone(),
            Part::Group(n) => c.get(*n).map_or(String::new(), |m| m.as_str().to_owned()),
        };
        parts.iter().map(one).collect::<String>()
    };
    re.replace_all(text, with).into_owned()
}

/// A piece of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

/// The pieces of a replacement: `$0` to `$9` are groups, `$$` a dollar; a group that is not there is empty.
fn parts(new: &str, groups: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut chars = new.chars().peekable();
    while let Some(c) = chars.next() {
        let digit = chars.peek().and_then(|d| d.to_digit(10)).filter(|_| c == '$');
        if let Some(n) = digit {
            chars.next();
            let group = n as usize;
            parts.push(if group <= groups { Part::Group(group) } else { Part::Text(String::new()) });
        } else {
            if c == '$' && chars.peek() == Some(&'$') {
                chars.next();
            }
            parts.push(Part::Text(c.to_string()));
        }
    }
    parts
}

/// The replacement as RE2 wants it.
fn rewrite(new: &str, groups: usize) -> String {
    let one = |p: Part| match p {
        Part::Text(t) => t.replace('\\', "\\\\"),
        Part::Group(n) => format!("\\{n}"),
    };
    parts(new, groups).into_iter().map(one).collect()
}

/// The pattern with `\d \w \s \b` ASCII only, and `[` inside a class a plain character, as in RE2.
fn ascii(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(chars.next(), &mut out),
            '[' if !class => {
                class = true;
                out.push('[');
                out.extend(chars.next_if_eq(&'^'));
                out.extend(chars.next_if_eq(&']').map(|_| "\\]"));
            }
            '[' if chars.peek() == Some(&':') => named(&mut chars, &mut out),
            '[' | '&' | '~' if class => out.extend(['\\', c]),
            ']' => {
                class = false;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out
}

/// A named class such as `[:alpha:]`, of which the bracket has been read.
fn named(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    for c in chars.by_ref() {
        out.push(c);
        if c == ']' {
            break;
        }
    }
}

/// What stands behind a backslash.
fn escape(c: Option<char>, out: &mut String) {
    match c {
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('s') => out.push_str("[\\t\\n\\f\\r ]"),
        Some('S') => out.push_str("[^\\t\\n\\f\\r ]"),
        Some('b') => out.push_str("(?-u:\\b)"),
        Some('B') => out.push_str("(?-u:\\B)"),
        Some(other) => out.extend(['\\', other]),
        None => out.push('\\'),
    }
}

/// What the crate takes and RE2 does not.
fn foreign(pattern: &str) -> Option<&'static str> {
    let escapes = ["\\u", "\\U", "\\<", "\\>", "\\b{"];
    if escapes.iter().any(|e| pattern.replace("\\\\", "").contains(e)) {
        return Some("this escape is not known; write the character itself, or \\x{20AC}");
    }
    let flags = pattern.split("(?").skip(1).any(|rest| {
        let head: String = rest.chars().take_while(|c| c.is_alphabetic() || *c == '-').collect();
        !rest.starts_with("P<") && (rest.starts_with('<') || head.chars().any(|c| !"imsU-".contains(c)))
    });
    flags.then_some("of the flags only i, m, s and U are known, and a group's name is written (?P<name>…)")
}

/// Runs with the compiled pattern, kept per thread.
fn with(pattern: &str, use_it: impl FnOnce(&Regex) -> Value) -> Value {
    thread_local!(static KNOWN: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) });
    KNOWN.with_borrow_mut(|known| {
        if !known.contains_key(pattern) {
            let Ok(re) = Regex::new(&ascii(pattern)) else { return Value::Empty };
            if known.len() > 1000 {
                known.clear();
            }
            known.insert(pattern.to_owned(), re);
        }
        known.get(pattern).map_or(Value::Empty, use_it)
    })
}

/// RE2 refuses more repetitions, the `regex` crate does not.
const REPEAT_MAX: u64 = 1000;

/// The largest number in a `{n,m}` of the pattern.
fn repeated(pattern: &str) -> Option<u64> {
    let counts = Regex::new(r"\{(\d+)(?:,(\d*))?\}").ok()?;
    let numbers = counts.captures_iter(pattern).flat_map(|c| {
        [c.get(1), c.get(2)]
            .into_iter()
            .flatten()
            .filter_map(|m| m.as_str().parse().ok())
            .collect::<Vec<u64>>()
    });
    numbers.max()
}
