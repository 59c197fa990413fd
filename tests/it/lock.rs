//! The column lock: written, written anew, and what is told when files drift from it.

use crate::workspace::Workspace;
use std::fmt::Write as _;
use std::io::Write as _;

const MAPPING: &str = r#"name     = "drift"
platform = "lockstep"

[source.customers]
file      = "in/customers_*.csv"
pick      = "last"
encoding  = "windows-1252"
delimiter = ";"
locale    = "de-DE"
dates     = ["dd.mm.yyyy"]

[source.people]
file        = "in/people.xlsx"
header_rows = [2]

[source.nodes]
file = "in/nodes.xml"
each = "/Root/Items/Item"

[source.docs]
file = "in/docs.json"
each = "/list"

[record.company]
model = "CompanySyncModel"
from  = "customers"

[record.company.fields]
erpKey      = "No"
companyName = "Name"
companyType = { const = "Customer" }
isActive    = true
postalCode  = "Zip"
created     = "Since"

[record.contact]
model = "ContactSyncModel"
from  = "people"

[record.contact.fields]
erpKey        = "No"
companyErpKey = "Customer"
contactName   = "Full name"
isActive      = true

[record.node]
model = "ContactSyncModel"
from  = "nodes"

[record.node.fields]
erpKey        = "@id"
companyErpKey = "Customer/No"
contactName   = "Name"
isActive      = true

[record.doc]
model = "ContactSyncModel"
from  = "docs"

[record.doc.fields]
erpKey        = "id"
companyErpKey = "customer"
contactName   = "name"
isActive      = true
"#;

const CSV: &str = "No;Name;Zip;Since;Limit;Mail\n\
    001;Müller;01067;31.01.2020;1.190,50;a@b.de\n002;Böhm;80331;28.02.2021;250,00;c@d.de\n";
const SHEET: [[&str; 4]; 4] = [
    ["People of today", "", "", ""],
    ["No", "Customer", "Full name", "Rating"],
    ["P1", "001", "Ann Lee", "#7"],
    ["P2", "002", "Bo Ek", "#8.5"],
];
const XML: &str = "<Root><Head><Date>2026-10-01</Date></Head><Items>\
    <Item id=\"X1\"><Customer><No>001</No></Customer><Name>Cy</Name><Sum>1.50</Sum></Item>\
    <Item id=\"X2\"><Customer><No>002</No></Customer><Name>Di</Name><Sum>2.50</Sum></Item></Items></Root>";
const JSON: &str = r#"{"list":[{"id":"J1","customer":"001","name":"Ed","sum":1.5},{"id":"J2","customer":"002","name":"Flo","sum":2}]}"#;

/// A workbook with one sheet; `#7` is a native number.
fn workbook(w: &Workspace, sheet: &str, rows: &[Vec<&str>]) {
    let mut data = String::new();
    for (n, row) in rows.iter().enumerate() {
        write!(data, "<row r=\"{}\">", n + 1).unwrap();
        for (letter, cell) in ('A'..).zip(row).filter(|(_, c)| !c.is_empty()) {
            let place = format!("{letter}{}", n + 1);
            match cell.strip_prefix('#') {
                Some(number) => write!(data, "<c r=\"{place}\"><v>{number}</v></c>").unwrap(),
                None => write!(data, "<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>").unwrap(),
            }
        }
        data.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let files = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"{sheet}\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{data}</sheetData></worksheet>"),
        ),
    ];
    let file = std::fs::File::create(w.path("in/people.xlsx")).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn latin(w: &Workspace, text: &str) {
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    std::fs::write(w.path("in/customers_1.csv"), bytes).unwrap();
}

fn sheet() -> Vec<Vec<&'static str>> {
    SHEET.iter().map(|r| r.to_vec()).collect()
}

/// All four formats, without a lock.
fn unlocked() -> Workspace {
    let w = Workspace::empty();
    w.write("mappings/drift.toml", MAPPING);
    w.write("in/nodes.xml", XML);
    w.write("in/docs.json", JSON);
    latin(&w, CSV);
    workbook(&w, "Data", &sheet());
    w
}

