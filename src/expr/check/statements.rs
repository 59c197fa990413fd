//! What Rhai takes for statements: of them the language has only `if` and blocks of one value.

use super::Checker;
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::place;
use crate::expr::tree::{Kind, Node};
use crate::expr::value::Value;
use rhai::{FlowControl, Position, Stmt, StmtBlock};
use std::ops::Range;

impl Checker<'_> {
    /// A block: empty, or one value.
    pub(super) fn block(&mut self, statements: &[Stmt], span: Range<usize>) -> Option<Node> {
        match statements {
            [] => Some(Node::constant(Value::Empty, span)),
            [one] => self.statement(one),
            [first, second, ..] => {
                for statement in statements {
                    let _ = self.statement(statement);
                }
                let _ = first;
                let span = self.at(super::position(&rhai::ASTNode::Stmt(second)));
                let help = "give parts a name with a let of the source".to_owned();
                self.mistake(
                    Code::NOT_IN_LANGUAGE,
                    span,
                    "an expression is one value, not several steps",
                    Some(help),
                )
            }
        }
    }

    fn statement(&mut self, statement: &Stmt) -> Option<Node> {
        match statement {
            Stmt::Noop(p) => Some(Node::constant(Value::Empty, self.at(*p))),
            Stmt::Expr(e) => self.expr(e),
            Stmt::FnCall(call, p) => self.call(call, *p),
            Stmt::Block(block) => {
                let span = self.at(block.position());
                self.block(block.statements(), span)
            }
            Stmt::If(flow, p) => self.choice(flow, *p),
            Stmt::Switch(parts, p) => self.switch(&parts.0, &parts.1, *p),
            other => self.no_statement(other),
        }
    }

    fn no_statement(&mut self, statement: &Stmt) -> Option<Node> {
        let span = self.at(statement.position());
        let lets = "put it into [source.….let], where it has a name for every expression on that source";
        match statement {
            Stmt::Var(..) => self.foreign(span, "`let` is", lets),
            Stmt::Assignment(_) => {
                let help = Some("write `==` to compare".to_owned());
                self.mistake(Code::SPREADSHEET_HABIT, span, "`=` does not compare", help)
            }
            Stmt::While(..) | Stmt::Do(..) | Stmt::For(..) | Stmt::BreakLoop(..) => self.foreign(
                span,
                "a loop is",
                "rows are gone through by the program; use an aggregate such as `sum(num(\"…\"))`",
            ),
            Stmt::TryCatch(..) => {
                self.foreign(span, "`try` is", "a failing value rejects its row; use `??` for empty ones")
            }
            Stmt::Return(..) => self.foreign(
                span,
                "`return` and `throw` are",
                "the value of the expression is what it says; use `if`",
            ),
            _ => self.foreign(span, "this is", "see the reference of the language"),
        }
    }

    fn choice(&mut self, flow: &FlowControl, at: Position) -> Option<Node> {
        let start = place::offset(self.text, at);
        let condition = self.expr(&flow.expr).and_then(|n| self.condition(n));
        let yes = self.branch(&flow.body, start);
        let no = self.branch(&flow.branch, start);
        let (condition, yes, no) = (condition?, yes?, no?);
        let end = place::closed(self.text, yes.span.end.max(no.span.end), '}');
        let (ty, mut both) = self.unify(vec![yes, no])?;
        let (no, yes) = (both.pop()?, both.pop()?);
        let kind = Kind::If(Box::new(condition), Box::new(yes), Box::new(no));
        Some(Node { ty, span: start..end, kind })
    }

    fn branch(&mut self, block: &StmtBlock, start: usize) -> Option<Node> {
        if block.is_empty() {
            return Some(Node { ty: Type::Empty, span: start..start, kind: Kind::Const(Value::Empty) });
        }
        let span = self.at(block.position());
        self.block(block.statements(), span)
    }
}
