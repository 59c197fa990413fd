//! Constants, templates and bare names.

use super::Checker;
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::number::Number;
use crate::expr::place;
use crate::expr::tree::{Kind, Leaf, Node};
use crate::expr::value::Value;
use rhai::{Dynamic, Expr, Position};

impl Checker<'_> {
    pub(super) fn empty(&self, at: Position) -> Node {
        let start = place::offset(self.text, at);
        Node::constant(Value::Empty, start..place::closed(self.text, start, ')'))
    }

    pub(super) fn flag(&self, flag: bool, at: Position) -> Node {
        Node::constant(Value::Flag(flag), self.at(at))
    }

    pub(super) fn string(&self, text: &str, at: Position) -> Node {
        let mut node = Node::constant(Value::text(text), self.at(at));
        if node.ty == Type::Empty && text.is_empty() {
            node.ty = Type::Empty;
        }
        node
    }

    pub(super) fn integer(&mut self, n: i64, at: Position) -> Option<Node> {
        let span = self.at(at);
        match Number::whole(n) {
            Some(number) => Some(Node::constant(Value::Number(number), span)),
            None => self.long_number(span),
        }
    }

    fn long_number(&mut self, span: std::ops::Range<usize>) -> Option<Node> {
        let message = "a number has at most 18 digits before the point and 10 after it";
        self.mistake(Code::BAD_LITERAL, span, message, None)
    }

    pub(super) fn dynamic(&mut self, value: &Dynamic, at: Position) -> Option<Node> {
        let span = self.at(at);
        match value.as_decimal() {
            Ok(d) => match Number::from_parts(d.mantissa(), d.scale()) {
                Some(number) => Some(Node::constant(Value::Number(number), span)),
                None => self.long_number(span),
            },
            Err(_) => self.foreign(span, "this is", "write a number, a text in double quotes, true or false"),
        }
    }

    pub(super) fn character(&mut self, c: char, at: Position) -> Option<Node> {
        let span = self.at(at);
        let help = Some(format!("write \"{c}\""));
        self.mistake(Code::SPREADSHEET_HABIT, span, "text stands in double quotes", help)
    }

    pub(super) fn template(&mut self, parts: &[Expr], at: Position) -> Option<Node> {
        let span = self.at(at);
        let mut nodes = Vec::new();
        let mut whole = true;
        for part in parts {
            match self.expr(part) {
                Some(node) if matches!(part, Expr::StringConstant(text, _) if text.is_empty()) => drop(node),
                Some(node) => nodes.push(self.as_text(node)),
                None => whole = false,
            }
        }
        whole.then_some(Node { ty: Type::Text, span, kind: Kind::Concat(nodes) })
    }

    pub(super) fn name(&mut self, name: &str, at: Position) -> Option<Node> {
        let span = self.at(at);
        match self.scope.name(name) {
            Ok(lowered) => Some(Node {
                ty: lowered.ty,
                span,
                kind: Kind::Leaf(Leaf { lowered, varies: true, child: None }),
            }),
            Err(refusal) => self.refused(Code::UNKNOWN_NAME, span, refusal),
        }
    }
}
