//! Sources and lookups of the mapping language: `use`, lookups of every kind, lets in any order, time zones, numbers as
//! shown, the order of the value steps.

use crate::archive;
use crate::store::Fields;
use crate::workspace::{Ran, Workspace, root};
use std::collections::BTreeMap;

const HEAD: &str = "name = \"m\"\nplatform = \"lockstep\"\n";
const COMPANY: &str = r#"
[record.company]
model = "CompanySyncModel"
from = "s"
[record.company.fields]
erpKey = "No"
companyName = "No"
companyType = { const = "Customer" }
isActive = true
"#;

/// A mapping `m` of companies from `s`; `top` are its sources and lookups, `fields` more fields.
fn company(top: &str, fields: &str) -> String {
    format!("{HEAD}{top}{COMPANY}{fields}\n")
}

fn workspace(mapping: &str, files: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("mappings/m.toml", mapping);
    files.iter().for_each(|(name, text)| workspace.write(name, text));
    workspace
}

/// Runs it to this exit code; gives what the platform then holds, by key.
#[track_caller]
fn ran(workspace: &Workspace, code: i32) -> (Ran, BTreeMap<String, Fields>) {
    let ran = workspace.run(&["run", "m"]).exits(code);
    (ran, workspace.store().records("CompanySyncModel"))
}

#[track_caller]
fn holds(records: &BTreeMap<String, Fields>, field: &str, want: &[(&str, &str)]) {
    let got: Vec<(&str, &str)> = records
        .iter()
        .map(|(key, fields)| (key.as_str(), fields.get(field).map_or("", String::as_str)))
        .collect();
    assert_eq!(got, want, "{field}");
}

fn xlsx(styles: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    archive::workbook(styles, rows)
}

// ── use ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const SHARED: &str = "[source.s]\nfile = \"in/s.csv\"\n[lookup.country]\ntable = { D = \"DE\" }\n";

#[test]
fn files_used_are_one_mapping_with_the_same_print() {
    let fields = "country = { from = \"Land\", lookup = \"country\" }";
    let files = [
        (
            "mappings/shared/base.toml",
            "use = \"../limits.toml\"\n[source.s]\nfile = \"in/s.csv\"\n[lookup.country]\ntable = { D = \"DE\" }\n",
        ),
        (
            "mappings/limits.toml",
            "[guard]\nnew = \"50%\"\n[[check]]\nname = \"some\"\non = \"s\"\nassert = 'count() > 0'\n",
        ),
        ("in/s.csv", "No,Land\n1,D\n"),
    ];
    let apart = company("use = [\"shared/base.toml\"]\n", fields);
    let one = workspace(&apart, &files);
    let _ = one.run(&["plan", "m"]).exits(0);
    // The same in one file is no other rule, another meaning in a used file is one.
    let together = company(
        &format!(
            "{SHARED}[guard]\nnew = \"50%\"\n[[check]]\nname = \"some\"\non = \"s\"\nassert = 'count() > 0'\n"
        ),
        fields,
    );
    one.write("mappings/m.toml", &together);
    let _ = one.run(&["apply", "m"]).exits(0);
    one.write("mappings/m.toml", &apart);
    one.write("in/s.csv", "No,Land\n1,D\n2,D\n");
    let _ = one.run(&["plan", "m"]).exits(0);
    one.edit("mappings/shared/base.toml", "\"DE\"", "\"DEU\"");
    let _ = one.run(&["apply", "m"]).exits(5).says("has changed since");
}

#[test]
fn mistakes_are_told_in_the_file_they_stand_in() {
    let apart = company(
        "use = [\"a.toml\", \"b.toml\", \"gone.toml\"]\n[defaults]\nlocale = \"de-DE\"\n",
        "city = '=text(\"Cty\")'\naddress1 = { from = \"City\", lookup = \"nothing\" }",
    );
    let one = workspace(
        &apart,
        &[
            (
                "mappings/a.toml",
                "[source.s]\nfile = \"in/s.csv\"\nlet.x = '=text(\"Citi\")'\n[defaults]\nlocale = \"nb-NO\"\n",
            ),
            (
                "mappings/b.toml",
                "use = [\"c.toml\"]\nname = \"b\"\n[source.s]\nfile = \"in/t.csv\"\n[guard]\nnew = \"5%\"\nfloot = 3\n",
            ),
            ("mappings/c.toml", "use = [\"b.toml\"]\n[guard]\nnew = \"6%\"\n[lookup.goone]\ntable = {}\n"),
            ("in/s.csv", "No,City\n1,x\n"),
            ("in/t.csv", "No,City\n1,x\n"),
        ],
    );
    let told = one.run(&["check", "m"]).exits(2);
    insta::assert_snapshot!(told.err);
}

