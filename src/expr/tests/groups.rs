//! Aggregates, over groups and over children.

use super::{Columns, db};
use crate::expr::compiled::{Aggregation, Compiled, Fail};
use crate::expr::lower::as_text;
use crate::expr::scope::Grouping;
use crate::expr::{compile, compile_for_fallback, register};
use crate::sql::Expr;

/// The value over all rows of a table of one group, or its first failure.
fn over(rows: &str, text: &str) -> String {
    let scope = Columns(Grouping::Group);
    let sql = run(rows, &compile(text, &scope, "a").unwrap_or_else(|m| panic!("{text}: {m:#?}")));
    let rhai = run(rows, &compile_for_fallback(text, &scope, "a").unwrap());
    assert_eq!(sql, rhai, "{text}");
    sql
}

fn run(rows: &str, compiled: &Compiled) -> String {
    let db = db();
    register(&db, compiled).unwrap();
    db.run(&format!("CREATE TABLE g AS SELECT * FROM (VALUES {rows}) v(k, t, n0, sign0)")).unwrap();
    let args: Vec<String> = compiled
        .aggregates
        .iter()
        .filter_map(|a| a.argument.as_ref().map(|x| format!("{} AS \"x{}\"", x.value, a.column)))
        .chain(["k".to_owned()])
        .collect();
    let columns: Vec<String> = compiled
        .aggregates
        .iter()
        .flat_map(|a| {
            let argument = a.argument.as_ref().map(|_| Expr::col(&format!("x{}", a.column)));
            let value = format!("{} AS \"{}\"", a.value(argument.clone(), Expr::col("k")), a.column);
            let differs =
                argument.and_then(|x| a.differs(x)).map(|d| format!("{d} AS \"{}\"", a.differs_column()));
            [Some(value), differs]
        })
        .flatten()
        .chain(["1 AS one".to_owned()])
        .collect();
    let branch = |f: &Fail| (f.when.clone(), Expr::text("!").op("||", f.reason.clone()));
    let failed = Expr::case(compiled.result.fails.iter().map(branch), Expr::null("VARCHAR"));
    let text = as_text(compiled.result.value.clone(), compiled.result.ty);
    let shown = Expr::call("coalesce", [failed, text, Expr::text("()")]);
    let typed = "SELECT k, t, CAST(n0 AS DECIMAL(28,10)) AS n, CAST(sign0 AS DECIMAL(28,10)) AS sign FROM g";
    let sql = format!(
        "SELECT {shown} FROM (SELECT {} FROM (SELECT {} FROM ({typed})))",
        columns.join(", "),
        args.join(", ")
    );
    db.one(&sql, [], |r| r.get::<_, String>(0)).unwrap()
}

const ROWS: &str = "(1, 'b', 10.5, -1), (2, 'a', NULL, -1), (3, NULL, 2, NULL), (4, 'b', 1, -1)";
const NONE: &str = "(1, CAST(NULL AS VARCHAR), CAST(NULL AS INT), CAST(NULL AS INT))";

#[test]
fn aggregates_over_a_group() {
    for (text, expected) in [
        ("sum(num(\"N\"))", "13.5"),
        ("sign * sum(num(\"N\"))", "-13.5"),
        ("count()", "4"),
        ("count(num(\"N\"))", "3"),
        ("min(num(\"N\")) + max(num(\"N\"))", "11.5"),
        ("first(text(\"T\")) + last(text(\"T\"))", "bb"),
        ("list(\", \", text(\"T\"))", "b, a, b"),
        ("list(\"\", text(\"T\"))", "bab"),
        ("list(\" \", num(\"N\"))", "10.5 2 1"),
        ("distinct(text(\"T\"))", "2"),
        ("sum(if text(\"T\") == \"b\" { num(\"N\") })", "11.5"),
        ("text(\"T\")", "!differs between the rows of the group; put it into an aggregate such as first(…)"),
        ("if count() > 9 { text(\"T\") } else { \"many\" }", "many"),
        ("env.rate * count()", "8"),
        ("sum(num(\"N\")) == total(\"N\")", "false"),
        ("sign", "-1"),
        ("if sign == -1 { \"minus\" } else { \"plus\" }", "minus"),
        ("sign ?? 1", "-1"),
        ("!blank(sign) && count() > 1", "true"),
        (
            "if text(\"T\") == \"b\" { 1 }",
            "!differs between the rows of the group; put it into an aggregate such as first(…)",
        ),
        ("left(`${sign}`, 1) + count()", "-4"),
        ("if sign > 0 { text(\"T\") } else { \"x\" }", "x"),
        ("sum(999999999999999999)", "!number too large: at most 18 digits before the point"),
    ] {
        assert_eq!(over(ROWS, text), expected, "{text}");
    }
}

#[test]
fn aggregates_of_nothing() {
    for (text, expected) in [
        ("sum(num(\"N\"))", "()"),
        ("max(num(\"N\"))", "()"),
        ("first(text(\"T\"))", "()"),
        ("list(\",\", text(\"T\"))", "()"),
        ("count(num(\"N\"))", "0"),
        ("distinct(text(\"T\"))", "0"),
        ("text(\"T\")", "()"),
    ] {
        assert_eq!(over(NONE, text), expected, "{text}");
    }
}

#[test]
fn maximal_parts_must_agree() {
    let compiled = compile("sign * 2 + sum(num(\"N\")) + sign * 2", &Columns(Grouping::Group), "p").unwrap();
    let parts: Vec<_> = compiled.aggregates.iter().map(|a| (a.column.as_str(), a.how.clone())).collect();
    assert_eq!(parts, vec![("p1", Aggregation::Agree), ("p2", Aggregation::Sum)]);
}

#[test]
fn aggregates_over_children() {
    let scope = Columns(Grouping::Record);
    let compiled = compile("sum(line.amount) == out.amount && count(line) > 0", &scope, "p").unwrap();
    let parts: Vec<_> = compiled.aggregates.iter().map(|a| (a.relation.as_deref(), a.how.clone())).collect();
    assert_eq!(parts, vec![(Some("line"), Aggregation::Sum), (Some("line"), Aggregation::Count)]);
}
