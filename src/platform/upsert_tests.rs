//! What needs no server: which record is meant, what a batch is when its first or a later record cannot be sent, which
//! lines cannot be sent at all.

use super::super::transport::Member;
use super::matching::chosen;
use super::*;
use crate::spec::platform::{Platform, parse};
use serde_json::value::RawValue;

fn example() -> Platform {
    parse("example-rest", include_str!("../../mappings/platforms/example-rest.toml"))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

/// Which of the candidates, by their ids, is meant by a customer.
fn meant(line: &str, candidates: &[&str]) -> Option<String> {
    let platform = example();
    let model = platform.model("Customer").unwrap();
    let member = Member::default();
    let o = Outgoing::read(model, model.calls.as_deref().unwrap(), &member, line.as_bytes(), String::new())
        .unwrap();
    chosen(&o, &candidates.iter().map(|c| raw(c)).collect::<Vec<_>>()).and_then(|r| o.id_of(&r))
}

fn person(id: u32, name: &str, email: &str, mobile: &str) -> String {
    format!(r#"{{"id":{id},"displayName":"{name}","contact":{{"email":"{email}","mobile":"{mobile}"}}}}"#)
}

#[test]
fn steps_are_tried_in_turn_and_one_match_decides() {
    let kari = r#"{"number":"1","name":"Kari  Nordmann","email":"K@x.no","mobile":"+47 900-01"}"#;
    let all = person(1, "kari nordmann", "k@X.no", "4790001");
    let mail = person(2, "Kari Nordmann", "k@x.no", "0");
    let mobile = person(3, "Kari Nordmann", "", "(47) 90001");
    let other = person(4, "Ola", "k@x.no", "4790001");
    let of = |list: &[&String]| meant(kari, &list.iter().map(|s| s.as_str()).collect::<Vec<_>>());
    assert_eq!(of(&[&mail, &all, &other, &mobile]).as_deref(), Some("1"));
    assert_eq!(of(&[&mail, &other]).as_deref(), Some("2"));
    assert_eq!(of(&[&mobile, &other]).as_deref(), Some("3"));
    // Two by e-mail: the next step, by mobile, finds one.
    assert_eq!(of(&[&mail, &mail, &mobile]).as_deref(), Some("3"));
    assert_eq!(of(&[&all, &all]), None, "several at the end are none");
    assert_eq!(of(&[&other]), None);
    // Empty values match nobody.
    assert_eq!(
        meant(
            r#"{"number":"1","name":"Kari Nordmann","email":"","mobile":null}"#,
            &[&person(1, "Kari Nordmann", "", "")]
        ),
        None
    );
}

#[test]
fn a_line_is_compared_with_what_is_there_by_what_it_means() {
    let platform = example();
    let model = platform.model("Customer").unwrap();
    let member = Member::default();
    let line = br#"{"number":"1","name":"A","credit":9007199254740993.10,"email":null,"active":true}"#;
    let o = Outgoing::read(model, model.calls.as_deref().unwrap(), &member, line, String::new()).unwrap();
    assert_eq!(
        o.body(None),
        r#"{"number":"1","displayName":"A","contact":{"email":null},"credit":9007199254740993.10,"active":true}"#
    );
    assert_eq!(
        o.body(Some("7")),
        r#"{"id":"7","number":"1","displayName":"A","contact":{"email":null},"credit":9007199254740993.10,"active":true}"#
    );
    assert!(o.equals(&raw(
        r#"{"number":"1","displayName":"A","credit":9007199254740993.1,"active":true,"extra":1}"#
    )));
    assert!(!o.equals(&raw(r#"{"number":"1","displayName":"A","credit":9007199254740993.2}"#)));
    assert!(!o.equals(&raw(r#"{"number":"1","displayName":"A","contact":{"email":"a@b"}}"#)));
    assert_eq!(o.has_our_key(&raw(r#"{"number":1}"#)), Some(true));
    assert_eq!(o.has_our_key(&raw(r#"{"number":"2"}"#)), Some(false));
    assert_eq!(o.has_our_key(&raw("{}")), None);
}

#[test]
fn a_reference_whose_id_nobody_knows_is_not_sent() {
    let platform = example();
    let model = platform.model("Order").unwrap();
    let member = Member::default();
    let line = br#"{"number":"A1","customer":{"unknown":"C1"},"date":"2026-10-01","total":1.00}"#;
    let why =
        Outgoing::read(model, model.calls.as_deref().unwrap(), &member, line, String::new()).unwrap_err();
    assert_eq!(why, "`customer`: the platform's id of C1 of Customer is not known");
}

#[test]
fn what_halts_a_batch_at_its_first_record_halts_it_whole() {
    let unsent = || Halt::Unsent { why: "busy".into(), retry_after: None, status: None };
    let denied = || Halt::Refused { status: 401, text: "no".into() };
    let mut first = Said::default();
    first.begin("M");
    assert!(matches!(first.halted("a", unsent(), false), Some(Sent::Transient { .. })));
    assert!(matches!(first.halted("a", denied(), false), Some(Sent::Refused { status: 401, .. })));
    assert!(matches!(first.halted("a", Halt::Lost("x".into()), false), Some(Sent::Lost { .. })));
    // While it is settled, what was not looked at may have been taken: it stays open.
    assert!(matches!(first.halted("a", unsent(), true), Some(Sent::Lost { .. })));
    assert!(matches!(first.halted("a", denied(), true), Some(Sent::Lost { .. })));

    let mut later = Said::default();
    later.begin("M");
    later.fate("a", Fate::Taken { id: Some("1".into()) }, Vec::new());
    assert!(later.halted("b", unsent(), false).is_none());
    assert_eq!(later.stopped.as_deref(), Some("busy"));
    let answer = later.answer();
    assert_eq!((answer.models[0].accepted.len(), answer.models[0].unsent.len()), (1, 1));
    assert!(answer.each);
}
