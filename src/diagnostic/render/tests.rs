//! Snapshots of both forms.

use super::*;
use crate::diagnostic::{Code, Location, TomlSource};
use std::sync::Arc;

fn sample() -> Vec<Diagnostic> {
    let text = "name = \"acme\"\n\n[record.customer.fields]\nname = \"Kundenname\"\nvat  = \"USt-ID\"\n";
    let source = Arc::new(TomlSource::new("mappings/acme.toml", text));
    let start = text.find("\"Kundenname\"").unwrap_or(0);
    let mut in_cell = Location::file("OPOS_2026-10.xlsx");
    in_cell.sheet = Some("Rechnungen".into());
    in_cell.cell = Some("B17".into());
    vec![
        Diagnostic::error(
            Code::UNKNOWN_COLUMN,
            "no file of source \"customers\" has a column \"Kundenname\"",
        )
        .at(Location::toml(&source, start..start + 12))
        .label("not in customers.csv")
        .help("Did you mean `Kunden-Name`?"),
        Diagnostic::warning(Code::FILE_UNREADABLE, "a date \"31.02\x1b[2J\" cannot be").at(in_cell),
        Diagnostic::error(Code::IO, "the disk is full"),
    ]
}

#[test]
fn graphical_without_colour() {
    insta::assert_snapshot!(text(&sample(), false, 80), @r###"
    error[E203]

      × no file of source "customers" has a column "Kundenname"
       ╭─[mappings/acme.toml:4:8]
     3 │ [record.customer.fields]
     4 │ name = "Kundenname"
       ·        ──────┬─────
       ·              ╰── not in customers.csv
     5 │ vat  = "USt-ID"
       ╰────
      help: Did you mean `Kunden-Name`?

    warning[E102]

      ⚠ a date "31.02\e[2J" cannot be
      │ at OPOS_2026-10.xlsx, Rechnungen!B17
      help: Close the program that has it open, or ask for the right to read it.

    error[E902]

      × the disk is full
      help: Is the folder there, with room on its disk, and may you write to it?

    2 errors, 1 warning. More: crosswalk help E203
    "###);
}

#[test]
fn one_line_each() {
    insta::assert_snapshot!(plain(&sample()), @r###"
    error[E203] mappings/acme.toml:4:8: no file of source "customers" has a column "Kundenname" (help: Did you mean `Kunden-Name`?)
    warning[E102] OPOS_2026-10.xlsx, Rechnungen!B17: a date "31.02\e[2J" cannot be (help: Close the program that has it open, or ask for the right to read it.)
    error[E902]: the disk is full (help: Is the folder there, with room on its disk, and may you write to it?)
    "###);
}

#[test]
fn no_control_byte_of_theirs_and_ours_only_with_colour() {
    assert!(!text(&sample(), false, 80).contains('\x1b'));
    assert!(!ascii(&sample(), false, 80).contains('\x1b'));
    assert!(text(&sample(), true, 80).contains('\x1b'));
    assert!(!text(&sample(), true, 80).contains("\x1b[2J"));
}

#[test]
fn a_span_past_the_end_is_no_panic() {
    let source = Arc::new(TomlSource::new("a.toml", "x"));
    let d = Diagnostic::error(Code::BAD_TOML, "broken").at(Location::toml(&source, 5..9));
    assert!(text(&[d], false, 60).contains("broken"));
}
