//! The form of a value: what a locale would have to be able to read.

/// A form of text or a native kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Digits, with or without a sign.
    Integer,
    /// Digits that begin with 0: an identifier, not a number.
    LeadingZero,
    /// `1190.50`, `1,190.50`.
    DecimalPoint,
    /// `1190,50`, `1.190,50`, `1 190,50`.
    DecimalComma,
    /// `2026-10-02`.
    IsoDate,
    /// `2026-10-02T12:00:00`.
    IsoDateTime,
    /// `02.10.2026`.
    DottedDate,
    /// `02.10.26`.
    ShortDate,
    /// `10/02/2026`, either way round.
    SlashedDate,
    /// `true`, `false`.
    Boolean,
    /// Excel, JSON: a number as such.
    Number,
    /// Excel: a date or time as such.
    Date,
    /// Excel: an error such as `#DIV/0!`.
    Error,
    /// JSON: an object or array.
    Object,
    /// Anything else.
    Text,
}

impl Form {
    /// In words, with an example where the name alone is unclear.
    pub fn words(self) -> &'static str {
        match self {
            Form::Integer => "integer",
            Form::LeadingZero => "digits with leading zero",
            Form::DecimalPoint => "decimal point (1234.50)",
            Form::DecimalComma => "decimal comma (1234,50)",
            Form::IsoDate => "date yyyy-mm-dd",
            Form::IsoDateTime => "date and time, ISO",
            Form::DottedDate => "date dd.mm.yyyy",
            Form::ShortDate => "date dd.mm.yy",
            Form::SlashedDate => "date with slashes",
            Form::Boolean => "true/false",
            Form::Number => "number (native)",
            Form::Date => "date (native)",
            Form::Error => "error cell",
            Form::Object => "object",
            Form::Text => "text",
        }
    }

    /// The form of a native kind as in `_kind`; `None` for text.
    pub(super) fn of_kind(kind: u8) -> Option<Self> {
        match kind {
            b'n' => Some(Form::Number),
            b'd' => Some(Form::Date),
            b'b' => Some(Form::Boolean),
            b'e' => Some(Form::Error),
            b'o' => Some(Form::Object),
            _ => None,
        }
    }
}

/// The form of a text that is not empty.
pub fn form_of(text: &str) -> Form {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Form::Boolean;
    }
    if !text.bytes().any(|b| b.is_ascii_digit()) || text.len() > 40 {
        return Form::Text;
    }
    match shape(text).as_str() {
        "9999-99-99" => return Form::IsoDate,
        s if s.starts_with("9999-99-99T99:99") || s.starts_with("9999-99-99 99:99") => {
            return Form::IsoDateTime;
        }
        "99.99.9999" | "9.9.9999" | "99.9.9999" | "9.99.9999" => return Form::DottedDate,
        "99.99.99" | "9.9.99" | "99.9.99" | "9.99.99" => return Form::ShortDate,
        "99/99/9999" | "9/9/9999" | "99/9/9999" | "9/99/9999" | "9999/99/99" | "99/99/99" => {
            return Form::SlashedDate;
        }
        _ => {}
    }
    number(text)
}

/// Digits as 9, the rest as it is.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}

fn number(text: &str) -> Form {
    let bare = text.strip_prefix(['-', '+']).or_else(|| text.strip_suffix('-')).unwrap_or(text).trim();
    if bare.bytes().all(|b| b.is_ascii_digit()) {
        return if bare.len() > 1 && bare.starts_with('0') { Form::LeadingZero } else { Form::Integer };
    }
    let separator = bare.rfind([',', '.']);
    let (whole, fraction) = separator.map_or((bare, ""), |at| {
        (bare.get(..at).unwrap_or_default(), bare.get(at + 1..).unwrap_or_default())
    });
    let mark = separator.and_then(|at| bare.as_bytes().get(at).copied());
    let other = if mark == Some(b',') { '.' } else { ',' };
    let grouped = whole.contains([other, ' ', '\u{a0}', '\u{202f}', '\'']);
    let mut groups = whole.split([other, ' ', '\u{a0}', '\u{202f}', '\'']);
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let first = groups
        .next()
        .is_some_and(|g| (g.is_empty() && !grouped) || (digits(g) && (!grouped || g.len() <= 3)));
    if !first || !groups.all(|g| g.len() == 3 && digits(g)) || !(fraction.is_empty() || digits(fraction)) {
        return Form::Text;
    }
    match mark {
        Some(b',') => Form::DecimalComma,
        Some(b'.') => Form::DecimalPoint,
        _ => Form::Integer,
    }
}
