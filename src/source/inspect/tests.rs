use super::{Form, form_of, inspect};
use crate::source::testing::{Place, sheet, workbook};

#[test]
fn forms_of_text() {
    for (text, form) in [
        ("12", Form::Integer),
        ("-1.234,50", Form::DecimalComma),
        ("1 190,5", Form::DecimalComma),
        ("1,190.50", Form::DecimalPoint),
        ("0042", Form::LeadingZero),
        ("2026-10-02", Form::IsoDate),
        ("2026-10-02T08:00:00", Form::IsoDateTime),
        ("2.10.2026", Form::DottedDate),
        ("10/02/2026", Form::SlashedDate),
        ("TRUE", Form::Boolean),
        ("1.2.3", Form::Text),
        ("RE-1", Form::Text),
    ] {
        assert_eq!(form_of(text), form, "{text}");
    }
}

#[test]
fn a_table_with_its_oddities() {
    let place = Place::new();
    let text =
        b"Beleg;Betrag;Datum\nA;1,5;02.10.2026\nB;2,5;03.10.2026\nC;M\xFCll\nD;3,5;04.10.2026\nSumme;7,5;\n";
    let seen = inspect(&place.file("a.csv", text).path).unwrap();
    assert_eq!((seen.encoding.as_deref(), seen.delimiter), (Some("windows-1252"), Some(';')));
    let table = &seen.tables[0];
    assert_eq!((table.rows, table.header_rows.as_slice()), (5, &[1][..]));
    let odd: Vec<(u64, &str)> = table.odd.iter().map(|o| (o.row, o.what.as_str())).collect();
    assert_eq!(odd, [(4, "2 fields instead of 3"), (6, "looks like a totals row")]);
    assert_eq!(table.columns[2].forms[0].0, Form::DottedDate);
    assert!(seen.to_string().contains("! row 6: looks like a totals row"));
}

#[test]
fn two_header_rows_of_a_sheet() {
    let data = sheet(&[
        (1, &["Report"]),
        (3, &["Beleg", "", "Konto"]),
        (4, &["Art", "Nr", "Name"]),
        (5, &["RE", "=1", "x"]),
        (6, &["GU", "=2", "y"]),
    ]);
    let place = Place::new();
    let seen = inspect(&place.file("a.xlsx", workbook(&[("S", &data)], false)).path).unwrap();
    assert_eq!(seen.tables[0].header_rows, [3, 4]);
    assert_eq!(seen.tables[0].columns[0].name, "Beleg / Art");
}

#[test]
fn a_tree_with_its_repeating_nodes() {
    let place = Place::new();
    let xml = "<r><h>1</h><g><i k='1'><a>x</a></i><i><a>y</a></i></g></r>";
    let seen = inspect(&place.file("a.xml", xml).path).unwrap();
    let paths: Vec<(&str, u64)> = seen.nodes.iter().map(|n| (n.path.as_str(), n.count)).collect();
    assert_eq!(
        paths,
        [("/r", 1), ("/r/h", 1), ("/r/g", 1), ("/r/g/i", 2), ("/r/g/i/@k", 1), ("/r/g/i/a", 2)]
    );
    assert_eq!(
        seen.nodes.iter().filter(|n| n.repeating).map(|n| n.path.as_str()).collect::<Vec<_>>(),
        ["/r/g/i"]
    );
}

#[test]
fn names_over_names_and_a_footer_below_the_sums() {
    let data = sheet(&[
        (1, &["Liste"]),
        (2, &["", "Beleg", "", "Betrag"]),
        (3, &["Konto", "Nr", "Art", "Netto"]),
        (4, &["A", "x1", "RE", "=1"]),
        (5, &["A", "x2", "RE", "=2"]),
        (6, &["B", "x3", "GU", "=3"]),
        (7, &["Summe EUR", "", "", "=6"]),
        (8, &["Seite 1 von 1"]),
    ]);
    let place = Place::new();
    let seen = inspect(&place.file("a.xlsx", workbook(&[("S", &data)], false)).path).unwrap();
    let table = &seen.tables[0];
    assert_eq!(table.header_rows, [2, 3]);
    let totals = table.totals.clone().unwrap();
    assert_eq!((totals.row, totals.label), (7, Some((1, "Summe EUR".to_owned()))));
    let name = table.columns.iter().find(|c| c.name.starts_with("Beleg")).unwrap();
    assert_eq!(
        (name.name.as_str(), name.filled, name.distinct),
        ("Beleg / Nr", 3, 3),
        "the sums are no values"
    );
}
