//! Arguments, exit codes, and what each command says.

use crate::generated::little;
use crate::workspace::Workspace;
use std::sync::LazyLock;

/// Five customers planned, applied, and planned again after a change.
static APPLIED: LazyLock<Workspace> = LazyLock::new(|| {
    let w = little(5);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 <b>AG</b>");
    let _ = w.run(&["plan", "little"]).exits(0);
    w
});

#[test]
fn plan_tells_by_its_exit_code_whether_there_are_changes() {
    let w = little(3);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(10);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(0);
}

#[test]
fn usage_mistakes_end_with_two() {
    let w = Workspace::empty();
    let _ = w.run(&[]).exits(2);
    let _ = w.run(&["paln"]).exits(2).says("plan");
    let _ = w.run(&["plan"]).exits(2).says("MAPPING");
    let _ = w.run(&["plan", "little", "--var", "inbox"]).exits(2).says("NAME=VALUE");
    let _ = w.run(&["--help"]).exits(0).says("run acme");
    let _ = w.run(&["--version"]).exits(0).says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn unknown_names_come_with_what_was_meant() {
    let w = Workspace::new();
    let _ = w.run(&["plan", "amce"]).exits(2).says("no mapping `amce`").says("`acme`");
    let _ = w.run(&["plan", "acme", "--env", "rehearsel"]).exits(2).says("`rehearsel`").says("rehearsal");
    w.write("crosswalk.toml", "[env.rehearsal]\nvars = { inbax = \"samples/acme/day-1\" }\n");
    let _ = w.run(&["plan", "acme"]).exits(2).says("the var `inbox` is not set").says("inbax");
    let _ = w.run(&["explain", "acme", "invoise", "1"]).exits(2);
    let _ = w.run(&["show", "7"]).exits(1).says("no plan 7");
    let _ = w.run(&["apply", "acme"]).exits(1).says("no plan of acme");
}

#[test]
fn outside_a_workspace_it_says_how_to_begin_one() {
    let w = Workspace::empty();
    std::fs::remove_file(w.path("crosswalk.toml")).unwrap();
    let _ = w.run(&["plan", "acme"]).exits(2).says("crosswalk.toml").says("[env.rehearsal]");
}

#[test]
fn with_two_environments_one_must_be_named() {
    let w = little(3);
    let text = std::fs::read_to_string(w.path("crosswalk.toml")).unwrap();
    let other = "[env.oslo]\nplatform = \"lockstep\"\nat = \"sandbox\"\nsecret = { api_key = \"OSLO\" }\n";
    w.write("crosswalk.toml", &format!("{text}\n{other}"));
    let _ = w.run(&["plan", "little"]).exits(2).says("--env oslo");
    let _ = w.run(&["plan", "little", "--env", "rehearsal"]).exits(0);
}

#[test]
fn a_missing_source_ends_with_one() {
    let w = little(3);
    std::fs::remove_file(w.path("in/people.csv")).unwrap();
    let _ = w.run(&["plan", "little"]).exits(1).says("people.csv").says("E101");
}

#[test]
fn a_tripped_guard_ends_with_four_and_is_let_through_by_its_number() {
    let w = little(40);
    let _ = w.run(&["run", "little"]).exits(0);
    crate::generated::customers_of(&w, 40, "AG");
    let before = w.store().traffic();
    let _ = w.run(&["run", "little"]).exits(4).says("--allow company.changed=40");
    let _ = w.run(&["apply", "little", "2"]).exits(4).says("E405");
    let _ = w.run(&["apply", "little", "2", "--allow", "company.changed=39"]).exits(4);
    assert_eq!(w.store().traffic(), before, "nothing was sent");
    let _ = w.run(&["apply", "little", "2", "--allow", "company.changed=40"]).exits(0);
    let record = w.store().record("CompanySyncModel", "000007");
    assert_eq!(record.get("companyName").unwrap(), "Customer 7 AG");
}

#[test]
fn every_report_begins_and_ends_with_the_destination() {
    let w = Workspace::copy_of(&APPLIED);
    let destination = "Rehearsal. Nothing leaves this machine.";
    for call in [&["plan", "little"][..], &["show", "2"], &["apply", "little", "2"]] {
        let ran = w.run(call).exits(0);
        let lines: Vec<&str> = ran.out.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(lines.first(), Some(&destination), "{call:?}");
        assert_eq!(lines.last(), Some(&destination), "{call:?}\n{}", ran.out);
    }
}

#[test]
fn show_gives_the_same_report_again() {
    let w = little(3);
    let planned = w.run(&["plan", "little"]).exits(0).out;
    let shown = w.run(&["show", "1"]).exits(0).out;
    // `plan` adds where its page is and what to type next, before the last line.
    let report = |text: &str| text.split("\n.crosswalk/").next().unwrap().trim_end().to_owned();
    assert!(report(&planned).contains("\nSummary\n"), "{planned}");
    assert!(shown.starts_with(&report(&planned)), "{shown}");
}

#[test]
fn the_page_stands_alone_and_runs_nothing_from_the_data() {
    let w = Workspace::copy_of(&APPLIED);
    let _ = w.run(&["show", "2", "--html", "plan.html"]).exits(0).says("plan.html");
    let page = std::fs::read_to_string(w.path("plan.html")).unwrap();
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
    // In the style and the script only the licences and the names of SVG have addresses; the policy lets them load nothing.
    let code = regex::Regex::new(r"(?s)<style>.*?</style>|<script>.*?</script>").unwrap();
    let ours = code.replace_all(&page, "");
    for (outside, text) in
        [("http://", ours.as_ref()), ("https://", &ours), ("src=\"", &ours), ("@import", &page)]
    {
        assert!(!text.contains(outside), "the page asks for {outside}");
    }
    let (page, name) = (ours, r"\u003cb\u003e");
    assert!(page.contains("&lt;b&gt;") && page.contains(name), "the new name, escaped");
    assert!(!page.contains("<b>AG") && !page.contains("3 <b>"));
    let shown = page.matches("000003").count();
    assert!(shown >= 1, "the changed record is shown");
    assert!(!page.contains("000004"), "an unchanged one is not");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(w.path("plan.html")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
}

#[test]
fn status_tells_runs_and_holdings() {
    let w = Workspace::copy_of(&APPLIED);
    let ran = w.run(&["status"]).exits(0).says("Account Rehearsal").says("Last runs");
    for (model, records) in [("CompanySyncModel", 5), ("ContactSyncModel", 5)] {
        let line = ran.out.lines().find(|l| l.contains(model)).unwrap();
        assert_eq!(line.split_whitespace().next(), Some(records.to_string().as_str()), "{line}");
    }
    let _ = Workspace::empty().run(&["status"]).exits(0).says("Nothing has been applied yet");
}

#[test]
fn explain_follows_a_cell_to_the_platform() {
    let w = Workspace::new();
    let invoice = ["explain", "acme", "invoice", "10-RE26-0133"];
    let _ = w.run(&invoice).exits(0).says("Offene Posten!A39").says("Never sent");
    let _ = w.run(&["run", "acme"]).exits(0);
    let ran = w.run(&invoice).exits(0).says("OPOS_2026-10-01.xlsx");
    let field = |name: &str| ran.out.lines().find(|l| l.trim_start().starts_with(name)).unwrap().to_owned();
    assert!(field("invoiceStatusCode:").contains("Beleg / Status -> Open | Open"), "{}", ran.out);
    assert!(field("totalAmount:").contains("-> 1399.65 | 1399.65"), "{}", ran.out);
    assert!(ran.out.contains("run 1") && ran.out.contains("new accepted (inferred)"), "{}", ran.out);
    let status = w.run(&["explain", "acme", "invoice", "10-RE26-0133", "invoiceStatusCode"]).exits(0);
    let upload = regex::Regex::new(r"upload [0-9a-f-]+").unwrap();
    let steady = |text: &str| upload.replace_all(text, "upload …").into_owned();
    insta::assert_snapshot!("explain_a_lookup", steady(&status.out));
    let total = w.run(&["explain", "acme", "invoice", "10-RE26-0133", "totalAmount"]).exits(0);
    insta::assert_snapshot!("explain_an_amount", steady(&total.out));
    let later = ["explain", "acme", "invoice", "10-RE26-0132", "--var", "inbox=samples/acme/day-2"];
    let _ = w.run(&later).exits(0).says("refused: paymentDueDate \"31.11.2026\"");
    let _ = w.run(&["explain", "acme", "invoice", "nobody"]).exits(0).says("Not in today's files");
}

#[test]
fn nothing_secret_or_readable_by_others_lies_in_the_folder_of_an_environment() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(APPLIED.place()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "only its owner enters the folder");
    for gone in ["lock.json", "unclean"] {
        assert!(!APPLIED.place().join(gone).exists(), "{gone} is left over");
    }
    assert_eq!(std::fs::read_dir(APPLIED.place().join("work")).unwrap().count(), 0, "scratch is left over");
}
