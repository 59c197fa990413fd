//! Parents before children.

use super::value::Wrong;
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::mapping::{MappingFile, RecordSpec};

/// The records' indexes, parents before children, otherwise as written; one whose parents cannot be followed is left
/// out and told of. A parent that is `broken` has been told of.
pub(super) fn records(specs: &[RecordSpec], broken: &[String]) -> (Vec<usize>, Vec<Wrong>) {
    let (mut order, mut wrong): (Vec<usize>, Vec<Wrong>) = (Vec::new(), Vec::new());
    for n in 0..specs.len() {
        match chain(specs, n) {
            Ok(chain) => {
                for up in chain.into_iter().rev() {
                    if !order.contains(&up) {
                        order.push(up);
                    }
                }
            }
            Err(Some(w)) if !broken.iter().any(|b| w.message.contains(&format!("`{b}`"))) => wrong.push(*w),
            Err(_) => {}
        }
    }
    wrong.dedup_by(|a, b| a.span == b.span);
    (order, wrong)
}

/// A record and its parents, outermost last; `None` as error where a parent further up has the mistake.
fn chain(specs: &[RecordSpec], start: usize) -> Result<Vec<usize>, Option<Box<Wrong>>> {
    let mut chain = vec![start];
    while let Some(spec) = chain.last().and_then(|l| specs.get(*l)) {
        let Some(parent) = &spec.parent else { break };
        let own = chain.len() == 1;
        let told = |wrong: Wrong| own.then(|| Box::new(wrong));
        let Some(up) = specs.iter().position(|s| s.name.value == parent.value) else {
            let help = did_you_mean(&parent.value, specs.iter().map(|s| s.name.value.as_str()));
            let message = format!("there is no record `{}`", parent.value);
            return Err(told(Wrong::new(Code::UNKNOWN_RECORD, &parent.span, message, help)));
        };
        if chain.contains(&up) {
            // A circle is told once, at the first of its records.
            let first = up == start && chain.iter().all(|c| *c >= start);
            return Err(first.then(|| Box::new(circle(specs, &chain))));
        }
        chain.push(up);
    }
    Ok(chain)
}

/// Records that are each other's parents; the first one's `parent` is the place.
fn circle(specs: &[RecordSpec], chain: &[usize]) -> Wrong {
    let specs: Vec<&RecordSpec> = chain.iter().filter_map(|n| specs.get(*n)).collect();
    let names: Vec<&str> = specs.iter().map(|s| s.name.value.as_str()).collect();
    let first = names.first().copied().unwrap_or_default();
    let way = match names.as_slice() {
        [_] => String::new(),
        _ => format!(": {} → {first}", names.join(" → ")),
    };
    let message = format!("`{first}` would be its own parent{way}");
    let help = "A parent is the header, such as the invoice of a line; leave it out there.".to_owned();
    let at = specs.first().and_then(|s| s.parent.as_ref()).map(|p| p.span.clone()).unwrap_or_default();
    Wrong::new(Code::UNKNOWN_RECORD, &at, message, Some(help))
}

/// Guards of records that there are not.
pub(super) fn guards(file: &MappingFile) -> Vec<Wrong> {
    let known = || file.records.iter().map(|r| &r.name.value).chain(&file.broken);
    let unknown =
        file.guard.of.iter().map(|(name, _)| name).filter(|name| !known().any(|k| *k == name.value));
    let wrong = unknown.map(|name| {
        let help = did_you_mean(&name.value, known().map(String::as_str));
        let message = format!("there is no record `{}` to guard", name.value);
        Wrong::new(Code::UNKNOWN_RECORD, &name.span, message, help)
    });
    wrong.collect()
}
