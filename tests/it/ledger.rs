//! What earlier runs left, and the next plan (design 6): each row of the table there, on the real practice platform.

use crate::generated::{customers_of, little};
use crate::server::Server;
use crate::workspace::{Ran, Workspace};

/// Six customers are there; then the platform has lost company 3, so that it refuses whatever refers to it.
fn refusing() -> Workspace {
    let w = little(6);
    let _ = w.run(&["run", "little"]).exits(0);
    w.store_change("DELETE FROM \"true_CompanySyncModel\" WHERE _key = '000003'");
    w.edit("in/people.csv", "Person 3", "Persona 3");
    w
}

#[test]
fn refused_three_times_with_the_same_data_it_is_held() {
    let w = refusing();
    let _ = w.run(&["run", "little"]).exits(3).says("rejected").says("P000003");
    let _ =
        w.run(&["plan", "little"]).exits(0).says("refused once before with the same data, since 2026-10-02");
    let _ = w.run(&["run", "little"]).exits(3);
    let _ = w.run(&["run", "little"]).exits(3).says("refused 2 times before");
    let before = w.store().traffic();
    let _ = w
        .run(&["run", "little"])
        .exits(0)
        .says("E511")
        .says("refused 3 times with the same data since 2026-10-02");
    assert_eq!(w.store().traffic(), before, "it was sent a fourth time");
    let held = w.run(&["holds", "little"]).exits(0);
    assert!(held.out.contains("contact P000003  3 times since 2026-10-02"), "{}", held.out);
    let _ = held.says("crosswalk retry little contact P000003");

    // Other data: it goes again, and is refused for the first time.
    w.edit("in/people.csv", "Persona 3", "Persona Tertia");
    let _ = w.run(&["run", "little"]).exits(3).says("rejected");
    w.edit("in/people.csv", "Persona Tertia", "Persona 3");
    let again = w.run(&["plan", "little"]).exits(0);
    assert!(!again.out.contains("E511"), "other data came in between\n{}", again.out);
}

#[test]
fn what_was_refused_three_times_goes_again_by_retry_or_a_changed_reference() {
    let w = refusing();
    for _ in 0..3 {
        let _ = w.run(&["run", "little"]).exits(3);
    }
    let _ = w.run(&["plan", "little"]).exits(0).says("E511");
    let by_retry = Workspace::copy_of(&w);
    let _ = by_retry.run(&["retry", "little", "contact", "P000009"]).exits(1).says("E514");
    let _ = by_retry.run(&["retry", "little", "contact", "P000003"]).exits(0).says("1 record");
    let _ = by_retry.run(&["run", "little"]).exits(3).says("rejected");

    // The company is sent again, so what refers to it is tried again too, and arrives.
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().record("ContactSyncModel", "P000003").get("contactName").unwrap(), "Persona 3");
    let _ = w.run(&["holds"]).exits(0).says("Nothing is held.");
}

#[test]
fn a_hold_binds_the_values_until_it_is_released() {
    let w = little(6);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    w.edit("in/customers.csv", "Customer 4 GmbH", "Customer 4 AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["hold", "little", "company", "000009", "--why", "who?"]).exits(1).says("E514");
    let _ = w
        .run(&["hold", "little", "company", "000003", "--why", "name to be confirmed"])
        .exits(0)
        .says("will not send");
    let _ = w.run(&["apply", "little"]).exits(0).says("1 accepted (inferred), 1 held");
    let _ = w.run(&["hold", "little", "company", "000004"]).exits(5).says("has been applied already");
    let name = |w: &Workspace, key: &str| {
        w.store().record("CompanySyncModel", key).get("companyName").unwrap().clone()
    };
    assert_eq!([name(&w, "000003"), name(&w, "000004")], ["Customer 3 GmbH", "Customer 4 AG"]);

    let shown = w.run(&["plan", "little"]).exits(0).says("E512");
    assert!(shown.out.contains("name to be confirmed"), "{}", shown.out);
    let _ = w
        .run(&["holds"])
        .exits(0)
        .says("name to be confirmed")
        .says("crosswalk release little company 000003");
    let other = Workspace::copy_of(&w);
    other.edit("in/customers.csv", "Customer 3 AG", "Customer 3 SE");
    let asked = other.run(&["plan", "little", "--exit-code"]).exits(10);
    assert!(!asked.out.contains("E512"), "other values ask anew\n{}", asked.out);

    let _ = w.run(&["release", "little", "company", "000003"]).exits(0);
    let _ = w.run(&["release", "little", "company", "000003"]).exits(1).says("E514");
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(name(&w, "000003"), "Customer 3 AG");
}

#[test]
fn a_new_record_held_holds_what_refers_to_it_and_a_header_its_lines() {
    let w = little(2);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["hold", "little", "company", "000001"]).exits(0);
    let _ = w.run(&["apply", "little"]).exits(0).says("2 held").says("refers to 000001 of CompanySyncModel");
    assert_eq!(w.store().counts().get("ContactSyncModel"), Some(&1));
    let _ = w.run(&["plan", "little"]).exits(0).says("E512").says("E323");

    let acme = Workspace::new();
    let _ = acme.run(&["plan", "acme"]).exits(0);
    let _ = acme
        .run(&["hold", "acme", "invoice", "10-RE26-0102"])
        .exits(0)
        .says("a header and its lines go together");
    let _ = acme.run(&["apply", "acme"]).exits(0);
    assert!(!acme.store().records("InvoiceSyncModel").contains_key("10-RE26-0102"));
    let lines = acme.store().records("InvoiceLineSyncModel");
    assert!(lines.keys().all(|k| !k.starts_with("10-RE26-0102/")), "{:?}", lines.keys());
}

