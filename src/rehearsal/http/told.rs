//! Outcomes as a fault has them told; what is kept stays as it is.

use crate::rehearsal::fault::Told;
use crate::rehearsal::store::{Counts, Problem};

/// Changes what is about to be told.
pub(super) fn distort(told: Told, results: &mut Vec<Counts>, problems: &mut Vec<Problem>) {
    match told {
        Told::Rightly => {}
        Told::Reordered => {
            results.reverse();
            problems.reverse();
        }
        Told::Missing => {
            if problems.pop().is_none() {
                drop(results.pop());
            }
        }
        Told::Extra => {
            if let Some(counts) = results.first() {
                problems.push(Problem {
                    model: counts.model.clone(),
                    error: true,
                    key: "never-sent".to_owned(),
                    messages: vec!["is not valid".to_owned()],
                });
            }
        }
    }
}
