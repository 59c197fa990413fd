//! Rhai's syntax tree → our typed tree, with every mistake found on the way. Refuses what the language does not have.

mod aggregates;
mod calls;
mod chains;
mod literals;
mod operators;
mod statements;
mod switch;
mod types;

use super::compiled::Mistake;
use super::place;
use super::scope::{Grouping, Refusal, Scope};
use super::tree::Node;
use crate::diagnostic::Code;
use rhai::{ASTNode, Expr, Position};
use std::ops::Range;

/// Walks one expression.
pub struct Checker<'a> {
    text: &'a str,
    scope: &'a dyn Scope,
    /// Whether an aggregate's argument is being walked.
    inside: bool,
    mistakes: Vec<Mistake>,
}

/// Checks a parsed expression.
///
/// # Errors
/// All its mistakes, in the order of the text.
pub fn check(text: &str, ast: &rhai::AST, scope: &dyn Scope) -> Result<Node, Vec<Mistake>> {
    let mut checker = Checker { text, scope, inside: false, mistakes: Vec::new() };
    let node = checker.block(ast.statements(), 0..text.len());
    checker.mistakes.sort_by_key(|m| (m.span.start, m.span.end));
    checker.mistakes.dedup();
    match node {
        Some(node) if checker.mistakes.is_empty() => Ok(node),
        _ => Err(checker.mistakes),
    }
}

impl Checker<'_> {
    /// Notes a mistake; gives `None` so that it can end a walk.
    fn mistake<T>(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Option<T> {
        self.mistakes.push(Mistake { code, span, message: message.into(), label: None, help });
        None
    }

    fn refused<T>(&mut self, code: Code, span: Range<usize>, refusal: Refusal) -> Option<T> {
        self.mistake(code, span, refusal.message, refusal.help)
    }

    fn foreign<T>(&mut self, span: Range<usize>, what: &str, help: &str) -> Option<T> {
        self.mistake(
            Code::NOT_IN_LANGUAGE,
            span,
            format!("{what} not part of the language"),
            Some(help.to_owned()),
        )
    }

    fn at(&self, position: Position) -> Range<usize> {
        place::token(self.text, place::offset(self.text, position))
    }

    fn source(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn grouping(&self) -> Grouping {
        self.scope.grouping()
    }

    /// Where an unchecked expression begins, for mistakes about the whole of it.
    fn span_of(&self, expr: &Expr) -> Range<usize> {
        self.at(expr.start_position())
    }

    fn expr(&mut self, expr: &Expr) -> Option<Node> {
        match expr {
            Expr::Unit(p) => Some(self.empty(*p)),
            Expr::BoolConstant(flag, p) => Some(self.flag(*flag, *p)),
            Expr::IntegerConstant(n, p) => self.integer(*n, *p),
            Expr::DynamicConstant(value, p) => self.dynamic(value, *p),
            Expr::StringConstant(text, p) => Some(self.string(text, *p)),
            Expr::CharConstant(c, p) => self.character(*c, *p),
            Expr::InterpolatedString(parts, p) => self.template(parts, *p),
            Expr::Variable(name, _, p) => self.name(&name.1, *p),
            Expr::FnCall(call, p) => self.call(call, *p),
            Expr::Dot(pair, flags, p) => self.chain(pair, *flags, *p),
            Expr::And(parts, _) => self.logic(parts, super::tree::Kind::All),
            Expr::Or(parts, _) => self.logic(parts, super::tree::Kind::Any),
            Expr::Coalesce(parts, _) => self.coalesce(parts),
            Expr::Stmt(block) => {
                let span = self.at(block.position());
                self.block(block.statements(), span)
            }
            other => self.unknown_expr(other),
        }
    }

    fn unknown_expr(&mut self, expr: &Expr) -> Option<Node> {
        let span = self.span_of(expr);
        match expr {
            Expr::Array(..) => self.foreign(
                span,
                "a list is",
                "a list stands only after `in`: `text(\"Art\") in [\"RE\", \"GU\"]`",
            ),
            Expr::Index(..) => self.foreign(
                span,
                "`[ ]` behind a value is",
                "use `mid(text, from, count)`, `left` or `right`",
            ),
            Expr::Map(..) => self.foreign(span, "a map is", "use a lookup in the field instead"),
            Expr::ThisPtr(_) => self.foreign(span, "`this` is", "name the column, as in `text(\"Name\")`"),
            _ => self.foreign(span, "this is", "see the reference of the language"),
        }
    }
}

/// Position of a node of Rhai's tree, whatever it is.
fn position(node: &ASTNode<'_>) -> Position {
    match node {
        ASTNode::Stmt(s) => s.position(),
        ASTNode::Expr(e) => e.start_position(),
        _ => Position::NONE,
    }
}
