//! The form of a value, finer than inspection shows it: which marks a number has, which way round a date is.

use super::super::inspect::{Form, form_of};
use std::collections::BTreeMap;

/// A form of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A native number (XLSX, JSON).
    Number,
    /// A native date or time (XLSX).
    Date,
    /// `true`, `false`, as text or native.
    Flag,
    /// Digits.
    Integer,
    /// Digits that begin with 0.
    LeadingZero,
    /// `1190.50`
    Point,
    /// `1,190.50`
    CommaPoint,
    /// `1190,50`
    Comma,
    /// `1.190,50`
    PointComma,
    /// `1 190,50`
    BlankComma,
    /// `2026-10-02`
    Iso,
    /// `2026-10-02T12:00:00`
    IsoTime,
    /// `02.10.2026`
    Dotted,
    /// `02.10.26`.
    DottedShort,
    /// `02/10/2026` with days over 12 first.
    DaySlash,
    /// `10/02/2026` with days over 12 second.
    MonthSlash,
    /// Slashes, either way round.
    Slash,
    /// A word for yes or no: J, N, ja, nein, yes, no, Y, X.
    YesNo,
    /// Three capital letters that are a common currency.
    Currency,
    /// Two capital letters.
    Country,
    /// An e-mail address.
    Email,
    /// JSON: an object or array.
    Object,
    /// An error cell.
    Error,
    /// Anything else.
    Text,
}

/// What a form is read as: a change within a class of numbers or dates misreads values, one between classes loses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Numbers.
    Number,
    /// Dates.
    Date,
    /// Yes and no.
    Flag,
    /// Anything else.
    Text,
}

/// Each form's word in the lock.
const WORDS: &[(Kind, &str)] = &[
    (Kind::Number, "number"),
    (Kind::Date, "date"),
    (Kind::Flag, "true/false"),
    (Kind::Integer, "digits"),
    (Kind::LeadingZero, "digits with leading zero"),
    (Kind::Point, "0.00"),
    (Kind::CommaPoint, "0,000.00"),
    (Kind::Comma, "0,00"),
    (Kind::PointComma, "0.000,00"),
    (Kind::BlankComma, "0 000,00"),
    (Kind::Iso, "yyyy-mm-dd"),
    (Kind::IsoTime, "yyyy-mm-dd hh:mm"),
    (Kind::Dotted, "dd.mm.yyyy"),
    (Kind::DottedShort, "dd.mm.yy"),
    (Kind::DaySlash, "dd/mm/yyyy"),
    (Kind::MonthSlash, "mm/dd/yyyy"),
    (Kind::Slash, "date with slashes"),
    (Kind::YesNo, "yes/no word"),
    (Kind::Currency, "currency code"),
    (Kind::Country, "two capitals"),
    (Kind::Email, "e-mail"),
    (Kind::Object, "object"),
    (Kind::Error, "error"),
    (Kind::Text, "text"),
];

/// Words for yes and no, by which alone a column counts as such.
const YES_NO: &[&str] = &[
    "j", "n", "y", "x", "ja", "nein", "nee", "nei", "yes", "no", "oui", "non", "si", "sí", "wahr", "falsch",
];

/// The currencies that are told apart from any three capitals.
const CURRENCIES: &str = "EUR USD GBP CHF NOK SEK DKK PLN CZK HUF RON BGN ISK TRY JPY CNY INR AUD CAD NZD ZAR BRL \
     MXN SGD HKD KRW THB AED SAR ILS UAH RSD";

