//! `switch`: Rhai keeps its cases by hash alone, so their constants are read from the text again; then it is a chain
//! of `if`s.

use super::Checker;
use crate::expr::compiled::Type;
use crate::expr::place;
use crate::expr::sandbox::sandbox;
use crate::expr::tree::{Kind, Node, Op};
use crate::expr::value::Value;
use rhai::{BinaryExpr, Expr, Position, Stmt, SwitchCasesCollection};
use std::ops::Range;

/// The constants of one case, by their places; none for `_`.
type Case = Vec<Range<usize>>;

impl Checker<'_> {
    pub(super) fn switch(
        &mut self,
        subject: &Expr,
        cases: &SwitchCasesCollection,
        at: Position,
    ) -> Option<Node> {
        let start = place::offset(self.text, at);
        let subject = self.expr(subject)?;
        let found = Scan { text: self.text, at: subject.span.end }.cases();
        let Some(found) = found.filter(|f| self.fits(f, cases)) else {
            let help = "write `if … { } else if … { } else { }`, or use a lookup in the field";
            return self.foreign(self.at(at), "a `switch` of this form is", help);
        };
        let mut arms = Vec::new();
        for (constants, arm) in found.into_iter().zip(&cases.expressions) {
            arms.push(self.arm(&subject, constants, arm));
        }
        self.arms(arms.into_iter().collect::<Option<Vec<_>>>()?, start..subject.span.end)
    }

    /// Whether the cases read are those that Rhai parsed: as many, and each before its value and behind the last.
    fn fits(&self, found: &[Case], cases: &SwitchCasesCollection) -> bool {
        let mut last = 0;
        let ordered = found.iter().zip(&cases.expressions).all(|(constants, arm)| {
            let at = arm.rhs.start_position();
            let value = if at.is_none() { last } else { place::offset(self.text, at) };
            let within = |span: &Range<usize>| span.start >= last && (at.is_none() || span.end <= value);
            let fits = constants.iter().all(within);
            last = value;
            fits
        });
        ordered && found.len() == cases.expressions.len()
    }

    /// When a case holds (nothing for `_`), and its value.
    fn arm(&mut self, subject: &Node, constants: Case, arm: &BinaryExpr) -> Option<(Option<Node>, Node)> {
        let mut tests = Vec::new();
        for span in &constants {
            let constant = self.written_out(span.clone());
            tests.push(constant.and_then(|c| self.comparable(subject.clone(), c)));
        }
        let guard = match &arm.lhs {
            Expr::BoolConstant(true, at) if at.is_none() => None,
            guard => Some(self.expr(guard).and_then(|g| self.condition(g))),
        };
        let value = self.expr(&arm.rhs);
        let equal = |(a, b): (Node, Node)| flag(Kind::Binary(Op::Eq, Box::new(a), Box::new(b)), subject);
        let tests: Vec<Node> =
            tests.into_iter().collect::<Option<Vec<_>>>()?.into_iter().map(equal).collect();
        let value = value?;
        if tests.is_empty() {
            return Some((None, value));
        }
        let any = flag(Kind::Any(tests), subject);
        let holds = match guard {
            Some(guard) => flag(Kind::All(vec![any, guard?]), subject),
            None => any,
        };
        Some((Some(holds), value))
    }

    fn arms(&mut self, arms: Vec<(Option<Node>, Node)>, span: Range<usize>) -> Option<Node> {
        let (tests, values): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
        let (ty, values) = self.unify(values)?;
        let mut result = Node { ty, span: span.clone(), kind: Kind::Const(Value::Empty) };
        for (test, value) in tests.into_iter().zip(values).rev() {
            result = match test {
                None => value,
                Some(test) => {
                    let kind = Kind::If(Box::new(test), Box::new(value), Box::new(result));
                    Node { ty, span: span.clone(), kind }
                }
            };
        }
        Some(result)
    }

    /// The constant at a place of the text.
    fn written_out(&mut self, span: Range<usize>) -> Option<Node> {
        let source = self.source(&span).to_owned();
        let parsed = sandbox().compile_expression(&source).ok();
        let value = parsed.as_ref().and_then(|ast| match ast.statements() {
            [Stmt::Expr(one)] => constant(one),
            _ => None,
        });
        match value {
            Some(value) => Some(Node::constant(value, span)),
            None => self.foreign(
                span,
                "such a case is",
                "a case is a number, a text, true or false; or several with `|`",
            ),
        }
    }
}

