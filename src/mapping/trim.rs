//! Text values have no white space at their ends (rules 1). Cells are trimmed when they are read; an expression's result
//! is trimmed where the expression could have put some there, as looking for it costs as much as the expression.

use crate::expr::{Lowered, Type};
use crate::sql::read;
use regex::Regex;
use std::sync::LazyLock;

/// Functions whose texts have none at their ends when their arguments have none. `join` leaves out the empty ones.
const SAFE: &[&str] = &[
    "text",
    "num",
    "date",
    "flag",
    "total",
    "trim",
    "upper",
    "lower",
    "join",
    "if",
    "switch",
    "first",
    "last",
    "min",
    "max",
    "sum",
    "count",
    "distinct",
    "blank",
    "len",
    "starts_with",
    "ends_with",
    "contains",
    "round",
    "abs",
    "year",
    "month",
    "day",
    "month_start",
    "month_end",
];

/// A pattern of ours; one that cannot be read (it can) finds nothing.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static READERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"\b(?:text|num|date|flag|total)\(\s*"(?:[^"\\]|\\.)*"\s*\)"#));
static LITERALS: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r#""(?:[^"\\]|\\.)*"|`[^`]*`"#));
static CALLS: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\b([a-z_]\w*)\s*\("));

/// The result of an expression, trimmed where that may be needed.
pub(super) fn trimmed(expression: &str, value: Lowered) -> Lowered {
    match value.ty {
        Type::Text if may_need_it(expression) => Lowered { value: read::clean(value.value, &[]), ..value },
        _ => value,
    }
}

fn may_need_it(expression: &str) -> bool {
    let (Some(readers), Some(literals), Some(calls)) = (&*READERS, &*LITERALS, &*CALLS) else { return true };
    let bare = readers.replace_all(expression, "_");
    let blank = |c: char| c.is_whitespace() || c == '\\';
    literals.find_iter(&bare).any(|m| m.as_str().contains(blank))
        || calls.captures_iter(&bare).any(|c| c.get(1).is_some_and(|n| !SAFE.contains(&n.as_str())))
        || bare.contains("env.")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_could_put_blanks_at_an_end() {
        for (expression, want) in [
            (r#"text("A b")"#, false),
            (r#"`${text("Beleg / Nr")}-${upper(text("a b"))}`"#, false),
            (r#"if text("A") == "x" { "AB" } else { out.name }"#, false),
            (r#"text("A") + " ""#, true),
            (r#"`${text("A")} `"#, true),
            (r#"extract(text("A"), "x")"#, true),
            (r#""a\t""#, true),
            ("env.prefix", true),
        ] {
            assert_eq!(super::may_need_it(expression), want, "{expression}");
        }
    }
}