/// What is absent and kept is shown as changes once; later plans say since when it is absent.
#[test]
fn what_is_still_absent_is_told_with_its_day() {
    let w = little(3);
    let _ = w.run(&["run", "little"]).exits(0);
    w.write("in/people.csv", "No,Customer,Name\nP000000,000000,Person 0\n");
    let first = w.run(&["run", "little"]);
    assert!(first.out.contains("Absent") && !first.out.contains("absent since"), "{}", first.out);
    let _ = w
        .run(&["plan", "little"])
        .exits(0)
        .says("contact: 2 absent since 2026-10-02: in no file, kept at the platform");
    customers_of(&w, 3, "GmbH");
    let back = w.run(&["plan", "little"]).exits(0);
    assert!(!back.out.contains("absent since"), "{}", back.out);
}

/// A hold binds the values that it is about, also when its plan is never applied: later plans and `run` hold them too, until it is
/// released or other values are proposed.
#[test]
fn a_hold_outlives_its_plan() {
    let w = little(2);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["hold", "little", "company", "000001", "--why", "asked Ada"]).exits(0);
    let _ = w.run(&["holds", "little"]).exits(0).says("company 000001").says("asked Ada");
    // All or none: a key that is not held releases no other.
    let _ = w.run(&["release", "little", "company", "000001", "000000"]).exits(1).says("E514");
    // Nothing was applied so far: there is no state.
    let _ = w.run(&["run", "little"]).exits(0).says("E512").says("asked Ada");
    assert_eq!(w.store().counts().get("CompanySyncModel"), Some(&1));
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().counts().get("CompanySyncModel"), Some(&1));

    w.edit("in/customers.csv", "Customer 0 GmbH", "Customer 0 AG");
    let _ = w.run(&["plan", "little"]).exits(0).says("E512");
    let _ = w.run(&["hold", "little", "company", "000000"]).exits(0);
    let _ = w.run(&["run", "little"]).exits(0).says("E512");
    assert_eq!(w.store().record("CompanySyncModel", "000000").get("companyName").unwrap(), "Customer 0 GmbH");
    // Other values are not what was held.
    w.edit("in/customers.csv", "Customer 0 AG", "Customer 0 KG");
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().record("CompanySyncModel", "000000").get("companyName").unwrap(), "Customer 0 KG");

    let _ = w.run(&["release", "little", "company", "000001"]).exits(0).says("1 record");
    let _ = w.run(&["release", "little", "company", "000001"]).exits(1).says("E514");
    let _ = w.run(&["run", "little"]).exits(0);
    assert_eq!(w.store().counts().get("CompanySyncModel"), Some(&2));
}

/// A real server that loses every answer, on a platform where sending again might double: all records are unknown.
fn unknown() -> (Workspace, Server) {
    let w = little(3);
    w.edit("mappings/platforms/lockstep.toml", "resend     = \"upsert\"", "resend     = \"none\"");
    let server = Server::start(&w, &["rehearse", "lockstep", "--fault", "reply-lost"]);
    server.environment(&w, "vars = { region = \"Nord\" }");
    let _ = server.call(&w, &["run", "little", "--env", "practice"]).exits(3).says("unknown");
    (w, server)
}

