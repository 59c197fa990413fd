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
    let body = page.replace(STYLE, "").replace(SCRIPT, "");
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

const XSS: [&str; 42] = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)' autofocus='",
    "` onmouseover=alert(1) `",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href=\"javascript:alert(1)\">",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<base href=\"https://evil.example/\">",
    "<meta http-equiv=\"refresh\" content=\"0;url=https://evil.example\">",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
    "<form action=//evil.example><button>x",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<object data=\"javascript:alert(1)\">",
    "<embed src=//evil.example/x.swf>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<!--><script>alert(1)</script>-->",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<scr\0ipt>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js>",
    "<<script>alert(1)//<</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\u{ff1c}script\u{ff1e}alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<x\u{2028}onclick=alert(1)>",
    "</details></section></main><script>alert(1)</script>",
];

fn hostile(text: &str) -> (Head, Db) {
    let db = fixture::small();
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
    (hostile_head(text), db)
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
    let (head, db) = hostile("harmless");
    let baseline = tags(&page(&head, &db));
    for text in XSS {
        let (head, db) = hostile(text);
        assert_eq!(tags(&page(&head, &db)), baseline, "{text}");
    }
}

#[test]
fn the_policy_is_strict_and_names_our_script() {
    let page = page(&fixture::head(), &fixture::small());
    let policy = "default-src 'none'; style-src 'sha256-";
    assert!(page.contains(policy));
    assert!(page.contains(&format!("script-src '{}'", sink::digest(SCRIPT))));
    assert_eq!(page.matches("<script").count(), 1);
    for outside in ["http://", "https://", "//cdn", "@import", "url(", " src=", " style=", " onclick="] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn every_element_is_closed() {
    let page = page(&fixture::head(), &fixture::small());
    for tag in [
        "section", "details", "summary", "table", "tbody", "tr", "ul", "div", "p", "dl", "main", "svg",
        "search",
    ] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn lines_stand_inside_their_header() {
    let page = page(&fixture::head(), &fixture::small());
    let changed = &page[page.find("<section id=\"changed\"").unwrap()..];
    let header = changed.find("<b>10-4711</b>").unwrap();
    let line = changed.find("<b>10-4711/3</b>").unwrap();
    let closed = changed.find("</details>\n</details>").unwrap();
    assert!(header < line && line < closed);
    assert!(changed.contains("<p class=\"context\">invoice <b>10-4650</b> <span>itself unchanged</span>"));
}

#[test]
fn old_and_new_mark_the_words_that_differ() {
    let page = page(&fixture::head(), &fixture::small());
    assert!(page.contains("2026-<del>10</del>-<del>31</del>"), "{page}");
    assert!(page.contains("2026-<ins>11</ins>-<ins>30</ins>"));
}

#[test]
fn a_large_plan_says_what_is_left_out() {
    let page = page(&fixture::head(), &fixture::many(12_500));
    assert_eq!(page.matches("<details class=\"entry").count(), 10_000);
    assert!(page.contains("and 2,500 more changes in this section"));
    assert!(page.contains("plans/acme-0042.plan"));
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
    save("large.html", page(&fixture::head(), &fixture::many(12_500)));
    let look = crate::report::Look { width: 100, colour: true, number: Some(42), limit: 20, care: 1000 };
    save(
        "small.txt",
        crate::report::terminal::render(&fixture::head(), &fixture::small(), &look, &[]).unwrap(),
    );
}
