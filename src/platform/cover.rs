//! Covers a secret in what a server sends back: one that repeats what it was told would have it written into the ledger and
//! said on the terminal.
//!
//! In: how requests are authorised. Out: answers in which each place of the secret is stars, as it is and as http Basic has
//! it, in base64, in URLs and in JSON, whichever characters those escape. The length stays, and what is read from the answer
//! is what was covered, so that nothing later need think of it.

use super::base64;
use zeroize::Zeroizing;

/// Shortest secret that is covered wherever it stands.
const COVERED_MIN: usize = 6;
/// The same for one of letters alone or digits alone. Shorter ones are words and numbers that answers hold by themselves: were
/// `active` or `471100` covered there, a record would not be found by its number, and made once more. They are covered where a
/// header is repeated, and in base64, which nobody's data is in.
const PLAIN_MIN: usize = 10;
/// So far behind the header's name its value may begin: `Authorization%22%3A%20%22Bearer%20`.
const BEHIND_MAX: usize = 32;
/// Shortest secret that is covered there.
const BEHIND_MIN: usize = 3;

/// Most backslashes before an escaped character: JSON in a text of a text of JSON. More would make long rows of them slow.
const SLASHES_MAX: usize = 7;

/// What is covered.
#[derive(Default)]
pub(super) struct Cover {
    /// Wherever it stands.
    words: Vec<Word>,
    /// Behind the header's name.
    values: Vec<Word>,
    /// The header's name in small letters.
    header: String,
}

impl Cover {
    /// Covers a secret that is sent in a header, if `basic` in base64.
    pub(super) fn of(header: &str, secret: &str, basic: bool) -> Self {
        let mut new = Self { header: header.to_lowercase(), ..Self::default() };
        new.text(secret);
        if basic {
            new.text(&Zeroizing::new(base64::encoded(secret.as_bytes())));
            // What is told of a login is its password.
            new.text(secret.split_once(':').map_or("", |(_, password)| password));
        }
        new
    }

    /// A text and its disguises.
    fn text(&mut self, text: &str) {
        let plain =
            [u8::is_ascii_alphabetic, u8::is_ascii_digit].iter().any(|is| text.bytes().all(|b| is(&b)));
        let least = if plain { PLAIN_MIN } else { COVERED_MIN };
        let fit = if text.len() >= least { Some(&mut self.words) } else { None };
        let short = if text.len() >= BEHIND_MIN { Some(&mut self.values) } else { None };
        if let (Some(all), Some(word)) = (fit.or(short), Word::of(text.to_owned())) {
            all.push(word);
        }
        let whole = base64::encoded(text.as_bytes());
        let unpadded = whole.trim_end_matches('=').to_owned();
        let inside = (0..3).map(|before| base64::inside(text.as_bytes(), before));
        for coded in [whole, unpadded].into_iter().chain(inside) {
            let for_urls = coded.replace('+', "-").replace('/', "_");
            let known = |word: &Word| self.words.iter().any(|w| *w.text == *word.text);
            let both = [coded, for_urls].map(Word::of).into_iter().flatten();
            let fit: Vec<Word> = both.filter(|w| w.text.len() >= COVERED_MIN && !known(w)).collect();
            self.words.extend(fit);
        }
    }

    /// Puts stars over each place of it.
    pub(super) fn over(&self, text: &mut [u8]) {
        let mut begins = [false; 256];
        for first in self.words.iter().chain(&self.values).flat_map(|w| [w.byte, b'%', b'\\']) {
            if let Some(begins) = begins.get_mut(usize::from(first)) {
                *begins = true;
            }
        }
        let mut at = 0;
        while let Some(first) = text.get(at) {
            let begins = begins.get(usize::from(*first)).is_some_and(|b| *b);
            let end = if begins { self.end(text, at) } else { None };
            if let Some(place) = end.and_then(|end| text.get_mut(at..end)) {
                place.fill(b'*');
            }
            at = end.unwrap_or(at + 1);
        }
    }

