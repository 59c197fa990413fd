//! What a plan says about its changes: why they are there, what is only written otherwise, and which sums moved too far.

use crate::workspace::{Workspace, root};

const MAPPING: &str = r#"name     = "books"
platform = "lockstep"

[source.customers]
file   = "in/customers.csv"
locale = "de-DE"

[source.items]
file   = "in/items.csv"
locale = "de-DE"

[lookup.kind]
file = "in/kinds.csv"
key  = "code"
give = "kind"

[record.company]
model = "CompanySyncModel"
from  = "customers"

[record.company.fields]
erpKey      = "No"
companyName = "Name"
companyType = { from = "Kind", lookup = "kind" }
isActive    = true
stateRegion = '=env.region'

[record.invoice]
model = "InvoiceSyncModel"
from  = "items"

[record.invoice.fields]
erpKey            = "No"
companyErpKey     = "Customer"
customerErpKey    = "Customer"
invoiceTypeCode   = "AR Invoice"
invoiceStatusCode = "Open"
currencyCode      = "Currency"
currencyRate      = 1
totalAmount       = "Amount"
"#;

/// Six customers with an invoice each, as they stand at the platform already.
fn books() -> Workspace {
    let w = Workspace::empty();
    w.write("crosswalk.toml", "[env.rehearsal]\nvars = { region = \"Nord\" }\n");
    let mapping = MAPPING
        .replace("\"AR Invoice\"", "{ const = \"AR Invoice\" }")
        .replace("\"Open\"", "{ const = \"Open\" }");
    w.write("mappings/books.toml", &mapping);
    let platform = std::fs::read_to_string(root().join("mappings/platforms/lockstep.toml")).unwrap();
    w.write("mappings/platforms/lockstep.toml", &platform);
    w.write("in/kinds.csv", "code;kind\nC;Customer\nV;Vendor\n");
    files(&w, "K", |n| format!("Name {n}"), |n| format!("1.{n}00,50"));
    let _ = w.run(&["run", "books"]).exits(0);
    w
}

fn files(w: &Workspace, prefix: &str, name: impl Fn(u32) -> String, amount: impl Fn(u32) -> String) {
    let customer = |n: u32| format!("{prefix}{n};{};C;B{n}\n", name(n));
    let item = |n: u32| format!("I{n};{prefix}{n};EUR;{}\n", amount(n));
    w.write("in/customers.csv", &format!("No;Name;Kind;Memo\n{}", (1..=6).map(customer).collect::<String>()));
    w.write(
        "in/items.csv",
        &format!("No;Customer;Currency;Amount\n{}", (1..=6).map(item).collect::<String>()),
    );
}

