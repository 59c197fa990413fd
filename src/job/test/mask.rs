//! Made-up values of the same form: length, letter case, digits and everything else stay where they are. The same value
//! always becomes the same one, so that keys still meet. A mask hides values from readers; it is no encryption.

use crate::diagnostic::{Code, Collector, Diagnostic, Result, did_you_mean};
use crate::mapping::Mapping;
use crate::mapping::case::{CaseCell, CasePlan};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Kinds of values that may be named instead of a column or field, with the words that tell them by.
const KINDS: &[(&str, &[&str])] = &[
    ("name", &["name"]),
    ("email", &["email", "e-mail", "mail"]),
    ("phone", &["phone", "telefon", "telephone", "tel.", "fax", "mobil", "handy"]),
    ("iban", &["iban", "bankaccount"]),
];

/// Replaces the cells of the columns that `words` name: columns, fields (the columns they come from) or kinds.
///
/// # Errors
/// E283 for a word that is none of these, all of them.
pub(super) fn mask(mapping: &Mapping, case: &mut CasePlan, words: &[String]) -> Result<()> {
    let mut all = Collector::default();
    let mut chosen: BTreeSet<(String, usize)> = BTreeSet::new();
    for word in words {
        let found = columns(mapping, case, word);
        if found.is_empty() {
            all.push(unknown(mapping, case, word));
        }
        chosen.extend(found);
    }
    for source in &mut case.given {
        for cell in source.rows.iter_mut().flat_map(|r| &mut r.cells) {
            if chosen.contains(&(source.source.clone(), cell.column)) {
                cell.text = masked(cell);
            }
        }
    }
    all.finish(()).map(|_| ())
}

/// The columns of the case's sources that a word means.
fn columns(mapping: &Mapping, case: &CasePlan, word: &str) -> Vec<(String, usize)> {
    let named = names(mapping, case, |source, name| {
        name == word || fields_of(mapping, source, name).any(|f| f == word)
    });
    let Some((_, tell)) = KINDS.iter().find(|(kind, _)| *kind == word) else { return named };
    let is_kind = |text: &str| {
        let text = text.to_lowercase();
        tell.iter().any(|t| text.contains(t))
    };
    let mut found =
        names(mapping, case, |source, name| is_kind(name) || fields_of(mapping, source, name).any(is_kind));
    found.extend(named);
    found
}

fn names(mapping: &Mapping, case: &CasePlan, hit: impl Fn(&str, &str) -> bool) -> Vec<(String, usize)> {
    let sources = case.given.iter().filter_map(|g| mapping.source(&g.source));
    let of = |s: &crate::mapping::SourcePlan| {
        let hits = s.columns.iter().enumerate().filter(|(_, c)| hit(&s.name, c));
        hits.map(|(n, _)| (s.name.clone(), n)).collect::<Vec<_>>()
    };
    sources.flat_map(of).collect()
}

/// The fields that come from a column.
fn fields_of<'a>(mapping: &'a Mapping, source: &'a str, column: &'a str) -> impl Iterator<Item = &'a str> {
    let records = mapping.records.iter().filter(move |r| r.source == source);
    let fields = records.flat_map(|r| &r.fields).filter(move |f| f.from.iter().any(|c| c == column));
    fields.map(|f| f.name.as_str())
}

fn unknown(mapping: &Mapping, case: &CasePlan, word: &str) -> Diagnostic {
    let sources: Vec<&str> = case.given.iter().map(|g| g.source.as_str()).collect();
    let columns = sources.iter().filter_map(|s| mapping.source(s)).flat_map(|s| s.columns.iter());
    let fields =
        mapping.records.iter().filter(|r| sources.contains(&r.source.as_str())).flat_map(|r| &r.fields);
    let known: Vec<&str> = KINDS
        .iter()
        .map(|(k, _)| *k)
        .chain(columns.map(String::as_str))
        .chain(fields.map(|f| f.name.as_str()))
        .collect();
    let help = did_you_mean(word, known).unwrap_or_else(|| {
        "Name columns or fields of the captured rows, or name, email, phone, iban.".to_owned()
    });
    let message = format!("--mask {word} names no column, field or kind of value in the captured rows");
    Diagnostic::error(Code::BAD_MASK, message).help(help)
}

