//! Our numbers against two others: DuckDB's own decimals, and the definition of rounding itself.

use super::db;
use crate::expr::number::{Number, ONE};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

fn numbers() -> impl Strategy<Value = Number> {
    let most = 10_i128.pow(28) - 1;
    prop_oneof![
        -most..=most,
        -ONE * 1_000_000..=ONE * 1_000_000,
        (-5000_i128..5000).prop_map(|n| n * ONE / 8),
        (0_u32..28, -9_i128..10).prop_map(|(zeros, digit)| digit * 10_i128.pow(zeros)),
        prop::sample::select(vec![0, 1, -1, ONE, -ONE, most, -most]),
    ]
    .prop_filter_map("fits", Number::from_units)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quotient_is_the_nearest(a in numbers(), b in numbers()) {
        let Some(q) = a.over(b) else {
            // Only for a zero divisor or 19 digits: |a / b| is at least 10^18 − half a unit.
            prop_assert!(b.units() == 0 || a.units().abs() / b.units().abs() >= 10_i128.pow(18) - 1);
            return Ok(());
        };
        let rest = a.units() * ONE - q.units() * b.units();
        prop_assert!(rest.abs() * 2 <= b.units().abs());
        if rest.abs() * 2 == b.units().abs() {
            // A tie lies further from zero than the exact quotient.
            prop_assert!((q.units() * b.units()).abs() > (a.units() * ONE).abs());
        }
    }

    #[test]
    fn rounding_is_the_nearest(a in numbers(), decimals in -18_i64..=10) {
        let Some(rounded) = a.round(decimals) else { return Ok(()) };
        let unit = 10_i128.pow(u32::try_from(10 - decimals).unwrap());
        prop_assert_eq!(rounded.units() % unit, 0);
        let off = (rounded.units() - a.units()).abs() * 2;
        prop_assert!(off < unit || (off == unit && rounded.abs() >= a.abs()));
    }

    #[test]
    fn printing_reads_back(a in numbers()) {
        let text = a.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let mantissa: i128 = format!("{whole}{part}").parse().unwrap();
        prop_assert_eq!(Number::from_parts(mantissa, u32::try_from(part.len()).unwrap()), Some(a));
        prop_assert!(!text.ends_with('.') && (part.is_empty() || !part.ends_with('0')) && text != "-0");
    }
}

#[test]
fn products_and_remainders_are_duckdbs() {
    let db = db();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..60 {
        let pairs =
            prop::collection::vec((numbers(), numbers()), 50).new_tree(&mut runner).unwrap().current();
        let rows: Vec<String> = pairs.iter().map(|(a, b)| format!("('{a}', '{b}')")).collect();
        let sql = format!(
            "SELECT CAST(TRY_CAST(TRY(a * b) AS DECIMAL(28,10)) AS VARCHAR), CAST(TRY_CAST(a + b AS DECIMAL(28,10)) AS VARCHAR),
               CAST(a % nullif(b, 0) AS VARCHAR)
             FROM (SELECT CAST(x AS DECIMAL(28,10)) a, CAST(y AS DECIMAL(28,10)) b FROM (VALUES {}) v(x, y))",
            rows.join(", ")
        );
        let theirs =
            db.rows(&sql, [], |r| Ok([r.get::<_, Option<String>>(0)?, r.get(1)?, r.get(2)?])).unwrap();
        for ((a, b), theirs) in pairs.into_iter().zip(theirs) {
            let ours = [a.times(b), a.plus(b), a.modulo(b)].map(|n| n.map(|n| n.fixed(10)));
            let plain = |t: Option<String>| {
                t.map(|t| if t == "-0.0000000000" { "0.0000000000".to_owned() } else { t })
            };
            assert_eq!(ours, theirs.map(plain), "{a} and {b}");
        }
    }
}
