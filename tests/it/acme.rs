//! ACME's two evenings, as `samples/acme/README.md` tells them.

use crate::workspace::{Ran, Workspace};
use std::collections::BTreeMap;

const DAY_2: [&str; 4] = ["run", "acme", "--var", "inbox=samples/acme/day-2"];

/// Record type → count by kind, from the summary that a report ends with.
fn summary(ran: &Ran) -> BTreeMap<String, BTreeMap<String, u64>> {
    let text = ran.out.rsplit("\nSummary\n").next().unwrap();
    let mut lines = text.lines();
    let kinds: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    lines
        .take_while(|l| !l.is_empty())
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap().to_owned();
            let counts =
                kinds.iter().zip(words).filter_map(|(k, w)| Some(((*k).to_owned(), w.parse().ok()?)));
            (name, counts.collect())
        })
        .collect()
}

/// The README's table for day 2: new, changed, removed, unchanged, rejected, held.
const DAY_2_COUNTS: [(&str, [u64; 6]); 8] = [
    ("own", [0, 0, 0, 1, 0, 0]),
    ("company", [1, 2, 0, 13, 0, 0]),
    ("contact", [2, 0, 1, 14, 0, 0]),
    ("invoice", [3, 3, 0, 36, 1, 0]),
    ("line", [6, 2, 0, 86, 0, 1]),
    ("payment", [1, 1, 0, 23, 0, 0]),
    ("paymentapplied", [2, 0, 0, 28, 0, 0]),
    ("total", [15, 8, 1, 201, 1, 1]),
];

const KINDS: [&str; 6] = ["new", "changed", "removed", "unchanged", "rejected", "held"];

#[test]
fn two_evenings_send_what_the_story_says() {
    let w = Workspace::new();
    first_evening(&w);
    second_evening(&w);
    third_run(&w);
}

fn first_evening(w: &Workspace) {
    let ran = w.run(&["run", "acme"]).exits(0).says("Applied acme: 212 accepted (inferred).");
    let new: BTreeMap<String, u64> =
        summary(&ran).into_iter().filter_map(|(r, c)| Some((r, *c.get("new")?))).collect();
    let told = [15, 15, 40, 89, 1, 24, 28, 212];
    let names = ["company", "contact", "invoice", "line", "own", "payment", "paymentapplied", "total"];
    assert_eq!(new, names.map(str::to_owned).into_iter().zip(told).collect());

    let store = w.store();
    assert_eq!(store.differences(&w.plan("acme", 1)), [""; 0]);
    assert_eq!(store.mishaps(), [""; 0]);
    assert_eq!(store.strays(), [""; 0]);
    assert_eq!(store.sum("InvoiceSyncModel", "totalAmount"), "30967.15");
    assert_eq!(store.sum("PaymentSyncModel", "paymentAmount"), "22055.07");
    assert_eq!(store.sum("PaymentAppliedSyncModel", "paymentAppliedAmount"), "20864.57");
    records(&store.records("CompanySyncModel"));

    let invoice = store.record("InvoiceSyncModel", "10-GU26-0114");
    assert_eq!(invoice.get("totalAmount").unwrap(), "-32.13", "a credit note is negative");
    assert_eq!(invoice.get("invoiceTypeCode").unwrap(), "AR Credit Memo");
    assert!(invoice.get("customerErpKey").unwrap().starts_with("00100"), "its customer has its zeros");
    let payment = store.record("PaymentSyncModel", "ZE26-0524");
    assert_eq!(payment.get("unappliedAmount").unwrap(), "1190.50");
}

/// Field by field, as the files say: leading zeros, umlauts, quotes, a line break, nothing for `-`.
fn records(companies: &BTreeMap<String, crate::store::Fields>) {
    let bohm = companies.get("0010001").unwrap();
    assert_eq!(bohm.get("companyName").unwrap(), "Böhm Maschinenbau; Inh. Jörg Böhm e. K.");
    assert_eq!(bohm.get("postalCode").unwrap(), "01067");
    assert_eq!(bohm.get("primaryContactErpKey").unwrap(), "000101", "sent in the second step");
    assert_eq!(companies.get("0010004").unwrap().get("faxNumber"), None, "a dash is nothing");
    assert_eq!(companies.get("0010042").unwrap().get("companyName").unwrap(), "Gasthof \"Zum Löwen\"");
    assert_eq!(companies.get("0010038").unwrap().get("parentCompanyErpKey").unwrap(), "0010034");
    let broken = companies.values().filter_map(|c| c.get("address2")).filter(|a| a.contains('\n')).count();
    assert_eq!(broken, 1, "one address has a line break");
    let zero = companies.values().filter_map(|c| c.get("postalCode")).filter(|p| p.starts_with('0')).count();
    assert!(zero >= 2, "postal codes keep their zeros");
}

fn second_evening(w: &Workspace) {
    let ran = w.run(&DAY_2).exits(3);
    let counts = summary(&ran);
    for (record, told) in DAY_2_COUNTS {
        let of = counts.get(record).unwrap_or_else(|| panic!("no {record} in the summary"));
        let found = KINDS.map(|k| of.get(k).copied().unwrap_or(0));
        assert_eq!(found, told, "{record}: {KINDS:?}");
    }
    let place = ran.out.lines().find(|l| l.contains("Offene Posten!M38")).unwrap();
    assert!(place.contains("10-RE26-0132") && place.contains("OPOS_2026-10-02.xlsx"), "{place}");
    assert!(ran.out.contains("\"31.11.2026\""), "the bad cell's value is named");
    assert!(ran.out.contains("Applied acme: 24 accepted (inferred)."));
    insta::assert_snapshot!("day_2", ran.out);

    let store = w.store();
    assert_eq!(store.mishaps(), [""; 0]);
    let gone = store.record("ContactSyncModel", "000103");
    assert_eq!(gone.get("isActive").unwrap(), "false", "who left is inactive");
    assert_eq!(gone.get("contactName").unwrap(), "Sabine Ritter", "and otherwise as it was");
    let moved = store.record("CompanySyncModel", "0010004");
    assert_eq!(moved.get("companyName").unwrap(), "Wöhler Metallbau GmbH");
    assert_eq!(moved.get("city").unwrap(), "Rosdorf");
    let followed = store.record("CompanySyncModel", "0010007");
    assert_eq!(followed.get("primaryContactErpKey").unwrap(), "000116");
    let kept = store.record("InvoiceSyncModel", "10-RE26-0132");
    assert!(!kept.contains_key("paymentDueDate") || !kept["paymentDueDate"].contains("11-31"));
    assert_eq!(store.counts().get("InvoiceSyncModel"), Some(&43));
}

fn third_run(w: &Workspace) {
    let before = w.store().traffic();
    let _ = w.run(&DAY_2).exits(0).says("known from the last").says("nothing to send");
    assert_eq!(w.store().traffic(), before, "a third run sends nothing");
}

#[test]
fn check_names_three_planted_mistakes_at_once() {
    let w = Workspace::new();
    w.edit("mappings/acme.toml", "postalCode          = \"PLZ\"", "postalCod           = \"PLZ\"");
    w.edit("mappings/acme.toml", "contactName   = '=join(\" \",", "contactName   = '=joyn(\" \",");
    w.edit("mappings/acme.toml", "\"Beleg / Ausgleich\"", "\"Beleg / Ausgliech\"");
    let ran = w.run(&["check", "acme"]).exits(2);
    for help in ["postalCode", "join", "Beleg / Ausgleich"] {
        assert!(ran.err.contains(help), "no hint at {help}\n{}", ran.err);
    }
    insta::assert_snapshot!("check_three_mistakes", ran.err);
}
