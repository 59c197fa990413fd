//! The one place that makes a Rhai engine: bare, nothing from outside, every limit written out (reliability S4).

use rhai::{Engine, OptimizationLevel};

/// Operations of one evaluation.
const OPERATIONS: u64 = 100_000;
/// Nested calls.
const CALL_DEPTH: usize = 16;
/// Nesting of what a user writes.
const DEPTH: usize = 32;
/// Bytes of a text.
pub const TEXT_BYTES: usize = 64 << 10;
/// Words of Rhai that reach outside or run text as a program.
const OFF: &[&str] = &[
    "eval",
    "print",
    "debug",
    "import",
    "export",
    "Fn",
    "call",
    "curry",
    "is_def_var",
    "is_def_fn",
    "is_shared",
];

/// An engine for what users write: parses expressions, knows no function.
pub fn sandbox() -> Engine {
    let mut engine = limited();
    engine.set_max_expr_depths(DEPTH, DEPTH / 2).set_max_variables(64);
    engine
}

/// An engine for the scripts made from checked expressions, whose depth the user's own text already bounds.
pub fn runner() -> Engine {
    let mut engine = limited();
    engine.set_max_expr_depths(DEPTH * 64, DEPTH * 64);
    engine.set_max_call_levels(CALL_DEPTH);
    engine
}

fn limited() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_operations(OPERATIONS).set_max_call_levels(CALL_DEPTH);
    engine.set_max_string_size(TEXT_BYTES).set_max_array_size(10_000).set_max_map_size(1_000);
    engine.set_max_variables(4096).set_max_functions(0);
    engine.set_allow_looping(false).set_allow_anonymous_fn(false).set_allow_shadowing(false);
    engine.set_fail_on_invalid_map_property(true);
    for word in OFF {
        engine.disable_symbol(*word);
    }
    engine
}