fn flag(kind: Kind, like: &Node) -> Node {
    Node { ty: Type::Flag, span: like.span.clone(), kind }
}

fn constant(expr: &Expr) -> Option<Value> {
    use crate::expr::number::Number;
    match expr {
        Expr::Unit(_) => Some(Value::Empty),
        Expr::BoolConstant(flag, _) => Some(Value::Flag(*flag)),
        Expr::StringConstant(text, _) => Some(Value::text(text.as_str())),
        Expr::IntegerConstant(n, _) => Number::whole(*n).map(Value::Number),
        Expr::DynamicConstant(value, _) => {
            let decimal = value.as_decimal().ok()?;
            Number::from_parts(decimal.mantissa(), decimal.scale()).map(Value::Number)
        }
        Expr::FnCall(call, _) if call.name == "-" => match call.args.as_slice() {
            [one] => constant(one)?.number().map(|n| Value::Number(-n)),
            _ => None,
        },
        _ => None,
    }
}

/// Reads the cases of a `switch` from behind its subject.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn cases(mut self) -> Option<Vec<Case>> {
        while self.peek()? != "{" {
            self.next()?;
        }
        self.next()?;
        let mut cases = Vec::new();
        while self.peek()? != "}" {
            cases.push(self.pattern()?);
            self.value()?;
        }
        Some(cases)
    }

    /// Constants with `|` between them, then perhaps a condition, up to `=>`.
    fn pattern(&mut self) -> Option<Case> {
        let mut constants = Vec::new();
        if self.peek()? == "_" {
            self.next()?;
        } else {
            loop {
                let mut span = self.next()?;
                if matches!(self.text.get(span.clone())?, "-" | "(") {
                    span.end = self.next()?.end;
                }
                constants.push(span);
                if self.peek()? != "|" {
                    break;
                }
                self.next()?;
            }
        }
        if self.peek()? == "if" {
            self.skip(|word| word == "=>")?;
        }
        let arrow = self.next()?;
        (self.text.get(arrow)? == "=>").then_some(constants)
    }

    /// The value of a case, up to and with the comma behind it.
    fn value(&mut self) -> Option<()> {
        let block = matches!(self.peek()?, "{" | "if" | "switch");
        loop {
            match self.peek()? {
                "," => return self.next().map(drop),
                "}" => return Some(()),
                _ => {}
            }
            let closed = self.item()?;
            if closed && block && !matches!(self.peek()?, "else" | ",") {
                return Some(());
            }
        }
    }

    /// One word or one bracketed part; whether it was in braces.
    fn item(&mut self) -> Option<bool> {
        let open = self.peek()?;
        let close = match open {
            "(" => ")",
            "[" => "]",
            "{" => "}",
            _ => return self.next().map(|_| false),
        };
        self.next()?;
        while self.peek()? != close {
            self.item()?;
        }
        self.next()?;
        Some(close == "}")
    }

    fn skip(&mut self, until: impl Fn(&str) -> bool) -> Option<()> {
        while !until(self.peek()?) {
            self.item()?;
        }
        Some(())
    }

    fn peek(&self) -> Option<&'a str> {
        self.text.get(self.span()?)
    }

    fn next(&mut self) -> Option<Range<usize>> {
        let span = self.span()?;
        self.at = span.end;
        Some(span)
    }

    /// The next word, behind white space; none at the end.
    fn span(&self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..)?;
        let start = self.text.len() - rest.trim_start().len();
        let span = place::token(self.text, start);
        (!span.is_empty()).then_some(span)
    }
}
