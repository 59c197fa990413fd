//! The editor's schema: as checked in, and as Even Better TOML's language server (taplo, from npm) makes use of it.

use crate::workspace::{Workspace, root};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What the editor marks and offers: for each file its marks (line from 0, message) and, for each place asked, labels.
struct Opened {
    marks: Vec<(u64, String)>,
    offers: Vec<Vec<String>>,
}

/// Opens files of a workspace; places are `line:character` from 0.
fn edit(workspace: &Workspace, questions: &[(&str, &[String])]) -> Vec<Opened> {
    let home = std::env::var("HOME").unwrap_or_default();
    let tools = std::env::var("CROSSWALK_TOOLS").unwrap_or_else(|_| format!("{home}/.cache/crosswalk-tools"));
    let editor = format!("{tools}/editor");
    assert!(
        std::path::Path::new(&editor).join("node_modules/@taplo/lsp").is_dir(),
        "the language server is not in {editor}: tests/run installs it"
    );
    let asked: Vec<Value> = questions.iter().map(|(file, at)| json!({ "file": file, "at": at })).collect();
    let mut node = Command::new("node")
        .arg(root().join("tests/editor/editor.mjs"))
        .arg(&editor)
        .current_dir(workspace.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(Value::from(asked).to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "the language server failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    answers.iter().map(opened).collect()
}

fn opened(answer: &Value) -> Opened {
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    let mark = |m: &Value| (m["line"].as_u64().unwrap(), m["message"].as_str().unwrap().to_owned());
    let labels = |v: &Value| v.as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_owned()).collect();
    Opened {
        marks: list("marks").iter().map(mark).collect(),
        offers: list("offers").iter().map(labels).collect(),
    }
}

/// The places of each `|` in a mapping, which is written without them.
fn cursors(workspace: &Workspace, name: &str, text: &str) -> Vec<String> {
    workspace.write(name, &text.replace('|', ""));
    let mut places = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let mut before = 0;
        for part in line.split_inclusive('|').filter(|p| p.ends_with('|')) {
            before += part.chars().count() - 1;
            places.push(format!("{n}:{before}"));
        }
    }
    places
}

#[test]
fn the_schema_checked_in_is_what_the_program_writes() {
    let w = Workspace::new();
    let path = "mappings/schema/lockstep.json";
    let _ = w.run(&["schema", "lockstep"]).exits(0);
    let written = std::fs::read_to_string(w.path(path)).unwrap();
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(root().join(path), &written).unwrap();
    }
    let checked_in = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    assert!(checked_in == written, "{path} is old: UPDATE=1 rewrites it");
    let _ = w.run(&["schema"]).exits(0).says("as it was");
}

#[test]
fn the_sample_mappings_are_without_a_mark() {
    let w = Workspace::new();
    let names = ["acme", "lockstep-samples", "saft", "saft-workbook"].map(|n| format!("mappings/{n}.toml"));
    let questions: Vec<(&str, &[String])> = names.iter().map(|n| (n.as_str(), &[][..])).collect();
    for (name, opened) in names.iter().zip(edit(&w, &questions)) {
        assert!(opened.marks.is_empty(), "{name}: {:?}", opened.marks);
    }
}

const HEAD: &str = "#:schema ./schema/lockstep.json\nname = \"x\"\nplatform = \"lockstep\"\n";

/// Each `|` is a cursor; what must be offered there stands in [`OFFERED`], in this order.
const TYPED: &str = r#"
[source.items]
file = "a.csv"
|

[source.more]
pick = "|"

[record.a]
model = "|"

[record.thing]
model = "CompanySyncModel"
from = "items"

[record.thing.fields]
companyName = { | }
companyType = { const = "|" }
|

[record.invoice.fields]
companyErpKey = "|"
|

[[check]]
on = "x"
|
"#;

const OFFERED: [(&str, &str); 8] = [
    ("a key of a source", "delimiter"),
    ("a word of a closed list", "\"last\""),
    ("a record type", "\"PaymentSyncModel\""),
    ("a key of a value", "pad_left"),
    ("one of a field's values", "\"Vendor\""),
    ("a field of the record type", "postalCode"),
    ("a column of the record's source, from the lock", "\"Beleg / Nr\""),
    ("a field of a record known by name", "invoiceTypeCode"),
];

#[test]
fn fields_columns_and_words_are_offered_where_they_belong() {
    let w = Workspace::new();
    let at = cursors(&w, "mappings/x.toml", &format!("{HEAD}{TYPED}"));
    let opened = edit(&w, &[("mappings/x.toml", &at)]);
    let offers = &opened.first().unwrap().offers;
    assert_eq!(offers.len(), OFFERED.len() + 1);
    for ((what, wanted), offers) in OFFERED.iter().zip(offers) {
        assert!(offers.iter().any(|o| o == wanted), "{what}: {wanted} is not among {offers:?}");
    }
    assert!(offers.last().unwrap().iter().any(|o| o == "assert"), "a key of a check");
}

#[test]
fn what_is_misspelt_is_marked() {
    let w = Workspace::new();
    let mistakes = [
        "[source.items]",
        "fiel = \"a.csv\"",
        "[source.more]",
        "pick = \"latest\"",
        "[record.b]",
        "model = \"CompanyModel\"",
        "from = \"a\"",
        "[record.thing]",
        "model = \"CompanySyncModel\"",
        "from = \"a\"",
        "[record.thing.fields]",
        "companyNam = \"Name\"",
        "companyName = { form = \"Name\" }",
        "[[check]]",
        "on = \"x\"",
        "else = \"halt\"",
    ];
    w.write("mappings/y.toml", &format!("{HEAD}{}\n", mistakes.join("\n")));
    let opened = edit(&w, &[("mappings/y.toml", &[])]);
    let marks = &opened.first().unwrap().marks;
    let marked = |line: usize| marks.iter().any(|(at, _)| usize::try_from(*at).unwrap() == line + 3);
    for line in [3, 5, 15] {
        assert!(marked(line), "{}: {marks:?}", mistakes[line]);
    }
    let named = |word: &str| marks.iter().any(|(_, message)| message.contains(word));
    assert!(named("fiel") && named("companyNam") && named("form"), "{marks:?}");
}

/// Opens all mappings of a folder of the corpus; gives the name and the marks of each.
fn corpus(kind: &str) -> Vec<(String, Vec<(u64, String)>)> {
    let mappings = crate::corpus::mappings(kind);
    let w = crate::corpus::workspace(&mappings);
    crate::workspace::copy(&root().join("mappings/schema"), &w.path("mappings/schema"));
    let files: Vec<String> = mappings.iter().map(|(name, _)| format!("mappings/{name}.toml")).collect();
    let questions: Vec<(&str, &[String])> = files.iter().map(|f| (f.as_str(), &[][..])).collect();
    mappings.into_iter().zip(edit(&w, &questions)).map(|((name, _), opened)| (name, opened.marks)).collect()
}

#[test]
#[ignore = "half a minute: the language server is given half a second for each file; tests/run --nightly"]
fn valid_mappings_of_the_corpus_are_without_a_mark() {
    let marked: Vec<_> = corpus("valid").into_iter().filter(|(_, marks)| !marks.is_empty()).collect();
    assert!(marked.is_empty(), "{marked:#?}");
}

#[test]
#[ignore = "a minute, as above"]
fn invalid_mappings_of_the_corpus_are_marked_where_a_schema_can_see_it() {
    let all = corpus("invalid");
    let marked = all.iter().filter(|(_, marks)| !marks.is_empty()).count();
    assert!(marked >= 20, "{marked} of {}", all.len());
}
