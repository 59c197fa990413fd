//! A number as the number format of its cell shows it, for `numbers = "as shown"`: leading zeros, decimals, thousands,
//! percent and fixed texts. Marks are the format's own (`,` and `.`), whatever the machine. What would need a guess
//! (fractions, exponents, conditions, fill characters, digits beyond the 15 a spreadsheet has) is not shown at all.
//!
//! Rules of formats: ECMA-376 part 1, 18.8.31. Blanks as wide as a character (`_x`) are one blank, blanks that fill the
//! cell (`* `) are none.

use std::iter::Peekable;
use std::str::Chars;

/// Digits a spreadsheet keeps of a number.
const DIGITS: usize = 15;

/// A number format, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NumberFormat(Vec<Section>);

/// What stands between two semicolons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    pieces: Vec<Piece>,
    grouped: bool,
    /// Powers of ten: two for each `%`, three less for each `,` behind the digits.
    shift: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Literal(String),
    General,
}

impl NumberFormat {
    /// Reads a format; `None` for one that cannot be shown exactly.
    pub(super) fn parse(code: &str) -> Option<Self> {
        let mut sections = vec![Section::default()];
        let mut rest = code.chars().peekable();
        while let Some(c) = rest.next() {
            if c == ';' {
                sections.push(Section::default());
            } else {
                sections.last_mut()?.take(c, &mut rest)?;
            }
        }
        // The last of several that holds `@` is for texts.
        let text = |s: &Section| s.pieces.len() == 1 && s.pieces.first() == Some(&Piece::General);
        if sections.len() > 1 && code.contains('@') && sections.last().is_some_and(text) {
            sections.pop();
        }
        let fits = sections.len() <= 3 && sections.iter().all(Section::in_order);
        fits.then_some(Self(sections))
    }

    /// The text shown for a number whose shortest decimal is `plain`; `None` where it would be a guess.
    pub(super) fn show(&self, value: f64, plain: &str) -> Option<String> {
        let negative = value < 0.0;
        let (section, sign) = match (self.0.as_slice(), negative) {
            ([one], _) => (one, negative),
            ([_, _, zero], _) if value == 0.0 => (zero, false),
            ([positive, ..], false) => (positive, false),
            ([_, negative, ..], true) => (negative, false),
            ([], _) => return None,
        };
        if section.pieces.is_empty() {
            // Hidden on purpose where zero or the positive has a section of its own.
            return (self.0.len() == 3).then(String::new);
        }
        let (whole, decimals) = digits(value.abs(), section.shift, section.decimals())?;
        let nothing = !whole.bytes().chain(decimals.bytes()).any(|b| b != b'0');
        let shows_digits = section.pieces.iter().any(|p| matches!(p, Piece::Digit(_)));
        if negative && nothing && shows_digits {
            return None; // Programs differ on whether this has a minus.
        }
        let text = section.render(&whole, &decimals, plain.trim_start_matches('-'))?;
        Some(if sign { format!("-{text}") } else { text })
    }
}

impl Section {
    /// One piece; `None` for what cannot be shown.
    fn take(&mut self, c: char, rest: &mut Peekable<Chars<'_>>) -> Option<()> {
        match c {
            '0' | '#' | '?' => self.pieces.push(Piece::Digit(c)),
            '.' if self.pieces.contains(&Piece::Point) => return None,
            '.' => self.pieces.push(Piece::Point),
            ',' => self.comma(rest)?,
            '%' => {
                self.shift += 2;
                self.literal("%");
            }
            '"' => {
                let quoted: String = rest.by_ref().take_while(|c| *c != '"').collect();
                self.literal(&quoted);
            }
            '\\' => {
                let next = rest.next()?;
                self.literal(&next.to_string());
            }
            '_' => {
                rest.next()?;
                self.literal(" ");
            }
            '*' => return (rest.next()? == ' ').then_some(()),
            '[' => self.bracket(&rest.by_ref().take_while(|c| *c != ']').collect::<String>())?,
            '@' => self.pieces.push(Piece::General),
            'G' | 'g' => {
                let word: String = std::iter::once(c).chain(rest.by_ref().take(6)).collect();
                if !word.eq_ignore_ascii_case("general") {
                    return None;
                }
                self.pieces.push(Piece::General);
            }
            '/' => return None,
            c if c.is_ascii_alphabetic() => return None,
            c => self.literal(&c.to_string()),
        }
        Some(())
    }

    fn literal(&mut self, text: &str) {
        self.pieces.push(Piece::Literal(text.to_owned()));
    }

