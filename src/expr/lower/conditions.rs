//! Conditions in SQL. Where DuckDB takes NULL for false anyway, a condition may be NULL: saying `coalesce` at every step costs
//! as much as the comparison.

use super::{Lowering, guarded};
use crate::expr::compiled::{Fail, Lowered, Type};
use crate::expr::tree::{Kind, Node, Op};
use crate::expr::value::Value;
use crate::sql::Expr;

/// A condition.
pub(super) struct Condition {
    /// TRUE where it holds; FALSE, or NULL unless `sure`, where it does not.
    pub value: Expr,
    sure: bool,
    pub fails: Vec<Fail>,
}

impl Condition {
    fn sure(value: Expr, fails: Vec<Fail>) -> Self {
        Self { value, sure: true, fails }
    }

    fn open(value: Expr, fails: Vec<Fail>) -> Self {
        Self { value, sure: false, fails }
    }

    /// As a value that is never NULL.
    pub fn strict(&self) -> Expr {
        let value = self.value.clone();
        if self.sure { value } else { value.holds() }
    }
}

impl From<Condition> for Lowered {
    fn from(condition: Condition) -> Self {
        Self { ty: Type::Flag, value: condition.strict(), fails: condition.fails }
    }
}

impl Lowering {
    pub(super) fn condition(&mut self, node: &Node) -> Condition {
        match &node.kind {
            Kind::Not(a) => {
                let a = self.condition(a);
                Condition::sure(a.strict().negate(), a.fails)
            }
            Kind::All(items) => self.logic(items, Expr::all, |so_far| so_far),
            Kind::Any(items) => self.logic(items, Expr::any, Expr::negate),
            Kind::In(subject, items) => self.member(subject, items),
            Kind::Binary(op, a, b) if !op.is_arithmetic() => self.comparison(*op, a, b),
            kind => {
                let sure = matches!(kind, Kind::Call(f, _) if !f.strict);
                let Lowered { value, fails, .. } = self.sql(node);
                Condition { value, sure, fails }
            }
        }
    }

    fn comparison(&mut self, op: Op, a: &Node, b: &Node) -> Condition {
        let constant = is_constant(a) || is_constant(b);
        let (a, b) = (self.sql(a), self.sql(b));
        let fails = a.fails.into_iter().chain(b.fails).collect();
        match op {
            Op::Eq if !constant => Condition::sure(a.value.same(b.value), fails),
            Op::Eq => Condition::open(a.value.eq(b.value), fails),
            Op::Ne if !constant => Condition::sure(a.value.unlike(b.value), fails),
            // One of the two is not NULL. (IS DISTINCT FROM takes half as long again.)
            Op::Ne => {
                let empty = Expr::any([a.value.clone().is_null(), b.value.clone().is_null()]);
                Condition::sure(Expr::any([a.value.op("<>", b.value), empty]), fails)
            }
            _ => Condition::open(a.value.op(op.sign(), b.value), fails),
        }
    }

    /// Each part counts, with its failures, only where those before it have not decided.
    fn logic(&mut self, items: &[Node], join: fn(Vec<Expr>) -> Expr, go_on: fn(Expr) -> Expr) -> Condition {
        let (mut values, mut strict, mut fails) = (Vec::new(), Vec::new(), Vec::new());
        let mut sure = true;
        for item in items {
            let item = self.condition(item);
            let (exact, open) = (item.strict(), !item.sure);
            if values.is_empty() {
                fails.extend(item.fails);
            } else {
                fails.extend(guarded(item.fails, &go_on(join(strict.clone()))));
            }
            sure &= !open;
            values.push(item.value);
            strict.push(exact);
        }
        Condition { value: join(values), sure, fails }
    }

    fn member(&mut self, subject: &Node, items: &[Node]) -> Condition {
        let subject = self.sql(subject);
        let mut fails = subject.fails;
        let (mut plain, mut others) = (Vec::new(), Vec::new());
        for node in items {
            let item = self.sql(node);
            fails.extend(item.fails);
            if is_constant(node) {
                plain.push(item.value);
            } else {
                others.push(subject.value.clone().same(item.value));
            }
        }
        let sure = plain.is_empty();
        if !sure {
            others.push(subject.value.one_of(plain));
        }
        Condition { value: Expr::any(others), sure, fails }
    }
}

/// A value that is written out and not empty.
fn is_constant(node: &Node) -> bool {
    node.literal().is_some_and(|v| !Value::is_empty(v))
}
