//! What stands behind a dot: properties (`out.x`) and functions in method form (`text("A").trim()`).

use super::Checker;
use crate::diagnostic::Code;
use crate::expr::scope::Grouping;
use crate::expr::tree::{Kind, Leaf, Node};
use rhai::{ASTFlags, BinaryExpr, Expr, Position};

impl Checker<'_> {
    /// A chain of dots, which Rhai nests to the right.
    pub(super) fn chain(&mut self, pair: &BinaryExpr, flags: ASTFlags, at: Position) -> Option<Node> {
        if flags.intersects(ASTFlags::NEGATED) {
            let span = self.at(at);
            return self.foreign(span, "`?.` is", "write `.`; empties need no care");
        }
        let mut links = Vec::new();
        unroll(&pair.rhs, &mut links);
        let mut links = links.into_iter();
        let mut node = match (&pair.lhs, links.next()?) {
            (Expr::Variable(object, _, p), Expr::Property(name, end)) => {
                self.property(&object.1, &name.2, *p, *end)
            }
            (base, link) => {
                let base = self.expr(base);
                self.link(base, link)
            }
        };
        for link in links {
            node = self.link(node, link);
        }
        node
    }

    fn link(&mut self, base: Option<Node>, link: &Expr) -> Option<Node> {
        match link {
            Expr::MethodCall(call, p) => self.method(base, call, *p),
            Expr::Property(name, p) => {
                let span = self.at(*p);
                let help = format!("a function in this form needs brackets: `.{}()`", name.2);
                base?;
                self.mistake(
                    Code::UNKNOWN_NAME,
                    span,
                    format!("a value has no property `{}`", name.2),
                    Some(help),
                )
            }
            other => self.unknown_expr(other),
        }
    }

    fn property(&mut self, object: &str, name: &str, at: Position, end: Position) -> Option<Node> {
        let span = self.at(at).start..self.at(end).end;
        let child = self.scope.child(object);
        if self.grouping() == Grouping::Record && child != self.inside && (child || self.scope.varies(object))
        {
            return self.misplaced(object, name, span);
        }
        match self.scope.property(object, name) {
            Ok(lowered) => {
                let child = child.then(|| object.to_owned());
                let leaf = Leaf { varies: self.scope.varies(object), child, lowered };
                Some(Node { ty: leaf.lowered.ty, span, kind: Kind::Leaf(leaf) })
            }
            Err(refusal) => self.refused(Code::UNKNOWN_NAME, span, refusal),
        }
    }

    fn misplaced(&mut self, object: &str, name: &str, span: std::ops::Range<usize>) -> Option<Node> {
        if self.inside {
            let message =
                format!("`{object}.{name}` is one value of the record and cannot stand inside an aggregate");
            return self.mistake(
                Code::BAD_AGGREGATE,
                span,
                message,
                Some("take it out of the aggregate".to_owned()),
            );
        }
        let message = format!("a record has many `{object}`, so `{object}.{name}` needs an aggregate");
        self.mistake(Code::BAD_AGGREGATE, span, message, Some(format!("for example `sum({object}.{name})`")))
    }
}

fn unroll<'a>(expr: &'a Expr, links: &mut Vec<&'a Expr>) {
    match expr {
        Expr::Dot(pair, ..) => {
            links.push(&pair.lhs);
            unroll(&pair.rhs, links);
        }
        other => links.push(other),
    }
}
