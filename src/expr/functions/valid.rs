//! Whether a text is what it is said to be: an e-mail address, an IBAN, a VAT number, a code of a list. Text in, yes/no
//! out; empty is no. The lists stand in `codes/`, each with its source. What has check digits is checked by them; whether
//! the account, the company or the mailbox exists, nobody asks.

use super::{Arg, Function, arg, sql};
use crate::expr::compiled::Type;
use crate::expr::value::{Failure, Value};
use crate::sql::{Expr, valid};
use ::regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A test of a text to begin from.
const TEST: Function = Function { gives: Type::Flag, strict: false, ..Function::BASE };

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "is_email",
        signature: "is_email(text)",
        doc: "Whether the text is one e-mail address: a name, @, and a domain with a dot. False for empty.",
        examples: &[
            ("is_email(\"anna.boehm@example.de\")", "true"),
            ("is_email(\"info@müller.example\")", "true"),
            ("is_email(\"anna@example\")", "false"),
            ("is_email(\"a@b.de; c@d.de\")", "false"),
            ("is_email(\"\")", "false"),
        ],
        sql: Some(|a| fits(a, EMAIL)),
        run: |v| flag(v, |t| is_match(&EMAILS, t)),
        ..TEST
    },
    Function {
        name: "is_url",
        signature: "is_url(text)",
        doc: "Whether the text is a web address that begins with http:// or https://. False for empty.",
        examples: &[
            ("is_url(\"https://example.com/a?b=1\")", "true"),
            ("is_url(\"www.example.com\")", "false"),
            ("is_url(\"https://example.com/a b\")", "false"),
        ],
        sql: Some(|a| fits(a, URL)),
        run: |v| flag(v, |t| is_match(&URLS, t)),
        ..TEST
    },
    Function {
        name: "is_uuid",
        signature: "is_uuid(text)",
        doc: "Whether the text is a UUID: 8-4-4-4-12 hexadecimal digits. False for empty.",
        examples: &[
            ("is_uuid(\"123e4567-e89b-12d3-a456-426614174000\")", "true"),
            ("is_uuid(\"123e4567\")", "false"),
        ],
        sql: Some(|a| fits(a, UUID)),
        run: |v| flag(v, |t| is_match(&UUIDS, t)),
        ..TEST
    },
    Function {
        name: "is_bic",
        signature: "is_bic(text)",
        doc: "Whether the text has the form of a BIC (ISO 9362): 8 or 11 characters with a country inside. False for empty.",
        examples: &[
            ("is_bic(\"DEUTDEFF500\")", "true"),
            ("is_bic(\"DEUTXXFF\")", "false"),
            ("is_bic(\"DEUT DEFF\")", "false"),
        ],
        sql: Some(|a| {
            let country = Expr::call("substr", [sql(a, 0), Expr::int(5), Expr::int(2)]);
            Expr::all([fits(a, BIC), listed(country, COUNTRIES)])
        }),
        run: |v| flag(v, |t| is_match(&BICS, t) && t.get(4..6).is_some_and(|c| COUNTRY.contains(c))),
        ..TEST
    },
    Function {
        name: "is_lei",
        signature: "is_lei(text)",
        doc: "Whether the text is a LEI (ISO 17442): 20 characters with the right check digits. False for empty.",
        examples: &[
            ("is_lei(\"529900T8BM49AURSDO55\")", "true"),
            ("is_lei(\"529900T8BM49AURSDO54\")", "false"),
        ],
        sql: Some(|a| Expr::all([fits(a, LEI), valid::mod_97(sql(a, 0)).eq(Expr::int(1))])),
        run: |v| flag(v, |t| is_match(&LEIS, t) && mod_97(t) == 1),
        ..TEST
    },
    Function {
        name: "is_iban",
        signature: "is_iban(text)",
        doc: "Whether the text is an IBAN: the country's length and the right check digits. Blanks between groups, as printed, \
              are allowed; small letters are not. False for empty.",
        examples: &[
            ("is_iban(\"DE89370400440532013000\")", "true"),
            ("is_iban(\"NO93 8601 1117 947\")", "true"),
            ("is_iban(\"DE89370400440532013001\")", "false"),
            ("is_iban(\"DE8937040044053201300\")", "false"),
        ],
        sql: Some(|a| {
            let bare = Expr::call("replace", [sql(a, 0), Expr::text(" "), Expr::text("")]);
            let length = Expr::call("length", [bare.clone()]).cast("VARCHAR");
            let country = Expr::call("concat", [Expr::call("left", [bare.clone(), Expr::int(2)]), length]);
            let turned = Expr::call(
                "concat",
                [
                    Expr::call("substr", [bare.clone(), Expr::int(5)]),
                    Expr::call("left", [bare, Expr::int(4)]),
                ],
            );
            Expr::all([fits(a, IBAN), listed(country, IBANS), valid::mod_97(turned).eq(Expr::int(1))])
        }),
        run: |v| flag(v, iban),
        ..TEST
    },
    Function {
        name: "is_vat",
        signature: "is_vat(text)",
        doc: "Whether the text is a VAT number of the EU (or XI) with its country's prefix, without blanks. The form is checked for \
              all countries, check digits for BE, DE, DK, FI, IT, LU, PL and SE. False for empty.",
        examples: &[
            ("is_vat(\"DE136695976\")", "true"),
            ("is_vat(\"DE136695977\")", "false"),
            ("is_vat(\"BE0776091951\")", "true"),
            ("is_vat(\"DK13585628\")", "true"),
            ("is_vat(\"FI20774740\")", "true"),
            ("is_vat(\"IT00743110157\")", "true"),
            ("is_vat(\"LU15027442\")", "true"),
            ("is_vat(\"PL8567346215\")", "true"),
            ("is_vat(\"SE556188840401\")", "true"),
            ("is_vat(\"SE556188840501\")", "false"),
            ("is_vat(\"ATU13585627\")", "true"),
            ("is_vat(\"136695976\")", "false"),
        ],
        sql: Some(|a| Expr::all([fits(a, &VAT), valid::vat_digits(sql(a, 0))])),
        run: |v| flag(v, |t| is_match(&VATS, t) && vat_digits(t)),
        ..TEST
    },
    Function {
        name: "is_currency",
        signature: "is_currency(text)",
        doc: "Whether the text is a currency code of ISO 4217, such as EUR, in capitals. False for empty.",
        examples: &[
            ("is_currency(\"EUR\")", "true"),
            ("is_currency(\"Euro\")", "false"),
            ("is_currency(\"DEM\")", "false"),
        ],
        sql: Some(|a| listed(sql(a, 0), CURRENCIES)),
        run: |v| flag(v, |t| CURRENCY.contains(t)),
        ..TEST
    },
    Function {
        name: "is_country",
        signature: "is_country(text)",
        doc: "Whether the text is a country code of ISO 3166-1 with two letters, such as NO, in capitals. False for empty.",
        examples: &[
            ("is_country(\"NO\")", "true"),
            ("is_country(\"D\")", "false"),
            ("is_country(\"UK\")", "false"),
        ],
        sql: Some(|a| listed(sql(a, 0), COUNTRIES)),
        run: |v| flag(v, |t| COUNTRY.contains(t)),
        ..TEST
    },
];

