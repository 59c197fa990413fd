//! What fits what: conversions that are silent, and the mistakes for the rest.

use super::Checker;
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::tree::{Kind, Node};
use crate::expr::value::{Value, parse_iso};

impl Checker<'_> {
    /// The node as text; never a mistake.
    pub(super) fn as_text(&self, node: Node) -> Node {
        match node.ty {
            Type::Text => node,
            Type::Empty => retype(node, Type::Text),
            _ => Node { ty: Type::Text, span: node.span.clone(), kind: Kind::AsText(Box::new(node)) },
        }
    }

    /// The node as a condition.
    pub(super) fn condition(&mut self, node: Node) -> Option<Node> {
        if matches!(node.ty, Type::Flag | Type::Empty) {
            return Some(retype(node, Type::Flag));
        }
        let message = format!("a condition is yes/no, but this is {}", node.ty.word());
        let help = match node.ty {
            Type::Text => "compare it, as in `… == \"X\"`, or ask `!blank(…)`",
            _ => "compare it, as in `… > 0`",
        };
        self.mistake(Code::OPERAND_TYPE, node.span, message, Some(help.to_owned()))
    }

    /// The node as a number.
    pub(super) fn number(&mut self, node: Node) -> Option<Node> {
        if matches!(node.ty, Type::Number | Type::Empty) {
            return Some(retype(node, Type::Number));
        }
        self.wanted(&node, Type::Number)
    }

    /// A mistake about the type of a node.
    pub(super) fn wanted<T>(&mut self, node: &Node, wanted: Type) -> Option<T> {
        let message = format!("{} is needed here, but this is {}", wanted.word(), node.ty.word());
        let help = self.conversion(node, wanted);
        self.mistake(Code::OPERAND_TYPE, node.span.clone(), message, help)
    }

    fn conversion(&self, node: &Node, wanted: Type) -> Option<String> {
        let source = self.source(&node.span);
        let reader = match wanted {
            Type::Number => "num",
            Type::Text => "text",
            Type::Flag => "flag",
            _ => "date",
        };
        if let Some(rest) = ["text(", "num(", "date(", "flag("].iter().find_map(|r| source.strip_prefix(r)) {
            return Some(format!("read the column with `{reader}({rest}`"));
        }
        match (node.literal(), wanted) {
            (Some(Value::Text(t)), Type::Number) => {
                Some(format!("write {t} without quotes if it is a number"))
            }
            (Some(Value::Text(_)), Type::Date | Type::DateTime) => {
                Some("write a date as \"2026-10-02\"".to_owned())
            }
            (Some(_), Type::Text) => Some(format!("write \"{source}\" for a text")),
            _ => None,
        }
    }

    /// Two nodes made comparable.
    pub(super) fn comparable(&mut self, a: Node, b: Node) -> Option<(Node, Node)> {
        let (a, b) = (dated(a, b.ty), b);
        let b = dated(b, a.ty);
        match (a.ty, b.ty) {
            (x, y) if x == y => Some((a, b)),
            (Type::Empty, y) => Some((retype(a, y), b)),
            (x, Type::Empty) => Some((a, retype(b, x))),
            (Type::DateTime, Type::Date) => Some((as_date(a), b)),
            (Type::Date, Type::DateTime) => Some((a, as_date(b))),
            (x, y) => {
                let message = format!("{} is compared with {}", x.word(), y.word());
                let help = if y == Type::Text { self.conversion(&b, x) } else { self.conversion(&a, y) };
                self.mistake(Code::OPERAND_TYPE, a.span.start..b.span.end.max(a.span.end), message, help)
            }
        }
    }

    /// Nodes of which one becomes the value: all of one type, empties aside.
    pub(super) fn unify(&mut self, nodes: Vec<Node>) -> Option<(Type, Vec<Node>)> {
        let ty = nodes.iter().map(|n| n.ty).find(|t| *t != Type::Empty).unwrap_or(Type::Empty);
        let nodes: Vec<Node> = nodes.into_iter().map(|n| retype(n, ty)).collect();
        if let Some(other) = nodes.iter().find(|n| n.ty != ty) {
            let message = format!(
                "this is {}, but the value before it is {}: one expression has one type",
                other.ty.word(),
                ty.word()
            );
            let help = self.conversion(other, ty);
            return self.mistake(Code::OPERAND_TYPE, other.span.clone(), message, help);
        }
        Some((ty, nodes))
    }
}

/// An empty of a type; anything else as it is.
pub(super) fn retype(node: Node, ty: Type) -> Node {
    if node.ty != Type::Empty || ty == Type::Empty {
        return node;
    }
    let node = node.map(&mut |child| retype(child, ty));
    Node { ty, ..node }
}

/// A text written as an ISO date, where a date is on the other side.
pub(super) fn dated(node: Node, other: Type) -> Node {
    let Some(Value::Text(text)) = node.literal() else { return node };
    match parse_iso(text).filter(|_| matches!(other, Type::Date | Type::DateTime)) {
        Some(day) => Node::constant(Value::Date(day), node.span),
        None => node,
    }
}

fn as_date(node: Node) -> Node {
    Node { ty: Type::Date, span: node.span.clone(), kind: Kind::AsDate(Box::new(node)) }
}
