//! Forms of cells, and what paths come down to.

use super::*;

#[test]
fn forms_of_texts() {
    for (text, word) in [
        ("1190", "digits"),
        ("0010001", "digits with leading zero"),
        ("1190.50", "0.00"),
        ("1,190.50", "0,000.00"),
        ("1190,50", "0,00"),
        ("1.190,50", "0.000,00"),
        ("1 190,50", "0 000,00"),
        ("2026-10-02", "yyyy-mm-dd"),
        ("02.10.2026", "dd.mm.yyyy"),
        ("31/10/2026", "dd/mm/yyyy"),
        ("10/31/2026", "mm/dd/yyyy"),
        ("10/02/2026", "date with slashes"),
        ("J", "yes/no word"),
        ("EUR", "currency code"),
        ("DE", "two capitals"),
        ("a@b.de", "e-mail"),
        ("Böhm", "text"),
    ] {
        assert_eq!(Kind::of(b't', text).word(), word, "{text}");
        assert_eq!(Kind::of_word(word).word(), word);
    }
}

#[test]
fn paths_come_down_to_plain_ones() {
    let row = "/AuditFile/Customers/Customer";
    for (column, needs) in [
        ("Name", &["/AuditFile/Customers/Customer/Name"][..]),
        ("n1:Name", &["/AuditFile/Customers/Customer/Name"]),
        ("@id", &["/AuditFile/Customers/Customer/@id"]),
        ("tags[2]", &["/AuditFile/Customers/Customer/tags"]),
        ("../Total", &["/AuditFile/Customers/Total"]),
        ("/AuditFile/Header/x", &["/AuditFile/Header/x"]),
        (".", &["/AuditFile/Customers/Customer"]),
        (
            "Address[Type=Street]/City",
            &["/AuditFile/Customers/Customer/Address/Type", "/AuditFile/Customers/Customer/Address/City"],
        ),
    ] {
        assert_eq!(needed(column, row, Format::Xml).unwrap(), needs, "{column}");
    }
    assert_eq!(needed("a[", row, Format::Xml), None);
    assert_eq!(row_path("Line", Some("/a/b"), Format::Xml), "/a/b/Line");
    assert_eq!(row_path("/zahlungen", None, Format::Json), "/zahlungen");
    assert_eq!(row_path("/", None, Format::Json), "/");
}
