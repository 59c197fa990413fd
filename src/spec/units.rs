//! Durations and sizes as a person writes them: `2 s`, `30 min`, `20 MB`.

/// A duration in milliseconds; `None` when the text is none.
pub fn duration_ms(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A size in bytes (KB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024); `None` when the text is none.
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "B" => 1,
        "KB" | "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes() {
        assert_eq!(duration_ms("2 s"), Some(2000));
        assert_eq!(duration_ms("30min"), Some(1_800_000));
        assert_eq!(duration_ms("3 days"), Some(259_200_000));
        assert_eq!(duration_ms("30"), None);
        assert_eq!(duration_ms("s"), None);
        assert_eq!(bytes("20 MB"), Some(20_000_000));
        assert_eq!(bytes("1 KiB"), Some(1024));
        assert_eq!(bytes("99999999999999999999 MB"), None);
    }
}
