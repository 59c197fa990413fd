//! The three mappings written for public samples run as they stand: on small files of our own, and on the real ones
//! where those are at hand.

use crate::store::Store;
use crate::workspace::{Workspace, root};
use std::path::{Path, PathBuf};

fn apply(w: &Workspace, mapping: &str, samples: &Path) -> Store {
    let var = format!("samples={}", samples.display());
    let ran = w.run(&["run", mapping, "--var", &var]).exits(0);
    for word in ["rejected", "unknown", "held", "not sent"] {
        assert!(!ran.out.contains(word), "{mapping}: {word}\n{}", ran.out);
    }
    let before = {
        let store = w.store();
        assert_eq!(store.differences(&w.plan(mapping, 1)), [""; 0]);
        assert_eq!(store.mishaps(), [""; 0]);
        assert_eq!(store.strays(), [""; 0]);
        no_floats(&store);
        store.traffic()
    };
    let _ = w.run(&["run", mapping, "--var", &var]).exits(0).says("nothing to send");
    let store = w.store();
    assert_eq!(store.traffic(), before, "{mapping}: applying again sends nothing");
    store
}

/// Numbers of the workbook that are no numbers keep no `.0`.
fn no_floats(store: &Store) {
    for model in store.counts().keys() {
        for (key, fields) in store.records(model) {
            for name in ["postalCode", "phoneNumber", "phone", "faxNumber", "fax"] {
                let value = fields.get(name).map_or("", String::as_str);
                assert!(!value.ends_with(".0"), "{model} {key} {name}: {value}");
            }
        }
    }
}

fn counts(store: &Store) -> Vec<(String, u64)> {
    store.counts().into_iter().collect()
}

fn expect(all: &[(&str, u64)]) -> Vec<(String, u64)> {
    all.iter().map(|(m, n)| ((*m).to_owned(), *n)).collect()
}

/// How many records have this value.
fn having(store: &Store, model: &str, field: &str, value: &str) -> usize {
    store.records(model).values().filter(|r| r.get(field).is_some_and(|v| v == value)).count()
}

#[test]
fn the_six_workbooks() {
    let store = apply(&Workspace::new(), "lockstep-samples", Path::new("tests/fixtures"));
    assert_eq!(
        counts(&store),
        expect(&[
            ("CompanySyncModel", 3),
            ("ContactSyncModel", 3),
            ("CreditMemoAppliedSyncModel", 1),
            ("InvoiceSyncModel", 6),
            ("PaymentAppliedSyncModel", 4),
            ("PaymentSyncModel", 4),
        ])
    );
    assert_eq!(having(&store, "InvoiceSyncModel", "invoiceTypeCode", "AR Invoice"), 5);
    assert_eq!(having(&store, "InvoiceSyncModel", "invoiceTypeCode", "AR Credit Memo"), 1);
    assert_eq!(having(&store, "PaymentSyncModel", "isOpen", "true"), 1);
    assert_eq!(store.sum("InvoiceSyncModel", "totalAmount"), "5315.75");
    assert_eq!(store.sum("InvoiceSyncModel", "outstandingBalanceAmount"), "1650.25");
    assert_eq!(store.sum("PaymentSyncModel", "paymentAmount"), "3501.25");
    assert_eq!(store.sum("PaymentSyncModel", "unappliedAmount"), "35.75");
    assert_eq!(store.sum("PaymentAppliedSyncModel", "paymentAppliedAmount"), "3465.50");
    assert_eq!(store.sum("CreditMemoAppliedSyncModel", "creditMemoAppliedAmount"), "100.00");
    let codes: Vec<String> =
        store.records("CompanySyncModel").into_values().filter_map(|mut c| c.remove("postalCode")).collect();
    assert!(codes.contains(&"83702".to_owned()) && codes.contains(&"07102".to_owned()), "{codes:?}");
}

#[test]
fn xml_and_workbook_give_equal_companies() {
    let samples = Path::new("tests/fixtures");
    let xml = apply(&Workspace::new(), "saft", samples);
    let workbook = apply(&Workspace::new(), "saft-workbook", samples);
    let companies = xml.records("CompanySyncModel");
    assert_eq!(companies, workbook.records("CompanySyncModel"));
    assert!(companies.values().any(|c| c.len() >= 13), "the comparison covers the fields");
    assert_eq!(companies.len(), 4);
    assert_eq!(having(&xml, "CompanySyncModel", "companyType", "Customer"), 2);
    assert_eq!(having(&xml, "CompanySyncModel", "companyType", "Vendor"), 2);
    assert_eq!(having(&xml, "CompanySyncModel", "isActive", "false"), 1);
    saft_totals(&xml, [4, 5, 3, 8], "3501.00");
}

/// Companies, accounts, entries, lines; debit and credit in base currency.
fn saft_totals(store: &Store, told: [u64; 4], sum: &str) {
    let all = store.counts();
    let found = [
        "CompanySyncModel",
        "FinancialAccountSyncModel",
        "JournalEntrySyncModel",
        "JournalEntryLineSyncModel",
    ]
    .map(|m| all.get(m).copied().unwrap_or(0));
    assert_eq!(found, told, "{all:?}");
    assert_eq!(store.sum("JournalEntryLineSyncModel", "baseDebit"), sum);
    assert_eq!(store.sum("JournalEntryLineSyncModel", "baseCredit"), sum);
}

/// The public samples: input outside the project (beside it, or beside the folder of its worktrees), there only where
/// somebody has put it.
fn real_samples() -> Option<PathBuf> {
    let found = ["../shared/samples", "../../shared/samples"].map(|p| root().join(p));
    let found = found.iter().find_map(|p| p.canonicalize().ok());
    if found.is_none() {
        eprintln!("skipped: the public samples are not in ../shared/samples");
    }
    found
}

#[test]
fn the_real_six_workbooks() {
    let Some(samples) = real_samples() else { return };
    let store = apply(&Workspace::new(), "lockstep-samples", &samples);
    assert_eq!(
        counts(&store),
        expect(&[
            ("CompanySyncModel", 22),
            ("ContactSyncModel", 21),
            ("CreditMemoAppliedSyncModel", 21),
            ("InvoiceSyncModel", 2121),
            ("PaymentAppliedSyncModel", 1318),
            ("PaymentSyncModel", 1318),
        ])
    );
    assert_eq!(having(&store, "InvoiceSyncModel", "invoiceTypeCode", "AR Invoice"), 2100);
    assert_eq!(having(&store, "InvoiceSyncModel", "invoiceTypeCode", "AR Credit Memo"), 21);
    assert_eq!(store.sum("InvoiceSyncModel", "totalAmount"), "5930261.00");
    assert_eq!(store.sum("PaymentSyncModel", "paymentAmount"), "3691152.00");
}

#[test]
fn the_real_xml_and_workbook_give_equal_companies() {
    let Some(samples) = real_samples() else { return };
    let xml = apply(&Workspace::new(), "saft", &samples);
    let workbook = apply(&Workspace::new(), "saft-workbook", &samples);
    assert_eq!(xml.records("CompanySyncModel"), workbook.records("CompanySyncModel"));
    assert_eq!(having(&xml, "CompanySyncModel", "companyType", "Customer"), 6);
    assert_eq!(having(&xml, "CompanySyncModel", "companyType", "Vendor"), 6);
    saft_totals(&xml, [12, 22, 53, 170], "9487049.35");
}