    /// Between digits it groups by thousands, behind the last it divides by a thousand.
    fn comma(&mut self, rest: &mut Peekable<Chars<'_>>) -> Option<()> {
        let after_digit = matches!(self.pieces.last(), Some(Piece::Digit(_)));
        let more = rest.peek().is_some_and(|c| matches!(c, '0' | '#' | '?'));
        let again = rest.peek() == Some(&',');
        if !after_digit || (more && self.pieces.contains(&Piece::Point)) {
            return None;
        }
        if more {
            self.grouped = true;
        } else {
            self.shift -= 3;
        }
        // `,,` divides by a million; the second is read here, as no digit stands before it.
        if again {
            rest.next();
            self.shift -= 3;
            if rest.peek().is_some_and(|c| matches!(c, '0' | '#' | '?' | ',')) {
                return None;
            }
        }
        Some(())
    }

    /// A colour is left out; a currency sign is shown; conditions and other digits are not possible.
    fn bracket(&mut self, inside: &str) -> Option<()> {
        let colours = ["black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"];
        let lower = inside.to_lowercase();
        if let Some(currency) = inside.strip_prefix('$') {
            let (sign, place) = currency.split_once('-').unwrap_or((currency, ""));
            if place.len() > 4 {
                return None; // Other digits or calendars.
            }
            if !sign.is_empty() {
                self.literal(sign);
            }
            return Some(());
        }
        let numbered = lower.strip_prefix("color").is_some_and(|n| n.parse::<u8>().is_ok());
        (numbered || colours.contains(&lower.as_str())).then_some(())
    }

    /// Places behind the point.
    fn decimals(&self) -> usize {
        let behind = self.pieces.iter().skip_while(|p| **p != Piece::Point);
        behind.filter(|p| matches!(p, Piece::Digit(_))).count()
    }

    /// Whether the digits stand in an order that means one thing: `#` and `?` before the zeros in front of the point,
    /// behind them after it; `General` without digits.
    fn in_order(&self) -> bool {
        let (mut front, mut back) = (Vec::new(), Vec::new());
        let mut point = false;
        for piece in &self.pieces {
            match piece {
                Piece::Point => point = true,
                Piece::Digit(c) if point => back.push(*c),
                Piece::Digit(c) => front.push(*c),
                _ => {}
            }
        }
        let zeros_last = front.iter().skip_while(|c| **c != '0').all(|c| *c == '0');
        let zeros_first = back.iter().skip_while(|c| **c == '0').all(|c| *c != '0');
        let general = self.pieces.iter().filter(|p| **p == Piece::General).count();
        let none = front.is_empty() && back.is_empty() && !point && self.shift == 0;
        let blanks = self.grouped && front.contains(&'?');
        zeros_last && zeros_first && !blanks && (general == 0 || (general == 1 && none))
    }

    fn render(&self, whole: &str, decimals: &str, general: &str) -> Option<String> {
        let point = self.pieces.iter().position(|p| *p == Piece::Point).unwrap_or(self.pieces.len());
        let mut text = self.front(self.pieces.get(..point)?, whole);
        let significant = decimals.trim_end_matches('0').len();
        let mut place = 0;
        for piece in self.pieces.get(point..)? {
            match piece {
                Piece::Point => text.push('.'),
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Digit(c) => {
                    match (place < significant, c) {
                        (true, _) | (_, '0') => text.push_str(decimals.get(place..=place).unwrap_or("0")),
                        (false, '?') => text.push(' '),
                        (false, _) => {}
                    }
                    place += 1;
                }
                Piece::General => {}
            }
        }
        match self.pieces.contains(&Piece::General) {
            true => Some(self.pieces.iter().map(|p| p.fixed(general)).collect()),
            false => Some(text),
        }
    }

    /// What stands before the point, made from the right: the leftmost place takes all digits that are left.
    fn front(&self, pieces: &[Piece], whole: &str) -> String {
        let mut left: Vec<char> = whole.trim_start_matches('0').chars().collect();
        let mut places = pieces.iter().filter(|p| matches!(p, Piece::Digit(_))).count();
        let (mut reversed, mut shown) = (Vec::new(), 0);
        let mut put = |reversed: &mut Vec<char>, digit: char| {
            if self.grouped && shown > 0 && shown % 3 == 0 {
                reversed.push(',');
            }
            reversed.push(digit);
            shown += 1;
        };
        if places == 0 && pieces.len() < self.pieces.len() {
            // `.00`: the digits before the point have no place of their own.
            left.drain(..).rev().for_each(|d| put(&mut reversed, d));
        }
        for piece in pieces.iter().rev() {
            match piece {
                Piece::Literal(text) => reversed.extend(text.chars().rev()),
                Piece::Digit(c) => {
                    places -= 1;
                    match (left.pop(), c) {
                        (Some(digit), _) => put(&mut reversed, digit),
                        (None, '0') => put(&mut reversed, '0'),
                        (None, '?') => reversed.push(' '),
                        (None, _) => {}
                    }
                    if places == 0 {
                        left.drain(..).rev().for_each(|d| put(&mut reversed, d));
                    }
                }
                Piece::Point | Piece::General => {}
            }
        }
        reversed.iter().rev().collect()
    }
}

