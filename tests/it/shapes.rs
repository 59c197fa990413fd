//! Sources made from others: columns that become rows, and statements over other sources.

use crate::workspace::{Ran, Workspace};
use std::io::Write as _;

const BUDGET: &str = "KST;Konto;Jan;Feb;Mar\n100;4400;1.000,50;;3\n200;4400;5;6;abc\n300;4500;7;-;9\nSumme;;1.012,50;6;12\nfooter;x;;;\n";

const CELL: &str = r#"
[record.cell]
model = "CompanySyncModel"
from = "budget"
[record.cell.fields]
erpKey = '=`${text("KST")}-${text("Monat")}`'
companyName = '=num("Betrag")'
companyType = { const = "Customer" }
isActive = true
"#;

const COMPANY: &str = r#"
[record.company]
model = "CompanySyncModel"
from = "made"
[record.company.fields]
erpKey = "Debitor"
companyName = "Name"
companyType = { const = "Customer" }
isActive = true
"#;

const ITEMS: &str = "Debitor;Betrag / Brutto;Datum;Name;Aktiv\n77;1.190,00;02.10.2026;Müller;J\n78; 10,50 ;01.10.2026;Kranz;N\n77;-;03.10.2026;Müller;J\n";

/// A workspace with a mapping over `budget` or `items`.
fn workspace(source: &str, rest: &str) -> Workspace {
    let w = Workspace::empty();
    w.write("budget.csv", BUDGET);
    w.write("items.csv", ITEMS);
    let head = "name = \"m\"\nplatform = \"lockstep\"\n[defaults]\ndelimiter = \";\"\nlocale = \"de-DE\"\n\
                dates = [\"dd.mm.yyyy\"]\nnulls = [\"-\"]\nyes = [\"J\"]\nno = [\"N\"]\n";
    w.write("mappings/m.toml", &format!("{head}{source}\n{rest}"));
    w
}

fn budget(unpivot: &str) -> Workspace {
    let source = format!("[source.budget]\nfile = \"budget.csv\"\nunpivot = {{ {unpivot} }}\n");
    workspace(&format!("{source}stop_when = 'starts_with(text(1), \"Summe\")'\ntotals_row = true"), CELL)
}

fn sql(statement: &str) -> Workspace {
    let items = "[source.items]\nfile = \"items.csv\"\n";
    workspace(&format!("{items}[source.made]\nsql = '''{statement}'''\n"), COMPANY)
}

const MONTHS: &str = r#"columns = ["Jan", "Feb", "Mar"], name = "Monat", value = "Betrag""#;

#[test]
fn columns_become_rows_that_add_up() {
    let w = budget(MONTHS);
    let ran = w.run(&["plan", "m"]).exits(0);
    for text in ["100-Jan", "200-Feb", "300-Mar", "budget.csv, line 2, column Jan"] {
        assert!(ran.out.contains(text), "{text}\n{}", ran.out);
    }
    // Two empty cells, one refused, three of the totals row, three of the footer.
    let account =
        "5 rows became 15 by unpivot = 6 mapped + 2 empty cells + 3 after the end + 3 total + 1 rejected";
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    assert!(words.join(" ").contains(account), "{}", ran.out);
    let _ = ran.says("budget.csv, line 3, column Mar").says("\"abc\" is not a number");
    let _ = w.run(&["explain", "m", "cell", "300-Mar"]).exits(0).says("line 4, column Mar").says("Betrag");
}