fn masked(cell: &CaseCell) -> String {
    if matches!(cell.kind, 'd' | 'b') {
        return cell.text.clone();
    }
    iban(&cell.text).unwrap_or_else(|| made_up(&cell.text))
}

/// A text of the same form.
fn made_up(text: &str) -> String {
    let mut stream = Stream::of(text);
    let mut leading = true;
    text.chars()
        .map(|c| {
            // Leading zeros are part of the form.
            let zero = leading && c == '0';
            leading &= !c.is_ascii_digit() || zero;
            if zero { c } else { letter(c, &mut stream) }
        })
        .collect()
}

fn letter(c: char, stream: &mut Stream) -> char {
    const VOWELS: &str = "aeiou";
    const OTHERS: &str = "bcdfghjklmnpqrstvwxyz";
    let lower = c.to_ascii_lowercase();
    let made = match lower {
        '0'..='9' => return stream.pick("123456789"),
        'a'..='z' if VOWELS.contains(lower) => stream.pick(VOWELS),
        'a'..='z' => stream.pick(OTHERS),
        _ if c.is_lowercase() => return stream.pick("äöü"),
        _ if c.is_uppercase() => return stream.pick("ÄÖÜ"),
        _ if c.is_alphabetic() => return stream.pick("あいうえおかきくけこ"),
        _ => return c,
    };
    if c.is_ascii_uppercase() { made.to_ascii_uppercase() } else { made }
}

/// An IBAN keeps its country and gets check digits that hold.
fn iban(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| *c != ' ').collect();
    let shape = bare.len() >= 15
        && bare.len() <= 34
        && bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bare.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && bare.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    if !shape {
        return None;
    }
    let (country, rest) = (bare.get(..2)?, made_up(bare.get(4..)?));
    let check = 98 - remainder(&format!("{rest}{country}00"));
    let mut made = format!("{country}{check:02}{rest}").chars().collect::<Vec<_>>().into_iter();
    Some(text.chars().map(|c| if c == ' ' { c } else { made.next().unwrap_or(c) }).collect())
}

/// The number an IBAN's characters stand for, modulo 97 (ISO 13616).
fn remainder(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |sum, n| {
        let shift = if n > 9 { 100 } else { 10 };
        (sum * shift + n) % 97
    })
}

/// Bytes that depend on a value alone.
struct Stream {
    seed: String,
    block: u64,
    bytes: Vec<u8>,
}

impl Stream {
    fn of(seed: &str) -> Self {
        Self { seed: seed.to_owned(), block: 0, bytes: Vec::new() }
    }

    fn pick(&mut self, from: &str) -> char {
        if self.bytes.is_empty() {
            self.bytes = Sha256::digest(format!("crosswalk mask {} {}", self.block, self.seed)).to_vec();
            self.block += 1;
        }
        let byte = usize::from(self.bytes.pop().unwrap_or(0));
        let count = from.chars().count().max(1);
        from.chars().nth(byte % count).unwrap_or('x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn class(c: char) -> u8 {
        match c {
            '0'..='9' => 1,
            _ if c.is_lowercase() => 2,
            _ if c.is_uppercase() => 3,
            _ if c.is_alphabetic() => 4,
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn the_form_stays(text in "[a-zA-Z0-9äöüßÄÖÜ .@+/-]{0,40}") {
            let made = made_up(&text);
            let classes = |t: &str| t.chars().map(class).collect::<Vec<_>>();
            prop_assert_eq!(classes(&made), classes(&text));
            prop_assert_eq!(made_up(&text), made);
        }
    }

    #[test]
    fn an_iban_still_holds() {
        let made = iban("DE89 3704 0044 0532 0130 00").unwrap();
        let bare: String = made.chars().filter(|c| *c != ' ').collect();
        assert_ne!(made, "DE89 3704 0044 0532 0130 00");
        assert_eq!(remainder(&format!("{}{}", &bare[4..], &bare[..4])), 1, "{made}");
        assert_eq!(iban("DE89"), None);
    }

    #[test]
    fn leading_zeros_stay() {
        assert!(made_up("0010034").starts_with("00"));
    }
}
