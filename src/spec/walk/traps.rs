//! Values as spreadsheets write them, turned into what TOML writes.

/// `02.10.2026`, `2/10/2026` or `2026/10/02` as ISO; day before month, as everywhere but in the United States.
pub fn iso_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['.', '/', '-']).collect();
    let number = |t: &str, most: usize| -> Option<u32> {
        (!t.is_empty() && t.len() <= most && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse().ok())
            .flatten()
    };
    let [a, b, c] = parts.as_slice() else { return None };
    let (year, month, day) = match (a.len(), c.len()) {
        (4, _) => (number(a, 4)?, number(b, 2)?, number(c, 2)?),
        (_, 4) => (number(c, 4)?, number(b, 2)?, number(a, 2)?),
        (_, 2) => (2000 + number(c, 2)?, number(b, 2)?, number(a, 2)?),
        _ => return None,
    };
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// `1.190,50`, `1,190.50`, `1'190.50` or `19,0` by digits and a point; `None` for what is no number so written, or needs
/// no change.
pub fn plain_number(text: &str) -> Option<String> {
    let text = text.trim();
    let body = text.strip_prefix('-').unwrap_or(text);
    let known = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}');
    if !body.starts_with(|c: char| c.is_ascii_digit()) || !body.chars().all(known) {
        return None;
    }
    let last = body.rfind([',', '.']);
    let only = |c: char| body.matches(c).count() == 1;
    let decimal = last.filter(|at| {
        let mark = body.get(*at..).and_then(|b| b.chars().next()).unwrap_or('.');
        let behind = body.len() - at - 1;
        only(mark) && (mark == ',' && (behind != 3 || body.contains('.')) || mark == '.')
    });
    let digits = |t: &str| t.chars().filter(char::is_ascii_digit).collect::<String>();
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number = match decimal {
        Some(at) => format!("{sign}{}.{}", digits(body.get(..at)?), digits(body.get(at + 1..)?)),
        None => format!("{sign}{}", digits(body)),
    };
    (number != text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_of_spreadsheets() {
        for (text, number) in [
            ("1.190,50", Some("1190.50")),
            ("1,190.50", Some("1190.50")),
            ("1'190.50", Some("1190.50")),
            ("19,0", Some("19.0")),
            ("-0,5", Some("-0.5")),
            ("1 000", Some("1000")),
            ("1,000", Some("1000")),
            ("12.50", None),
            ("12", None),
            ("abc", None),
        ] {
            assert_eq!(plain_number(text).as_deref(), number, "{text}");
        }
        assert_eq!(iso_date("02.10.2026").as_deref(), Some("2026-10-02"));
        assert_eq!(iso_date("2.1.26").as_deref(), Some("2026-01-02"));
        assert_eq!(iso_date("2026/10/02").as_deref(), Some("2026-10-02"));
        assert_eq!(iso_date("32.10.2026"), None);
        assert_eq!(iso_date("1.190.500"), None);
    }
}
