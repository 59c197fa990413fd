//! Checks and tests.

use super::{Key, Kind, Section};

pub(super) const CHECK: Section = Section {
    header: "[[check]]",
    doc: "On a source: all its rows as read, part by part (a file, or each sheet of it). On a record: each record, `out.` being it and a child's \
          name its lines.",
    keys: &[
        Key::new("name", Kind::Text, "What reports call it.").required(),
        Key::new("on", Kind::Text, "The source or record.").required(),
        Key::new("assert", Kind::Expression, "The expression that must hold.").required().example(r#"assert = 'sum(line.totalAmount) == out.totalAmount'"#),
        Key::new("else", Kind::Word(&["stop", "reject", "warn"]), "When it does not hold: nothing is planned; the record (or the file's records) is refused; a note.").default("stop"),
    ],
};

pub(super) const TEST: Section = Section {
    header: "[[test]]",
    doc: "Rows of a source and what is expected of them. A column that is not given is empty; a text is read as from the file, a bare number or date \
          is Excel's own. References count as met.",
    keys: &[
        Key::new("name", Kind::Text, "What it shows.").required(),
        Key::new("source", Kind::Source, "The source the rows stand in.").required(),
        Key::new("given", Kind::Rows, "The rows: column = cell."),
        Key::new("expect", Kind::Expected, "Per record: the fields expected of each record made."),
    ],
};
