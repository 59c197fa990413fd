//! Cell text → typed value and back: the readings of rules 1, by locale, as SQL expressions.
//!
//! Every reading gives NULL both for empty and for text that is no such value; the caller tells them apart by the
//! cleaned text. Casts of DuckDB are generous (`1_000`, `0x1F`, year 26), so a pattern guards each one.

use super::{Expr, NUMBER};

/// All characters with the Unicode property `White_Space`.
pub const SPACES: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// Widest number while rounding is still to come.
const WIDE: &str = "DECIMAL(38,18)";

/// How numbers are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Decimal mark.
    pub decimal: char,
    /// Characters that may group thousands.
    pub group: &'static str,
}

/// The number marks of a language tag (`de-DE`, `nb-NO`); by language, with the regions that differ. Source: CLDR.
pub fn locale(tag: &str) -> Option<Locale> {
    const SPACED: &str = " \u{a0}\u{202f}";
    let lower = tag.to_lowercase().replace('_', "-");
    let language = lower.split('-').next().unwrap_or("");
    let marks = match (language, lower.as_str()) {
        (_, "de-ch" | "fr-ch" | "it-ch" | "rm-ch" | "de-li") => ('.', "'\u{2019}"),
        (_, "de-at") => (',', ".\u{a0}\u{202f} "),
        (_, "es-mx" | "es-us" | "es-gt" | "es-pe") => ('.', ","),
        (_, "pt-pt") => (',', ".\u{a0}\u{202f} "),
        (
            "de" | "nl" | "es" | "it" | "da" | "pt" | "tr" | "el" | "id" | "ro" | "hr" | "sl" | "sr" | "is",
            _,
        ) => (',', "."),
        (
            "nb" | "nn" | "no" | "sv" | "fi" | "fr" | "pl" | "cs" | "sk" | "hu" | "bg" | "uk" | "ru" | "et"
            | "lv" | "lt",
            _,
        ) => (',', SPACED),
        ("en" | "ja" | "zh" | "ko" | "he" | "th", _) => ('.', ","),
        _ => return None,
    };
    Some(Locale { decimal: marks.0, group: marks.1 })
}

/// Without Unicode white space at either end; NULL for nothing else.
pub fn trimmed(raw: Expr) -> Expr {
    // Trimming by a list of characters takes 2 µs a cell, trimming blanks and looking whether more is needed a tenth of that.
    let bare = Expr::call("nullif", [Expr::call("trim", [raw.clone()]), Expr::text("")]);
    let spaces = escaped(SPACES);
    let padded =
        Expr::call("regexp_matches", [bare.clone(), Expr::text(&format!("^[{spaces}]|[{spaces}]$"))]);
    Expr::case([(padded, Expr::call("trim", [raw, Expr::text(SPACES)]))], bare)
}

/// The cell's text: NFC, trimmed of Unicode white space, NULL when empty or one of `nulls`.
pub fn clean(raw: Expr, nulls: &[String]) -> Expr {
    let text = Expr::call("nfc_normalize", [trimmed(raw)]);
    let text = Expr::call("nullif", [text, Expr::text("")]);
    nulls.iter().filter(|n| !n.is_empty()).fold(text, |t, null| Expr::call("nullif", [t, Expr::text(null)]))
}

/// As [`clean`], for a column all of whose texts are NFC without white space at their ends.
pub fn clean_plain(raw: Expr, nulls: &[String]) -> Expr {
    let text = Expr::call("nullif", [raw, Expr::text("")]);
    nulls.iter().filter(|n| !n.is_empty()).fold(text, |t, null| Expr::call("nullif", [t, Expr::text(null)]))
}

/// A number without locale: digits, `-`, one point. With `wide`, any number of decimals, rounded half away to 18.
pub fn number(text: &Expr, wide: bool) -> Expr {
    let (decimals, ty) = if wide { (r"\d+", WIDE) } else { (r"\d{1,10}0*", NUMBER) };
    let fits = matches(text, &format!(r"-?0*\d{{1,18}}(\.{decimals})?"));
    Expr::case([(fits, text.clone().try_cast(ty))], Expr::null(ty))
}

/// A number without locale that has at most `scale` decimals, as that decimal type at once: half the work of
/// [`number`] and a check of its decimals.
pub fn decimal(text: &Expr, scale: u8) -> Expr {
    let ty = format!("DECIMAL(28,{scale})");
    let fits = matches(text, &format!(r"-?0*\d{{1,18}}(\.\d{{1,{scale}}}0*)?"));
    Expr::case([(fits, text.clone().try_cast(&ty))], Expr::null(&ty))
}

/// A number in a locale: grouped thousands, its decimal mark, sign before or behind.
pub fn number_in(text: &Expr, locale: Locale, wide: bool) -> Expr {
    let group = escaped(locale.group);
    let decimal = escaped(&locale.decimal.to_string());
    let (decimals, ty) = if wide { (r"\d+", WIDE) } else { (r"\d{1,10}0*", NUMBER) };
    let digits = format!(r"(\d{{1,3}}([{group}]\d{{3}})+|\d+)({decimal}{decimals})?");
    let fits = matches(text, &format!(r"([-+\x{{2212}}]?{digits}|{digits}-)"));
    let bare = locale.group.chars().fold(text.clone(), |t, c| replace(t, &c.to_string(), ""));
    let bare = replace(replace(bare, "+", ""), "\u{2212}", "-");
    let bare = replace(bare, &locale.decimal.to_string(), ".");
    let bare = Expr::case(
        [(
            Expr::call("ends_with", [bare.clone(), Expr::text("-")]),
            Expr::call("concat", [Expr::text("-"), Expr::call("rtrim", [bare.clone(), Expr::text("-")])]),
        )],
        bare,
    );
    Expr::case([(fits, bare.try_cast(ty))], Expr::null(ty))
}

