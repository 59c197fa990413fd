//! Codes that nothing from outside can bring about in a test, each with the reason; their message is rendered here.

use crosswalk::diagnostic::{Code, Diagnostic, Location, render};

/// Code, why no case can produce it, and the message as the program words it.
pub const UNREACHABLE: &[(&str, &str, &str, &str)] = &[
    (
        "E115",
        "a fault of our own readers: rows read and rows stored are counted apart, and no file makes them differ",
        "the lines of \"OPOS.csv\" and the rows made of them do not add up",
        "This is a fault of the program; nothing was planned.",
    ),
    (
        "E505",
        "the platform file cannot name one file twice, and packing into memory fails only without memory",
        "the upload cannot be packed: Duplicate filename: company.csv",
        "Nothing of this upload was sent.",
    ),
    (
        "E901",
        "the database refuses a statement of ours only when the program is wrong or the machine is out of memory",
        "DuckDB: Out of Memory Error: could not allocate block of size 256.0 KiB",
        "",
    ),
];

#[test]
fn what_the_unreachable_ones_say() {
    let all: Vec<Diagnostic> = UNREACHABLE
        .iter()
        .map(|(code, _, message, help)| {
            let code: Code = crosswalk::diagnostic::page::find(code).unwrap();
            let help = (!help.is_empty()).then(|| (*help).to_owned());
            let at = if code.0 < "E2" { Location::file("OPOS.csv") } else { Location::default() };
            Diagnostic::error(code, *message).at(at).help_if(help)
        })
        .collect();
    insta::assert_snapshot!(render::ascii(&all, false, 100));
}