const COUNTRIES: &str = include_str!("codes/countries.txt");
const CURRENCIES: &str = include_str!("codes/currencies.txt");
const IBANS: &str = include_str!("codes/iban.txt");
const VAT_FORMS: &str = include_str!("codes/vat.txt");

const EMAIL: &str = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([\pL\pN]([\pL\pN-]*[\pL\pN])?\.)+[\pL\pN-]*\pL[\pL\pN-]*";
const URL: &str = r#"https?://[\pL\pN]([\pL\pN.-]*[\pL\pN])?(:[0-9]{1,5})?([/?#][^ \t\r\n"<>]*)?"#;
const UUID: &str = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
const BIC: &str = "[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?";
const LEI: &str = "[A-Z0-9]{18}[0-9]{2}";
const IBAN: &str = "[A-Z]{2}[0-9]{2}( ?[A-Z0-9])+";

static VAT: LazyLock<String> = LazyLock::new(|| {
    let one = |line: &str| line.split_once(' ').map(|(prefix, rest)| format!("{prefix}{rest}"));
    VAT_FORMS.lines().filter(|l| !l.starts_with('#')).filter_map(one).collect::<Vec<_>>().join("|")
});
static EMAILS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(EMAIL));
static URLS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(URL));
static UUIDS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(UUID));
static BICS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(BIC));
static LEIS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(LEI));
static IBAN_FORM: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(IBAN));
static VATS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(&VAT));
static COUNTRY: LazyLock<BTreeSet<&str>> = LazyLock::new(|| words(COUNTRIES).collect());
static CURRENCY: LazyLock<BTreeSet<&str>> = LazyLock::new(|| words(CURRENCIES).collect());
static IBAN_LENGTH: LazyLock<BTreeSet<&str>> = LazyLock::new(|| words(IBANS).collect());

