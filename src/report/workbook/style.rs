//! How the cells look. Colour never says anything alone: what changed is also listed in a column.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// Whether a value differs from the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The same on both.
    Same,
    /// What was there, and changes.
    Before,
    /// What it changes to.
    After,
}

/// The formats of the workbook, each made once.
pub(super) struct Styles {
    pub(super) title: Format,
    pub(super) rehearsal: Format,
    pub(super) real: Format,
    pub(super) heading: Format,
    pub(super) header: Format,
    pub(super) header_number: Format,
    pub(super) header_input: Format,
    pub(super) plain: Format,
    pub(super) count: Format,
    pub(super) money: Format,
    pub(super) input: Format,
    pub(super) warning: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        let base = Format::new().set_align(FormatAlign::Top);
        let header = base.clone().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin);
        Self {
            title: Format::new().set_bold().set_font_size(16),
            rehearsal: Format::new().set_bold().set_background_color(Color::RGB(0xDD_EB_F7)),
            real: Format::new().set_bold().set_background_color(Color::RGB(0xFF_E2_B8)),
            heading: Format::new().set_bold().set_font_size(12),
            header: header.clone().set_background_color(Color::RGB(0xE7_E6_E6)),
            header_number: header
                .clone()
                .set_background_color(Color::RGB(0xE7_E6_E6))
                .set_align(FormatAlign::Right),
            header_input: header.set_background_color(Color::RGB(0xFF_F2_CC)),
            // A dot for none, as on the terminal.
            count: base.clone().set_num_format("#,##0;-#,##0;\"·\"").set_align(FormatAlign::Right),
            money: base.clone().set_num_format("#,##0.00"),
            input: base
                .clone()
                .set_unlocked()
                .set_num_format("@")
                .set_background_color(Color::RGB(0xFF_FB_E6))
                .set_border(FormatBorder::Hair),
            warning: base.clone().set_bold().set_font_color(Color::RGB(0x9C_00_06)),
            plain: base,
        }
    }

    /// A value's cell: its number format, and on which side of a change it is.
    pub(super) fn value(&self, number: &str, side: Side) -> Format {
        let format = self.plain.clone().set_num_format(number);
        match side {
            Side::Same => format,
            Side::Before => {
                format.set_background_color(Color::RGB(0xFC_E4_E4)).set_font_color(Color::RGB(0x8A_1C_1C))
            }
            Side::After => format
                .set_background_color(Color::RGB(0xDF_F3_DF))
                .set_font_color(Color::RGB(0x10_50_10))
                .set_bold(),
        }
    }
}
