use super::*;
use crate::spec::platform;

fn lockstep() -> Platform {
    platform::parse("lockstep", platform::embedded("lockstep").unwrap()).unwrap()
}

#[test]
fn every_reference_leads_somewhere() {
    let known = Known {
        mapping: "acme".to_owned(),
        records: vec![("invoice".to_owned(), "InvoiceSyncModel".to_owned(), "items".to_owned())],
        columns: BTreeMap::from([("items".to_owned(), vec!["Beleg / Nr".to_owned()])]),
    };
    let text = schema(&lockstep(), &[known]);
    let schema: Value = serde_json::from_str(&text).unwrap();
    let references = regex::Regex::new(r##""\$ref": "#(/definitions/[^"]+)""##).unwrap();
    let all: Vec<&str> = references.captures_iter(&text).map(|c| c.get(1).unwrap().as_str()).collect();
    assert!(all.len() > 100, "{}", all.len());
    for one in all {
        assert!(schema.pointer(one).is_some(), "{one}");
    }
    assert!(text.contains(r"Beleg / Nr"));
}