fn plan(w: &Workspace) -> String {
    w.run(&["plan", "books"]).exits(0).out
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    // Sentences are broken over lines to the width of the terminal.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in words {
        assert!(flat.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn a_field_mapped_for_the_first_time_is_the_cause_and_not_the_data() {
    let w = books();
    w.edit("mappings/books.toml", "isActive    = true", "isActive    = true\ncity = \"Memo\"");
    says(&plan(&w), &["6 company: mapped for the first time: city; the mapping changed, the data did not"]);
    files(&w, "K", |n| format!("Name {n}{}", if n == 2 { " AG" } else { "" }), |n| format!("1.{n}00,50"));
    let text = plan(&w);
    says(&text, &["5 company: mapped for the first time: city;"]);
    assert!(!text.contains("6 company: mapped"), "{text}");
    let _ = w.run(&["plan", "books", "--rebaseline"]).exits(0).says("rebaselined");
}

#[test]
fn a_lookup_and_a_variable_are_told_from_the_mapping() {
    let w = books();
    w.write("in/kinds.csv", "code;kind\nC;Vendor\nV;Vendor\n");
    says(&plan(&w), &["6 company: a lookup changed, the data did not"]);
    w.write("in/kinds.csv", "code;kind\nC;Customer\nV;Vendor\n");
    let _ = w.run(&["plan", "books", "--exit-code"]).exits(0);
    w.write("crosswalk.toml", "[env.rehearsal]\nvars = { region = \"Ost\" }\n");
    says(&plan(&w), &["6 company: a variable changed, the data did not"]);
    w.write("in/kinds.csv", "code;kind\nC;Vendor\nV;Vendor\n");
    says(&plan(&w), &["6 company: a variable and a lookup changed, the data did not"]);
}

#[test]
fn the_same_values_under_another_key_are_seen() {
    let w = books();
    files(&w, "D", |n| format!("Name {n}"), |n| format!("1.{n}00,50"));
    let text = plan(&w);
    says(&text, &["6 of the 6 records that are gone are new under another key", "(K1 is now D1)", "erpKey"]);
}

#[test]
fn what_is_written_otherwise_and_means_the_same_is_counted_and_not_sent() {
    let w = books();
    let name = |n: u32| format!("{}Name {n}", if n < 3 { "  " } else { "" });
    files(&w, "K", name, |n| format!("1.{n}00,5{}", if n > 4 { "" } else { "0" }));
    let text = w.run(&["plan", "books", "--exit-code"]).exits(0).out;
    says(&text, &["4 cells are written otherwise than before and mean the same: 2 spaces, 2 trailing zeros"]);
    let _ = w.run(&["show", "2", "--rewritten", "cells.csv"]).exits(0);
    let list = std::fs::read_to_string(w.path("cells.csv")).unwrap();
    assert!(list.contains("company,K1,companyName,spaces,  Name 1,Name 1,customers.csv,line 2"), "{list}");
}

#[test]
fn what_is_taken_for_the_same_stays_as_it_was_accepted() {
    let w = books();
    w.edit(
        "mappings/books.toml",
        "companyName = \"Name\"",
        "companyName = { from = \"Name\", compare = \"case\" }",
    );
    w.edit("mappings/books.toml", "= \"Amount\"", "= { from = \"Amount\", compare = 0.05 }");
    files(&w, "K", |n| format!("NAME {n}"), |n| format!("1.{n}00,{}", if n < 3 { 55 } else { 50 }));
    let text = w.run(&["plan", "books", "--exit-code"]).exits(0).out;
    says(&text, &["8 cells are written otherwise than before", "6 letter case, 2 within tolerance"]);
    // Past the tolerance it is a change; what goes with it is what was shown.
    files(&w, "K", |n| format!("NAME {n}"), |n| format!("1.{n}00,{}", if n < 3 { 56 } else { 50 }));
    let text = plan(&w);
    says(&text, &["invoice 2"]);
    let _ = w.run(&["apply", "books"]).exits(0).says("2 accepted");
    assert_eq!(w.store().record("CompanySyncModel", "K1").get("companyName").unwrap(), "Name 1");
    assert_eq!(w.store().record("InvoiceSyncModel", "I1").get("totalAmount").unwrap(), "1100.56");

    w.edit("mappings/books.toml", "compare = 0.05", "compare = \"case\"");
    let _ = w.run(&["check", "books"]).exits(2).says("E211").says("totalAmount");
}

#[test]
fn a_sum_that_moves_too_far_is_named_with_its_new_figure() {
    let w = books();
    let mapping = std::fs::read_to_string(w.path("mappings/books.toml")).unwrap();
    w.write(
        "mappings/books.toml",
        &format!("{mapping}\n[guard]\nchanged = \"100%\"\nsums = \"20%\"\nfloor = 5\n"),
    );
    // One total is doubled.
    files(&w, "K", |n| format!("Name {n}"), |n| format!("{}.{n}00,50", if n == 6 { 5 } else { 1 }));
    let text = plan(&w);
    says(&text, &["the sum of invoice totalAmount.EUR would be", "--allow invoice.totalAmount.EUR=12103.00"]);
    let _ = w.run(&["apply", "books"]).exits(4).says("E405").says("12,103.00");
    let _ = w.run(&["run", "books"]).exits(4);
    let _ = w.run(&["apply", "books", "--allow", "invoice.totalAmount.EUR=1.00"]).exits(4);
    let _ =
        w.run(&["apply", "books", "--allow", "invoice.totalAmount.EUR=12103.00"]).exits(0).says("1 accepted");
}
