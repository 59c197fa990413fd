//! `new`: what it gets right of mappings written by hand, what it writes, and what it says.
//!
//! How it is counted. An assignment is a field of a record whose value in the mapping by hand is read from at least one
//! column: by name, by `same`, by `first_of`, or in an expression (a `let` stands for its columns). Constants, fields
//! worked out from other fields alone, and columns that no file at hand has are left out. It is met when the drafted record (same model, same file, sheet
//! or node) has an active line, not a suggestion, that reads one of those columns; where one record by hand stands for
//! several drafted ones (customers and suppliers), all of them must.

use crate::workspace::{Workspace, root};
use crosswalk::spec::mapping::{self, LookupUse, MappingFile, Origin, RecordSpec, SourceSpec, ValueSpec};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

/// Columns a value is read from.
fn columns(value: &ValueSpec, source: &SourceSpec) -> BTreeSet<String> {
    let texts: Vec<&str> = match &value.origin {
        Origin::From(one) => vec![one.value.as_str()],
        Origin::FirstOf(all) | Origin::Parts(all) => all.iter().map(|s| s.value.as_str()).collect(),
        Origin::Const(_) => Vec::new(),
    };
    let reader = Regex::new(r#"\b(?:text|num|date|flag)\("([^"]*)"\)"#).unwrap();
    let mut found = BTreeSet::new();
    for text in texts {
        let Some(expression) = text.strip_prefix('=') else {
            found.insert(text.to_owned());
            continue;
        };
        found.extend(reader.captures_iter(expression).map(|c| c[1].to_owned()));
        for (name, value) in &source.lets {
            if Regex::new(&format!(r"\b{}\b", name.value)).unwrap().is_match(expression) {
                found.extend(columns(value, source));
            }
        }
    }
    found
}

fn source<'a>(file: &'a MappingFile, name: &str) -> &'a SourceSpec {
    file.sources.iter().find(|s| s.name.as_ref().unwrap().value == name).unwrap()
}

/// The nodes of a source, absolute.
fn nodes(file: &MappingFile, spec: &SourceSpec) -> Vec<String> {
    let each = spec.each.iter().map(|e| e.value.clone());
    match &spec.within {
        None => each.collect(),
        Some(outer) => {
            let outer = nodes(file, source(file, &outer.value));
            each.flat_map(|e| outer.iter().map(move |o| format!("{o}/{e}")).collect::<Vec<_>>()).collect()
        }
    }
}

/// Whether two sources read the same rows.
fn same_rows(one: (&MappingFile, &SourceSpec), other: (&MappingFile, &SourceSpec)) -> bool {
    let overlap = |a: Vec<String>, b: Vec<String>| a.iter().any(|x| b.contains(x));
    let sheets = |s: &SourceSpec| s.sheets.iter().map(|s| s.value.clone()).collect::<Vec<_>>();
    let last = |s: &SourceSpec| s.file.as_ref().map(|f| f.value.rsplit('/').next().unwrap().to_owned());
    if !one.1.each.is_empty() {
        return overlap(nodes(one.0, one.1), nodes(other.0, other.1));
    }
    let (a, b) = (sheets(one.1), sheets(other.1));
    if a.is_empty() || b.is_empty() { last(one.1) == last(other.1) } else { overlap(a, b) }
}

/// All columns and paths of the files.
fn known(files: &[std::path::PathBuf]) -> Vec<String> {
    let mut all = Vec::new();
    for file in files {
        let seen = crosswalk::source::inspect(file).unwrap();
        all.extend(seen.tables.iter().flat_map(|t| t.columns.iter().map(|c| c.name.clone())));
        all.extend(seen.nodes.iter().map(|n| n.path.clone()));
    }
    all
}

fn is_known(known: &[String], column: &str) -> bool {
    let plain = Regex::new(r"\[[^\]]*\]").unwrap().replace_all(column, "").replace("../", "");
    let end = format!("/{}", plain.trim_start_matches('/'));
    known.iter().any(|k| *k == column || k.ends_with(&end))
}

