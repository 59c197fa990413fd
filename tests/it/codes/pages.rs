//! `crosswalk help`, and the index of the pages.

use crate::workspace::{Workspace, root};

#[test]
fn the_index_is_that_of_the_registry() {
    let path = root().join("docs/errors/README.md");
    let want = crosswalk::diagnostic::page::index();
    if std::env::var("UPDATE").is_ok_and(|v| v == "1") {
        std::fs::write(&path, &want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(have, want, "UPDATE=1 writes it anew");
}

#[test]
fn no_page_without_a_code() {
    for entry in std::fs::read_dir(root().join("docs/errors")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let stem = name.trim_end_matches(".md");
        assert!(name == "README.md" || crosswalk::diagnostic::page::find(stem).is_some(), "{name}");
    }
}

#[test]
fn help_answers_codes_ranges_commands_and_slips() {
    let w = Workspace::empty();
    std::fs::remove_file(w.path("crosswalk.toml")).unwrap();
    let page = w.run(&["help", "e203"]).exits(0);
    insta::assert_snapshot!(page.out);
    insta::assert_snapshot!(w.run(&["help"]).exits(0).out);
    let _ = w.run(&["help", "codes"]).exits(0).says("E101").says("E902");
    let range = w.run(&["help", "E4"]).exits(0).says("E405");
    assert!(!range.out.contains("E503"));
    let _ = w.run(&["help", "plan"]).exits(0).says("--exit-code");
    let _ = w.run(&["help", "lockstep"]).exits(0).says("InvoiceSyncModel").says("key erpKey");
    let fields = w.run(&["help", "invoicesyncmodel"]).exits(0).says("* erpKey");
    let _ = fields.says("one of AR Invoice, AP Invoice").says("key of a CompanySyncModel");
    let _ = w.run(&["help", "203"]).exits(2).says("E238").says("Did you mean `E203`?");
    let _ = w.run(&["help", "chekc"]).exits(2).says("Did you mean `check`?");
}
