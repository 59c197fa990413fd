//! Which records go together in an upload.

use super::super::literal;

/// Assigns the items of a wave to batches after `last`: uploads of one set of fields per file, bounded in records and
/// bytes; a record follows the one it refers to. A `whole` model has an upload of its own. `mixed`: records of a file may
/// have different fields.
///
/// No batch of two records or more is over either limit. A record of more than half the bytes stands alone; the others are cut
/// where the sum passes the limit less the largest of them, so that the one that lies across the cut still fits.
pub fn assign(wave: i64, last: i64, records: u64, bytes: u64, whole: &[&str], mixed: bool) -> String {
    let (sets, set) =
        if mixed { ("1", "0") } else { ("sets", "dense_rank() OVER (PARTITION BY model ORDER BY fieldset)") };
    let whole: Vec<String> = whole.iter().map(|m| literal(m)).collect();
    let whole =
        if whole.is_empty() { "FALSE".to_owned() } else { format!("model IN ({})", whole.join(", ")) };
    let order = "ORDER BY model, depth, change, pass";
    format!(
        "UPDATE deliver.item SET batch = {last} + a.b FROM (WITH i AS (SELECT *, bytes * 2 > {bytes} AS large FROM deliver.item WHERE wave = {wave} AND batch IS NULL), \
         s AS (SELECT model, count(DISTINCT fieldset) AS sets FROM i GROUP BY model), \
         g AS (SELECT *, {whole} AS whole, struct_pack(d := CASE WHEN {sets} > 1 THEN depth ELSE 0 END, f := {set}, w := CASE WHEN {whole} THEN model ELSE '' END) AS grp, \
         greatest({bytes} - coalesce(max(bytes) FILTER (NOT large) OVER (), 0), 1) AS room FROM i JOIN s USING (model)), \
         l AS (SELECT *, 2 * sum(large::BIGINT) OVER (PARTITION BY grp {order}) - large::BIGINT AS stretch FROM g), \
         p AS (SELECT *, CAST((sum(bytes) OVER (PARTITION BY grp, stretch {order}) - bytes) // room AS BIGINT) AS part FROM l), \
         n AS (SELECT *, (row_number() OVER (PARTITION BY grp, stretch, part {order}) - 1) // {records} AS piece FROM p) \
         SELECT change, pass, CAST(dense_rank() OVER (ORDER BY grp, CASE WHEN whole THEN (0, 0, 0) ELSE (stretch, part, piece) END) AS BIGINT) AS b FROM n) a \
         WHERE deliver.item.wave = {wave} AND deliver.item.batch IS NULL AND a.change = deliver.item.change AND a.pass = deliver.item.pass"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Limits};
    use proptest::prelude::*;

    /// The batches of records of so many bytes, in order: their sizes.
    fn batches(sizes: &[i64], records: u64, bytes: u64) -> Vec<Vec<i64>> {
        let limits = Limits { memory_mib: 200, threads: 1, spill: None, folders: Vec::new() };
        let db = Db::in_memory(&limits).unwrap();
        db.run(&super::super::setup()).unwrap();
        for (n, size) in sizes.iter().enumerate() {
            let row = format!("{n}, 'M', 'm', 'k{n}', 'new', 0, 0, 0, 'a', {size}, NULL, ''");
            db.run(&format!("INSERT INTO deliver.item VALUES ({row})")).unwrap();
        }
        db.run(&assign(0, 0, records, bytes, &[], false)).unwrap();
        let sql = "SELECT batch, bytes FROM deliver.item ORDER BY change";
        let rows = db.rows(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap();
        assert!(rows.is_sorted_by_key(|(batch, _)| *batch), "the order is kept: {rows:?}");
        rows.chunk_by(|a, b| a.0 == b.0).map(|batch| batch.iter().map(|(_, size)| *size).collect()).collect()
    }

    #[test]
    fn a_large_record_does_not_make_room_for_many_small_ones() {
        let sizes: Vec<i64> = (0..30).map(|n| if n < 5 { 900 } else { 20 }).collect();
        let made = batches(&sizes, 5, 1000);
        assert!(made.iter().all(|batch| batch.len() <= 5), "{made:?}");
        assert_eq!(made.len(), 10);
        assert_eq!(batches(&[10; 20], 10, 1_000_000).len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn no_batch_is_over_its_limits(sizes in prop::collection::vec(1_i64..1500, 1..40), records in 1_u64..9, bytes in 100_u64..4000) {
            let made = batches(&sizes, records, bytes);
            prop_assert_eq!(made.concat(), sizes);
            for batch in &made {
                prop_assert!(batch.len() as u64 <= records);
                prop_assert!(batch.len() == 1 || batch.iter().sum::<i64>() as u64 <= bytes, "{:?}", batch);
            }
        }
    }
}
