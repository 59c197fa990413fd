//! Which columns of the sources a statement names: the others need not cross into its database.

use serde_json::Value;
use std::collections::BTreeSet;

/// The words of a statement's tree in small letters, a column's name among them if the statement names that column;
/// `None` when it may read columns without naming them.
pub(super) fn words(tree: &Value) -> Option<BTreeSet<String>> {
    let mut words = Words::default();
    words.walk(tree);
    let rows = words.last.iter().any(|name| words.tables.contains(name));
    (!words.all && !rows).then_some(words.found)
}

#[derive(Default)]
struct Words {
    found: BTreeSet<String>,
    /// Relations and their aliases: named like a column, one means its whole row.
    tables: BTreeSet<String>,
    /// The last names of references to columns.
    last: BTreeSet<String>,
    /// A star, a natural join, or new names by position. PIVOT, which groups by what it does not name, is refused.
    all: bool,
}

impl Words {
    fn walk(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.found.insert(text.to_lowercase());
            }
            Value::Array(items) => items.iter().for_each(|v| self.walk(v)),
            Value::Object(fields) => {
                self.node(value);
                fields.values().for_each(|v| self.walk(v));
            }
            _ => {}
        }
    }

    fn node(&mut self, node: &Value) {
        let text = |key: &str| node[key].as_str().unwrap_or_default();
        let some = |key: &str| node[key].as_array().is_some_and(|a| !a.is_empty());
        self.all |= ["STAR", "PIVOT"].contains(&text("type"))
            || text("class") == "STAR"
            || text("ref_type") == "NATURAL"
            || some("column_name_alias");
        match text("type") {
            "BASE_TABLE" => {
                let names = ["table_name", "alias"].map(|key| text(key).to_lowercase());
                self.tables.extend(names.into_iter().filter(|n| !n.is_empty()));
            }
            "COLUMN_REF" => {
                let last = node["column_names"].as_array().and_then(|n| n.last()).and_then(Value::as_str);
                self.last.extend(last.map(str::to_lowercase));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::db::{Db, Limits};
    use crate::source::query::{Input, understand};

    /// The columns `a`, `B` and `a` again that a statement over `{t}` does not name.
    fn spared(statement: &str) -> Vec<usize> {
        let limits = Limits { memory_mib: 100, threads: 1, spill: None, folders: Vec::new() };
        let columns = ["a", "B", "a"].map(str::to_owned).to_vec();
        let input = Input { source: "t".to_owned(), columns, ..Input::default() };
        let query = understand(&Db::scratch(&limits).unwrap(), statement, vec![input]).unwrap();
        query.inputs[0].spared.clone()
    }

    #[test]
    fn columns_that_a_statement_names_cross() {
        for (statement, expected) in [
            ("select A as x from {t}", vec![1, 2]),
            ("select count(*) as n from {t} group by b", vec![0, 2]),
            ("select num(B) as n from {t}", vec![0, 1, 2]),
            ("select {t}.b as x, s.\"a (2)\" as y from {t} join {t} s using (a)", vec![]),
            ("select x.b from (select B from {t} where a > '1') x", vec![2]),
            ("with c as (select b as q from {t}) select q from c", vec![0, 2]),
            ("select row_number as n from {t}", vec![0, 1, 2]),
        ] {
            assert_eq!(spared(statement), expected, "{statement}");
        }
    }

    #[test]
    fn all_columns_cross_for_a_statement_that_reads_them_without_their_names() {
        for statement in [
            "select * from {t}",
            "from {t}",
            "select t.* exclude (a) from {t} t",
            "select columns('b') from {t}",
            "select b from {t} order by all",
            "select b as x, count(*) as n from (from {t}) group by all",
            "select cast(t as varchar) as x from {t} t",
            "select cast(\"{t}\" as varchar) as x from {t}",
            "select x from {t} as s(x, y, z)",
            "select x.b from {t} x natural join {t} y",
        ] {
            assert_eq!(spared(statement), Vec::<usize>::new(), "{statement}");
        }
    }
}
