//! `crosswalk test`: the mapping's own cases, planted wrong ones, mistakes in cases, and cases captured from real rows.

use crate::generated::little;
use crate::workspace::{Workspace, root};

/// A mapping for a CSV file that is nowhere, with header and lines from one, and the tests put behind it.
fn sales(tests: &str) -> Workspace {
    let w = Workspace::empty();
    let text = format!("{SALES}\n{tests}");
    w.write("mappings/sales.toml", &text);
    let platform = std::fs::read_to_string(root().join("mappings/platforms/lockstep.toml")).unwrap();
    w.write("mappings/platforms/lockstep.toml", &platform);
    w
}

const SALES: &str = r#"name     = "sales"
platform = "lockstep"

[source.items]
file   = "nowhere/items_*.csv"
locale = "de-DE"
dates  = ["dd.mm.yyyy"]

[source.terms]
file = "nowhere/terms.csv"

[lookup.terms]
source = "terms"
key    = "code"
give   = "name"

[source.lines]
file = "nowhere/lines.json"
each = "/bills"

[source.positions]
within = "lines"
each   = "positions"

[record.invoice]
model    = "InvoiceSyncModel"
from     = "items"
group_by = ["No"]
where    = 'text("Kind") == "RE"'

[record.invoice.fields]
erpKey            = "No"
companyErpKey     = { const = "10" }
customerErpKey    = "Customer"
invoiceTypeCode   = { const = "AR Invoice" }
currencyCode      = "Currency"
currencyRate      = 1
invoiceDate       = "Date"
termsCode         = { from = "Terms", lookup = "terms" }
totalAmount       = '=sum(num("Amount"))'

[record.payment]
model = "PaymentSyncModel"
from  = "lines"

[record.payment.fields]
erpKey        = "no"
companyErpKey = "debtor"
paymentType   = { const = "AR Payment" }
isOpen        = false
paymentDate   = 2026-10-02
postDate      = 2026-10-02
paymentAmount = "amount"
currencyCode  = "/currency"
currencyRate  = 1
unappliedAmount             = 0
baseCurrencyPaymentAmount   = "amount"
baseCurrencyUnappliedAmount = 0

[record.applied]
model  = "PaymentAppliedSyncModel"
from   = "positions"
parent = "payment"

[record.applied.fields]
erpKey               = '=`${parent.erpKey}/${text("pos")}`'
invoiceErpKey        = "bill"
entryNumber          = "pos"
applyToInvoiceDate   = 2026-10-02
paymentAppliedAmount = "amount"

[[check]]
name   = "nothing is free"
on     = "invoice"
assert = 'out.totalAmount > 0'

[[check]]
name   = "the file is complete"
on     = "items"
assert = 'count() == 1000'
"#;

const RIGHT: &str = r#"
[[test]]
name   = "two rows are one invoice, with a term from another list"
given.items = [
    { No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Date = "02.10.2026", Terms = "N", Amount = "1.000,50" },
    { No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Date = "02.10.2026", Terms = "N", Amount = "9,50" },
    { No = "2", Kind = "GU" },
]
given.terms = [{ code = "N", name = "Net 30" }]
expect.invoice = [{ erpKey = "1", totalAmount = 1010.0, invoiceDate = 2026-10-02, termsCode = "Net 30", referenceCode2 = "" }]

[[test]]
name   = "a line finds its header inside the row it stands in"
source = "lines"
given  = [{ no = "Z1", debtor = "C", amount = 100, "/currency" = "EUR", positions = [{ pos = 1, bill = "1", amount = 60 }, { pos = 2, bill = "2", amount = 40 }] }]
expect.applied = [{ erpKey = "Z1/2", paymentAppliedAmount = 40 }, { erpKey = "Z1/1", paymentErpKey = "Z1" }]
expect.payment = [{ paymentAmount = "100" }]

