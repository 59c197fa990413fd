//! Records.

use super::{Key, Kind, Section};

pub(super) const RECORD: Section = Section {
    header: "[record.<name>]",
    doc: "Something the platform knows. Its name is what expressions and reports call it.",
    keys: &[
        Key::new("model", Kind::Model, "The platform's record type.").required().example(r#"model = "InvoiceSyncModel""#),
        Key::new("from", Kind::Source, "The source whose rows it is made of.").required(),
        Key::new("where", Kind::Expression, "Only rows for which this holds.").example(r#"where = 'text("Art") in ["RE", "GU"]'"#),
        Key::new("group_by", Kind::Columns, "Rows that agree in these columns (or `=expressions`) make one record. What stands outside an aggregate must agree between them.")
            .example(r#"group_by = ["Mandant", "Beleg"]"#),
        Key::new("covers", Kind::Expression, "Which of the records sent before this export would hold: `all`, `part` (none can be called gone), or an \
            expression over `out.` (the values last accepted), `row.file` and paths of the document.").default("all"),
        Key::new("missing", Kind::Word(&["keep", "deactivate", "delete", "reject"]), "What becomes of a record that is gone from the export, as far as the \
            platform can be told: kept and noted as absent, written as inactive, deleted; a line's `reject` refuses its header.").default("keep"),
        Key::new("parent", Kind::Record, "The record whose line this is. Both are one unit: shown, held and refused together; the field that refers to it is filled in."),
        Key::new("same", Kind::Fields, "Fields that are called like their column.").example(r#"same = ["currencyCode", "erpKey"]"#),
        Key::new("fields", Kind::Values, "The platform's fields, each with where its value comes from."),
    ],
};
