//! Operators: arithmetic, comparison, logic, `??`, `in`.

use super::Checker;
use super::types::{dated, retype};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::tree::{Kind, Node, Op};
use crate::expr::value::Value;
use rhai::{Expr, Position};

impl Checker<'_> {
    /// An operator with its operands.
    pub(super) fn operator(&mut self, sign: &str, args: &[Expr], at: Position) -> Option<Node> {
        match (sign, args) {
            ("-", [a]) => self.negative(a, at),
            ("+", [a]) => self.expr(a).and_then(|n| self.number(n)),
            ("!", [a]) => self.not(a, at),
            (_, [a, b]) => match Op::named(sign) {
                Some(op) => self.binary(op, a, b),
                None => self.foreign_operator(sign, a, b, at),
            },
            _ => self.foreign_operator(sign, args.first()?, args.first()?, at),
        }
    }

    fn foreign_operator(&mut self, sign: &str, a: &Expr, b: &Expr, at: Position) -> Option<Node> {
        let span = self.at(at);
        let _ = (self.expr(a), self.expr(b));
        let (code, help) = match sign {
            "&" => (
                Code::SPREADSHEET_HABIT,
                "join texts with `+`, or with a template: `${a} ${b}` in backticks; `&&` is \"and\"",
            ),
            "|" => (Code::NOT_IN_LANGUAGE, "\"or\" is written `||`"),
            "^" | "**" => (Code::SPREADSHEET_HABIT, "there is no power; multiply: `x * x`"),
            ".." | "..=" => (Code::NOT_IN_LANGUAGE, "compare twice: `x >= 1 && x <= 9`"),
            _ => (Code::NOT_IN_LANGUAGE, "see the operators in the reference"),
        };
        self.mistake(code, span, format!("there is no operator `{sign}`"), Some(help.to_owned()))
    }

    fn negative(&mut self, a: &Expr, at: Position) -> Option<Node> {
        let start = self.at(at).start;
        let node = self.expr(a).and_then(|n| self.number(n))?;
        let span = start..node.span.end;
        Some(match node.literal() {
            Some(Value::Number(n)) => Node::constant(Value::Number(-*n), span),
            _ => Node { ty: Type::Number, span, kind: Kind::Neg(Box::new(node)) },
        })
    }

    fn not(&mut self, a: &Expr, at: Position) -> Option<Node> {
        let start = self.at(at).start;
        let node = self.expr(a).and_then(|n| self.condition(n))?;
        Some(Node {
            ty: Type::Flag,
            span: start.min(node.span.start)..node.span.end,
            kind: Kind::Not(Box::new(node)),
        })
    }

    fn binary(&mut self, op: Op, a: &Expr, b: &Expr) -> Option<Node> {
        let (a, b) = (self.expr(a), self.expr(b));
        let (a, b) = (a?, b?);
        if op == Op::Add && (a.ty == Type::Text || b.ty == Type::Text) {
            return Some(self.concat(a, b));
        }
        let span = a.span.start..b.span.end;
        let (a, b) = if op.is_arithmetic() {
            let (a, b) = (self.number(a), self.number(b));
            (a?, b?)
        } else {
            self.comparable(a, b)?
        };
        if a.ty == Type::Flag && !matches!(op, Op::Eq | Op::Ne) {
            return self.mistake(
                Code::OPERAND_TYPE,
                span,
                "yes/no has no order",
                Some("use `==` or `!=`".to_owned()),
            );
        }
        let ty = if op.is_arithmetic() { Type::Number } else { Type::Flag };
        Some(Node { ty, span, kind: Kind::Binary(op, Box::new(a), Box::new(b)) })
    }

    fn concat(&self, a: Node, b: Node) -> Node {
        let span = a.span.start..b.span.end;
        let mut parts = Vec::new();
        for node in [a, b] {
            match node.kind {
                Kind::Concat(items) => parts.extend(items),
                _ => parts.push(self.as_text(node)),
            }
        }
        Node { ty: Type::Text, span, kind: Kind::Concat(parts) }
    }

    /// `&&` and `||`.
    pub(super) fn logic(&mut self, parts: &[Expr], kind: fn(Vec<Node>) -> Kind) -> Option<Node> {
        let nodes: Vec<Option<Node>> =
            parts.iter().map(|p| self.expr(p).and_then(|n| self.condition(n))).collect();
        let nodes = nodes.into_iter().collect::<Option<Vec<Node>>>()?;
        Some(Node { ty: Type::Flag, span: around(&nodes), kind: kind(nodes) })
    }

    /// `??`.
    pub(super) fn coalesce(&mut self, parts: &[Expr]) -> Option<Node> {
        let nodes: Vec<Option<Node>> = parts.iter().map(|p| self.expr(p)).collect();
        let (ty, nodes) = self.unify(nodes.into_iter().collect::<Option<Vec<Node>>>()?)?;
        Some(Node { ty, span: around(&nodes), kind: Kind::First(nodes) })
    }

    /// `x in [a, b]`, or `part in text`.
    pub(super) fn member(&mut self, subject: &Expr, list: &Expr) -> Option<Node> {
        let subject = self.expr(subject);
        let Expr::Array(items, _) = list else { return self.part_of(subject, list) };
        let items: Vec<Option<Node>> = items.iter().map(|i| self.expr(i)).collect();
        let mut subject = subject?;
        let mut checked = Vec::new();
        for item in items.into_iter().collect::<Option<Vec<Node>>>()? {
            let (s, item) = self.comparable(subject.clone(), dated(item, subject.ty))?;
            checked.push(item);
            subject = s;
        }
        let end = checked.last().map_or(subject.span.end, |n| n.span.end);
        let span = subject.span.start..crate::expr::place::closed(self.text, end, ']');
        let subject = retype(subject, Type::Text);
        Some(Node { ty: Type::Flag, span, kind: Kind::In(Box::new(subject), checked) })
    }

    fn part_of(&mut self, part: Option<Node>, text: &Expr) -> Option<Node> {
        let text = self.expr(text);
        let (part, text) = (part?, text?);
        let contains = crate::expr::functions::find("contains")?;
        for node in [&part, &text] {
            if !matches!(node.ty, Type::Text | Type::Empty) {
                return self.wanted(node, Type::Text);
            }
        }
        let span = part.span.start..text.span.end;
        let args = vec![retype(text, Type::Text), retype(part, Type::Text)];
        Some(Node { ty: Type::Flag, span, kind: Kind::Call(contains, args) })
    }
}

pub(super) fn around(nodes: &[Node]) -> std::ops::Range<usize> {
    let start = nodes.first().map_or(0, |n| n.span.start);
    start..nodes.last().map_or(start, |n| n.span.end)
}