[[test]]
name   = "a date that is none, and a term nobody knows"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Date = "31.11.2026", Terms = "X", Amount = "1" }]
expect.reject = [{ record = "invoice", field = "invoiceDate", code = "E311", value = "31.11.2026" }, { field = "termsCode", reason = "not in lookup" }]
expect.invoice = []

[[test]]
name   = "a check refuses"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "0" }]
expect.reject = [{ record = "invoice", key = "1", code = "E325", reason = "nothing is free" }]
"#;

#[test]
fn the_sample_mappings_hold() {
    let w = Workspace::new();
    let ran = w.run(&["test"]).exits(0);
    insta::assert_snapshot!("samples_hold", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn cases_hold_without_a_single_file() {
    let w = sales(&RIGHT.replace(", referenceCode2 = \"\"", ""));
    let ran = w.run(&["test", "sales"]).exits(0).says("4 cases, all hold");
    assert_eq!(ran.err, "");
    let ran = w.run(&["test", "sales", "--case", "TERM"]).exits(0).says("2 cases, all hold");
    assert!(!ran.out.contains("a check refuses"));
    let _ = w.run(&["test", "sales", "--case", "nothing of the kind"]).exits(0).says("No cases whose name");
    assert!(!w.place().join("state.duckdb").exists(), "nothing is kept");
}

const WRONG: &str = r#"
[[test]]
name   = "another amount, an empty field, a text"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "1.190,00" }]
expect.invoice = [{ erpKey = "1", totalAmount = 1190.01, currencyCode = "", customerErpKey = "K" }]

[[test]]
name   = "one too many, one too few"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "1" }, { No = "2", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "1" }]
expect.invoice = [{ erpKey = "2" }]

[[test]]
name   = "one missing"
source = "items"
given  = [{ No = "1", Kind = "GU", Customer = "C" }]
expect.invoice = [{ erpKey = "1" }]

[[test]]
name   = "a bad date nobody expects"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Date = "31.11.2026", Amount = "1" }]
expect.invoice = [{ erpKey = "1" }]

[[test]]
name   = "half a row"
source = "items"
given  = [{ Kind = "RE", Amount = "1" }]
expect.invoice = [{ totalAmount = 1 }]

[[test]]
name   = "a refusal that does not come"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "1" }]
expect.reject = [{ record = "invoice", code = "E311" }]
"#;

#[test]
fn planted_wrong_expectations_are_all_found() {
    let w = sales(WRONG);
    let ran = w.run(&["test", "sales"]).exits(1);
    insta::assert_snapshot!("planted", format!("{}\n{}", ran.out, ran.err));
}

#[test]
fn results_for_machines() {
    let w = sales(WRONG);
    let ran = w.run(&["test", "sales", "--format", "json", "--case", "another amount"]).exits(1);
    insta::assert_snapshot!("as_json", ran.out);
    let ran = w.run(&["test", "sales", "--format", "junit", "--case", "date nobody"]).exits(1);
    insta::assert_snapshot!("as_junit", ran.out);
}

const MISTAKEN: &str = r#"
[[test]]
name   = "names"
source = "itmes"
given  = [{ No = "1" }]
expect.invoise = []

[[test]]
name   = "fields and types"
source = "items"
given  = [{ No = "1", Amount = 1190.5, Currenzy = "EUR" }]
expect.invoice = [{ totalAmout = 1, invoiceDate = "02.10.2026", totalAmount = 1.005, invoiceTypeCode = "Invoice", dueDate = 1 }]
expect.reject  = [{ record = "invoice", code = "E203" }, { recrod = "invoice" }]

[[test]]
name   = "a line without its header"
source = "positions"
given  = [{ pos = 1 }]
expect.payment = [{ erpKey = "1" }]

[[test]]
name  = "no source, nothing expected"
given = [{ No = "1" }]

[[test]]
name   = "a list in a cell"
source = "items"
given  = [{ No = ["1"], terms = [{ code = "N" }] }]
expect.invoice = []
"#;

