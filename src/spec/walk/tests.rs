use super::*;

fn mistakes(text: &str, walk: impl FnOnce(&Table<'_>)) -> Vec<String> {
    match read("t.toml", text, walk) {
        Ok((_, warnings)) => warnings.iter().map(|d| d.message.clone()).collect(),
        Err(all) => all.list().iter().map(|d| format!("{} {} ({})", d.code, d.message, d.at)).collect(),
    }
}

#[test]
fn every_mistake_at_once_with_its_place() {
    let text = "name = 3\nfiel = \"x\"\n[inner]\nmode = \"slwo\"\n";
    let found = mistakes(text, |root| {
        root.text("name");
        root.text("file");
        let inner = root.table("inner").unwrap();
        inner.one_of("mode", &[("slow", 1), ("fast", 2)]);
        inner.need("key");
        inner.done();
        root.done();
    });
    assert_eq!(
        found,
        [
            "E211 `name` must be a text, not an integer (t.toml:1:8)",
            "E213 `inner.mode` cannot be \"slwo\" (t.toml:4:8)",
            "E212 `inner` lacks `key` (t.toml:3:1)",
            "E202 `fiel` is not a key here (t.toml:2:1)",
        ]
    );
}

#[test]
fn an_unknown_key_gets_advice() {
    let all = read("t.toml", "fiel = 1", |root| {
        root.text("file");
        root.done();
    })
    .unwrap_err();
    assert_eq!(all.list()[0].help.as_deref(), Some("Did you mean `file`?"));
}

#[test]
fn newer_toml_is_refused_but_lists_may_break() {
    assert!(mistakes("a = [ { b = 1, c = [1,\n2,\n] },\n { b.d = 2, b.e = 3 }, ]", |_| ()).is_empty());
    assert_eq!(mistakes("a = { b = 1,\n c = 2 }", |_| ()).len(), 1);
    assert_eq!(mistakes("a = { b = 1, }", |_| ()).len(), 1);
    assert_eq!(mistakes(r#"a = "\e""#, |_| ()).len(), 1);
    assert!(mistakes(r#"a = "\\e""#, |_| ()).is_empty());
    assert!(mistakes(r"a = '\e'", |_| ()).is_empty());
    assert_eq!(mistakes("a = 07:30", |_| ()).len(), 1);
}

#[test]
fn a_windows_path_in_double_quotes_gets_advice() {
    let all = read("t.toml", "a = \"D:\\erp\\9\"", |_| ()).unwrap_err();
    assert!(all.list().iter().any(|d| d.help.is_some()), "{all}");
}

#[test]
fn a_path_with_a_tab_in_it_gets_advice() {
    let found = mistakes("f = \"C:\\temp\"\ng = 'C:\\temp'", |r| {
        r.file_path("f");
        assert_eq!(r.file_path("g").unwrap().value, "C:\\temp");
    });
    assert_eq!(found, ["E201 the path `f` holds a control character (t.toml:1:5)"]);
}

#[test]
fn free_names_are_all_known() {
    let found = mistakes("a = 1\nb = 2", |r| {
        assert_eq!(r.entries().count(), 2);
        r.done();
    });
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn scalars_keep_their_digits() {
    let (found, _) = read("t.toml", "a = 1.10\nb = 1_000\nc = 2026-10-02\nd = true\n", |root| {
        root.entries().filter_map(|(_, v)| v.scalar()).map(|s| s.value).collect::<Vec<_>>()
    })
    .unwrap();
    assert_eq!(found, ["1.10", "1000", "2026-10-02", "true"]);
}

#[test]
fn one_table_counts_as_a_list() {
    let count = |text| read("t", text, |r: &Table<'_>| r.tables("m").len()).unwrap().0;
    assert_eq!(count("[[m]]\na = 1\n[[m]]"), 2);
    assert_eq!(count("[m]\na = 1"), 1);
    assert_eq!(count("m = [{ a = 1 }, { a = 2 }]"), 2);
    assert_eq!(count(""), 0);
}
