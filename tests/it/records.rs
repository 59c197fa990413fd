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
    let prices = there(&w).records("Price");
    assert_eq!(prices["A\u{1f}2026-01"]["amount"], "1.75");
    assert_eq!(prices["A\u{1f}2026-02"]["amount"], "0.00", "deactivated");
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
    run(&w).exits(0).says("Removed: note 1").says("New: note 1").says("Sent along, unchanged: note 2");
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
    assert_eq!(ran.err.matches("error[E264]").count(), 4, "{}", ran.err);
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
    let bad = "1,A,a@b,EURO,101,2025-12-31,DE136695977,9,DE89370400440532013001\n2,A,x@y.de,NOK,,,,1,\n3,C,,SEK,-1,,,1,\n";
    let ran = companies(bad, &checks).run(&["plan", "m"]).exits(0);
    for says in [
        "\"a@b\" is not an e-mail address (E331)",
        "\"EURO\" is not a currency code (ISO 4217) (E331)",
        "\"DE136695977\" is not a VAT number (E331)",
        "in.csv, line 2, column mail",
        "\"2025-12-31T00:00:00\" is not between 2026-01-01 and 2026-12-31 (E333)",
        "\"SEK\" is not one of EUR, NOK, EURO (E334)",
        "\"A\": also stands in company 2 (in.csv, line 3) (E335)",
        "\"A\": also stands in company 1 (in.csv, line 2) (E335)",
        "\"9\" is not in company.erpKey (E336)",
        "is empty, but must not be where out.defaultCurrencyCode == \"SEK\" (E337)",
        "does not have the form [12] (E332)",
    ] {
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
    assert!(flat(&stopped).replace("| ", "").contains("such as 1: emailAddress"), "{}", stopped.err);
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
        assert_eq!(ran.err.matches("error[E2").count(), 1, "{says}\n{}", ran.err);
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
        .says("for BNOK")
        .exits(0);
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

#[test]
fn all_aggregates_over_a_group() {
    let w = Workspace::empty();
    w.write("in.csv", "nr,a,t\n1,1.5,x\n2,3,z\n1,2,y\n1,2,\n3,,\n");
    let mapping = include_str!("records/groups.toml");
    w.write("mappings/m.toml", mapping);
    w.run(&["run", "m"]).exits(0).says("3 accepted");
    let there = w.store().records("CompanySyncModel");
    let name = |key: &str| there[key]["companyName"].clone();
    assert_eq!([name("1"), name("2"), name("3")], ["5.5 3 2 1.5 2 x y x+y 2", "3 1 1 3 3 z z z 1", "1 0 0"]);
    // What stands outside an aggregate must agree; empties do not differ.
    w.write("mappings/m.toml", &format!("{mapping}address1 = \"t\"\n"));
    w.run(&["run", "m"]).exits(3).says("E302").says("1 rejected");
    assert_eq!(w.store().records("CompanySyncModel")["2"]["address1"], "z");
}

/// Heads with lines in a file of their own: both months sent, then those of January and some of February gone.
fn units(covers: &str) -> Workspace {
    let w = Workspace::empty();
    w.write("mappings/platforms/kinds.toml", KINDS);
    w.write("mappings/m.toml", &include_str!("records/units.toml").replace("# covers", covers));
    w.write("heads-2026-01.csv", "id,month\n1,2026-01\n2,2026-01\n");
    w.write("heads-2026-02.csv", "id,month\n3,2026-02\n4,2026-02\n");
    w.write("lines.csv", "id,head\n1a,1\n1b,1\n2a,2\n3a,3\n3b,3\n4a,4\n");
    run(&w).exits(0).says("10 accepted");
    std::fs::remove_file(w.path("heads-2026-01.csv")).unwrap();
    w.write("heads-2026-02.csv", "id,month\n3,2026-02\n");
    w.write("lines.csv", "id,head\n3a,3\n");
    w
}

/// The heads and lines that are closed there after the next run.
fn closed(w: &Workspace) -> String {
    run(w).exits(0).says("accepted");
    let store = there(w);
    let all = ["Head", "Line"].map(|model| store.records(model)).into_iter().flatten();
    let closed: Vec<String> = all.filter(|(_, r)| r["open"] == "false").map(|(key, _)| key).collect();
    drop(store);
    run(w).exits(0).says("Nothing");
    closed.join(" ")
}

#[test]
fn covers_says_what_absence_means() {
    assert_eq!(closed(&units("")), "1 2 4 1a 1b 2a 3b 4a");
    // A line gone under a header that is there is gone whatever `covers` says.
    assert_eq!(closed(&units("covers = \"part\"")), "3b");
    assert_eq!(closed(&units("covers = 'out.month == extract(row.file, `(\\d{4}-\\d{2})`)'")), "4 3b 4a");
}

#[test]
fn covers_by_values_of_the_document() {
    let w = Workspace::empty();
    w.write("mappings/platforms/kinds.toml", KINDS);
    w.write("mappings/m.toml", include_str!("records/documents.toml"));
    let document = |period: &str, ids: &[&str]| {
        let all: String = ids.iter().map(|id| format!("<H><id>{id}</id></H>")).collect();
        format!("<D><period>{period}</period>{all}</D>")
    };
    w.write("in1.xml", &document("2026-01", &["1", "2"]));
    w.write("in2.xml", &document("2026-02", &["3", "4"]));
    run(&w).exits(0).says("4 accepted");
    std::fs::remove_file(w.path("in1.xml")).unwrap();
    w.write("in2.xml", &document("2026-02", &["3"]));
    run(&w).exits(0).says("head 4");
    let heads = there(&w).records("Head");
    assert_eq!(
        heads.values().map(|r| r["open"].as_str()).collect::<Vec<_>>(),
        ["true", "true", "true", "false"]
    );
}

#[test]
fn unique_and_range_agree_with_a_naive_oracle() {
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % below).unwrap()
    };
    let rows: Vec<(i64, i64, Option<i64>)> =
        (0..400).map(|n| (n, next(600), (next(5) > 0).then(|| next(60) - 20))).collect();
    let good = |(_, month, amount): &&(i64, i64, Option<i64>)| {
        rows.iter().filter(|r| r.1 == *month).count() == 1 && amount.is_none_or(|a| (0..=20).contains(&a))
    };
    let mut expected: Vec<String> =
        rows.iter().filter(good).map(|r| format!("{}\u{1f}{}", r.0, r.1)).collect();
    let w = kinds();
    w.edit("mappings/platforms/kinds.toml", "records = 5", "records = 5000");
    let line = |(n, month, amount): &(i64, i64, Option<i64>)| {
        format!("{n},{month},{}\n", amount.map_or(String::new(), |a| a.to_string()))
    };
    w.write("prices.csv", &format!("item,month,amount\n{}", rows.iter().map(line).collect::<String>()));
    let mapping = std::fs::read_to_string(w.path("mappings/m.toml")).unwrap();
    let checks = "[[check]]\non = \"price\"\nfield = \"month\"\nunique = true\nelse = \"reject\"\n\
                  [[check]]\non = \"price\"\nfield = \"amount\"\nrange = [0, 20]\nelse = \"reject\"\n";
    w.write("mappings/m.toml", &format!("{mapping}{checks}"));
    run(&w).exits(3).says("is not between 0 and 20").says("also stands in price");
    let mut there: Vec<String> = there(&w).records("Price").into_keys().collect();
    there.sort();
    expected.sort();
    assert!(expected.len() > 50, "{}", expected.len());
    assert_eq!(there, expected);
}