#[test]
fn mistakes_in_cases_are_told_by_check_too() {
    let w = sales(MISTAKEN);
    let ran = w.run(&["test", "sales"]).exits(2);
    insta::assert_snapshot!("mistaken", ran.err);
    let checked = w.run(&["check", "sales"]).exits(2);
    for code in ["E220", "E221", "E223", "E227", "E280", "E202", "E213"] {
        assert!(checked.err.contains(code), "check does not tell {code}\n{}", checked.err);
    }
}

#[test]
fn a_hundred_cases_of_one_key_take_moments_and_never_meet() {
    let one = r#"
[[test]]
name   = "case NUMBER"
source = "items"
given  = [{ No = "1", Kind = "RE", Customer = "C", Currency = "EUR", Amount = "1NUMBER,00" }]
expect.invoice = [{ erpKey = "1", totalAmount = 1NUMBER }]
"#;
    let all: String = (0..100).map(|n| one.replace("NUMBER", &n.to_string())).collect();
    let w = sales(&all);
    let began = std::time::Instant::now();
    let _ = w.run(&["test", "sales"]).exits(0).says("100 cases, all hold");
    eprintln!("100 cases: {:?}", began.elapsed());
    // It takes a fifth of a second; the machine may be busy.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn a_record_is_captured_with_its_lines_and_passes() {
    let w = Workspace::new();
    let before = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    let ran = w.run(&["test", "acme", "--capture", "10-GU26-0114"]).exits(0);
    let after = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    assert!(after.starts_with(&before), "what stands there stays as it is");
    insta::assert_snapshot!("captured", &after[before.len()..]);
    assert!(ran.out.contains("Written to mappings/acme.toml"), "{}", ran.out);
    let _ = w.run(&["test", "acme"]).exits(0).says("3 cases, all hold");
    let _ = w.run(&["test", "acme", "--capture", "ZE26-0524"]).exits(0);
    let _ = w.run(&["test", "acme"]).exits(0).says("4 cases, all hold");
}

#[test]
fn what_is_masked_is_nowhere_in_the_case() {
    let w = Workspace::new();
    let before = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    let _ = w
        .run(&[
            "test",
            "acme",
            "--capture",
            "0010001",
            "--record",
            "company",
            "--mask",
            "name,email,phone,Kundennr",
        ])
        .exits(0);
    let after = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    let added = &after[before.len()..];
    for secret in ["Böhm", "0010001"] {
        assert!(!added.contains(secret), "{secret} in\n{added}");
    }
    insta::assert_snapshot!("masked", added);
    let _ = w.run(&["test", "acme"]).exits(0).says("3 cases, all hold");
}

#[test]
fn a_refused_record_is_captured_as_a_refusal() {
    let w = little(3);
    w.edit("in/customers.csv", "Customer 1 GmbH,00037,A", "Customer 1 GmbH,00037,ZZ");
    let _ = w.run(&["test", "little", "--capture", "000001"]).exits(0);
    let text = std::fs::read_to_string(w.path("mappings/little.toml")).unwrap();
    assert!(
        text.contains(
            r#"expect.reject = [{ record = "company", key = "000001", field = "country", code = "E315" }]"#
        ),
        "{text}"
    );
    let _ = w.run(&["test", "little"]).exits(0).says("1 case, it holds");
}

#[test]
fn captures_that_cannot_be() {
    let w = Workspace::new();
    let text = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    let _ = w.run(&["test", "acme", "--capture", "nobody"]).exits(2).says("no record of key").says("preview");
    let _ = w
        .run(&["test", "acme", "--capture", "0010001", "--mask", "Nmae,xyzzy"])
        .exits(2)
        .says("--mask Nmae")
        .says("--mask xyzzy")
        .says("`Name`");
    assert_eq!(std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap(), text, "nothing is written");
}
