//! What is said of records as such: the validation vocabulary, checks by a value, kinds of keys, groups, `covers`.

use crate::store::Store;
use crate::workspace::{Ran, Workspace};

/// A platform with every kind of key: `price` of two fields, `setting` exactly one, `note` without key and `rate` with
/// one, both sent complete each time.
const KINDS: &str = include_str!("records/kinds.toml");

fn kinds() -> Workspace {
    let w = Workspace::empty();
    w.write("mappings/platforms/kinds.toml", KINDS);
    w.write("mappings/m.toml", include_str!("records/kinds-mapping.toml"));
    w.write("prices.csv", "item,month,amount\nA,2026-01,1.50\nA,2026-02,2\nB,2026-01,3\n");
    w.write("setting.csv", "currency,days\nEUR,30\n");
    w.write("notes.csv", "text,n\nhello,1\nhello,1\nother,2\n");
    w.write("rates.csv", "code,rate\nUSD,1.1\nNOK,11.5\nCHF,0.95\n");
    w
}

fn there(w: &Workspace) -> Store {
    Store::open(&w.path(".crosswalk/rehearsal-kinds"))
}

fn run(w: &Workspace) -> Ran {
    w.run(&["run", "m"])
}

#[test]
fn all_kinds_of_keys_end_to_end() {
    let w = kinds();
    run(&w).exits(0).says("10 accepted");
    let store = there(&w);
    assert_eq!(
        store.records("Price").keys().collect::<Vec<_>>(),
        ["A\u{1f}2026-01", "A\u{1f}2026-02", "B\u{1f}2026-01"]
    );
    assert_eq!(store.records("Setting")[""]["days"], "30");
    assert_eq!(store.records("Note").len(), 3);
    drop(store);
    run(&w).exits(0).says("Nothing");
    w.run(&["explain", "m", "price", "A / 2026-02"]).exits(0).says("amount").says("line 3");
    w.run(&["explain", "m", "price", "A"]).exits(2).says("the key has 2 parts: item, month");
    w.run(&["explain", "m", "setting", "-"]).exits(0).says("days = 30");
}

#[test]
fn a_composite_key_changes_and_goes() {
    let w = kinds();
    run(&w).exits(0).says("accepted");
    w.write("prices.csv", "item,month,amount\nA,2026-01,1.75\nB,2026-01,3\n");
    run(&w).exits(0).says("price A / 2026-01").says("price A / 2026-02");
    assert_eq!(there(&w).records("Price")["A\u{1f}2026-01"]["amount"], "1.75");
    run(&w).exits(0).says("Nothing");
    w.write("prices.csv", "item,month,amount\nA,2026-01,1\nA,2026-01,2\n");
    run(&w).exits(3).says("stands more than once");
}

#[test]
fn a_singleton_is_one_record() {
    let w = kinds();
    run(&w).exits(0).says("accepted");
    w.write("setting.csv", "currency,days\nEUR,14\n");
    run(&w).exits(0).says("30 → 14");
    assert_eq!(there(&w).records("Setting")[""]["days"], "14");
    w.write("setting.csv", "currency,days\nEUR,14\nUSD,20\n");
    run(&w).exits(3).says("is a second record of a type that has exactly one").says("E339");
}

#[test]
fn records_without_key_are_sent_complete() {
    let w = kinds();
    run(&w).exits(0).says("accepted");
    w.write("notes.csv", "text,n\nhello,1\nother,2\nnew,3\n");
    run(&w).exits(0).says("1 removed").says("1 new").says("Sent along, unchanged");
    let texts: Vec<String> =
        there(&w).records("Note").values().map(|r| format!("{} {}", r["text"], r["n"])).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts.contains(&"new 3".to_owned()) && texts.contains(&"hello 1".to_owned()), "{texts:?}");
    run(&w).exits(0).says("Nothing");
}

#[test]
fn a_whole_set_goes_in_one_upload_or_not_at_all() {
    let w = kinds();
    run(&w).exits(0).says("accepted");
    w.write("rates.csv", "code,rate\nUSD,1.2\nNOK,11.5\nSEK,11\n");
    run(&w).exits(0).says("rate USD").says("rate CHF").says("rate NOK").says("Sent along, unchanged");
    let rates = there(&w).records("Rate");
    assert_eq!(rates.keys().collect::<Vec<_>>(), ["NOK", "SEK", "USD"]);
    run(&w).exits(0).says("Nothing");
    // A bad one holds all: left out, it would be gone there.
    w.write("rates.csv", "code,rate\nUSD,x\nNOK,11.5\n");
    run(&w).exits(3).says("E310").says("another record of it is not sent");
    assert_eq!(there(&w).records("Rate").len(), 3);
    // So does what could not be read.
    w.write("rates.csv", "code,rate\nUSD,1.3\nNOK\n");
    run(&w).exits(3).says("not all of it could be read");
    assert_eq!(there(&w).records("Rate").len(), 3);
    w.write("rates.csv", "code,rate\nA,1\nB,1\nC,1\nD,1\nE,1\nF,1\n");
    run(&w).exits(1).says("its 6 records are more than the 5 of one upload");
}

