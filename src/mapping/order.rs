//! Parents before children.

use super::value::Wrong;
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::mapping::RecordSpec;

/// The records' indexes, parents before children, otherwise as written. A parent that is `broken` has been told of.
pub(super) fn records(specs: &[RecordSpec], broken: &[String]) -> Result<Vec<usize>, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut order: Vec<usize> = Vec::new();
    for (n, spec) in specs.iter().enumerate() {
        let mut chain = vec![n];
        while let Some(parent) = chain.last().and_then(|l| specs.get(*l)).and_then(|s| s.parent.as_ref()) {
            let Some(up) = specs.iter().position(|s| s.name.value == parent.value) else {
                if broken.contains(&parent.value) {
                    break;
                }
                let help = did_you_mean(&parent.value, specs.iter().map(|s| s.name.value.as_str()));
                let message = format!("there is no record `{}`", parent.value);
                wrong.push(Wrong::new(Code::UNKNOWN_RECORD, &parent.span, message, help));
                break;
            };
            if chain.contains(&up) {
                let message = format!("`{}` would be its own parent", spec.name.value);
                wrong.push(Wrong::new(Code::UNKNOWN_RECORD, &parent.span, message, None));
                break;
            }
            chain.push(up);
        }
        for up in chain.into_iter().rev() {
            if !order.contains(&up) {
                order.push(up);
            }
        }
    }
    wrong.dedup_by(|a, b| a.span == b.span);
    if wrong.is_empty() { Ok(order) } else { Err(wrong) }
}