#[test]
fn a_file_that_is_only_used_is_no_mapping() {
    let one = workspace(&company(SHARED, ""), &[("mappings/common.toml", SHARED), ("in/s.csv", "No\n1\n")]);
    let told = one.run(&["check", "comon"]).exits(2).says("There are: m.");
    assert!(!told.err.contains("common"), "{}", told.err);
}

// ── lookups ──────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn lookups_of_every_kind() {
    let top = r#"
[source.s]
file = "in/s.csv"
dates = ["dd.mm.yyyy"]
locale = "de-DE"
delimiter = ";"
[source.names]
file = "in/names.xml"
each = "/n/e"
[lookup.account]
file = "in/accounts.csv"
key = ["Mandant", "Konto"]
give = "Name"
[lookup.range]
file = "in/ranges.csv"
key = "from"
give = "zone"
match = "prefix"
[lookup.rate]
file = "in/rates.csv"
delimiter = ";"
dates = ["d.m.yyyy"]
key = ["Cur", "From"]
give = "Rate"
match = "on-or-before"
[lookup.area]
file = "in/areas.csv"
key = ["Cur", "From"]
give = "Area"
match = "prefix"
[lookup.step]
match = "on-or-before"
table = { 0 = "small", 100 = "middle", 1000 = "large" }
[lookup.name]
source = "names"
key = "@id"
give = "t"
[lookup.book]
file = "in/book.xlsx"
header_rows = 2
nulls = ["-"]
key = "code"
give = "text"
[lookup.js]
file = "in/js.json"
each = "/list"
key = "a/k"
give = "v"
"#;
    let fields = r#"
address1 = { from = ["Mandant", "Konto"], lookup = "account" }
address2 = { from = "Zip", lookup = "range", miss = "null" }
address3 = { from = ["Cur", "Day"], lookup = "rate", miss = "null" }
address4 = { from = "Amount", lookup = "step" }
country = { from = ["Cur", "Zip"], lookup = "area", miss = "null" }
city = { from = "Konto", lookup = "name", miss = "keep" }
stateRegion = { from = "Konto", lookup = "book", miss = "null" }
taxId = { from = "Konto", lookup = "js", miss = "null" }
postalCode = { from = ['=text("Mandant")', '=trim(text("Konto") + " ")'], lookup = "account", miss = "null" }
"#;
    let one = workspace(
        &company(top, fields),
        &[
            (
                "in/s.csv",
                "No;Mandant;Konto;Zip;Cur;Day;Amount\n1;10;4711;01234;EUR;02.03.2026;99,5\n2;20;4711;0199;EUR;31.12.2025;1.000,00\n\
                 3;10;;9;USD;01.01.2026;100\n4;30;1;;EUR;01.03.2026;1\n5;20;12;01;;;\n",
            ),
            ("in/accounts.csv", "Mandant,Konto,Name\n10,4711,Kasse\n20,4711,Bank\n20,12,Post\n20,12,Post\n"),
            ("in/areas.csv", "Cur,From,Area\nEUR,0,a\nEUR,01,b\nUSD,0,c\nUSD,01,d\n"),
            ("in/ranges.csv", "from,zone\n0,zero\n01,north\n012,east\n9,\n"),
            (
                "in/rates.csv",
                "Cur;From;Rate\nEUR;1.1.2026;1,1\nEUR;1.3.2026;1,2\nEUR;5.3.2026;1,3\nUSD;2.1.2026;2\n",
            ),
            ("in/names.xml", "<n><e id=\"4711\"><t>seven</t></e><e id=\"12\"><t>twelve</t></e></n>"),
            (
                "in/js.json",
                "{\"list\": [{\"a\": {\"k\": 4711}, \"v\": true}, {\"a\": {\"k\": \"12\"}, \"v\": 1.50}]}",
            ),
        ],
    );
    let book = xlsx(&[], &[&["a list"], &["code", "text"], &["=4711", "a"], &["12", "-"]]);
    std::fs::write(one.path("in/book.xlsx"), book).unwrap();
    let (told, records) = ran(&one, 3);
    assert!(told.out.contains("\"30 / 1\" is not in lookup account (E315)"), "{}", told.out);
    holds(&records, "address1", &[("1", "Kasse"), ("2", "Bank"), ("3", ""), ("5", "Post")]);
    holds(&records, "postalCode", &[("1", "Kasse"), ("2", "Bank"), ("3", ""), ("5", "Post")]);
    holds(&records, "address2", &[("1", "east"), ("2", "north"), ("3", ""), ("5", "north")]);
    holds(&records, "address3", &[("1", "1,2"), ("2", ""), ("3", ""), ("5", "")]);
    holds(&records, "country", &[("1", "b"), ("2", "b"), ("3", ""), ("5", "")]);
    holds(&records, "address4", &[("1", "small"), ("2", "large"), ("3", "middle"), ("5", "")]);
    holds(&records, "city", &[("1", "seven"), ("2", "seven"), ("3", ""), ("5", "twelve")]);
    holds(&records, "stateRegion", &[("1", "a"), ("2", "a"), ("3", ""), ("5", "")]);
    holds(&records, "taxId", &[("1", "true"), ("2", "true"), ("3", ""), ("5", "1.50")]);
    // A plan goes stale by the rows of a composite lookup and of one in JSON.
    let _ = one.run(&["plan", "m"]).exits(0);
    one.edit("in/accounts.csv", "20,4711,Bank", "20,4711,Giro");
    let _ = one.run(&["apply", "m"]).exits(5).says("one of its lookups has changed");
    let _ = one.run(&["plan", "m"]).exits(0);
    one.edit("in/js.json", "1.50", "1.60");
    let _ = one.run(&["apply", "m"]).exits(5).says("one of its lookups has changed");
}

