//! Excel serial numbers → ISO text, rounded to the millisecond.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// ISO text of a serial: a date, a date with a time unless midnight, or a time alone below 1. `None` when no date.
/// Serial 60 of the 1900 epoch is the day that never was: it keeps its name, so that it is refused as a date later.
pub(super) fn iso(serial: f64, epoch_1904: bool, duration: bool) -> Option<String> {
    let scaled = (serial * DAY as f64).round();
    if !(0.0..=3_000_000.0 * DAY as f64).contains(&scaled) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation)]
    let total = scaled as i64;
    let (days, time) = (total / DAY, total % DAY);
    if duration || (days == 0 && !epoch_1904) {
        return Some(clock(total));
    }
    // Days from 1970-01-01; before March 1900 the serial is one too small, for the 29 February it believes in.
    let day = match (epoch_1904, days) {
        (true, _) => days - 24_107,
        (false, 60) => return Some(with_time("1900-02-29".to_owned(), time)),
        (false, ..60) => days - 25_568,
        (false, _) => days - 25_569,
    };
    let (year, month, of_month) = civil(day);
    (year <= 9999).then(|| with_time(format!("{year:04}-{month:02}-{of_month:02}"), time))
}

fn with_time(date: String, time: i64) -> String {
    if time == 0 { date } else { format!("{date}T{}", clock(time)) }
}

/// `12:04:24.46`; hours go on past 24.
fn clock(ms: i64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let whole = format!("{hours:02}:{minutes:02}:{seconds:02}");
    match ms % 1000 {
        0 => whole,
        part => format!("{whole}.{part:03}").trim_end_matches('0').to_owned(),
    }
}

/// Days from 1970-01-01 → year, month, day (Howard Hinnant's algorithm).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * m + 2) / 5 + 1, if m < 10 { m + 3 } else { m - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
