//! Calls: readers, aggregates, functions; and the advice for those the language does not have.

use super::Checker;
use super::aggregates::{NAMES, is_aggregate};
use super::types::{dated, retype};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::compiled::Type;
use crate::expr::functions::{self, Function, Param};
use crate::expr::habits;
use crate::expr::place;
use crate::expr::scope::{ColumnArg, Reader};
use crate::expr::tree::{Kind, Leaf, Node};
use crate::expr::value::Value;
use rhai::{Expr, FnCallExpr, Position};
use std::ops::Range;

/// The words that read a column.
const READERS: &[&str] = &["text", "num", "date", "flag", "total"];

impl Checker<'_> {
    /// An operator or a function.
    pub(super) fn call(&mut self, call: &FnCallExpr, at: Position) -> Option<Node> {
        let span = self.at(at);
        let name = call.name.as_str();
        if name == "contains" && !self.source(&span).starts_with("contains") {
            let [list, subject] = call.args.as_slice() else { return None };
            return self.member(subject, list);
        }
        if call.is_operator_call() || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.operator(name, &call.args, at);
        }
        let end = call.args.last().map_or(span.end, |a| self.end_of(a));
        let whole = span.start..place::closed(self.text, end, ')');
        if READERS.contains(&name) {
            return self.reader(name, &call.args, whole);
        }
        if is_aggregate(name, call.args.len()) {
            return self.aggregate(name, &call.args, whole);
        }
        let args: Vec<Option<Node>> = call.args.iter().map(|a| self.expr(a)).collect();
        let end = args.iter().flatten().last().map_or(whole.end, |n| n.span.end.max(span.end));
        self.function(name, args, span.start..place::closed(self.text, end, ')'), &span)
    }

    /// A function in method form: what stands before the dot is its first argument.
    pub(super) fn method(&mut self, base: Option<Node>, call: &FnCallExpr, at: Position) -> Option<Node> {
        let word = self.at(at);
        let start = base.as_ref().map_or(word.start, |n| n.span.start);
        let mut args = vec![base];
        args.extend(call.args.iter().map(|a| self.expr(a)));
        let end = args.iter().skip(1).flatten().last().map_or(word.end, |n| n.span.end);
        let span = start..place::closed(self.text, end, ')');
        self.function(call.name.as_str(), args, span, &word)
    }

    /// Where an unchecked expression ends.
    fn end_of(&self, expr: &Expr) -> usize {
        let start = self.span_of(expr);
        match expr {
            Expr::FnCall(call, _) | Expr::MethodCall(call, _) => {
                let end = call.args.last().map_or(start.end, |a| self.end_of(a)).max(start.end);
                if call.is_operator_call() { end } else { place::closed(self.text, end, ')') }
            }
            Expr::Dot(pair, ..) => self.end_of(&pair.rhs),
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
                parts.last().map_or(start.end, |p| self.end_of(p))
            }
            _ => start.end,
        }
    }

    fn reader(&mut self, name: &str, args: &[Expr], span: Range<usize>) -> Option<Node> {
        let Some(column) = column(args) else {
            let message = format!("`{name}` reads a column: its name in double quotes, or its position");
            let help = Some(format!("for example `{name}(\"Name\")` or `{name}(1)`"));
            return self.mistake(Code::WRONG_ARGUMENTS, span, message, help);
        };
        let read = match name {
            "text" => self.scope.read(Reader::Text, &column),
            "num" => self.scope.read(Reader::Num, &column),
            "date" => self.scope.read(Reader::Date, &column),
            "flag" => self.scope.read(Reader::Flag, &column),
            _ => self.scope.total(&column),
        };
        match read {
            Ok(lowered) => {
                let leaf = Leaf { varies: name != "total", child: None, lowered };
                Some(Node { ty: leaf.lowered.ty, span, kind: Kind::Leaf(leaf) })
            }
            Err(refusal) => self.refused(Code::UNKNOWN_COLUMN, span, refusal),
        }
    }

    fn function(
        &mut self,
        name: &str,
        args: Vec<Option<Node>>,
        span: Range<usize>,
        word: &Range<usize>,
    ) -> Option<Node> {
        if matches!(name, "min" | "max") && args.len() == 2 {
            return self.extreme(name, args.into_iter().collect::<Option<Vec<Node>>>()?, span);
        }
        let Some(function) = functions::find(name) else { return self.unknown_function(name, word.clone()) };
        if matches!(name, "month_start" | "month_end") && args.len() == 1 {
            return self.month_of(function, args.into_iter().next()??, span);
        }
        if !function.takes(args.len()) {
            let message =
                format!("`{name}` is called as `{}`, not with {}", function.signature, arguments(args.len()));
            return self.mistake(Code::WRONG_ARGUMENTS, span, message, None);
        }
        let checked: Vec<Option<Node>> =
            args.into_iter().enumerate().map(|(n, a)| a.and_then(|a| self.fitted(function, n, a))).collect();
        let checked = checked.into_iter().collect::<Option<Vec<Node>>>()?;
        self.patterns(function, &checked)?;
        Some(Node { ty: function.gives, span, kind: Kind::Call(function, checked) })
    }

    /// `month_start(date)` is `month_start(year(date), month(date))`.
    fn month_of(&mut self, function: &'static Function, date: Node, span: Range<usize>) -> Option<Node> {
        let date = self.date(dated(date, Type::Date))?;
        let part = |name: &str| {
            let kind = Kind::Call(functions::find(name)?, vec![date.clone()]);
            Some(Node { ty: Type::Number, span: date.span.clone(), kind })
        };
        let parts = vec![part("year")?, part("month")?];
        Some(Node { ty: function.gives, span, kind: Kind::Call(function, parts) })
    }

    /// `min` and `max` of two: empty when one is.
    fn extreme(&mut self, name: &str, args: Vec<Node>, span: Range<usize>) -> Option<Node> {
        let [a, b]: [Node; 2] = args.try_into().ok()?;
        let (a, b) = self.comparable(a, b)?;
        Some(Node { ty: a.ty, span, kind: Kind::Call(functions::find(name)?, vec![a, b]) })
    }

    fn unknown_function(&mut self, name: &str, word: Range<usize>) -> Option<Node> {
        if let Some(help) = habits::function(name) {
            let message = format!("`{name}` is a spreadsheet's function");
            return self.mistake(Code::SPREADSHEET_HABIT, word, message, Some(help));
        }
        let known =
            functions::all().map(|f| f.name).chain(NAMES.iter().copied()).chain(READERS.iter().copied());
        let help = did_you_mean(name, known);
        self.mistake(Code::UNKNOWN_FUNCTION, word, format!("there is no function `{name}`"), help)
    }

    /// An argument as its parameter wants it.
    fn fitted(&mut self, function: &Function, index: usize, node: Node) -> Option<Node> {
        let text = matches!(node.ty, Type::Text | Type::Empty);
        match function.param(index)? {
            Param::Any => Some(node),
            Param::Shown => Some(self.as_text(node)),
            Param::Text | Param::Part if text => Some(retype(node, Type::Text)),
            Param::Text | Param::Part => self.wanted(&node, Type::Text),
            Param::Number => self.number(node),
            Param::Date => self.date(dated(node, Type::Date)),
            Param::DateOrNumber if matches!(node.ty, Type::Number | Type::Empty) => {
                Some(retype(node, Type::Number))
            }
            Param::DateOrNumber => self.date(dated(node, Type::Date)),
            written => self.written(function, written, node),
        }
    }

    fn date(&mut self, node: Node) -> Option<Node> {
        if matches!(node.ty, Type::Date | Type::DateTime | Type::Empty) {
            return Some(retype(node, Type::Date));
        }
        self.wanted(&node, Type::Date)
    }

    /// An argument that must be written out.
    fn written(&mut self, function: &Function, param: Param, node: Node) -> Option<Node> {
        let wanted = match (param, node.literal()) {
            (Param::Whole(from, to), Some(Value::Number(n)))
                if n.as_whole().is_some_and(|n| (from..=to).contains(&n)) =>
            {
                return Some(node);
            }
            (Param::Literal, Some(Value::Text(_) | Value::Empty))
            | (Param::Pattern | Param::Format, Some(Value::Text(_))) => {
                return Some(retype(node, Type::Text));
            }
            (Param::Char, Some(Value::Text(t))) if t.chars().count() == 1 => return Some(node),
            (Param::Nth(to), Some(Value::Number(n)))
                if n.as_whole().is_some_and(|n| n != 0 && n.abs() <= to) =>
            {
                return Some(node);
            }
            (Param::Positive, Some(Value::Number(n))) if n.units() > 0 => return Some(node),
            (Param::Group, Some(Value::Number(n))) if n.as_whole().is_some_and(|n| (0..=9).contains(&n)) => {
                return Some(node);
            }
            (Param::DatePattern, Some(Value::Text(_))) => return Some(node),
            (Param::Nth(to), _) => format!("a whole number from 1 to {to} or from -1 to -{to}"),
            (Param::Positive, _) => "a number above 0".to_owned(),
            (Param::Group, _) => "a whole number from 0 to 9".to_owned(),
            (Param::DatePattern, _) => "a pattern such as \"dd.mm.yyyy\"".to_owned(),
            (Param::Whole(from, to), _) => format!("a whole number from {from} to {to}"),
            (Param::Char, _) => "one character".to_owned(),
            (Param::Pattern, _) => "a regular expression".to_owned(),
            (Param::Format, _) => "a pattern such as \"yyyy-mm\" or \"0.00\"".to_owned(),
            _ => "a text".to_owned(),
        };
        let message = format!("`{}` needs {wanted} written out here", function.signature);
        self.mistake(Code::WRONG_ARGUMENTS, node.span, message, None)
    }

    /// Regular expressions and format patterns must be valid.
    fn patterns(&mut self, function: &Function, args: &[Node]) -> Option<()> {
        for (index, node) in args.iter().enumerate() {
            let text = node.literal().map_or("", Value::str);
            let checked = match function.param(index)? {
                Param::Pattern => functions::check_pattern(text).map(drop),
                Param::DatePattern => functions::check_date_pattern(text),
                Param::Group => return self.group(node, args),
                Param::Format => functions::check_format(text, args.first().map_or(Type::Empty, |n| n.ty)),
                _ => Ok(()),
            };
            if let Err(why) = checked {
                let message = format!("\"{text}\" is not a valid pattern: {why}");
                return self.mistake(Code::BAD_LITERAL, node.span.clone(), message, None);
            }
        }
        Some(())
    }

    /// A group must be in the pattern before it.
    fn group(&mut self, node: &Node, args: &[Node]) -> Option<()> {
        let pattern = args.get(1).and_then(Node::literal).map_or("", Value::str);
        let known = functions::check_pattern(pattern).unwrap_or(0);
        let wanted = node
            .literal()
            .and_then(Value::number)
            .and_then(crate::expr::number::Number::as_whole)
            .unwrap_or(0);
        if usize::try_from(wanted).is_ok_and(|n| n <= known) {
            return Some(());
        }
        let message = format!("the pattern has no group {wanted}; its groups are numbered 0 to {known}");
        self.mistake(Code::WRONG_ARGUMENTS, node.span.clone(), message, None)
    }
}

fn arguments(n: usize) -> String {
    if n == 1 { "1 argument".to_owned() } else { format!("{n} arguments") }
}

fn column(args: &[Expr]) -> Option<ColumnArg> {
    match args {
        [Expr::StringConstant(name, _)] => Some(ColumnArg::Name(name.to_string())),
        [Expr::IntegerConstant(n, _)] => usize::try_from(*n).ok().filter(|n| *n > 0).map(ColumnArg::Position),
        _ => None,
    }
}
