//! Function calls in SQL.

use super::{
    Lowering,
    operators::{fail, lost},
};
use crate::expr::compiled::{Lowered, Type};
use crate::expr::functions::{Arg, Function, Param};
use crate::expr::tree::Node;
use crate::sql::Expr;

/// Bytes of the SQL of one call. Some functions name an argument several times, so that calls within calls grow by powers.
const LONGEST: usize = 32 << 10;

impl Lowering {
    pub(super) fn call(&mut self, function: &'static Function, args: &[Node], node: &Node) -> Lowered {
        let Some(sql) = function.sql else {
            let why = format!("`{}` has no SQL: {}", function.name, function.no_sql);
            return self.fallback(node, &why);
        };
        let (mut given, mut fails) = (Vec::new(), Vec::new());
        for arg in args {
            let lowered = self.sql(arg);
            fails.extend(lowered.fails);
            given.push(Arg { expr: lowered.value, ty: arg.ty, literal: arg.literal().cloned() });
        }
        let value = sql(&given);
        if value.bytes() > LONGEST {
            return self.fallback(node, "its SQL would be too long");
        }
        if let Some((code, reason)) = function.fails {
            fails.push(fail(lost(&value, present(function, &given)), code, reason));
        }
        Lowered { ty: node.ty, value: strict(function, &given, value, node.ty), fails }
    }
}

/// That every argument that matters is there.
fn present<'a>(function: &'a Function, args: &'a [Arg]) -> impl Iterator<Item = Expr> + 'a {
    let matters = move |(n, a): (usize, &'a Arg)| {
        let open = a.literal.as_ref().is_none_or(crate::expr::value::Value::is_empty);
        (open && !matches!(function.param(n), Some(Param::Part | Param::Literal)))
            .then(|| a.expr.clone().is_not_null())
    };
    args.iter().enumerate().filter_map(matters)
}

/// An argument that is never there makes a strict function empty, also where its SQL would not.
fn strict(function: &Function, args: &[Arg], value: Expr, ty: Type) -> Expr {
    let never = |(n, a): (usize, &Arg)| {
        let empty = a.literal.as_ref().is_some_and(crate::expr::value::Value::is_empty);
        empty && !matches!(function.param(n), Some(Param::Part | Param::Literal))
    };
    let lost = function.strict && args.iter().enumerate().any(never);
    if lost { Expr::null(ty.sql()) } else { value }
}