#[test]
fn unknown_is_settled_before_anything_more_is_sent() {
    let (w, server) = unknown();
    let call = |arguments: &[&str]| -> Ran { server.call(&w, arguments) };
    let _ = call(&["plan", "little", "--env", "practice", "--exit-code"]).exits(0).says("E508");
    let _ = call(&["holds", "--env", "practice"]).exits(0).says("crosswalk resolve little company 000000");
    let _ = call(&["status", "--env", "practice"]).exits(0).says("nothing is sent for these until");
    let _ = call(&["resolve", "little", "company", "000000", "--env", "practice"]).exits(2);
    let _ = call(&["resolve", "little", "company", "000009", "--arrived", "--env", "practice"])
        .exits(1)
        .says("E514");
    let _ = call(&["resolve", "little", "company", "000000", "--not-arrived", "--env", "practice"]).exits(0);
    let _ = call(&["resolve", "little", "--arrived", "--env", "practice"])
        .exits(0)
        .says("2 records: noted as arrived");
    // What did not arrive is planned again; what arrived is not, but for what was to follow it.
    let next = call(&["plan", "little", "--env", "practice", "--exit-code"]).exits(10);
    assert!(next.out.contains("company 000000") && !next.out.contains("E508"), "{}", next.out);
    let history = call(&["history", "--env", "practice"]).exits(0);
    assert!(history.out.contains("resolved by hand"), "{}", history.out);
}

/// What `resolve` writes down is a run, but none that read the files: what the last one refused is known all the same.
#[test]
fn what_was_refused_before_a_resolve_is_not_new_after_it() {
    let w = little(3);
    w.edit("mappings/platforms/lockstep.toml", "resend     = \"upsert\"", "resend     = \"none\"");
    let customers = std::fs::read_to_string(w.path("in/customers.csv")).unwrap();
    w.write("in/customers.csv", &format!("{customers},Nobody,00000,D,P000000\n"));
    let server = Server::start(&w, &["rehearse", "lockstep", "--fault", "reply-lost:times=1"]);
    server.environment(&w, "vars = { region = \"Nord\" }");
    let call = |arguments: &[&str]| server.call(&w, arguments);
    let _ = call(&["run", "little", "--env", "practice"]).exits(3);
    let _ = call(&["run", "little", "--env", "practice"]).exits(0);
    let _ = call(&["resolve", "little", "--arrived", "--env", "practice"]).exits(0);
    let _ = call(&["run", "little", "--env", "practice"]).exits(0);
    let holds = call(&["holds", "--env", "practice"]).exits(0);
    assert!(holds.out.contains("reject"), "{}", holds.out);
}

/// Where the same again does no harm, nobody has to say what became of a record: the next run sends it again.
#[test]
fn unknown_records_are_sent_again_where_that_does_no_harm() {
    let w = little(3);
    let mut first = w.command(&["run", "little"]);
    let _ = Ran::of(first.env("CROSSWALK_FAULT", "outcome-extra:times=1")).exits(3).says("3 unknown");
    for command in ["status", "holds"] {
        let told = w.run(&[command]).exits(0).says("the next run sends these again").says("company 000000");
        assert!(
            !told.out.contains("until they are settled") && !told.out.contains("resolve"),
            "{}",
            told.out
        );
    }
    let _ = w.run(&["run", "little"]).exits(0).says("accepted");
    let told = w.run(&["holds"]).exits(0);
    assert!(!told.out.contains("Unknown"), "{}", told.out);
}

#[test]
fn what_arrived_by_a_plan_that_is_gone_is_sent_whole_again() {
    let (w, server) = unknown();
    std::fs::remove_file(w.path(".crosswalk/practice/plans/little-0001.plan")).unwrap();
    let _ = server
        .call(&w, &["resolve", "little", "--arrived", "--env", "practice"])
        .exits(0)
        .says("their values are not known");
    let next = server.call(&w, &["plan", "little", "--env", "practice", "--exit-code"]).exits(10);
    assert!(next.out.contains("Changed: company 3"), "{}", next.out);
}

#[test]
fn what_arrived_by_a_plan_that_is_gone_is_not_taken_for_what_was_there_before() {
    let w = little(3);
    w.edit("mappings/platforms/lockstep.toml", "resend     = \"upsert\"", "resend     = \"none\"");
    let server = Server::start(&w, &["rehearse", "lockstep", "--fault", "reply-lost:after=3"]);
    server.environment(&w, "vars = { region = \"Nord\" }");
    let call = |arguments: &[&str]| server.call(&w, arguments);
    let _ = call(&["run", "little", "--env", "practice"]).exits(0);
    w.edit("in/customers.csv", "Customer 1 GmbH", "Customer 1 AG");
    let _ = call(&["run", "little", "--env", "practice"]).exits(3).says("unknown");
    std::fs::remove_file(w.path(".crosswalk/practice/plans/little-0002.plan")).unwrap();
    let _ = call(&["resolve", "little", "--arrived", "--env", "practice"]).exits(0);
    // The platform has the new name, though nobody here knows it: the old one must go out again.
    w.edit("in/customers.csv", "Customer 1 AG", "Customer 1 GmbH");
    let _ =
        call(&["plan", "little", "--env", "practice", "--exit-code"]).exits(10).says("Changed: company 1");
}

