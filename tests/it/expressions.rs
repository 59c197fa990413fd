//! What the program tells of the language: how each expression of a mapping runs, and the functions.

use crate::workspace::{Workspace, root};

#[test]
fn the_sample_mappings_run_wholly_as_sql() {
    let w = Workspace::new();
    let samples = format!("samples={}", root().join("tests/fixtures").display());
    for mapping in ["acme", "lockstep-samples", "saft", "saft-workbook"] {
        let var = ["--var", &samples];
        let mut arguments = vec!["check", "-v", mapping];
        if mapping != "acme" {
            arguments.extend(var);
        }
        let ran = w.run(&arguments).exits(0).says("run as SQL.");
        assert!(!ran.out.contains("row by row"), "{mapping}\n{}", ran.out);
    }
}

#[test]
fn what_has_no_sql_is_named_with_the_reason() {
    let w = Workspace::new();
    w.edit(
        "mappings/acme.toml",
        "companyName          = \"Name\"",
        "companyName          = '=proper(text(\"Name\"))'",
    );
    let _ = w
        .run(&["check", "-v", "acme"])
        .exits(0)
        .says("row by row")
        .says("why: `proper` has no SQL: DuckDB does not know which characters are letters")
        .says("1 row by row, several times slower, with the same results.");
}

#[test]
fn functions_are_listed_and_told() {
    let w = Workspace::new();
    let _ = w.run(&["functions"]).exits(0).says("Parts of a text").says("part(text, separator, number)");
    let _ = w.run(&["functions", "part"]).exits(0).says("which part (a whole number").says("→  4711");
    let _ = w.run(&["functions", "sum"]).exits(0).says("The sum of the numbers");
    let _ = w.run(&["functions", "prat"]).exits(2).says("Did you mean `part`?");
    let _ = w.run(&["functions", "SVERWEIS"]).exits(2).says("use a lookup in the field");
}