#[test]
fn mistakes_with_lookups() {
    let top = r#"
[source.s]
file = "in/s.csv"
[lookup.two]
file = "in/two.csv"
key = ["A", "B"]
give = "C"
[lookup.bad]
file = "in/two.csv"
key = "AA"
give = "Cc"
[lookup.both]
file = "in/two.csv"
table = { a = "b" }
key = "A"
give = "C"
"#;
    let fields = r#"
address1 = { from = "No", lookup = "two" }
address2 = { from = ["No", "No", "No"], lookup = "two" }
address3 = { from = ["No", "No"], lookup = "two", miss = "keep" }
address4 = { from = ["No", "No"], lookup = "two", case = "upper" }
city = ["No", "No"]
stateRegion = { from = ["No", "No"] }
postalCode = { from = ["No", "No"], lookup = { a = "b" } }
taxId = { from = [] }
dunsNumber = { from = ["No", "Nope"], lookup = "two" }
"#;
    let one = workspace(&company(top, fields), &[("in/s.csv", "No\n1\n"), ("in/two.csv", "A,B,C\n1,2,3\n")]);
    let told = one.run(&["check", "m"]).exits(2);
    insta::assert_snapshot!(told.err);
}

#[test]
fn a_lookup_with_two_answers_names_both_rows() {
    let top = "[source.s]\nfile = \"in/s.csv\"\n[lookup.l]\nfile = \"in/l.csv\"\nkey = [\"A\", \"B\"]\ngive = \"C\"\n\
               [lookup.d]\nfile = \"in/d.csv\"\ndates = [\"d.m.yyyy\"]\nkey = \"A\"\ngive = \"B\"\nmatch = \"on-or-before\"\n\
               [lookup.x]\nfile = \"in/x.json\"\neach = \"\"\nkey = \"k\"\ngive = \"v\"\n";
    let one = workspace(
        &company(
            &top.replace("each = \"\"", "each = \"/\""),
            "city = { from = [\"No\", \"No\"], lookup = \"l\" }",
        ),
        &[
            ("in/s.csv", "No\n1\n"),
            ("in/l.csv", "A,B,C\n1,1,x\n2,2,y\n1,1,z\n"),
            ("in/d.csv", "A,B\n01.02.2026,x\n1.2.2026,y\n"),
            ("in/x.json", "[{\"k\": 1, \"v\": 1}, {\"k\": 1, \"v\": 2}]"),
        ],
    );
    let told = one.run(&["plan", "m"]).exits(1);
    insta::assert_snapshot!(told.err);
}

