//! A small plan as the reports' tests see it: relations built by SQL, and a head.

use crate::db::{Db, Limits};
use crate::plan::{ColumnHead, FieldHead, FileHead, Guard, Head, ModelHead, RecordHead, SourceHead, Total};
use std::collections::BTreeMap;

const SCHEMA: &str = "
CREATE SCHEMA plan;
CREATE TABLE plan.shown (id BIGINT, record VARCHAR, model VARCHAR, key VARCHAR, parent BIGINT, parent_key VARCHAR,
  kind VARCHAR, cause VARCHAR, note VARCHAR, level INTEGER,
  fields STRUCT(name VARCHAR, old VARCHAR, new VARCHAR)[], file VARCHAR, place VARCHAR);
CREATE TABLE plan.refused (id BIGINT, status VARCHAR, record VARCHAR, model VARCHAR, key VARCHAR, field VARCHAR,
  code VARCHAR, value VARCHAR, reason VARCHAR, file VARCHAR, place VARCHAR, known BOOLEAN, note VARCHAR);
CREATE TABLE plan.raw (record VARCHAR, key VARCHAR, part BIGINT, line BIGINT, pos VARCHAR, id BIGINT, source VARCHAR,
  kind VARCHAR, cells VARCHAR[]);";

const ROWS: &str = "
INSERT INTO plan.shown VALUES
 (1, 'customer', 'CompanySyncModel', '00010023', NULL, NULL, 'changed', '', NULL, 1,
  [{name: 'companyName', old: 'Nordwind Handel GmbH', new: 'Nordwind Handels GmbH'},
   {name: 'postalCode', old: '20095', new: '20097'}], 'customers.csv', 'line 12'),
 (2, 'customer', 'CompanySyncModel', '00010077', NULL, NULL, 'new', '', NULL, 1,
  [{name: 'erpKey', old: NULL, new: '00010077'}, {name: 'companyName', old: NULL, new: '株式会社サンプル'},
   {name: 'postalCode', old: NULL, new: '01067'}, {name: 'isActive', old: NULL, new: 'true'}],
  'customers.csv', 'line 44'),
 (3, 'customer', 'CompanySyncModel', '00010044', NULL, NULL, 'removed', '', NULL, 1,
  [{name: 'companyName', old: 'Alte Werft KG', new: NULL}], NULL, NULL),
 (10, 'invoice', 'InvoiceSyncModel', '10-4711', NULL, NULL, 'changed', '', NULL, 2,
  [{name: 'invoiceDueDate', old: '2026-10-31', new: '2026-11-30'},
   {name: 'totalAmount', old: '1190.00', new: '2380.00'},
   {name: 'purchaseOrderCode', old: NULL, new: 'PO-77'}], 'OPOS_2026-10.xlsx', 'Rechnungen!A17'),
 (11, 'line', 'InvoiceLineSyncModel', '10-4711/2', 10, '10-4711', 'changed', 'lookup', NULL, 2,
  [{name: 'quantity', old: '1.000000', new: '2.000000'}], 'OPOS_2026-10.xlsx', 'Rechnungen!A18'),
 (12, 'line', 'InvoiceLineSyncModel', '10-4711/3', 10, '10-4711', 'new', '', NULL, 2,
  [{name: 'erpKey', old: NULL, new: '10-4711/3'}, {name: 'totalAmount', old: NULL, new: '1190.00'}],
  'OPOS_2026-10.xlsx', 'Rechnungen!A19'),
 (13, 'line', 'InvoiceLineSyncModel', '10-4711/9', 10, '10-4711', 'removed', '', NULL, 2,
  [{name: 'totalAmount', old: '59.50', new: NULL}], NULL, NULL),
 (20, 'line', 'InvoiceLineSyncModel', '10-4650/1', NULL, '10-4650', 'changed', '', 'third time, same data', 2,
  [{name: 'description', old: 'Freight and handling for the delivery of October, three pallets, lift truck included',
    new: 'Freight and handling for the delivery of October, four pallets, lift truck included'}],
  'OPOS_2026-10.xlsx', 'Rechnungen!A31'),
 (30, 'invoice', 'InvoiceSyncModel', '10-4800', NULL, NULL, 'new', '', NULL, 2,
  [{name: 'erpKey', old: NULL, new: '10-4800'}, {name: 'customerErpKey', old: NULL, new: '00010077'},
   {name: 'invoiceDate', old: NULL, new: '2026-10-02'}, {name: 'totalAmount', old: NULL, new: '119.00'}],
  'OPOS_2026-10.xlsx', 'Rechnungen!A40'),
 (31, 'line', 'InvoiceLineSyncModel', '10-4800/1', 30, '10-4800', 'new', '', NULL, 2,
  [{name: 'erpKey', old: NULL, new: '10-4800/1'}, {name: 'totalAmount', old: NULL, new: '119.00'}],
  'OPOS_2026-10.xlsx', 'Rechnungen!A40'),
 (40, 'invoice', 'InvoiceSyncModel', '10-4801', NULL, NULL, 'new', '', NULL, 2,
  [{name: 'totalAmount', old: NULL, new: '20.00'}], 'OPOS_2026-10.xlsx', 'Rechnungen!A41');
