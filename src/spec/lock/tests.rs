//! What is written is read again; what is not a lock is told.

use super::*;

fn column(name: &str, filled: Filled, forms: &[&str], most: u64) -> ColumnLock {
    ColumnLock { name: name.into(), filled, forms: forms.iter().map(|f| (*f).to_owned()).collect(), most }
}

#[test]
fn what_is_written_is_read_again() {
    let csv = SourceLock {
        name: "odd \"name\"".into(),
        format: "csv".into(),
        packed: Some("gzip".into()),
        encoding: Some("windows-1252".into()),
        delimiter: Some("\t".into()),
        header_rows: vec![3, 4],
        columns: vec![column("Straße \\ \"Nr\"", Filled::Always, &["text"], 0)],
        ..SourceLock::default()
    };
    let xml = SourceLock {
        name: "lines".into(),
        format: "xml".into(),
        each: vec!["/a/b".into()],
        columns: vec![
            column("/a/b", Filled::Never, &[], 10),
            column("/a/b/@c", Filled::Mostly, &["integer"], 1),
        ],
        ..SourceLock::default()
    };
    let inner = SourceLock {
        name: "inner".into(),
        same_file: Some("lines".into()),
        each: vec!["/a/b/d".into()],
        format: "xml".into(),
        columns: xml.columns.clone(),
        ..SourceLock::default()
    };
    let lookup = SourceLock { name: "lookup.terms".into(), format: "csv".into(), ..SourceLock::default() };
    let lock = Lock { sources: vec![csv, xml, inner, lookup] };
    let text = lock.text("acme");
    assert_eq!(parse("acme.lock.toml", &text).unwrap(), lock, "{text}");
    assert_eq!(lock.sources[1].names(), ["@c", "/a/b", "/a/b/@c"]);
}

#[test]
fn another_format_is_refused() {
    let errors = parse("acme.lock.toml", "format = 2\nmapping = \"acme\"\n").unwrap_err();
    assert_eq!(errors.list()[0].code, Code::BAD_LOCK);
}
