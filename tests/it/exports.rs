//! A plan as files for others, and on the terminal by parts: what is in them, and that nothing of the data acts in them.

use crate::generated::little;
use crate::sdk::python;
use crate::workspace::{Workspace, root};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

/// ACME's second evening, planned: new, changed, removed, rejected and held records.
static SECOND: LazyLock<Workspace> = LazyLock::new(|| {
    let w = Workspace::new();
    let _ = w.run(&["run", "acme"]).exits(0);
    let _ = w.run(&["plan", "acme", "--var", "inbox=samples/acme/day-2"]).exits(0);
    w
});

fn read(w: &Workspace, name: &str) -> String {
    let bytes = std::fs::read(w.path(name)).unwrap();
    assert!(bytes.starts_with(b"\xef\xbb\xbf"), "{name} lacks the mark Excel reads UTF-8 by");
    String::from_utf8(bytes[3..].to_vec()).unwrap()
}

#[test]
fn csv_has_a_file_for_each_record_type_and_the_rejects() {
    let w = Workspace::copy_of(&SECOND);
    let _ = w.run(&["show", "2", "--csv"]).exits(0).says("Wrote acme-0002/company.csv");
    let mut found: Vec<String> = std::fs::read_dir(w.path("acme-0002"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let all = ["company", "contact", "invoice", "line", "own", "payment", "paymentapplied", "rejects"];
    assert_eq!(found, all.map(|n| format!("{n}.csv")));
    insta::assert_snapshot!("company", read(&w, "acme-0002/company.csv"));
    insta::assert_snapshot!("rejects", read(&w, "acme-0002/rejects.csv"));
    assert_eq!(read(&w, "acme-0002/own.csv").lines().count(), 1, "nothing but the head");
    let _ = w.run(&["show", "2", "--rejects", "to-the-erp.csv"]).exits(0);
    assert_eq!(read(&w, "to-the-erp.csv"), read(&w, "acme-0002/rejects.csv"));
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(w.path("to-the-erp.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
}

/// What does not fit the schema, as an independent validator sees it.
fn validated(document: &Path) -> serde_json::Value {
    let script = "import fastjsonschema, json, sys\n\
                  fastjsonschema.compile(json.load(open(sys.argv[1])))(json.load(open(sys.argv[2])))";
    let schema = root().join("docs/plan.schema.json");
    let output = Command::new(python()).args(["-c", script]).arg(schema).arg(document).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(document).unwrap()).unwrap()
}

/// Design, invariant 5: money fields add up per currency.
#[test]
fn the_money_of_all_rows_read_is_accounted_for() {
    use rust_decimal::Decimal;
    let w = Workspace::copy_of(&SECOND);
    let _ = w.run(&["show", "2"]).exits(0).says("Money in the files, where not all of it is planned");
    let _ = w.run(&["show", "2", "--json", "plan.json"]).exits(0);
    let plan = validated(&w.path("plan.json"));
    let sum = |v: &serde_json::Value| v.as_str().map_or(Decimal::ZERO, |t| t.parse().unwrap());
    let mut left_out = Decimal::ZERO;
    let mut seen = 0;
    for record in plan["records"].as_array().unwrap() {
        for account in record["accounts"].as_array().unwrap() {
            let parts =
                ["planned", "unchanged", "filtered", "rejected", "held"].map(|name| sum(&account[name]));
            assert_eq!(
                parts.iter().sum::<Decimal>(),
                sum(&account["read"]),
                "{} {account}",
                record["record"]
            );
            left_out += parts[2..].iter().map(Decimal::abs).sum::<Decimal>();
            seen += 1;
        }
    }
    assert!(seen > 0 && left_out > Decimal::ZERO, "{seen} accounts, {left_out} left out");
}

/// Of two record types made from one file, what is one's is not filtered from the other.
#[test]
fn what_another_record_type_keeps_is_filtered_by_neither() {
    let w = Workspace::empty();
    let base = root().join("tests/cases/codes/base");
    w.write("crosswalk.toml", &std::fs::read_to_string(base.join("crosswalk.toml")).unwrap());
    let mapping = std::fs::read_to_string(base.join("mappings/tiny.toml")).unwrap();
    let (companies, invoices) = mapping.split_once("[record.invoice]").unwrap();
    let (invoices, rest) = invoices.split_once("[guard]").unwrap();
    let of = |name: &str, which: &str| {
        let kept = invoices.replacen('\n', &format!("\nwhere = 'text(\"Customer\") {which}'\n"), 1);
        format!("[record.{name}]{}", kept.replace("[record.invoice", &format!("[record.{name}")))
    };
    let both = [of("invoice", "== \"C1\""), of("other", "== \"C2\"")].concat();
    w.write("mappings/tiny.toml", &format!("{companies}{both}[guard]{rest}"));
    w.write("in/customers.csv", &std::fs::read_to_string(base.join("in/customers.csv")).unwrap());
    let lines = "R1,C1,59.50,2026-10-01\nR2,C2,10.00,2026-10-01\nR3,C3,7.00,2026-10-01\n";
    w.write("in/invoices.csv", &format!("Nr,Customer,Amount,Date\n{lines}"));
    let plan = w.run(&["plan", "tiny"]).exits(0);
    let _ = plan.says("invoice totalAmount: 66.50 read = 59.50 planned + 7.00 filtered");
}

#[test]
fn json_fits_its_schema_and_holds_the_plan() {
    let w = Workspace::copy_of(&SECOND);
    let _ = w.run(&["show", "2", "--json", "plan.json"]).exits(0);
    let plan = validated(&w.path("plan.json"));
    assert_eq!(plan["format"], 1);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 15 + 8 + 1);
    assert_eq!(plan["not_sent"].as_array().unwrap().len(), 2);
    let change = |key: &str| {
        let all = plan["changes"].as_array().unwrap();
        all.iter().find(|c| c["key"] == serde_json::json!([key])).unwrap()
    };
    let company = change("0010004");
    assert_eq!(company["old"]["city"], "Göttingen");
    assert_eq!(company["new"]["city"], "Rosdorf");
    assert_eq!(company["changed"].as_array().unwrap().len(), 4);
    let money = plan["changes"].as_array().unwrap().iter().find(|c| c["record"] == "invoice").unwrap();
    assert!(money["new"]["totalAmount"].as_str().unwrap().contains('.'), "money is a text of digits");
    assert_eq!(plan["not_sent"][0]["value"], "31.11.2026");
    assert!(plan["not_sent"][0]["row"]["Debitor"].is_string(), "{}", plan["not_sent"][0]);
    // Standard output holds the document alone, also of a plan of nothing.
    let printed = w.run(&["show", "2", "--json", "-"]).exits(0);
    assert_eq!(printed.out, std::fs::read_to_string(w.path("plan.json")).unwrap());
    let _ = w.run(&["plan", "acme"]).exits(0);
    let _ = w.run(&["show", "3", "--json", "empty.json"]).exits(0);
    let _ = validated(&w.path("empty.json"));
    let _ = w.run(&["show", "1", "--json", "first.json"]).exits(0);
    assert_eq!(validated(&w.path("first.json"))["changes"][0]["old"], serde_json::Value::Null);
}

#[test]
fn markdown_says_what_a_reviewer_needs() {
    let ran = SECOND.run(&["show", "2", "--markdown", "-"]).exits(0);
    assert!(ran.out.len() < 60_000);
    insta::assert_snapshot!("markdown", ran.out);
}

#[test]
fn raw_is_for_csv_alone() {
    let _ = SECOND.run(&["show", "2", "--raw"]).exits(2).says("--csv");
    let _ = SECOND.run(&["show", "2", "--only", "invoice", "--json", "-"]).exits(2);
}

/// The formula prefixes as names, so far as a cell can hold them.
pub(crate) fn prefixes() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("tests/cases/formulas/prefixes.txt")).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn formulas_of_an_export_come_out_as_text() {
    let w = little(0);
    let mut customers = csv::Writer::from_path(w.path("in/customers.csv")).unwrap();
    customers.write_record(["No", "Name", "Zip", "Country", "Contact"]).unwrap();
    for prefix in prefixes() {
        customers.write_record([&format!("{prefix}k"), &format!("{prefix}n"), &prefix, "D", ""]).unwrap();
        // Not in the lookup: rejected, its value in the list of rejects.
        customers.write_record([&format!("{prefix}r"), "x", "1", &prefix, ""]).unwrap();
    }
    customers.flush().unwrap();
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["show", "1", "--csv", "out"]).exits(0);
    let mut cells = 0;
    for name in ["company", "rejects"] {
        let text = read(&w, &format!("out/{name}.csv"));
        for separator in [b',', b';', b'\t'] {
            let mut reader =
                csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
            for cell in
                reader.records().flat_map(|r| r.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            {
                cells += 1;
                assert!(
                    !cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']),
                    "{name}: {cell:?}"
                );
            }
        }
    }
    assert!(cells > 3000, "{cells}");
    let _ = w.run(&["show", "1", "--csv", "raw", "--raw"]).exits(0);
    assert!(read(&w, "raw/company.csv").contains("\n=1+1k,"));
}

#[test]
fn a_part_of_a_plan_and_one_record_in_full() {
    let ran = SECOND.run(&["show", "2", "--only", "company.changed"]).exits(0);
    assert!(ran.out.contains("company 0010004") && !ran.out.contains("invoice 10-"), "{}", ran.out);
    let ran = SECOND.run(&["show", "2", "--only", "invoice", "--only", "contact.removed"]).exits(0);
    assert!(ran.out.contains("contact 000103") && !ran.out.contains("company 0010004"), "{}", ran.out);
    assert!(ran.out.contains("! invoice 10-RE26-0132"), "{}", ran.out);
    let _ = SECOND.run(&["show", "2", "--only", "invoise"]).exits(2).says("invoice");
    let _ = SECOND.run(&["show", "2", "--only", "invoice.chnged"]).exits(2).says("changed");
    insta::assert_snapshot!("record", SECOND.run(&["show", "2", "--key", "0010004"]).exits(0).out);
    insta::assert_snapshot!("rejected", SECOND.run(&["show", "2", "--key", "10-RE26-0132"]).exits(0).out);
    let _ =
        SECOND.run(&["show", "2", "--key", "nobody"]).exits(2).says("E282").says("crosswalk explain acme");
}

/// The program on a terminal of 24 lines: what it prints there.
fn on_a_terminal(w: &Workspace, pager: &str, arguments: &[&str]) -> String {
    let script = "import fcntl, os, pty, struct, sys, termios\n\
                  pid, end = pty.fork()\n\
                  if pid == 0:\n    \
                      fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))\n    \
                      os.execv(sys.argv[1], sys.argv[1:])\n\
                  while True:\n    \
                      try:\n        data = os.read(end, 65536)\n    \
                      except OSError:\n        break\n    \
                      if not data:\n        break\n    \
                      os.write(1, data)\n";
    let program = env!("CARGO_BIN_EXE_crosswalk");
    let mut command = w.command(&[]);
    let envs: Vec<(String, String)> = command
        .get_envs()
        .filter_map(|(k, v)| Some((k.to_str()?.to_owned(), v?.to_str()?.to_owned())))
        .collect();
    command = Command::new(python());
    command.args(["-c", script, program]).args(arguments).current_dir(w.folder()).env_clear();
    command.envs(envs).env("PATH", "/usr/bin:/bin").env("TERM", "xterm").env("PAGER", pager);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn a_long_report_goes_through_the_pager_on_a_terminal_alone() {
    let w = Workspace::copy_of(&SECOND);
    w.write("pager.sh", "#!/bin/sh\necho \"PAGED $1\"\ncat\n");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(w.path("pager.sh"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let pager = format!("{} -x", w.path("pager.sh").display());
    let shown = on_a_terminal(&w, &pager, &["show", "2"]);
    assert!(shown.starts_with("PAGED -x") && shown.contains("\x1b[1m"), "{shown}");
    assert!(!on_a_terminal(&w, &pager, &["show", "2", "--no-pager"]).contains("PAGED"));
    assert!(!on_a_terminal(&w, &pager, &["show", "2", "--only", "own"]).is_empty());
    assert!(
        on_a_terminal(&w, "/no/such/pager", &["show", "2"]).contains("company 0010004"),
        "printed all the same"
    );
    let mut piped = w.command(&["show", "2"]);
    let ran = crate::workspace::Ran::of(piped.env("PAGER", &pager)).exits(0);
    assert!(!ran.out.contains("PAGED") && !ran.out.contains('\x1b'));
}

/// Texts that act on a terminal: colours, titles, the clipboard, links, cursor, 8-bit controls, overwriting, bidi, tags.
const NASTY: [&str; 14] = [
    "\x1b[31mred",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;QUJD\x07",
    "\u{9b}31m",
    "\u{9d}0;t\u{9c}",
    "good\rbad",
    "a\x08\x08b",
    "\x07bell",
    "\u{202e}txt.exe",
    "\u{2066}x\u{2069}",
    "\u{e0041}tag",
    "\x1bP1$r\x1b\\",
];

#[test]
fn nothing_in_data_or_answers_acts_on_the_terminal() {
    let w = little(0);
    let mut customers = csv::Writer::from_path(w.path("in/customers.csv")).unwrap();
    customers.write_record(["No", "Name", "Zip", "Country", "Contact"]).unwrap();
    for (n, nasty) in NASTY.iter().enumerate() {
        customers
            .write_record([&format!("K{n}{nasty}"), &format!("N{nasty}"), &format!("Z{nasty}"), "D", ""])
            .unwrap();
        customers.write_record([&format!("R{n}{nasty}"), "x", "1", &format!("C{nasty}"), ""]).unwrap();
    }
    customers.flush().unwrap();
    let _ = w.run(&["run", "little"]).exits(3);
    // The platform's answers, as the ledger keeps them.
    let folders = vec![w.place()];
    let limits = crosswalk::db::Limits { memory_mib: 500, threads: 1, spill: None, folders };
    let db = crosswalk::db::Db::file(&w.place().join("state.duckdb"), &limits).unwrap();
    let all = NASTY.concat().replace('\'', "''");
    db.run(&format!("UPDATE outcome SET message = '{all}', outcome = 'rejected'")).unwrap();
    db.close().unwrap();
    let key = format!("K0{}", NASTY[0]);
    for call in [
        &["show", "1"][..],
        &["show", "1", "--key", &key],
        &["show", "1", "--only", "company"],
        &["show", "1", "--markdown", "-"],
        &["plan", "little"],
        &["status"],
        &["history"],
        &["history", "--run", "1"],
        &["holds"],
        &["explain", "little", "company", &key],
        &["explain", "little", "company", &key, "companyName"],
        &["explain", "little", "company", "R0", "country"],
        &["preview", "little", "company"],
        &["check", "little", "--coverage"],
        &["inspect", "in/customers.csv"],
    ] {
        let ran = w.run(call);
        for text in [&ran.out, &ran.err] {
            let acts = text.chars().find(|c| crosswalk::diagnostic::escape::is_unsafe(*c));
            assert_eq!(acts, None, "{call:?}\n{text}");
        }
    }
}