#[test]
fn a_column_that_the_file_of_a_lookup_lacks_is_told_in_the_mapping() {
    let top = "[source.s]\nfile = \"in/s.csv\"\n[lookup.l]\nfile = \"in/l.xml\"\neach = \"/l/e\"\nkey = \"a\"\ngive = \"b\"\n";
    let one = workspace(
        &company(top, "city = { from = \"No\", lookup = \"l\" }"),
        &[("in/s.csv", "No\n1\n"), ("in/l.xml", "<l><e><a>1</a></e></l>")],
    );
    let _ = one.run(&["plan", "m"]).exits(1).says("E330").says("mappings/m.toml:9:8");
}

// ── lets ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn lets_stand_in_any_order() {
    let top =
        "[source.s]\nfile = \"in/s.csv\"\n[source.s.let]\na = '=b + \"!\"'\nb = '=c + \"?\"'\nc = \"City\"\n";
    let one = workspace(&company(top, "city = \"=a\""), &[("in/s.csv", "No,City\n1,x\n")]);
    holds(&ran(&one, 0).1, "city", &[("1", "x?!")]);
    let ring = top
        .replace("c = \"City\"", "c = '=text(\"City\") + a'\nd = '=e'\nf = '=text(\"Citti\")'\ng = '=f + 1'");
    one.write("mappings/m.toml", &company(&ring, "city = \"=a\"\naddress1 = \"=f\""));
    let told = one.run(&["check", "m"]).exits(2);
    insta::assert_snapshot!(told.err);
}

// ── time zones ───────────────────────────────────────────────────────────────────────────────────────────────────────

/// A workspace whose platform wants `created` in UTC.
fn in_utc(mapping: &str, rows: &str) -> Workspace {
    let one = workspace(mapping, &[("in/s.csv", rows)]);
    let platform = std::fs::read_to_string(root().join("mappings/platforms/lockstep.toml")).unwrap();
    let created = "{ name = \"created\",                   type = \"datetime\", compare";
    assert!(platform.contains(created));
    let platform =
        platform.replace(created, "{ name = \"created\", type = \"datetime\", zone = \"utc\", compare");
    one.write("mappings/platforms/lockstep.toml", &platform);
    one
}

#[test]
fn times_of_a_zone() {
    let top = "[source.s]\nfile = \"in/s.csv\"\ntimezone = \"Europe/Berlin\"\ndates = [\"dd.mm.yyyy hh:mm:ss\", \"dd.mm.yyyy\"]\n";
    let one = in_utc(
        &company(top, "created = \"T\"\nmodified = \"T\"\ncity = \"=date(\\\"T\\\")\""),
        "No,T\n1,2026-07-01T10:00:00Z\n2,01.07.2026 12:00:00\n3,2026-01-01 00:30:00+01:00\n4,01.07.2026\n5,2026-07-01\n\
         6,25.10.2026 02:30:00\n7,2026-10-25T02:30:00+01:00\n8,29.03.2026 02:30:00\n9,2026-07-01T00:00:00\n",
    );
    let (told, records) = ran(&one, 3);
    assert!(told.out.contains("is no time in Europe/Berlin"), "{}", told.out);
    let utc = [
        ("1", "2026-07-01T10:00:00Z"),
        ("2", "2026-07-01T10:00:00Z"),
        ("3", "2025-12-31T23:30:00Z"),
        ("4", "2026-07-01T00:00:00Z"),
        ("5", "2026-07-01T00:00:00Z"),
        ("6", "2026-10-25T00:30:00Z"),
        ("7", "2026-10-25T01:30:00Z"),
        ("9", "2026-06-30T22:00:00Z"),
    ];
    // The practice platform takes such a field only with Z.
    holds(&records, "created", &utc);
    let local = [
        "07-01T12",
        "07-01T12",
        "01-01T00:30",
        "07-01T00",
        "07-01T00",
        "10-25T02:30",
        "10-25T02:30",
        "07-01T00",
    ];
    for (got, want) in records.values().zip(local) {
        assert!(got.get("modified").unwrap().contains(want), "{got:?}");
    }
}