    /// Where the longest that begins here ends.
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let first = First::at(text, at)?;
        let longest = |all: &[Word]| {
            all.iter().filter(|w| first.may_be(w)).filter_map(|w| end(text, at, &w.text)).max()
        };
        longest(&self.words).or_else(|| longest(&self.values).filter(|_| self.behind_the_header(text, at)))
    }

    fn behind_the_header(&self, text: &[u8], at: usize) -> bool {
        let from = at.saturating_sub(self.header.len() + BEHIND_MAX);
        let before = text.get(from..at).unwrap_or_default().to_ascii_lowercase();
        memchr::memmem::find(&before, self.header.as_bytes()).is_some()
    }
}

/// A text to be covered, with its first byte and its first unit of UTF-16.
struct Word {
    text: Zeroizing<String>,
    byte: u8,
    unit: u16,
}

impl Word {
    fn of(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        let (byte, unit) = (text.bytes().next()?, text.encode_utf16().next()?);
        Some(Self { text, byte, unit })
    }
}

/// What may begin at a place: most words are ruled out by that.
struct First {
    plain: u8,
    in_url: Option<u32>,
    in_json: Option<u32>,
}

impl First {
    fn at(text: &[u8], at: usize) -> Option<Self> {
        let plain = *text.get(at)?;
        let in_url = if plain == b'%' { hex(text, at + 1, 2) } else { None };
        let in_json = behind_slashes(text, at).and_then(|next| match text.get(next)? {
            b'u' => hex(text, next + 1, 4),
            other => Some(u32::from(*other)),
        });
        Some(Self { plain, in_url, in_json })
    }

    fn may_be(&self, word: &Word) -> bool {
        self.plain == word.byte
            || self.in_url == Some(word.byte.into())
            || self.in_json == Some(word.unit.into())
    }
}

/// Where a word ends that begins here, each of its characters as it is or escaped in one of the usual ways.
fn end(text: &[u8], at: usize, word: &str) -> Option<usize> {
    let mut ends = vec![at];
    for c in word.chars() {
        ends = ends.into_iter().flat_map(|end| ways(text, end, c)).flatten().collect();
        ends.sort_unstable();
        ends.dedup();
        if ends.is_empty() {
            return None;
        }
    }
    ends.into_iter().max()
}

/// Where a character that begins here ends, by each way of writing it.
fn ways(text: &[u8], at: usize, c: char) -> [Option<usize>; 3] {
    let mut bytes = [0; 4];
    let bytes: &[u8] = c.encode_utf8(&mut bytes).as_bytes();
    let rest = text.get(at..).unwrap_or_default();
    let plain = rest.starts_with(bytes) || c == ' ' && rest.first() == Some(&b'+');
    [plain.then(|| at + bytes.len()), in_url(text, at, bytes), in_json(text, at, c)]
}

/// `%2B`, in large or small letters.
fn in_url(text: &[u8], at: usize, bytes: &[u8]) -> Option<usize> {
    bytes.iter().try_fold(at, |at, byte| {
        let coded = text.get(at) == Some(&b'%') && hex(text, at + 1, 2)? == u32::from(*byte);
        coded.then_some(at + 3)
    })
}

/// `\u002B`, or `\"`; with more than one backslash, when the JSON stands in a text of another.
fn in_json(text: &[u8], at: usize, c: char) -> Option<usize> {
    let next = behind_slashes(text, at)?;
    if matches!(c, '"' | '/') && text.get(next).copied().map(char::from) == Some(c) {
        return Some(next + 1);
    }
    if c == '\\' && next >= at + 2 {
        return Some(at + 2);
    }
    c.encode_utf16(&mut [0; 2]).iter().try_fold(at, |at, unit| {
        let next = behind_slashes(text, at)?;
        let coded = text.get(next) == Some(&b'u') && hex(text, next + 1, 4)? == u32::from(*unit);
        coded.then_some(next + 5)
    })
}

/// Where a row of backslashes that begins here ends.
fn behind_slashes(text: &[u8], at: usize) -> Option<usize> {
    let slashes = text.get(at..)?.iter().take(SLASHES_MAX).take_while(|b| **b == b'\\').count();
    (slashes > 0).then_some(at + slashes)
}

fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
