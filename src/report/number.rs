//! Numbers for readers: thousands separators on counts and money, sizes of files.

/// A count with thousands separators: `1,234`.
pub(super) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A canonical decimal text with thousands separators; anything else stays as it is.
pub(super) fn money(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return text.to_owned();
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// The difference of two canonical decimal texts with its sign: `+1,190.00`; none when either is no decimal.
pub(super) fn difference(old: &str, new: &str) -> Option<String> {
    use rust_decimal::Decimal;
    let (old, new): (Decimal, Decimal) = (old.parse().ok()?, new.parse().ok()?);
    let change = new.checked_sub(old)?;
    let plus = if change.is_sign_positive() && !change.is_zero() { "+" } else { "" };
    Some(if change.is_zero() { "0".to_owned() } else { format!("{plus}{}", money(&change.to_string())) })
}

/// Bytes in the unit people use: `1.4 MB`.
pub(super) fn bytes(n: u64) -> String {
    let tenths = |unit: u64| {
        let t = n.saturating_mul(10) / unit;
        format!("{}.{}", count(t / 10), t % 10)
    };
    match n {
        0..=999 => format!("{n} B"),
        1_000..=999_999 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_by_three() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(count).join(" "), "0 12 999 1,000 1,234,567");
        assert_eq!(
            ["-1190.50", "1000", "12", "n/a", "", "1e5"].map(money).join("|"),
            "-1,190.50|1,000|12|n/a||1e5"
        );
    }

    #[test]
    fn differences_carry_a_sign() {
        assert_eq!(difference("1000.00", "2190.00").as_deref(), Some("+1,190.00"));
        assert_eq!(difference("2190.00", "1000.00").as_deref(), Some("-1,190.00"));
        assert_eq!(difference("1.00", "1.00").as_deref(), Some("0"));
        assert_eq!(difference("x", "1"), None);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([5, 1_500, 20_400_000].map(bytes).join(" "), "5 B 1.5 kB 20.4 MB");
    }
}
