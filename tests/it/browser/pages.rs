//! Reports of plans of any size, made in memory as `plan` would leave them, and written as pages.

use crosswalk::db::{Db, Limits};
use crosswalk::plan::{FieldHead, FileHead, Head, RecordHead, SourceHead, Total};
use std::collections::BTreeMap;
use std::path::PathBuf;

const SCHEMA: &str = "
CREATE SCHEMA plan;
CREATE TABLE plan.shown (id BIGINT, record VARCHAR, model VARCHAR, key VARCHAR, parent BIGINT, parent_key VARCHAR,
  kind VARCHAR, cause VARCHAR, note VARCHAR, level INTEGER,
  fields STRUCT(name VARCHAR, old VARCHAR, new VARCHAR)[], file VARCHAR, place VARCHAR);
CREATE TABLE plan.refused (id BIGINT, status VARCHAR, record VARCHAR, model VARCHAR, key VARCHAR, field VARCHAR,
  code VARCHAR, value VARCHAR, reason VARCHAR, file VARCHAR, place VARCHAR, known BOOLEAN, note VARCHAR);
CREATE TABLE plan.raw (record VARCHAR, key VARCHAR, part BIGINT, line BIGINT, pos VARCHAR, id BIGINT, source VARCHAR,
  kind VARCHAR, cells VARCHAR[]);";

/// `n` changes: invoices with two lines each; every tenth is new, some go, one is refused.
pub fn db(n: u64) -> Db {
    let db =
        Db::in_memory(&Limits { memory_mib: 1000, threads: 2, spill: None, folders: Vec::new() }).unwrap();
    db.run(SCHEMA).unwrap();
    let kind = "CASE WHEN i // 3 % 10 = 1 THEN 'new' WHEN i // 3 % 100 = 2 THEN 'removed' ELSE 'changed' END";
    let side = |absent: &str, value: &str| format!("CASE WHEN kind <> '{absent}' THEN {value} END");
    let field = |name: &str, old: &str, new: &str| {
        format!("{{name: '{name}', old: {}, new: {}}}", side("new", old), side("removed", new))
    };
    let fields = [
        field(
            "totalAmount",
            "amount || '.50'",
            "CASE WHEN i = 0 THEN 2 * amount + 1 || '.00' ELSE (amount + 19) || '.50' END",
        ),
        field("dueDate", "'2026-10-' || (10 + i % 20)", "'2026-11-' || (10 + i % 20)"),
        field(
            "customerName",
            "'Nordwind Handel GmbH, Haus ' || i % 97",
            "'Nordwind Handels GmbH, Haus ' || i % 97",
        ),
    ]
    .join(", ");
    db.run(&format!(
        "INSERT INTO plan.shown SELECT i, CASE WHEN line = 0 THEN 'invoice' ELSE 'line' END, 'InvoiceSyncModel',
           '10-' || number || CASE WHEN line = 0 THEN '' ELSE '/' || line END, CASE WHEN line > 0 THEN i - line END,
           CASE WHEN line > 0 THEN '10-' || number END, kind, CASE WHEN i % 7 = 0 THEN 'lookup' ELSE 'data' END, NULL, 2,
           [{fields}], 'OPOS_2026-10.xlsx', 'Rechnungen!A' || i + 3
         FROM (SELECT i, i % 3 AS line, i // 3 + 100000 AS number, 100 + i * 7919 % 50000 AS amount, {kind} AS kind
               FROM range(0, {n}) AS r(i)) AS t;
         INSERT INTO plan.raw SELECT record, key, 1, id + 3, NULL, id, 'items', NULL, [key, old.old, 'x']
         FROM (SELECT record, key, id, fields[1] AS old FROM plan.shown WHERE kind = 'changed');
         INSERT INTO plan.refused VALUES (1, 'rejected', 'invoice', 'InvoiceSyncModel', '10-9', 'dueDate', 'E310', '31.02.2026',
           'no day of the form dd.mm.yyyy', 'OPOS_2026-10.xlsx', 'Rechnungen!B2', false, NULL)"
    ))
    .unwrap();
    db
}

fn counts(db: &Db, record: &str) -> BTreeMap<String, u64> {
    let sql = format!(
        "SELECT kind, count(*) FROM plan.shown WHERE record = '{record}' GROUP BY kind ORDER BY kind"
    );
    let rows = db.rows(&sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).unwrap();
    rows.into_iter().map(|(kind, n)| (kind, u64::try_from(n).unwrap())).collect()
}

/// The head that goes with it.
pub fn head(db: &Db) -> Head {
    let text = str::to_owned;
    let from =
        |field: &str, from: &str| FieldHead { field: text(field), from: vec![text(from)], fallback: None };
    let record = |name: &str, parent: Option<&str>| RecordHead {
        record: text(name),
        model: text("InvoiceSyncModel"),
        source: text("items"),
        parent: parent.map(text),
        counts: counts(db, name),
        fields: vec![from("totalAmount", "Brutto"), from("dueDate", "Fällig")],
        ..RecordHead::default()
    };
    let mut invoice = record("invoice", None);
    let total = |currency: &str| Total {
        field: text("totalAmount"),
        currency: Some(text(currency)),
        old: Some(text("1234567.50")),
        new: Some(text("1335896.50")),
    };
    invoice.totals = vec![total("EUR"), total("NOK")];
    invoice.counts.insert(text("rejected"), 1);
    let file = FileHead {
        file: text("OPOS_2026-10.xlsx"),
        part: Some(text("Rechnungen")),
        places: vec![Some(0), Some(5), Some(27)],
        sha256: "9f2c4d7b8a6e5f40".repeat(4),
        read: 100,
        mapped: 100,
        ..FileHead::default()
    };
    let columns = vec![text("Beleg"), text("Brutto"), text("Fällig")];
    Head {
        format: 1,
        program: text("0.1.0"),
        mapping: text("acme"),
        platform: text("lockstep"),
        environment: text("rehearsal"),
        destination: text("Rehearsal. Nothing leaves this machine."),
        created: text("2026-10-02T08:15:00Z"),
        sources: vec![SourceHead { name: text("items"), columns, files: vec![file] }],
        records: vec![invoice, record("line", Some("invoice"))],
        notes: vec![text("OPOS_2026-10.xlsx is the same file as in run 2.")],
        ..Head::default()
    }
}

/// Writes a page into a folder.
pub fn write(folder: &std::path::Path, head: &Head, db: &Db) -> PathBuf {
    let path = folder.join("page.html");
    let mut out = std::fs::File::create(&path).unwrap();
    crosswalk::report::html::render(head, db, Some(42), &mut out).unwrap();
    path
}