INSERT INTO plan.refused VALUES
 (1, 'rejected', 'invoice', 'InvoiceSyncModel', '10-4712', 'invoiceDate', 'E310', '31.02.2026',
  'no day of the form dd.mm.yyyy', 'OPOS_2026-10.xlsx', 'Rechnungen!B22', false, NULL),
 (2, 'rejected', 'customer', 'CompanySyncModel', NULL, 'erpKey', 'E311', '', 'the key is empty',
  'customers.csv', 'line 90', true, 'third time, same data, since 2026-09-30'),
 (3, 'held', 'line', 'InvoiceLineSyncModel', '10-4712/1', NULL, 'E320', NULL,
  'its invoice 10-4712 is rejected', 'OPOS_2026-10.xlsx', 'Rechnungen!A22', false, NULL);
INSERT INTO plan.raw VALUES
 ('invoice', '10-4711', 1, 17, NULL, 15, 'items', NULL, ['RE', '02.10.2026', '2.380,00']),
 ('invoice', '10-4712', 1, 22, NULL, 20, 'items', NULL, ['RE', '31.02.2026', '119,00']),
 ('customer', NULL, 1, 90, NULL, 88, 'customers', NULL, ['', 'Ohne Nummer OHG']);";

/// A database with the two empty relations.
pub(super) fn empty() -> Db {
    let db =
        Db::in_memory(&Limits { memory_mib: 512, threads: 2, spill: None, folders: Vec::new() }).unwrap();
    db.run(SCHEMA).unwrap();
    db
}

/// A database with a little of everything.
pub(super) fn small() -> Db {
    let db = empty();
    db.run(ROWS).unwrap();
    db
}

/// A plan of one record type whose every text is `text`, and its head: a changed and a new record, a rejected row.
pub(super) fn hostile(text: &str) -> (Head, Db) {
    let db = empty();
    let t = text.replace('\'', "''");
    db.run(&format!(
        "CREATE TABLE plan.\"changes Thing\" AS SELECT i AS id, 'thing' AS record, '{t}' || i AS key, CAST(NULL AS BIGINT) AS parent,
           '{t}' AS parent_key, ['changed', 'new'][i] AS kind, '{t}' AS cause, '{t}' AS note, ['name', 'amount'] AS fields,
           '{t}' AS file, CAST(NULL AS VARCHAR) AS sheet, CAST(7 AS BIGINT) AS line, '{t}' AS pos,
           {{name: '{t}', amount: CAST(-1190.50 AS DECIMAL(28,2)), day: DATE '2026-10-02'}} AS old,
           {{name: '{t}x', amount: CAST(-2.00 AS DECIMAL(28,2)), day: DATE '2026-10-03'}} AS new FROM range(1, 3) AS r(i);
         INSERT INTO plan.shown SELECT id, record, 'Thing', key, NULL, parent_key, kind, cause, note, 1,
           [{{name: 'name', old: old.name, new: new.name}}], file, pos FROM plan.\"changes Thing\";
         CREATE OR REPLACE TABLE plan.raw AS SELECT 'thing' AS record, '{t}' AS key, 5 AS id, '{t}' AS source, 7 AS line, ['{t}', '-1.190,50'] AS cells;
         ALTER TABLE plan.refused ADD COLUMN row_id BIGINT;
         INSERT INTO plan.refused VALUES (1, 'rejected', 'thing', 'Thing', '{t}', '{t}', 'E310', '{t}', '{t}', '{t}', '{t}', false, '{t}', 5)"
    ))
    .unwrap();
    let column = |name: &str, ty: &str| ColumnHead { name: name.into(), sql_type: ty.into(), compared: true };
    let columns = vec![column("name", "VARCHAR"), column("amount", "DECIMAL(28,2)"), column("day", "DATE")];
    let source =
        SourceHead { name: text.into(), columns: vec![text.into(), "Brutto".into()], files: Vec::new() };
    let head = Head {
        models: vec![ModelHead { model: "Thing".into(), level: 1, columns, changes: 2 }],
        records: vec![record("thing", "Thing", None, &[("changed", 1), ("new", 1), ("rejected", 1)])],
        sources: vec![source],
        ..head()
    };
    (head, db)
}

