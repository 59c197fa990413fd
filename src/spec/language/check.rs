//! Checks and tests.

use super::{Key, Kind, Section};

pub(super) const CHECK: Section = Section {
    header: "[[check]]",
    doc: "On a source: all its rows as read, part by part (a file, or each sheet of it). On a record: each record, `out.` being it and a child's \
          name its lines. A check has `assert`, or `field` with one word of the vocabulary: `is`, `pattern`, `range`, `one_of`, `unique`, `exists_in`, `required_if`. \
          An empty value passes all of these but `required_if`.",
    keys: &[
        Key::new("name", Kind::Text, "What reports call it.").default("a text made from field and word; needed with `assert`"),
        Key::new("on", Kind::Text, "The source or record.").required(),
        Key::new("assert", Kind::Expression, "The expression that must hold.").example(r#"assert = 'sum(line.totalAmount) == out.totalAmount'"#),
        Key::new("by", Kind::Columns, "The assertion must hold for each value of these columns of the source, or fields of the record (`[]`: over all records together).").example(r#"by = "currencyCode""#),
        Key::new("field", Kind::Fields, "The field, or fields, that the word is about; each is checked, with `unique` all together."),
        Key::new("is", Kind::Word(&["email", "iban", "bic", "vat", "lei", "currency", "country", "url", "uuid"]), "What the value must be."),
        Key::new("pattern", Kind::Text, "A regular expression (RE2) that the whole text must match."),
        Key::new("range", Kind::Range, "The least and the greatest number or date, both allowed."),
        Key::new("one_of", Kind::Constants, "The values that are allowed."),
        Key::new("unique", Kind::Flag, "No other record of the type has the same."),
        Key::new("exists_in", Kind::Text, "A lookup among whose keys it must be, or `record.field` of this mapping."),
        Key::new("required_if", Kind::Expression, "The field must not be empty where this holds."),
        Key::new("else", Kind::Word(&["stop", "reject", "warn"]), "When it does not hold: nothing is planned; the record (or the file's records) is refused; a note.").default("stop"),
    ],
};

pub(super) const TEST: Section = Section {
    header: "[[test]]",
    doc: "Rows of a source and what is expected of them; `crosswalk test` runs it. A column that is not given is empty; a text is read as from the file, a bare \
          number or date is Excel's own. References count as met; checks on sources, guards and `covers` do not apply.",
    keys: &[
        Key::new("name", Kind::Text, "What it shows.").required(),
        Key::new("source", Kind::Source, "The source the rows of `given` stand in; not needed with `given.<source>`."),
        Key::new("given", Kind::Rows, "The rows: column = cell. `given.lines = [{ … }]` for rows of several sources.").required(),
        Key::new("file", Kind::Text, "What `row.file` says."),
        Key::new("sheet", Kind::Text, "What `row.sheet` says."),
        Key::new("expect", Kind::Expected, "Per record: the fields expected of each record made (`[]`: none). `expect.reject`: the refusals expected.")
            .example(r#"expect.invoice = [{ totalAmount = -1190 }]
expect.reject  = [{ field = "paymentDueDate", code = "E311" }]"#),
    ],
};
