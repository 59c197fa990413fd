//! One expression ready to run in Rhai's engine.

use super::script::{Script, name};
use super::{failed_leaf, operators};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::functions::{self, Function, Param};
use crate::expr::sandbox;
use crate::expr::tree::Op;
use crate::expr::value::{Failure, Value};
use crate::expr::vectors::RowFunction;
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, Scope};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// An expression that runs in Rhai's engine, known to DuckDB by a name made of what it does.
#[derive(Debug)]
pub struct Runner {
    name: String,
    ast: Option<AST>,
    leaves: Vec<(Type, bool)>,
    constants: Vec<Value>,
    output: Type,
}

/// A value that was read and failed.
#[derive(Clone, Debug)]
struct Failed(String);

impl Runner {
    /// Prepares a script.
    pub fn new(script: Script, output: Type) -> Self {
        let leaves: Vec<(Type, bool)> =
            script.leaves.iter().map(|l| (l.lowered.ty, !l.lowered.fails.is_empty())).collect();
        let identity = format!("{}\n{leaves:?}\n{:?}\n{output:?}", script.text, script.constants);
        let digest: String =
            Sha256::digest(identity.as_bytes()).iter().take(12).map(|b| format!("{b:02x}")).collect();
        let ast = engine().compile(&script.text).ok();
        Self { name: format!("cw_{digest}"), ast, leaves, constants: script.constants, output }
    }

    /// Its name in SQL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The variables of the script for one row.
    fn scope(&self, row: Vec<Value>) -> Scope<'static> {
        let mut scope = Scope::new();
        let mut row = row.into_iter();
        for (n, (_, can_fail)) in self.leaves.iter().enumerate() {
            let value = row.next().unwrap_or(Value::Empty);
            let failed = if *can_fail { row.next().and_then(|f| f.number()) } else { None };
            let read = match failed.and_then(crate::expr::number::Number::as_whole) {
                Some(which) => Dynamic::from(Failed(failed_leaf(n, usize::try_from(which).unwrap_or(0)))),
                None => Dynamic::from(value),
            };
            scope.push_dynamic(format!("v{n}"), read);
        }
        for (n, constant) in self.constants.iter().enumerate() {
            scope.push_dynamic(format!("k{n}"), Dynamic::from(constant.clone()));
        }
        scope
    }
}

impl RowFunction for Runner {
    fn inputs(&self) -> Vec<(String, Type)> {
        let mut inputs = Vec::new();
        for (n, (ty, can_fail)) in self.leaves.iter().enumerate() {
            inputs.push((format!("v{n}"), *ty));
            if *can_fail {
                inputs.push((format!("f{n}"), Type::Number));
            }
        }
        if inputs.is_empty() {
            inputs.push(("none".to_owned(), Type::Number));
        }
        inputs
    }

    fn output(&self) -> Type {
        self.output
    }

    fn run(&self, row: Vec<Value>) -> Result<Value, Failure> {
        let Some(ast) = &self.ast else { return Err(limit("its script is too deep")) };
        let mut scope = self.scope(row);
        engine().eval_ast_with_scope::<Value>(&mut scope, ast).map_err(|e| failure(*e))
    }
}

fn limit(what: &str) -> Failure {
    Failure::new(Code::ROW_LIMIT, &format!("the expression took too much for one row: {what}"))
}

/// Our failure out of Rhai's error.
fn failure(error: EvalAltResult) -> Failure {
    match error {
        EvalAltResult::ErrorRuntime(value, _) => {
            value.try_cast::<Failure>().unwrap_or_else(|| limit("it was ended"))
        }
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => failure(*inner),
        other => limit(&other.to_string()),
    }
}

type Outcome = Result<Value, Box<EvalAltResult>>;

fn outcome(result: Result<Value, Failure>) -> Outcome {
    let bounded = result.and_then(|value| match value {
        Value::Text(t) if t.len() > sandbox::TEXT_BYTES => Err(limit("a text of more than 65536 bytes")),
        value => Ok(value),
    });
    bounded.map_err(|f| Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(f), rhai::Position::NONE)))
}

/// The one engine with our operators and functions.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = sandbox::runner();
        order(&mut engine);
        for op in
            [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Rem, Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge]
        {
            let run = move |a: Value, b: Value| outcome(operators::binary(op, &a, &b));
            engine.register_fn(format!("op_{}", name(op.sign())), run);
        }
        engine.register_fn("op_neg", |a: Value| operators::negative(&a));
        engine.register_fn("op_text", |a: Value| Value::text(a.to_text()));
        engine.register_fn("op_date", |a: Value| a.day().map_or(Value::Empty, Value::Date));
        engine.register_fn("op_in", |a: Array| Value::Flag(operators::member(&values(a))));
        engine.register_fn("op_concat", |a: Array| outcome(Ok(operators::concat(&values(a)))));
        for function in functions::all() {
            engine.register_fn(format!("fn_{}", function.name), move |a: Array| {
                outcome(call(function, &values(a)))
            });
        }
        engine
    })
}

/// What stands between our values and Rhai's order of evaluation.
fn order(engine: &mut Engine) {
    engine.register_fn("holds", |a: Value| a.holds());
    engine.register_fn("flag", |a: bool| Value::Flag(a));
    engine.register_fn("lacks", |a: Value| a.is_empty());
    engine.register_fn("read", |a: Dynamic| -> Outcome {
        match a.clone().try_cast::<Failed>() {
            Some(failed) => outcome(Err(Failure { code: None, reason: failed.0 })),
            None => Ok(a.try_cast::<Value>().unwrap_or(Value::Empty)),
        }
    });
}

fn values(array: Array) -> Vec<Value> {
    array.into_iter().map(|d| d.try_cast::<Value>().unwrap_or(Value::Empty)).collect()
}

/// A function, with empties as its signature says.
fn call(function: &Function, args: &[Value]) -> Result<Value, Failure> {
    let matters = |n: usize| !matches!(function.param(n), Some(Param::Part | Param::Literal));
    if function.strict && args.iter().enumerate().any(|(n, v)| v.is_empty() && matters(n)) {
        return Ok(Value::Empty);
    }
    (function.run)(args)
}
