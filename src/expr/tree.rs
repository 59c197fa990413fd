//! Our own typed tree: what the check makes of Rhai's syntax tree, and what both runners start from.

use super::compiled::{Aggregation, Lowered, Type};
use super::functions::Function;
use super::value::Value;
use std::ops::Range;

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// Type of its value.
    pub ty: Type,
    /// Where it stands in the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Two-sided operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Numbers.
    Add,
    /// Numbers.
    Sub,
    /// Numbers.
    Mul,
    /// Numbers.
    Div,
    /// Numbers; the sign of the left side.
    Rem,
    /// Equal, or both empty.
    Eq,
    /// Not that.
    Ne,
    /// False where a side is empty, like the next three.
    Lt,
    /// At most.
    Le,
    /// More.
    Gt,
    /// At least.
    Ge,
}

impl Op {
    /// The operator a user writes.
    pub fn named(sign: &str) -> Option<Self> {
        Some(match sign {
            "+" => Op::Add,
            "-" => Op::Sub,
            "*" => Op::Mul,
            "/" => Op::Div,
            "%" => Op::Rem,
            "==" => Op::Eq,
            "!=" => Op::Ne,
            "<" => Op::Lt,
            "<=" => Op::Le,
            ">" => Op::Gt,
            ">=" => Op::Ge,
            _ => return None,
        })
    }

    /// The same in SQL, for those that have one; also its name in the fallback's scripts.
    pub fn sign(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::Rem => "%",
            Op::Eq => "==",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
        }
    }

    /// Whether it gives a number.
    pub fn is_arithmetic(self) -> bool {
        matches!(self, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem)
    }
}

/// A value that comes from outside: a cell, a let, a property, or (after grouping) an aggregate's column.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its SQL with its failures.
    pub lowered: Lowered,
    /// Whether it may differ between the rows of a group.
    pub varies: bool,
    /// The child record whose row it belongs to.
    pub child: Option<String>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A constant, possibly empty.
    Const(Value),
    /// A value from outside.
    Leaf(Leaf),
    /// A two-sided operator.
    Binary(Op, Box<Node>, Box<Node>),
    /// Unary minus.
    Neg(Box<Node>),
    /// `!`.
    Not(Box<Node>),
    /// `&&`.
    All(Vec<Node>),
    /// `||`.
    Any(Vec<Node>),
    /// `??`: the first that is not empty.
    First(Vec<Node>),
    /// Condition, then, else.
    If(Box<Node>, Box<Node>, Box<Node>),
    /// Whether the first is among the others.
    In(Box<Node>, Vec<Node>),
    /// Texts put together; empty when one is.
    Concat(Vec<Node>),
    /// A value of another type as text.
    AsText(Box<Node>),
    /// A datetime as its date.
    AsDate(Box<Node>),
    /// A call of a function.
    Call(&'static Function, Vec<Node>),
    /// An aggregate; no argument only for `count()`, with the child it counts.
    Aggregate(Aggregation, Option<Box<Node>>, Option<String>),
}

impl Node {
    /// A constant.
    pub fn constant(value: Value, span: Range<usize>) -> Self {
        Self { ty: value.ty(), span, kind: Kind::Const(value) }
    }

    /// The nodes directly below.
    pub fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Const(_) | Kind::Leaf(_) | Kind::Aggregate(_, None, _) => Vec::new(),
            Kind::Binary(_, a, b) => vec![a, b],
            Kind::Neg(a) | Kind::Not(a) | Kind::AsText(a) | Kind::AsDate(a) => vec![a],
            Kind::Aggregate(_, Some(a), _) => vec![a],
            Kind::If(a, b, c) => vec![a, b, c],
            Kind::In(a, items) => std::iter::once(&**a).chain(items).collect(),
            Kind::All(items)
            | Kind::Any(items)
            | Kind::First(items)
            | Kind::Concat(items)
            | Kind::Call(_, items) => items.iter().collect(),
        }
    }

    /// The same node with each node directly below replaced.
    #[must_use]
    pub fn map(self, change: &mut impl FnMut(Node) -> Node) -> Self {
        let mut one = |node: Box<Node>| Box::new(change(*node));
        let kind = match self.kind {
            Kind::Binary(op, a, b) => Kind::Binary(op, one(a), one(b)),
            Kind::Neg(a) => Kind::Neg(one(a)),
            Kind::Not(a) => Kind::Not(one(a)),
            Kind::AsText(a) => Kind::AsText(one(a)),
            Kind::AsDate(a) => Kind::AsDate(one(a)),
            Kind::If(a, b, c) => Kind::If(one(a), one(b), one(c)),
            Kind::In(a, items) => Kind::In(one(a), items.into_iter().map(change).collect()),
            Kind::All(items) => Kind::All(items.into_iter().map(change).collect()),
            Kind::Any(items) => Kind::Any(items.into_iter().map(change).collect()),
            Kind::First(items) => Kind::First(items.into_iter().map(change).collect()),
            Kind::Concat(items) => Kind::Concat(items.into_iter().map(change).collect()),
            Kind::Call(f, items) => Kind::Call(f, items.into_iter().map(change).collect()),
            Kind::Aggregate(how, Some(a), child) => Kind::Aggregate(how, Some(one(a)), child),
            same @ (Kind::Const(_) | Kind::Leaf(_) | Kind::Aggregate(_, None, _)) => same,
        };
        Self { kind, ..self }
    }

    /// Whether `test` holds for this node or one below it.
    pub fn any(&self, test: &impl Fn(&Node) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|c| c.any(test))
    }

    /// Whether an aggregate is in it.
    pub fn has_aggregate(&self) -> bool {
        self.any(&|n| matches!(n.kind, Kind::Aggregate(..)))
    }

    /// Whether its value may differ between the rows of a group.
    pub fn varies(&self) -> bool {
        self.any(&|n| matches!(&n.kind, Kind::Leaf(leaf) if leaf.varies))
    }

    /// The constant it is, when it is one.
    pub fn literal(&self) -> Option<&Value> {
        if let Kind::Const(value) = &self.kind { Some(value) } else { None }
    }
}
