use crate::source::testing::{Place, columns, request};
use crate::source::{FileRef, Request};

fn rows(xml: &str, each: &str, paths: &[&str]) -> Vec<String> {
    Place::new().rows("a.xml", xml, |r| (r.each, r.paths) = (vec![each.into()], columns(paths)))
}

fn error(xml: impl AsRef<[u8]>) -> String {
    Place::new().error("a.xml", xml, |r| (r.each, r.paths) = (vec!["/r/i".into()], columns(&["."])))
}

#[test]
fn text_is_gathered_from_text_cdata_and_references() {
    let xml = "<r><i>a&amp;<![CDATA[<b>]]>&#228;&#x20AC; </i><i/><i> <b>x</b> </i></r>";
    assert_eq!(rows(xml, "/r/i", &["."]), ["1|/r/i[1]|t|a&<b>ä€ ", "2|/r/i[2]|t|", "3|/r/i[3]| |∅"]);
}

#[test]
fn attributes_indexes_and_conditions() {
    let xml = "<r><i k='1'><t>a</t><t>b</t><a><n>x</n><v>1</v></a><a y='z'><v>2</v><n>y</n></a></i></r>";
    let paths = ["@k", "t", "t[2]", "a[n=y]/v", "a[@y=z]/v", "a[n=x][1]/v", "a[n=q]/v"];
    assert_eq!(rows(xml, "/r/i", &paths), ["1|/r/i[1]|tmtttt |1|∅|b|2|2|1|∅"]);
}

#[test]
fn values_above_the_row_may_follow_it() {
    let xml = "<r><g><i>1</i><n>one</n></g><g><i>2</i><i>3</i><n>two</n></g><d>all</d></r>";
    let want = ["1|/r/g/i[1]|ttt|1|one|all", "2|/r/g[2]/i[1]|ttt|2|two|all", "3|/r/g[2]/i[2]|ttt|3|two|all"];
    assert_eq!(rows(xml, "/r/g/i", &[".", "../n", "/r/d"]), want);
}

#[test]
fn names_match_without_their_namespace_unless_declared() {
    let xml = "<r xmlns:a='u:a' xmlns:b='u:b'><a:i>1</a:i><b:i>2</b:i></r>";
    assert_eq!(rows(xml, "/r/i", &["."]).len(), 2);
    let declared = |r: &mut Request| {
        (r.each, r.paths) = (vec!["/r/q:i".into()], columns(&["."]));
        r.ns = vec![("q".into(), "u:b".into())];
    };
    assert_eq!(Place::new().rows("a.xml", xml, declared), ["1|/r/i[1]|t|2"]);
}

#[test]
fn objects_are_arrays_in_document_order() {
    let xml = "<r><i><o k='1'><a>x</a><b/><a>y</a>mixed</o><o>z</o></i><i/></r>";
    let want = [r##"1|/r/i[1]|o|[{"@k":"1","a":["x","y"],"b":"","#text":"mixed"},"z"]"##, "2|/r/i[2]| |∅"];
    assert_eq!(rows(xml, "/r/i", &["!o"]), want);
}

fn nested(place: &Place, file: &FileRef) -> Vec<Request> {
    let mut outer = request("outer", file.clone());
    (outer.each, outer.paths) = (vec!["/r/a".into(), "/r/b".into()], columns(&["n"]));
    let mut inner = request("inner", file.clone());
    (inner.each, inner.paths) = (vec!["l".into()], columns(&[".", "../n"]));
    inner.within = Some("outer".into());
    let _ = place;
    vec![inner, outer]
}

#[test]
fn sources_within_others_are_read_in_one_pass_in_any_order() {
    let place = Place::new();
    let file = place.file("a.xml", "<r><a><l>1</l><n>x</n><l>2</l></a><b><n>y</n></b><a><l>3</l></a></r>");
    let loaded = place.read(&nested(&place, &file)).unwrap();
    assert_eq!((loaded[0].name.as_str(), loaded[1].parts.len(), loaded[1].parts[0].rows), ("inner", 2, 2));
    assert_eq!(place.table("outer", 1), ["1|/r/a[1]|t|x", "1|/r/b[1]|t|y", "2|/r/a[2]| |∅"]);
    let links: Vec<String> = place
        .db
        .rows("SELECT concat_ws('|', _id, _within, c1, c2) FROM raw.inner ORDER BY _id", [], |r| r.get(0))
        .unwrap();
    assert_eq!(links, ["1|1|1|x", "2|1|2|x", "3|3|3"]);
}

#[test]
fn a_document_value_must_be_one() {
    let place = Place::new();
    let paths = |r: &mut Request| (r.each, r.paths) = (vec!["/r/i".into()], columns(&["/r/h"]));
    assert!(place.error("a.xml", "<r><h/><h>2</h><i/></r>", paths).starts_with("E114"));
}

#[test]
fn columns_found_nowhere_are_marked() {
    let place = Place::new();
    let mut request = request("t", place.file("a.xml", "<r><i><a/></i></r>"));
    (request.each, request.paths) = (vec!["/r/i".into()], columns(&["a", "b"]));
    let loaded = place.read(&[request]).unwrap();
    assert_eq!(loaded[0].columns.iter().map(|c| c.found).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn encodings_of_the_declaration_and_the_mark() {
    let read = |bytes: &[u8]| {
        Place::new().rows("a.xml", bytes, |r| (r.each, r.paths) = (vec!["/r".into()], columns(&["."])))
    };
    assert_eq!(read(b"<?xml version='1.0' encoding='iso-8859-1'?><r>\xE4</r>"), ["1|/r[1]|t|ä"]);
    assert_eq!(read(b"\xEF\xBB\xBF<r>\xC3\xA4</r>"), ["1|/r[1]|t|ä"]);
    let wide: Vec<u8> = "\u{feff}<r>ä</r>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide), ["1|/r[1]|t|ä"]);
}

#[test]
fn faults_are_found_with_line_and_character() {
    for (xml, want) in [
        ("<r>\n<i>x</j></r>", "line 2"),
        ("<r>\n<i>x</i>", "1 elements still open"),
        ("<r/>\n<r/>", "second root"),
        ("<r/>\nx", "outside the root"),
        ("<r>\n <i>&foo;</i></r>", "&foo; is not defined (line 2, character 5)"),
        ("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "DOCTYPE"),
        ("<r><i a='1' a='2'/></r>", "E111"),
        ("", "no root element"),
    ] {
        let error = error(xml);
        assert!(error.starts_with("E111") && error.contains(want), "{xml}: {error}");
    }
    assert!(error(b"<r><i>\xFF</i></r>").starts_with("E107"));
}

#[test]
fn limits_hold() {
    let deep = "<r>".repeat(300);
    assert!(error(deep).starts_with("E106"));
    let attributes: String = (0..2000).map(|n| format!(" a{n}=''")).collect();
    assert!(error(format!("<r{attributes}/>")).starts_with("E106"));
    assert!(error(format!("<r><i>{}</i></r>", "x".repeat(17 << 20))).starts_with("E106"));
}
