use crate::source::Request;
use crate::source::testing::{Place, columns};

fn rows(json: &str, each: &str, paths: &[&str]) -> Vec<String> {
    Place::new().rows("a.json", json, |r| (r.each, r.paths) = (vec![each.into()], columns(paths)))
}

fn error(json: &str) -> String {
    Place::new().error("a.json", json, |r| (r.each, r.paths) = (vec!["/".into()], columns(&["a"])))
}

#[test]
fn numbers_keep_their_digits_and_values_their_kind() {
    let json = r#"[{"a": 1.10, "b": 1e2, "c": 12345678901234567.891, "d": true, "e": "\u00e4\n", "f": null, "g": {"x": [1, 2.50]}}]"#;
    let want = "1|/0|nnnbt o|1.10|1e2|12345678901234567.891|true|ä\n|∅|{\"x\":[1,2.50]}";
    assert_eq!(rows(json, "/", &["a", "b", "c", "d", "e", "f", "g"]), [want]);
}

#[test]
fn arrays_are_nodes_one_after_another() {
    let json = r#"{"id": 7, "p": [{"n": 1, "t": ["a", "b"]}, {"n": 2, "t": ["c"]}]}"#;
    let paths = ["n", "t", "t[2]", "!t", "../id", "/id"];
    let want = [r#"1|/p/0|nmtonn|1|∅|b|["a","b"]|7|7"#, r#"2|/p/1|nt onn|2|c|∅|["c"]|7|7"#];
    assert_eq!(rows(json, "/p", &paths), want);
}

#[test]
fn objects_stand_as_they_are() {
    let json = r#"[{"o": {"a" : 1.0}}, {"o": [ {"a":1} ]}, {"o": 1.50}, {"o": null}, {}]"#;
    let want = [r#"1|/0|o|{"a":1.0}"#, r#"2|/1|o|[{"a":1}]"#, "3|/2|o|1.50", "4|/3| |∅", "5|/4| |∅"];
    assert_eq!(rows(json, "/", &["!o"]), want);
}

#[test]
fn conditions_and_nested_arrays() {
    let json = r#"[{"x": [{"k": "a", "v": 1}, {"v": 2, "k": "b"}], "y": [[1, 2], [3]]}]"#;
    assert_eq!(rows(json, "/", &["x[k=b]/v", "y[1]", "!y"]), ["1|/0|noo|2|[1,2]|[[1,2],[3]]"]);
}

#[test]
fn a_bad_line_of_ndjson_is_refused_and_the_others_go_on() {
    let place = Place::new();
    let text = "{\"a\": 1}\n{\"a\":\n\n{\"a\": 2, \"b\": 3}\n[1]\n";
    let rows = place.rows("a.ndjson", text, |r| r.paths = columns(&["a", "/b"]));
    assert_eq!(rows, ["1|/0|n |1|∅", "2|/3|nn|2|3", "3|/4|  |∅|∅"]);
    assert_eq!(place.refused(), ["2|E124|{\"a\":"]);
}

#[test]
fn pointers_escape_their_names() {
    assert_eq!(rows(r#"{"a~b": [{"n": 1}]}"#, "/a~b", &["n"]), ["1|/a~0b/0|n|1"]);
}

#[test]
fn rows_within_rows() {
    let place = Place::new();
    let file = place.file(
        "a.json",
        r#"[{"n": 1, "l": [{"x": 1}, {"x": 2}]}, {"n": 2, "l": []}, {"l": [{"x": 3}], "n": 3}]"#,
    );
    let mut outer = crate::source::testing::request("outer", file.clone());
    (outer.each, outer.paths) = (vec!["/".into()], columns(&["n"]));
    let inner = Request {
        name: "inner".into(),
        within: Some("outer".into()),
        each: vec!["l".into()],
        paths: columns(&["x", "../n"]),
        ..outer.clone()
    };
    place.read(&[outer, inner]).unwrap();
    let rows: Vec<String> = place
        .db
        .rows("SELECT concat_ws('|', _pos, _within, c1, c2) FROM raw.inner ORDER BY _id", [], |r| r.get(0))
        .unwrap();
    assert_eq!(rows, ["/0/l/0|1|1|1", "/0/l/1|1|2|1", "/2/l/0|3|3|3"]);
}

#[test]
fn faults_are_found_with_line_and_character() {
    for (json, want) in [
        ("{\"a\": 1,\n \"b\" 2}", "(line 2, character 6)"),
        ("{\"a\": 01}", "\"01\" is no number"),
        ("{\"a\": [1,]}", "a value is missing"),
        ("{\"a\": 1} x", "cannot stand here"),
        ("{\"a\": 1} {}", "more after the end"),
        ("{\"a\": \"x", "not closed"),
        ("{\"a\": \"\\q\"}", "an escape"),
        ("{\"a\": tru}", "unquoted word"),
        ("{\"a\": 1", "missing"),
        ("", "missing"),
    ] {
        let error = error(json);
        assert!(error.starts_with("E112") && error.contains(want), "{json}: {error}");
    }
    assert!(error(&"[".repeat(300)).starts_with("E106"));
}
