use super::Tree;
use super::path::{Filter, Origin, Path};

fn steps(text: &str) -> Vec<String> {
    let path = Path::parse(text, Tree::Xml).unwrap();
    path.steps
        .iter()
        .map(|s| format!("{}{}{}", if s.test.attribute { "@" } else { "" }, s.test.name, s.filters.len()))
        .collect()
}

#[test]
fn paths_are_taken_apart() {
    assert_eq!(steps("Address[AddressType=StreetAddress]/City"), ["Address1", "City0"]);
    assert_eq!(steps("a/@id"), ["a0", "@id0"]);
    assert_eq!(steps("."), [""; 0]);
    let parse = |t| Path::parse(t, Tree::Xml).unwrap();
    assert_eq!((parse("../../x").origin, parse("/a/b").origin), (Origin::Up(2), Origin::Document));
    assert_eq!(parse("tags[2]").steps[0].filters, [Filter::Index(2)]);
    assert!(
        matches!(&parse("a[@k='x/y']").steps[0].filters[0], Filter::Equals(t, v) if t.attribute && v == "x/y")
    );
}

#[test]
fn an_at_sign_is_part_of_a_json_name() {
    assert!(!Path::parse("@id", Tree::Json).unwrap().steps[0].test.attribute);
}

#[test]
fn paths_that_cannot_be_followed_say_why() {
    for bad in ["", "a//b", "a/../b", "/../a", "a[0]", "a[x]", "a[b", "@id/a", "*", "a[b=c]d"] {
        assert!(Path::parse(bad, Tree::Xml).is_err(), "{bad}");
    }
}
