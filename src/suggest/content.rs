//! What the values of a column are: dates, amounts, currency and country codes, e-mail addresses, keys, yes and no.

use super::synonyms::Synonyms;
use crate::source::{ColumnSeen, Form};

/// Currency codes of ISO 4217 that invoices are written in.
const CURRENCIES: &str = "AED ARS AUD BAM BGN BHD BRL CAD CHF CLP CNY COP CZK DKK DZD EGP EUR GBP GEL GHS HKD HRK HUF IDR ILS INR ISK JOD JPY KES KRW KWD KZT LKR MAD MDL MKD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD TZS UAH UGX USD UYU VND XAF XOF ZAR";

/// What was seen of a column, as shares of its filled values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Filled values looked at.
    pub filled: u64,
    /// Whether every row has a value and no value comes twice.
    pub unique: bool,
    /// Dates and times.
    pub dates: f64,
    /// Numbers, digits with leading zeros included.
    pub numbers: f64,
    /// Numbers with decimals.
    pub decimals: f64,
    /// `true` and `false`, and words for yes and no.
    pub flags: f64,
    /// Words for active and inactive.
    pub switches: f64,
    /// Currency codes.
    pub currencies: f64,
    /// Three capital letters.
    pub codes: f64,
    /// Two capital letters.
    pub countries: f64,
    /// E-mail addresses.
    pub mails: f64,
    /// Texts with an e-mail address somewhere inside.
    pub mails_inside: f64,
    /// Texts of several words, longer than a key is.
    pub wordy: f64,
    /// Telephone numbers: digits with blanks, slashes, a plus.
    pub phones: f64,
    /// IBANs.
    pub ibans: f64,
    /// Web addresses.
    pub links: f64,
    /// Different values with their counts, most frequent first; only the first 200 met.
    pub values: Vec<(String, u64)>,
    /// Whether these are all.
    pub complete: bool,
}

impl Facts {
    /// The facts of a column of a table with so many rows.
    pub fn of(seen: &ColumnSeen, rows: u64, synonyms: &Synonyms) -> Self {
        let forms = |wanted: &[Form]| {
            let n: u64 = seen.forms.iter().filter(|(f, _)| wanted.contains(f)).map(|(_, n)| n).sum();
            share(n, seen.filled)
        };
        // A word that stands for nothing is no value.
        let real: Vec<&(String, u64)> = seen.values.iter().filter(|(v, _)| !synonyms.is("null", v)).collect();
        let of: u64 = real.iter().map(|(_, n)| n).sum();
        let by = |test: &dyn Fn(&str) -> bool| {
            share(real.iter().filter(|(v, _)| test(v)).map(|(_, n)| n).sum(), of)
        };
        let flag = |v: &str| synonyms.is("yes", v) || synonyms.is("no", v);
        Self {
            filled: seen.filled,
            unique: rows > 0 && seen.filled == rows && seen.distinct == rows,
            dates: forms(&[
                Form::IsoDate,
                Form::IsoDateTime,
                Form::DottedDate,
                Form::ShortDate,
                Form::SlashedDate,
                Form::Date,
            ]),
            numbers: forms(&[
                Form::Integer,
                Form::LeadingZero,
                Form::DecimalPoint,
                Form::DecimalComma,
                Form::Number,
            ]),
            decimals: by(&|v| {
                v.trim_start_matches('-').contains(['.', ','])
                    && v.chars().all(|c| c.is_ascii_digit() || ".,-' ".contains(c))
            }),
            flags: forms(&[Form::Boolean]).max(by(&flag)),
            switches: by(&|v| synonyms.is("on", v) || synonyms.is("off", v)),
            currencies: by(&|v| v.len() == 3 && CURRENCIES.split(' ').any(|c| c == v)),
            codes: by(&|v| v.len() == 3 && v.bytes().all(|b| b.is_ascii_uppercase())),
            countries: by(&|v| v.len() == 2 && v.bytes().all(|b| b.is_ascii_uppercase())),
            mails: by(&mail),
            mails_inside: by(&|v| v.split([' ', ',', ';', '<', '>']).any(address)),
            wordy: by(&|v| v.chars().count() > 20 && v.contains(' ')),
            phones: by(&phone),
            ibans: by(&iban),
            links: by(&|v| v.starts_with("http://") || v.starts_with("https://") || v.starts_with("www.")),
            complete: seen.distinct <= seen.values.len() as u64,
            values: seen.values.clone(),
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(n: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { n as f64 / of as f64 }
}

fn mail(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !text.contains(' '))
}

/// An address, its end perhaps cut off.
fn address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 1)
}

fn phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let marked = text.starts_with('+') || text.contains([' ', '/', '(', '-']);
    (6..=16).contains(&digits) && marked && text.chars().all(|c| c.is_ascii_digit() || "+ ()/-.".contains(c))
}

/// Two letters, two check digits, the account, and the remainder of 1 (ISO 13616).
fn iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let letters = plain.bytes().take(2).all(|b| b.is_ascii_uppercase());
    if !(15..=34).contains(&plain.len()) || !letters || !plain.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let turned = plain.chars().skip(4).chain(plain.chars().take(4));
    let rest = turned
        .filter_map(|c| c.to_digit(36))
        .fold(0_u32, |rest, d| (if d > 9 { rest * 100 } else { rest * 10 } + d) % 97);
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_tell_what_a_value_is() {
        assert!(iban("DE89 3704 0044 0532 0130 00") && !iban("DE88 3704 0044 0532 0130 00"));
        assert!(mail("a@b.example") && !mail("a b@c.d") && !mail("@x.y"));
        assert!(phone("0551 555-0100") && !phone("4711") && !phone("2026-10-02x"));
    }

    #[test]
    fn shares_leave_out_words_for_nothing() {
        let values = vec![("EUR".to_owned(), 3), ("-".to_owned(), 5)];
        let seen = ColumnSeen { filled: 8, distinct: 2, values, ..ColumnSeen::default() };
        let facts = Facts::of(&seen, 8, &Synonyms::of("lockstep"));
        assert!((facts.currencies - 1.0).abs() < 1e-9 && !facts.unique && facts.complete);
    }
}
