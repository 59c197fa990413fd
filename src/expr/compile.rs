//! From text to [`Compiled`]: parse, check, split by grouping, lower.

use super::compiled::{Compiled, Mistake};
use super::group;
use super::lower::Lowering;
use super::sandbox::sandbox;
use super::scope::Scope;
use super::tree::Node;
use super::{check, habits, place};
use crate::diagnostic::Code;
use rhai::{Engine, Expr, LexError, ParseError, ParseErrorType, Stmt};
use std::sync::OnceLock;

/// Longest text of an expression.
const LONGEST: usize = 16 << 10;

/// Compiles the text of one expression, without the leading `=`. Names of aggregate columns begin with `prefix`.
///
/// # Errors
/// All mistakes found, with their places in the text.
pub fn compile(text: &str, scope: &dyn Scope, prefix: &str) -> Result<Compiled, Vec<Mistake>> {
    let node = parse(text, scope)?;
    Ok(build(node, scope, prefix, Lowering::default()))
}

/// The same, but run in Rhai's engine whatever it is, to compare the two runners.
///
/// # Errors
/// As [`compile`].
pub fn compile_for_fallback(text: &str, scope: &dyn Scope, prefix: &str) -> Result<Compiled, Vec<Mistake>> {
    let node = parse(text, scope)?;
    Ok(build(node, scope, prefix, Lowering::all_fallback()))
}

fn build(node: Node, scope: &dyn Scope, prefix: &str, mut lowering: Lowering) -> Compiled {
    let (node, aggregates) = group::split(node, scope.grouping(), prefix, &mut lowering);
    let result = lowering.lower(&node);
    Compiled { result, aggregates, fallback: lowering.why(), functions: lowering.functions() }
}

/// The checked tree of a text.
///
/// # Errors
/// As [`compile`].
pub fn parse(text: &str, scope: &dyn Scope) -> Result<Node, Vec<Mistake>> {
    if text.trim().is_empty() {
        return Err(vec![plain(0..text.len(), "the expression is empty".to_owned())]);
    }
    if text.len() > LONGEST {
        return Err(vec![plain(0..text.len(), format!("an expression has at most {LONGEST} bytes"))]);
    }
    let read = |text: &str| match engine().compile_expression(text) {
        Ok(ast) => check::check(text, &ast, scope),
        Err(e) => Err(unreadable(text, &e)),
    };
    read(text).map_err(|mut mistakes| {
        habits::with_whole(text, &mut mistakes, |whole| read(whole).is_ok());
        mistakes
    })
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(sandbox)
}

/// Whether a word can stand in expressions as the name of a let, a record or a field; reserved words cannot.
pub fn is_name(word: &str) -> bool {
    let alone = engine().compile_expression(word);
    let variable = alone.is_ok_and(|ast| {
        matches!(ast.statements(), [Stmt::Expr(one)] if matches!(&**one, Expr::Variable(name, ..) if name.1 == word))
    });
    variable && engine().compile_expression(format!("out.{word}")).is_ok()
}

fn unreadable(text: &str, error: &ParseError) -> Vec<Mistake> {
    let habits = habits::find(text);
    if !habits.is_empty() {
        return habits;
    }
    let at = place::offset(text, error.position());
    let span = if at >= text.len() { last(text) } else { place::token(text, at) };
    vec![plain(span, reason(error.err_type()))]
}

/// The last character, for what is missing at the end.
fn last(text: &str) -> std::ops::Range<usize> {
    let trimmed = text.trim_end();
    trimmed.char_indices().next_back().map_or(0, |(n, _)| n)..trimmed.len()
}

fn plain(span: std::ops::Range<usize>, message: String) -> Mistake {
    Mistake { code: Code::BAD_EXPRESSION, span, message, label: None, help: None }
}

/// Rhai's reason in our words.
fn reason(error: &ParseErrorType) -> String {
    match error {
        ParseErrorType::UnexpectedEOF => "the expression ends too early".to_owned(),
        ParseErrorType::BadInput(LexError::UnterminatedString) => "a text is not closed".to_owned(),
        ParseErrorType::BadInput(LexError::MalformedNumber(n)) => format!("{n} is not a number"),
        ParseErrorType::BadInput(LexError::UnexpectedInput(s)) => format!("`{s}` is not expected here"),
        ParseErrorType::MissingToken(token, _) => format!("`{token}` is missing here"),
        ParseErrorType::ExprTooDeep => {
            "the expression is nested too deeply; give parts a name with a let".to_owned()
        }
        ParseErrorType::Reserved(word) => format!("`{word}` is a reserved word and cannot be a name"),
        ParseErrorType::PropertyExpected => "the name of a field is missing here".to_owned(),
        ParseErrorType::MismatchedType(wanted, found) => {
            format!("{wanted} is needed here, but this is {found}")
        }
        other => format!("this cannot be read: {other}"),
    }
}
