//! What has no SQL runs in Rhai's engine, with our operators and functions, as one DuckDB function per expression.
//! Rhai decides only the order (`if`, `&&`, `||`); every value is ours, so both runners mean the same.

mod operators;
mod runner;
mod script;

pub use runner::Runner;

use super::compiled::{Fail, Lowered, Type};
use super::tree::{Leaf, Node};
use super::value::Failure;
use crate::diagnostic::Code;
use crate::sql::Expr;

/// The failures an evaluation itself can have.
const CODES: &[Code] = &[Code::NUMBER_TOO_LARGE, Code::DIVISION_BY_ZERO, Code::OUT_OF_RANGE, Code::ROW_LIMIT];

impl Failure {
    /// As it travels through SQL: the code and the reason, or which failure of which leaf.
    pub fn encoded(&self) -> String {
        match self.code {
            Some(code) => format!("{code} {}", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// How a failed leaf says so.
fn failed_leaf(leaf: usize, fail: usize) -> String {
    format!("#{leaf}.{fail}")
}

/// A node as a call of a function of its own.
pub fn lower(node: &Node) -> (Lowered, Runner) {
    let script = script::write(node);
    let mut members = Vec::new();
    for (n, leaf) in script.leaves.iter().enumerate() {
        members.push((format!("v{n}"), typed(leaf)));
        if !leaf.lowered.fails.is_empty() {
            members.push((format!("f{n}"), which(&leaf.lowered.fails)));
        }
    }
    if members.is_empty() {
        members.push(("none".to_owned(), Expr::null(Type::Number.sql())));
    }
    let fails = script.leaves.iter().map(|l| l.lowered.fails.clone()).collect::<Vec<_>>();
    let runner = Runner::new(script, node.ty);
    let call = Expr::call(runner.name(), [Expr::pack(members)]);
    let error = call.clone().member("e");
    let fails = own(&error).chain(passed_on(&error, fails)).collect();
    (Lowered { ty: node.ty, value: call.member("v"), fails }, runner)
}

fn typed(leaf: &Leaf) -> Expr {
    leaf.lowered.value.clone().cast(leaf.lowered.ty.sql())
}

/// The number of the first failure that holds.
fn which(fails: &[Fail]) -> Expr {
    let branch = |(n, fail): (usize, &Fail)| (fail.when.clone(), Expr::number(&n.to_string()));
    Expr::case(fails.iter().enumerate().map(branch), Expr::null(Type::Number.sql()))
}

fn own(error: &Expr) -> impl Iterator<Item = Fail> {
    CODES.iter().map(|code| {
        let is = Expr::call("starts_with", [error.clone(), Expr::text(&format!("{code} "))]);
        let from = i64::try_from(code.0.len()).unwrap_or(0) + 2;
        Fail {
            when: is.or_else(Expr::flag(false)),
            code: *code,
            reason: Expr::call("substring", [error.clone(), Expr::int(from)]),
            value: None,
            column: None,
        }
    })
}

/// The failures of what was read, where the evaluation came to it.
fn passed_on(error: &Expr, fails: Vec<Vec<Fail>>) -> impl Iterator<Item = Fail> {
    let mut all = Vec::new();
    for (leaf, fails) in fails.into_iter().enumerate() {
        for (n, fail) in fails.into_iter().enumerate() {
            let reached = error.clone().same(Expr::text(&failed_leaf(leaf, n)));
            all.push(Fail { when: reached, ..fail });
        }
    }
    all.into_iter()
}
