use super::testing::{Place, request, zip};
use super::{FileRef, Format, Pick, find, natural};
use std::io::Write as _;

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for name in names {
        std::fs::write(folder.path().join("in").join(name), "a\n1\n").unwrap();
    }
    folder
}

fn names(found: Vec<FileRef>) -> Vec<String> {
    found.into_iter().map(|f| f.name).collect()
}

#[test]
fn digits_compare_as_numbers() {
    let mut all = ["p10", "p2", "p02", "p1a", "q", "p"];
    all.sort_by(|a, b| natural(a, b));
    assert_eq!(all, ["p", "p1a", "p02", "p2", "p10", "q"]);
}

#[test]
fn files_are_picked_by_name() {
    let root = folder(&["x9.csv", "x10.csv", "~$x11.csv", ".x12.csv"]);
    let found = |pattern, pick| find(root.path(), Some("in"), pattern, pick).map(names);
    assert_eq!(found("x*.csv", Pick::Last).unwrap(), ["x10.csv"]);
    assert_eq!(found("*.csv", Pick::All).unwrap(), ["x9.csv", "x10.csv"]);
    assert_eq!(names(find(root.path(), None, "in/x9.csv", Pick::ExactlyOne).unwrap()), ["in/x9.csv"]);
    let several = found("x*.csv", Pick::ExactlyOne).unwrap_err();
    assert!(several.to_string().contains("x9.csv, x10.csv"), "{several}");
}

#[test]
fn a_pattern_that_leaves_the_folder_gives_no_absolute_names() {
    let root = folder(&["x9.csv"]);
    let absolute = root.path().join("in/x?.csv");
    let found =
        find(std::path::Path::new("/nowhere"), None, &absolute.to_string_lossy(), Pick::ExactlyOne).unwrap();
    assert_eq!((found[0].name.as_str(), found[0].path.is_file()), ("x9.csv", true));
    let up = find(root.path(), Some("in"), "../in/x9.csv", Pick::ExactlyOne).unwrap();
    assert_eq!(names(up), ["x9.csv"]);
}

#[test]
fn nothing_found_says_what_is_there() {
    let root = folder(&["x9.csv"]);
    let error = find(root.path(), Some("in"), "*.xlsx", Pick::All).unwrap_err();
    assert_eq!(error.list()[0].code.0, "E101");
    assert_eq!(error.list()[0].help.as_deref(), Some("There is: x9.csv."));
    let gone = find(root.path(), Some("out"), "*.xlsx", Pick::All).unwrap_err();
    assert!(gone.list()[0].help.as_deref().unwrap().contains("not there"));
}

#[test]
fn formats_by_name_and_inside_archives() {
    let place = Place::new();
    let of = |name: &str| Format::of(&place.file(name, "")).ok();
    assert_eq!(
        (of("a.CSV"), of("a.xml.gz"), of("a.jsonl")),
        (Some(Format::Csv), Some(Format::Xml), Some(Format::Ndjson))
    );
    assert_eq!(of("a.xls"), None);
    let export = place.file("export.zip", zip(&[("readme.md", b""), ("a.xml", b"<a/>")]));
    assert_eq!(Format::of(&export).ok(), Some(Format::Xml));
}

#[test]
fn packed_files_are_read_and_their_own_digest_kept() {
    let place = Place::new();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(b"a\n1\n").unwrap();
    assert_eq!(place.rows("a.csv.gz", gz.finish().unwrap(), |_| {}), ["2|1"]);
    let place = Place::new();
    let bytes = zip(&[("b.csv", b"a\n1\n")]);
    let loaded = place.read(&[request("t", place.file("b.zip", &bytes))]).unwrap();
    assert_eq!(loaded[0].parts[0].bytes, bytes.len() as u64);
}

#[test]
fn digests_are_of_the_bytes_on_disk() {
    let place = Place::new();
    let loaded = place.read(&[request("t", place.file("a.csv", "a\n1\n"))]).unwrap();
    let part = &loaded[0].parts[0];
    assert_eq!((part.bytes, &part.sha256[..16]), (4, "309b0e45a73d3fc5"));
}

#[test]
fn hostile_archives_are_refused() {
    let place = Place::new();
    let bomb = vec![b'0'; 64 << 20];
    assert!(place.error("a.zip", zip(&[("a.csv", &bomb)]), |_| {}).contains("100 times its size"));
    let two = zip(&[("a.csv", b"a"), ("b.csv", b"b")]);
    assert!(place.error("a.csv.zip", two, |_| {}).contains("several exports"));
    let nested = zip(&[("a.csv", b"a"), ("b.zip", b"b")]);
    assert!(place.error("a.csv.zip", nested, |_| {}).starts_with("E106"));
    let mut cut = zip(&[("a.csv", b"a\n1\n2\n3\n")]);
    cut[40] ^= 0x55;
    assert!(place.error("a.csv.zip", cut, |_| {}).starts_with("E105"));
    assert!(place.error("a.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0\0", |_| {}).starts_with("E105"));
}
