//! A value written as a table.

use super::{Key, Kind, Section};

pub(super) const VALUE: Section = Section {
    header: "a value",
    doc: "`field = \"Column\"` is short for `field = { from = \"Column\" }`, and `field = '=expression'` for `{ from = '=expression' }`; a number, \
          yes/no or date stands for itself. A value has exactly one of `from`, `const` and `first_of`. The steps below are taken in this order, \
          whatever the order written.",
    keys: &[
        Key::new(
            "from",
            Kind::Columns,
            "The column, or an expression after `=`; a list of them only with a lookup of as many key columns.",
        ),
        Key::new("const", Kind::Constant, "The same for every record.")
            .example(r#"companyType = { const = "Customer" }"#),
        Key::new("first_of", Kind::Columns, "The first of these columns or expressions that is not empty.")
            .example(r#"{ first_of = ["Bestell-Nr", "Ihre Referenz"] }"#),
        Key::new(
            "extract",
            Kind::Text,
            "A regular expression (RE2): its first group is taken; empty without a match.",
        )
        .example(r"extract = ' (\d{4}), '"),
        Key::new("case", Kind::Word(&["upper", "lower"]), "The letter case it is brought to."),
        Key::new("pad_left", Kind::Pad, "Filled on the left up to a width.")
            .example(r#"pad_left = [8, "0"]"#),
        Key::new("lookup", Kind::Lookup, "Translated by a lookup: its name, or the table in place.")
            .example(r#"lookup = { O = "Open", P = "Closed" }"#),
        Key::new(
            "miss",
            Kind::Word(&["reject", "null", "keep"]),
            "What is not in the lookup: a reject, empty, or kept as it is.",
        )
        .default("reject"),
        Key::new(
            "round",
            Kind::FlagOrNumber,
            "Rounded, half away from zero, to so many decimals (`true`: those of the field). Without it, more decimals than the field holds are a reject.",
        ),
        Key::new("default", Kind::Constant, "Stands for an empty value."),
        Key::new(
            "on_empty",
            Kind::Word(&["clear", "leave", "reject"]),
            "An empty value: emptied there too; not sent and not compared; a reject.",
        )
        .default("clear"),
        Key::new(
            "compare",
            Kind::WordOrNumber(&["ignore", "case"]),
            "How it is compared with the last accepted value: not at all; letter case aside; or a number, by which two amounts may differ. What is taken for \
             the same is not sent.",
        )
        .example("compare = 0.01"),
        Key::new("max", Kind::Number, "The longest text, in characters.").default("that of the field"),
        Key::new("too_long", Kind::Word(&["reject", "cut"]), "A longer text: a reject, or cut.")
            .default("reject"),
    ],
};
