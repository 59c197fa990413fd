//! Snapshots of the terminal report and its bounds.

use super::*;
use crate::report::fixture;
use std::collections::BTreeMap;

fn at(width: usize, limit: usize) -> Look {
    Look { width, colour: false, number: Some(42), limit, care: 1000 }
}

fn next() -> Vec<String> {
    vec!["crosswalk apply acme 42".to_owned()]
}

#[test]
fn wide() {
    let shown = render(&fixture::head(), &fixture::small(), &at(100, 20), &next()).unwrap();
    insta::assert_snapshot!(shown, @r###"
    Rehearsal. Nothing leaves this machine.

    Plan 42: acme to lockstep
    Made 2026-10-02 08:15 UTC for rehearsal.

    Guards stop this plan until you name their numbers
      57 of 1,204 invoice records would be removed; the limit is 2%:
          --allow invoice.removed=57

                 new   changed   removed   unchanged   rejected   held
      customer     1         1         1      40,120          1      ·
      invoice      2         1         ·       1,201          1      ·
        line       2         2         1       3,377          ·      1
      total        5         4         2      44,698          2      1

    Removed: customer 1 · line 1
      No longer in the export: to be deleted or deactivated at the platform.
      - customer 00010044  companyName Alte Werft KG
      · invoice 10-4711
          - line 10-4711/9  totalAmount 59.50

    Not sent: 2 rejected, 1 held
      ! invoice 10-4712  invoiceDate                                   OPOS_2026-10.xlsx, Rechnungen!B22
          "31.02.2026": no day of the form dd.mm.yyyy (E310)
      ! customer (no key)  erpKey                                                 customers.csv, line 90
          "": the key is empty (E311), known from the last run
          third time, same data, since 2026-09-30
      ‖ line 10-4712/1                                                 OPOS_2026-10.xlsx, Rechnungen!A22
          its invoice 10-4712 is rejected (E320)

    Changed: customer 1 · invoice 1 · line 2, 1 new, 1 removed
      ~ customer 00010023                                                         customers.csv, line 12
          companyName  Nordwind Handel GmbH → Nordwind Handels GmbH
          postalCode   20095 → 20097
      ~ invoice 10-4711                                                OPOS_2026-10.xlsx, Rechnungen!A17
          invoiceDueDate     2026-10-31 → 2026-11-30
          totalAmount        1190.00 → 2380.00
          purchaseOrderCode  (empty) → PO-77
          ~ line 10-4711/2  (lookup)                                   OPOS_2026-10.xlsx, Rechnungen!A18
              quantity  1.000000 → 2.000000
          + line 10-4711/3  totalAmount 1190.00                        OPOS_2026-10.xlsx, Rechnungen!A19
          - line 10-4711/9  totalAmount 59.50
      · invoice 10-4650
          ~ line 10-4650/1                                             OPOS_2026-10.xlsx, Rechnungen!A31
              description  …the delivery of October, three pallets, lift truck included
                           → …the delivery of October, four pallets, lift truck included
              third time, same data

    New: customer 1 · invoice 2 · line 1
      + customer 00010077  companyName 株式会社サンプル, postalCode 01067         customers.csv, line 44
      + invoice 10-4800  totalAmount 119.00, invoiceDate 2026-10-02    OPOS_2026-10.xlsx, Rechnungen!A40
          + line 10-4800/1  totalAmount 119.00                         OPOS_2026-10.xlsx, Rechnungen!A40
      + invoice 10-4801  totalAmount 20.00                             OPOS_2026-10.xlsx, Rechnungen!A41

    Money, all records as they would be after
                                        before          after   difference
      invoice totalAmount   EUR   1,234,567.50   1,235,896.50    +1,329.00
      Not listed: 1 sum that does not change.

    Notes
      customers.csv is the same file as in run 2.

    Files read
      OPOS_2026-10.xlsx, Rechnungen: 4,588 rows = 4,583 mapped + 1 total + 4 rejected
      customers.csv: 40,124 rows = 40,122 mapped + 1 filtered + 1 rejected

    Summary
                 new   changed   removed   unchanged   rejected   held
      customer     1         1         1      40,120          1      ·
      invoice      2         1         ·       1,201          1      ·
        line       2         2         1       3,377          ·      1
      total        5         4         2      44,698          2      1

    crosswalk apply acme 42

    Rehearsal. Nothing leaves this machine.
    "###);
}

#[test]
fn narrow() {
    let shown = render(&fixture::head_without_removal(), &fixture::small(), &at(60, 20), &next()).unwrap();
    insta::assert_snapshot!(shown, @r###"
    Rehearsal. Nothing leaves this machine.

    Plan 42: acme to lockstep
    Made 2026-10-02 08:15 UTC for rehearsal.

    Some records are not removed by this plan
      One row of OPOS_2026-10.xlsx, Rechnungen has no readable
        key (Rechnungen!B90): no invoice is removed.

    Guards stop this plan until you name their numbers
      57 of 1,204 invoice records would be removed; the limit
        is 2%:
          --allow invoice.removed=57

      customer: 1 new, 1 changed, 1 removed, 40,120 unchanged,
        1 rejected
      invoice: 2 new, 1 changed, 1,201 unchanged, 1 rejected
        line: 2 new, 2 changed, 1 removed, 3,377 unchanged, 1
          held
      total: 5 new, 4 changed, 2 removed, 44,698 unchanged, 2
        rejected, 1 held

    Removed: customer 1 · line 1
      No longer in the export: to be deleted or deactivated at
        the platform.
      - customer 00010044  companyName Alte Werft KG
      · invoice 10-4711
          - line 10-4711/9  totalAmount 59.50

    Not sent: 2 rejected, 1 held
      ! invoice 10-4712  invoiceDate
          OPOS_2026-10.xlsx, Rechnungen!B22
          "31.02.2026": no day of the form dd.mm.yyyy (E310)
      ! customer (no key)  erpKey         customers.csv, line 90
          "": the key is empty (E311), known from the last run
          third time, same data, since 2026-09-30
      ‖ line 10-4712/1         OPOS_2026-10.xlsx, Rechnungen!A22
          its invoice 10-4712 is rejected (E320)

    Changed: customer 1 · invoice 1 · line 2, 1 new, 1 removed
      ~ customer 00010023                 customers.csv, line 12
          companyName  Nordwind Handel GmbH
                       → Nordwind Handels GmbH
          postalCode   20095 → 20097
      ~ invoice 10-4711        OPOS_2026-10.xlsx, Rechnungen!A17
          invoiceDueDate     2026-10-31 → 2026-11-30
          totalAmount        1190.00 → 2380.00
          purchaseOrderCode  (empty) → PO-77
          ~ line 10-4711/2  (lookup)
              OPOS_2026-10.xlsx, Rechnungen!A18
              quantity  1.000000 → 2.000000
          + line 10-4711/3  totalAmount 1190.00
              OPOS_2026-10.xlsx, Rechnungen!A19
          - line 10-4711/9  totalAmount 59.50
      · invoice 10-4650
          ~ line 10-4650/1     OPOS_2026-10.xlsx, Rechnungen!A31
              description  …f October, three pallets, lift tr…
                           → …f October, four pallets, lift tru…
              third time, same data

    New: customer 1 · invoice 2 · line 1
      + customer 00010077  companyName 株式会社サンプル
          customers.csv, line 44
      + invoice 10-4800  totalAmount 119.00
          OPOS_2026-10.xlsx, Rechnungen!A40
          + line 10-4800/1  totalAmount 119.00
              OPOS_2026-10.xlsx, Rechnungen!A40
      + invoice 10-4801  totalAmount 20.00
          OPOS_2026-10.xlsx, Rechnungen!A41

    Money, all records as they would be after
      invoice totalAmount EUR: 1,234,567.50 → 1,235,896.50
        (+1,329.00)
      Not listed: 1 sum that does not change.

    Notes
      customers.csv is the same file as in run 2.

    Files read
      OPOS_2026-10.xlsx, Rechnungen: 4,588 rows = 4,583 mapped
        + 1 total + 4 rejected
      customers.csv: 40,124 rows = 40,122 mapped + 1 filtered
        + 1 rejected

    Summary
      customer: 1 new, 1 changed, 1 removed, 40,120 unchanged,
        1 rejected
      invoice: 2 new, 1 changed, 1,201 unchanged, 1 rejected
        line: 2 new, 2 changed, 1 removed, 3,377 unchanged, 1
          held
      total: 5 new, 4 changed, 2 removed, 44,698 unchanged, 2
        rejected, 1 held

    crosswalk apply acme 42

    Rehearsal. Nothing leaves this machine.
    "###);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 100, 140] {
        let shown = render(&fixture::head(), &fixture::small(), &at(width, 20), &next()).unwrap();
        for line in shown.lines() {
            assert!(text::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn begins_and_ends_with_the_destination() {
    let head = fixture::head();
    let shown = render(&head, &fixture::small(), &at(100, 20), &[]).unwrap();
    assert!(shown.starts_with(&head.destination));
    assert!(shown.trim_end().ends_with(&head.destination));
}

#[test]
fn what_is_left_out_is_counted() {
    let shown = render(&fixture::head(), &fixture::many(1_254), &at(100, 20), &[]).unwrap();
    assert!(shown.contains("… and 1,234 more customer records, see the HTML report"), "{shown}");
    assert!(shown.lines().count() < 80);
}

#[test]
fn a_plan_of_nothing_says_so() {
    let head = Head { records: Vec::new(), guards: Vec::new(), ..fixture::head() };
    let shown = render(&head, &fixture::empty(), &at(100, 20), &[]).unwrap();
    assert!(shown.contains("No record is planned, changed or rejected."));
}

#[test]
fn the_same_twice() {
    let once = || render(&fixture::head(), &fixture::small(), &at(100, 1), &next()).unwrap();
    assert_eq!(once(), once());
}

#[test]
fn no_control_byte_but_ours() {
    let db = fixture::small();
    let nasty = "x' || chr(27) || '[2J' || chr(27) || ']52;c;AAAA' || chr(7) || chr(13) || chr(8238) || chr(155) || '";
    db.run(&format!(
        "UPDATE plan.shown SET key = '{nasty}', record = '{nasty}', cause = '{nasty}', note = '{nasty}', file = '{nasty}',
         place = '{nasty}', fields = [{{name: '{nasty}', old: '{nasty}', new: '{nasty}y'}}], parent_key = '{nasty}';
         UPDATE plan.refused SET record = '{nasty}', key = '{nasty}', field = '{nasty}', code = '{nasty}',
         value = '{nasty}', reason = '{nasty}', file = '{nasty}', place = '{nasty}', note = '{nasty}'"
    ))
    .unwrap();
    let evil = "e\x1b[2J\x07\r\u{202e}\u{9b}";
    let mut head = fixture::head();
    for text in [
        &mut head.destination,
        &mut head.mapping,
        &mut head.platform,
        &mut head.environment,
        &mut head.created,
    ] {
        evil.clone_into(text);
    }
    head.notes.push(evil.into());
    head.nothing_removed.push(evil.into());
    for record in &mut head.records {
        record.record = evil.into();
        record.totals.iter_mut().for_each(|t| (t.field, t.currency) = (evil.into(), Some(evil.into())));
    }
    head.guards
        .iter_mut()
        .for_each(|g| (g.record, g.limit, g.figure) = (evil.into(), evil.into(), evil.into()));
    head.sources
        .iter_mut()
        .flat_map(|s| &mut s.files)
        .for_each(|f| (f.file, f.part) = (evil.into(), Some(evil.into())));
    let shown = render(&head, &db, &at(100, 20), &[evil.into()]).unwrap();
    let unsafe_one = shown.chars().find(|c| crate::diagnostic::escape::is_unsafe(*c));
    assert_eq!(unsafe_one, None);
    let coloured = Look { colour: true, ..at(100, 20) };
    let shown = render(&head, &db, &coloured, &[evil.into()]).unwrap();
    for (start, _) in shown.match_indices('\x1b') {
        let rest = &shown[start..];
        assert!(
            ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"]
                .iter()
                .any(|s| rest.starts_with(s))
        );
    }
}

/// Whatever a header, its line and the line's line are, each is in some section, and only a removed line in two.
#[test]
fn every_change_stands_in_a_section() {
    let db = fixture::empty();
    let kinds = "['new', 'changed', 'removed', 'absent', 'returned', 'adopted', 'rebaselined']";
    db.run(&format!(
        "INSERT INTO plan.shown
         SELECT n * 3 + level, 'r' || level, 'M', 'k' || n || level, CASE WHEN level > 0 THEN n * 3 + level - 1 END,
           CASE WHEN level > 0 THEN 'k' || n || (level - 1) END,
           {kinds}[1 + CASE level WHEN 0 THEN n // 49 WHEN 1 THEN n // 7 % 7 ELSE n % 7 END], '', NULL, 1,
           [{{name: 'a', old: 'x', new: 'y'}}], 'f', 'p' FROM range(343) AS r(n), range(3) AS l(level)"
    ))
    .unwrap();
    let sql = crate::sql::report::changes(&crate::sql::report::SECTIONS, 9999, 9999, 99_999);
    let list = db.rows(&sql, [], |r| Ok((r.get::<_, i64>("id")?, r.get::<_, String>("section")?))).unwrap();
    let mut sections: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    list.into_iter().for_each(|(id, section)| sections.entry(id).or_default().push(section));
    assert_eq!(sections.len(), 343 * 3);
    let twice: Vec<_> = sections.values().filter(|s| s.len() > 1).collect();
    assert!(twice.iter().all(|s| s.len() == 2 && s.contains(&"removed".to_owned())), "{twice:?}");
    let kind = |id: i64| {
        db.one("SELECT kind FROM plan.shown WHERE id = ?", [id], |r| r.get::<_, String>(0)).unwrap()
    };
    for (id, sections) in sections.iter().filter(|(_, s)| s.iter().any(|s| s == "absent" || s == "adopted")) {
        assert!(["absent", "adopted", "rebaselined"].contains(&kind(*id).as_str()), "{id} {sections:?}");
    }
}

/// `cargo test --release -- --ignored a_million`: seconds, in 512 MiB for DuckDB.
#[test]
#[ignore = "a million rows"]
fn a_million_changes_render() {
    let db = fixture::many(1_000_000);
    let before = std::time::Instant::now();
    let shown = render(&fixture::head(), &db, &at(100, 20), &[]).unwrap();
    println!("terminal {:?}", before.elapsed());
    assert!(shown.contains("999,980 more customer records"));
    let before = std::time::Instant::now();
    let mut out = Vec::new();
    crate::report::html::render(&fixture::head(), &db, Some(42), &mut out).unwrap();
    println!("html {:?}, {} bytes", before.elapsed(), out.len());
    assert!(String::from_utf8(out).unwrap().contains("990,000 more changes"));
}
