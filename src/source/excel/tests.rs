use super::date::iso;
use crate::source::testing::{Place, request, sheet, workbook};

fn one(rows: &[(u32, &[&str])]) -> Vec<u8> {
    workbook(&[("S", &sheet(rows))], false)
}

#[test]
fn serials_become_iso_dates() {
    let date = |serial| iso(serial, false, false).unwrap();
    assert_eq!(date(44509.0), "2021-11-09");
    assert_eq!(date(44509.50306088), "2021-11-09T12:04:24.46");
    assert_eq!(
        (date(1.0), date(59.0), date(60.0), date(61.0)),
        ("1900-01-01".into(), "1900-02-28".into(), "1900-02-29".into(), "1900-03-01".into())
    );
    assert_eq!((date(0.0), date(0.5)), ("00:00:00".to_owned(), "12:00:00".to_owned()));
    assert_eq!(date(44508.999999999), "2021-11-09");
    assert_eq!(iso(0.0, true, false).unwrap(), "1904-01-01");
    assert_eq!(iso(43047.0, true, false).unwrap(), "2021-11-09");
    assert_eq!(iso(1.5625, false, true).unwrap(), "37:30:00");
    assert_eq!(
        (iso(-1.0, false, false), iso(f64::NAN, false, false), iso(1e300, false, false)),
        (None, None, None)
    );
}

#[test]
fn native_kinds_and_canonical_text() {
    let rows: &[(u32, &[&str])] = &[
        (1, &["n", "d", "b", "t", "e"]),
        (2, &["=1190.50", "d=44509.5", "b=1", "007", "e=#DIV/0!"]),
        (3, &["=1e21", "h=1.5", "b=0", " x ", "=-0"]),
        (4, &["=0.1", "d=0.25", "", "=3.0", "=1E-7"]),
    ];
    let want = [
        "2|ndbte|1190.5|2021-11-09T12:00:00|true|007|#DIV/0!",
        "3|ndbtn|1000000000000000000000|36:00:00|false| x |0",
        "4|nd nn|0.1|06:00:00|∅|3|0.0000001",
    ];
    assert_eq!(Place::new().rows("a.xlsx", one(rows), |_| {}), want);
}

#[test]
fn dates_of_the_1904_epoch() {
    let bytes = workbook(&[("S", &sheet(&[(1, &["d"]), (2, &["d=43047"])]))], true);
    assert_eq!(Place::new().rows("a.xlsx", bytes, |_| {}), ["2|d|2021-11-09"]);
}

#[test]
fn empty_rows_are_skipped_and_row_numbers_kept() {
    let rows: &[(u32, &[&str])] = &[(3, &["a", "b"]), (4, &["1", ""]), (9, &["", "2"]), (12, &["", ""])];
    let rows = Place::new().rows("a.xlsx", one(rows), |r| r.header_rows = vec![3]);
    assert_eq!(rows, ["4|t |1|∅", "9| t|∅|2"]);
}

#[test]
fn merged_headers_are_filled_and_joined() {
    let data = sheet(&[
        (1, &["Beleg", "", "Konto", ""]),
        (2, &["Art", "Nr", "", ""]),
        (3, &["=1", "=2", "=3", "=4"]),
    ]);
    let merges = r#"<mergeCells count="2"><mergeCell ref="A1:B1"/><mergeCell ref="C1:C2"/></mergeCells>"#;
    let place = Place::new();
    let mut request = request("t", place.file("a.xlsx", workbook(&[("S", &(data + merges))], false)));
    request.header_rows = vec![1, 2];
    let loaded = place.read(&[request]).unwrap();
    let names: Vec<&str> = loaded[0].columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Beleg / Art", "Beleg / Nr", "Konto", "column D"]);
    assert_eq!(place.table("t", 4), ["3|nnnn|1|2|3|4"]);
}

#[test]
fn sheets_are_stacked_by_name_or_listed() {
    let place = Place::new();
    let first = sheet(&[(1, &["a", "b"]), (2, &["1", "2"])]);
    let second = sheet(&[(1, &["b", "c"]), (2, &["3", "4"])]);
    let bytes = workbook(&[("One", &first), ("Two", &second)], false);
    let rows = place.rows("a.xlsx", &bytes, |r| r.sheets = vec!["Two".into(), "One".into()]);
    assert_eq!(rows, ["2|tt |3|4|∅", "2|t t|2|∅|1"]);
    assert!(place.error("a.xlsx", &bytes, |_| {}).contains("has 2 sheets: \"One\", \"Two\""));
    let missing = place.error("a.xlsx", &bytes, |r| r.sheets = vec!["Thre".into()]);
    assert!(missing.starts_with("E109") && missing.contains("\"One\", \"Two\""), "{missing}");
}

#[test]
fn hidden_sheets_do_not_count_but_can_be_named() {
    let data = sheet(&[(1, &["a"]), (2, &["1"])]);
    let bytes = workbook(&[("One", &data), ("~Two", &data)], false);
    assert_eq!(Place::new().rows("a.xlsx", &bytes, |_| {}), ["2|t|1"]);
    assert_eq!(Place::new().rows("a.xlsx", &bytes, |r| r.sheets = vec!["Two".into()]), ["2|t|1"]);
}

#[test]
fn a_value_far_below_under_no_header_is_refused() {
    let place = Place::new();
    let rows = place.rows("a.xlsx", one(&[(1, &["a"]), (2, &["1"]), (5000, &["2", "note"])]), |_| {});
    assert_eq!((rows, place.refused()), (vec!["2|t|1".to_owned()], vec!["5000|E125|2\tnote".to_owned()]));
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let data = r#"<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>"#;
    let place = Place::new();
    assert!(place.rows("a.xlsx", workbook(&[("S", data)], false), |_| {}).is_empty());
    assert_eq!(place.refused(), ["1048576|E125|1"]);
}

#[test]
fn broken_workbooks_say_so() {
    let place = Place::new();
    let good = one(&[(1, &["a"]), (2, &["1"])]);
    assert!(place.error("a.xlsx", &good[..good.len() / 2], |_| {}).starts_with("E105"));
    assert!(place.error("a.xlsx", b"not a zip", |_| {}).starts_with("E105"));
    assert!(place.error("a.xlsx", one(&[(2, &["1"])]), |_| {}).starts_with("E108"));
    assert!(
        place
            .error("a.xlsx", workbook(&[("S", "<sheetData><row r=\"1\"><c r=\"A1\"")], false), |_| {})
            .starts_with("E1")
    );
}

#[test]
fn declared_counts_are_not_believed() {
    let strings = br#"<sst count="1" uniqueCount="4294967295"><si><t>a</t></si></sst>"#;
    let bytes = crate::source::testing::zip(&[("xl/sharedStrings.xml", strings)]);
    assert!(Place::new().error("a.xlsx", bytes, |_| {}).starts_with("E106"));
}