struct Measured {
    met: usize,
    of: usize,
    missed: Vec<String>,
}

/// Drafts a mapping of these files and compares.
fn measure(w: &Workspace, by_hand: &str, files: &[std::path::PathBuf]) -> Measured {
    let mut call = vec!["new", "drafted", "--platform", "lockstep", "--force", "--from"];
    let paths: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
    call.extend(paths.iter().map(String::as_str));
    let _ = w.run(&call).exits(0);
    let read =
        |name: &str, path: &Path| mapping::parse(name, &std::fs::read_to_string(path).unwrap()).unwrap();
    let (drafted, wrong) = read("drafted", &w.path("mappings/drafted.toml"));
    assert_eq!(wrong, [], "the draft has no mistake of shape");
    let (hand, _) = read(by_hand, &root().join(format!("mappings/{by_hand}.toml")));
    let known = known(files);
    let mut measured = Measured { met: 0, of: 0, missed: Vec::new() };
    for record in &hand.records {
        let rows = source(&hand, &record.from.value);
        let same = |r: &&RecordSpec| {
            let other = source(&drafted, &r.from.value);
            r.model.value == record.model.value && same_rows((&hand, rows), (&drafted, other))
        };
        let drafts: Vec<&RecordSpec> = drafted.records.iter().filter(same).collect();
        for (field, value) in &record.fields {
            let wanted = columns(value, rows);
            if !wanted.iter().any(|c| is_known(&known, c)) {
                continue;
            }
            measured.of += 1;
            let has = |r: &&RecordSpec| -> bool {
                let value = r.fields.iter().find(|(f, _)| f.value == field.value).map(|(_, v)| v);
                value.is_some_and(|v| {
                    columns(v, source(&drafted, &r.from.value)).iter().any(|c| wanted.contains(c))
                })
            };
            if !drafts.is_empty() && drafts.iter().all(has) {
                measured.met += 1;
            } else {
                measured.missed.push(format!("{}.{} <- {wanted:?}", record.name.value, field.value));
            }
        }
    }
    measured
}

fn inside(folder: &Path, ends: &str) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.to_string_lossy().ends_with(ends));
    all.sort();
    all
}

#[track_caller]
fn at_least(percent: usize, by_hand: &str, files: &[std::path::PathBuf]) {
    let m = measure(&Workspace::empty(), by_hand, files);
    eprintln!(
        "{by_hand}: {} of {} assignments ({:.1} %); missed: {:#?}",
        m.met,
        m.of,
        100.0 * m.met as f64 / m.of as f64,
        m.missed
    );
    assert!(m.of > 10 && m.met * 100 >= m.of * percent, "{} of {}", m.met, m.of);
}

#[test]
fn nine_in_ten_of_the_six_workbooks() {
    at_least(90, "lockstep-samples", &inside(&root().join("tests/fixtures/lockstep"), ".xlsx"));
}

#[test]
fn nine_in_ten_of_the_audit_file() {
    at_least(90, "saft", &inside(&root().join("tests/fixtures/saft-no"), ".xml"));
}

#[test]
fn most_of_the_audit_files_workbook() {
    at_least(50, "saft-workbook", &inside(&root().join("tests/fixtures/saft-no"), ".xlsx"));
}

#[test]
fn nine_in_ten_of_acmes_six_lists() {
    at_least(90, "acme", &inside(&root().join("samples/acme/day-1"), ""));
}

/// The published files stand beside the project, where at all.
#[test]
fn nine_in_ten_of_the_published_files() {
    let samples = Path::new("/work/shared/samples");
    if samples.is_dir() {
        at_least(90, "lockstep-samples", &inside(&samples.join("lockstep"), ".xlsx"));
        at_least(90, "saft", &inside(&samples.join("saft-no"), ".xml"));
        at_least(50, "saft-workbook", &inside(&samples.join("saft-no"), ".xlsx"));
    }
}

