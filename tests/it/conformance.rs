//! One suite for every way of sending, against the practice platform: what is sent lands as planned, once; refusals, lost
//! answers and a crash in the middle leave the ledger honest, and the next call brings the rest.

use crate::generated::{customers_of, little};
use crate::workspace::{Ran, Workspace};

fn with_fault(w: &Workspace, arguments: &[&str], fault: &str) -> Ran {
    Ran::of(w.command(arguments).env("CROSSWALK_FAULT", fault))
}

#[track_caller]
fn in_order(w: &Workspace, what: &str) {
    let store = w.store();
    assert_eq!(store.ledger_faults(), [""; 0], "{what}");
    assert_eq!(store.doubles(), [""; 0], "{what}");
}

fn conforms(way: &str) {
    let w = little(6);
    w.edit("mappings/platforms/lockstep.toml", "records = 10000", "records = 4");
    if !way.is_empty() {
        w.edit("crosswalk.toml", "[env.rehearsal]", &format!("[env.rehearsal]\nway = \"{way}\""));
    }
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().differences(&w.plan("little", 1)), [""; 0], "{way}");
    let before = w.store().traffic();
    let _ = w.run(&["run", "little"]).exits(0).says("nothing to send");
    assert_eq!(w.store().traffic(), before, "{way}: nothing is sent twice");

    customers_of(&w, 6, "AG");
    let _ = with_fault(&w, &["run", "little"], "partial:share=50:seed=2").exits(3);
    in_order(&w, "refused");
    let _ = w.run(&["run", "little"]).exits(0);
    let name =
        |w: &Workspace| w.store().record("CompanySyncModel", "000003").get("companyName").unwrap().clone();
    assert_eq!(name(&w), "Customer 3 AG");

    for (suffix, fault) in [
        ("SE", "reply-lost:every=2"),
        ("KG", "error-after-commit:every=2"),
        ("OHG", "reset-before-body:every=2"),
    ] {
        customers_of(&w, 6, suffix);
        let first = with_fault(&w, &["run", "little"], fault);
        in_order(&w, fault);
        if first.code != 0 {
            let _ = w.run(&["run", "little"]).exits(0);
        }
        assert_eq!(name(&w), format!("Customer 3 {suffix}"), "{way} {fault}");
    }

    customers_of(&w, 6, "Ltd");
    let planned = w.run(&["plan", "little"]).exits(0);
    assert!(planned.out.contains("company 6"), "{}", planned.out);
    let mut crashed = 0;
    for step in [9, 15, 21] {
        let copy = Workspace::copy_of(&w);
        let ran = Ran::of(copy.command(&["apply", "little"]).env("CROSSWALK_CRASH_AT", step.to_string()));
        crashed += u32::from(ran.code == 137);
        let _ = copy.run(&["run", "little"]).exits(0);
        in_order(&copy, "a crash");
        assert_eq!(name(&copy), "Customer 3 Ltd", "{way}, step {step}");
    }
    assert!(crashed >= 2, "{way}: {crashed}");
}

#[test]
fn the_zip_upload_conforms() {
    conforms("");
}

#[test]
fn the_json_batch_conforms() {
    conforms("batch");
}

#[test]
fn json_lines_conform() {
    conforms("jsonl");
}
