//! One value of the plan as a cell: a number, a date, yes or no where the cell holds exactly what the plan has, else
//! its text.

use super::failed;
use super::style::{Side, Styles};
use crate::diagnostic::Result;
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet};

/// Characters that a cell takes (32,767 UTF-16 units), with room for the remark.
const TEXT: usize = 32_000;
/// Digits that a number of a workbook keeps.
const DIGITS: usize = 15;

/// What the values of a field are, from their SQL type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number(usize),
    Date,
    DateTime,
    Flag,
}

/// How the values of one field are written.
pub(super) struct Writer {
    kind: Kind,
    formats: [Format; 3],
    texts: [Format; 3],
    quoted: [Format; 3],
}

impl Writer {
    /// For a field of this SQL type.
    pub(super) fn new(styles: &Styles, sql_type: &str) -> Self {
        let kind = kind(sql_type);
        let of = |number: &str| [Side::Same, Side::Before, Side::After].map(|s| styles.value(number, s));
        let texts = of("@");
        let quoted = texts.clone().map(Format::set_quote_prefix);
        Self { kind, formats: of(&number_format(kind)), texts, quoted }
    }

    /// For texts.
    pub(super) fn text(styles: &Styles) -> Self {
        Self::new(styles, "VARCHAR")
    }

    /// Writes a canonical text; nothing is an empty cell of the side's colour.
    ///
    /// # Errors
    /// E902.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        value: Option<&str>,
        side: Side,
    ) -> Result<()> {
        let [format, text, quoted] = [&self.formats, &self.texts, &self.quoted].map(|f| &f[side as usize]);
        let Some(value) = value.filter(|v| !v.is_empty()) else {
            return sheet.write_blank(row, column, text).map(drop).map_err(failed);
        };
        match self.kind.value(value) {
            Value::Number(n) => sheet.write_number_with_format(row, column, n, format),
            Value::Date(d) => sheet.write_datetime_with_format(row, column, &d, format),
            Value::Flag(b) => sheet.write_boolean_with_format(row, column, b, format),
            Value::Text => {
                let text = if formula_like(value) { quoted } else { text };
                sheet.write_string_with_format(row, column, fitting(value), text)
            }
        }
        .map(drop)
        .map_err(failed)
    }
}

/// What a cell holds.
enum Value {
    Number(f64),
    Date(ExcelDateTime),
    Flag(bool),
    Text,
}

impl Kind {
    /// What becomes of a canonical text of this kind.
    fn value(self, text: &str) -> Value {
        let found = match self {
            Kind::Number(_) if exact(text) => text.parse().ok().map(Value::Number),
            Kind::Date | Kind::DateTime => date(text).map(Value::Date),
            Kind::Flag => text.parse().ok().map(Value::Flag),
            _ => None,
        };
        found.unwrap_or(Value::Text)
    }
}

fn kind(sql_type: &str) -> Kind {
    match sql_type {
        "BIGINT" => Kind::Number(0),
        "DATE" => Kind::Date,
        "TIMESTAMP" => Kind::DateTime,
        "BOOLEAN" => Kind::Flag,
        _ => sql_type
            .strip_prefix("DECIMAL(")
            .and_then(|t| t.strip_suffix(')')?.split_once(',')?.1.trim().parse().ok())
            .map_or(Kind::Text, Kind::Number),
    }
}

/// Money with all its decimals; rates, which have many, only with those that say something.
fn number_format(kind: Kind) -> String {
    match kind {
        Kind::Number(0) => "0".to_owned(),
        Kind::Number(scale @ 1..=4) => format!("#,##0.{}", "0".repeat(scale)),
        Kind::Number(scale) => format!("#,##0.00{}", "#".repeat(scale - 2)),
        Kind::Date => "yyyy-mm-dd".to_owned(),
        Kind::DateTime => "yyyy-mm-dd hh:mm:ss".to_owned(),
        Kind::Text | Kind::Flag => "General".to_owned(),
    }
}

/// Whether a spreadsheet's number, which keeps 15 digits, is exactly this decimal.
pub(super) fn exact(value: &str) -> bool {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let shape = value.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '.');
    shape && digits.trim_start_matches('0').len() <= DIGITS
}

/// A date that Excel knows, in whole seconds. Its calendar has a day in February 1900 that never was.
fn date(value: &str) -> Option<ExcelDateTime> {
    let known = value.get(..10).is_some_and(|day| ("1900-03-01"..="9999-12-31").contains(&day));
    let plain = value.len() == 10 || value.len() == 19;
    (known && plain).then(|| ExcelDateTime::parse_from_str(value).ok()).flatten()
}

/// Whether a text would become a formula once somebody edits its cell or saves the sheet as CSV. The cell is then marked
/// as text the way Excel's own apostrophe does.
fn formula_like(value: &str) -> bool {
    value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// A text as long as a cell takes; a longer one says how much is missing.
pub(super) fn fitting(value: &str) -> String {
    if value.len() <= TEXT {
        return value.to_owned();
    }
    let mut units = 0;
    let end = value.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > TEXT
    });
    end.map_or_else(
        || value.to_owned(),
        |(at, _)| format!("{} … ({} characters in all)", &value[..at], value.chars().count()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_digits_are_exact() {
        for yes in ["0.00", "-1190.50", "0.0000100000", "999999999999999", "-9999999999999.99"] {
            assert!(exact(yes), "{yes}");
        }
        for no in ["1000000000000000", "99999999999999.999", "1e5", "12,5"] {
            assert!(!exact(no), "{no}");
        }
    }

    #[test]
    fn dates_outside_of_excels_calendar_stay_texts() {
        assert!(date("2026-10-02").is_some() && date("2026-10-02T08:15:00").is_some());
        for no in ["1900-02-28", "1899-12-31", "2026-10-02T08:15:00.123", "2026-13-02", "text"] {
            assert!(date(no).is_none(), "{no}");
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let long = "😀".repeat(20_000);
        let cut = fitting(&long);
        assert!(
            cut.encode_utf16().count() < 32_767 && cut.ends_with("(20000 characters in all)"),
            "{}",
            cut.len()
        );
        assert_eq!(fitting(&"a".repeat(32_000)).len(), 32_000);
    }
}
