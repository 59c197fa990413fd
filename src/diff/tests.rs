//! The diff's SQL against a naive program: thousands of small worlds a run, many in one database, as each world's keys are
//! its own. Values, owners, absence, refusals and forced records are drawn at random.

use super::*;
use crate::db::Limits;
use crate::sql::Expr;
use crate::sql::{ledger, map, read::canonical};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A row of values, in the order of [`columns`].
type Values = Vec<Option<String>>;

fn columns_of_test() -> Vec<Column> {
    let column = |name: &str, ty: &str, ignore, always| Column {
        name: name.into(),
        ty: ty.into(),
        ignore,
        always,
        like: Vec::new(),
    };
    vec![
        column("name", "VARCHAR", false, true),
        column("amount", "DECIMAL(28,2)", false, true),
        column("day", "DATE", false, true),
        column("pieces", "BIGINT", false, true),
        column("active", "BOOLEAN", false, true),
        column("memo", "VARCHAR", true, true),
        // Left alone where it is empty.
        column("terms", "VARCHAR", false, false),
    ]
}

/// What values rest on: mapping, vars, lookups, platform file, program.
const TODAY: &str = "m1.v.l.p.1";
const BEFORE: &str = "m0.v.l.p.1";
const MAPPING_CHANGED: &str = "the mapping changed, the data did not";

const POOL: [&[Option<&str>]; 7] = [
    &[None, Some("a"), Some("A"), Some("a b"), Some("é"), Some("e\u{301}"), Some("'")],
    &[None, Some("0.00"), Some("1.50"), Some("-1.50"), Some("12345678901234567890123456.78")],
    &[None, Some("2026-10-02"), Some("2026-02-10")],
    &[None, Some("0"), Some("1"), Some("-9223372036854775808")],
    &[None, Some("true"), Some("false")],
    &[None, Some("x"), Some("y")],
    &[None, Some("30"), Some("60")],
];

/// What the state has of a key.
#[derive(Clone, Debug)]
struct Stored {
    ours: bool,
    older_name: bool,
    absent: bool,
    gone: bool,
    raw: u64,
    same_rules: bool,
    forced: bool,
    values: Values,
}

/// A row of today's files.
#[derive(Clone, Debug)]
struct Read {
    keep: bool,
    refused: bool,
    raw: u64,
    values: Values,
}

/// A key of a world.
#[derive(Clone, Debug)]
struct Entry {
    key: String,
    stored: Option<Stored>,
    read: Option<Read>,
    /// Another row of the same key, refused for it.
    twin: bool,
}

/// Takes choices out of drawn bits.
struct Bits(u64);

impl Bits {
    fn pick(&mut self, of: usize) -> usize {
        let of = of as u64;
        let one = self.0 % of;
        self.0 /= of;
        one as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.pick(n) == 0
    }

    fn values(&mut self) -> Values {
        POOL.iter().map(|pool| pool[self.pick(pool.len())].map(str::to_owned)).collect()
    }
}

fn entry(world: usize, key: u8, a: u64, b: u64) -> Entry {
    let (mut a, mut b) = (Bits(a), Bits(b));
    let stored = (!a.one_in(4)).then(|| Stored {
        ours: !a.one_in(6),
        older_name: a.one_in(5),
        absent: a.one_in(5),
        gone: a.one_in(6),
        raw: a.pick(2) as u64,
        same_rules: !a.one_in(3),
        forced: a.one_in(8),
        values: a.values(),
    });
    let read = (!b.one_in(4)).then(|| {
        let (keep, refused, raw) = (!b.one_in(6), b.one_in(6), b.pick(2) as u64);
        // Half of what is read is near what is stored, else hardly anything would be unchanged.
        let near = b.pick(3);
        let mut values =
            stored.as_ref().map(|s| s.values.clone()).filter(|_| near > 0).unwrap_or_else(|| b.values());
        if near == 2 {
            let at = b.pick(POOL.len());
            values[at] = POOL[at][b.pick(POOL[at].len())].map(str::to_owned);
        }
        Read { keep, refused, raw, values }
    });
    let twin = read.is_some() && b.one_in(10);
    Entry { key: format!("{world}/{key}"), stored, read, twin }
}

