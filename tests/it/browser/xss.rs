//! Strings that have acted in pages, in every position of the report, in the browser: nothing acts, and the page has the
//! elements and attributes it has with a harmless string.

use super::driver::Browser;
use super::pages;
use crosswalk::db::Db;
use crosswalk::plan::Head;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn strings() -> Vec<String> {
    let path = crate::workspace::root().join("tests/cases/xss.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let plain = [("\\0", ""), ("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r"), ("\\u{2028}", "\u{2028}")];
    let spelt =
        |line: &str| plain.into_iter().fold(line.to_owned(), |text, (from, to)| text.replace(from, to));
    text.lines().filter(|l| !l.is_empty() && !l.starts_with("# ")).map(spelt).collect()
}

/// A small plan with one text in every position: cells, keys, headers, file names, messages, names.
fn hostile(text: &str) -> (Head, Db) {
    let db = pages::db(10);
    let quoted = format!("'{}'", text.replace('\'', "''"));
    db.run(&format!(
        "UPDATE plan.shown SET record = {quoted}, key = {quoted}, cause = {quoted}, note = {quoted}, file = {quoted}, place = {quoted},
           fields = list_transform(fields, lambda f: {{name: {quoted}, old: {quoted}, new: {quoted} || ' x'}});
         UPDATE plan.raw SET record = {quoted}, key = {quoted}, source = {quoted}, pos = {quoted}, cells = [{quoted}, {quoted}];
         UPDATE plan.refused SET record = {quoted}, key = {quoted}, field = {quoted}, code = {quoted}, value = {quoted},
           reason = {quoted}, file = {quoted}, place = {quoted}, note = {quoted}"
    ))
    .unwrap();
    let mut head = pages::head(&db);
    let s = || text.to_owned();
    (head.program, head.mapping, head.platform, head.destination, head.account) =
        (s(), s(), s(), s(), Some(s()));
    (head.environment, head.created, head.notes, head.nothing_removed) = (s(), s(), vec![s()], vec![s()]);
    head.vars = BTreeMap::from([(s(), s())]);
    for source in &mut head.sources {
        (source.name, source.columns) = (s(), vec![s(), s()]);
        source.files.iter_mut().for_each(|f| (f.file, f.part, f.sha256) = (s(), Some(s()), s()));
    }
    for record in &mut head.records {
        (record.record, record.source) = (s(), s());
        record.counts = BTreeMap::from([("changed".to_owned(), 2), ("rejected".to_owned(), 1)]);
        record.totals.iter_mut().for_each(|t| (t.field, t.currency) = (s(), Some(s())));
        record.fields.iter_mut().for_each(|f| (f.field, f.from, f.fallback) = (s(), vec![s()], Some(s())));
    }
    (head, db)
}

/// Elements with their attributes' names, and how often each occurs, when a record is open and the paper is written.
const SHAPE: &str = "
  window.dispatchEvent(new Event('beforeprint'));
  const found = {};
  for (const node of document.querySelectorAll('*')) {
    // Which hints there are, and so what is hidden, depends on when one looks.
    if (node.closest('#f-notice')) continue;
    const name = [node.localName, ...node.getAttributeNames().filter((n) => n !== 'hidden').sort()].join(' ');
    found[name] = (found[name] ?? 0) + 1;
  }
  return { found, alerts: window.alerts ?? 0 };
";

fn shape(browser: &Browser, folder: &std::path::Path, text: &str) -> Value {
    let (head, db) = hostile(text);
    browser.open(&pages::write(folder, &head, &db));
    // The hints are looked for while the browser is idle.
    browser.until("document.documentElement.dataset.looked && document.querySelector('#grid .slick-row')");
    browser.click("#grid .slick-row .slick-cell.l2");
    let found = browser.script(SHAPE);
    assert_eq!(found["alerts"], json!(0), "{text}");
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{text}: {complaints:?}");
    found["found"].clone()
}

/// Every `step`th string, each in every position of a page of its own.
fn act(step: usize) {
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::start(1280, 900);
    let counted = "window.alerts = 0; window.alert = () => { window.alerts += 1; };";
    browser.command("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": counted }));
    let harmless = shape(&browser, folder.path(), "harmless");
    let strings = strings();
    assert!(strings.len() >= 250);
    for text in strings.iter().step_by(step) {
        assert_eq!(shape(&browser, folder.path(), text), harmless, "{text}");
    }
}

#[test]
fn strings_that_act_elsewhere_do_nothing() {
    act(6);
}

#[test]
#[ignore = "two minutes: 289 pages; tests/run --nightly. That no string adds an element is tested of all in the library's tests"]
fn all_strings_that_act_elsewhere_do_nothing() {
    act(1);
}
