//! Formulas of spreadsheets: each is a habit, and its advice ends with the whole written in the language, which reads.

use super::{Columns, mistakes};
use crate::expr::compile;
use crate::expr::scope::Grouping;

/// A formula, and what it becomes.
const FORMULAS: &[(&str, &str)] = &[
    ("text(\"T\") = \"x\"", "text(\"T\") == \"x\""),
    ("text(\"T\") <> \"x\"", "text(\"T\") != \"x\""),
    ("text(\"T\") & \"-\" & text(\"U\")", "text(\"T\") + \"-\" + text(\"U\")"),
    ("num(\"N\") * 1,19", "num(\"N\") * 1.19"),
    ("IF(text(\"T\") = \"x\", 1, 2)", "if text(\"T\") == \"x\" { 1 } else { 2 }"),
    ("WENN(num(\"N\") > 0; 1,5; 2)", "if num(\"N\") > 0 { 1.5 } else { 2 }"),
    ("SI(flag(\"F\"); \"oui\"; \"non\")", "if flag(\"F\") { \"oui\" } else { \"non\" }"),
    ("IF(AND(flag(\"F\"), num(\"N\") > 1), 1, 2)", "if (flag(\"F\") && num(\"N\") > 1) { 1 } else { 2 }"),
    (
        "WENN(ODER(flag(\"F\"); flag(\"G\")); WENN(flag(\"F\"); 1; 2); 3)",
        "if (flag(\"F\") || flag(\"G\")) { if flag(\"F\") { 1 } else { 2 } } else { 3 }",
    ),
    ("LEFT(text(\"T\"), 2)", "left(text(\"T\"), 2)"),
    ("LINKS(text(\"T\"); 2)", "left(text(\"T\"), 2)"),
    ("GAUCHE(text(\"T\"))", "left(text(\"T\"), 1)"),
    ("IZQUIERDA(text(\"T\"); 3)", "left(text(\"T\"), 3)"),
    ("TEIL(text(\"T\"); 2; 3)", "mid(text(\"T\"), 2, 3)"),
    ("GLÄTTEN(text(\"T\"))", "single_spaces(text(\"T\"))"),
    ("LÄNGE(text(\"T\"))", "len(text(\"T\"))"),
    ("VERKETTEN(text(\"T\"); \"-\"; text(\"U\"))", "join(\"\", text(\"T\"), \"-\", text(\"U\"))"),
    ("TEXTJOIN(\", \", TRUE, text(\"T\"), text(\"U\"))", "join(\", \", text(\"T\"), text(\"U\"))"),
    ("WECHSELN(text(\"T\"); \".\"; \"\")", "replace(text(\"T\"), \".\", \"\")"),
    ("TEXT(date(\"D\"), \"yyyy-mm\")", "format(date(\"D\"), \"yyyy-mm\")"),
    ("RUNDEN(num(\"N\"); 2)", "round(num(\"N\"), 2)"),
    ("REST(num(\"N\"); 2)", "(num(\"N\")) % (2)"),
    ("JAHR(date(\"D\"))", "year(date(\"D\"))"),
    ("EDATUM(date(\"D\"); 1)", "add_months(date(\"D\"), 1)"),
    ("EOMONTH(date(\"D\"), 0)", "month_end(add_months(date(\"D\"), 0))"),
    ("FIND(\"-\", text(\"T\"))", "index_of(text(\"T\"), \"-\")"),
    ("ISTLEER(text(\"T\"))", "blank(text(\"T\"))"),
    ("UPPER(text(\"T\"))", "upper(text(\"T\"))"),
    ("upper(text(\"T\") & \"x\")", "upper(text(\"T\") + \"x\")"),
    ("text(\"T\") == 'abc'", "text(\"T\") == \"abc\""),
    ("text(\"T\") == „abc”", "text(\"T\") == \"abc\""),
    ("left(text(\"T\"); 2)", "left(text(\"T\"), 2)"),
];

#[test]
fn formulas_are_rewritten_whole() {
    for (formula, whole) in FORMULAS {
        let found = mistakes(formula, Grouping::Rows);
        let advised = format!("the whole: {whole}");
        assert!(found.iter().any(|m| m.contains("E252") && m.ends_with(&advised)), "{formula}: {found:#?}");
        assert!(compile(whole, &Columns(Grouping::Rows), "a").is_ok(), "{whole}");
    }
}

#[test]
fn what_has_no_rewriting_has_advice() {
    for formula in [
        "SVERWEIS(text(\"T\"); \"x\"; 2)",
        "VLOOKUP(text(\"T\"), \"x\", 2)",
        "RECHERCHEV(text(\"T\"); \"x\"; 2)",
        "BUSCARV(text(\"T\"); \"x\"; 2)",
    ] {
        let found = mistakes(formula, Grouping::Rows);
        assert!(found[0].starts_with("E252") && found[0].contains("lookup in the field"), "{found:?}");
    }
    assert!(mistakes("IFERROR(num(\"N\"), 0)", Grouping::Rows)[0].contains("`a ?? b`"));
    assert!(mistakes("HEUTE()", Grouping::Rows)[0].contains("run.date"));
    // What is right is left alone, and no advice is given that could not be read.
    assert_eq!(mistakes("text(\"T\") == \"A = B; C <> D, 1,5\"", Grouping::Rows), Vec::<String>::new());
    assert!(!mistakes("IF(text(\"T\") = \"x\", nix, 2)", Grouping::Rows)[0].contains("the whole"));
}