fn locked() -> Workspace {
    let w = unlocked();
    let _ = w.run(&["inspect", "--lock", "drift"]).exits(0).says("4 sources");
    w
}

type Change = fn(&Workspace);

const DRIFTS: &[(&str, i32, Change)] = &[
    ("csv: a new column", 0, |w| {
        latin(w, &CSV.replace("Mail\n", "Mail;Cost\n").replace(".de\n", ".de;77\n"));
    }),
    ("csv: a column gone that nobody uses", 0, |w| {
        latin(w, &CSV.replace(";Mail", "").replace(";a@b.de", "").replace(";c@d.de", ""));
    }),
    ("csv: a column gone that is used", 1, |w| {
        latin(w, &CSV.replace(";Zip", "").replace(";01067", "").replace(";80331", ""));
    }),
    ("csv: renamed, not used", 0, |w| latin(w, &CSV.replace("Limit", "Limit EUR"))),
    ("csv: renamed, used", 1, |w| latin(w, &CSV.replace("Since", "Since when"))),
    ("csv: another column in its place", 0, |w| latin(w, &CSV.replace("Mail", "E-Post"))),
    ("csv: another delimiter", 1, |w| latin(w, &CSV.replace(',', "").replace(';', ","))),
    ("csv: another encoding", 0, |w| w.write("in/customers_1.csv", CSV)),
    ("csv: lines above the header", 1, |w| latin(w, &format!("Export of today\nBy Ann\n{CSV}"))),
    ("csv: points where commas were", 0, |w| {
        latin(w, &CSV.replace("1.190,50", "1190.50").replace("250,00", "250.00"));
    }),
    ("csv: month first", 0, |w| {
        latin(w, &CSV.replace("31.01.2020", "01/31/2020").replace("28.02.2021", "02/28/2021"));
    }),
    ("csv: emptied", 0, |w| latin(w, &CSV.replace("a@b.de", "").replace("c@d.de", ""))),
    ("csv: leading zeros gone", 0, |w| latin(w, &CSV.replace("001;", "1;").replace("002;", "2;"))),
    ("csv: another order", 0, |w| {
        latin(w, "Name;No;Zip;Since;Limit;Mail\nMüller;001;01067;31.01.2020;1.190,50;a@b.de\n");
    }),
    ("xlsx: a line inserted above the header", 1, |w| {
        let mut rows = sheet();
        rows.insert(1, vec!["By Ann"]);
        workbook(w, "Data", &rows);
    }),
    ("xlsx: another sheet", 0, |w| workbook(w, "October", &sheet())),
    ("xlsx: numbers as text", 0, |w| {
        let mut rows = sheet();
        (rows[2][3], rows[3][3]) = ("7,00", "8,50");
        workbook(w, "Data", &rows);
    }),
    ("xlsx: renamed, used", 1, |w| {
        let mut rows = sheet();
        rows[1][2] = "Full name (new)";
        workbook(w, "Data", &rows);
    }),
    ("xml: a new path", 0, |w| w.write("in/nodes.xml", &XML.replace("</Name>", "</Name><Fax>1</Fax>"))),
    ("xml: a path gone that is used", 1, |w| {
        w.write("in/nodes.xml", &XML.replace("<Name>Cy</Name>", "").replace("<Name>Di</Name>", ""));
    }),
    ("xml: renamed, not used", 0, |w| w.write("in/nodes.xml", &XML.replace("Sum>", "Sums>"))),
    ("xml: twice where it stood once", 0, |w| {
        w.write("in/nodes.xml", &XML.replace("</Sum>", "</Sum><Sum>1.00</Sum>"));
    }),
    ("json: renamed, used", 1, |w| w.write("in/docs.json", &JSON.replace("\"name\"", "\"names\""))),
    ("json: numbers as text", 0, |w| {
        w.write("in/docs.json", &JSON.replace("1.5", "\"1,5\"").replace(":2}", ":\"2,5\"}"));
    }),
];

