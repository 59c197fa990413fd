//! The number formats of a workbook's cells, each read once.

use super::shown::NumberFormat;
use calamine::{DataRef, Style};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Built-in formats whose currency sign is that of the machine (ECMA-376 part 1, 18.8.30).
const OF_THE_MACHINE: [u32; 8] = [5, 6, 7, 8, 41, 42, 43, 44];

/// Formats by style.
#[derive(Debug, Default)]
pub(super) struct Formats(BTreeMap<usize, Arc<Format>>);

/// A format as written, and as it was understood.
#[derive(Debug)]
struct Format {
    code: String,
    read: Option<NumberFormat>,
}

/// A number with what its format shows.
#[derive(Debug)]
pub(super) struct Shown {
    value: f64,
    format: Arc<Format>,
}

impl Formats {
    /// How a cell is shown; `None` for one that holds no number.
    pub(super) fn show(&mut self, value: &DataRef<'_>, style: usize, styles: &[Style]) -> Option<Shown> {
        let value = match value {
            DataRef::Float(n) if n.is_finite() => *n,
            #[allow(clippy::cast_precision_loss)] // beyond 2^53 no spreadsheet shows it either
            DataRef::Int(n) => *n as f64,
            _ => return None,
        };
        let format = self.0.entry(style).or_insert_with(|| Arc::new(read(style, styles)));
        Some(Shown { value, format: format.clone() })
    }
}

fn read(style: usize, styles: &[Style]) -> Format {
    let general = || Format { code: "General".to_owned(), read: NumberFormat::parse("General") };
    let Some(format) = styles.get(style).and_then(|s| s.number_format.as_ref()) else { return general() };
    let code = format.format_code.clone();
    // A built-in number that the reader does not know comes as General.
    let id = format.format_id.unwrap_or(0);
    let unknown = (1..164).contains(&id) && code == "General";
    if unknown || OF_THE_MACHINE.contains(&id) {
        return Format { code: format!("built-in format {id}"), read: None };
    }
    let read = NumberFormat::parse(&code);
    Format { code, read }
}

impl Shown {
    /// Kind and text of the cell; of a format that cannot be shown, the number and the format.
    pub(super) fn text(&self, number: &str) -> (u8, String) {
        let text = self.format.read.as_ref().and_then(|f| f.show(self.value, number));
        match text {
            Some(text) => (b'n', text),
            None => (b'f', format!("{number} in the format {}", self.format.code)),
        }
    }
}