impl Piece {
    fn fixed(&self, general: &str) -> String {
        match self {
            Piece::Literal(text) => text.clone(),
            Piece::General => general.to_owned(),
            Piece::Digit(_) | Piece::Point => String::new(),
        }
    }
}

/// The digits before and after the point of `value · 10^shift`, rounded half away from zero to `decimals`.
fn digits(value: f64, shift: i32, decimals: usize) -> Option<(String, String)> {
    let shortest = format!("{value:e}");
    let count = shortest.split('e').next()?.bytes().filter(u8::is_ascii_digit).count();
    if count > DIGITS && value >= 1e15 {
        return None;
    }
    let text = if count > DIGITS { format!("{value:.14e}") } else { shortest };
    let (mantissa, exponent) = text.split_once('e')?;
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().ok()? + 1 + shift;
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    let (mut whole, mut behind) = match usize::try_from(point) {
        Ok(at) if at <= all.len() => (all.get(..at)?.to_owned(), all.get(at..)?.to_owned()),
        Ok(_) => (format!("{all}{}", zeros(point - i32::try_from(all.len()).ok()?)), String::new()),
        Err(_) => (String::new(), format!("{}{all}", zeros(-point))),
    };
    let up = behind.as_bytes().get(decimals).is_some_and(|d| *d >= b'5');
    behind = format!("{behind:0<decimals$}").get(..decimals)?.to_owned();
    if up {
        (whole, behind) = raised(&whole, &behind);
    }
    Some((whole, behind))
}

/// One more in the last place.
fn raised(whole: &str, behind: &str) -> (String, String) {
    let mut all: Vec<u8> = [b"0", whole.as_bytes(), behind.as_bytes()].concat();
    for digit in all.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            break;
        }
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let (whole, behind) = text.split_at(text.len() - behind.len());
    (whole.to_owned(), behind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::NumberFormat;

    fn show(code: &str, value: f64) -> Option<String> {
        NumberFormat::parse(code)?.show(value, &value.to_string())
    }

    #[test]
    fn as_a_spreadsheet_shows_it() {
        for (code, value, want) in [
            ("General", 1190.5, "1190.5"),
            ("General", -3.0, "-3"),
            ("@", 42.0, "42"),
            ("General\" kg\"", 2.5, "2.5 kg"),
            ("00000", 42.0, "00042"),
            ("00000", 1_234_567.0, "1234567"),
            ("0", 2.5, "3"),
            ("0", -2.5, "-3"),
            ("0.00", 1.005, "1.01"),
            ("0.00", 0.30000000000000004, "0.30"),
            ("0.00", 999.995, "1000.00"),
            ("0.##", 1.5, "1.5"),
            ("0.##", 1.0, "1."),
            ("#", 0.0, ""),
            (".00", 12.5, "12.50"),
            ("#,##0.00", 1_234_567.891, "1,234,567.89"),
            ("#,##0", 999.0, "999"),
            ("000,000", 42.0, "000,042"),
            ("#,##0,", 1_234_567.0, "1,235"),
            ("0.0,,", 1_250_000.0, "1.3"),
            ("0%", 0.07, "7%"),
            ("0.0%", 0.1234, "12.3%"),
            ("\"K-\"0000", 42.0, "K-0042"),
            ("\"K-\"0000", -42.0, "-K-0042"),
            ("\\K\\-00", 7.0, "K-07"),
            ("000-00-0000", 123_456_789.0, "123-45-6789"),
            ("0 000", 12_345.0, "12 345"),
            ("#,##0.00 [$€-407]", 1234.5, "1,234.50 €"),
            ("[Red]0.0", 1.25, "1.3"),
            ("0.00;(0.00)", -1.5, "(1.50)"),
            ("0.00;[Red]-0.00;\"-\"", 0.0, "-"),
            ("#,##0;-#,##0;", 0.0, ""),
            ("0;-0;;@", 5.0, "5"),
            ("0;@", -5.0, "-5"),
            ("_-* #,##0.00\\ _€_-", 1234.0, " 1,234.00   "),
            ("0.0??", 1.5, "1.5  "),
            ("0", 123_456_789_012_345.0, "123456789012345"),
            ("0", 1e20, "100000000000000000000"),
        ] {
            assert_eq!(show(code, value).as_deref(), Some(want), "{code} of {value}");
        }
    }

    #[test]
    fn never_a_guess() {
        for (code, value) in [
            ("0.00E+00", 1.0),
            ("# ?/?", 0.5),
            ("[>100]0;0.0", 1.0),
            ("*-0", 1.0),
            ("0.00", -0.001),
            ("0", 1_234_567_890_123_456.0),
            ("[$-D000409]0", 1.0),
            ("0;", -1.0),
            ("0#", 1.0),
            ("yyyy", 1.0),
            ("#,??0", 1.0),
        ] {
            assert_eq!(show(code, value), None, "{code} of {value}");
        }
    }
}
