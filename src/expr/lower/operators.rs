//! Operators in SQL.

use super::{Lowering, guarded};
use crate::diagnostic::Code;
use crate::expr::compiled::{Fail, Lowered, Type};
use crate::expr::tree::{Kind, Node, Op};
use crate::expr::{BY_ZERO, TOO_LARGE};
use crate::sql::{Expr, NUMBER};

impl Lowering {
    pub(super) fn binary(&mut self, op: Op, a: &Node, b: &Node) -> Lowered {
        if op.is_arithmetic() { self.arithmetic(op, a, b) } else { self.comparison(op, a, b) }
    }

    fn arithmetic(&mut self, op: Op, a: &Node, b: &Node) -> Lowered {
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
            fails.push(fail(Expr::all(when), Code::DIVISION_BY_ZERO, BY_ZERO));
        }
        if op != Op::Rem {
            let not_zero = (op == Op::Div && zero).then(|| divisor.unlike(Expr::int(0)));
            let when = given.into_iter().chain(not_zero).chain([value.clone().is_null()]);
            fails.push(fail(Expr::all(when), Code::NUMBER_TOO_LARGE, TOO_LARGE));
        }
        Lowered { ty: Type::Number, value, fails }
    }

    fn comparison(&mut self, op: Op, a: &Node, b: &Node) -> Lowered {
        let (a, b) = (self.sql(a), self.sql(b));
        let value = match op {
            Op::Eq => a.value.same(b.value),
            Op::Ne => a.value.unlike(b.value),
            _ => a.value.op(op.sign(), b.value).or_else(Expr::flag(false)),
        };
        Lowered { ty: Type::Flag, value, fails: a.fails.into_iter().chain(b.fails).collect() }
    }

    /// A condition whose value is never NULL.
    pub(super) fn condition(&mut self, node: &Node) -> Lowered {
        let sure = match &node.kind {
            Kind::Not(_) | Kind::All(_) | Kind::Any(_) | Kind::In(..) => true,
            Kind::Binary(op, ..) => !op.is_arithmetic(),
            Kind::Call(f, _) => !f.strict,
            _ => false,
        };
        let lowered = self.sql(node);
        if sure { lowered } else { Lowered { value: lowered.value.or_else(Expr::flag(false)), ..lowered } }
    }

    pub(super) fn all(&mut self, items: &[Node]) -> Lowered {
        self.logic(items, Expr::all, |so_far| so_far)
    }

    pub(super) fn any(&mut self, items: &[Node]) -> Lowered {
        self.logic(items, Expr::any, Expr::negate)
    }

    /// Each part counts, with its failures, only where those before it have not decided.
    fn logic(&mut self, items: &[Node], join: fn(Vec<Expr>) -> Expr, go_on: fn(Expr) -> Expr) -> Lowered {
        let (mut values, mut fails) = (Vec::new(), Vec::new());
        for item in items {
            let item = self.condition(item);
            if values.is_empty() {
                fails.extend(item.fails);
            } else {
                fails.extend(guarded(item.fails, &go_on(join(values.clone()))));
            }
            values.push(item.value);
        }
        Lowered { ty: Type::Flag, value: join(values), fails }
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

    pub(super) fn choice(&mut self, condition: &Node, yes: &Node, no: &Node) -> Lowered {
        let condition = self.condition(condition);
        let (yes, no) = (self.sql(yes), self.sql(no));
        let mut fails = condition.fails;
        fails.extend(guarded(yes.fails, &condition.value));
        fails.extend(guarded(no.fails, &condition.value.clone().negate()));
        Lowered { ty: yes.ty, value: Expr::case([(condition.value, yes.value)], no.value), fails }
    }

    pub(super) fn member(&mut self, subject: &Node, items: &[Node]) -> Lowered {
        let subject = self.sql(subject);
        let mut fails = subject.fails;
        let (mut plain, mut others) = (Vec::new(), Vec::new());
        for node in items {
            let item = self.sql(node);
            fails.extend(item.fails);
            let constant = node.literal().is_some_and(|v| !v.is_empty());
            if constant {
                plain.push(item.value);
            } else {
                others.push(subject.value.clone().same(item.value));
            }
        }
        if !plain.is_empty() {
            others.push(subject.value.one_of(plain).or_else(Expr::flag(false)));
        }
        Lowered { ty: Type::Flag, value: Expr::any(others), fails }
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

/// An operation cast back to the number type; NULL where it fails. Products are ours too: `TRY(a * b)` takes twenty
/// times as long, and even a product that cannot fail eight times, for DuckDB's rounding of 38 digits (measured).
fn number(op: Op, a: Expr, b: Expr) -> Expr {
    match op {
        Op::Mul => pair(crate::expr::vectors::MULTIPLY, a, b),
        Op::Div => pair(crate::expr::vectors::DIVIDE, a, b),
        Op::Rem => a.op("%", Expr::call("nullif", [b, Expr::int(0)])).try_cast(NUMBER),
        _ => a.op(op.sign(), b).try_cast(NUMBER),
    }
}

/// One of our functions of two numbers.
fn pair(function: &str, a: Expr, b: Expr) -> Expr {
    let members = [("a".to_owned(), a.cast(NUMBER)), ("b".to_owned(), b.cast(NUMBER))];
    Expr::call(function, [Expr::pack(members)]).member("v")
}

pub(super) fn fail(when: Expr, code: Code, reason: &str) -> Fail {
    Fail { when, code, reason: Expr::text(reason), value: None, column: None }
}
