//! One request a record, and an answer that leaves open whether the record was made: nothing is made twice on a guess, nothing
//! called accepted, and one record in doubt does not keep the others from being sent.

use crate::shop::{Shop, THREE, with_id};
use serde_json::json;

/// A gateway that gave up says nothing of what became of the request behind it.
#[test]
fn a_gateway_that_gave_up_is_not_believed() {
    let shop =
        Shop::new(THREE, |c| if c["number"] == "C1" { (504, String::new()) } else { with_id(c) }, |_| None);
    shop.run().exits(0).says("3 accepted");
    assert_eq!(shop.numbers(), ["C1", "C2", "C3"]);
}

/// Taken, with an answer of nothing: it is looked for; one that reads do not show stays unknown and is not made again.
#[test]
fn an_empty_answer_is_no_reason_to_make_it_again() {
    let shop = Shop::new(THREE, |_| (201, String::new()), |_| None);
    shop.run().exits(0).says("3 accepted");
    assert_eq!(shop.numbers(), ["C1", "C2", "C3"]);

    let blind = Shop::new(THREE, |_| (201, String::new()), |_| Some((200, json!({ "items": [] }))));
    let _ = blind.run();
    let _ = blind.run();
    assert_eq!(blind.numbers(), ["C1", "C2", "C3"]);
}

/// A question that the platform refuses for one record's sake is that record's matter.
#[test]
fn a_look_up_that_is_refused_stops_one_record_and_no_other() {
    let rows = &format!("{THREE}..,Dots,d@example.com\n");
    let shop = Shop::new(rows, with_id, |number| {
        (number == "C2").then(|| (400, json!({ "message": "no such number" })))
    });
    shop.run().exits(3).says("3 accepted").says("400");
    assert_eq!(shop.numbers(), ["..", "C1", "C3"]);
    // The next call sends the rest of nothing, and plans.
    let _ = shop.run().says("1 rejected");
    assert_eq!(shop.numbers(), ["..", "C1", "C3"]);
}
