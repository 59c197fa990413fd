//! Files broken on purpose: `inspect` and a plan end in time and say what is wrong where; none passes for whole.

use crate::archive;
use crate::workspace::{Ran, Workspace};
use std::process::Command;
use std::time::{Duration, Instant};

/// What reading one comes to. The file is named in any case.
enum Comes {
    /// The plan stops with exit code 1, saying this.
    Stops(&'static str),
    /// The rest is planned; this line is refused.
    Refuses(u32),
    /// Everything is planned: so many rows. Why that is right stands in the README or beside it.
    Reads(u32),
}
use Comes::{Reads, Refuses, Stops};

const FILES: &[(&str, Comes)] = &[
    ("csv-binary.csv", Stops("E108")),
    // What is ambiguous stops whoever uses it: see the next test.
    ("csv-duplicate-headers.csv", Reads(1)),
    ("csv-empty-header.csv", Reads(1)),
    ("csv-empty.csv", Stops("E108")),
    ("csv-header-only.csv", Reads(0)),
    ("csv-invalid-utf8.csv", Refuses(3)),
    ("csv-lone-cr.csv", Reads(2)),
    ("csv-mixed-line-ends.csv", Reads(3)),
    ("csv-nul-byte.csv", Refuses(2)),
    ("csv-only-bom.csv", Stops("E108")),
    ("csv-only-newlines.csv", Stops("E108")),
    ("csv-ragged-all.csv", Refuses(2)),
    ("csv-ragged-long.csv", Refuses(3)),
    ("csv-ragged-short.csv", Refuses(3)),
    ("csv-stray-quote.csv", Refuses(2)),
    ("csv-text-after-quote.csv", Refuses(2)),
    ("csv-truncated-utf8.csv", Refuses(3)),
    ("csv-truncated.csv.gz", Stops("E105")),
    ("csv-unclosed-quote-last.csv", Refuses(2)),
    ("csv-unclosed-quote.csv", Refuses(3)),
    ("csv-utf16be-bom.csv", Reads(1)),
    ("csv-utf16le-odd.csv", Refuses(3)),
    ("json-bad-escape.json", Stops("E112")),
    ("json-bad-line.ndjson", Refuses(2)),
    ("json-deep.json", Stops("E106")),
    ("json-duplicate-keys.json", Reads(1)),
    ("json-nan.json", Stops("E112")),
    ("json-trailing-comma.json", Stops("E112")),
    ("json-truncated.json", Stops("E112")),
    ("json-two-documents.json", Stops("E112")),
    // Cut behind its last row, so every row is there; cut inside the rows it stops: see below.
    ("xlsx-broken-sheet.xlsx", Reads(2)),
    ("xlsx-empty-sheet.xlsx", Stops("E108")),
    ("xlsx-encrypted.xlsx", Stops("E105")),
    ("xlsx-no-workbook.xlsx", Stops("E110")),
    ("xlsx-not-a-zip.xlsx", Stops("E105")),
    ("xlsx-truncated.xlsx", Stops("E105")),
    ("xml-billion-laughs.xml", Stops("E111")),
    ("xml-deep.xml", Stops("E106")),
    ("xml-duplicate-attribute.xml", Stops("E111")),
    ("xml-external-entity.xml", Stops("E111")),
    ("xml-mismatched-tag.xml", Stops("line 3")),
    ("xml-not-xml.xml", Stops("E111")),
    ("xml-truncated.xml", Stops("E111")),
    ("xml-two-roots.xml", Stops("line 2")),
    ("xml-unclosed.xml", Stops("E111")),
    // Names match without their namespace unless `ns` is declared.
    ("xml-undeclared-prefix.xml", Reads(1)),
    ("xml-unknown-entity.xml", Stops("&nbsp;")),
    ("xml-wrong-encoding.xml", Stops("E107")),
    // Nothing is ever unpacked to a place that an entry names.
    ("zip-absolute-path.zip", Reads(1)),
    ("zip-bomb-small.zip", Stops("E106")),
    ("zip-empty.zip", Stops("E105")),
    ("zip-lying-size.zip", Stops("E105")),
    ("zip-nested.zip", Stops("E106")),
    ("zip-path-traversal.zip", Reads(1)),
    ("zip-truncated.zip", Stops("E105")),
];

/// A plan of these files with one record a row; `name` is the column of its name.
fn mapping(w: &Workspace, file: &str, name: &str) {
    let extra = match file.split_once('-').map(|(kind, _)| kind) {
        _ if file.ends_with(".ndjson") => "each = \"/\"",
        Some("xml") => "each = \"/list/item\"",
        Some("json") => "each = \"/items\"",
        Some("csv") if file.contains("utf8") => "encoding = \"utf-8\"",
        _ => "",
    };
    w.write(
        "mappings/broken.toml",
        &format!(
            "name = \"broken\"\nplatform = \"lockstep\"\n[source.items]\nfile = \"tests/fixtures/malformed/{file}\"\n{extra}\n\
             [record.company]\nmodel = \"CompanySyncModel\"\nfrom = \"items\"\n[record.company.fields]\nerpKey = \"key\"\n\
             companyName = \"{name}\"\ncompanyType = {{ const = \"Customer\" }}\nisActive = true\n"
        ),
    );
}

/// Runs it to its end, which must come within ten seconds, without a panic and without a fault of our own.
fn ends(what: &str, command: &mut Command) -> Ran {
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    let mut streams = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (out, err) =
        (std::thread::spawn(move || text(&mut streams.0)), std::thread::spawn(move || text(&mut streams.1)));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
            panic!("{what} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let ran = Ran { out: out.join().unwrap(), err: err.join().unwrap(), code: status.code().expect(what) };
    for word in ["panicked", "E901", "E902"] {
        assert!(!ran.err.contains(word), "{what}: {}", ran.err);
    }
    assert!((0..=3).contains(&ran.code), "{what} ends with {}", ran.code);
    ran
}

fn text(stream: &mut impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn judge(file: &str, comes: &Comes, ran: &Ran) {
    let all = format!("{file}: exit {}\n{}\n{}", ran.code, ran.out, ran.err);
    match comes {
        Stops(why) => {
            assert_eq!(ran.code, 1, "{all}");
            assert!(ran.err.contains(why) && ran.err.contains(file), "{why}? {all}");
        }
        Refuses(line) => {
            assert_eq!(ran.code, 0, "{all}");
            let place = format!("{file}, line {line}");
            assert!(ran.out.contains("Not sent") && ran.out.contains(&place), "{place}? {all}");
        }
        Reads(rows) => {
            assert_eq!(ran.code, 0, "{all}");
            assert!(!ran.out.contains("Not sent"), "{all}");
            let mapped = ran.out.matches("  + company ").count();
            assert_eq!(mapped, usize::try_from(*rows).unwrap(), "{all}");
        }
    }
}

#[test]
fn every_file_of_the_folder_is_told_about() {
    let mut there: Vec<String> = std::fs::read_dir(crate::workspace::root().join("tests/fixtures/malformed"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "README.md")
        .collect();
    there.sort();
    let told: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(there, told);
}

#[test]
fn inspect_ends_and_names_the_file() {
    let w = Workspace::new();
    for (file, _) in FILES {
        let path = format!("tests/fixtures/malformed/{file}");
        let ran = ends(file, &mut w.command(&["inspect", &path]));
        let seen = if ran.code == 0 { &ran.out } else { &ran.err };
        assert!(seen.contains(file), "{file} is not named\n{}\n{}", ran.out, ran.err);
    }
}

#[test]
fn a_plan_names_the_file_and_the_place() {
    let w = Workspace::new();
    for (file, comes) in FILES {
        mapping(&w, file, "key");
        let ran = ends(file, &mut w.command(&["plan", "broken"]));
        judge(file, comes, &ran);
    }
}

#[test]
fn what_is_ambiguous_is_refused_where_it_is_used() {
    let w = Workspace::new();
    mapping(&w, "csv-duplicate-headers.csv", "name");
    let _ = w.run(&["plan", "broken"]).exits(2).says("position");
    mapping(&w, "json-duplicate-keys.json", "amount");
    let _ =
        w.run(&["plan", "broken"]).exits(0).says("json-duplicate-keys.json, /items/0/amount").says("E313");
}

/// Rows that a cut took away must never look like rows that are gone.
#[test]
fn a_sheet_cut_inside_its_rows_stops() {
    let w = Workspace::new();
    let path = w.path("tests/fixtures/malformed/xlsx-broken-sheet.xlsx");
    let whole = std::fs::read(&path).unwrap();
    for tag in ["<row r=\"3\">", "<v>2</v>", "</sheetData>"] {
        std::fs::write(&path, cut_before(&whole, tag)).unwrap();
        mapping(&w, "xlsx-broken-sheet.xlsx", "key");
        let ran = ends(tag, &mut w.command(&["plan", "broken"]));
        assert_eq!(ran.code, 1, "cut before {tag}\n{}", ran.out);
        assert!(ran.err.contains("xlsx-broken-sheet.xlsx"), "{}", ran.err);
    }
}

/// The workbook with its sheet ending before `tag`.
fn cut_before(book: &[u8], tag: &str) -> Vec<u8> {
    archive::rewritten(book, |name, mut data| {
        if name.starts_with("xl/worksheets/") {
            let at = data.windows(tag.len()).position(|w| w == tag.as_bytes()).unwrap();
            data.truncate(at);
        }
        data
    })
}