/// A lookup written in place holds only entries of the platform's list.
#[test]
fn values_seen_become_lookups() {
    let w = Workspace::empty();
    let csv = "Rechnungsnr;Mandant;Kunde;Belegart;Status;Betrag;Datum;Währung\n\
               R1;10;7;Rechnung;offen;1.190,50;02.10.2026;EUR\nR2;10;8;Gutschrift;bezahlt;-5,00;03.10.2026;EUR\nR3;10;8;Mahnung;offen;2,00;04.10.2026;EUR\n";
    w.write("in/Rechnungen_2026-10-02.csv", csv);
    let _ = w.run(&["new", "a", "--platform", "lockstep", "--from", "in/Rechnungen_2026-10-02.csv"]).exits(0);
    let text = std::fs::read_to_string(w.path("mappings/a.toml")).unwrap();
    let (file, _) = mapping::parse("a", &text).unwrap();
    let value = |name: &str| file.records[0].fields.iter().find(|(f, _)| f.value == name).unwrap().1.clone();
    let pairs = |v: ValueSpec| match v.lookup {
        Some(LookupUse::Inline(pairs)) => pairs,
        other => panic!("{other:?}"),
    };
    let text_pairs = |all: &[(&str, &str)]| {
        all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(value("invoiceTypeCode")),
        text_pairs(&[("Gutschrift", "AR Credit Memo"), ("Rechnung", "AR Invoice")])
    );
    assert_eq!(pairs(value("invoiceStatusCode")), text_pairs(&[("offen", "Open"), ("bezahlt", "Closed")]));
    assert!(text.contains("no entry yet for \"Mahnung\""), "{text}");
    for line in [
        "locale    = \"de-DE\"",
        "dates     = [\"dd.mm.yyyy\"]",
        "delimiter = \";\"",
        "file      = \"in/Rechnungen_*.csv\"",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let _ = w.run(&["check", "a"]).exits(0).says("No mistakes");
}

#[test]
fn a_clean_folder_becomes_a_workspace() {
    let w = Workspace::empty();
    std::fs::remove_file(w.path("crosswalk.toml")).unwrap();
    w.write(
        "exports/KUNDEN_2026-10-01.csv",
        "Kundennr,Name,PLZ,Ort,Aktiv\n1,Ann,01067,Dresden,ja\n2,Bob,37073,Goslar,nein\n",
    );
    let call = ["new", "acme", "--platform", "lockstep", "--from", "exports/KUNDEN_*.csv"];
    let ran = w.run(&call).exits(0).says("crosswalk.toml written");
    insta::assert_snapshot!("clean_folder", ran.out);
    let text = std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap();
    insta::assert_snapshot!("clean_folder_mapping", text);
    let _ = w.run(&["check", "acme"]).exits(0).says("No mistakes");
    let _ = w.run(&["run", "acme"]).exits(0).says("company");
    let _ = w.run(&call).exits(2).says("E275").says("--force");
    let mut again = call.to_vec();
    again.push("--force");
    let _ = w.run(&again).exits(0).says("written anew");
    assert_eq!(std::fs::read_to_string(w.path("mappings/acme.toml")).unwrap(), text, "same files, same text");
}

#[test]
fn a_file_whose_name_says_nothing_is_known_by_its_columns() {
    let w = Workspace::empty();
    w.write(
        "exports/export.csv",
        "Invoice no.;Customer no.;Invoice date;Due date;Net;VAT;Gross;Currency\n\
         S-1;C1;2026-10-05;2026-11-04;10.00;2.00;12.00;EUR\nS-2;C2;2026-10-06;2026-11-05;20.00;4.00;24.00;EUR\n",
    );
    let call = ["new", "sales", "--platform", "lockstep", "--from", "exports/export.csv"];
    let _ = w.run(&call).exits(0).says("InvoiceSyncModel");
    let text = std::fs::read_to_string(w.path("mappings/sales.toml")).unwrap();
    assert!(text.contains("\"Invoice no.\"") && text.contains("\"Gross\""), "{text}");
}

#[test]
fn what_is_missing_is_what_check_says() {
    let w = Workspace::empty();
    w.write("in/Zahlungen.csv", "Zahlungsnr,Kundennr,Datum\nZ1,7,2026-10-01\nZ2,8,2026-10-02\n");
    let ran = w.run(&["new", "a", "--platform", "lockstep", "--from", "in/Zahlungen.csv"]).exits(0);
    let listed = ran
        .out
        .lines()
        .find(|l| l.contains("required and missing"))
        .unwrap()
        .split(": ")
        .nth(1)
        .unwrap()
        .to_owned();
    let missing: Vec<&str> = listed.split(", ").collect();
    let checked = w.run(&["check", "a"]).exits(2);
    let told = Regex::new(r"`(\w+)` is required by the platform").unwrap();
    let told: Vec<String> = told.captures_iter(&checked.err).map(|c| c[1].to_owned()).collect();
    assert_eq!(told, missing);
    assert_eq!(
        checked.err.matches("error[").count(),
        missing.len(),
        "nothing else is wrong\n{}",
        checked.err
    );
}

#[test]
fn mistakes_say_what_was_meant() {
    let w = Workspace::empty();
    w.write("in/a.csv", "Kundennr,Name\n1,Ann\n2,Bob\n");
    w.write("in/empty.csv", "");
    w.write("in/colours.csv", "Rot,Blau\n1,2\n3,4\n");
    let new = |more: &[&str]| {
        let mut call = vec!["new", "a"];
        call.extend(more);
        w.run(&call)
    };
    insta::assert_snapshot!(
        "unknown_platform",
        new(&["--platform", "lokstep", "--from", "in/a.csv"]).exits(2).err
    );
    insta::assert_snapshot!("no_file", new(&["--platform", "lockstep", "--from", "in/b.csv"]).exits(1).err);
    insta::assert_snapshot!(
        "no_table",
        new(&["--platform", "lockstep", "--from", "in/empty.csv"]).exits(2).err
    );
    insta::assert_snapshot!(
        "nothing_fits",
        new(&["--platform", "lockstep", "--from", "in/colours.csv"]).exits(2).err
    );
    let near = new(&["--platform", "lockstep", "--from", "in/emty.csv"]).exits(1);
    let _ = near.says("Did you mean `empty.csv`?");
    insta::assert_snapshot!(
        "unknown_type",
        new(&["--platform", "lockstep", "--record", "invoise=in/a.csv"]).exits(2).err
    );
    let _ = w.run(&["new", "a b", "--platform", "lockstep", "--from", "in/a.csv"]).exits(2).says("E276");
    let _ = new(&["--platform", "lockstep"]).exits(2).says("--from");
    assert!(!w.path("mappings").exists(), "nothing was written");
    let _ = new(&["--platform", "lockstep", "--record", "company=in/colours.csv"])
        .exits(0)
        .says("CompanySyncModel");
}

#[test]
fn the_only_sheet_tells_what_a_file_s_name_does_not() {
    let w = Workspace::empty();
    let _ = w.run(&["check", "ledger"]).exits(2).says("There is none yet: `crosswalk new`");
    let file = root().join("samples/tutorial/Ledger_2026-10-09.xlsx");
    let told = w.run(&["new", "ledger", "--platform", "lockstep", "--from", &file.display().to_string()]);
    let _ = told.exits(0).says("-> InvoiceSyncModel, record invoice");
    let draft = std::fs::read_to_string(w.path("mappings/ledger.toml")).unwrap();
    for line in ["customerErpKey             = \"Cust.\"", "invoiceDate                = \"Inv. date\""] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
}
