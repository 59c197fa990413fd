//! The uploads of a wave as a series (`series` of a platform file): each says which it is of how many, and the platform's id
//! of the first.
//!
//! Its place stands in the ledger with a batch's intent: made again after a crash, the batch says the same, and a wave that
//! was interrupted goes on counting. The first upload is the first one there that the platform gave an id, whichever
//! process sent it. Where limits in bytes cut the rest of a wave otherwise than before, its uploads tell the new total.

use super::Delivery;
use crate::diagnostic::Result;
use crate::sql::deliver;
use std::collections::BTreeSet;

/// The place of a batch in the series of its wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The wave.
    wave: i64,
    /// Its number in the series, from 1. The halves of a batch share it.
    pub number: u64,
    /// How many there are.
    pub of: u64,
    /// The platform's id of the first, once there is one.
    pub parent: Option<String>,
}

impl Place {
    /// As it stands in the ledger.
    pub(super) fn told(&self) -> String {
        format!("{} of {} in wave {}", self.number, self.of, self.wave)
    }

    fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [number, "of", of, "in", "wave", wave] = words.as_slice() else { return None };
        let (number, of, wave) = (number.parse().ok()?, of.parse().ok()?, wave.parse().ok()?);
        Some(Self { wave, number, of, parent: None })
    }

    /// With the id of the first as far as it is known by now.
    pub(super) fn with_parent(mut self, d: &Delivery<'_>) -> Result<Self> {
        self.parent = parent(d, self.wave)?;
        Ok(self)
    }
}

/// A batch of a series as the ledger has it.
struct Told {
    batch: i64,
    place: Place,
    /// The platform's id.
    remote: Option<String>,
    /// Whether it will not be sent again under this number: it was taken, or its records have outcomes.
    settled: bool,
}

fn told(d: &Delivery<'_>) -> Result<Vec<Told>> {
    let rows = d.db.rows(&deliver::series(d.run), [], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, Option<String>>(2)?,
            row.get::<_, i64>(3)?,
        ))
    })?;
    let one = |(batch, why, remote, outcomes): (i64, String, Option<String>, i64)| {
        let settled = remote.is_some() || outcomes > 0;
        Some(Told { batch, place: Place::read(&why)?, remote, settled })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// The places of the batches of a wave that are about to be sent, in order; none where the platform knows no series.
pub(super) fn places(d: &Delivery<'_>, wave: i64, batches: usize) -> Result<Vec<Place>> {
    if d.platform.transport.series.is_none() {
        return Ok(Vec::new());
    }
    let of_wave = told(d)?.into_iter().filter(|t| t.place.wave == wave && t.settled);
    let settled = of_wave.map(|t| t.place.number).collect();
    let (numbers, of) = counted(&settled, batches);
    Ok(numbers.into_iter().map(|number| Place { wave, number, of, parent: None }).collect())
}

/// The numbers of so many more uploads, and how many there are with those that are settled.
fn counted(settled: &BTreeSet<u64>, more: usize) -> (Vec<u64>, u64) {
    let numbers: Vec<u64> = (1..).filter(|n| !settled.contains(n)).take(more).collect();
    let of = settled.last().copied().max(numbers.last().copied());
    (numbers, of.unwrap_or(0))
}

/// The platform's id of the first upload of a wave's series, if it has one.
pub(super) fn parent(d: &Delivery<'_>, wave: i64) -> Result<Option<String>> {
    Ok(told(d)?.into_iter().filter(|t| t.place.wave == wave).find_map(|t| t.remote))
}

/// The place of a batch that an earlier process was about to send.
pub(super) fn again(d: &Delivery<'_>, batch: i64) -> Result<Option<Place>> {
    let found = told(d)?.into_iter().find(|t| t.batch == batch);
    found.map(|t| t.place.with_parent(d)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_told() {
        let place = Place { wave: 998, number: 3, of: 4, parent: None };
        assert_eq!(place.told(), "3 of 4 in wave 998");
        assert_eq!(Place::read(&place.told()), Some(place));
        assert_eq!(Place::read("not taken: busy"), None);
    }

    #[test]
    fn what_is_left_of_a_wave_is_counted_on() {
        let counted = |settled: &[u64], more| counted(&settled.iter().copied().collect(), more);
        assert_eq!(counted(&[], 3), (vec![1, 2, 3], 3));
        assert_eq!(counted(&[1, 2], 2), (vec![3, 4], 4));
        assert_eq!(counted(&[1, 3, 4], 1), (vec![2], 4), "one was not taken, those after it were");
        assert_eq!(counted(&[1, 2], 3), (vec![3, 4, 5], 5));
        assert_eq!(counted(&[], 0), (vec![], 0));
    }
}
