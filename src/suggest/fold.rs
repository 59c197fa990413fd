//! Names made comparable: letter case, accents, camelCase, snake_case, blanks and punctuation do not matter, and all
//! words for a number, code or key are one.
//!
//! In: a name as people write it. Out: [`Name`], equal for names that mean the same letters.

use unicode_normalization::UnicodeNormalization as _;

/// Words that say "number", "code" or "key", folded; `#` in the list of synonyms stands for any of them.
const NUMBER: &[&str] = &[
    "nr",
    "no",
    "num",
    "numb",
    "number",
    "nummer",
    "numero",
    "n",
    "nbr",
    "id",
    "code",
    "kode",
    "key",
    "schlussel",
    "clave",
    "cle",
    "sleutel",
    "nokkel",
    "kennung",
    "identifier",
    "codigo",
    "ref",
];
/// Those that also stand at the end of one long word: Kundennummer, Kundennr, Währungscode.
const SUFFIXES: &[&str] = &["nummer", "number", "nr", "code", "kode", "schlussel"];

/// A folded name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// All its letters and digits, together.
    pub whole: String,
    /// The whole with its word for a number replaced by `#`, such as `kund#`; `None` without such a word.
    pub numbered: Option<String>,
    /// Its words.
    pub words: Vec<String>,
}

/// Folds a name.
pub(super) fn fold(name: &str) -> Name {
    let words = words(name);
    Name { whole: words.concat(), numbered: numbered(&words), words }
}

/// Folds an entry of the list of synonyms, in which `#` is any word for a number.
pub(super) fn fold_phrase(phrase: &str) -> Name {
    if !phrase.contains('#') {
        return fold(phrase);
    }
    let words = words(&phrase.replace('#', " "));
    let stem = stem(&words.concat());
    Name { whole: format!("{stem}#"), numbered: None, words }
}

/// The words of a name, folded.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = without_brackets(name).chars().collect();
    for (n, c) in letters.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|b| letters.get(b));
        let after = letters.get(n + 1);
        let hump = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase()
                    || b.is_numeric()
                    || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
            });
        if (hump || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.push(*c);
        } else if *c == '%' {
            words.push("%".to_owned());
        }
    }
    words.push(word);
    words.iter().map(|w| letters_only(w)).filter(|w| !w.is_empty()).collect()
}

/// `Total (EUR)` without what stands in brackets, unless nothing else is there.
fn without_brackets(name: &str) -> String {
    let mut depth = 0_u32;
    let kept: String = name
        .chars()
        .filter(|c| {
            depth += u32::from(matches!(c, '(' | '['));
            let inside = depth > 0;
            depth = depth.saturating_sub(u32::from(matches!(c, ')' | ']')));
            !inside
        })
        .collect();
    if kept.trim().is_empty() { name.to_owned() } else { kept }
}

/// Lower case without accents; ä, ae and a are one, and so are ö and ø, ü, å, æ, ß.
fn letters_only(word: &str) -> String {
    let plain: String = word
        .to_lowercase()
        .replace('ß', "ss")
        .replace('ø', "o")
        .replace('æ', "a")
        .nfd()
        .filter(|c| c.is_alphanumeric() || *c == '%')
        .collect();
    plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

fn numbered(words: &[String]) -> Option<String> {
    let (last, before) = words.split_last()?;
    let first = words.first()?;
    if NUMBER.contains(&last.as_str()) {
        return Some(format!("{}#", stem(&before.concat())));
    }
    if NUMBER.contains(&first.as_str()) {
        return words.get(1..).map(|rest| format!("{}#", stem(&rest.concat())));
    }
    let cut = SUFFIXES.iter().find_map(|s| last.strip_suffix(s))?;
    Some(format!("{}#", stem(&format!("{}{cut}", before.concat()))))
}

/// Without the letters that join or bend a word: Rechnungs-, Kunden-, customers.
pub(super) fn stem(word: &str) -> String {
    let cut = ["en", "n", "s", "e"].iter().find_map(|s| word.strip_suffix(s)).filter(|w| w.len() > 2);
    cut.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_phrase};

    #[test]
    fn spellings_of_one_name_are_equal() {
        for (a, b) in [
            ("invoiceDate", "Invoice_Date"),
            ("Fälligkeit", "FAELLIGKEIT"),
            ("USt-IdNr.", "UST ID NR"),
            ("Währung", "waehrung"),
            ("Forfallsdato", "forfalls dato"),
            ("E-Mail", "eMail"),
            ("Total (EUR)", "total"),
        ] {
            assert_eq!(fold(a).whole, fold(b).whole, "{a} {b}");
        }
    }

    #[test]
    fn any_word_for_a_number_will_do() {
        for (phrase, name) in [
            ("kunden #", "Kundennr."),
            ("kunden #", "Kunden-Nummer"),
            ("kunden #", "KundenID"),
            ("customer #", "CustomerID"),
            ("# facture", "N° facture"),
            ("rechnungs #", "Rechnung Nr"),
            ("währungs #", "WAEHRUNGSCODE"),
        ] {
            assert_eq!(Some(fold_phrase(phrase).whole), fold(name).numbered, "{phrase} {name}");
        }
    }
}