impl Kind {
    /// Its word in the lock.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(k, _)| *k == self).map_or("text", |(_, w)| w)
    }

    /// The form of a word of the lock; text for one that is not known.
    pub fn of_word(word: &str) -> Self {
        WORDS.iter().find(|(_, w)| *w == word).map_or(Self::Text, |(k, _)| *k)
    }

    /// What it is read as. Digits may be both a number and a text, so they are a class with numbers.
    pub fn class(self) -> Class {
        match self {
            Self::Number
            | Self::Integer
            | Self::LeadingZero
            | Self::Point
            | Self::CommaPoint
            | Self::Comma
            | Self::PointComma
            | Self::BlankComma => Class::Number,
            Self::Date
            | Self::Iso
            | Self::IsoTime
            | Self::Dotted
            | Self::DaySlash
            | Self::MonthSlash
            | Self::Slash => Class::Date,
            Self::Flag | Self::YesNo => Class::Flag,
            _ => Class::Text,
        }
    }

    /// The form of a filled cell: its native kind (`t` for text) and text.
    pub(super) fn of(kind: u8, text: &str) -> Self {
        match kind {
            b'n' => Self::Number,
            b'd' => Self::Date,
            b'b' => Self::Flag,
            b'o' => Self::Object,
            b'e' => Self::Error,
            _ => Self::of_text(text.trim()),
        }
    }

    fn of_text(text: &str) -> Self {
        match form_of(text) {
            Form::Integer => Self::Integer,
            Form::LeadingZero => Self::LeadingZero,
            Form::DecimalPoint | Form::DecimalComma if grouped(text) => Self::Integer,
            Form::DecimalPoint if text.contains(',') => Self::CommaPoint,
            Form::DecimalPoint => Self::Point,
            Form::DecimalComma if text.contains('.') => Self::PointComma,
            Form::DecimalComma if text.contains([' ', '\u{a0}', '\u{202f}', '\'']) => Self::BlankComma,
            Form::DecimalComma => Self::Comma,
            Form::IsoDate => Self::Iso,
            Form::IsoDateTime => Self::IsoTime,
            Form::DottedDate => Self::Dotted,
            Form::ShortDate => Self::DottedShort,
            Form::SlashedDate => slashed(text),
            Form::Boolean => Self::Flag,
            _ => word(text),
        }
    }
}

/// `1.190`, `1,190`: thousands to one, three decimals to another; says nothing about the mark.
fn grouped(text: &str) -> bool {
    let bare = text.trim_start_matches(['-', '+']);
    let mut marks = bare.matches(['.', ',']);
    let one = marks.next().is_some() && marks.next().is_none();
    let (whole, fraction) = bare.split_once(['.', ',']).unwrap_or((bare, ""));
    one && fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
}

/// Which way round: only a day over 12 tells.
fn slashed(text: &str) -> Kind {
    let mut parts = text.split('/').map(|p| p.parse::<u32>().unwrap_or(0));
    match (parts.next(), parts.next()) {
        (Some(32..), _) => Kind::Iso,
        (Some(13..), _) => Kind::DaySlash,
        (_, Some(13..)) => Kind::MonthSlash,
        _ => Kind::Slash,
    }
}

fn word(text: &str) -> Kind {
    let capitals = text.bytes().all(|b| b.is_ascii_uppercase());
    if capitals && text.len() == 2 {
        // Also NO: a country as often as an answer.
        Kind::Country
    } else if YES_NO.contains(&text.to_lowercase().as_str()) {
        Kind::YesNo
    } else if capitals && text.len() == 3 && CURRENCIES.split_whitespace().any(|c| c == text) {
        Kind::Currency
    } else if address(text) {
        Kind::Email
    } else {
        Kind::Text
    }
}

fn address(text: &str) -> bool {
    let plain = !text.contains(char::is_whitespace);
    text.split_once('@').is_some_and(|(name, host)| {
        plain && !name.is_empty() && host.contains('.') && !host.contains('@') && !host.ends_with('.')
    })
}

/// What is seen of one column.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub(super) filled: u64,
    forms: BTreeMap<Kind, u64>,
}

impl Tally {
    /// Takes in a cell.
    pub(super) fn see(&mut self, kind: u8, text: &str) {
        if !text.trim().is_empty() {
            self.filled += 1;
            *self.forms.entry(Kind::of(kind, text)).or_default() += 1;
        }
    }

    /// The forms in their order, with how often. Where days over 12 tell which way round dates are, the others go
    /// with them.
    pub(super) fn forms(mut self) -> Vec<(Kind, u64)> {
        for sure in [Kind::DaySlash, Kind::MonthSlash] {
            if self.forms.contains_key(&sure)
                && let Some(n) = self.forms.remove(&Kind::Slash)
            {
                *self.forms.entry(sure).or_default() += n;
            }
        }
        self.forms.into_iter().collect()
    }
}