/// key → kind, cause, changed fields, old values, new values.
type Result = BTreeMap<String, (String, String, Vec<String>, Values, Values)>;

/// What a program without SQL makes of the entries; `kind` is what absence means.
fn naive(entries: &[Entry], removal: &str) -> Result {
    let columns = columns_of_test();
    let mut all = Result::new();
    for e in entries {
        let old = e.stored.as_ref().filter(|s| s.ours);
        let proposed = e.read.as_ref().filter(|r| r.keep && !r.refused);
        match (old, proposed) {
            (None, Some(new)) => {
                let nothing = vec![None; columns.len()];
                all.insert(e.key.clone(), ("new".into(), String::new(), vec![], nothing, new.values.clone()));
            }
            (Some(old), Some(new)) => {
                if let Some((kind, cause, fields, values)) = changed(&columns, old, new) {
                    all.insert(e.key.clone(), (kind, cause, fields, old.values.clone(), values));
                }
            }
            (Some(old), None) if e.read.is_none() && !e.twin && !old.absent && !old.gone => {
                let mut new = old.values.clone();
                let fields = if removal == "removed" { vec!["active".to_owned()] } else { vec![] };
                if removal == "removed" {
                    new[4] = Some("false".into());
                }
                all.insert(e.key.clone(), (removal.into(), String::new(), fields, old.values.clone(), new));
            }
            _ => {}
        }
    }
    all
}

fn changed(columns: &[Column], old: &Stored, new: &Read) -> Option<(String, String, Vec<String>, Values)> {
    let ours = |n: usize| columns[n].always || new.values[n].is_some();
    let differs = |n: &usize| !columns[*n].ignore && ours(*n) && new.values[*n] != old.values[*n];
    let fields: Vec<String> = (0..columns.len()).filter(differs).map(|n| columns[n].name.clone()).collect();
    let values = (0..columns.len())
        .map(|n| if ours(n) { new.values[n].clone() } else { old.values[n].clone() })
        .collect();
    let (kind, cause) = if old.gone {
        ("returned", "was taken out before")
    } else if !fields.is_empty() {
        ("changed", if !old.same_rules && old.raw == new.raw { MAPPING_CHANGED } else { "" })
    } else if old.forced {
        ("changed", "sent again")
    } else if old.absent {
        ("changed", "in the files again")
    } else {
        return None;
    };
    Some((kind.to_owned(), cause.to_owned(), fields, values))
}

/// What the SQL makes of the same.
fn by_sql(entries: &[Entry], removal: &str) -> Result {
    let db = loaded(entries);
    let columns = columns_of_test();
    let stored_names: Vec<String> = diff::OLD_COLUMNS
        .iter()
        .map(|(n, _)| (*n).to_owned())
        .chain(columns.iter().map(|c| c.name.clone()))
        .collect();
    let table = Table::new("main", "stored");
    db.run(&diff::old_view("Thing", Some((&table, &stored_names)), &columns, "mine", &["thing"])).unwrap();
    db.run(&map::ok_view("thing")).unwrap();
    db.run(&diff::read_keys_view("Thing", &["thing"])).unwrap();
    let fields = columns.iter().map(|c| c.name.as_str()).collect();
    let proposal = Proposal { record: "thing", fields, leave: vec!["terms"], parent: None };
    db.run(&diff::new_view("Thing", &[proposal], &columns)).unwrap();
    let changes =
        || Changes { model: "Thing", columns: &columns, mapping: "mine", rules: TODAY, forced: true };
    db.run(&diff::changes(&changes())).unwrap();
    let deactivate = [("active".to_owned(), "false".to_owned())];
    db.run(&diff::gone(&Gone {
        changes: changes(),
        record: "thing",
        kind: removal,
        deactivate: &deactivate,
        parent: None,
        covers: None,
        whole: false,
    }))
    .unwrap();
    read_back(&db, &columns)
}

