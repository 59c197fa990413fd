//! An upload refused as a whole, with no record named: it is halved until the records that are to blame are found. Each
//! half is a batch of its own in the ledger, with its intent before it is sent.

use super::Delivery;
use super::batch::Ready;
use super::outcome::{all, event, there};
use super::send::{self, Sending, Stopped};
use crate::diagnostic::Result;
use crate::sql::{deliver, state};

/// How many halves of one upload may be tried: about a dozen bad records among ten thousand are found.
#[derive(Debug)]
pub(super) struct Tries {
    depth: u32,
    left: u32,
    refused: u32,
    taken: bool,
}

impl Tries {
    /// For an upload of so many records.
    pub(super) fn of(records: i64) -> Self {
        let depth = u64::try_from(records).unwrap_or(1).max(1).ilog2() + 1;
        Self { depth, left: 24 * depth, refused: 0, taken: false }
    }

    /// A part of it was taken.
    pub(super) fn taken(&mut self) {
        self.taken = true;
    }

    /// A part was refused; whether it is worth halving. When one record after the other is refused and none taken, it is
    /// about all of them.
    fn again(&mut self, about_size: bool) -> bool {
        self.refused += 1;
        self.left = self.left.saturating_sub(2);
        let hopeless = !self.taken && !about_size && self.refused > 2 * self.depth + 2;
        self.left > 0 && !hopeless
    }
}

/// Whether a refusal may be about records of the upload: the others (401, 403, 404, a redirect …) are about the way it was sent.
pub(super) fn speaks_of_records(status: u16) -> bool {
    matches!(status, 400 | 409 | 413 | 422)
}

/// After a batch was refused as a whole.
pub(super) fn refused(
    d: &Delivery<'_>,
    ready: &Ready,
    status: u16,
    text: &str,
    sending: &mut Sending,
    tries: &mut Tries,
) -> Result<Stopped> {
    let (number, records, digest) = (ready.number, ready.records, ready.digest.as_str());
    let whole = ready.parts.iter().any(|p| d.model(&p.model).is_some_and(|m| m.whole));
    if records < 2 || whole || !tries.again(status == 413) {
        // The platform has refused one of them; which one is not known, so it is the upload that it refused.
        let (outcome, together) = match records {
            ..2 => ("rejected", String::new()),
            _ if whole => ("rejected", " with its whole set".to_owned()),
            _ => (
                "not sent",
                format!(" together with {} others, and which of them is to blame was not found", records - 1),
            ),
        };
        all(d, number, records, digest, outcome, &format!("refused{together}: {text}"))?;
        return Ok(None);
    }
    let why = format!("refused as a whole and halved: {text}");
    d.commit(&event(d, number, "over", digest, records, "", &why))?;
    there(d, number, "over")?;
    let (first, second) = halve(d, number)?;
    for half in [first, second] {
        let records = i64::try_from(d.db.count(&deliver::size(half))?).unwrap_or(0);
        if d.env.cancel.asked() {
            return Ok(Some(send::BY_THE_USER.to_owned()));
        }
        let ready = send::intent(d, half, records, ready.place.clone())?;
        if let Some(stop) = send::upload(d, &ready, sending, tries)? {
            return Ok(Some(stop));
        }
    }
    Ok(None)
}

fn halve(d: &Delivery<'_>, number: i64) -> Result<(i64, i64)> {
    let used = d.db.count(&state::last_batch(d.run))?.max(d.db.count(&deliver::last_planned())?);
    let first = i64::try_from(used).unwrap_or(i64::MAX - 2) + 1;
    d.db.run(&deliver::halve(number, first, first + 1))?;
    Ok((first, first + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halves `n` records of which some are bad; gives the bad ones found and the requests made.
    fn search(n: u64, bad: &dyn Fn(u64) -> bool) -> (Vec<u64>, u64) {
        let (mut tries, mut found, mut requests) = (Tries::of(i64::try_from(n).unwrap()), Vec::new(), 0);
        let mut open = vec![(0, n)];
        while let Some((from, to)) = open.pop() {
            requests += 1;
            if !(from..to).any(bad) {
                tries.taken();
            } else if to - from < 2 || !tries.again(false) {
                found.extend(from..to);
            } else {
                let middle = from + (to - from) / 2;
                open.extend([(middle, to), (from, middle)]);
            }
        }
        (found, requests)
    }

    #[test]
    fn single_bad_records_are_found_with_few_requests() {
        for n in [2, 3, 100, 10_000] {
            for one in [0, n / 3, n - 1] {
                let (found, requests) = search(n, &|r| r == one);
                assert_eq!(found, [one], "{one} of {n}");
                assert!(requests <= 2 * u64::from(n.ilog2() + 1) + 1, "{requests} for {n}");
            }
        }
        let (found, requests) = search(10_000, &|r| r % 1_000 == 500);
        assert_eq!(found.len(), 10, "{found:?}");
        assert!(requests < 340, "{requests}");
    }

    #[test]
    fn when_all_are_refused_it_ends_soon() {
        let (found, requests) = search(10_000, &|_| true);
        assert_eq!(found.len(), 10_000);
        assert!(requests < 70, "{requests}");
    }

    #[test]
    fn many_bad_records_cost_a_bounded_number_of_requests() {
        let (found, requests) = search(10_000, &|r| r % 7 == 0);
        assert!(requests < 600 && found.len() > 1_428, "{requests}");
    }
}
