//! Splitting an expression over rows: its aggregates, and the parts outside them that must agree.

use super::compiled::{Aggregate, Aggregation, Fail, Lowered, Type};
use super::functions::Param;
use super::lower::Lowering;
use super::scope::Grouping;
use super::tree::{Kind, Leaf, Node};
use crate::diagnostic::Code;
use crate::sql::{Expr, NUMBER};

/// What is left once aggregates are columns, and those aggregates.
pub fn split(
    node: Node,
    grouping: Grouping,
    prefix: &str,
    lowering: &mut Lowering,
) -> (Node, Vec<Aggregate>) {
    let mut splitter = Splitter { grouping, prefix, lowering, found: Vec::new() };
    let node = splitter.walk(node);
    (node, splitter.found)
}

struct Splitter<'a> {
    grouping: Grouping,
    prefix: &'a str,
    lowering: &'a mut Lowering,
    found: Vec<Aggregate>,
}

impl Splitter<'_> {
    fn walk(&mut self, node: Node) -> Node {
        if let Kind::Aggregate(how, argument, relation) = node.kind {
            let argument = argument.map(|a| self.lowering.lower(&a));
            return self.column(how, argument, relation, node.ty, node.span);
        }
        if node.has_aggregate() {
            return node.map(&mut |child| self.walk(child));
        }
        if self.grouping == Grouping::Group && node.varies() {
            if !empty_with(&node) {
                return node.map(&mut |child| self.walk(child));
            }
            let argument = Some(self.lowering.lower(&node));
            return self.column(Aggregation::Agree, argument, None, node.ty, node.span);
        }
        node
    }

    fn column(
        &mut self,
        how: Aggregation,
        argument: Option<Lowered>,
        relation: Option<String>,
        ty: Type,
        span: std::ops::Range<usize>,
    ) -> Node {
        let same =
            self.found.iter().find(|a| a.how == how && a.argument == argument && a.relation == relation);
        let column = match same {
            Some(known) => known.column.clone(),
            None => {
                let column = format!("{}{}", self.prefix, self.found.len() + 1);
                let new = Aggregate { column: column.clone(), relation, how: how.clone(), argument, ty };
                self.found.push(new);
                column
            }
        };
        let leaf = Leaf { lowered: of_column(&column, &how, ty), varies: false, child: None };
        Node { ty, span, kind: Kind::Leaf(leaf) }
    }
}

/// Whether the node is empty wherever something it reads is. Only such a part may stand for its columns when the rows
/// of a group are compared: empties do not differ, but what `==`, `if` or `??` makes of them would.
fn empty_with(node: &Node) -> bool {
    let strict = match &node.kind {
        Kind::Const(_)
        | Kind::Leaf(_)
        | Kind::Neg(_)
        | Kind::Concat(_)
        | Kind::AsText(_)
        | Kind::AsDate(_) => true,
        Kind::Binary(op, ..) => op.is_arithmetic(),
        Kind::Call(function, _) => function.strict && !function.params.contains(&Param::Part),
        _ => false,
    };
    strict && node.children().into_iter().all(|c| !c.varies() || empty_with(c))
}

/// The value of an aggregate's column, with how it can fail.
fn of_column(column: &str, how: &Aggregation, ty: Type) -> Lowered {
    let value = Expr::col(column);
    match how {
        Aggregation::Agree => {
            let differs = Expr::col(&differs_column(column)).or_else(Expr::flag(false));
            Lowered { ty, value, fails: vec![fail(differs, Code::GROUP_DIFFERS, super::DIFFERS)] }
        }
        Aggregation::Sum => {
            let fits = value.clone().try_cast(NUMBER);
            let lost = Expr::all([value.is_not_null(), fits.clone().is_null()]);
            Lowered { ty, value: fits, fails: vec![fail(lost, Code::NUMBER_TOO_LARGE, super::TOO_LARGE)] }
        }
        _ => Lowered::sure(ty, value),
    }
}

/// The column that says whether the rows of the group differ.
pub fn differs_column(column: &str) -> String {
    format!("{column}!")
}

fn fail(when: Expr, code: Code, reason: &str) -> Fail {
    Fail { when, code, reason: Expr::text(reason), value: None, column: None }
}

impl Aggregate {
    /// The SQL of the aggregate, over the column (or expression) that holds its argument, in the order of the rows.
    /// A sum is given in DECIMAL(38,10): the result narrows it.
    pub fn value(&self, argument: Option<Expr>, order: Expr) -> Expr {
        let Some(x) = argument else { return Expr::count_rows().cast(NUMBER) };
        let ordered = |function: &str, args: Vec<Expr>| {
            Expr::aggregate(function, args, Some(order.clone()), Some(x.clone().is_not_null()))
        };
        match &self.how {
            Aggregation::Agree | Aggregation::Min => Expr::call("min", [x]),
            Aggregation::Max => Expr::call("max", [x]),
            Aggregation::Sum => Expr::call("sum", [x.cast("DECIMAL(38,10)")]),
            Aggregation::Count => Expr::call("count", [x]).cast(NUMBER),
            Aggregation::Distinct => x.count_distinct().cast(NUMBER),
            Aggregation::First => ordered("first", vec![x.clone()]),
            Aggregation::Last => ordered("last", vec![x.clone()]),
            Aggregation::List(separator) => ordered("string_agg", vec![x.clone(), Expr::text(separator)]),
        }
    }

    /// Whether the rows differ in it, empties aside; only for what must agree.
    pub fn differs(&self, argument: Expr) -> Option<Expr> {
        let unequal = Expr::call("min", [argument.clone()]).op("<>", Expr::call("max", [argument]));
        (self.how == Aggregation::Agree).then(|| unequal.or_else(Expr::flag(false)))
    }

    /// The name of the column that [`Aggregate::differs`] fills.
    pub fn differs_column(&self) -> String {
        differs_column(&self.column)
    }
}