/// A database with `n` new customers.
pub(super) fn many(n: u64) -> Db {
    let db = empty();
    db.run(&format!(
        "INSERT INTO plan.shown SELECT i, 'customer', 'CompanySyncModel', printf('%08d', i), NULL, NULL, 'new', '', NULL,
         1, [{{name: 'companyName', old: CAST(NULL AS VARCHAR), new: 'Customer ' || i}}], 'customers.csv', 'line ' || i
         FROM range(1, {n} + 1) AS r(i)"
    ))
    .unwrap();
    db
}

/// A database with `n` changes of all kinds: invoices with two lines each, of which most change, some come and some go.
pub(super) fn mixed(n: u64) -> Db {
    let db = empty();
    db.run(&format!(
        "INSERT INTO plan.shown SELECT i, CASE WHEN line = 0 THEN 'invoice' ELSE 'line' END, 'M',
           '10-' || number || CASE WHEN line = 0 THEN '' ELSE '/' || line END,
           CASE WHEN line = 0 THEN NULL ELSE i - line END, CASE WHEN line = 0 THEN NULL ELSE '10-' || number END,
           kind, CASE WHEN i % 7 = 0 THEN 'lookup' ELSE 'data' END, NULL, 2,
           [{{name: 'totalAmount', old: CASE WHEN kind <> 'new' THEN amount || '.50' END, new: CASE WHEN kind <> 'removed' THEN (amount + 19) || '.50' END}},
            {{name: 'dueDate', old: CASE WHEN kind <> 'new' THEN '2026-10-' || (10 + i % 20) END, new: CASE WHEN kind <> 'removed' THEN '2026-11-' || (10 + i % 20) END}},
            {{name: 'companyName', old: CASE WHEN kind <> 'new' THEN 'Nordwind Handel GmbH, Niederlassung ' || i % 99 END,
              new: CASE WHEN kind <> 'removed' THEN 'Nordwind Handels GmbH, Niederlassung ' || i % 99 END}}],
           'OPOS_2026-10.xlsx', 'Rechnungen!A' || i + 3
         FROM (SELECT i, i % 3 AS line, i // 3 + 100000 AS number, i * 7919 % 50000 AS amount,
                      CASE WHEN i // 3 % 10 = 0 THEN 'new' WHEN i // 3 % 100 = 1 THEN 'removed' ELSE 'changed' END AS kind
               FROM range(0, {n}) AS r(i)) AS t"
    ))
    .unwrap();
    db
}

fn counts(list: &[(&str, u64)]) -> BTreeMap<String, u64> {
    list.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect()
}

fn record(name: &str, model: &str, parent: Option<&str>, list: &[(&str, u64)]) -> RecordHead {
    RecordHead {
        record: name.into(),
        model: model.into(),
        source: if name == "customer" { "customers" } else { "items" }.into(),
        parent: parent.map(str::to_owned),
        counts: counts(list),
        ..RecordHead::default()
    }
}

