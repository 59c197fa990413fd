//! The whole file, its defaults and guards.

use super::{Key, Kind, Section, check, record, source};

pub(super) const ROOT: Section = Section {
    header: "the whole file",
    doc: "A mapping says what becomes of one client's exports. Four ideas are enough to begin: source, record, field, key.",
    keys: &[
        Key::new(
            "name",
            Kind::Text,
            "The mapping's name, the same as its file's: records belong to a mapping by it.",
        )
        .required()
        .example(r#"name = "acme""#),
        Key::new(
            "platform",
            Kind::Text,
            "The platform: its file is `mappings/platforms/<platform>.toml` or inside the program.",
        )
        .required()
        .example(r#"platform = "lockstep""#),
        Key::new("use", Kind::Texts, "Other files whose tables belong to this mapping too, their paths from this file on. Nothing overrides: a name stands once.")
            .example(r#"use = ["shared/terms.toml"]"#),
        Key::new("defaults", Kind::Table(&DEFAULTS), "What all sources share."),
        Key::new("source", Kind::Named(&source::SOURCE), "A file and how to read it."),
        Key::new(
            "lookup",
            Kind::Named(&source::LOOKUP),
            "A table of codes: what a value of the ERP is called at the platform.",
        ),
        Key::new(
            "record",
            Kind::Named(&record::RECORD),
            "Something the platform knows, made from the rows of a source.",
        ),
        Key::new(
            "check",
            Kind::Repeated(&check::CHECK),
            "What must hold, of a file's rows or of the records made from them.",
        ),
        Key::new("guard", Kind::Table(&GUARD), "How much may change at once before somebody has to look."),
        Key::new(
            "test",
            Kind::Repeated(&check::TEST),
            "Given rows and the records expected of them; `crosswalk test` runs them.",
        ),
    ],
};

const DEFAULTS: Section = Section {
    header: "[defaults]",
    doc: "Any key of a source but `let`; a source's own goes before it.",
    keys: source::SHARED,
};

const GUARD: Section = Section {
    header: "[guard]",
    doc: "Limits for each record type: a share of this mapping's own records there, or a number. One that is passed blocks `apply` until \
          it is named, as in `--allow company.changed=40`. `[guard.<record>]` sets them for one record.",
    keys: &[
        Key::new("new", Kind::Share, "At most so many new records.").default("20%"),
        Key::new("removed", Kind::Share, "At most so many removed ones.").default("2%"),
        Key::new("changed", Kind::Share, "At most so many changed ones.").default("30%"),
        Key::new("rows", Kind::Share, "At least so many rows, of those of the last applied run.")
            .default("80%"),
        Key::new(
            "sums",
            Kind::Share,
            "At most so much more or less of each sum of money (a field, in one currency) than there is now. Passed, it is named with the new sum: \
             `--allow invoice.totalAmount.EUR=10433.50`.",
        )
        .default("not looked at"),
        Key::new("floor", Kind::Number, "Fewer than so many records block nothing.").default("10"),
        Key::new(
            "approval",
            Kind::Number,
            "So many different people must approve a plan (`crosswalk approve`) before `apply` sends it. Only in `[guard]` itself.",
        )
        .default("0"),
        Key::new("age", Kind::Text, "A plan older than this is stale. Only in `[guard]` itself.")
            .default("a plan may be of any age")
            .example(r#"age = "3 days""#),
    ],
};
