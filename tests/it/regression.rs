//! Bugs found once, each with the case that showed it.

use crate::archive;
use crate::generated::{customers_of, little};
use crate::workspace::Workspace;

const COMPANIES: &str = r#"name     = "m"
platform = "lockstep"

[source.c]
file      = "in/c*.csv"
delimiter = ";"
pick      = "all"

[record.company]
model   = "CompanySyncModel"
from    = "c"
missing = "deactivate"
where   = 'text("flt") != "x"'

[record.company.fields]
erpKey      = "nr"
companyName = "name"
companyType = { const = "Customer" }
isActive    = true
country     = { from = "land", lookup = { D = "DE", A = "AT" } }
city        = "city"

[guard]
floor = 100000
"#;

const ROWS: &str = "nr;name;land;city;flt\n001;A;D;X;\n002;B;D;;\n003;C;A;;\n004;D;D;;\n005;E;D;;\n";

fn companies(more: &str) -> Workspace {
    let w = Workspace::empty();
    w.write("mappings/m.toml", &format!("{COMPANIES}{more}"));
    w.write("in/c1.csv", ROWS);
    w
}

#[test]
fn a_check_on_an_empty_part_is_run() {
    let check = "\n[[check]]\nname = \"some\"\non = \"c\"\nassert = 'count() > 0'\nelse = \"stop\"\n";
    let w = companies(check);
    let _ = w.run(&["run", "m"]).exits(0);
    w.write("in/c1.csv", "nr;name;land;city;flt\n");
    let _ = w.run(&["plan", "m"]).exits(1).says("E325");
}

#[test]
fn a_check_over_a_cell_that_cannot_be_read_does_not_hold() {
    let check =
        "\n[[check]]\nname = \"three\"\non = \"c\"\nassert = 'sum(num(\"city\")) == 3'\nelse = \"stop\"\n";
    let w = companies(check);
    w.write("in/c1.csv", "nr;name;land;city;flt\n1;A;D;1;\n2;B;D;2;\n3;C;D;1O;\n");
    let _ = w.run(&["plan", "m"]).exits(1).says("1 row holds a cell");
}

#[test]
fn a_source_that_stops_at_its_first_row_removes_nothing() {
    let w = companies("");
    w.edit(
        "mappings/m.toml",
        "pick      = \"all\"",
        "pick      = \"all\"\nstop_when = 'starts_with(text(\"name\"), \"Z\")'",
    );
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("in/c1.csv", "001;A;", "001;ZA;");
    let ran = w.run(&["plan", "m"]).exits(0).says("nothing is taken as removed");
    assert!(!ran.out.contains("Removed:"), "{}", ran.out);
}

#[test]
fn a_file_without_rows_among_others_removes_nothing() {
    let w = companies("");
    w.write("in/c2.csv", "nr;name;land;city;flt\n006;F;D;;\n");
    let _ = w.run(&["run", "m"]).exits(0);
    w.write("in/c2.csv", "nr;name;land;city;flt\n");
    let _ = w.run(&["plan", "m"]).exits(0).says("c2.csv of source c has no rows");
}

#[test]
fn a_field_dropped_and_taken_up_again_is_remembered() {
    let w = companies("");
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("mappings/m.toml", "city        = \"city\"\n", "");
    w.edit("in/c1.csv", "001;A;D;X;", "001;A2;D;X;");
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("mappings/m.toml", "isActive    = true", "isActive    = true\ncity        = \"flt\"");
    let _ = w.run(&["run", "m"]).exits(0).says("X → (empty)");
    assert!(!w.store().records("CompanySyncModel")["001"].contains_key("city"));
}

#[test]
fn a_mapping_is_called_as_its_file_is() {
    let w = companies("");
    let _ = w.run(&["run", "m"]).exits(0);
    w.write("mappings/n.toml", COMPANIES);
    let _ = w.run(&["check", "n"]).exits(2).says("E236");
    let _ = w.run(&["run", "n"]).exits(2);
}

#[test]
fn a_key_twice_is_refused_also_when_one_row_is_rejected() {
    let w = companies("");
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("in/c1.csv", "003;C;A;;", "003;C;ZZ;;\n003;NEW;D;;");
    let _ = w.run(&["run", "m"]).exits(3).says("E321");
    assert_eq!(w.store().records("CompanySyncModel")["003"]["companyName"], "C");
}

#[test]
fn a_record_renamed_in_the_mapping_keeps_its_rows() {
    let w = companies("");
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("mappings/m.toml", "[record.company]\n", "[record.kunde]\n");
    w.edit("mappings/m.toml", "[record.company.fields]", "[record.kunde.fields]");
    w.edit("in/c1.csv", "005;E;D;;\n", "");
    let _ = w.run(&["run", "m"]).exits(0).says("Removed:");
    assert_eq!(w.store().records("CompanySyncModel")["005"]["isActive"], "false");
}