fn records() -> Vec<RecordHead> {
    let eur = |old: &str, new: &str| Total {
        field: "totalAmount".into(),
        currency: Some("EUR".into()),
        old: Some(old.into()),
        new: Some(new.into()),
    };
    let customer =
        [("new", 1), ("changed", 1), ("removed", 1), ("unchanged", 40_120), ("rejected", 1), ("held", 0)];
    let invoice = [("new", 2), ("changed", 1), ("unchanged", 1_201), ("rejected", 1)];
    let line = [("new", 2), ("changed", 2), ("removed", 1), ("unchanged", 3_377), ("held", 1)];
    let mut invoice = record("invoice", "InvoiceSyncModel", None, &invoice);
    invoice.totals = vec![
        eur("1234567.50", "1235896.50"),
        Total { currency: Some("NOK".into()), ..eur("9800.00", "9800.00") },
    ];
    invoice.fields = vec![
        FieldHead {
            field: "totalAmount".into(),
            from: vec!["Pos / Brutto".into(), "Beleg / Art".into()],
            fallback: None,
        },
        FieldHead { field: "invoiceDate".into(), from: vec!["Beleg / Datum".into()], fallback: None },
    ];
    vec![
        record("customer", "CompanySyncModel", None, &customer),
        invoice,
        record("line", "InvoiceLineSyncModel", Some("invoice"), &line),
    ]
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|t| (*t).to_owned()).collect()
}

fn sources() -> Vec<SourceHead> {
    let opos = FileHead {
        file: "OPOS_2026-10.xlsx".into(),
        part: Some("Rechnungen".into()),
        places: vec![Some(0), Some(1), Some(5)],
        bytes: 84_211,
        sha256: "9f2c4d7b8a6e5f40312c1d0e9b8a7f6e5d4c3b2a190817263544536271809fae".into(),
        read: 4_588,
        mapped: 4_583,
        totals: 1,
        rejected: 4,
        ..FileHead::default()
    };
    let customers = FileHead {
        file: "customers.csv".into(),
        bytes: 5_804_113,
        sha256: "00ff4d7b8a6e5f40312c1d0e9b8a7f6e5d4c3b2a190817263544536271809fae".into(),
        read: 40_124,
        mapped: 40_122,
        filtered: 1,
        rejected: 1,
        ..FileHead::default()
    };
    vec![
        SourceHead {
            name: "items".into(),
            columns: texts(&["Beleg / Art", "Beleg / Datum", "Pos / Brutto"]),
            files: vec![opos],
        },
        SourceHead { name: "customers".into(), columns: texts(&["Nr", "Name"]), files: vec![customers] },
    ]
}

/// The head of [`small`].
pub(super) fn head() -> Head {
    let guard = |record: &str, value, tripped| Guard {
        record: record.into(),
        figure: "removed".into(),
        limit: "2%".into(),
        value,
        base: 1_204,
        tripped,
        sum: None,
    };
    Head {
        format: 1,
        program: "0.1.0".into(),
        mapping: "acme".into(),
        platform: "lockstep".into(),
        environment: "rehearsal".into(),
        destination: "Rehearsal. Nothing leaves this machine.".into(),
        lineage: "none".into(),
        serial: 3,
        platform_print: "5d41402abc4b2a76b9719d911017c592".into(),
        rules_print: "7d793037a0760186574b0282f2f435e7".into(),
        vars: BTreeMap::from([("inbox".into(), "samples/acme/day-2".into())]),
        run_date: "2026-10-02".into(),
        created: "2026-10-02T08:15:00Z".into(),
        sources: sources(),
        records: records(),
        nothing_removed: Vec::new(),
        guards: vec![guard("invoice", 57, true), guard("customer", 1, false)],
        notes: vec!["customers.csv is the same file as in run 2.".into()],
        ..Head::default()
    }
}

/// The head of a plan in which nothing may be removed.
pub(super) fn head_without_removal() -> Head {
    let why = "One row of OPOS_2026-10.xlsx, Rechnungen has no readable key (Rechnungen!B90): no invoice is removed.";
    Head { nothing_removed: vec![why.into()], ..head() }
}
