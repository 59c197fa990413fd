//! Parents before children.

use super::value::Wrong;
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::mapping::RecordSpec;

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
            let message = format!("`{}` would be its own parent", spec.name.value);
            let help =
                Some("A parent is the header, such as the invoice of a line; leave it out there.".to_owned());
            return Err(told(Wrong::new(Code::UNKNOWN_RECORD, &parent.span, message, help)));
        }
        chain.push(up);
    }
    Ok(chain)
}