#[test]
fn a_filtered_record_of_a_whole_set_is_gone() {
    let w = kinds();
    run(&w).exits(0).says("accepted");
    w.edit("mappings/m.toml", "from = \"rates\"", "from = \"rates\"\nwhere = 'text(\"code\") != \"CHF\"'");
    run(&w).exits(0).says("rate CHF");
    assert_eq!(there(&w).records("Rate").len(), 2);
    run(&w).exits(0).says("Nothing");
}

#[test]
fn what_a_whole_or_single_record_type_cannot_have() {
    let w = kinds();
    w.edit("mappings/m.toml", "from = \"rates\"", "from = \"rates\"\ncovers = \"part\"\nmissing = \"keep\"");
    w.edit("mappings/m.toml", "rate = \"rate\"", "rate = { from = \"rate\", on_empty = \"leave\" }");
    let more =
        "\n[record.other]\nmodel = \"Note\"\nfrom = \"notes\"\n[record.other.fields]\ntext = \"text\"\n";
    let text = std::fs::read_to_string(w.path("mappings/m.toml")).unwrap();
    w.write("mappings/m.toml", &format!("{text}{more}"));
    let ran = w.run(&["check", "m"]).exits(2).says("Note has no key, and the record `note` makes it already");
    assert_eq!(ran.err.matches("E264").count(), 4, "{}", ran.err);
}

#[test]
fn a_platform_file_says_how_records_are_told_apart() {
    for (from, to, says) in [
        ("key = []\nwhole = true", "key = []", "Name the fields that tell its records apart"),
        ("singleton = true", "singleton = true\nwhole = true", "a singleton is one record"),
        (
            "key = [\"code\"]\nwhole = true",
            "key = [\"code\"]\nwhole = true\ndeactivate = { rate = 0 }",
            "nothing is left to deactivate",
        ),
        (
            "name = \"n\", type = \"integer\"",
            "name = \"n\", type = \"text\", ref = \"Price.item\"",
            "a key of several fields",
        ),
    ] {
        let w = kinds();
        w.edit("mappings/platforms/kinds.toml", from, to);
        w.run(&["check", "m"]).exits(2).says(says);
    }
}

/// Companies from a CSV file, with these checks.
fn companies(rows: &str, checks: &str) -> Workspace {
    let w = Workspace::empty();
    w.write("in.csv", &format!("nr,name,mail,cur,limit,since,vat,parent,iban\n{rows}"));
    w.write("mappings/m.toml", &format!("{}{checks}", include_str!("records/companies.toml")));
    w
}

const GOOD: &str = "1,A,a@b.de,EUR,10,2026-01-01,DE136695976,,DE89370400440532013000\n2,B,,NOK,,,,1,\n";

#[test]
fn the_vocabulary_refuses_with_place_and_reason() {
    let checks =
        std::fs::read_to_string(crate::workspace::root().join("tests/it/records/vocabulary.toml")).unwrap();
    companies(GOOD, &checks).run(&["plan", "m"]).exits(0).says("2 ");
    let bad = "1,A,a@b,EURO,101,2025-12-31,DE136695977,9,DE89370400440532013001\n2,A,x@y.de,NOK,,,,1,\n3,,,SEK,-1,,,1,\n";
    let ran = companies(bad, &checks).run(&["plan", "m"]).exits(0);
    for says in [
        "\"a@b\" is not an e-mail address (E331)",
        "\"EURO\" is not a currency code (ISO 4217) (E331)",
        "\"DE136695977\" is not a VAT number (E331)",
        "in.csv, line 2, column mail",
        "\"101\" is not at least 0",
        "\"2025-12-31\" is not between 2026-01-01 and 2026-12-31 (E333)",
        "\"SEK\" is not one of EUR, NOK, EURO (E334)",
        "\"A\" also stands in company 2 (in.csv, line 3) (E335)",
        "\"A\" also stands in company 1 (in.csv, line 2) (E335)",
        "\"9\" is not in company.erpKey (E336)",
        "is empty, but must not be where out.defaultCurrencyCode == \"SEK\" (E337)",
        "\"3\" does not have the form [12] (E332)",
    ] {
        if says == "\"101\" is not at least 0" {
            assert!(ran.out.contains("\"-1\" is not at least 0 (E333)"), "{}", ran.out);
            continue;
        }
        assert!(ran.out.contains(says), "{says}\n{}", ran.out);
    }
}

