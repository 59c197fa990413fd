//! Aggregates: where they may stand and over what.

use super::Checker;
use crate::diagnostic::Code;
use crate::expr::compiled::{Aggregation, Type};
use crate::expr::scope::Grouping;
use crate::expr::tree::{Kind, Node};
use crate::expr::value::Value;
use rhai::Expr;
use std::collections::BTreeSet;
use std::ops::Range;

/// Names of aggregates, for help and "did you mean".
pub const NAMES: &[&str] = &["sum", "count", "min", "max", "first", "last", "list", "distinct"];

/// Whether a call of that name with so many arguments is an aggregate.
pub fn is_aggregate(name: &str, arguments: usize) -> bool {
    match name {
        "min" | "max" => arguments < 2,
        _ => NAMES.contains(&name),
    }
}

impl Checker<'_> {
    pub(super) fn aggregate(&mut self, name: &str, args: &[Expr], span: Range<usize>) -> Option<Node> {
        if self.grouping() == Grouping::Rows {
            let message =
                format!("`{name}` is over several rows, but this expression sees one row at a time");
            let help = "aggregates stand in a record with group_by, and in checks".to_owned();
            return self.mistake(Code::BAD_AGGREGATE, span, message, Some(help));
        }
        if self.inside {
            return self.mistake(Code::BAD_AGGREGATE, span, "an aggregate cannot stand inside another", None);
        }
        match (name, args) {
            ("count", []) => self.count_rows(span, None),
            ("count", [Expr::Variable(child, ..)]) if self.scope.child(&child.1) => {
                self.count_rows(span, Some(child.1.to_string()))
            }
            ("list", [separator, value]) => self.list(separator, value, span),
            (_, [value]) if name != "list" => self.over(name, value, span),
            _ => {
                let wanted =
                    if name == "list" { "list(separator, x)".to_owned() } else { format!("{name}(x)") };
                let message = format!("`{name}` is called as `{wanted}`");
                self.mistake(Code::WRONG_ARGUMENTS, span, message, None)
            }
        }
    }

    fn count_rows(&mut self, span: Range<usize>, child: Option<String>) -> Option<Node> {
        if child.is_none() && self.grouping() == Grouping::Record {
            let help = "name the child whose rows are counted, as in `count(line)`".to_owned();
            return self.mistake(
                Code::BAD_AGGREGATE,
                span,
                "`count()` of a record counts nothing",
                Some(help),
            );
        }
        Some(Node { ty: Type::Number, span, kind: Kind::Aggregate(Aggregation::Count, None, child) })
    }

    fn list(&mut self, separator: &Expr, value: &Expr, span: Range<usize>) -> Option<Node> {
        let separator_node = self.expr(separator)?;
        let Some(text @ (Value::Text(_) | Value::Empty)) = separator_node.literal() else {
            let help = Some("for example `list(\", \", text(\"Name\"))`".to_owned());
            return self.mistake(
                Code::WRONG_ARGUMENTS,
                separator_node.span,
                "the separator of `list` is a text written out",
                help,
            );
        };
        let how = Aggregation::List(text.str().to_owned());
        let value = self.argument(value)?;
        let value = self.as_text(value);
        self.finish(how, Type::Text, value, span)
    }

    fn over(&mut self, name: &str, value: &Expr, span: Range<usize>) -> Option<Node> {
        let value = self.argument(value)?;
        let (how, ty) = match name {
            "sum" => (Aggregation::Sum, Type::Number),
            "count" => (Aggregation::Count, Type::Number),
            "distinct" => (Aggregation::Distinct, Type::Number),
            "min" => (Aggregation::Min, value.ty),
            "max" => (Aggregation::Max, value.ty),
            "first" => (Aggregation::First, value.ty),
            _ => (Aggregation::Last, value.ty),
        };
        let value = if how == Aggregation::Sum { self.number(value)? } else { value };
        self.finish(how, ty, value, span)
    }

    fn argument(&mut self, value: &Expr) -> Option<Node> {
        self.inside = true;
        let node = self.expr(value);
        self.inside = false;
        node
    }

    fn finish(&mut self, how: Aggregation, ty: Type, value: Node, span: Range<usize>) -> Option<Node> {
        let mut children = BTreeSet::new();
        collect(&value, &mut children);
        if self.grouping() == Grouping::Record && children.len() != 1 {
            let message = if children.is_empty() {
                "an aggregate in a record's check is over the rows of a child, but this names none"
            } else {
                "an aggregate is over the rows of one child, but this names two"
            };
            return self.mistake(
                Code::BAD_AGGREGATE,
                span,
                message,
                Some("for example `sum(line.totalAmount)`".to_owned()),
            );
        }
        let child = children.into_iter().next();
        Some(Node { ty, span, kind: Kind::Aggregate(how, Some(Box::new(value)), child) })
    }
}

fn collect(node: &Node, children: &mut BTreeSet<String>) {
    if let Kind::Leaf(leaf) = &node.kind {
        children.extend(leaf.child.clone());
    }
    node.children().into_iter().for_each(|c| collect(c, children));
}
