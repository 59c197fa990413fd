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
            Key::new("timezone", Kind::Text, "The zone that times are of: a time with an offset is brought into it, and a field that the platform wants in UTC is \
                worked out from it. A date without a time is never shifted.").example(r#"timezone = "Europe/Berlin""#),
            Key::new("numbers", Kind::Word(&["exact", "as shown"]), "Excel: text made of a number is its shortest form, or what the cell's number format shows \
                (`00042`). Number fields take the number itself either way.").default("exact"),
            Key::new("columns", Kind::Word(&["note", "freeze"]), "A difference from the lock is a note, or stops the run. The lock is written by `crosswalk inspect --lock`.").default("note"),
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
    Key::new("unpivot", Kind::Table(&UNPIVOT), "Turns columns into rows: a budget with a column a month becomes a row a month."),
    Key::new("sql", Kind::Text, "Instead of a file: one statement that selects from other sources, named in braces. Columns are text under their headers; `num(\"…\")`, \
        `date(\"…\")` and `flag(\"…\")` read them as the source does.")
        .example(r#"sql = 'select "Debitor", sum(num("Betrag")) as "Summe" from {items} group by 1'"#),
    Key::new("let", Kind::Values, "Values worked out once a row, for all expressions on this source. They may use each other, in any order.").example(r#"[source.items.let]
sign = '=if text("Art") == "GU" { -1 } else { 1 }'"#)
);
shared!(
    LOOKUP_KEYS,
    Key::new("key", Kind::Columns, "The column looked in; with several, a field looks up as many: `{ from = [\"Mandant\", \"Konto\"], lookup = \"accounts\" }`."),
    Key::new("give", Kind::Column, "The column given."),
    Key::new("source", Kind::Source, "Take the rows from a source of this mapping instead of a file."),
    Key::new("table", Kind::Pairs, "The rows, here in place.").example("table = { D = \"DE\", A = \"AT\" }"),
    Key::new("match", Kind::Word(&["equal", "prefix", "on-or-before"]), "How a key is found: the same text; the longest key that the value \
        begins with; the greatest key not after the value (dates as dates, numbers as numbers). Of several key columns the last is found so.").default("equal")
);

const UNPIVOT: Section = Section {
    header: "unpivot",
    doc: "`unpivot = { columns = [\"Jan\", \"Feb\"], name = \"Monat\", value = \"Betrag\" }`: each row becomes one row for each of these columns; the other columns stay. \
          A refused cell is named where it really stands.",
    keys: &[
        Key::new("columns", Kind::List, "The columns to turn; either these or `matching`."),
        Key::new(
            "matching",
            Kind::Text,
            "A regular expression that the headers of the columns to turn match as a whole.",
        )
        .example(r"matching = '\d{2}/\d{4}'"),
        Key::new("name", Kind::Text, "The new column that holds the header.").required(),
        Key::new("value", Kind::Text, "The new column that holds the cell.").required(),
        Key::new("empty", Kind::Word(&["drop", "keep"]), "An empty cell makes no row, or an empty one.")
            .default("drop"),
    ],
};

pub(super) const LOOKUP: Section = Section {
    header: "[lookup.<name>]",
    doc: "A table of codes, from a file (with all keys of a source), from a source, or in place. A value that is not in it is a reject, \
          unless the field says otherwise with `miss`. An empty value is no miss.",
    keys: LOOKUP_KEYS,
};
