//! How fast expressions run: the SQL this program generates, with its checks of what can fail, against SQL written by
//! hand for the same value, and against the runner for what has no SQL.
//!
//! `cargo bench --bench expressions [-- ROWS]` (5,000,000 without a number) prints a table: seconds for each, the median of
//! three runs, and the ratios. Wanted: at most 1.2 times the hand-written SQL, and SQL at least 4 times as fast as the
//! runner. The runner is measured on a tenth of the rows, and its time multiplied.

#![allow(clippy::expect_used, clippy::print_stdout, clippy::indexing_slicing)]

use crosswalk::db::{Db, Limits};
use crosswalk::expr::{
    self, ColumnArg, Compiled, Fail, Grouping, Lowered, Reader, Refusal, Scope, Type, compile,
    compile_for_fallback,
};
use crosswalk::sql::Expr;
use std::time::Instant;

/// An expression, and what one would write by hand.
const CASES: &[(&str, &str)] = &[
    (r#"text("T")"#, "t"),
    (r#"num("N") + num("M")"#, "n + m"),
    (r#"num("N") * 1.19"#, "CAST(n * 1.19 AS DECIMAL(28,10))"),
    (r#"num("N") * num("M")"#, "CAST(CAST(n AS DECIMAL(18,6)) * CAST(m AS DECIMAL(18,6)) AS DECIMAL(28,10))"),
    (r#"num("N") / num("M")"#, "CAST(n / nullif(m, 0) AS DECIMAL(28,10))"),
    (r#"round(num("N") / 3, 2)"#, "CAST(n / 3 AS DECIMAL(28,2))"),
    (r#"sign * num("N")"#, "sign * n"),
    (r#"num("N") > 100 && text("T") != "Item 7""#, "n > 100 AND t <> 'Item 7'"),
    (
        r#"if num("N") < 0 { "AR Credit Memo" } else { "AR Invoice" }"#,
        "CASE WHEN n < 0 THEN 'AR Credit Memo' ELSE 'AR Invoice' END",
    ),
    (r#"text("U") in ["RE", "GU", "ST"]"#, "u IN ('RE', 'GU', 'ST')"),
    ("`${text(\"U\")}-${text(\"T\")}`", "u || '-' || t"),
    ("`${text(\"U\")}-${num(\"M\")}`", "u || '-' || rtrim(rtrim(CAST(m AS VARCHAR), '0'), '.')"),
    ("extract(text(\"T\"), `(\\d+)`)", r"regexp_extract(t, '(\d+)', 1)"),
    (r#"pad_left(trim(text("U")), 12, "0")"#, "lpad(trim(u), 12, '0')"),
    (r#"join(" ", text("U"), text("T"))"#, "concat_ws(' ', u, t)"),
    (r#"part(text("T"), " ", 2)"#, "split_part(t, ' ', 2)"),
    (r#"format(date("D"), "yyyy-mm")"#, "strftime(d, '%Y-%m')"),
    (r#"add_months(date("D"), 1)"#, "CAST(d + INTERVAL 1 MONTH AS DATE)"),
    (r#"date("D") >= "2026-02-01" && flag("F")"#, "d >= DATE '2026-02-01' AND f"),
    (r#"text("U") ?? text("T")"#, "coalesce(u, t)"),
];

/// The columns of the table.
struct Columns;

fn refuse<T>(name: &str) -> Result<T, Refusal> {
    Err(Refusal { message: format!("nothing is called {name}"), help: None })
}

impl Scope for Columns {
    fn grouping(&self) -> Grouping {
        Grouping::Rows
    }
    fn read(&self, reader: Reader, column: &ColumnArg) -> Result<Lowered, Refusal> {
        let ColumnArg::Name(name) = column else { return refuse("a position") };
        let ty = match reader {
            Reader::Text => Type::Text,
            Reader::Num => Type::Number,
            Reader::Date => Type::Date,
            Reader::Flag => Type::Flag,
        };
        Ok(Lowered::sure(ty, Expr::col(&name.to_lowercase())))
    }
    fn name(&self, name: &str) -> Result<Lowered, Refusal> {
        Ok(Lowered::sure(Type::Number, Expr::col(name)))
    }
    fn property(&self, object: &str, _: &str) -> Result<Lowered, Refusal> {
        refuse(object)
    }
    fn total(&self, _: &ColumnArg) -> Result<Lowered, Refusal> {
        refuse("total")
    }
    fn child(&self, _: &str) -> bool {
        false
    }
}

fn main() {
    let given = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let rows: u64 = given.map_or(5_000_000, |n| n.parse().expect("a number of rows"));
    let db = table(rows);
    let threads: u64 = db.count("SELECT current_setting('threads')::BIGINT").expect("threads");
    println!("{rows} rows, {threads} threads, seconds (median of 3)");
    println!("{:>8} {:>8} {:>8} {:>9} {:>9}", "by hand", "ours", "runner", "ours/hand", "runner/ours");
    let (mut slower, mut ratios) = (Vec::new(), Vec::new());
    for (text, hand) in CASES {
        let hand = median(|| seconds(&db, &format!("SELECT count(v) FROM (SELECT {hand} AS v FROM t)")));
        let sql = compile(text, &Columns, "a").expect("an expression");
        assert!(sql.fallback.is_none(), "{text} runs as SQL");
        let runner = compile_for_fallback(text, &Columns, "a").expect("an expression");
        let ours = median(|| run(&db, &sql, "t"));
        let runner = median(|| run(&db, &runner, "tenth")) * 10.0;
        println!("{hand:>8.3} {ours:>8.3} {runner:>8.2} {:>9.2} {:>9.1}  {text}", ours / hand, runner / ours);
        ratios.push((hand, ours, runner));
        if ours / hand > 1.2 || runner / ours < 4.0 {
            slower.push(*text);
        }
    }
    let sum = |pick: fn(&(f64, f64, f64)) -> f64| ratios.iter().map(pick).sum::<f64>();
    let (hand, ours, runner) = (sum(|r| r.0), sum(|r| r.1), sum(|r| r.2));
    println!(
        "{hand:>8.3} {ours:>8.3} {runner:>8.2} {:>9.2} {:>9.1}  all together",
        ours / hand,
        runner / ours
    );
    println!(
        "outside of 1.2 and 4: {}",
        if slower.is_empty() { "none".to_owned() } else { slower.join("   ") }
    );
}

fn table(rows: u64) -> Db {
    let limits = Limits { memory_mib: 4000, threads: 2, spill: None, folders: Vec::new() };
    let db = Db::in_memory(&limits).expect("a database");
    expr::install(&db).expect("functions");
    db.run(&format!(
        "CREATE TABLE t AS SELECT 'Item ' || (range % 100000) AS t,
           CASE range % 5 WHEN 0 THEN 'RE' WHEN 1 THEN 'GU' WHEN 2 THEN ' X' WHEN 3 THEN 'other' END AS u,
           CAST((range % 1000003) / 100 - 2000 AS DECIMAL(28,10)) AS n,
           CAST((range % 997 + 1) / 10 AS DECIMAL(28,10)) AS m,
           CAST(CASE WHEN range % 7 = 0 THEN -1 ELSE 1 END AS DECIMAL(28,10)) AS sign,
           DATE '2026-01-01' + CAST(range % 365 AS INTEGER) AS d, range % 3 = 0 AS f FROM range({rows});
         CREATE TABLE tenth AS SELECT * FROM t LIMIT {}",
        rows / 10
    ))
    .expect("the rows");
    db
}

fn run(db: &Db, compiled: &Compiled, table: &str) -> f64 {
    expr::register(db, compiled).expect("functions");
    let failed = Expr::any(compiled.result.fails.iter().map(|f: &Fail| f.when.clone()));
    let value = &compiled.result.value;
    let sql = format!(
        "SELECT count(v), count(*) FILTER (WHERE f) FROM (SELECT {value} AS v, {failed} AS f FROM {table})"
    );
    seconds(db, &sql)
}

fn seconds(db: &Db, sql: &str) -> f64 {
    let start = Instant::now();
    db.rows(sql, [], |row| row.get::<_, i64>(0)).expect("it runs");
    start.elapsed().as_secs_f64()
}

fn median(mut once: impl FnMut() -> f64) -> f64 {
    let mut times = [once(), once(), once()];
    times.sort_by(f64::total_cmp);
    times[1]
}
