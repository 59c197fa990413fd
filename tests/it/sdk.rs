//! The public Python client of Lockstep, unchanged, against the practice platform: it speaks their contract, not our
//! idea of it.

use crate::workspace::{Workspace, root};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command};

/// The interpreter of the folder that tests/run installs the client into.
pub fn python() -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    let tools = std::env::var("CROSSWALK_TOOLS").unwrap_or_else(|_| format!("{home}/.cache/crosswalk-tools"));
    let python = format!("{tools}/sdk/bin/python");
    let found = Command::new(&python).args(["-c", "import lockstep.lockstep_api"]).output();
    assert!(
        found.is_ok_and(|o| o.status.success()),
        "the client lockstep-sdk is not in {tools}/sdk: tests/run installs it"
    );
    python
}

/// A practice platform of its own process, ended when dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(w: &Workspace, settings: &[&str]) -> Self {
        let mut words = vec!["rehearse", "lockstep", "--port", "0"];
        settings.iter().for_each(|s| words.extend(["--set", s]));
        let mut child = w.command(&words).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.split_whitespace().find(|w| w.starts_with("http://")).expect("an address");
        Self { address: address.trim_end_matches('.').to_owned(), child }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drive(served: &Served, folder: &Path) -> Value {
    let output = Command::new(python())
        .arg(root().join("tests/sdk/conformance.py"))
        .args([&served.address, "right-key"])
        .arg(folder)
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_public_client_finds_the_contract_it_knows() {
    let w = Workspace::new();
    let served = Served::start(&w, &["key=right-key", "states=connector", "delay=150"]);
    let seen = drive(&served, w.folder());
    drop(served);
    assert_eq!(seen["refused"], json!(["JSONDecodeError", "JSONDecodeError"]));
    assert_eq!(seen["ping"], json!([200, true]));
    assert_eq!(seen["ping without key"], json!([200, false]));
    uploads(&seen);
    questions(&seen);
    truth(&w);
}

fn uploads(seen: &Value) {
    let counts = |inserted: u64, skipped: u64| json!({ "insertCount": inserted, "updateCount": 0, "skipCount": skipped, "errorCount": 0, "deleteCount": 0 });
    assert_eq!(seen["batch"], json!([true, 200]));
    let created = seen["created"].as_str().unwrap();
    assert!(created.len() == 28 && created.ends_with('Z'), "{created}");
    let outcome = &seen["batch outcome"];
    assert_eq!(outcome["states"], json!(["Ready", "Connector", "In Progress", "Success"]));
    assert_eq!(outcome["details"], json!({ "Company": counts(2, 0), "Invoice": counts(1, 0) }));
    assert_eq!(seen["again outcome"]["details"], json!({ "Company": counts(0, 2) }));
    assert_eq!(seen["wrong"], json!([false, 400, "One or more validation errors occurred."]));

    assert_eq!(seen["upload"], json!([true, 200]));
    let outcome = &seen["upload outcome"];
    assert_eq!(outcome["failures"], json!(1));
    let contact = &outcome["details"]["Contact"];
    assert_eq!((&contact["insertCount"], &contact["errorCount"]), (&json!(1), &json!(1)));
    assert_eq!(contact["errors"]["P-2"], json!(["companyErpKey: there is no CompanySyncModel of that key"]));
    let read = seen["read back"][0].as_str().unwrap();
    assert!(read.len() == 22 && !read.ends_with('Z'), "{read}");
    assert_eq!(seen["read back"][1], json!(false));
}

fn questions(seen: &Value) {
    assert_eq!(seen["unknown"], json!([false, 404, "Not Found"]));
    assert_eq!(seen["cancelled"], json!([200, "Cancelled", true]));
    assert_eq!(seen["cancelled too late"], json!([200, "Success"]));
    assert_eq!(seen["all"], json!([4, 250, 0, 4]));
    assert_eq!(seen["some"], json!([3, 2, true]));
    assert_eq!(seen["nonsense"], json!([false, 400]));
    assert_eq!(seen["company"], json!([1, "Acme", "Oslo"]));
}

fn truth(w: &Workspace) {
    let store = w.store();
    let counts: Vec<(String, u64)> = store.counts().into_iter().collect();
    let told = [("CompanySyncModel", 2), ("ContactSyncModel", 1), ("InvoiceSyncModel", 1)];
    assert_eq!(counts, told.map(|(m, n)| (m.to_owned(), n)));
    let acme = store.record("CompanySyncModel", "A");
    assert_eq!((acme["companyName"].as_str(), acme["parentCompanyErpKey"].as_str()), ("Acme", "G"));
    let invoice = store.record("InvoiceSyncModel", "I-1");
    assert_eq!(invoice["totalAmount"], "1190.50");
    assert_eq!(invoice["currencyRate"], "0.0000100000");
    assert_eq!(invoice["invoiceDate"], "2026-10-02T00:00:00");
    assert!(!invoice.contains_key("termsCode"));
    assert_eq!(store.record("ContactSyncModel", "P-1")["contactName"], "Ada");
}
