//! Nothing overrides: over a file and those it uses, each name and each key stands once.

use super::{GuardSpec, Limits};
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table, Value};
use toml::de::DeValue;

/// Notes what stands in more than one file (E215, at both places) and what a used file cannot hold (E240).
pub(super) fn check(roots: &[Table<'_>]) {
    for key in ["source", "lookup", "record", "defaults"] {
        let tables: Vec<Table<'_>> = roots.iter().filter_map(|r| r.table(key)).collect();
        twice(key, &tables);
    }
    let guards: Vec<Table<'_>> = roots.iter().filter_map(|r| r.table("guard")).collect();
    twice("guard", &guards);
    for root in roots.iter().skip(1) {
        for key in ["name", "platform"] {
            if let Some(value) = root.get(key) {
                let message = format!("a file that is used has no `{key}` of its own");
                let help = format!("Take `{key}` out: the mapping that uses this file has it.");
                root.walk().error(Code::USED_FILE, value.key_span(), message, Some(help));
            }
        }
    }
}

/// An entry with the walk that can tell its place.
type Entry<'w> = (Spot<String>, Value<'w>);

/// Names that stand in more than one of the tables; a table of a guard is looked into.
fn twice(path: &str, tables: &[Table<'_>]) {
    let entries: Vec<Vec<Entry<'_>>> = tables.iter().map(|t| t.entries().collect()).collect();
    for (n, later) in entries.iter().enumerate() {
        for (key, value) in later {
            let earlier = entries.iter().take(n).flatten().find(|(k, _)| k.value == key.value);
            let Some((first, there)) = earlier else { continue };
            match (path, there.raw(), value.raw()) {
                ("guard", DeValue::Table(_), DeValue::Table(_)) => {
                    let own: Vec<Table<'_>> = [there, value].iter().filter_map(|v| v.table()).collect();
                    twice(&format!("guard.{}", key.value), &own);
                }
                _ => {
                    told(&format!("{path}.{}", key.value), key, value, first);
                    told(&format!("{path}.{}", key.value), first, there, key);
                }
            }
        }
    }
}

/// Notes at one of two places that the name stands at the other too.
fn told(name: &str, at: &Spot<String>, value: &Value<'_>, other: &Spot<String>) {
    let walk = value.walk();
    let message = format!("`{name}` stands twice, also at {}", walk.at(&other.span));
    let help = "Nothing overrides: keep one of the two, or call one of them otherwise.".to_owned();
    walk.error(Code::DUPLICATE_NAME, &at.span, message, Some(help));
}

impl GuardSpec {
    /// Both; no limit stands in both.
    pub(super) fn with(mut self, more: GuardSpec) -> GuardSpec {
        self.all = self.all.with(more.all);
        for (record, limits) in more.of {
            match self.of.iter_mut().find(|(r, _)| r.value == record.value) {
                Some((_, there)) => *there = std::mem::take(there).with(limits),
                None => self.of.push((record, limits)),
            }
        }
        self.approval = self.approval.or(more.approval);
        self.age = self.age.or(more.age);
        self
    }
}

impl Limits {
    fn with(self, more: Limits) -> Limits {
        Limits {
            new: self.new.or(more.new),
            removed: self.removed.or(more.removed),
            changed: self.changed.or(more.changed),
            rows: self.rows.or(more.rows),
            sums: self.sums.or(more.sums),
            floor: self.floor.or(more.floor),
        }
    }
}
