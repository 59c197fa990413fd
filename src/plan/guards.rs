//! Guards: how much may change at once before somebody names the number (design 3, rules 5).

use super::{Guard, RecordHead};
use crate::diff::Found;
use crate::mapping::Mapping;
use crate::spec::mapping::Limits;
use std::collections::BTreeMap;

const NEW: &str = "20%";
const REMOVED: &str = "2%";
const CHANGED: &str = "30%";
const ROWS: &str = "80%";
const FLOOR: u64 = 10;

/// The guards' figures. `rows` are today's rows per source, `last` those of the last applied run; `rehearsal` lets a
/// record type without baseline pass.
pub fn figures(
    mapping: &Mapping,
    found: &Found,
    rows: &BTreeMap<String, u64>,
    last: &BTreeMap<String, u64>,
    rehearsal: bool,
) -> Vec<Guard> {
    let mut guards = Vec::new();
    for record in &mapping.records {
        let limits = limits(mapping, &record.name);
        let base = found.baseline.get(&record.name).copied().unwrap_or(0);
        let counts = found.counts.get(&record.name);
        let count = |kind: &str| counts.and_then(|c| c.get(kind)).copied().unwrap_or(0);
        let figure = |figure: &str, limit: &Option<String>, default: &str, value: u64| {
            let limit = limit.clone().unwrap_or_else(|| default.to_owned());
            let free = figure == "new" && base == 0 && rehearsal;
            let tripped =
                !free && value >= limits.floor.unwrap_or(FLOOR).max(1) && exceeds(value, base, &limit);
            Guard {
                record: record.name.clone(),
                figure: figure.to_owned(),
                limit,
                value,
                base,
                tripped,
                sum: None,
            }
        };
        guards.push(figure("new", &limits.new, NEW, count("new")));
        guards.push(figure("removed", &limits.removed, REMOVED, count("removed") + count("absent")));
        guards.push(figure("changed", &limits.changed, CHANGED, count("changed") + count("returned")));
    }
    for (source, now) in rows {
        let Some(base) = last.get(source) else { continue };
        let limit = mapping.guard.all.rows.clone().unwrap_or_else(|| ROWS.to_owned());
        let fewer = base.saturating_sub(*now);
        let tripped = fewer >= mapping.guard.all.floor.unwrap_or(FLOOR).max(1) && below(*now, *base, &limit);
        let (record, figure) = (source.clone(), "rows".to_owned());
        guards.push(Guard { record, figure, limit, value: *now, base: *base, tripped, sum: None });
    }
    guards
}

/// The sums that somebody wants to be asked about. Of records whose sums are known before and after.
pub fn sums(mapping: &Mapping, records: &[RecordHead]) -> Vec<Guard> {
    let mut guards = Vec::new();
    for record in records {
        let limits = limits(mapping, &record.record);
        let Some(limit) = limits.sums else { continue };
        let enough = record.baseline >= limits.floor.unwrap_or(FLOOR).max(1);
        for total in &record.totals {
            let (Some(old), Some(new)) = (&total.old, &total.new) else { continue };
            let currency = total.currency.as_ref().map_or_else(String::new, |c| format!(".{c}"));
            guards.push(Guard {
                record: record.record.clone(),
                figure: format!("{}{currency}", total.field),
                tripped: enough && moved(old, new, &limit),
                limit: limit.clone(),
                sum: Some((old.clone(), new.clone())),
                ..Guard::default()
            });
        }
    }
    guards
}

/// Whether a sum moved by more than a share of what it was, or than an amount. One that cannot be told is asked about.
fn moved(old: &str, new: &str, limit: &str) -> bool {
    use rust_decimal::Decimal;
    let known = || {
        let (old, new): (Decimal, Decimal) = (old.parse().ok()?, new.parse().ok()?);
        let by = new.checked_sub(old)?.abs();
        match limit.strip_suffix('%') {
            Some(share) => {
                let share: Decimal = share.parse().ok()?;
                Some(by.checked_mul(Decimal::ONE_HUNDRED)? > old.abs().checked_mul(share)?)
            }
            None => Some(by > limit.parse().ok()?),
        }
    };
    known().unwrap_or(true)
}

fn limits(mapping: &Mapping, record: &str) -> Limits {
    let own = mapping.guard.of.iter().find(|(name, _)| name.value == record).map(|(_, l)| l.clone());
    let (own, all) = (own.unwrap_or_default(), &mapping.guard.all);
    Limits {
        new: own.new.or_else(|| all.new.clone()),
        removed: own.removed.or_else(|| all.removed.clone()),
        changed: own.changed.or_else(|| all.changed.clone()),
        rows: own.rows.or_else(|| all.rows.clone()),
        sums: own.sums.or_else(|| all.sums.clone()),
        floor: own.floor.or(all.floor),
    }
}

fn exceeds(value: u64, base: u64, limit: &str) -> bool {
    match limit.strip_suffix('%') {
        Some(share) => value * 100 > base * share.parse().unwrap_or(0),
        None => value > limit.parse().unwrap_or(0),
    }
}

fn below(value: u64, base: u64, limit: &str) -> bool {
    match limit.strip_suffix('%') {
        Some(share) => value * 100 < base * share.parse().unwrap_or(0),
        None => value < limit.parse().unwrap_or(0),
    }
}