#[test]
fn warn_counts_and_stop_stops() {
    let bad = "1,A,a@b,EUR,1,,,,\n2,B,c@d,EUR,1,,,,\n";
    let check = |otherwise: &str| {
        format!(
            "[[check]]\non = \"company\"\nfield = \"emailAddress\"\nis = \"email\"\nelse = \"{otherwise}\"\n"
        )
    };
    let says = "the check \"emailAddress is an e-mail address\" does not hold for 2 of record company, such as 1: emailAddress \"a@b\" is not an \
                e-mail address (in.csv, line 2, column mail)";
    let flat = |ran: &Ran| format!("{}{}", ran.out, ran.err).split_whitespace().collect::<Vec<_>>().join(" ");
    let warned = companies(bad, &check("warn")).run(&["plan", "m"]).exits(0);
    assert!(flat(&warned).contains(says), "{}", warned.out);
    let stopped = companies(bad, &check("stop")).run(&["plan", "m"]).exits(1).says("E331");
    assert!(flat(&stopped).replace("│ ", "").contains("such as 1: emailAddress"), "{}", stopped.err);
}

#[test]
fn mistakes_in_checks_are_told_with_a_caret() {
    let cases = include_str!("records/mistakes.toml");
    for case in cases.split("# case: ").skip(1) {
        let (says, check) = case.split_once('\n').unwrap();
        let (code, words) = says.split_once(' ').unwrap();
        let ran = companies(GOOD, check).run(&["check", "m"]).exits(2);
        let text = ran.err.split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(" ");
        assert!(text.contains(code) && text.contains(words), "{says}\n{}", ran.err);
        assert!(ran.err.contains("m.toml:"), "{}", ran.err);
        assert_eq!(ran.err.matches("E2").count(), 1, "{says}\n{}", ran.err);
    }
}

#[test]
fn a_record_with_mistakes_does_not_hide_those_of_its_checks() {
    let checks = "[[check]]\nname = \"a\"\non = \"company\"\nassert = 'out.companyNam == \"x\"'\n\
                  [[check]]\nname = \"b\"\non = \"company\"\nassert = 'out.wrong == 1'\n";
    let w = companies(GOOD, checks);
    w.edit("mappings/m.toml", "companyName = \"name\"", "companyName = \"nam\"\nwrong = \"name\"");
    let ran =
        w.run(&["check", "m"]).exits(2).says("no column is called \"nam\"").says("has no field `wrong`");
    assert!(ran.err.contains("`out` has no `companyNam`"), "{}", ran.err);
    assert!(!ran.err.contains("`out` has no `wrong`"), "{}", ran.err);
}

#[test]
fn checks_by_a_value() {
    let rows = "1,A,,EUR,10,,,,\n2,B,,NOK,5,,,,\n3,C,,EUR,-10,,,,\n";
    let check = |on: &str, by: &str, assert: &str, otherwise: &str| {
        format!(
            "[[check]]\nname = \"balanced\"\non = \"{on}\"\nby = {by}\nassert = '{assert}'\nelse = \"{otherwise}\"\n"
        )
    };
    let source = |by: &str, otherwise: &str| check("in", by, "sum(num(\"limit\")) == 0", otherwise);
    companies(rows, &source("\"cur\"", "stop")).run(&["plan", "m"]).exits(1).says("does not hold for NOK");
    let ran = companies(rows, &source("\"cur\"", "reject")).run(&["plan", "m"]).exits(0).says("1 rejected");
    assert!(ran.out.contains("for NOK in its file (E325)"), "{}", ran.out);
    companies(rows, &source("'=upper(text(\"name\")) + text(\"cur\")'", "warn"))
        .run(&["plan", "m"])
        .exits(0)
        .says("for ANOK")
        .exits(0);
    let record = |by: &str, otherwise: &str| check("company", by, "sum(out.networkScore) == 0", otherwise);
    let _ = record;
    let record =
        |by: &str, otherwise: &str| check("company", by, "count(out.defaultCurrencyCode) > 1", otherwise);
    companies(rows, &record("\"defaultCurrencyCode\"", "stop"))
        .run(&["plan", "m"])
        .exits(1)
        .says("for NOK")
        .says("E338");
    let ran = companies(rows, &record("\"defaultCurrencyCode\"", "reject")).run(&["plan", "m"]).exits(0);
    assert!(ran.out.contains("[count 1] (E338)"), "{}", ran.out);
    companies(rows, &record("[]", "stop")).run(&["plan", "m"]).exits(0).says("3 ");
    companies(rows, &record("[\"defaultCurrencyCode\", \"companyName\"]", "warn"))
        .run(&["plan", "m"])
        .exits(0)
        .says("for EUR / A");
}
