//! Times of time zones. DuckDB is built without its own (ICU): the functions are ours (`expr/zones.rs`).

use super::Expr;

/// Function: a text with an offset from UTC → TIMESTAMP of a zone's wall clock.
pub const WALL: &str = "cw_wall";
/// Function: a TIMESTAMP of a zone's wall clock → TIMESTAMP in UTC; NULL where the clocks were put forward over it.
pub const UTC: &str = "cw_utc";

/// The wall-clock time in a zone of a text such as `2026-10-02T10:00:00+02:00`.
pub fn wall(text: &Expr, zone: &str) -> Expr {
    call(WALL, text, zone)
}

/// The time in UTC of a wall-clock time of a zone.
pub fn utc(local: &Expr, zone: &str) -> Expr {
    call(UTC, local, zone)
}

fn call(function: &str, given: &Expr, zone: &str) -> Expr {
    let members = [("t".to_owned(), given.clone()), ("z".to_owned(), Expr::text(zone))];
    Expr::call(function, [Expr::pack(members)]).member("v")
}
