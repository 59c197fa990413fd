//! How fast expressions run: the SQL this program generates, with its checks of what can fail, against SQL written by
//! hand for the same value, and against the runner for what has no SQL. Each makes a table, as a mapping does: a count of
//! the values would let DuckDB leave out the work where its statistics say that none is empty.
//!
//! `cargo bench --bench expressions [-- ROWS]` (5,000,000 without a number) prints a table: seconds for each, the median of
//! five runs, and the ratios of processor time, which what else runs on the machine disturbs less. Wanted: at most 1.2
//! times the hand-written SQL, and SQL at least 4 times as fast as the runner. The runner is measured on a tenth of the
//! rows, and its time multiplied.

#![allow(clippy::expect_used, clippy::print_stdout, clippy::indexing_slicing)]

use crosswalk::db::{Db, Limits};
use crosswalk::expr::{
    self, ColumnArg, Compiled, Fail, Grouping, Lowered, Reader, Refusal, Scope, Type, compile,
    compile_for_fallback,
};
use crosswalk::sql::Expr;
use std::time::Instant;

/// An expression, and what one would write by hand for the same value of the same type, in each row of the table (not for
/// every value there could be: by hand nobody guards a product of 36 digits, or trims no-break spaces).
const CASES: &[(&str, &str)] = &[
    (r#"text("T")"#, "t"),
    (r#"num("N") + num("M")"#, "CAST(n + m AS DECIMAL(28,10))"),
    (r#"num("N") * 1.19"#, "CAST(n * 1.19 AS DECIMAL(28,10))"),
    (r#"num("N") * num("M")"#, "CAST(CAST(n AS DECIMAL(18,6)) * CAST(m AS DECIMAL(18,6)) AS DECIMAL(28,10))"),
    (r#"num("N") / num("M")"#, "CAST(n / nullif(m, 0) AS DECIMAL(28,10))"),
    (r#"round(num("N") / 3, 2)"#, "CAST(n / 3 AS DECIMAL(28,2))"),
    (r#"sign * num("N")"#, "CAST(CAST(sign AS DECIMAL(9,0)) * n AS DECIMAL(28,10))"),
    (r#"num("N") > 100 && text("T") != "Item 7""#, "n > 100 AND t <> 'Item 7'"),
    (
        r#"if num("N") < 0 { "AR Credit Memo" } else { "AR Invoice" }"#,
        "CASE WHEN n < 0 THEN 'AR Credit Memo' ELSE 'AR Invoice' END",
    ),
    (r#"text("U") in ["RE", "GU", "ST"]"#, "u IN ('RE', 'GU', 'ST')"),
    ("`${text(\"U\")}-${text(\"T\")}`", "u || '-' || t"),
    ("`${text(\"U\")}-${num(\"M\")}`", "u || '-' || rtrim(rtrim(CAST(m AS VARCHAR), '0'), '.')"),
    ("extract(text(\"T\"), `(\\d+)`)", r"nullif(regexp_extract(t, '(\d+)', 1), '')"),
    (
        r#"pad_left(trim(text("U")), 12, "0")"#,
        "CASE WHEN length(nullif(trim(u), '')) < 12 THEN lpad(nullif(trim(u), ''), 12, '0') ELSE nullif(trim(u), '') END",
    ),
    (r#"join(" ", text("U"), text("T"))"#, "nullif(concat_ws(' ', u, t), '')"),
    (r#"part(text("T"), " ", 2)"#, "nullif(split_part(t, ' ', 2), '')"),
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

/// What a query takes: time, and processor time of all its threads.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: f64,
    cpu: f64,
}

fn main() {
    let given = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let rows: u64 = given.map_or(5_000_000, |n| n.parse().expect("a number of rows"));
    let db = table(rows);
    let threads: u64 = db.count("SELECT current_setting('threads')::BIGINT").expect("threads");
    println!(
        "{rows} rows, {threads} threads; seconds of the processor (median of 5), and of the clock in brackets"
    );
    println!("{:>17} {:>17} {:>18} {:>9} {:>11}", "by hand", "ours", "runner", "ours/hand", "runner/ours");
    let (mut outside, mut all) = (Vec::new(), [Cost::default(); 3]);
    for (text, hand) in CASES {
        let costs = compared(&db, text, hand);
        show(&costs, text);
        for (sum, cost) in all.iter_mut().zip(costs) {
            *sum = Cost { wall: sum.wall + cost.wall, cpu: sum.cpu + cost.cpu };
        }
        if costs[1].cpu / costs[0].cpu > 1.2 || costs[2].cpu / costs[1].cpu < 4.0 {
            outside.push(*text);
        }
    }
    show(&all, "all together");
    println!(
        "outside of 1.2 and 4: {}",
        if outside.is_empty() { "none".to_owned() } else { outside.join("   ") }
    );
}

/// By hand, ours, and the runner's; turn by turn, so that what else the machine does falls on all of them.
fn compared(db: &Db, text: &str, hand: &str) -> [Cost; 3] {
    let sql = compile(text, &Columns, "a").expect("an expression");
    assert!(sql.fallback.is_none(), "{text} runs as SQL");
    let runner = compile_for_fallback(text, &Columns, "a").expect("an expression");
    let hand = format!("SELECT {hand} AS v FROM t");
    let once = |_| (cost(db, &hand), run(db, &sql, "t"), run(db, &runner, "tenth"));
    let costs: Vec<(Cost, Cost, Cost)> = (0..5).map(once).collect();
    let tenth = median(costs.iter().map(|c| c.2));
    let runner = Cost { wall: tenth.wall * 10.0, cpu: tenth.cpu * 10.0 };
    [median(costs.iter().map(|c| c.0)), median(costs.iter().map(|c| c.1)), runner]
}

fn show(costs: &[Cost; 3], text: &str) {
    let [hand, ours, runner] = costs;
    let (slower, faster) = (ours.cpu / hand.cpu, runner.cpu / ours.cpu);
    println!(
        "{:>8.3} ({:.3}) {:>9.3} ({:.3}) {:>9.2} ({:.2}) {slower:>9.2} {faster:>11.1}  {text}",
        hand.cpu, hand.wall, ours.cpu, ours.wall, runner.cpu, runner.wall
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

fn run(db: &Db, compiled: &Compiled, table: &str) -> Cost {
    expr::register(db, compiled).expect("functions");
    let value = &compiled.result.value;
    let fails: Vec<Expr> = compiled.result.fails.iter().map(|f: &Fail| f.when.clone()).collect();
    let failed = if fails.is_empty() { String::new() } else { format!(", {} AS f", Expr::any(fails)) };
    cost(db, &format!("SELECT {value} AS v{failed} FROM {table}"))
}

fn cost(db: &Db, select: &str) -> Cost {
    let (start, before) = (Instant::now(), processor());
    db.run(&format!("CREATE OR REPLACE TABLE made AS {select}")).expect("it runs");
    Cost { wall: start.elapsed().as_secs_f64(), cpu: processor() - before }
}

/// Seconds of the processor this process has had.
#[allow(unsafe_code)]
fn processor() -> f64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a live value of the type getrusage writes.
    let usage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()), 0, "getrusage failed");
        usage.assume_init()
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The middle of each.
fn median(costs: impl Iterator<Item = Cost>) -> Cost {
    let (mut wall, mut cpu): (Vec<f64>, Vec<f64>) = costs.map(|c| (c.wall, c.cpu)).unzip();
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    Cost { wall: wall[wall.len() / 2], cpu: cpu[cpu.len() / 2] }
}
