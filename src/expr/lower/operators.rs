//! Operators in SQL.

use super::{Lowering, guarded};
use crate::diagnostic::Code;
use crate::expr::compiled::{Fail, Lowered, Type};
use crate::expr::tree::{Node, Op};
use crate::expr::{BY_ZERO, TOO_LARGE, vectors};
use crate::sql::{Expr, NUMBER};

impl Lowering {
    pub(super) fn arithmetic(&mut self, op: Op, a: &Node, b: &Node) -> Lowered {
        let both = present(&[a, b]);
        let zero = may_be_zero(b);
        let (a, b) = (self.sql(a), self.sql(b));
        let given: Vec<Expr> = both
            .iter()
            .map(|first| if *first { a.value.clone() } else { b.value.clone() }.is_not_null())
            .collect();
        let divisor = b.value.clone();
        let value = number(op, a.value, b.value);
        let mut fails = a.fails;
        fails.extend(b.fails);
        if matches!(op, Op::Div | Op::Rem) && zero {
            let when =
                given.iter().cloned().chain([divisor.clone().eq(Expr::int(0)).or_else(Expr::flag(false))]);
            fails.push(fail(lost(&value, when), Code::DIVISION_BY_ZERO, BY_ZERO));
        }
        if op != Op::Rem {
            let not_zero = (op == Op::Div && zero).then(|| divisor.unlike(Expr::int(0)));
            fails.push(fail(
                lost(&value, given.into_iter().chain(not_zero)),
                Code::NUMBER_TOO_LARGE,
                TOO_LARGE,
            ));
        }
        Lowered { ty: Type::Number, value, fails }
    }

    pub(super) fn choice(&mut self, condition: &Node, yes: &Node, no: &Node) -> Lowered {
        let condition = self.condition(condition);
        let (yes, no) = (self.sql(yes), self.sql(no));
        let holds = condition.strict();
        let mut fails = condition.fails;
        fails.extend(guarded(yes.fails, &holds));
        fails.extend(guarded(no.fails, &holds.negate()));
        Lowered { ty: yes.ty, value: Expr::case([(condition.value, yes.value)], no.value), fails }
    }

    pub(super) fn first(&mut self, ty: Type, items: &[Node]) -> Lowered {
        let (mut values, mut fails) = (Vec::<Expr>::new(), Vec::new());
        for item in items {
            let item = self.sql(item);
            let guard = Expr::all(values.iter().map(|v| v.clone().is_null()));
            if values.is_empty() {
                fails.extend(item.fails);
            } else {
                fails.extend(guarded(item.fails, &guard));
            }
            values.push(item.value);
        }
        Lowered { ty, value: Expr::call("coalesce", values), fails }
    }

    pub(super) fn concat(&mut self, items: &[Node]) -> Lowered {
        let (mut value, mut fails) = (None, Vec::new());
        for item in items {
            let item = self.sql(item);
            fails.extend(item.fails);
            value = Some(match value {
                None => item.value,
                Some(before) => Expr::op(before, "||", item.value),
            });
        }
        Lowered { ty: Type::Text, value: value.unwrap_or_else(|| Expr::null("VARCHAR")), fails }
    }
}

/// Which of the two nodes may be empty: true for the first, false for the second.
fn present(nodes: &[&Node; 2]) -> Vec<bool> {
    let may = |n: &Node| n.literal().is_none_or(crate::expr::value::Value::is_empty);
    let mut list = Vec::new();
    if may(nodes[0]) {
        list.push(true);
    }
    if may(nodes[1]) {
        list.push(false);
    }
    list
}

fn may_be_zero(node: &Node) -> bool {
    node.literal().and_then(crate::expr::value::Value::number).is_none_or(|n| n.units() == 0)
}

/// An operation cast back to the number type; NULL where it fails.
fn number(op: Op, a: Expr, b: Expr) -> Expr {
    match op {
        Op::Mul => vectors::call(vectors::MULTIPLY, a, b),
        Op::Div => vectors::call(vectors::DIVIDE, a, b),
        Op::Rem => a.op("%", Expr::call("nullif", [b, Expr::int(0)])).try_cast(NUMBER),
        _ => a.op(op.sign(), b).try_cast(NUMBER),
    }
}

/// That there is no value although all of these hold. A CASE looks at them only for the rows without a value, an AND would for
/// all.
pub(super) fn lost(value: &Expr, all: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::case([(value.clone().is_null(), Expr::all(all))], Expr::flag(false))
}

pub(super) fn fail(when: Expr, code: Code, reason: &str) -> Fail {
    Fail { when, code, reason: Expr::text(reason), value: None, column: None }
}
