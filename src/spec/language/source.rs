//! Sources and lookups.

use super::{Key, Kind, Section};

pub(super) const SOURCE: Section = Section {
    header: "[source.<name>]",
    doc: "A file and how to read it. What is text is read by `locale`, `dates`, `yes` and `no`, and by nothing else; a number or date \
          that Excel or JSON holds as such is taken as it is.",
    keys: SHARED_WITH_LET,
};

macro_rules! shared {
    ($name:ident $(, $more:expr)*) => {
        pub(super) const $name: &[Key] = &[
            Key::new("folder", Kind::Text, "Put before `file`; `${var}` takes a var of the environment."),
            Key::new("file", Kind::Text, "The file's name, with `*` for what changes from day to day; `${var}` takes a var of the environment. \
                The ending tells the format: .csv .txt .xlsx .xlsm .xml .json .ndjson, also inside .gz or .zip.")
                .example(r#"file = "${inbox}/OPOS_*.xlsx""#),
            Key::new("pick", Kind::Word(&["exactly-one", "last", "all"]), "Which of several fitting files: there must be one; the last by name \
                (numbers as numbers, never by time); all, one after the other.").default("exactly-one"),
            Key::new("same_key", Kind::Word(&["reject", "last"]), "When two files hold one key, with `pick = \"all\"`: both are rejected, or the later file's counts.")
                .default("reject"),
            Key::new("sheet", Kind::Texts, "The sheet of a workbook; several are put one below the other, columns by name."),
            Key::new("each", Kind::Texts, "XML and JSON: the path of the node that makes a row; several are put one below the other.")
                .example(r#"each = "/AuditFile/MasterFiles/Customers/Customer""#),
            Key::new("within", Kind::Source, "XML and JSON: the source whose rows enclose this one's; `each` is then relative to them."),
            Key::new("header_rows", Kind::Numbers, "The row of the header, or several that follow each other: they are joined by ` / `, merged cells filled.")
                .default("1").example("header_rows = [3, 4]"),
            Key::new("stop_when", Kind::Expression, "The first row for which this holds ends the list; what stands below is dropped.")
                .example(r#"stop_when = 'starts_with(text(1), "Summe")'"#),
            Key::new("totals_row", Kind::Flag, "The row that ends the list holds totals: `total(\"…\")` in checks on this source.").default("false"),
            Key::new("locale", Kind::Text, "How numbers in text are written: 1.190,50 in \"de-DE\". Without it: digits and a point.").example(r#"locale = "de-DE""#),
            Key::new("dates", Kind::List, "How dates in text are written, of d, dd, m, mm, yy, yyyy, hh:mm:ss. ISO dates are always understood.")
                .example(r#"dates = ["dd.mm.yyyy"]"#),
            Key::new("nulls", Kind::List, "Texts that count as empty.").example(r#"nulls = ["-", "k.A."]"#),
            Key::new("yes", Kind::List, "Words for yes, beside `true`."),
            Key::new("no", Kind::List, "Words for no, beside `false`."),
            Key::new("ignore", Kind::Columns, "Columns that are known and not wanted."),
            Key::new("optional", Kind::Columns, "Paths or columns that a whole file may lack."),
            Key::new("encoding", Kind::Text, "CSV: the encoding. Without it: a byte order mark, else UTF-8, strictly.").example(r#"encoding = "windows-1252""#),
            Key::new("delimiter", Kind::Text, "CSV: the delimiter, one character. Without it, it is found from the header."),
            Key::new("ns", Kind::Pairs, "XML: prefixes of namespaces used in paths. Without it, names match whatever their namespace.")
            $(, $more)*
        ];
    };
}

shared!(SHARED);
shared!(
    SHARED_WITH_LET,
    Key::new("let", Kind::Values, "Values worked out once a row, for all expressions on this source.")
        .example(
            r#"[source.items.let]
sign = '=if text("Art") == "GU" { -1 } else { 1 }'"#
        )
);
shared!(
    LOOKUP_KEYS,
    Key::new("key", Kind::Columns, "The column (or columns) looked in."),
    Key::new("give", Kind::Column, "The column given."),
    Key::new("source", Kind::Source, "Take the rows from a source of this mapping instead of a file."),
    Key::new("table", Kind::Pairs, "The rows, here in place.").example("table = { D = \"DE\", A = \"AT\" }"),
    Key::new(
        "match",
        Kind::Word(&["equal", "prefix", "on-or-before"]),
        "How a key is found: the same text; the longest key that the value \
        begins with; the greatest key not after the value."
    )
    .default("equal")
);

pub(super) const LOOKUP: Section = Section {
    header: "[lookup.<name>]",
    doc: "A table of codes, from a file (with all keys of a source), from a source, or in place. A value that is not in it is a reject, \
          unless the field says otherwise with `miss`. An empty value is no miss.",
    keys: LOOKUP_KEYS,
};
