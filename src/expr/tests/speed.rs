//! How fast the runners are; run with `--ignored --nocapture`.

use super::{Columns, db};
use crate::expr::scope::Grouping;
use crate::expr::{Compiled, compile, compile_for_fallback, register};
use crate::sql::Expr;
use std::time::Instant;

const TEXTS: &[&str] = &[
    "num(\"N\") * 1.19 + 1",
    "num(\"N\") * 1.19",
    "num(\"N\") + 1",
    "num(\"N\") * num(\"N\")",
    "num(\"N\") / 3",
    "num(\"N\") / num(\"N\")",
    "num(\"N\") > 7 && text(\"T\") != \"x\"",
    "`${text(\"T\")}-${num(\"N\")}`",
    "if num(\"N\") < 0 { \"AR Credit Memo\" } else { \"AR Invoice\" }",
    "extract(text(\"T\"), `(\\d+)`)",
    "pad_left(trim(text(\"T\")), 12, \"0\")",
];

#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout)]
fn speed() {
    let db = db();
    db.run(
        "DELETE FROM t; INSERT INTO t BY NAME SELECT range AS k, 'Item ' || range AS t, range / 100 AS n,
           NULL::DECIMAL(28,10) AS x FROM range(1000000)",
    )
    .unwrap();
    for text in TEXTS {
        let scope = Columns(Grouping::Rows);
        let time = |compiled: Compiled| {
            register(&db, &compiled).unwrap();
            let start = Instant::now();
            let failed = Expr::any(compiled.result.fails.iter().map(|f| f.when.clone()));
            db.run(&format!(
                "CREATE OR REPLACE TABLE o AS SELECT {} AS v, {failed} AS f FROM t",
                compiled.result.value
            ))
            .unwrap();
            start.elapsed()
        };
        let (sql, rhai) =
            (compile(text, &scope, "a").unwrap(), compile_for_fallback(text, &scope, "a").unwrap());
        println!("{:?} SQL, {:?} fallback per million: {text}", time(sql), time(rhai));
    }
}