#[test]
fn each_drift_is_told_with_its_likely_cause() {
    let mut told = String::new();
    for (name, code, change) in DRIFTS {
        let w = locked();
        change(&w);
        let ran = w.run(&["check", "drift"]).exits(*code);
        writeln!(told, "── {name}\n{}", ran.err.trim_end()).unwrap();
    }
    insta::assert_snapshot!("drifts", told);
}

#[test]
fn plan_tells_and_stops_as_check_does() {
    let w = locked();
    latin(&w, &CSV.replace("Limit", "Limit EUR"));
    let ran = w.run(&["plan", "drift"]).exits(0).says("E132").says("`Limit EUR` is new in its place");
    for record in ["company", "contact", "node", "doc"] {
        let row = ran.out.lines().find(|l| l.split_whitespace().next() == Some(record)).unwrap();
        assert_eq!(row.split_whitespace().nth(1), Some("2"), "all sources are read with a lock too: {row}");
    }
    latin(&w, &CSV.replace("Since", "Since when"));
    let _ = w.run(&["plan", "drift"]).exits(1).says("E131");
    let _ = w.run(&["run", "drift"]).exits(1).says("E131");
}

#[test]
fn a_plan_made_is_applied_though_the_files_have_drifted() {
    let w = locked();
    let _ = w.run(&["plan", "drift"]).exits(0);
    let _ = w.run(&["inspect", "--lock", "drift"]).exits(0).says("nothing changed");
    latin(&w, &CSV.replace("Mail", "Mails"));
    let _ = w.run(&["inspect", "--lock", "drift"]).exits(0);
    let _ = w.run(&["apply", "drift", "1"]).exits(0);
}

#[test]
fn frozen_columns_stop_on_any_difference_and_want_a_lock() {
    let w = unlocked();
    w.edit("mappings/drift.toml", "delimiter = \";\"", "delimiter = \";\"\ncolumns = \"freeze\"");
    let without = w.run(&["check", "drift"]).exits(2);
    let _ = w.run(&["inspect", "--lock", "drift"]).exits(0);
    let _ = w.run(&["check", "drift"]).exits(0).says("No mistakes");
    latin(&w, &CSV.replace("Limit", "Limit EUR").replace(";Mail", ";Post").replace("1.190,50", "1190.50"));
    let with = w.run(&["check", "drift"]).exits(1);
    let _ = w.run(&["plan", "drift"]).exits(1).says("E133");
    insta::assert_snapshot!("frozen", format!("{}\n{}", without.err, with.err));
    w.edit("mappings/drift.toml", "\"freeze\"", "\"freez\"");
    let _ = w.run(&["check", "drift"]).exits(2).says("Did you mean `freeze`?");
}

#[test]
fn names_are_checked_against_the_lock_without_files() {
    let w = locked();
    for file in ["customers_1.csv", "people.xlsx", "nodes.xml", "docs.json"] {
        std::fs::remove_file(w.path(&format!("in/{file}"))).unwrap();
    }
    let _ = w.run(&["check", "drift"]).exits(0);
    let _ = w.run(&["plan", "drift"]).exits(1).says("E101");
    w.edit("mappings/drift.toml", "\"Zip\"", "\"Zipp\"");
    w.edit("mappings/drift.toml", "\"Full name\"", "\"Fullname\"");
    w.edit("mappings/drift.toml", "\"Customer/No\"", "\"Customer/Nr\"");
    w.edit("mappings/drift.toml", "\"customer\"", "\"costumer\"");
    let told: String = w.run(&["check", "drift"]).exits(2).err;
    assert_eq!(told.matches("[E203]").count(), 4, "{told}");
    for name in ["`Zip`", "`Full name`", "`Customer/No`", "`customer`"] {
        assert!(told.contains(&format!("Did you mean {name}?")), "{name}\n{told}");
    }
}