#[test]
fn totals_are_those_of_all_columns() {
    let check = |assert: &str| {
        let w = budget(MONTHS);
        let check = format!("[[check]]\nname = \"adds up\"\non = \"budget\"\nassert = '{assert}'\n");
        let text = std::fs::read_to_string(w.path("mappings/m.toml")).unwrap();
        w.write("mappings/m.toml", &format!("{text}{check}"));
        w.edit("budget.csv", "abc", "0");
        w.run(&["plan", "m"])
    };
    let _ = check(r#"sum(num("Betrag")) == total("Betrag") && count() == 7"#).exits(0);
    let _ = check(r#"sum(num("Betrag")) == total("Betrag") + 1"#).exits(1).says("E325");
}

#[test]
fn an_empty_cell_removes_nothing_and_a_lost_row_does() {
    let w = budget(MONTHS);
    w.edit("mappings/m.toml", "from = \"budget\"", "from = \"budget\"\nmissing = \"keep\"");
    w.edit("budget.csv", "abc", "8");
    let _ = w.run(&["run", "m"]).exits(0);
    w.edit("budget.csv", "200;4400;5;6;8", "200;4400;5;;8");
    let ran = w.run(&["plan", "m"]).exits(0);
    assert!(!ran.out.contains("200-Feb"), "{}", ran.out);
    w.edit("budget.csv", "200;4400;5;;8\n", "");
    let _ = w.run(&["plan", "m"]).exits(0).says("200-Feb").says("200-Mar");
}

#[test]
fn kept_empty_cells_make_records() {
    let w = budget(&format!("{MONTHS}, empty = \"keep\""));
    let _ = w.run(&["plan", "m"]).exits(0).says("100-Feb").says("3 rejected");
}

#[test]
fn mistakes_of_unpivot_are_found_by_check() {
    for (unpivot, says) in [
        (r#"columns = ["Jan", "Febr"], name = "Monat", value = "Betrag""#, "Did you mean `Feb`?"),
        (r#"matching = '^\d+$', name = "Monat", value = "Betrag""#, "no column's header fits"),
        (r#"matching = '(', name = "Monat", value = "Betrag""#, "E226"),
        (r#"columns = ["Jan"], name = "Konto", value = "Betrag""#, "already the name of a column"),
        (r#"columns = ["Jan"], name = "Betrag", value = "Betrag""#, "need two names"),
        (r#"columns = ["Jan", "Jan"], name = "Monat", value = "Betrag""#, "stands twice"),
        (r#"columns = [], name = "Monat", value = "Betrag""#, "names no column"),
        (r#"name = "Monat", value = "Betrag""#, "either `columns` or `matching`"),
        (r#"columns = ["Jan"], matching = "x", name = "Monat", value = "Betrag""#, "either `columns` or"),
        (r#"columns = ["Jan"], value = "Betrag""#, "lacks `name`"),
        (r#"columns = ["Jan"], name = "Monat", value = "Betrag", empty = "no""#, "E213"),
    ] {
        let ran = budget(unpivot).run(&["check", "m"]).exits(2).says(says);
        assert!(ran.err.contains("m.toml:"), "{}", ran.err);
    }
    let w = budget(MONTHS);
    w.edit("mappings/m.toml", "starts_with(text(1), \"Summe\")", "text(\"Monat\") == \"Feb\"");
    let _ = w.run(&["check", "m"]).exits(2).says("`stop_when` cannot ask");
    let w = budget(MONTHS);
    w.edit("mappings/m.toml", "file = \"budget.csv\"", "file = \"budget.xml\"\neach = \"/a/b\"");
    let _ = w.run(&["check", "m"]).exits(2).says("CSV or Excel");
}

/// A workbook of one sheet, `Plan`: texts and numbers as given, an empty one left out.
fn book(rows: &[&[&str]]) -> Vec<u8> {
    let cell = |row: usize, column: usize, text: &str| {
        let place = format!("{}{}", char::from(b'A' + u8::try_from(column).unwrap()), row + 1);
        match text.parse::<f64>() {
            _ if text.is_empty() => String::new(),
            Ok(_) => format!("<c r=\"{place}\"><v>{text}</v></c>"),
            Err(_) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        }
    };
    let row = |(n, cells): (usize, &&[&str])| {
        let cells: String = cells.iter().enumerate().map(|(c, text)| cell(n, c, text)).collect();
        format!("<row r=\"{}\">{cells}</row>", n + 1)
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let files = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"
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
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Plan\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
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
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn cells_of_a_sheet_stay_exact_and_are_named() {
    let w = budget(r#"matching = '^\d{2}/\d{4}$', name = "Monat", value = "Betrag""#);
    w.edit("mappings/m.toml", "file = \"budget.csv\"", "file = \"budget.xlsx\"");
    let rows: &[&[&str]] = &[
        &["KST", "01/2026", "Konto", "02/2026", "Bemerkung"],
        &["K1", "1190.5", "4400", "1.190,50", ""],
        &["K2", "", "4400", "zwölf", "x"],
        &["Summe", "1190.5", "", "1190.5", ""],
    ];
    std::fs::write(w.path("budget.xlsx"), book(rows)).unwrap();
    let ran = w.run(&["plan", "m"]).exits(0).says("budget.xlsx, Plan!D3").says("budget.xlsx, Plan!B2");
    assert_eq!(ran.out.matches("companyName 1190.5").count(), 2, "{}", ran.out);
    let _ = ran.says("3 rows became 6 by unpivot = 2 mapped + 1 empty cell + 2 total + 1 rejected");
    let _ = w.run(&["explain", "m", "cell", "K1-02/2026"]).exits(0).says("Plan!D2");
}

#[test]
fn a_statement_makes_rows() {
    let w = sql(r#"
select i."Debitor", min(i."Name") || ' ' || cast(sum(num(i."Betrag / Brutto")) as decimal(18,2)) || ' ' ||
       max(date("Datum")) || ' ' || n.zahl || ' ' || any_value(row_file) as "Name", -- {nothing}
       row_number() over (order by i."Debitor") as nr, bool_or(flag("Aktiv")) as aktiv
from {items} as i join (select "Debitor", count(*) as zahl from {items} group by 1) n using ("Debitor")
group by i."Debitor", n.zahl;
"#);
    let ran = w.run(&["plan", "m"]).exits(0);
    let _ = ran
        .says("Müller 1190.00 2026-10-03 2 items.csv")
        .says("Kranz 10.50 2026-10-01 1 items.csv")
        .says("source made, row 1");
}

#[test]
fn a_statement_over_a_statement_and_over_turned_columns() {
    let w = workspace(
        "[source.budget]\nfile = \"budget.csv\"\nunpivot = { columns = [\"Jan\", \"Feb\", \"Mar\"], name = \"Monat\", value = \"Betrag\" }\nstop_when = 'text(\"KST\") == \"Summe\"'\n\
         [source.made]\nsql = 'select Debitor, \"Name\" from {sums}'\n\
         [source.sums]\nsql = 'select \"KST\" as Debitor, sum(num(\"Betrag\")) || \" \" || count(*) as \"Name\" from {budget} group by all'",
        COMPANY,
    );
    w.edit("mappings/m.toml", "\" \"", "chr(32)");
    w.edit("budget.csv", "abc", "1");
    let _ = w.run(&["plan", "m"]).exits(0).says("1003.5000000000 2").says("16.0000000000 2");
}

#[test]
fn a_refused_row_of_a_statement_names_its_place() {
    let w = sql(r#"select Debitor, nullif("Name", 'Kranz') as "Name" from {items} order by "Datum""#);
    w.edit("mappings/m.toml", "isActive = true", "isActive = true\ncreated = '=date(\"Name\")'");
    let _ = w.run(&["plan", "m"]).exits(0).says("source made, row 2, column Name").says("\"Müller\" is not");
}

#[test]
fn what_a_statement_may_not_do_is_refused() {
    for statement in [
        "insert into {items} values (1)",
        "delete from {items}",
        "update {items} set Debitor = 1",
        "create table x as select 1",
        "drop table \"{items}\"",
        "attach 'x.db'",
        "copy {items} to 'x.csv'",
        "pragma version",
        "set threads = 4",
        "select 1 as a; select 2 as a",
        "select * from read_csv('items.csv')",
        "select * from 'items.csv'",
        "select * from glob('*')",
        "select * from read_text('items.csv')",
        "select * from sniff_csv('items.csv')",
        "select * from duckdb_settings()",
        "select * from duckdb_functions()",
        "select * from information_schema.tables",
        "select * from query('select 1')",
        "select * from query_table('x')",
        "select * from other",
        "select * from (describe {items})",
        "select getenv('HOME') as a",
        "select current_setting('threads') as a",
        "select random() as a from {items}",
        "select uuid() as a from {items}",
        "select now() as a",
        "select current_date as a",
        "select today() as a",
        "select age(date '2026-01-01') as a",
        "select current_user as a",
        "select user as a",
        "select nextval('s') as a",
        "select * from {items} using sample 10%",
        "select ? as a",
        "select version() as a",
        "select json_execute_serialized_sql('x') as a",
    ] {
        let ran = sql(statement).run(&["check", "m"]).exits(2);
        assert!(ran.err.contains("E247") && ran.err.contains("m.toml:"), "{statement}\n{}", ran.err);
    }
}

#[test]
fn mistakes_of_a_statement_stand_at_their_place() {
    for (statement, code, says) in [
        ("select frm {items}", "E246", "sql: "),
        ("select \"Debitr\" from {items}", "E246", "Did you mean `Debitor`?"),
        ("select sum(\"Datum\") as s from {items}", "E246", "num(\"column\")"),
        ("select num(\"Betrg\") as a from {items}", "E203", "no source of this statement has a column"),
        ("select * from {item}", "E220", "Did you mean `items`?"),
        ("select * from {made}", "E249", "circle"),
        ("select avg(num(\"Betrag / Brutto\")) as a from {items}", "E246", "not exact"),
        ("select [1] as a from {items}", "E246", "INTEGER[]"),
        ("select 1 as a, 2 as a", "E246", "two columns"),
        ("", "E246", "no statement"),
    ] {
        let ran = sql(statement).run(&["check", "m"]).exits(2).says(says);
        assert!(ran.err.contains(code) && ran.err.contains("m.toml:"), "{statement}\n{}", ran.err);
    }
    let w = sql("select * from {items}");
    w.edit("mappings/m.toml", "companyName = \"Name\"", "companyName = \"Nme\"");
    let _ = w.run(&["check", "m"]).exits(2).says("Did you mean `Name`?");
    let w = sql("select * from {items}");
    w.edit("mappings/m.toml", "sql = ", "file = \"x.csv\"\nencoding = \"utf-8\"\nsql = ");
    let _ = w.run(&["check", "m"]).exits(2).says("`file` makes no sense").says("`encoding` makes no sense");
}

#[test]
fn what_fails_over_the_rows_is_told() {
    let w = sql("select Debitor, \"Name\" from {items} where num(\"Name\") > 1");
    let _ = w.run(&["plan", "m"]).exits(1).says("E346").says("items.csv, line 2, column Name").says("Müller");
    let w = sql("select Debitor, cast(\"Name\" as integer) as \"Name\" from {items}");
    let _ = w.run(&["plan", "m"]).exits(1).says("E345").says("source made");
}

#[test]
fn names_cannot_leave_their_quotes() {
    let w = workspace(
        "[source.'x\" ; drop']\nfile = \"odd.csv\"\n[source.made]\nsql = '''select \"a\"\"); drop table x; --\" as Debitor, \"b'\" as \"Name\" from {x\" ; drop}'''",
        COMPANY,
    );
    w.write("odd.csv", "\"a\"\"); drop table x; --\";b'\n1;eins\n");
    let _ = w.run(&["plan", "m"]).exits(0).says("companyName eins");
}

#[test]
fn nothing_is_removed_when_an_input_is_incomplete() {
    let w = sql("select Debitor, any_value(\"Name\") as \"Name\" from {items} group by 1");
    let _ = w.run(&["run", "m"]).exits(0);
    w.write("items.csv", &ITEMS.replace("78; 10,50 ;01.10.2026;Kranz;N", "78;too;short"));
    let _ =
        w.run(&["plan", "m"]).exits(0).says("1 line of items could not be read, and made is made from it");
}

#[test]
fn the_same_bytes_on_one_thread_and_on_eight() {
    let rows: String =
        (0..20_000).map(|n| format!("{};{},5;01.10.2026;N{};J\n", n % 997, n, n % 13)).collect();
    let text = format!("Debitor;Betrag / Brutto;Datum;Name;Aktiv\n{rows}");
    let bytes = |threads: &str| {
        let w = sql(
            "select Debitor, string_agg(\"Name\", ',') || sum(num(\"Betrag / Brutto\")) as \"Name\" from {items} group by 1",
        );
        w.edit(
            "mappings/m.toml",
            "companyName = \"Name\"",
            "companyName = { from = \"Name\", max = 50, too_long = \"cut\" }",
        );
        w.write("items.csv", &text);
        let _ = Ran::of(w.command(&["plan", "m"]).env("CROSSWALK_THREADS", threads)).exits(0);
        std::fs::read(w.plan("m", 1)).unwrap()
    };
    assert!(bytes("1") == bytes("8"));
}
