//! Statements about why records changed: the data, the mapping, its vars, a lookup, the platform file, the program; a field that
//! is mapped for the first time; another key for the same values.
//!
//! With each record the state keeps what its values rest on: `<mapping>.<vars>.<lookups>.<platform>.<program>`.

use super::diff::{Column, changes_table};
use super::{ident, literal};

/// How the cause of a change ends that comes from the rules alone.
pub const DATA_SAME: &str = " changed, the data did not";

/// The parts of what values rest on.
const PARTS: [&str; 5] = ["the mapping", "a variable", "a lookup", "the platform file", "the program"];

/// The cause of a change, over `kind, forced, fields, ours_before, raw, raw_before, rules_before`; empty: the data.
///
/// `coalesce` stands around `rules_before` because DuckDB's optimizer, where a column holds nothing but NULL, makes a constant of
/// the function over it and of the comparison with that an error (`BindBuiltinScalarFunction did not return …`).
pub(super) fn cause(rules: &str) -> String {
    format!(
        "CASE WHEN kind = 'back' THEN 'in the files again' WHEN kind = 'returned' THEN 'was taken out before' \
         WHEN kind <> 'changed' THEN '' WHEN len(fields) = 0 THEN coalesce(forced, '') \
         WHEN ours_before IS NOT NULL AND len(list_filter(fields, lambda f: contains(',' || ours_before || ',', ',' || f || ','))) = 0 \
         THEN 'mapped for the first time: ' || array_to_string(fields, ', ') || CASE WHEN raw_before IS NOT DISTINCT FROM raw \
         THEN {} ELSE '' END \
         WHEN raw_before IS NOT DISTINCT FROM raw AND rules_before IS DISTINCT FROM {} THEN {} ELSE '' END",
        literal(&format!("; the mapping{DATA_SAME}")),
        literal(rules),
        which(rules)
    )
}

/// Which parts are others than before; all in doubt where the state is of a program that did not tell them apart.
fn which(rules: &str) -> String {
    let part = |(n, (now, words)): (usize, (&str, &str))| {
        let at = n + 1;
        format!(
            "CASE WHEN split_part(coalesce(rules_before, ''), '.', {at}) <> {} THEN {} END",
            literal(now),
            literal(words)
        )
    };
    let parts: Vec<String> = rules.split('.').zip(PARTS).enumerate().map(part).collect();
    format!(
        "CASE WHEN split_part(coalesce(rules_before, ''), '.', {}) <> '' THEN concat_ws(' and ', {}) ELSE 'the mapping or a lookup' END || {}",
        PARTS.len(),
        parts.join(", "),
        literal(DATA_SAME)
    )
}

/// Why records of a model changed, other than by their data: `record, cause, changes`.
pub fn causes(model: &str) -> String {
    format!(
        "SELECT record, cause, count(*) FROM {} WHERE kind IN ('changed', 'rebaselined') AND cause <> '' GROUP BY ALL \
         ORDER BY record, count(*) DESC, cause LIMIT 100",
        changes_table(model)
    )
}

/// Records gone whose values are those of a new one under another key: how many, and one with its new key. `keys` are the
/// fields that make or hold keys.
pub fn other_key(model: &str, record: &str, columns: &[Column], keys: &[&str]) -> String {
    let values: Vec<&Column> =
        columns.iter().filter(|c| !c.ignore && !keys.contains(&c.name.as_str())).collect();
    let packed = |side: &str| {
        let all: Vec<String> = values.iter().map(|c| format!("{side}.{}", ident(&c.name))).collect();
        format!("hash({})", if all.is_empty() { "key".to_owned() } else { all.join(", ") })
    };
    format!(
        "SELECT count(DISTINCT g.key), coalesce(min(g.key), ''), coalesce(arg_min(n.key, (g.key, n.key)), '') FROM (SELECT key, {} AS h FROM {table} WHERE \
         record = {record} AND kind IN ('removed', 'absent')) g JOIN (SELECT key, {} AS h FROM {table} WHERE record = {record} AND kind = \
         'new') n ON n.h = g.h",
        packed("old"),
        packed("new"),
        table = changes_table(model),
        record = literal(record)
    )
}
