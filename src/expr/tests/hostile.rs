//! Programs that try to run away: refused when read, or ended (reliability S4).

use super::{both, db, mistakes};
use crate::expr::scope::Grouping;
use std::time::Instant;

const HOSTILE: &[&str] = &[
    "while true { 1 }",
    "loop { }",
    "for x in 0..1000000000 { x }",
    "do { 1 } while true",
    "fn f(x) { f(x + 1) } f(1)",
    "let x = \"a\"; x",
    "eval(\"1\")",
    "import \"x\" as y",
    "print(\"x\")",
    "debug(1)",
    "throw 1",
    "try { 1 } catch { 2 }",
    "return 1",
    "|x| x + 1",
    "Fn(\"f\")",
    "[1, 2].map(|x| x)",
    "call(\"f\")",
    "#{a: 1}.a",
    "this",
    "1; 2",
    "sleep(10)",
    "timestamp()",
    "export 1",
    "x += 1",
    "text(\"T\") = \"a\"",
    "blob(1000000000)",
    "range(0, 1)",
    "\"a\".pad(1000000000, 'x')",
    "type_of(1)",
];

#[test]
fn hostile_programs_are_refused_at_once() {
    for text in HOSTILE {
        let start = Instant::now();
        let found = mistakes(text, Grouping::Rows);
        assert!(!found.is_empty(), "{text} was accepted");
        assert!(start.elapsed().as_millis() < 100, "{text} took {:?}", start.elapsed());
    }
    for deep in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}1", "-".repeat(3000)),
        format!("{}true", "!".repeat(10_000)),
    ] {
        assert!(!mistakes(&deep, Grouping::Rows).is_empty());
    }
}

#[test]
fn long_but_honest_expressions_run() {
    let db = db();
    let sum = vec!["num(\"N\")"; 30].join(" + ");
    assert_eq!(both(&db, &sum), vec!["375"]);
    let text = vec!["text(\"T\")"; 30].join(" + ");
    assert_eq!(both(&db, &text), vec!["Ab-7".repeat(30)]);
    let list = (0..500).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
    assert_eq!(both(&db, &format!("text(\"T\") in [{list}]")), vec!["false"]);
}
