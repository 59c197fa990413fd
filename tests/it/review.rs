//! The workbook a plan is reviewed in: it holds what the plan holds, and the decisions in it come back.

pub mod book;

use crate::generated::little;
use crate::workspace::{NOW, Ran, Workspace};
use book::{by_openpyxl, cell, fill, read, rows};
use crosswalk::db::{Db, Limits};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A field of a change in the plan.
struct Field {
    record: String,
    key: String,
    kind: String,
    name: String,
    old: Option<String>,
    new: Option<String>,
}

fn planned(plan: &Path) -> Vec<Field> {
    let scratch = tempfile::tempdir().unwrap();
    let folders = vec![scratch.path().to_path_buf()];
    let db = Db::in_memory(&Limits { memory_mib: 500, threads: 1, spill: None, folders }).unwrap();
    crosswalk::plan::file::open_to_show(&db, plan, scratch.path()).unwrap();
    let sql = "SELECT record, replace(key, chr(31), ' / '), kind, f.name, f.old, f.new FROM (SELECT *, unnest(fields) AS f FROM plan.shown) ORDER BY id";
    db.rows(sql, [], |r| {
        Ok(Field {
            record: r.get(0)?,
            key: r.get(1)?,
            kind: r.get(2)?,
            name: r.get(3)?,
            old: r.get(4)?,
            new: r.get(5)?,
        })
    })
    .unwrap()
}

/// Whether a cell says what the plan says.
fn same(cell: &Value, plan: Option<&str>) -> bool {
    match (cell, plan) {
        (Value::Null, None) => true,
        (Value::Number(n), Some(text)) => n.as_f64() == text.parse().ok(),
        (Value::Bool(b), Some(text)) => b.to_string() == text,
        (Value::String(cell), Some(text)) => cell == text,
        (Value::Object(date), Some(text)) => {
            let whole = if text.len() == 10 { format!("{text}T00:00:00") } else { text.to_owned() };
            date["date"] == whole.as_str()
        }
        _ => false,
    }
}

/// Holds the workbook of the last plan against the plan, as two libraries read it. Gives how many fields were compared.
fn compared(w: &Workspace, mapping: &str, number: u32) -> usize {
    let path = workbook(w, number);
    let book = read(&path);
    let other = by_openpyxl(&path);
    for (sheet, rows) in &book {
        assert_eq!(other.get(sheet), Some(rows), "openpyxl and calamine read different cells of {sheet}");
    }
    let fields = planned(&w.plan(mapping, number));
    for field in &fields {
        let rows = rows(&book, &field.record);
        let row = rows.iter().find(|r| r["key"] == field.key.as_str()).unwrap();
        let value = |name: &str| row.get(name).unwrap_or(&Value::Null);
        let both = row.contains_key(&format!("{} after", field.name));
        let after = if both { format!("{} after", field.name) } else { field.name.clone() };
        assert!(
            same(value(&after), field.new.as_deref()),
            "{} {} {after}: {:?} is not {:?}",
            field.record,
            field.key,
            value(&after),
            field.new
        );
        if both {
            let old = value(&format!("{} before", field.name));
            assert!(
                same(old, field.old.as_deref()),
                "{} {}: {old:?} is not {:?}",
                field.key,
                field.name,
                field.old
            );
        }
        assert_eq!(row["kind"], field.kind.as_str());
    }
    fields.len()
}

fn workbook(w: &Workspace, number: u32) -> PathBuf {
    let _ = w.run(&["show", &number.to_string(), "--xlsx", "review.xlsx"]).exits(0).says("Wrote review.xlsx");
    w.path("review.xlsx")
}

