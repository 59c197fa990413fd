//! One test for each clause of the rule.

use super::super::answer::Taken;
use super::*;

fn rule() -> Rule {
    Rule {
        lists: Lists::Exceptions,
        final_states: vec!["Success".into(), "Failed".into()],
        infer_after: vec!["Success".into()],
        errors: "/details/*/errors".into(),
        skips: "/details/*/skips".into(),
        accepted: String::new(),
        skip_is_accepted: true,
        counts: ["insertCount", "updateCount", "skipCount", "errorCount"].map(String::from).into(),
        equal_uncounted: true,
        verify: 0,
    }
}

fn part(counts: [u64; 4], errors: &[&str], skips: &[&str]) -> ModelAnswer {
    let named = |keys: &[&str]| keys.iter().map(|k| ((*k).to_owned(), vec!["why".to_owned()])).collect();
    let counts = rule().counts.into_iter().zip(counts).collect();
    ModelAnswer {
        model: "M".into(),
        counts,
        errors: named(errors),
        skips: named(skips),
        ..ModelAnswer::default()
    }
}

fn answer(state: &str, parts: Vec<ModelAnswer>) -> Answer {
    Answer { state: state.into(), has_details: !parts.is_empty(), models: parts, ..Answer::default() }
}

fn one(answer: &Answer, rule: &Rule) -> Verdict {
    judge(answer, &[("M".into(), vec!["a".into(), "b".into(), "c".into()])], rule).remove(0)
}

fn unknown(answer: &Answer, rule: &Rule) -> String {
    match one(answer, rule) {
        Verdict { rest: Rest::Unknown(why), rejected, skipped, .. } => {
            assert!(rejected.is_empty() && skipped.is_empty());
            why
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_named_is_inferred() {
    let verdict = one(&answer("Success", vec![part([1, 1, 0, 1], &["b"], &[])]), &rule());
    assert_eq!(verdict.rest, Rest::Accepted);
    assert_eq!(verdict.rejected, [("b".to_owned(), vec!["why".to_owned()])]);
}

#[test]
fn a_final_state_with_details_will_do() {
    let verdict = one(&answer("Failed", vec![part([2, 0, 0, 1], &["b"], &[])]), &rule());
    assert_eq!(verdict.rest, Rest::Accepted);
}

#[test]
fn failed_without_details_is_unknown_never_rejected() {
    assert!(unknown(&answer("Failed", vec![]), &rule()).contains("no details"));
}

#[test]
fn success_without_details_needs_equal_uncounted() {
    assert_eq!(one(&answer("Success", vec![]), &rule()).rest, Rest::Accepted);
    let counted = Rule { equal_uncounted: false, ..rule() };
    assert!(unknown(&answer("Success", vec![]), &counted).contains("counts 0 of 3"));
}

#[test]
fn an_unfinished_state_is_unknown() {
    assert!(
        unknown(&answer("In Progress", vec![part([3, 0, 0, 0], &[], &[])]), &rule()).contains("not finished")
    );
}

#[test]
fn a_key_not_sent_is_unknown() {
    assert!(unknown(&answer("Success", vec![part([2, 0, 0, 1], &["x"], &[])]), &rule()).contains("\"x\""));
}

#[test]
fn a_key_in_two_lists_is_unknown() {
    assert!(
        unknown(&answer("Success", vec![part([1, 0, 1, 1], &["b"], &["b"])]), &rule()).contains("two lists")
    );
}

#[test]
fn counts_beyond_the_records_sent_are_unknown() {
    assert!(unknown(&answer("Success", vec![part([4, 0, 0, 0], &[], &[])]), &rule()).contains("4 of 3"));
}

#[test]
fn counts_below_are_fine_only_when_equal_ones_are_uncounted() {
    let low = answer("Success", vec![part([1, 0, 0, 0], &[], &[])]);
    assert_eq!(one(&low, &rule()).rest, Rest::Accepted);
    assert!(unknown(&low, &Rule { equal_uncounted: false, ..rule() }).contains("1 of 3"));
}

#[test]
fn errors_counted_must_be_named() {
    let why = unknown(&answer("Success", vec![part([1, 0, 0, 2], &["b"], &[])]), &rule());
    assert!(why.contains("counts 2 errors and names 1"), "{why}");
}

#[test]
fn a_skip_is_what_the_file_says() {
    let skipped = answer("Success", vec![part([2, 0, 1, 0], &[], &["b"])]);
    assert_eq!(one(&skipped, &rule()).skipped.len(), 1);
    let refused = one(&skipped, &Rule { skip_is_accepted: false, ..rule() });
    assert_eq!((refused.skipped.len(), refused.rejected.len()), (0, 1));
}

#[test]
fn news_of_other_records_makes_all_doubtful() {
    let mut other = part([1, 0, 0, 0], &[], &[]);
    other.model = "N".into();
    assert!(unknown(&answer("Success", vec![other.clone()]), &rule()).contains("nothing was sent"));
    other.counts.iter_mut().for_each(|c| c.1 = 0);
    assert_eq!(one(&answer("Success", vec![other]), &rule()).rest, Rest::Accepted);
}

#[test]
fn a_fault_makes_all_doubtful() {
    let fault = Answer { fault: Some("odd".into()), ..answer("Success", vec![]) };
    assert_eq!(unknown(&fault, &rule()), "odd");
}

#[test]
fn lists_all_infers_nothing() {
    let all = Rule { lists: Lists::All, counts: vec![], ..rule() };
    assert!(matches!(one(&answer("Success", vec![]), &all).rest, Rest::Unknown(_)));
}

#[test]
fn a_transport_that_asked_about_each_needs_no_state_and_no_counts() {
    let taken = |key: &str| Taken { key: key.into(), remote: Some(format!("id {key}")), ..Taken::default() };
    let named = |key: &str| (key.to_owned(), vec!["why".to_owned()]);
    let part = ModelAnswer {
        model: "M".into(),
        accepted: vec![taken("a")],
        unknown: vec![named("b")],
        unsent: vec![named("c")],
        ..ModelAnswer::default()
    };
    let mut all = Answer { each: true, ..answer("", vec![part]) };
    let verdict = one(&all, &rule());
    assert_eq!(verdict.rest, Rest::Accepted, "nobody is left");
    assert_eq!(
        (verdict.accepted[0].remote.as_deref(), verdict.unknown.len(), verdict.unsent.len()),
        (Some("id a"), 1, 1)
    );
    all.models[0].unsent.clear();
    assert_eq!(one(&all, &rule()).rest, Rest::Unknown("the answer does not name every record".into()));
    all.models[0].unsent.push(named("a"));
    assert!(matches!(one(&all, &rule()).rest, Rest::Unknown(why) if why.contains("two lists")));
}