#[test]
fn paths_of_every_spelling_are_known_by_the_lock() {
    let w = locked();
    for fits in ["@id", "Customer[No=001]/No", "Customer[1]/No", "../../Head/Date", "/Root/Head/Date"] {
        w.write("mappings/drift.toml", &MAPPING.replace("\"Customer/No\"", &format!("\"{fits}\"")));
        let _ = w.run(&["check", "drift"]).exits(0).says("No mistakes");
    }
    for wrong in ["@ix", "Customer[Nr=001]/No", "../Head/Date", "/Root/Head/Dat", "Customer[1]/Nr"] {
        w.write("mappings/drift.toml", &MAPPING.replace("\"Customer/No\"", &format!("\"{wrong}\"")));
        let _ = w.run(&["check", "drift"]).exits(2).says("E203");
    }
    w.write("mappings/drift.toml", &MAPPING.replace("/Root/Items/Item", "/Root/Items/Itm"));
    let _ = w.run(&["check", "drift"]).exits(2).says("E270").says("`/Root/Items/Item`");
}

#[test]
fn a_lock_written_anew_says_what_changed() {
    let w = locked();
    let text = CSV.replace(',', "").replace(';', ",").replace("Mail", "Cost centre");
    latin(&w, &text);
    w.edit("mappings/drift.toml", "delimiter = \";\"", "delimiter = \",\"");
    let ran = w.run(&["inspect", "--lock", "drift"]).exits(0);
    insta::assert_snapshot!("rewritten", ran.out);
    insta::assert_snapshot!("lock", std::fs::read_to_string(w.path("mappings/drift.lock.toml")).unwrap());
    let _ = w.run(&["check", "drift"]).exits(0).says("No mistakes");
}

#[test]
fn without_a_lock_nothing_is_told_and_an_older_one_is_told_once() {
    let w = unlocked();
    let _ = w.run(&["check", "drift"]).exits(0).says("No mistakes");
    let _ = w.run(&["inspect", "--lock", "drift"]).exits(0);
    let lock = std::fs::read_to_string(w.path("mappings/drift.lock.toml")).unwrap();
    w.write("mappings/drift.lock.toml", &lock[..lock.find("\n[source.nodes]").unwrap()]);
    let ran = w.run(&["check", "drift"]).exits(0).says("it has no nodes, docs");
    assert_eq!(ran.err.matches("[E135]").count(), 1, "{}", ran.err);
    w.write("mappings/drift.lock.toml", "format = 7\nmapping = \"drift\"\n");
    let _ = w.run(&["check", "drift"]).exits(2).says("E272");
}

#[test]
fn no_value_of_a_cell_is_in_a_lock() {
    let w = locked();
    let lock = std::fs::read_to_string(w.path("mappings/drift.lock.toml")).unwrap();
    for value in
        ["Müller", "01067", "a@b.de", "Ann Lee", "Cy", "Ed\"", "X1", "1190", w.folder().to_str().unwrap()]
    {
        assert!(!lock.contains(value), "{value}\n{lock}");
    }
}

#[test]
fn the_locks_of_the_samples_are_what_is_written() {
    let w = Workspace::new();
    for mapping in ["acme", "saft", "saft-workbook", "lockstep-samples"] {
        let name = format!("mappings/{mapping}.lock.toml");
        let kept = std::fs::read_to_string(w.path(&name)).unwrap();
        let mut call = vec!["inspect", "--lock", mapping];
        if mapping != "acme" {
            call.extend(["--var", "samples=tests/fixtures"]);
        }
        let _ = w.run(&call).exits(0).says("nothing changed");
        assert_eq!(std::fs::read_to_string(w.path(&name)).unwrap(), kept, "{mapping}");
    }
    let day_2 = ["check", "acme", "--var", "inbox=samples/acme/day-2"];
    let _ = w.run(&day_2).exits(0).says("No mistakes");
}