fn read_back(db: &Db, columns: &[Column]) -> Result {
    let side = |side: &str| {
        let one = |c: &Column| canonical(&Expr::col(side).member(&c.name), &c.ty).to_string();
        format!("to_json([{}])::VARCHAR", columns.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    let sql = format!(
        "SELECT key, kind, cause, to_json(fields)::VARCHAR, {}, {} FROM {}",
        side("old"),
        side("new"),
        diff::changes_table("Thing")
    );
    let values = |t: String| serde_json::from_str::<Values>(&t).unwrap();
    let rows = db
        .rows(&sql, [], |r| {
            let fields: Vec<String> = serde_json::from_str(&r.get::<_, String>(3)?).unwrap();
            let found = (r.get(1)?, r.get(2)?, fields, values(r.get(4)?), values(r.get(5)?));
            Ok((r.get::<_, String>(0)?, found))
        })
        .unwrap();
    let n = rows.len();
    let all: Result = rows.into_iter().collect();
    assert_eq!(all.len(), n, "a key stands in two changes");
    all
}

/// A database with the entries as stored and mapped tables.
fn loaded(entries: &[Entry]) -> Db {
    let db = Db::in_memory(&Limits { memory_mib: 500, threads: 2, spill: None, folders: vec![] }).unwrap();
    db.run(&map::setup()).unwrap();
    db.run(&ledger::setup()).unwrap();
    let texts: String = (0..7).map(|n| format!(", v{n} VARCHAR")).collect();
    db.run(&format!(
        "CREATE TABLE o(key VARCHAR, owner VARCHAR, record VARCHAR, absent VARCHAR, gone VARCHAR, raw BIGINT, rules VARCHAR{texts});
         CREATE TABLE n(rec BIGINT, key VARCHAR, keep BOOLEAN, raw BIGINT{texts})"
    ))
    .unwrap();
    append(&db, entries);
    let columns = columns_of_test();
    let typed: Vec<String> =
        columns.iter().enumerate().map(|(n, c)| format!("CAST(v{n} AS {}) AS {}", c.ty, c.name)).collect();
    let typed = typed.join(", ");
    db.run(&format!(
        "CREATE TABLE stored AS SELECT key AS _key, owner AS _owner, record AS _record, NULL::VARCHAR AS _ours, NULL::UHUGEINT AS _print,
           raw::UHUGEINT AS _raw, rules AS _rules, NULL::VARCHAR AS _origin, NULL::BIGINT AS _run, absent AS _absent, gone AS _gone,
           NULL::VARCHAR AS _remote, {typed} FROM o;
         CREATE TABLE mapped.thing AS SELECT rec AS _rec, 1::BIGINT AS _part, keep AS _keep, key AS _key, NULL::BIGINT AS _parent,
           rec AS _line, NULL::VARCHAR AS _pos, raw::UHUGEINT AS _raw, {typed}, FALSE AS _bad FROM n"
    ))
    .unwrap();
    db
}

fn append(db: &Db, entries: &[Entry]) {
    let (mut stored, mut read) =
        (db.connection().appender("o").unwrap(), db.connection().appender("n").unwrap());
    let (mut refused, mut forced, mut rec) = (Vec::new(), Vec::new(), 0_i64);
    for e in entries {
        if let Some(s) = &e.stored {
            let flag = |on: bool, text: &str| on.then(|| text.to_owned());
            let head = vec![
                Some(e.key.clone()),
                Some(if s.ours { "mine" } else { "theirs" }.to_owned()),
                Some(if s.older_name { "old name" } else { "thing" }.to_owned()),
                flag(s.absent, "2026-10-01"),
                flag(s.gone, "deleted"),
                Some(s.raw.to_string()),
                Some(if s.same_rules { TODAY } else { BEFORE }.to_owned()),
            ];
            let row: Values = head.into_iter().chain(s.values.clone()).collect();
            stored.append_row(duckdb::appender_params_from_iter(row)).unwrap();
            if s.forced {
                forced.push(format!("('Thing', '{}', 'sent again')", e.key));
            }
        }
        let twin = e.twin.then(|| Read { keep: true, refused: true, raw: 0, values: vec![None; 7] });
        for r in e.read.iter().chain(&twin) {
            rec += 1;
            let head = vec![
                Some(rec.to_string()),
                Some(e.key.clone()),
                Some(r.keep.to_string()),
                Some(r.raw.to_string()),
            ];
            let row: Values = head.into_iter().chain(r.values.clone()).collect();
            read.append_row(duckdb::appender_params_from_iter(row)).unwrap();
            if r.refused {
                refused.push(format!("('thing', {rec}, {rec}, 'rejected')"));
            }
        }
    }
    // A row whose key cannot be read: a NULL among the keys read.
    rec += 1;
    refused.push(format!("('thing', {rec}, {rec}, 'rejected')"));
    forced.push("('Thing', 'no such key', 'sent again')".to_owned());
    let empty: Values = vec![Some(rec.to_string()), None, Some("true".into()), Some("0".into())];
    read.append_row(duckdb::appender_params_from_iter(empty.into_iter().chain(vec![None; 7]))).unwrap();
    drop((stored, read));
    db.run(&format!(
        "INSERT INTO mapped._refused(record, rec, row_id, status) VALUES {}",
        refused.join(", ")
    ))
    .unwrap();
    db.run(&format!("INSERT INTO diff.force VALUES {}", forced.join(", "))).unwrap();
}

/// Entries of worlds, a key once in each.
fn entries(worlds: &[Vec<(u8, u64, u64)>]) -> Vec<Entry> {
    let world = |(n, keys): (usize, &Vec<(u8, u64, u64)>)| {
        let mut seen = BTreeSet::new();
        let fresh: Vec<_> = keys.iter().filter(|(k, ..)| seen.insert(*k)).cloned().collect();
        fresh.into_iter().map(move |(k, a, b)| entry(n, k, a, b))
    };
    worlds.iter().enumerate().flat_map(world).collect()
}

/// Fails at the first key that differs; and every key is in exactly one group.
fn compare(worlds: &[Vec<(u8, u64, u64)>], removal: &str) -> std::result::Result<(), TestCaseError> {
    let entries = entries(worlds);
    let (wanted, found) = (naive(&entries, removal), by_sql(&entries, removal));
    for e in &entries {
        prop_assert_eq!(found.get(&e.key), wanted.get(&e.key), "{:?}", e);
    }
    prop_assert_eq!(found.len(), wanted.len());
    let count = |kinds: &[&str]| found.values().filter(|(k, ..)| kinds.contains(&k.as_str())).count();
    let union =
        entries.iter().filter(|e| e.read.is_some() || e.stored.as_ref().is_some_and(|s| s.ours)).count();
    let no_op = entries.iter().filter(|e| e.read.is_some() || e.stored.as_ref().is_some_and(|s| s.ours));
    let no_op = no_op.filter(|e| !found.contains_key(&e.key)).count();
    prop_assert_eq!(
        count(&["new"]) + count(&["changed", "returned"]) + count(&["removed", "absent"]) + no_op,
        union
    );
    Ok(())
}

fn worlds(n: usize) -> impl Strategy<Value = Vec<Vec<(u8, u64, u64)>>> {
    prop::collection::vec(prop::collection::vec((0_u8..6, any::<u64>(), any::<u64>()), 0..7), n)
}

/// What is drawn reaches every kind and cause, else equal would say little.
#[test]
fn the_worlds_hold_every_kind_and_cause() {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    let worlds: Vec<Vec<(u8, u64, u64)>> =
        (0..1000).map(|_| (0..6).map(|k| (k, next(), next())).collect()).collect();
    compare(&worlds, "removed").unwrap();
    let mut kinds: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (kind, cause, ..) in naive(&entries(&worlds), "removed").into_values() {
        *kinds.entry((kind, cause)).or_default() += 1;
    }
    let wanted = [
        ("new", ""),
        ("changed", ""),
        ("changed", MAPPING_CHANGED),
        ("changed", "sent again"),
        ("changed", "in the files again"),
        ("returned", "was taken out before"),
        ("removed", ""),
    ];
    for (kind, cause) in wanted {
        let n = kinds.get(&(kind.to_owned(), cause.to_owned())).copied().unwrap_or(0);
        assert!(n >= 20, "{kind} {cause}: {n} of {kinds:?}");
    }
}

proptest! {
    // 10 runs of 1,000 worlds.
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_worlds_are_as_a_naive_program_sees_them(worlds in worlds(1000), keep: bool) {
        compare(&worlds, if keep { "absent" } else { "removed" })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// `cargo test --release -- --ignored a_million_worlds`.
    #[test]
    #[ignore = "a million worlds"]
    fn a_million_worlds_are_as_a_naive_program_sees_them(worlds in worlds(5000), keep: bool) {
        compare(&worlds, if keep { "absent" } else { "removed" })?;
    }
}