#[test]
fn times_without_a_zone() {
    let top = "[source.s]\nfile = \"in/s.csv\"\ndates = [\"dd.mm.yyyy\"]\n";
    let one = in_utc(
        &company(top, "created = \"T\"\nmodified = \"M\""),
        "No,T,M\n1,01.07.2026,2026-07-01T10:00:00Z\n2,2026-07-01T10:00:00,\n3,01.07.2026,2026-07-01T10:00:00\n",
    );
    let told = one.run(&["plan", "m"]).exits(0).says("has an offset from UTC").says("has a time of day");
    assert!(told.out.contains("timezone"), "{}", told.out);
    let hours = top.replace("dd.mm.yyyy", "dd.mm.yyyy hh:mm");
    one.write("mappings/m.toml", &company(&hours, "created = \"T\""));
    let _ = one.run(&["check", "m"]).exits(2).says("E244").says("Add `timezone");
    one.write(
        "mappings/m.toml",
        &company(&format!("{top}timezone = \"Europe/Berlim\"\n"), "created = \"T\""),
    );
    let _ = one.run(&["check", "m"]).exits(2).says("E243").says("Did you mean `Europe/Berlin`?");
    // CET is a name of the database, CEST is none.
    one.write("mappings/m.toml", &company(&format!("{top}timezone = \"CEST\"\n"), "created = \"T\""));
    let _ = one.run(&["check", "m"]).exits(2).says("E243");
}

// ── numbers as shown ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn numbers_as_the_workbook_shows_them() {
    let formats = ["General", "00000", "#,##0.00", "\"K-\"0000", "# ?/?", "0%"];
    let rows: &[&[&str]] = &[
        &["No", "Zip", "Amount", "Key", "Odd", "Share"],
        &["1", "1=1234", "2=1234.5", "3=42", "=7", "5=0.19"],
        &["2", "01234", "=3", "text", "4=0.5", "=2"],
        &["3", "1=5", "2=-0.005", "3=0", "4=0.5", ""],
    ];
    let top = "[source.s]\nfile = \"in/s.xlsx\"\nnumbers = \"as shown\"\n";
    let fields = "postalCode = \"Zip\"\naddress1 = \"Amount\"\naddress2 = '=num(\"Amount\") * 2'\ntaxId = \"Key\"\nreferenceCode = \"Share\"\n";
    let one = workspace(&company(top, fields), &[]);
    std::fs::create_dir_all(one.path("in")).unwrap();
    std::fs::write(one.path("in/s.xlsx"), xlsx(&formats, rows)).unwrap();
    let (_, records) = ran(&one, 0);
    holds(&records, "postalCode", &[("1", "01234"), ("2", "01234"), ("3", "00005")]);
    holds(&records, "address1", &[("1", "1,234.50"), ("2", "3"), ("3", "-0.01")]);
    holds(&records, "address2", &[("1", "2469"), ("2", "6"), ("3", "-0.01")]);
    holds(&records, "taxId", &[("1", "K-0042"), ("2", "text"), ("3", "K-0000")]);
    holds(&records, "referenceCode", &[("1", "19%"), ("2", "2"), ("3", "")]);
    // What cannot be shown is refused at its cell, unless it is the number that is asked for.
    one.write("mappings/m.toml", &company(top, "address1 = \"Odd\"\n"));
    let _ = one.run(&["plan", "m"]).exits(0).says("S!E3").says("0.5 in the format # ?/?").says("E344");
    one.write("mappings/m.toml", &company(top, "address1 = '=num(\"Odd\") + 1'\n"));
    holds(&ran(&one, 0).1, "address1", &[("1", "8"), ("2", "1.5"), ("3", "1.5")]);
}

// ── same_key, first_of, optional, ignore, yes and no ─────────────────────────────────────────────────────────────────

#[test]
fn two_files_with_one_key() {
    let top = "[source.s]\nfile = \"in/*.csv\"\npick = \"all\"\n";
    let files = [("in/a-2.csv", "No,City\n1,old\n2,two\n"), ("in/a-10.csv", "No,City\n1,new\n3,three\n")];
    let one = workspace(&company(top, "city = \"City\""), &files);
    let (told, records) = ran(&one, 3);
    assert!(
        told.out.contains("E321") && told.out.contains("a-2.csv") && told.out.contains("a-10.csv"),
        "{}",
        told.out
    );
    holds(&records, "city", &[("2", "two"), ("3", "three")]);
    one.write("mappings/m.toml", &company(&format!("{top}same_key = \"last\"\n"), "city = \"City\""));
    holds(&ran(&one, 0).1, "city", &[("1", "new"), ("2", "two"), ("3", "three")]);
    // Twice in one file is still a mistake.
    one.write("in/a-10.csv", "No,City\n1,new\n1,newer\n3,three\n");
    let _ = one.run(&["plan", "m"]).exits(0).says("E321");
}

