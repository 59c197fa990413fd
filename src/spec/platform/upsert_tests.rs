//! The mistakes of a platform of one request a record.

use super::super::{Platform, Resend, Verb, parse};

const EXAMPLE: &str = include_str!("../../../mappings/platforms/example-rest.toml");

fn read(text: &str) -> Result<Platform, Vec<String>> {
    parse("example-rest", text).map_err(|all| all.list().iter().map(|d| d.message.clone()).collect())
}

/// What is wrong once a text is another.
#[track_caller]
fn mistakes(from: &str, to: &str) -> Vec<String> {
    assert!(EXAMPLE.contains(from), "{from}");
    read(&EXAMPLE.replacen(from, to, 1)).err().unwrap_or_default()
}

#[test]
fn the_examples_are_read() {
    let p = read(EXAMPLE).unwrap();
    assert_eq!(p.transport.resend, Resend::LookUp);
    assert_eq!(p.transport.look_up_lag_ms, 1000);
    let calls = p.model("Customer").unwrap().calls.as_deref().unwrap();
    assert_eq!(calls.update.as_ref().unwrap().verb, Verb::Put);
    assert_eq!((calls.steps.len(), calls.steps[0].len()), (3, 3));
    assert_eq!(p.vars().into_iter().collect::<Vec<_>>(), ["client"]);
    let intouch = parse("intouch", include_str!("../../../mappings/platforms/intouch.toml"));
    assert!(intouch.unwrap_or_else(|e| panic!("{e}")).auth.unwrap().base64);
}

#[test]
fn mistakes_are_named() {
    assert_eq!(
        mistakes("customers/{id}\" }\n  update", "customers\" }\n  update"),
        ["\"/v1/{env.client}/customers\" of `Customer` does not say which record: {id} is missing"]
    );
    assert_eq!(
        mistakes("number={number}\", records", "number={nmber}\", records"),
        ["`nmber` in `calls` of `Customer` is not a field of it"]
    );
    assert_eq!(
        mistakes("create  = { post = \"/v1/{env.client}/customers\" }", "create = { post = \"/c/{id}\" }"),
        ["\"/c/{id}\" of `Customer` is asked when {id} is not known yet"]
    );
    assert_eq!(
        mistakes("value    = \"segment\"", "value    = \"segmnt\""),
        ["`segment` of `Customer` is in the values `segmnt`, which there are not"]
    );
    assert_eq!(
        mistakes("update  = { put = ", "update  = { get = "),
        [
            "`model[1].calls.update` wants one of `post`, `put`, `patch`",
            "`get` is not a key in `model[1].calls.update`"
        ]
    );
    assert_eq!(
        mistakes("update      = \"whole\"", "update = \"whole\"\nresend = \"upsert\""),
        ["upsert settles a lost answer by look-up"]
    );
    assert_eq!(
        mistakes("per_second = 20", "per_second = 20, parallel = 4"),
        ["upsert makes one request after the other; leave `parallel` out"]
    );
    assert_eq!(
        mistakes("  length   = 20 ", "  wire = \"\"\n  length   = 20 "),
        ["`by_key` of `Customer` needs `number`, which is not sent"]
    );
    let without = EXAMPLE.replace("  search  = {", "  #");
    assert_eq!(read(&without).unwrap_err(), ["`Customer` has one of `search` and `match` without the other"]);
}