/// A TIMESTAMP from ISO text or from one of the patterns (`dd.mm.yyyy`), years 1900 to 2100.
pub fn date_time(text: &Expr, patterns: &[String]) -> Expr {
    const ISO: &str = r"(19|20|21)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?";
    let mut branches = vec![(matches(text, ISO), text.clone().try_cast("TIMESTAMP"))];
    for pattern in patterns.iter().filter_map(|p| date_pattern(p)) {
        let parsed = Expr::call("try_strptime", [text.clone(), Expr::text(&pattern.format)]);
        branches.push((matches(text, &pattern.regex), parsed));
    }
    Expr::case(branches, Expr::null("TIMESTAMP"))
}

/// Whether a text is an ISO time with an offset from UTC (`…Z`, `…+02:00`, `…+0200`, `…+02`).
pub fn has_offset(text: &Expr) -> Expr {
    const OFFSET: &str = r"(19|20|21)\d\d-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|z|[-+]\d\d(:?[0-5]\d)?)";
    matches(text, OFFSET).or_else(Expr::flag(false))
}

/// Whether a text that [`date_time`] reads has a time of day.
pub fn has_time(text: &Expr, patterns: &[String]) -> Expr {
    let hours = patterns.iter().filter(|p| p.to_lowercase().contains('h')).filter_map(|p| date_pattern(p));
    let iso = matches(text, r"\d{4}-\d\d-\d\d[T ].*");
    Expr::any([iso].into_iter().chain(hours.map(|p| matches(text, &p.regex)))).or_else(Expr::flag(false))
}

/// A yes/no: `true`/`false` in any case, and the declared words.
pub fn flag(text: &Expr, yes: &[String], no: &[String]) -> Expr {
    let lower = Expr::call("lower", [text.clone()]);
    let any = |words: &[String], own: &str| {
        let words = words.iter().map(|w| w.to_lowercase()).chain([own.to_owned()]);
        lower.clone().op("IN", Expr::call("", words.map(|w| Expr::text(&w)).collect::<Vec<_>>()))
    };
    Expr::case(
        [(any(yes, "true"), Expr::flag(true)), (any(no, "false"), Expr::flag(false))],
        Expr::null("BOOLEAN"),
    )
}

/// A number of the language as text, without trailing zeros.
pub fn number_text(value: &Expr) -> Expr {
    let text = value.clone().cast("VARCHAR");
    Expr::call("rtrim", [Expr::call("rtrim", [text, Expr::text("0")]), Expr::text(".")])
}

/// The canonical text (rules 1) of a value of a platform type.
pub fn canonical(value: &Expr, sql_type: &str) -> Expr {
    match sql_type {
        "VARCHAR" => value.clone(),
        "TIMESTAMP" => replace(value.clone().cast("VARCHAR"), " ", "T"),
        _ => value.clone().cast("VARCHAR"),
    }
}

/// Whether the whole text matches a RE2 pattern.
pub fn matches(text: &Expr, pattern: &str) -> Expr {
    Expr::call("regexp_full_match", [text.clone(), Expr::text(pattern)])
}

fn replace(text: Expr, from: &str, to: &str) -> Expr {
    Expr::call("replace", [text, Expr::text(from), Expr::text(to)])
}

fn escaped(characters: &str) -> String {
    characters.chars().map(|c| format!(r"\x{{{:x}}}", u32::from(c))).collect()
}

/// A date pattern in both of its forms.
#[derive(Debug, PartialEq, Eq)]
pub struct DatePattern {
    /// For strptime.
    pub format: String,
    /// What a fitting text looks like.
    pub regex: String,
}

/// Translates `dd.mm.yyyy`, `d/m/yyyy hh:mm:ss`, `yyyymmdd`, `mm/dd/yy`; `None` when a letter is not of the language
/// or day, month or year is missing. After `hh`, `mm` means minutes. Two-digit years are 2000 to 2068, 1969 to 1999.
pub fn date_pattern(pattern: &str) -> Option<DatePattern> {
    let mut rest = pattern;
    let (mut format, mut regex, mut hours) = (String::new(), String::new(), false);
    let mut seen = String::new();
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == first).count();
        let (f, r) = match (first.to_ascii_lowercase(), run) {
            ('y', 4) => ("%Y".to_owned(), r"(19|20|21)\d\d".to_owned()),
            ('y', 2) => ("%y".to_owned(), r"\d\d".to_owned()),
            ('m', 2) if hours => ("%M".to_owned(), r"\d\d".to_owned()),
            ('m', 2) => ("%m".to_owned(), r"\d\d".to_owned()),
            ('m', 1) => ("%m".to_owned(), r"\d{1,2}".to_owned()),
            ('d', 2) => ("%d".to_owned(), r"\d\d".to_owned()),
            ('d', 1) => ("%d".to_owned(), r"\d{1,2}".to_owned()),
            ('h', 2) => ("%H".to_owned(), r"([01]\d|2[0-3])".to_owned()),
            ('s', 2) => ("%S".to_owned(), r"\d\d".to_owned()),
            (c, _) if c.is_alphanumeric() || c == '%' => return None,
            (_, n) => (first.to_string().repeat(n), escaped(&first.to_string()).repeat(n)),
        };
        hours |= first.eq_ignore_ascii_case(&'h');
        seen.push(if hours { 't' } else { first.to_ascii_lowercase() });
        format.push_str(&f);
        regex.push_str(&r);
        rest = rest.get(first.len_utf8() * run..)?;
    }
    ['y', 'm', 'd'].iter().all(|c| seen.contains(*c)).then_some(DatePattern { format, regex })
}