/// The words of a list, its comments left out.
fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace)
}

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{pattern})$")).ok()
}

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|re| re.is_match(text))
}

fn flag(values: &[Value], test: impl Fn(&str) -> bool) -> Result<Value, Failure> {
    let text = arg(values, 0);
    Ok(Value::Flag(!text.is_empty() && test(text.str())))
}

fn fits(args: &[Arg], pattern: &str) -> Expr {
    crate::sql::read::matches(&sql(args, 0), pattern).or_else(Expr::flag(false))
}

fn listed(text: Expr, list: &'static str) -> Expr {
    text.one_of(words(list).map(Expr::text)).or_else(Expr::flag(false))
}

fn iban(text: &str) -> bool {
    if !is_match(&IBAN_FORM, text) {
        return false;
    }
    let bare = text.replace(' ', "");
    let (head, rest) = bare.split_at(4);
    let country = head.get(..2).unwrap_or_default();
    IBAN_LENGTH.contains(format!("{country}{}", bare.len()).as_str()) && mod_97(&format!("{rest}{head}")) == 1
}

/// The remainder by 97 of the number that digits and letters (A = 10 … Z = 35) make: ISO 7064.
fn mod_97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |sum, digit| {
        let width = if digit > 9 { 100 } else { 10 };
        (sum * width + digit) % 97
    })
}

/// The check digits of a VAT number of right form; true where a country's are not checked.
fn vat_digits(text: &str) -> bool {
    let (country, rest) = text.split_at(2);
    let digits: Vec<u32> = rest.chars().filter_map(|c| c.to_digit(10)).collect();
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).unwrap_or_default().iter().fold(0, |sum, d| sum * 10 + d)
    };
    let weighed = |weights: &[u32]| weights.iter().zip(&digits).map(|(w, d)| w * d).sum::<u32>();
    match country {
        "BE" => 97 - number(0..8) % 97 == number(8..10),
        "LU" => number(0..6) % 89 == number(6..8),
        "DK" => weighed(&valid::DK) % 11 == 0,
        "FI" => weighed(&valid::FI) % 11 == 0,
        "PL" => weighed(&valid::PL) % 11 == 0,
        "IT" => luhn(&digits),
        "SE" => luhn(digits.get(..10).unwrap_or_default()),
        "DE" => product_11_10(&digits),
        _ => true,
    }
}

/// The sum of digits, every second from the right doubled (less 9 above 9), is a multiple of 10.
fn luhn(digits: &[u32]) -> bool {
    let doubled = |(n, d): (usize, &u32)| if n % 2 == 1 { d * 2 - if *d > 4 { 9 } else { 0 } } else { *d };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// ISO 7064, MOD 11,10: how German VAT numbers are checked.
fn product_11_10(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, d| {
        let sum = (product + d) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}
