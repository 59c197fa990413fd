//! The typed tree → SQL, with the points where a row can fail. What has no SQL goes to the fallback runner.

mod calls;
mod conditions;
mod operators;

use super::compiled::{Fail, Lowered, Type};
use super::fallback::{self, Runner};
use super::tree::{Kind, Node};
use crate::sql::Expr;
use std::sync::Arc;

/// Lowers nodes, collecting the functions that run in Rhai's engine.
#[derive(Debug, Default)]
pub struct Lowering {
    all_fallback: bool,
    functions: Vec<Arc<Runner>>,
    why: Vec<String>,
}

impl Lowering {
    /// Sends everything to the fallback runner.
    pub fn all_fallback() -> Self {
        Self { all_fallback: true, ..Self::default() }
    }

    /// The functions to register.
    pub fn functions(&self) -> Vec<Arc<Runner>> {
        self.functions.clone()
    }

    /// Why part of it runs in Rhai's engine.
    pub fn why(&self) -> Option<String> {
        (!self.why.is_empty()).then(|| self.why.join("; "))
    }

    /// The SQL of a node.
    pub fn lower(&mut self, node: &Node) -> Lowered {
        let lowered = if self.all_fallback { self.fallback(node, "it was asked to") } else { self.sql(node) };
        Lowered { fails: distinct(lowered.fails), ..lowered }
    }

    fn fallback(&mut self, node: &Node, why: &str) -> Lowered {
        let (lowered, runner) = fallback::lower(node);
        self.functions.push(Arc::new(runner));
        if !self.why.iter().any(|w| w == why) {
            self.why.push(why.to_owned());
        }
        lowered
    }

    fn sql(&mut self, node: &Node) -> Lowered {
        match &node.kind {
            Kind::Const(value) => Lowered::sure(node.ty, value.sql(node.ty)),
            Kind::Leaf(leaf) => of_type(leaf.lowered.clone(), node.ty),
            Kind::Binary(op, a, b) if op.is_arithmetic() => self.arithmetic(*op, a, b),
            Kind::Binary(..) | Kind::Not(_) | Kind::All(_) | Kind::Any(_) | Kind::In(..) => {
                self.condition(node).into()
            }
            Kind::Neg(a) => self.strict(node.ty, a, Expr::minus),
            Kind::First(items) => self.first(node.ty, items),
            Kind::If(c, yes, no) => self.choice(c, yes, no),
            Kind::Concat(items) => self.concat(items),
            Kind::AsText(a) => {
                let ty = a.ty;
                self.strict(Type::Text, a, |e| as_text(e, ty))
            }
            Kind::AsDate(a) => self.strict(Type::Date, a, |e| e.cast("DATE")),
            Kind::Call(function, args) => self.call(function, args, node),
            // Aggregates are columns by now (group.rs); one left over has no rows, so it is empty.
            Kind::Aggregate(..) => Lowered::sure(node.ty, Expr::null(node.ty.sql())),
        }
    }

    /// A value made from one other, NULL where that is.
    fn strict(&mut self, ty: Type, a: &Node, make: impl FnOnce(Expr) -> Expr) -> Lowered {
        let a = self.sql(a);
        Lowered { ty, value: make(a.value), fails: a.fails }
    }
}

/// Each failure once, in the order in which they come about.
fn distinct(fails: Vec<Fail>) -> Vec<Fail> {
    let mut kept: Vec<Fail> = Vec::with_capacity(fails.len());
    for fail in fails {
        if !kept.contains(&fail) {
            kept.push(fail);
        }
    }
    kept
}

/// A leaf of no type where one is wanted.
fn of_type(lowered: Lowered, ty: Type) -> Lowered {
    if lowered.ty == ty { lowered } else { Lowered { ty, value: Expr::null(ty.sql()), ..lowered } }
}

/// A value as text.
pub fn as_text(value: Expr, ty: Type) -> Expr {
    match ty {
        Type::Text | Type::Empty => value,
        Type::Number => value.number_to_text(),
        Type::Date | Type::Flag => value.cast("VARCHAR"),
        Type::DateTime => value.datetime_to_text(),
    }
}

/// All failures, each only where the guard holds.
fn guarded(fails: Vec<Fail>, guard: &Expr) -> impl Iterator<Item = Fail> {
    fails.into_iter().map(|f| f.only_if(guard))
}
