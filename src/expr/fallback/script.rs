//! The typed tree as a Rhai script: calls of our operators by name, Rhai's own `if`, `&&` and `||` for the order.

use crate::expr::tree::{Kind, Leaf, Node};
use crate::expr::value::Value;

/// A script with what it refers to.
#[derive(Debug, Default)]
pub struct Script {
    /// Its text.
    pub text: String,
    /// `v0`, `v1`, …: what is read.
    pub leaves: Vec<Leaf>,
    /// `k0`, `k1`, …: constants.
    pub constants: Vec<Value>,
    temporaries: usize,
}

/// The script of a node.
pub fn write(node: &Node) -> Script {
    let mut script = Script::default();
    script.text = script.node(node);
    script
}

impl Script {
    fn node(&mut self, node: &Node) -> String {
        match &node.kind {
            Kind::Const(value) => self.constant(value),
            Kind::Leaf(leaf) => self.leaf(leaf),
            Kind::Binary(op, a, b) => format!("op_{}({}, {})", name(op.sign()), self.node(a), self.node(b)),
            Kind::Neg(a) => format!("op_neg({})", self.node(a)),
            Kind::Not(a) => format!("flag(!holds({}))", self.node(a)),
            Kind::All(items) => self.logic(items, " && "),
            Kind::Any(items) => self.logic(items, " || "),
            Kind::First(items) => self.first(items),
            Kind::If(c, yes, no) => {
                let (c, yes, no) = (self.node(c), self.node(yes), self.node(no));
                format!("(if holds({c}) {{ {yes} }} else {{ {no} }})")
            }
            Kind::In(subject, items) => {
                let all: Vec<String> =
                    std::iter::once(&**subject).chain(items).map(|n| self.node(n)).collect();
                format!("op_in([{}])", all.join(", "))
            }
            Kind::Concat(items) => format!("op_concat([{}])", self.list(items)),
            Kind::AsText(a) => format!("op_text({})", self.node(a)),
            Kind::AsDate(a) => format!("op_date({})", self.node(a)),
            Kind::Call(function, items) => format!("fn_{}([{}])", function.name, self.list(items)),
            Kind::Aggregate(..) => self.constant(&Value::Empty),
        }
    }

    fn list(&mut self, items: &[Node]) -> String {
        let items: Vec<String> = items.iter().map(|n| self.node(n)).collect();
        items.join(", ")
    }

    fn constant(&mut self, value: &Value) -> String {
        let known = self.constants.iter().position(|c| c == value);
        let index = known.unwrap_or_else(|| {
            self.constants.push(value.clone());
            self.constants.len() - 1
        });
        format!("k{index}")
    }

    fn leaf(&mut self, leaf: &Leaf) -> String {
        let known = self.leaves.iter().position(|l| l.lowered == leaf.lowered);
        let index = known.unwrap_or_else(|| {
            self.leaves.push(leaf.clone());
            self.leaves.len() - 1
        });
        if leaf.lowered.fails.is_empty() { format!("v{index}") } else { format!("read(v{index})") }
    }

    fn logic(&mut self, items: &[Node], sign: &str) -> String {
        let items: Vec<String> = items.iter().map(|n| format!("holds({})", self.node(n))).collect();
        format!("flag({})", items.join(sign))
    }

    /// `??`: each is asked only if those before it are empty.
    fn first(&mut self, items: &[Node]) -> String {
        let Some((one, rest)) = items.split_first() else { return self.constant(&Value::Empty) };
        let one = self.node(one);
        if rest.is_empty() {
            return one;
        }
        self.temporaries += 1;
        let temporary = format!("t{}", self.temporaries);
        let rest = self.first(rest);
        format!("{{ let {temporary} = {one}; if lacks({temporary}) {{ {rest} }} else {{ {temporary} }} }}")
    }
}

/// A word for an operator's sign.
pub fn name(sign: &str) -> &'static str {
    match sign {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        "/" => "div",
        "%" => "rem",
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        "<=" => "le",
        ">" => "gt",
        _ => "ge",
    }
}