/// Six customers are there; two of them are called otherwise now.
fn changed() -> Workspace {
    let w = little(6);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    w.edit("in/customers.csv", "Customer 4 GmbH", "Customer 4 AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    w
}

fn name(w: &Workspace, key: &str) -> String {
    w.store().record("CompanySyncModel", key).get("companyName").unwrap().clone()
}

fn by(w: &Workspace, user: &str, arguments: &[&str]) -> Ran {
    Ran::of(w.command(arguments).env("USER", user))
}

#[test]
fn the_workbook_holds_what_the_plan_holds() {
    let w = Workspace::new();
    let _ = w.run(&["plan", "acme"]).exits(0);
    assert!(compared(&w, "acme", 1) > 1000);
    let _ = w.run(&["apply", "acme"]).exits(0);
    let _ = w.run(&["plan", "acme", "--var", "inbox=samples/acme/day-2"]).exits(0);
    assert!(compared(&w, "acme", 2) > 100);

    let book = read(&w.path("review.xlsx"));
    let contact = rows(&book, "contact").into_iter().find(|r| r["key"] == "000103").unwrap();
    assert_eq!(contact["kind"], "removed");
    let reject = rows(&book, "Rejects").into_iter().find(|r| r["code"] == "E311").unwrap();
    let place = ["file", "sheet", "cell", "record", "key", "field", "value"]
        .map(|c| reject[c].as_str().unwrap().to_owned());
    assert_eq!(
        place,
        [
            "OPOS_2026-10-02.xlsx",
            "Offene Posten",
            "M38",
            "invoice",
            "10-RE26-0132",
            "paymentDueDate",
            "31.11.2026"
        ]
    );
    let summary = &book["Summary"];
    assert_eq!(summary.first().unwrap()[0], "Rehearsal. Nothing leaves this machine.");
    assert_eq!(summary.first(), summary.last());
    let sum = summary.iter().find(|r| r.first().is_some_and(|f| f == "invoice totalAmount")).unwrap();
    assert_eq!(sum[1..5], [Value::from("EUR"), 30967.15.into(), 32905.56.into(), 1938.41.into()]);
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let w = changed();
    let bytes = std::fs::read(workbook(&w, 2)).unwrap();
    let mut elsewhere = w.command(&["show", "2", "--xlsx"]);
    elsewhere
        .env("TZ", "Asia/Tokyo")
        .env("CROSSWALK_NOW", "2026-10-05T00:00:00Z")
        .env("LC_ALL", "nb_NO.UTF-8");
    let _ = Ran::of(&mut elsewhere).exits(0).says("Wrote little-0002.xlsx");
    assert!(std::fs::read(w.path("little-0002.xlsx")).unwrap() == bytes);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(w.path("little-0002.xlsx")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn no_text_from_outside_is_a_formula() {
    let w = little(1);
    let evil = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"http://x\",\"y\")",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "=IMPORTXML(\"http://x\")",
        "'=1+1",
        "\u{feff}=1+1",
        "0123",
        "1e5",
        "TRUE",
        "2026-10-02",
        "{=1}",
        "<f>1+1</f>",
        "&lt;f&gt;",
        "_x0041_",
    ];
    let mut customers = csv::Writer::from_path(w.path("in/customers.csv")).unwrap();
    customers.write_record(["No", "Name", "Zip", "Country", "Contact"]).unwrap();
    for (n, text) in evil.iter().enumerate() {
        customers.write_record([format!("{n:06}").as_str(), text, "00100", "D", ""]).unwrap();
    }
    for prefix in crate::exports::prefixes() {
        customers.write_record([&format!("{prefix}k"), &format!("{prefix}n"), &prefix, "D", ""]).unwrap();
        // Not in the lookup: rejected, its value in the list of rejects.
        customers.write_record([&format!("{prefix}r"), "x", "1", &prefix, ""]).unwrap();
    }
    customers.flush().unwrap();
    w.write("in/people.csv", "No,Customer,Name\nP1,000000,=1+1\n");
    let _ = w.run(&["plan", "little"]).exits(0);
    assert!(compared(&w, "little", 1) > evil.len());
    for (part, bytes) in book::unpacked(&w.path("review.xlsx")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("<f>") && !text.contains("<f ") && !text.contains("hyperlink"), "{part}");
    }
    let named = rows(&read(&w.path("review.xlsx")), "company");
    assert!(named.iter().all(|r| r["companyName"].is_string() && r["key"].is_string()));
}

#[test]
fn a_decision_comes_back() {
    let w = changed();
    let path = workbook(&w, 2);
    fill(
        &path,
        &[
            (&cell(&path, "company", "000003", "decision"), "Hold "),
            (&cell(&path, "company", "000003", "comment"), "name to be confirmed"),
            (&cell(&path, "company", "000004", "decision"), "apply"),
        ],
    );
    let shown = w.run(&["hold", "little", "--decisions", "review.xlsx"]).exits(0);
    let _ = shown.says("1 apply, 1 hold; 1 written down").says("company 000003");
    let decisions =
        || std::fs::read_to_string(w.plan("little", 2).with_extension("decisions.jsonl")).unwrap();
    let before = decisions();
    assert!(
        before.contains("\"decision\":\"hold\"") && before.contains("\"at\":\"2026-10-02T18:00:00Z\""),
        "{before}"
    );
    let applied = w.run(&["apply", "little", "2", "--decisions", "review.xlsx"]).exits(0);
    let _ = applied.says("will not send").says("1 accepted (inferred), 1 held");
    assert_eq!(decisions(), before, "what was decided already is not written down again");
    assert_eq!([name(&w, "000003"), name(&w, "000004")], ["Customer 3 GmbH", "Customer 4 AG"]);
    let _ = w.run(&["plan", "little"]).exits(0).says("E512").says("name to be confirmed");
    let _ = w.run(&["holds"]).exits(0).says("name to be confirmed");
    let _ = w.run(&["apply", "little", "2", "--decisions", "review.xlsx"]).exits(5).says("applied already");
}

#[test]
fn a_workbook_shows_what_is_held_and_lets_it_go() {
    let w = changed();
    let _ = w.run(&["hold", "little", "company", "000003", "--why", "who?"]).exits(0);
    let path = workbook(&w, 2);
    let row = rows(&read(&path), "company").into_iter().find(|r| r["key"] == "000003").unwrap();
    assert_eq!([&row["decision"], &row["comment"]], ["hold", "who?"]);
    fill(&path, &[(&cell(&path, "company", "000003", "decision"), "apply")]);
    let _ =
        w.run(&["apply", "little", "--decisions", "review.xlsx"]).exits(0).says("Nothing of plan 2 is held");
    assert_eq!(name(&w, "000003"), "Customer 3 AG");
}

#[test]
fn what_a_hold_takes_along_is_told_first() {
    let w = little(2);
    let _ = w.run(&["plan", "little"]).exits(0);
    let path = workbook(&w, 1);
    fill(&path, &[(&cell(&path, "company", "000001", "decision"), "hold")]);
    let shown = w.run(&["hold", "little", "--decisions", "review.xlsx"]).exits(0);
    let _ = shown.says("as they refer to a new record among these:\n  contact P000001");
    let _ = w.run(&["apply", "little"]).exits(0).says("2 held");
}

#[test]
fn what_is_not_understood_is_told_at_once_and_nothing_is_sent() {
    let w = changed();
    let path = workbook(&w, 2);
    let clean = std::fs::read(&path).unwrap();
    let before = w.store().traffic();
    fill(
        &path,
        &[
            (&cell(&path, "company", "000003", "decision"), "wait"),
            (&cell(&path, "company", "000004", "comment"), "looked at"),
            (&cell(&path, "company", "000004", "key"), "000099"),
        ],
    );
    let refused = w.run(&["apply", "little", "2", "--decisions", "review.xlsx"]).exits(1);
    let refused = refused.says("\"wait\" is no decision").says("review.xlsx, company!B2");
    let _ =
        refused.says("the line of company 000004 has the key \"000099\" now").says("company!A3").says("E408");

    // One line copied over the other, and decided otherwise.
    std::fs::write(&path, &clean).unwrap();
    let number = rows(&read(&path), "company")[0]["number in the plan"].to_string();
    fill(
        &path,
        &[
            ("company!A3", "000003"),
            ("company!B2", "hold"),
            ("company!B3", "apply"),
            (&cell(&path, "company", "000004", "number in the plan"), number.trim_end_matches(".0")),
        ],
    );
    let refused = w.run(&["apply", "little", "2", "--decisions", "review.xlsx"]).exits(1);
    let _ = refused.says("is decided twice: \"apply\" here, \"hold\" in company!B2").says("company!B3");

    std::fs::write(&path, &clean).unwrap();
    fill(&path, &[("company!B1", "verdict")]);
    let _ =
        w.run(&["apply", "little", "2", "--decisions", "review.xlsx"]).exits(1).says("\"decision\" is gone");

    w.write("review.csv", "key,decision\n000003,hold\n");
    let _ = w.run(&["apply", "little", "2", "--decisions", "review.csv"]).exits(1);
    let _ = w.run(&["apply", "little", "2", "--decisions", "nothing.xlsx"]).exits(1).says("E102");
    assert_eq!(w.store().traffic(), before);
    assert!(!w.plan("little", 2).with_extension("decisions.jsonl").exists());
}

#[test]
fn the_workbook_of_another_plan_is_refused() {
    let w = changed();
    let _ = workbook(&w, 2);
    let before = w.store().traffic();
    w.edit("in/customers.csv", "Customer 5 GmbH", "Customer 5 AG");
    let _ = w.run(&["plan", "little"]).exits(0);
    let refused = w.run(&["apply", "little", "3", "--decisions", "review.xlsx"]).exits(1).says("E409");
    let _ = refused.says("plan 2 of little in rehearsal");
    assert_eq!(w.store().traffic(), before);
}

/// The mapping asks for this.
fn guarded(w: &Workspace, line: &str) {
    let mapping = std::fs::read_to_string(w.path("mappings/little.toml")).unwrap();
    let with = if mapping.contains("[guard]") {
        mapping.replace("[guard]", &format!("[guard]\n{line}"))
    } else {
        format!("{mapping}\n[guard]\n{line}\n")
    };
    w.write("mappings/little.toml", &with);
}

#[test]
fn nothing_is_sent_before_so_many_people_have_approved() {
    let w = little(3);
    guarded(&w, "approval = 2");
    let _ = w.run(&["run", "little"]).exits(4).says("crosswalk approve little 1");
    let _ = by(&w, "ada", &["apply", "little"]).exits(4).says("E410").says("nobody has approved it");
    let _ = w.run(&["approve", "little"]).exits(4).says("user name is not known");
    let _ =
        by(&w, "ada", &["approve", "little", "1", "--comment", "sums agree"]).exits(0).says("1 more to go");
    let _ = by(&w, "ada", &["approve", "little"]).exits(0).says("already by ada");
    let _ = by(&w, "ada", &["apply", "little"]).exits(4).says("ada has approved it");
    assert!(w.store().counts().is_empty());
    let _ = by(&w, "bob", &["approve", "little"]).exits(0).says("approved by ada, bob");
    let _ = by(&w, "ada", &["apply", "little"]).exits(0);
    let _ = by(&w, "eve", &["approve", "little"]).exits(5).says("applied already");
    // Nothing to send needs nobody.
    let _ = w.run(&["run", "little"]).exits(0);
}

#[test]
fn what_is_let_go_after_an_approval_asks_for_it_again() {
    let w = changed();
    guarded(&w, "approval = 1");
    let _ = w.run(&["hold", "little", "company", "000003"]).exits(0);
    let path = workbook(&w, 2);
    fill(&path, &[(&cell(&path, "company", "000003", "decision"), "apply")]);
    let _ = by(&w, "ada", &["approve", "little"]).exits(0);
    let _ = w.run(&["apply", "little", "--decisions", "review.xlsx"]).exits(4).says("E410");
    let _ = by(&w, "ada", &["approve", "little"]).exits(0);
    let _ = w.run(&["apply", "little"]).exits(0).says("2 accepted");
}

#[test]
fn a_plan_grows_old() {
    let w = little(3);
    guarded(&w, "age = \"3 days\"");
    assert_eq!(NOW, "2026-10-02T18:00:00Z");
    let _ = w.run(&["plan", "little"]).exits(0);
    let at = |now: &str| Ran::of(w.command(&["apply", "little"]).env("CROSSWALK_NOW", now));
    let _ = at("2026-10-05T18:00:01Z").exits(5).says("`age` in `[guard]` allows 3 days");
    assert!(w.store().counts().is_empty());
    let _ = at("2026-10-05T18:00:00Z").exits(0);
}

/// Nightly, as LibreOffice is 200 MB: tests/run --nightly installs it.
#[test]
#[ignore = "needs LibreOffice; tests/run --nightly"]
fn libreoffice_opens_it_and_what_it_saves_is_taken() {
    let w = changed();
    let path = workbook(&w, 2);
    fill(
        &path,
        &[
            (&cell(&path, "company", "000003", "decision"), "hold"),
            (&cell(&path, "company", "000003", "comment"), "=1+1, said Zoë"),
        ],
    );
    let saved = Command::new("soffice")
        .args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "saved"])
        .arg(format!("-env:UserInstallation=file://{}", w.path("libreoffice").display()))
        .arg(&path)
        .current_dir(w.folder())
        .output()
        .unwrap();
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let (ours, theirs) = (read(&path), read(&w.path("saved/review.xlsx")));
    for (sheet, rows) in &ours {
        assert_eq!(theirs.get(sheet), Some(rows), "LibreOffice saves other cells of {sheet}");
    }
    let _ = w.run(&["apply", "little", "2", "--decisions", "saved/review.xlsx"]).exits(0).says("1 held");
    assert_eq!([name(&w, "000003"), name(&w, "000004")], ["Customer 3 GmbH", "Customer 4 AG"]);
    let _ = w.run(&["holds"]).exits(0).says("=1+1, said Zoë");
}