#[test]
fn midnight_is_not_twenty_four_o_clock() {
    let w = companies("");
    w.edit("mappings/m.toml", "city        = \"city\"", "created     = \"city\"");
    w.edit("in/c1.csv", "001;A;D;X;", "001;A;D;2026-01-05T24:00:00;");
    let _ = w.run(&["plan", "m"]).exits(0).says("E311").says("line 2");
}

#[test]
fn a_source_within_itself_is_told() {
    let w = companies("\n[source.x]\nfile = \"in/x.xml\"\nwithin = \"x\"\neach = \"y\"\n");
    let _ = w.run(&["check", "m"]).exits(2).says("E237");
}

#[test]
fn a_contact_that_is_rejected_does_not_block_the_company_that_names_it() {
    let w = little(4);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("in/customers.csv", ",P000001", ",P000009");
    w.edit("in/people.csv", "P000003,000003,Person 3\n", "P000003,000003,Person 3\nP000009,999999,Nobody\n");
    let _ = w.run(&["run", "little"]).exits(3).says("E322");
    let _ = w.run(&["run", "little"]).exits(0);
}

#[test]
fn a_damaged_state_is_not_called_held() {
    let w = little(2);
    let _ = w.run(&["run", "little"]).exits(0);
    let _ = w.run(&["run", "little"]).exits(0);
    std::fs::write(w.place().join("state.duckdb"), "x".repeat(5000)).unwrap();
    let _ = w.run(&["plan", "little"]).exits(1).says("E404").says("The copy made before");
}

#[test]
fn a_plan_packed_anew_is_refused() {
    let w = little(40);
    let _ = w.run(&["run", "little"]).exits(0);
    customers_of(&w, 40, "AG");
    let _ = w.run(&["plan", "little"]).exits(0).says("--allow company.changed=40");
    let path = w.plan("little", 2);
    let bytes = std::fs::read(&path).unwrap();
    let calm = |name: &str, data: Vec<u8>| match name {
        "plan.json" => {
            String::from_utf8(data).unwrap().replace("\"tripped\": true", "\"tripped\": false").into_bytes()
        }
        _ => data,
    };
    std::fs::write(&path, archive::rewritten(&bytes, calm)).unwrap();
    let before = w.store().traffic();
    let _ = w.run(&["apply", "little", "2"]).exits(5).says("E401");
    assert_eq!(w.store().traffic(), before);
}

const INVOICES: &str = r#"name     = "i"
platform = "lockstep"

[source.own]
file = "in/own.csv"

[record.own]
model = "CompanySyncModel"
from  = "own"

[record.own.fields]
erpKey      = "nr"
companyName = "name"
companyType = { const = "Company" }
isActive    = true

[source.i]
file = "in/i.csv"

[record.invoice]
model = "InvoiceSyncModel"
from  = "i"

[record.invoice.fields]
erpKey         = "nr"
companyErpKey  = { const = "10" }
customerErpKey = { const = "10" }
currencyRate   = 1
totalAmount    = "amt"

[source.l]
file = "in/l.csv"

[record.line]
model  = "InvoiceLineSyncModel"
from   = "l"
parent = "invoice"

[record.line.fields]
invoiceErpKey = "inv"
erpKey        = '=`${text("inv")}/${text("pos")}`'
lineNumber    = "pos"
totalAmount   = "amt"
"#;

fn invoices() -> Workspace {
    let w = Workspace::empty();
    w.write("mappings/i.toml", INVOICES);
    w.write("in/own.csv", "nr,name\n10,Own\n");
    w.write("in/i.csv", "nr,amt\nA,2\nB,1\nC,2\n");
    w.write("in/l.csv", "inv,pos,amt\nA,1,1\nA,2,1\nB,1,1\nC,1,1\nC,2,1\n");
    let _ = w.run(&["run", "i"]).exits(0);
    w
}

#[test]
fn lines_that_could_not_all_be_read_are_not_missing() {
    let w = invoices();
    w.write("in/l.csv", "inv,pos,amt\n");
    let ran = w.run(&["plan", "i"]).exits(0).says("nothing is taken as removed");
    assert!(!ran.out.contains("E328"), "{}", ran.out);
}

#[test]
fn a_line_gone_under_a_present_header_refuses_the_unit() {
    let w = invoices();
    w.edit("in/l.csv", "C,2,1\n", "");
    let _ = w.run(&["run", "i"]).exits(3).says("E328");
    assert_eq!(w.store().counts()["InvoiceLineSyncModel"], 5);
}

#[test]
fn lines_of_a_header_that_went_before_them_are_noted_too() {
    let w = invoices();
    w.edit("in/i.csv", "C,2\n", "");
    let _ = w.run(&["run", "i"]).exits(3).says("E324");
    w.write("in/l.csv", "inv,pos,amt\nA,1,1\nA,2,1\nB,1,1\n");
    let _ = w.run(&["run", "i"]).exits(0).says("line C/1").says("line C/2");
    let ran = w.run(&["plan", "i"]).exits(0);
    assert!(!ran.out.contains("line C/1"), "{}", ran.out);
}
