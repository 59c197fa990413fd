//! Functions that read a number or a date out of a text that was made or cut, where the readers see only whole cells.

use super::{Arg, Function, Param, arg, sql};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::number::Number;
use crate::expr::value::{Failure, Value, civil, days};
use crate::sql::{Expr, read};

/// Why a text is no number.
const NO_NUMBER: &str = "is not a number with a decimal point, such as -1234.50";
/// Why a text is no date.
const NO_DATE: &str = "is not a date of the pattern";

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "number",
        signature: "number(text)",
        doc: "The number in a text: digits, a minus, one decimal point, nothing else; at most 18 digits before the point \
              and 10 after it. Any other text rejects the row. A whole cell is read with num(\"Column\"), which knows the locale.",
        about: &["the text"],
        examples: &[
            ("number(\"0012.50\") * 2", "25"),
            ("number(part(\"7 x 12\", \" \", 1))", "7"),
            ("number(\"\")", "()"),
        ],
        gives: Type::Number,
        fails: Some((Code::OUT_OF_RANGE, NO_NUMBER)),
        sql: Some(|a| read::number(&sql(a, 0), false)),
        run: |v| {
            let number = parse(arg(v, 0).str()).map(Value::Number);
            number.ok_or_else(|| Failure::new(Code::OUT_OF_RANGE, NO_NUMBER))
        },
        ..Function::BASE
    },
    Function {
        name: "is_number",
        signature: "is_number(text)",
        doc: "Whether `number(text)` would give a number. False for empty.",
        about: &["the text"],
        examples: &[
            ("is_number(\"12.5\")", "true"),
            ("is_number(\"12,5\")", "false"),
            ("is_number(\"\")", "false"),
        ],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| read::number(&sql(a, 0), false).is_not_null()),
        run: |v| Ok(Value::Flag(parse(arg(v, 0).str()).is_some())),
        ..Function::BASE
    },
    Function {
        name: "parse_date",
        signature: "parse_date(text, pattern)",
        doc: "The date in a text, by a pattern of dd, d, mm, m, yyyy, yy. Any other text rejects the row. \
              yy is 2000 to 2068 and 1969 to 1999. A whole cell is read with date(\"Column\").",
        about: &["the text", "how the date is written"],
        examples: &[
            ("`${parse_date(left(\"02.10.2026 08:00\", 10), \"dd.mm.yyyy\")}`", "2026-10-02"),
            ("`${parse_date(\"3/7/26\", \"m/d/yy\")}`", "2026-03-07"),
            ("parse_date(\"\", \"yyyymmdd\")", "()"),
        ],
        params: &[Param::Text, Param::DatePattern],
        gives: Type::Date,
        fails: Some((Code::OUT_OF_RANGE, NO_DATE)),
        sql: Some(date_sql),
        run: |v| {
            let date = parse_date(arg(v, 0).str(), arg(v, 1).str());
            date.map(Value::Date).ok_or_else(|| Failure::new(Code::OUT_OF_RANGE, NO_DATE))
        },
        ..Function::BASE
    },
    Function {
        name: "is_date",
        signature: "is_date(text, pattern)",
        doc: "Whether `parse_date(text, pattern)` would give a date. False for empty.",
        about: &["the text", "how the date is written"],
        examples: &[
            ("is_date(\"20261002\", \"yyyymmdd\")", "true"),
            ("is_date(\"31.02.2026\", \"dd.mm.yyyy\")", "false"),
        ],
        params: &[Param::Text, Param::DatePattern],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| date_sql(a).is_not_null()),
        run: |v| Ok(Value::Flag(parse_date(arg(v, 0).str(), arg(v, 1).str()).is_some())),
        ..Function::BASE
    },
];

/// A number as rules 1 read text without a locale.
fn parse(text: &str) -> Option<Number> {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = bare.split_once('.').map_or((bare, None), |(w, p)| (w, Some(p)));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let part = part.map_or(Some(""), |p| digits(p).then_some(p)).map(|p| p.trim_end_matches('0'))?;
    let whole = Some(whole).filter(|w| digits(w)).map(|w| w.trim_start_matches('0'))?;
    if whole.len() > 18 || part.len() > 10 {
        return None;
    }
    let mantissa: i128 = format!("0{whole}{part}").parse().ok()?;
    let scale = u32::try_from(part.len()).ok()?;
    Number::from_parts(if text.starts_with('-') { -mantissa } else { mantissa }, scale)
}

fn date_sql(args: &[Arg]) -> Expr {
    let Some(pattern) = read::date_pattern(args.get(1).map_or("", Arg::text)) else {
        return Expr::null("DATE");
    };
    let parsed = Expr::call("try_strptime", [sql(args, 0), Expr::text(&pattern.format)]).cast("DATE");
    Expr::case([(read::matches(&sql(args, 0), &pattern.regex), parsed)], Expr::null("DATE"))
}

/// Whether a pattern can be read without doubt.
///
/// # Errors
/// What is wrong with it.
pub fn check(pattern: &str) -> Result<(), String> {
    let runs = runs(pattern);
    let known = |c: char, n: usize| matches!((c, n), ('d' | 'm', 1 | 2) | ('y', 2 | 4));
    let letters: Vec<&(char, usize)> =
        runs.iter().filter(|(c, _)| c.is_alphanumeric() || *c == '%').collect();
    let once = |wanted| letters.iter().filter(|(c, _)| *c == wanted).count() == 1;
    if !letters.iter().all(|(c, n)| known(*c, *n)) || !['d', 'm', 'y'].into_iter().all(once) {
        return Err("a date is written with d or dd, m or mm, and yy or yyyy, each once".to_owned());
    }
    let short =
        runs.windows(2).any(|w| matches!(w, [(a, 1), (b, _)] if "dm".contains(*a) && b.is_alphanumeric()));
    if short {
        return Err("behind d or m a sign must stand, as in d.m.yyyy; without one write dd and mm".to_owned());
    }
    Ok(())
}

/// The pattern as letters with their number, in small letters.
fn runs(pattern: &str) -> Vec<(char, usize)> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for c in pattern.chars().map(|c| c.to_ascii_lowercase()) {
        match runs.last_mut() {
            Some((last, n)) if *last == c => *n += 1,
            _ => runs.push((c, 1)),
        }
    }
    runs
}

fn parse_date(text: &str, pattern: &str) -> Option<i32> {
    let mut rest = text;
    let (mut year, mut month, mut day) = (0, 0, 0);
    for (letter, count) in runs(pattern) {
        if !"ymd".contains(letter) {
            rest = rest.strip_prefix(&letter.to_string().repeat(count))?;
            continue;
        }
        let length = rest.bytes().take(count.max(2)).take_while(u8::is_ascii_digit).count();
        if length < count {
            return None;
        }
        let number: i64 = rest.get(..length)?.parse().ok()?;
        rest = rest.get(length..)?;
        match letter {
            'd' => day = number,
            'm' => month = number,
            _ if count == 4 => year = Some(number).filter(|y| (1900..2200).contains(y))?,
            _ => year = number + if number < 69 { 2000 } else { 1900 },
        }
    }
    let found = days(year, month, day)?;
    (rest.is_empty() && civil(found) == (year, month, day)).then_some(found)
}