#[test]
fn words_for_yes_and_no_and_the_first_that_is_there() {
    let top = "[source.s]\nfile = \"in/s.json\"\neach = \"/\"\nyes = [\"J\", \"Ja\"]\nno = [\"N\"]\nnulls = [\"-\"]\noptional = [\"c\"]\nignore = [\"z\"]\n";
    let fields = "city = { first_of = [\"a\", \"b\", \"c\"], default = \"none\" }";
    let mapping = company(top, fields).replace("isActive = true", "isActive = \"aktiv\"");
    let one = workspace(
        &mapping,
        &[(
            "in/s.json",
            r#"[{"No":1,"a":"x","aktiv":"ja"},{"No":2,"a":" - ","b":"y","aktiv":"n"},{"No":3,"aktiv":true},{"No":4,"a":"","aktiv":"vielleicht"}]"#,
        )],
    );
    let (told, records) = ran(&one, 3);
    holds(&records, "city", &[("1", "x"), ("2", "y"), ("3", "none")]);
    holds(&records, "isActive", &[("1", "true"), ("2", "false"), ("3", "true")]);
    assert!(told.out.contains("is neither yes nor no"), "{}", told.out);
    one.edit("mappings/m.toml", "optional = [\"c\"]\n", "");
    let _ = one.run(&["plan", "m"]).exits(1).says("has no \"c\" anywhere");
    // A column that is ignored and not there is worth a line, with what it may be.
    let csv = company("[source.s]\nfile = \"in/s.csv\"\nignore = [\"Nots\"]\n", "");
    let two = workspace(&csv, &[("in/s.csv", "No,Notes\n1,x\n")]);
    let _ = two.run(&["check", "m"]).exits(0).says("Did you mean `Notes`?");
}

/// What is looked up for a row is a column of the source's view: where the list's end rests on it, where a looked-up value is
/// looked up again, where a group is, and where the source serves the lookup itself.
#[test]
fn what_is_looked_up_may_be_used_anywhere() {
    let w = Workspace::empty();
    w.write("crosswalk.toml", "[env.rehearsal]\n");
    w.write("in/i.csv", "No,Kind,Amount\nR1,a,1\nR1,b,2\nR2,a,5\nEND,z,0\nx,,\n");
    w.write("in/k.csv", "K,V\na,go\nb,go\nz,stop\ngo,GO\n");
    let mapping = |stop: &str, lookup: &str| {
        format!(
            "name = \"t\"\nplatform = \"lockstep\"\n[source.k]\nfile = \"in/k.csv\"\n[source.i]\nfile = \"in/i.csv\"\n{stop}\n\
             [source.i.let]\nwhat = {{ from = \"Kind\", lookup = \"k\", miss = \"null\" }}\n[lookup.k]\n{lookup}\n\
             [record.invoice]\nmodel = \"InvoiceSyncModel\"\nfrom = \"i\"\ngroup_by = \"No\"\nwhere = 'what == \"go\"'\n\
             [record.invoice.fields]\nerpKey = \"No\"\ncompanyErpKey = {{ const = \"C\" }}\ncustomerErpKey = {{ const = \"C\" }}\ncurrencyRate = 1\n\
             totalAmount = '=sum(num(\"Amount\"))'\nreferenceCode = {{ from = '=max(text(\"Kind\"))', lookup = \"k\" }}\n\
             purchaseOrderCode = {{ from = '=what', lookup = \"k\" }}\n"
        )
    };
    let (file, served) =
        ("file = \"in/k.csv\"\nkey = \"K\"\ngive = \"V\"", "source = \"k\"\nkey = \"K\"\ngive = \"V\"");
    for (stop, lookup) in [("stop_when = 'what == \"stop\"'", file), ("", file), ("", served)] {
        w.write("mappings/t.toml", &mapping(stop, lookup));
        let _ = w.run(&["plan", "t"]).exits(0).says("i.csv: 5 rows").says("\"C\": no record");
        let test = "[[test]]\nname = \"x\"\nsource = \"i\"\ngiven = [{ No = \"R1\", Kind = \"a\", Amount = \"1\" }]\n\
                    expect.invoice = [{ referenceCode = \"go\", purchaseOrderCode = \"GO\" }]\n";
        // In a test, the rows of a source that serves a lookup are those given.
        let given = if lookup == served {
            "given.k = [{ K = \"a\", V = \"go\" }, { K = \"go\", V = \"GO\" }]\ngiven.i"
        } else {
            "given.i"
        };
        let test = test.replace("source = \"i\"\ngiven", given);
        w.write("mappings/t.toml", &format!("{}{test}", mapping(stop, lookup)));
        let _ = w.run(&["test", "t"]).exits(0).says("it holds");
    }
}