#[test]
fn the_first_day_at_a_platform_that_has_it_all() {
    let w = little(4);
    let _ = w.run(&["plan", "little", "--adopt=trust"]).exits(0).says("adopted");
    let _ = w.run(&["apply", "little"]).exits(0).says("8 adopted");
    assert!(w.store().counts().is_empty(), "nothing is sent");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(10).says("changed");
}

#[test]
fn what_is_there_is_found_by_asking() {
    let w = little(4);
    let _ = w.run(&["run", "little"]).exits(0);
    w.store_change("UPDATE \"true_CompanySyncModel\" SET \"companyName\" = 'Other' WHERE _key = '000002'; DELETE FROM \"true_ContactSyncModel\" WHERE _key = 'P000001'");
    std::fs::remove_file(w.place().join("state.duckdb")).unwrap();
    std::fs::remove_file(w.place().join("state.backup.duckdb")).unwrap_or_default();
    let planned = w.run(&["plan", "little", "--adopt"]).exits(0);
    for words in ["found there, different", "Other → Customer 2 GmbH", "contact P000001"] {
        assert!(planned.out.contains(words), "{words}\n{}", planned.out);
    }
    let _ = w.run(&["apply", "little"]).exits(0).says("6 adopted").says("2 accepted");
    assert_eq!(w.store().record("CompanySyncModel", "000002").get("companyName").unwrap(), "Customer 2 GmbH");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
}

#[test]
fn a_changed_mapping_can_be_taken_as_it_is_or_everything_sent_again() {
    let w = little(4);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("mappings/little.toml", "const = \"Customer\"", "const = \"Vendor\"");
    let _ = w.run(&["plan", "little", "--rebaseline"]).exits(0).says("the mapping changed, the data did not");
    let _ = w.run(&["apply", "little"]).exits(0).says("4 rebaselined");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
    let there =
        |w: &Workspace| w.store().record("CompanySyncModel", "000001").get("companyType").unwrap().clone();
    assert_eq!(there(&w), "Customer");

    let _ = w.run(&["plan", "little", "--resend", "firm"]).exits(2).says("E221");
    let _ = w.run(&["plan", "little", "--resend", "company=000001"]).exits(0).says("sent again as asked for");
    let _ = w.run(&["apply", "little"]).exits(0).says("1 accepted");
    assert_eq!(there(&w), "Vendor");
    let _ = w.run(&["plan", "little", "--resend", "company", "--exit-code"]).exits(10).says("company 4");
}

#[test]
fn taken_out_and_back_is_told_with_its_run() {
    let w = little(4);
    w.edit("mappings/little.toml", "from  = \"people\"", "from  = \"people\"\nmissing = \"deactivate\"");
    let _ = w.run(&["run", "little"]).exits(0);
    let people = std::fs::read_to_string(w.path("in/people.csv")).unwrap();
    w.write("in/people.csv", &people.replace("P000003,000003,Person 3\n", ""));
    w.edit("in/customers.csv", ",P000003", ",");
    let _ = w.run(&["run", "little"]).exits(0);
    w.write("in/people.csv", &people);
    let _ = w.run(&["plan", "little"]).exits(0).says("was taken out in run 2");
}

#[test]
fn there_must_be_an_open_run_to_go_on_with() {
    let w = little(2);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["apply", "little", "--resume"]).exits(1).says("E406").says("no run of plan 1 is open");
    let _ = w.run(&["apply", "little"]).exits(0);
}

#[test]
fn history_tells_what_became_of_each_run() {
    let w = refusing();
    let _ = w.run(&["run", "little"]).exits(3);
    let all = w.run(&["history"]).exits(0);
    assert!(all.out.contains("1 rejected") && all.out.contains("12 accepted (inferred)"), "{}", all.out);
    let one = w.run(&["history", "--run", "2"]).exits(0);
    for words in ["contact rejected: 1", "Uploads", "P000003"] {
        assert!(one.out.contains(words), "{words}\n{}", one.out);
    }
    let _ = w.run(&["history", "--run", "7"]).exits(1).says("there is no run 7");
}
