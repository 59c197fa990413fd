//! One cell's value as its kind (as in `_kind`) and canonical text (rules 1).

use super::date;
use calamine::DataRef;
use std::fmt::Write as _;

/// Appends the canonical text and gives the kind; `None` for an empty cell.
pub(super) fn write(value: &DataRef<'_>, epoch_1904: bool, text: &mut String) -> Option<u8> {
    match value {
        DataRef::Empty => None,
        DataRef::String(s) => (!s.is_empty()).then(|| put(text, s, b't')),
        DataRef::SharedString(s) => (!s.is_empty()).then(|| put(text, s, b't')),
        DataRef::Bool(b) => Some(put(text, if *b { "true" } else { "false" }, b'b')),
        DataRef::Int(n) => {
            let _ = write!(text, "{n}");
            Some(b'n')
        }
        DataRef::Float(n) => Some(number(*n, text)),
        DataRef::DateTime(d) => match date::iso(d.as_f64(), epoch_1904, d.is_duration()) {
            Some(iso) => Some(put(text, &iso, b'd')),
            None => Some(put(text, "#NUM!", b'e')),
        },
        DataRef::DateTimeIso(iso) => Some(put(text, iso.strip_suffix("T00:00:00").unwrap_or(iso), b'd')),
        DataRef::DurationIso(iso) => Some(put(text, iso, b't')),
        DataRef::Error(e) => Some(put(text, &e.to_string(), b'e')),
    }
}

fn put(text: &mut String, value: &str, kind: u8) -> u8 {
    text.push_str(value);
    kind
}

/// The shortest decimal that is this number, without exponent or `.0`.
fn number(n: f64, text: &mut String) -> u8 {
    if !n.is_finite() {
        return put(text, "#NUM!", b'e');
    }
    let _ = write!(text, "{}", if n == 0.0 { 0.0 } else { n });
    b'n'
}
