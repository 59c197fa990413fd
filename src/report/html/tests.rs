//! The HTML report: hostile texts in every position, policy, bounds, nesting.

use super::*;
use crate::report::fixture;
use std::collections::BTreeMap;

fn page(head: &Head, db: &Db) -> String {
    let mut out = Vec::new();
    render(head, db, Some(42), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Tag names with their attribute names and how often each occurs.
fn tags(page: &str) -> BTreeMap<String, usize> {
    let body = page.replace(look::STYLE.as_str(), "").replace(look::SCRIPT.as_str(), "");
    let mut found = BTreeMap::new();
    for part in body.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or(part);
        *found.entry(without_values(tag)).or_default() += 1;
    }
    found
}

fn without_values(tag: &str) -> String {
    tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// Strings that have acted in pages, one a line; `\0`, `\t`, `\n`, `\r` and `\u{…}` are spelt out there.
fn strings() -> Vec<String> {
    let text = include_str!("../../../tests/cases/xss.txt");
    let lines = text.lines().filter(|l| !l.is_empty() && !l.starts_with("# "));
    let all: Vec<String> = lines.map(spelt).collect();
    assert!(all.len() >= 250, "{}", all.len());
    all
}

fn spelt(line: &str) -> String {
    let plain = [("\\0", "\0"), ("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r"), ("\\u{2028}", "\u{2028}")];
    plain.into_iter().fold(line.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Puts a text into every position.
fn hostile(db: &Db, text: &str) -> Head {
    let quoted = format!("'{}'", text.replace('\0', "").replace('\'', "''"));
    db.run(&format!(
        "UPDATE plan.shown SET record = {quoted}, model = {quoted}, key = {quoted}, cause = {quoted}, note = {quoted},
           file = {quoted}, place = {quoted}, parent_key = CASE WHEN parent_key IS NULL THEN NULL ELSE {quoted} END,
           fields = list_transform(fields, lambda f: {{name: {quoted}, old: CASE WHEN f.old IS NULL THEN NULL ELSE {quoted} END,
             new: CASE WHEN f.new IS NULL THEN NULL ELSE {quoted} END}});
         UPDATE plan.refused SET record = {quoted}, key = {quoted}, field = {quoted}, code = {quoted}, value = {quoted},
           reason = {quoted}, file = {quoted}, place = {quoted}, note = {quoted}"
    ))
    .unwrap();
    hostile_head(text)
}

fn hostile_head(text: &str) -> Head {
    let mut head = fixture::head_without_removal();
    let s = || text.to_owned();
    (head.program, head.mapping, head.platform, head.destination) = (s(), s(), s(), s());
    (head.account, head.lineage, head.platform_print, head.rules_print) = (Some(s()), s(), s(), s());
    (head.run_date, head.created, head.nothing_removed, head.notes) = (s(), s(), vec![s()], vec![s()]);
    head.vars = BTreeMap::from([(s(), s())]);
    for source in &mut head.sources {
        source.name = s();
        source.files.iter_mut().for_each(|f| (f.file, f.part, f.sha256) = (s(), Some(s()), s()));
    }
    for record in &mut head.records {
        (record.record, record.model) = (s(), s());
        record
            .totals
            .iter_mut()
            .for_each(|t| (t.field, t.currency, t.old, t.new) = (s(), Some(s()), Some(s()), Some(s())));
        record.fields.iter_mut().for_each(|f| (f.field, f.from, f.fallback) = (s(), vec![s()], Some(s())));
    }
    head.guards.iter_mut().for_each(|g| (g.record, g.limit) = (s(), s()));
    head
}

#[test]
fn hostile_texts_add_no_element_and_no_attribute() {
    let db = fixture::small();
    let head = hostile(&db, "harmless");
    let baseline = tags(&page(&head, &db));
    for text in strings() {
        let head = hostile(&db, &text);
        let page = page(&head, &db);
        assert_eq!(tags(&page), baseline, "{text}");
        assert!(data(&page).iter().all(|json| !json.contains('<')), "{text}");
    }
}

/// The blocks of data in a page.
fn data(page: &str) -> Vec<&str> {
    let blocks = page.split("<script type=\"application/json\"").skip(1);
    blocks.map(|b| b.split_once('>').unwrap().1.split("</script>").next().unwrap()).collect()
}

fn rows(page: &str) -> Vec<serde_json::Value> {
    let blocks =
        data(page).into_iter().skip(1).map(|b| serde_json::from_str::<serde_json::Value>(b).unwrap());
    blocks.flat_map(|b| b.as_array().unwrap().clone()).collect()
}

#[test]
fn the_policy_is_strict_and_names_our_script() {
    let page = page(&fixture::head(), &fixture::small());
    let policy = "default-src 'none'; style-src 'sha256-";
    assert!(page.contains(policy));
    assert!(page.contains(&format!("script-src '{}'", sink::digest(&look::SCRIPT))));
    assert_eq!(page.matches("<script").count(), 3, "what it is about, one block, the script");
    let ours = page.replace(look::STYLE.as_str(), "").replace(look::SCRIPT.as_str(), "");
    for outside in ["http://", "https://", "//cdn", "@import", "url(", " src=", " style=", " onclick="] {
        assert!(!ours.contains(outside), "{outside}");
    }
    for outside in ["@import", "url(", "sourceMappingURL"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn the_page_without_its_data_is_small() {
    let page = page(&fixture::head(), &fixture::empty());
    assert!(page.len() < 600_000, "{}", page.len());
}

#[test]
fn every_element_is_closed() {
    let page = page(&fixture::head(), &fixture::small());
    let page = page.replace(look::STYLE.as_str(), "").replace(look::SCRIPT.as_str(), "");
    for tag in [
        "section", "details", "summary", "table", "tbody", "tr", "ul", "div", "p", "dl", "main", "svg",
        "search", "article", "noscript", "script", "aside",
    ] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn each_change_stands_in_the_data_once_below_its_header() {
    let page = page(&fixture::head(), &fixture::small());
    let rows = rows(&page);
    let keys: Vec<&str> = rows.iter().filter_map(|r| r["y"].as_str()).collect();
    let at = keys.iter().position(|k| *k == "10-4711").unwrap();
    assert_eq!(&keys[at..at + 4], ["10-4711", "10-4711/2", "10-4711/3", "10-4711/9"]);
    assert_eq!(keys.iter().filter(|k| **k == "10-4711/9").count(), 1);
    assert!(page.contains("data-depths=\"00011100010000\""), "{page}");
    assert_eq!(rows[at]["w"][4][2], "2.380,00", "the row as it was read");
    assert_eq!(rows[at]["p"], "OPOS_2026-10.xlsx, Rechnungen!A17");
}

#[test]
fn old_and_new_mark_the_words_that_differ() {
    let page = page(&fixture::head(), &fixture::small());
    assert!(page.contains("2026-<del>10</del>-<del>31</del>"), "without a script");
    assert!(page.contains("2026-<ins>11</ins>-<ins>30</ins>"));
    let rows = rows(&page);
    let row = rows.iter().find(|r| r["y"] == "10-4711").unwrap();
    assert_eq!(
        row["f"][0],
        serde_json::json!(["invoiceDueDate", "2026-10-31", "2026-11-30", [5, 2, 1, 2], [5, 2, 1, 2]])
    );
}

#[test]
fn removed_and_refused_stand_in_the_text() {
    let page = page(&fixture::head(), &fixture::small());
    let section = |id: &str| {
        page.split(&format!("<section id=\"{id}\"")).nth(1).unwrap().split("</section>").next().unwrap()
    };
    assert!(
        section("removed").contains("<b>00010044</b>") && section("removed").contains("<b>10-4711/9</b>")
    );
    assert!(
        section("refused").contains("no day of the form dd.mm.yyyy")
            && section("refused").contains("Rechnungen!B22")
    );
    assert!(!section("removed").contains("<details") && !section("refused").contains("<details"));
}

#[test]
fn a_large_plan_says_what_is_left_out() {
    let page = page(&fixture::head(), &fixture::many(102_500));
    assert_eq!(rows(&page).len(), 100_000);
    assert!(page.contains("… and 2,500 more changes") && page.contains("crosswalk show 42 --csv"));
    assert!(page.contains("plans/acme-0042.plan"));
    assert_eq!(page.matches("<article class=\"entry").count(), 1_000, "without a script");
}

#[test]
fn the_same_bytes_twice() {
    let once = || page(&fixture::head(), &fixture::small());
    assert_eq!(once(), once());
}

#[test]
fn a_writer_that_fails_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let errors = render(&fixture::head(), &fixture::small(), None, &mut Full).unwrap_err();
    assert!(errors.to_string().contains("disk full"));
}

/// Writes reports into the folder named by `CROSSWALK_REPORT_SAMPLE`, to look at them.
#[test]
fn samples_to_look_at() {
    let Some(folder) = std::env::var_os("CROSSWALK_REPORT_SAMPLE").map(std::path::PathBuf::from) else {
        return;
    };
    let calm = Head { guards: Vec::new(), notes: Vec::new(), ..fixture::head() };
    let save = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    save("small.html", page(&fixture::head_without_removal(), &fixture::small()));
    save("calm.html", page(&calm, &fixture::small()));
    save("large.html", page(&fixture::head(), &fixture::mixed(10_000)));
    save("huge.html", page(&fixture::head(), &fixture::mixed(100_000)));
    let look = crate::report::Look { width: 100, colour: true, number: Some(42), limit: 20, care: 1000 };
    save(
        "small.txt",
        crate::report::terminal::render(&fixture::head(), &fixture::small(), &look, &[]).unwrap(),
    );
}
