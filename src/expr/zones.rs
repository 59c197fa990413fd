//! Time zones for SQL: two functions over the time zone database that is inside the program, so that a machine without
//! one, or with a newer one, gives the same times.
//!
//! A wall-clock time that a zone had twice (the clocks were put back) counts as the earlier of the two; one that it
//! never had (they were put forward over it) has no time in UTC.

use super::compiled::Type;
use super::value::{Failure, Value};
use super::vectors::RowFunction;
use crate::diagnostic::Code;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone by its name (`Europe/Berlin`); `None` when there is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// The names of all zones, in order.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = ZONES.available().map(|name| name.to_string()).collect();
    names.sort();
    names
}

/// `cw_wall`: text with an offset → the wall clock of a zone.
pub(super) struct Wall;

/// `cw_utc`: the wall clock of a zone → UTC.
pub(super) struct Utc;

impl RowFunction for Wall {
    fn inputs(&self) -> Vec<(String, Type)> {
        vec![("t".to_owned(), Type::Text), ("z".to_owned(), Type::Text)]
    }
    fn output(&self) -> Type {
        Type::DateTime
    }
    fn run(&self, row: Vec<Value>) -> Result<Value, Failure> {
        let (Some(Value::Text(text)), Some(Value::Text(name))) = (row.first(), row.get(1)) else {
            return Ok(Value::Empty);
        };
        let found = instant(text.as_str()).zip(zone(name.as_str()));
        let local = found.and_then(|(instant, zone)| micros(zone.to_datetime(instant)));
        local.map(Value::DateTime).ok_or_else(|| failure("is no time with an offset from UTC"))
    }
}

impl RowFunction for Utc {
    fn inputs(&self) -> Vec<(String, Type)> {
        vec![("t".to_owned(), Type::DateTime), ("z".to_owned(), Type::Text)]
    }
    fn output(&self) -> Type {
        Type::DateTime
    }
    fn run(&self, row: Vec<Value>) -> Result<Value, Failure> {
        let (Some(Value::DateTime(local)), Some(Value::Text(name))) = (row.first(), row.get(1)) else {
            return Ok(Value::Empty);
        };
        let found = civil(*local).zip(zone(name.as_str()));
        let utc = found.and_then(|(local, zone)| {
            let offset = match zone.to_ambiguous_timestamp(local).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                // The earlier of the two is the one before the clocks were put back.
                AmbiguousOffset::Fold { before, .. } => before,
                AmbiguousOffset::Gap { .. } => return None,
            };
            offset.to_timestamp(local).ok().map(Timestamp::as_microsecond)
        });
        utc.map(Value::DateTime).ok_or_else(|| failure("is no time of its zone"))
    }
}

fn failure(reason: &str) -> Failure {
    Failure { code: Some(Code::NO_SUCH_TIME), reason: reason.to_owned() }
}

/// An ISO text with `T` or a blank, and `Z`, `+02:00`, `+0200` or `+02`.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.replace(' ', "T");
    let (time, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(time) => (time.to_owned(), 0),
        None => {
            let sign = text.get(11..)?.rfind(['+', '-'])? + 11;
            let (time, offset) = text.split_at_checked(sign)?;
            (time.to_owned(), seconds(offset)?)
        }
    };
    let local: DateTime = time.parse().ok()?;
    let utc = TimeZone::UTC.to_timestamp(local).ok()?;
    Timestamp::from_microsecond(utc.as_microsecond().checked_sub(offset * 1_000_000)?).ok()
}

/// `+02:00` in seconds.
fn seconds(offset: &str) -> Option<i64> {
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = if digits.len() > 2 { digits.get(2..)?.parse().ok()? } else { 0 };
    let seconds = hours * 3600 + minutes * 60;
    (hours <= 23).then_some(if offset.starts_with('-') { -seconds } else { seconds })
}

fn micros(local: DateTime) -> Option<i64> {
    TimeZone::UTC.to_timestamp(local).ok().map(Timestamp::as_microsecond)
}

fn civil(micros: i64) -> Option<DateTime> {
    Timestamp::from_microsecond(micros).ok().map(|t| TimeZone::UTC.to_datetime(t))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str, zone: &str) -> Option<String> {
        match Wall.run(vec![Value::text(text), Value::text(zone)]) {
            Ok(Value::DateTime(local)) => civil(local).map(|c| c.to_string()),
            _ => None,
        }
    }

    fn utc(local: &str, zone: &str) -> Option<String> {
        let local = micros(local.parse().unwrap()).unwrap();
        match Utc.run(vec![Value::DateTime(local), Value::text(zone)]) {
            Ok(Value::DateTime(utc)) => civil(utc).map(|c| c.to_string()),
            _ => None,
        }
    }

    #[test]
    fn offsets_become_wall_clock_times() {
        for (text, zone, want) in [
            ("2026-07-01T10:00:00Z", "Europe/Berlin", "2026-07-01T12:00:00"),
            ("2026-01-01 10:00+05:30", "Europe/Berlin", "2026-01-01T05:30:00"),
            ("2026-01-01T00:30:00.25-0100", "UTC", "2026-01-01T01:30:00.25"),
            ("2026-01-01T00:30:00+02", "UTC", "2025-12-31T22:30:00"),
        ] {
            assert_eq!(wall(text, zone).as_deref(), Some(want), "{text}");
        }
        assert_eq!(wall("2026-07-01T10:00:00", "Europe/Berlin"), None);
    }

    #[test]
    fn clocks_put_back_and_forward() {
        assert_eq!(utc("2026-07-01T12:00:00", "Europe/Berlin").as_deref(), Some("2026-07-01T10:00:00"));
        assert_eq!(utc("2026-10-25T02:30:00", "Europe/Berlin").as_deref(), Some("2026-10-25T00:30:00"));
        assert_eq!(utc("2026-03-29T02:30:00", "Europe/Berlin"), None);
        assert!(names().iter().any(|n| n == "Europe/Oslo"));
    }
}
